"""A new service out of templates/skeleton, and the template's updates for those that are there (REQ-K3).

Whatever can be wrong is said before anything is written: by the same words as the service's own stack has for it.
"""
