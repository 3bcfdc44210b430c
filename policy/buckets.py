"""S3's encryption settings, wherever they stand, and which bucket they are for."""

from __future__ import annotations

from collections.abc import Iterator

from policy.iam_document import statements
from policy.view import UNKNOWN, Node, Resource, Stack

BUCKETS = ("aws:s3/bucket:Bucket", "aws:s3/bucketV2:BucketV2")
CONFIGURATIONS = (
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2",
)
POLICIES = ("aws:s3/bucketPolicy:BucketPolicy",)
KMS_ALGORITHMS = ("aws:kms", "aws:kms:dsse")

APPLICATION_LOAD_BALANCERS = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
CLASSIC_LOAD_BALANCERS = ("aws:elb/loadBalancer:LoadBalancer",)
ACCESS_LOGGING = ("aws:s3/bucketLogging:BucketLogging", "aws:s3/bucketLoggingV2:BucketLoggingV2")

# Both deliver to buckets with SSE-S3 only:
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
# https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html
_OFF = (False, "false")
SSE_S3_ONLY_WRITERS = frozenset({"logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com"})


def default_encryption(resource: Resource) -> list[Node]:
    """The default encryption that a bucket or a configuration states, a node a rule; empty when it states none.

    Each node is an object with `sseAlgorithm` and `kmsMasterKeyId`.

    Raises:
        CannotJudgeError: the rules as a whole are unknown.
    """
    if resource.type in CONFIGURATIONS:
        rules = resource.elements("rules")
    elif resource.has("serverSideEncryptionConfigurations"):
        rules = [
            rule
            for configuration in resource.elements("serverSideEncryptionConfigurations")
            for rule in configuration.elements("rules")
        ]
    else:
        rules = resource.elements("serverSideEncryptionConfiguration.rule")
    return [default for rule in rules for default in _defaults(rule)]


def _defaults(rule: Node) -> list[Node]:
    one = rule.at("applyServerSideEncryptionByDefault")
    return [one] if one.value is not None else rule.elements("applyServerSideEncryptionByDefaults")


def leaves_encryption_to_s3(bucket: Resource) -> bool:
    """Whether a deployed bucket was given no default encryption of its own.

    S3's own answer is then an output, unknown at preview: an unknown that comes from no other resource was never given.
    """
    return not any(
        bucket.has(name) and (bucket.get(name) is not UNKNOWN or bucket.depends.get(name))
        for name in ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations")
    )


def is_for(child: Resource, place: str, bucket: Resource) -> bool:
    """Whether a property points to a bucket: by where its value comes from, else by the bucket's name."""
    if bucket.urn in child.depends.get(place.split(".", maxsplit=1)[0], frozenset()):
        return True
    name = child.get(place)
    return isinstance(name, str) and name in (bucket.get("bucket"), bucket.get("id"))


def decides_for(resource: Resource, stack: Stack) -> list[Resource] | None:
    """The buckets whose default encryption a bucket or a configuration decides; None when another resource decides.

    A configuration beside the bucket decides, where there is one; the bucket's own property then echoes S3.
    """
    if resource.type in CONFIGURATIONS:
        return [bucket for bucket in stack.of_type(BUCKETS) if is_for(resource, "bucket", bucket)]
    return None if any(is_for(each, "bucket", resource) for each in stack.of_type(CONFIGURATIONS)) else [resource]


def takes_sse_s3_only(bucket: Resource, stack: Stack) -> bool:
    """Whether load balancers or S3 itself write access logs here: they cannot use a KMS key.

    Told by what the stack does (a writer points here, or the bucket's policy admits one), not by a label, which anybody
    could stick on any bucket. What is unknown is no evidence.
    """
    return is_written_by_sse_s3_only(bucket, stack) or any(
        is_for(policy, "bucket", bucket) and _admits_log_writer(policy) for policy in stack.of_type(POLICIES)
    )


def is_written_by_sse_s3_only(bucket: Resource, stack: Stack) -> bool:
    """Whether a load balancer or an S3 logging of this stack writes its access logs here."""
    return any(is_for(writer, place, bucket) for writer, place in _log_writers(stack))


def _log_writers(stack: Stack) -> Iterator[tuple[Resource, str]]:
    for balancer in stack.of_type(APPLICATION_LOAD_BALANCERS):
        if balancer.get("loadBalancerType") in (None, "application", UNKNOWN):
            for logs in ("accessLogs", "connectionLogs"):
                if balancer.get(f"{logs}.enabled") not in _OFF:
                    yield balancer, f"{logs}.bucket"
    for balancer in stack.of_type(CLASSIC_LOAD_BALANCERS):
        if balancer.get("accessLogs.enabled") not in _OFF:
            yield balancer, "accessLogs.bucket"
    for logging in stack.of_type(ACCESS_LOGGING):
        yield logging, "targetBucket"


def _admits_log_writer(policy: Resource) -> bool:
    document = policy.at("policy")
    return document.value is not UNKNOWN and any(
        principal.kind == "Service" and principal.name.value in SSE_S3_ONLY_WRITERS
        for statement in statements(document)
        if statement.node.get("Effect") == "Allow" and statement.node.get("Principal") is not UNKNOWN
        for principal in statement.principals
    )
