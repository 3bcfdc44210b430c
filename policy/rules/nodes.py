"""The nodes that Karpenter makes (S10, X3): what their class and pool say is what every later instance is."""

from __future__ import annotations

from collections.abc import Iterator

from policy.catalog import ADVISORY_IN_DEV, MANDATORY_EVERYWHERE, Finding, Outcome, Severity, judge_each, rule
from policy.demands import number
from policy.pods import tokens
from policy.tags import KEYS
from policy.view import UNKNOWN, CannotJudgeError, Node, Resource

NODE_CLASSES = tokens("EC2NodeClass", "karpenter.k8s.aws/v1", "karpenter.k8s.aws/v1beta1")
NODE_POOLS = tokens("NodePool", "karpenter.sh/v1", "karpenter.sh/v1beta1")
_HOPS_MAX = 2  # one more than a process on the node takes, for a pod on the node's network


@rule(
    "K8S-044",
    on=NODE_CLASSES,
    says="a node hands out its credentials to IMDSv2 only, and has no public address",
    fix="set metadataOptions to httpTokens required and a hop limit of 1, and associatePublicIPAddress to false",
    isms_p=["2.10.2", "2.6.1"],
    soc2=["CC6.1", "CC6.6"],
    requirements=["REQ-S10", "REQ-S16"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def nodes_keep_their_credentials(node_class: Resource) -> Iterator[Outcome]:
    """Karpenter's own defaults are tokens required and a hop limit of 1; they are bad when somebody says so."""
    options = node_class.at("spec.metadataOptions")
    yield from judge_each((options,), _asks_for_tokens)
    if node_class.known("spec.associatePublicIPAddress") is True:
        yield Finding(path="spec.associatePublicIPAddress", got=True)


def _asks_for_tokens(options: Node) -> Iterator[Outcome]:
    if options.known("httpTokens") not in (None, "required") and options.known("httpEndpoint") != "disabled":
        yield Finding(path=options.at("httpTokens").path, got=options.get("httpTokens"))
    hops = number(options, "httpPutResponseHopLimit")
    if hops is not None and hops > _HOPS_MAX:
        yield Finding(path=options.at("httpPutResponseHopLimit").path, got=hops)


@rule(
    "K8S-045",
    on=NODE_CLASSES,
    says="a node's disks are encrypted",
    fix="set ebs.encrypted to true in every block device mapping",
    isms_p=["2.7.1"],
    soc2=["CC6.1"],
    requirements=["REQ-N3", "REQ-Y2"],
    severity=Severity.HIGH,
    level=MANDATORY_EVERYWHERE,
)
def nodes_encrypt_their_disks(node_class: Resource) -> Iterator[Outcome]:
    """Images, emptyDirs and logs lie there. Without a mapping Karpenter makes its own, which are encrypted."""

    def is_encrypted(mapping: Node) -> Iterator[Outcome]:
        if not mapping.is_on("ebs.encrypted"):
            yield Finding(path=mapping.at("ebs.encrypted").path, got=mapping.get("ebs.encrypted"))

    yield from judge_each(node_class.elements("spec.blockDeviceMappings"), is_encrypted)


@rule(
    "K8S-046",
    on=NODE_CLASSES,
    says="a node class names its image, its subnets and its groups",
    fix="pin the alias to a version, or give the image's id or its owner; give a tag's value, not *",
    isms_p=["2.10.2", "2.9.1"],
    soc2=["CC8.1", "CC6.8"],
    requirements=["REQ-S10", "REQ-X3"],
    severity=Severity.HIGH,
    level=ADVISORY_IN_DEV,
)
def node_classes_name_what_they_take(node_class: Resource) -> Iterator[Outcome]:
    """With @latest a new image is on every node the day it appears; an image's name anybody may give to his own."""

    def is_named(term: Node) -> Iterator[Outcome]:
        if str(term.known("alias")).endswith("@latest"):
            yield Finding(path=term.at("alias").path, seen="the latest, whatever it is")
        for place in ("name", "owner"):
            if term.known(place) == "*":
                yield Finding(path=term.at(place).path, seen="anything")
        tags = term.known("tags")
        for name, value in tags.items() if isinstance(tags, dict) else ():
            if value == "*":
                yield Finding(path=term.at("tags").path, key=f"{term.path}.tags", seen=f"any value of {name}")

    places = (
        "amiSelectorTerms",
        "subnetSelectorTerms",
        "securityGroupSelectorTerms",
        "capacityReservationSelectorTerms",
    )
    yield from judge_each(places, lambda place: judge_each(node_class.elements(f"spec.{place}"), is_named))


@rule(
    "K8S-047",
    on=NODE_CLASSES,
    says=f"the instances of a node class carry {', '.join(KEYS)}",
    fix="set the tags in spec.tags; no provider adds its default tags to what Karpenter makes",
    isms_p=["2.1.3"],
    soc2=["CC6.1"],
    requirements=["REQ-A2", "REQ-N6"],
    severity=Severity.MEDIUM,
    level=ADVISORY_IN_DEV,
)
def nodes_are_tagged(node_class: Resource) -> Iterator[Outcome]:
    """Most of the bill is nodes."""
    tags = node_class.known("spec.tags")
    held = tags if isinstance(tags, dict) else {}
    for key in KEYS:
        if held.get(key) in (None, ""):
            yield Finding(path="spec.tags", key=key, seen=f"without {key}")


@rule(
    "K8S-048",
    on=NODE_POOLS,
    says="a node pool has a limit, and its nodes are replaced",
    fix="set limits for cpu and memory, and expireAfter to 720h",
    isms_p=["2.9.2", "2.10.8"],
    soc2=["A1.1", "CC7.1"],
    requirements=["REQ-X3", "REQ-F2", "REQ-N6"],
    severity=Severity.MEDIUM,
    level=ADVISORY_IN_DEV,
)
def node_pools_end_somewhere(pool: Resource) -> Iterator[Outcome]:
    """A workload that multiplies takes all the account may have; a node that never goes is never patched."""
    limits = pool.get("spec.limits")
    if limits is UNKNOWN:
        yield CannotJudgeError("spec.limits")
    elif not isinstance(limits, dict) or not {"cpu", "memory"}.intersection(limits):
        yield Finding(path="spec.limits", got=limits)
    for place in ("spec.template.spec.expireAfter", "spec.disruption.expireAfter"):
        if pool.known(place) == "Never":
            yield Finding(path=place, seen="Never")
