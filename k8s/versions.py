"""Every version that runs in the cluster or under it, in one place (REQ-C5, REQ-S10).

A minor of Kubernetes is supported by EKS for 14 months; which charts go with it is their own compatibility table's to
say, so both are changed here and nowhere else.
"""

from dataclasses import dataclass

# renovate: datasource=endoflife-date depName=amazon-eks versioning=loose
KUBERNETES = "1.36"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A Helm chart at one version."""

    name: str
    repository: str  # URL of a chart repository, or oci://
    version: str
