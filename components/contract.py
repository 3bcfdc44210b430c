"""What others may read of a stage: typed, versioned, without secrets.

It is one parameter of the stage's account: a reference to the platform's stack would let every service read all of its
state. A service stack builds on these names. Renaming or dropping one is a new VERSION; adding one is not.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields

import pulumi

from components.naming import Scope

VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Contract:
    """Version 1."""

    stage: str
    account_id: str
    region: str  # that this contract is about; each has its own, under the same name
    regions: Sequence[str]  # all of the stage's; writes of every region end up in the first, where users sign in too
    phase: str  # mvp, growth, scaleup, global or ipo; policies read it too
    compliance: str  # the tag that everything in the stage has
    destroy_protection: bool  # whether what holds data refuses to be destroyed
    availability_percent: float  # of requests a month, that users are promised (REQ-N1); no service promises more
    p95_ms: int  # within which they are promised 95 of 100 answers (REQ-N2); no service promises it sooner
    budget_usd: float  # a month, of the whole stage
    repository: str  # which ArgoCD reads, such as https://github.com/example/startup-platform
    repository_subject: str  # who its workflows are to AWS, as repo:example@42/startup-platform@4711; "" not on GitHub
    access_log_bucket: pulumi.Input[str]  # for what S3 says of who read a bucket, below s3/
    vpc_id: pulumi.Input[str]
    public_subnet_ids: Sequence[pulumi.Input[str]]  # one a zone
    private_subnet_ids: Sequence[pulumi.Input[str]]
    data_subnet_ids: Sequence[pulumi.Input[str]]
    nat_addresses: Sequence[pulumi.Input[str]]  # IPv4; the same for the life of the stage
    key_arns: Mapping[str, pulumi.Input[str]]  # purpose (data, storage, logs, ...) -> KMS key
    repository_urls: Mapping[str, pulumi.Input[str]]  # service -> ECR repository, without a tag
    workloads_security_group_id: pulumi.Input[str]  # what runs is a member, and so a caller of the stores
    service_log_group: str  # where services log, wherever they run
    # Host that writes, through the proxy where there is one; MySQL, TLS, IAM. In a second region it reads and passes
    # writes on: docs/adr/0022 says what a service must know of that.
    database_endpoint: pulumi.Input[str]
    database_reader_endpoint: pulumi.Input[str]
    database_login_ids: Sequence[
        pulumi.Input[str]
    ]  # cluster and proxy: what the right to log in (rds-db:connect) names
    database_secret_arn: pulumi.Input[str]  # the master's, for making users and for emergencies
    # Which a service's stack calls for its schema and its user (docs/adr/0034); null where no writer is.
    database_schemas_function: pulumi.Input[str] | None
    cache_endpoint: pulumi.Input[str]  # host where a cluster client begins; Valkey, TLS, IAM
    cache_user: str
    cache_user_group: str  # which a service joins with a user of its own
    cache_arns: Sequence[str]  # cache and user: what the right to connect (elasticache:Connect) names
    queue_url: pulumi.Input[str]
    queue_arn: str
    event_bus_name: str
    alarm_topic_arn: pulumi.Input[str]
    sessions_table: str
    cluster_target_group_arn: pulumi.Input[str]  # what the cluster's load balancer controller binds its pods to
    cluster_name: str  # empty in a phase without one
    cluster_endpoint: pulumi.Input[str]  # URL of the Kubernetes API; empty in a phase without one
    domain: str  # of the stage, such as dev.example.com
    site_bucket: pulumi.Input[str]  # where a release of the front end is put, in the first region
    distribution_id: pulumi.Input[str]  # and which it then invalidates
    token_issuer: pulumi.Input[str]  # `iss` of a user's token; its keys are below /.well-known/jwks.json
    sign_in_domain: pulumi.Input[str]  # host of the managed login
    sign_in_client_id: pulumi.Input[str]  # of the front end; `client_id` of an access token
    user_pool_id: pulumi.Input[str]
    # By which a service reads the heavy features (appconfig:StartConfigurationSession), and an operator changes them.
    toggles_application_id: pulumi.Input[str]
    toggles_environment_id: pulumi.Input[str]
    toggles_profile_id: pulumi.Input[str]
    toggles_strategy_ids: Mapping[str, pulumi.Input[str]]  # staged, emergency -> deployment strategy
    # By which people reach what is private (docs/access.md).
    access_documents: Mapping[str, str]  # aurora, redis, cluster -> document of Session Manager that leads there
    access_hosts: Mapping[str, pulumi.Input[str]]  # to which host; of the database, to the cluster itself
    access_relays: Sequence[str]  # tags Name of machines that pass a connection on
    access_log_group: str  # where shells are recorded
    # Of the lake; null and {} until its phase.
    stream_name: str | None  # where services put events
    stream_arn: str | None
    stream_consumer_arn: pulumi.Input[str] | None  # with which the recommendation worker subscribes to shards
    lake_buckets: Mapping[str, pulumi.Input[str]]  # zone (raw, curated, results) -> bucket
    glue_database: str | None
    athena_workgroup: str | None
    analyst_policy_arn: pulumi.Input[str] | None  # what an analyst's role gets
    # Of the first region; null until its phase (docs/adr/0027).
    assistant_profile_arn: pulumi.Input[str] | None  # what is named as the model of chat and summaries
    assistant_guardrail_id: pulumi.Input[str] | None  # which every call names, with its version
    assistant_guardrail_version: pulumi.Input[str] | None
    model_pipeline: str | None  # which a run is started of, with an Image
    model_package_group: str | None  # where models wait for approval
    model_endpoint: str | None  # where a stage names a model for it
    user_features_group: str | None  # in the Feature Store
    user_features_policy_arn: pulumi.Input[str] | None  # what the recommendation worker's role gets
    assistant_role_arn: pulumi.Input[str] | None  # of the service account core/assistant


def exports(contract: Contract) -> Mapping[str, object]:
    """The contract as stack outputs, under the names of its fields."""
    return {"contract_version": VERSION} | {field.name: getattr(contract, field.name) for field in fields(contract)}


def parameter_name(scope: Scope) -> str:
    """The name of the parameter that holds it: `/startup-platform/dev/contract/v1`."""
    return scope.path("contract", f"v{VERSION}")
