"""Logs, backups, secrets, patches, regions and sizes: what each rule lets pass and what it stops."""

import base64
import json
from collections.abc import Mapping
from dataclasses import replace

from policy.exemptions import STACK
from tests.policy.case import GONE, KEY, TAGS, Case, case
from tests.policy.good import (
    BUCKET,
    GOOD,
    LOGGING,
    STAGE,
    VERSIONING,
    WEB_ACL,
    api_firewall,
    beside_bucket,
    firewall_logs,
    rotation,
)
from tests.policy.server import UNKNOWN, Registered

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
CACHE = "aws:elasticache/replicationGroup:ReplicationGroup"
CLUSTER = "aws:rds/cluster:Cluster"
DISTRIBUTION = "aws:cloudfront/distribution:Distribution"
FUNCTION = "aws:lambda/function:Function"
INSTANCE = "aws:rds/instance:Instance"
KUBERNETES = "aws:eks/cluster:Cluster"
MACHINE = "aws:ec2/instance:Instance"
MEMBER = "aws:rds/clusterInstance:ClusterInstance"
NAT = "aws:ec2/natGateway:NatGateway"
PARAMETER = "aws:ssm/parameter:Parameter"
PLAN = "aws:backup/plan:Plan"
QUEUE = "aws:sqs/queue:Queue"
REPOSITORY = "aws:ecr/repository:Repository"
SECRET = "aws:secretsmanager/secret:Secret"
STATES = "aws:sfn/stateMachine:StateMachine"
TABLE = "aws:dynamodb/table:Table"
TASK = "aws:ecs/taskDefinition:TaskDefinition"
TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
TRAIL = "aws:cloudtrail/trail:Trail"

EXPORT = "export DB_PASSWORD=hunter2-and-more\n"
LOGIN = [
    {
        "name": "feed",
        "image": "feed:1",
        "readonlyRootFilesystem": True,
        "logConfiguration": {"logDriver": "awslogs"},
        "environment": [{"name": "DB_PASSWORD", "value": "hunter2-and-more"}],
    }
]

