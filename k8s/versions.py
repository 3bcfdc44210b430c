"""Every version that runs in the cluster or under it, in one place (REQ-C5, REQ-S10).

A minor of Kubernetes is supported by EKS for 14 months; which charts go with it is `compatibility.yaml`'s to say, and
`make versions` holds the two together. A chart is raised together with its record in `recorded/`
(`python -m tools.record_chart`), so that a key it dropped shows before a cluster does.
"""

from dataclasses import dataclass

# renovate: datasource=endoflife-date depName=amazon-eks versioning=loose
KUBERNETES = "1.36"

# Nodes that Karpenter launches; a new date replaces every node, a few at a time. The alias knows both architectures.
# renovate: datasource=github-releases depName=awslabs/amazon-eks-ami
NODE_IMAGE = "al2023@v20260930"

# Nodes with accelerators: Bottlerocket brings driver and device plugin along, which AL2023 would need a chart for.
# renovate: datasource=github-releases depName=bottlerocket-os/bottlerocket
ACCELERATED_NODE_IMAGE = "bottlerocket@v1.63.0"


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A Helm chart at one version."""

    name: str
    repository: str  # URL of a chart repository, or oci:// without the chart's name
    version: str

    @property
    def is_oci(self) -> bool:
        """Whether the chart comes from a registry of images, which Helm names in one piece."""
        return self.repository.startswith("oci://")


_KARPENTER = "oci://public.ecr.aws/karpenter"
# Definitions are a chart of their own: Helm installs what is in `crds/` once and never changes it again.
KARPENTER_CRD = Chart(
    name="karpenter-crd",
    repository=_KARPENTER,
    # renovate: datasource=docker depName=public.ecr.aws/karpenter/karpenter-crd
    version="1.14.1",
)
KARPENTER = Chart(
    name="karpenter",
    repository=_KARPENTER,
    # renovate: datasource=docker depName=public.ecr.aws/karpenter/karpenter
    version="1.14.1",
)
LOAD_BALANCER = Chart(
    name="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
    # renovate: datasource=helm depName=aws-load-balancer-controller registryUrl=https://aws.github.io/eks-charts
    version="3.5.0",
)
GATEWAY = Chart(
    name="gateway-helm",
    repository="oci://docker.io/envoyproxy",
    # renovate: datasource=docker depName=docker.io/envoyproxy/gateway-helm
    version="v1.9.0",
)
EXTERNAL_SECRETS = Chart(
    name="external-secrets",
    repository="https://charts.external-secrets.io",
    # renovate: datasource=helm depName=external-secrets registryUrl=https://charts.external-secrets.io
    version="2.9.0",
)
KEDA = Chart(
    name="keda",
    repository="https://kedacore.github.io/charts",
    # renovate: datasource=helm depName=keda registryUrl=https://kedacore.github.io/charts
    version="2.20.2",
)
METRICS_SERVER = Chart(
    name="metrics-server",
    repository="https://kubernetes-sigs.github.io/metrics-server",
    # renovate: datasource=helm depName=metrics-server registryUrl=https://kubernetes-sigs.github.io/metrics-server
    version="3.13.1",
)
ROLLOUTS = Chart(
    name="argo-rollouts",
    repository="https://argoproj.github.io/argo-helm",
    # renovate: datasource=helm depName=argo-rollouts registryUrl=https://argoproj.github.io/argo-helm
    version="2.41.0",
)
ARGOCD = Chart(
    name="argo-cd",
    repository="https://argoproj.github.io/argo-helm",
    # renovate: datasource=helm depName=argo-cd registryUrl=https://argoproj.github.io/argo-helm
    version="10.1.1",
)
COLLECTOR = Chart(
    name="opentelemetry-collector",
    repository="https://open-telemetry.github.io/opentelemetry-helm-charts",
    # renovate: datasource=helm depName=opentelemetry-collector registryUrl=https://open-telemetry.github.io/opentelemetry-helm-charts
    version="0.170.0",
)
CHARTS = (
    KARPENTER_CRD,
    KARPENTER,
    LOAD_BALANCER,
    GATEWAY,
    EXTERNAL_SECRETS,
    KEDA,
    METRICS_SERVER,
    ROLLOUTS,
    ARGOCD,
    COLLECTOR,
)

# The collector's contrib build has the exporters for X-Ray and CloudWatch; the chart's appVersion.
# renovate: datasource=docker depName=otel/opentelemetry-collector-contrib
COLLECTOR_IMAGE_TAG = "0.158.0"

# What lets Argo Rollouts shift weights of an HTTPRoute. It is a program that the controller downloads when it starts,
# so it is pinned by content as well: another file is not run. The digest is the release's arm64 build's, as published
# second hand; a wrong one stops the controller at its start and nothing else.
# renovate: datasource=github-releases depName=argoproj-labs/rollouts-plugin-trafficrouter-gatewayapi
ROLLOUTS_PLUGIN = "v0.17.0"
ROLLOUTS_PLUGIN_SHA256 = "5221279f7bf2c9b2c0ff6ed7ff12718ecce1d4892f1ff5e5224bb723cfd0fd92"

# --- What EKS runs for us: add-ons and node images ---
# EKS builds these, so their versions are EKS's own: `aws eks describe-addon-versions --kubernetes-version 1.36`. They
# come second hand, from notes about running 1.36 clusters (2026-09), the disk driver's from another one's than the
# rest: hold them against that command before the first `up`.


@dataclass(frozen=True, kw_only=True)
class EksVersions:
    """One version of Kubernetes on EKS, and what EKS installs with it."""

    kubernetes: str
    pod_identity_agent: str
    vpc_cni: str
    kube_proxy: str
    coredns: str
    ebs_csi_driver: str
    node_release: str  # of the Amazon Linux 2023 image, arm64


EKS = EksVersions(
    kubernetes=KUBERNETES,
    # renovate: datasource=aws-eks-addon depName=eks-pod-identity-agent
    pod_identity_agent="v1.3.10-eksbuild.3",
    # renovate: datasource=aws-eks-addon depName=vpc-cni
    vpc_cni="v1.22.4-eksbuild.3",
    # renovate: datasource=aws-eks-addon depName=kube-proxy
    kube_proxy="v1.36.0-eksbuild.21",
    # renovate: datasource=aws-eks-addon depName=coredns
    coredns="v1.14.3-eksbuild.16",
    # renovate: datasource=aws-eks-addon depName=aws-ebs-csi-driver
    ebs_csi_driver="v1.63.1-eksbuild.1",
    # https://github.com/awslabs/amazon-eks-ami/releases; the patch before the date is in the release's notes
    # renovate: datasource=github-releases depName=awslabs/amazon-eks-ami extractVersion=^v(?<version>.+)$
    node_release="1.36.2-20260818",
)
