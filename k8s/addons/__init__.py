"""Add-ons of the cluster, each installed with its own role."""
