"""What every service of the platform does alike; a file, a concept. It runs in the service's image and in `make dev`.

It imports nothing of the platform's program: what it must know alike, such as names, tests hold it to.
"""
