"""Add-ons of the cluster, each installed with its own role."""

from k8s.addons.argocd import SignOn
from k8s.addons.platform import AddOns, AddOnsArgs

__all__ = ["AddOns", "AddOnsArgs", "SignOn"]
