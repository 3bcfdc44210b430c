"""Foundation: the network and the keys that every other tier stands on."""