LINES: list[tuple[str, str, Mapping[str, object], list[str]]] = [
    ("unsaid", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": GONE}, ["LOG-001[retentionInDays]"]),
    ("a week", "aws:cloudwatch/logGroup:LogGroup", {"retentionInDays": 7}, ["LOG-001[retentionInDays]"]),
    ("one region", TRAIL, {"isMultiRegionTrail": GONE}, ["LOG-002[isMultiRegionTrail]"]),
    ("not validated", TRAIL, {"enableLogFileValidation": False}, ["LOG-002[enableLogFileValidation]"]),
    ("no CloudWatch", TRAIL, {"cloudWatchLogsGroupArn": GONE}, ["LOG-017[cloudWatchLogsGroupArn]"]),
    ("stopped", TRAIL, {"enableLogging": False}, ["LOG-002[enableLogging]"]),
    (
        "some types",
        "aws:cfg/recorder:Recorder",
        {"recordingGroup.allSupported": False},
        ["LOG-003[recordingGroup.allSupported]"],
    ),
    ("off", "aws:cfg/recorderStatus:RecorderStatus", {"isEnabled": False}, ["LOG-003[isEnabled]"]),
    ("off", "aws:guardduty/detector:Detector", {"enable": False}, ["LOG-003[enable]"]),
    ("one log is missing", KUBERNETES, {"enabledClusterLogTypes.1": GONE}, ["LOG-004[enabledClusterLogTypes]"]),
    ("no decisions", KUBERNETES, {"enabledClusterLogTypes.3": GONE}, ["LOG-018[enabledClusterLogTypes]"]),
    ("one is not known yet", KUBERNETES, {"enabledClusterLogTypes.1": UNKNOWN}, ["LOG-004"]),
    ("unsaid", BALANCER, {"accessLogs": GONE}, ["LOG-005[accessLogs.bucket]", "LOG-005[accessLogs.enabled]"]),
    ("off", BALANCER, {"accessLogs.enabled": False}, ["LOG-005[accessLogs.enabled]"]),
    ("unsaid", DISTRIBUTION, {"loggingConfig": GONE}, ["LOG-006[loggingConfig]"]),
    ("unsaid", CLUSTER, {"enabledCloudwatchLogsExports": GONE}, ["LOG-008[enabledCloudwatchLogsExports]"]),
    ("none", INSTANCE, {"enabledCloudwatchLogsExports": []}, ["LOG-008[enabledCloudwatchLogsExports]"]),
    ("unsaid", "aws:opensearch/domain:Domain", {"logPublishingOptions": GONE}, ["LOG-009[logPublishingOptions]"]),
    ("unsaid", STATES, {"loggingConfiguration": GONE}, ["LOG-009[loggingConfiguration.level]"]),
    ("off", STATES, {"loggingConfiguration.level": "OFF"}, ["LOG-009[loggingConfiguration.level]"]),
    ("unsaid", "aws:msk/cluster:Cluster", {"loggingInfo": GONE}, ["LOG-009[loggingInfo.brokerLogs]"]),
    *(
        ("a day", token, {"backupRetentionPeriod": 1}, ["BKP-001[backupRetentionPeriod]"])
        for token in (CLUSTER, INSTANCE, "aws:docdb/cluster:Cluster", "aws:neptune/cluster:Cluster")
    ),
    ("unsaid", INSTANCE, {"backupRetentionPeriod": GONE}, ["BKP-001[backupRetentionPeriod]"]),
    ("unsaid", CACHE, {"snapshotRetentionLimit": GONE}, ["BKP-001[snapshotRetentionLimit]"]),
    ("unsaid", TABLE, {"pointInTimeRecovery": GONE}, ["BKP-002[pointInTimeRecovery.enabled]"]),
    ("off", CLUSTER, {"deletionProtection": False}, ["BKP-004[deletionProtection]"]),
    ("inactive", "aws:cognito/userPool:UserPool", {"deletionProtection": GONE}, ["BKP-004[deletionProtection]"]),
    ("a week", PLAN, {"rules.0.lifecycle.deleteAfter": 7}, ["BKP-005[rules[0].lifecycle.deleteAfter]"]),
    ("nothing is left", CLUSTER, {"skipFinalSnapshot": True}, ["BKP-006[skipFinalSnapshot]"]),
    ("images and all", REPOSITORY, {"forceDelete": True}, ["BKP-007[forceDelete]"]),
    ("at once", "aws:kms/key:Key", {"deletionWindowInDays": 1}, ["BKP-008[deletionWindowInDays]"]),
    ("in one region", PLAN, {"rules.0.copyActions": GONE}, ["BKP-009[rules[0].copyActions]"]),
    ("one zone", INSTANCE, {"multiAz": GONE}, ["DR-001[multiAz]"]),
    ("no failover", CACHE, {"automaticFailoverEnabled": False}, ["DR-001[automaticFailoverEnabled]"]),
    ("nowhere to set aside", QUEUE, {"redrivePolicy": GONE}, ["DR-003[redrivePolicy]"]),
    ("a day", "aws:kinesis/stream:Stream", {"retentionPeriod": GONE}, ["DR-005[retentionPeriod]"]),
    ("elsewhere", TABLE, {"region": "eu-west-1"}, ["DR-004[region]"]),
    (
        "a password",
        FUNCTION,
        {"environment.variables.DB_PASSWORD": "hunter2-and-more"},
        ["SEC-001[environment.variables.DB_PASSWORD]"],
    ),
    (
        "an access key under an innocent name",
        FUNCTION,
        {"environment.variables.STAGE": "AKIAIOSFODNN7EXAMPLE"},
        ["SEC-001[environment.variables.STAGE]"],
    ),
    (
        "a password in an address",
        FUNCTION,
        {"environment.variables.DATABASE_URL": "mysql://feed:hunter2@db.internal/feed"},
        ["SEC-001[environment.variables.DATABASE_URL]"],
    ),
    ("a password", MACHINE, {"userData": EXPORT}, ["SEC-001[userData]"]),
    ("a password", TEMPLATE, {"userData": base64.b64encode(EXPORT.encode()).decode()}, ["SEC-001[userData]"]),
    (
        "a password",
        TASK,
        {"containerDefinitions": json.dumps(LOGIN)},
        ["SEC-001[containerDefinitions[0].environment[0].DB_PASSWORD]"],
    ),
    (
        "a password in a plain parameter",
        PARAMETER,
        {"type": "String", "keyId": GONE, "value": "ghp_" + "a" * 36},
        ["SEC-001[value]"],
    ),
    ("a password", CLUSTER, {"manageMasterUserPassword": GONE, "masterPassword": "x"}, ["SEC-004[masterPassword]"]),
    ("a password that is not known yet", INSTANCE, {"password": UNKNOWN}, ["SEC-004[password]"]),
    ("Node.js 16", FUNCTION, {"runtime": "nodejs16.x"}, ["PAT-001[runtime]"]),
    ("Python 3.8", FUNCTION, {"runtime": "python3.8"}, ["PAT-001[runtime]"]),
    ("old", KUBERNETES, {"version": "1.29"}, ["PAT-002[version]", "PAT-003[version]"]),
    ("a version that AWS patches for a fee", KUBERNETES, {"version": "1.33"}, ["PAT-003[version]"]),
    ("extended", KUBERNETES, {"upgradePolicy": GONE}, ["PAT-003[upgradePolicy.supportType]"]),
    ("by hand", INSTANCE, {"autoMinorVersionUpgrade": False}, ["PAT-004[autoMinorVersionUpgrade]"]),
    ("by hand", MEMBER, {"autoMinorVersionUpgrade": False}, ["PAT-013[autoMinorVersionUpgrade]"]),
    (
        "not scanned",
        REPOSITORY,
        {"imageScanningConfiguration.scanOnPush": False},
        ["PAT-005[imageScanningConfiguration.scanOnPush]"],
    ),
    ("unsaid", REPOSITORY, {"imageTagMutability": GONE}, ["PAT-006[imageTagMutability]"]),
    ("expired", INSTANCE, {"caCertIdentifier": "rds-ca-2019"}, ["PAT-007[caCertIdentifier]"]),
    ("old", CLUSTER, {"engineVersion": "5.7.mysql_aurora.2.11.1"}, ["PAT-008[engineVersion]"]),
    ("big", MACHINE, {"instanceType": "m7g.8xlarge"}, ["SIZ-001[instanceType]"]),
]

bucket = Registered(type=BUCKET, name="assets", props={"bucket": "assets", "tags": TAGS})
others = beside_bucket(name="assets")
versioned: Mapping[str, object] = {"bucket": "assets", "versioningConfiguration": {"status": "Enabled"}}

CASES: list[Case] = [
    replace(
        case(
            "a week in prod",
            CLUSTER,
            {**GOOD[CLUSTER], "tags": {**TAGS, "Environment": "prod"}},
            {"backupRetentionPeriod": 7},
            "BKP-010[backupRetentionPeriod]",
        ),
        stack="prod",
    ),
    replace(
        case(
            "three months in prod",
            "aws:cloudwatch/logGroup:LogGroup",
            {"kmsKeyId": KEY, "retentionInDays": 365, "tags": {**TAGS, "Environment": "prod"}},
            {"retentionInDays": 90},
            "LOG-001[retentionInDays]",
        ),
        stack="prod",
    ),
    *(case(about, token, GOOD[token], change, *finds) for about, token, change, finds in LINES),
    *(
        replace(
            case(about, token, {**GOOD[token], "tags": {**TAGS, "Environment": "prod"}}, {place: GONE}, finding),
            stack="prod",
        )
        for about, token, place, finding in (
            ("a table in prod", TABLE, "deletionProtectionEnabled", "BKP-013[deletionProtectionEnabled]"),
            (
                "one zone in prod",
                "aws:opensearch/domain:Domain",
                "clusterConfig.zoneAwarenessEnabled",
                "DR-009[clusterConfig.zoneAwarenessEnabled]",
            ),
        )
    ),
    replace(
        case(
            "another's logs",
            firewall_logs.type,
            {**firewall_logs.props, "resourceArn": "arn:a"},
            {"resourceArn": "arn:b"},
            "LOG-007[logging]",
        ),
        beside=[Registered(type=WEB_ACL, name="edge", props={**GOOD[WEB_ACL], "arn": "arn:a"})],
    ),
    replace(
        case(
            "suspended",
            VERSIONING,
            versioned,
            {"versioningConfiguration.status": "Suspended"},
            "BKP-003[versioningConfiguration.status]",
        ),
        beside=[bucket],
    ),
    replace(
        case("another bucket's", VERSIONING, versioned, {"bucket": "reports"}, "BKP-003[versioning]"),
        beside=[bucket, *(each for each in others if each.type != VERSIONING)],
    ),
    replace(
        case(
            "another bucket's",
            LOGGING,
            {"bucket": "assets", "targetBucket": "access-logs", "targetPrefix": "assets"},
            {"bucket": "reports"},
            "LOG-010[logging]",
        ),
        beside=[bucket, *(each for each in others if each.type != LOGGING)],
    ),
    replace(
        case(
            "twice a year",
            rotation.type,
            {**rotation.props, "secretId": "feed"},
            {"rotationRules.automaticallyAfterDays": 180},
            "SEC-002[rotationRules.automaticallyAfterDays]",
        ),
    ),
    replace(
        case(
            "another's", rotation.type, {**rotation.props, "secretId": "feed"}, {"secretId": "api"}, "SEC-005[rotation]"
        ),
        beside=[Registered(type=SECRET, name="feed", props={"name": "feed", "kmsKeyId": KEY, "tags": TAGS})],
    ),
]

CASES.append(
    replace(
        case("unsaid", STAGE, GOOD[STAGE], {"accessLogSettings": GONE}, "LOG-005[accessLogSettings.destinationArn]"),
        beside=[api_firewall],
    )
)

first_gateway = Registered(type=NAT, name="first", props=GOOD[NAT])
UNWANTED: dict[str, list[Registered]] = {
    "SIZ-004[phase]": [
        Registered(type=STACK, name="startup-platform-dev", props={"phase": "mvp"}),
        Registered(type=KUBERNETES, props=GOOD[KUBERNETES]),
    ],
    "SIZ-002[subnetId]": [first_gateway, Registered(type=NAT, props=GOOD[NAT])],
    "PUB-012[repositoryName]": [
        Registered(type="aws:ecrpublic/repository:Repository", props={"repositoryName": "feed", "tags": TAGS})
    ],
    "K8S-042[items]": [Registered(type="kubernetes:core/v1:PodList", props={"items": []})],
    "NET-013[id]": [Registered(type="aws:ec2/defaultSubnet:DefaultSubnet", props={"tags": TAGS})],
    "NET-009[publicKey]": [
        Registered(type="aws:ec2/keyPair:KeyPair", props={"publicKey": "ssh-ed25519 AAAA", "tags": TAGS})
    ],
}
