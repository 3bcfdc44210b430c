"""Each handler against real stores and a stand-in for AWS: what a caller relies on."""
