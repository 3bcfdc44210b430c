"""`make dev`: one service on this machine, with real stores, a stand-in for AWS and tokens of its own."""
