"""The second region, from phase global on: the same once more, and what the two hand each other."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from fnmatch import fnmatch
from typing import Any, cast

import pytest

from components import settings, tagging
from components.edge.site_copies import SiteCopies, SiteCopiesArgs
from components.foundation.image_copies import ImageCopies, ImageCopiesArgs
from components.naming import Scope
from components.platform.places import places
from docs import drawing
from tests.unit.conftest import platform_of, stage_config
from tests.unit.recording import Recorded, Registration, record, revealed

HERE, THERE = "ap-northeast-2", "ap-southeast-1"
SEOUL = Scope(stage="prod", account_id="777788889999", region=HERE)
SINGAPORE = Scope(stage="prod", account_id="777788889999", region=THERE)
# What there is once for all regions: AWS has it once (DNS, CloudFront, IAM), or one region has it for both.
ONCE = {
    "startup-platform:index:AccountAudit",
    "startup-platform:operations:Audit",
    "startup-platform:operations:ConfigHistory",
    "startup-platform:data:Analytics",
    "startup-platform:data:Catalog",
    "startup-platform:data:CostExport",
    "startup-platform:data:Credentials",
    "startup-platform:data:Lake",
    "startup-platform:data:LogLake",
    "startup-platform:data:ServiceSchemas",  # where the writer is; users come with the data
    "startup-platform:data:Snapshots",
    "startup-platform:data:Streaming",
    "startup-platform:edge:Delivery",
    "startup-platform:edge:Firewall",
    "startup-platform:edge:Identity",
    "startup-platform:edge:Mail",
    "startup-platform:edge:SiteCopies",
    "startup-platform:foundation:ImageCopies",
    "startup-platform:foundation:Peering",
    "startup-platform:index:DataLake",
    "startup-platform:index:Edge",
    "startup-platform:index:Intelligence",
    "startup-platform:index:Platform",
    "startup-platform:intelligence:Bedrock",
    "startup-platform:intelligence:Features",
    "startup-platform:intelligence:SageMaker",
    "startup-platform:operations:Cost",
    "startup-platform:operations:Incidents",  # of the region that has the lake
    "startup-platform:operations:Recovery",
    "startup-platform:operations:Runner",
    "startup-platform:operations:VaultOfCopies",
}


@pytest.fixture(scope="module")
def run() -> Recorded:
    return platform_of("prod", phase="global")


def is_there(one: Registration) -> bool:
    return one.name.startswith("dr-")


def statements(one: Registration, key: str = "policy") -> dict[str, dict[str, Any]]:
    return {each["Sid"]: each for each in json.loads(one[key])["Statement"]}


def test_the_first_region_keeps_its_names_when_a_second_one_comes(run: Recorded) -> None:
    alone = {(one.type, one.name) for one in platform_of("prod").registrations}
    both = {(one.type, one.name) for one in run.registrations}
    assert alone <= both
    added = {
        (token, name) for token, name in both - alone if not name.startswith(("dr-", "models", "features", "training"))
    }
    assert {token.rpartition(":")[2] for token, _ in added} == {
        "aws",  # the provider of the other region
        "BucketReplicationConfig",
        "GlobalCluster",
        "HealthCheck",
        "ImageCopies",
        "MetricAlarm",
        "Peering",  # by which the runner reaches the other cluster
        "ReplicationConfiguration",
        "Role",
        "RolePolicy",
        "Route",
        "SiteCopies",
        "VpcPeeringConnection",
    }


def test_one_place_says_how_the_components_of_a_region_are_called() -> None:
    loaded = settings.load(stage="prod", config=stage_config("prod") | {"startup-platform:phase": "global"})
    first, other = places(loaded)
    assert (first.scope, first.named("network")) == (SEOUL, "network")
    assert (other.scope, other.named("network")) == (SINGAPORE, "dr-network")
    assert (str(first.network.cidr), str(other.network.cidr)) == ("10.30.0.0/16", "10.31.0.0/16")
    assert len(places(settings.load(stage="prod", config=stage_config("prod")))) == 1


def test_each_tier_is_there_twice_unless_it_is_for_both(run: Recorded) -> None:
    ours = [one for one in run.registrations if one.type.startswith("startup-platform:")]
    here = Counter(one.type for one in ours if not is_there(one))
    there = Counter(one.type for one in ours if is_there(one))
    # The table has a replica there, and secrets are drawn here only, but for the cache's.
    lost = {token for token in here if not there[token]} - {"startup-platform:data:KeyValue"}
    assert lost == ONCE - {"startup-platform:operations:VaultOfCopies"}
    assert there["startup-platform:data:KeyValueReplica"] == 1
    assert there["startup-platform:operations:VaultOfCopies"] == 1


def test_what_is_in_the_other_region_is_made_by_its_own_provider_for_this_account_only(run: Recorded) -> None:
    providers = {one.name: one for one in run.of_type("pulumi:providers:aws")}
    assert set(providers) == {f"aws-{HERE}", f"aws-{THERE}"}
    assert {json.loads(one["allowedAccountIds"])[0] for one in providers.values()} == {"777788889999"}
    for region, one in ((HERE, providers[f"aws-{HERE}"]), (THERE, providers[f"aws-{THERE}"])):
        assert one["region"] == region
        assert set(json.loads(one["defaultTags"])["tags"]) == set(tagging.KEYS) - {
            "Application",
            "DataClassification",
        }
    for one in (each for each in run.registrations if each.type.startswith("aws:")):
        assert f"aws-{THERE if is_there(one) else HERE}::" in one.provider, one.name
        assert one.get("region") in (None, "us-east-1", THERE if is_there(one) else HERE), one.name


def test_the_other_vpc_has_addresses_and_zones_of_its_own(run: Recorded) -> None:
    vpcs = {one.name: one["cidrBlock"] for one in run.of_type("aws:ec2/vpc:Vpc")}
    assert vpcs == {"network-vpc": "10.30.0.0/16", "dr-network-vpc": "10.31.0.0/16"}
    zones = {one["availabilityZone"] for one in run.of_type("aws:ec2/subnet:Subnet") if is_there(one)}
    assert zones == {f"{THERE}{letter}" for letter in "abc"}


def test_no_two_resources_share_a_name_where_aws_has_each_once(run: Recorded) -> None:
    everywhere = ("aws:iam/", "aws:s3/bucket:Bucket", "aws:cloudfront/")
    named = [
        one for one in run.registrations if one.type.startswith(everywhere) and (one.get("bucket") or one.get("name"))
    ]
    given = Counter((one.type, one.get("bucket") or one.get("name")) for one in named)
    assert [key for key, count in given.items() if count > 1] == []
    buckets = {one["bucket"] for one in run.of_type("aws:s3/bucket:Bucket")}
    assert {name.rpartition("-ap-")[2] for name in buckets} == {"northeast-2", "southeast-1"}


def test_names_of_load_balancers_and_target_groups_leave_the_engine_room_for_its_letters(run: Recorded) -> None:
    # The engine adds a dash and seven letters to a logical name, and AWS takes 32.
    made = [*run.of_type("aws:lb/loadBalancer:LoadBalancer"), *run.of_type("aws:lb/targetGroup:TargetGroup")]
    assert len(made) == 4
    assert [one.name for one in made if len(one.name) + 8 > 32] == []


def test_keys_there_are_their_own_but_for_secrets_and_identity_which_are_replicas(run: Recorded) -> None:
    keys = {one.name for one in run.of_type("aws:kms/key:Key") if is_there(one)}
    assert keys == {
        f"dr-encryption-{purpose}" for purpose in ("cluster", "data", "lake", "logs", "messaging", "storage")
    }
    replicas = {one.name: one["primaryKeyArn"] for one in run.of_type("aws:kms/replicaKey:ReplicaKey")}
    assert replicas == {
        "dr-encryption-secrets": "arn:mock:encryption-secrets",
        "dr-encryption-identity": "arn:mock:encryption-identity",
    }


def test_no_store_there_is_encrypted_by_a_key_of_the_first_region(run: Recorded) -> None:
    seen: list[str] = []

    def walk(value: Any, name: str) -> None:
        if isinstance(value, Mapping):
            walk(list(cast("Mapping[str, Any]", value).values()), name)
        elif isinstance(value, list):
            for each in cast("list[Any]", value):
                walk(each, name)
        elif isinstance(value, str) and re.fullmatch(r"arn:mock:(dr-)?encryption-[a-z]+", value):
            seen.append(name)
            # Config there delivers into the one bucket here, whose key it names.
            assert value.startswith("arn:mock:dr-") or (name, value) == (
                "dr-recorder-channel",
                "arn:mock:encryption-audit",
            ), name

    for one in run.registrations:
        if is_there(one) and one.type != "aws:kms/replicaKey:ReplicaKey" and one.type.startswith("aws:"):
            walk({key: revealed(value) for key, value in one.inputs.items()}, one.name)
    assert len(set(seen)) > 15


def test_both_load_balancers_take_the_same_secrets_and_cloudfront_sends_it_once_both_do(run: Recorded) -> None:
    rules = {one.name: one for one in run.of_type("aws:lb/listenerRule:ListenerRule")}
    taken = {
        name: [revealed(value) for value in revealed(one["conditions"])[0]["httpHeader"]["values"]]
        for name, one in rules.items()
    }
    first, other = taken["entrance-from-our-distribution"], taken["dr-entrance-from-our-distribution"]
    assert first == other
    assert len(first) == 1
    assert not [one.name for one in run.of_type("aws:ssm/parameter:Parameter") if one.name.startswith("dr-origin")]
    waits_for = {
        urn.rpartition("::")[2]
        for urn in run.named("delivery-distribution", "aws:cloudfront/distribution:Distribution").dependencies
    }
    assert waits_for >= {
        "entrance-from-our-distribution",
        "dr-entrance-from-our-distribution",
        "lock-acl",
        "dr-lock-acl",
    }


def test_one_name_leads_to_both_regions_by_latency_and_to_none_whose_alarm_is_on(run: Recorded) -> None:
    records = {
        one["setIdentifier"]: one
        for one in run.of_type("aws:route53/record:Record")
        if one.get("latencyRoutingPolicies")
    }
    assert set(records) == {HERE, THERE}
    assert {one["name"] for one in records.values()} == {"origin.example.com"}
    for region, prefix in ((HERE, ""), (THERE, "dr-")):
        one = records[region]
        assert one["latencyRoutingPolicies"] == [{"region": region}]
        assert one["aliases"][0]["evaluateTargetHealth"] is True
        assert one["healthCheckId"] == f"{prefix}entrance-health-id"
        health = run.named(f"{prefix}entrance-health", "aws:route53/healthCheck:HealthCheck")
        assert (health["type"], health["cloudwatchAlarmRegion"]) == ("CLOUDWATCH_METRIC", region)


def test_the_origins_name_is_proved_by_one_record_for_both_certificates(run: Recorded) -> None:
    proofs = {one.name for one in run.of_type("aws:route53/record:Record") if one.get("type") == "CNAME"}
    assert "origin-certificate-proof" in proofs
    assert "dr-origin-certificate-proof" not in proofs
    there = run.named("dr-origin-certificate-certificate", "aws:acm/certificate:Certificate")
    assert (there["region"], there["domainName"]) == (THERE, "origin.example.com")
    validated = run.named("dr-origin-certificate-validated", "aws:acm/certificateValidation:CertificateValidation")
    assert "origin-certificate-proof" in {urn.rpartition("::")[2] for urn in validated.dependencies}


def test_the_load_balancer_there_admits_cloudfront_by_its_own_regions_list_and_logs_there(run: Recorded) -> None:
    line = run.named("dr-entrance-from-cloudfront", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    assert line["prefixListId"] == "pl-31a34658"
    balancer = run.named("dr-entrance-balancer", "aws:lb/loadBalancer:LoadBalancer")
    assert balancer["accessLogs"]["bucket"] == f"startup-platform-prod-access-logs-777788889999-{THERE}"


def test_the_database_there_joins_and_leaves_before_what_it_joined(run: Recorded) -> None:
    cluster = run.named("dr-database-cluster", "aws:rds/cluster:Cluster")
    assert cluster["globalClusterIdentifier"] == "database-global-id"
    # Destroying goes against dependencies: the member first, then the Global Database, then the writer's cluster.
    assert "database-global" in {urn.rpartition("::")[2] for urn in cluster.dependencies}
    together = run.named("database-global", "aws:rds/globalCluster:GlobalCluster")
    assert "database-cluster" in {urn.rpartition("::")[2] for urn in together.dependencies}
    assert {one["clusterIdentifier"] for one in run.of_type("aws:rds/clusterInstance:ClusterInstance")} == {
        "database-cluster-id",
        "dr-database-cluster-id",
    }


def test_the_masters_secret_has_a_replica_there_and_only_one_function_rotates_it(run: Recorded) -> None:
    (secret,) = run.of_type("aws:secretsmanager/secret:Secret")
    assert secret["replicas"] == [{"region": THERE, "kmsKeyId": "arn:mock:dr-encryption-secrets"}]
    assert len(run.of_type("aws:secretsmanager/secretRotation:SecretRotation")) == 1


def test_sessions_have_a_replica_there_under_its_own_key(run: Recorded) -> None:
    (table,) = run.of_type("aws:dynamodb/table:Table")
    (replica,) = table["replicas"]
    assert (replica["regionName"], replica["kmsKeyArn"]) == (THERE, "arn:mock:dr-encryption-data")
    policy = run.named("dr-sessions-policy", "aws:dynamodb/resourcePolicy:ResourcePolicy")
    assert policy["resourceArn"] == f"arn:aws:dynamodb:{THERE}:777788889999:table/startup-platform-prod-sessions"


def test_backups_are_copied_there_and_planned_here_only(run: Recorded) -> None:
    (plan,) = run.of_type("aws:backup/plan:Plan")
    (rule,) = plan["rules"]
    assert [one["destinationVaultArn"] for one in rule["copyActions"]] == ["arn:mock:dr-copies-vault"]
    vault = run.named("dr-copies-vault", "aws:backup/vault:Vault")
    assert (vault["kmsKeyArn"], vault.protect) == ("arn:mock:dr-encryption-data", True)


def test_what_is_pushed_here_is_pulled_there_from_repositories_that_are_ours(run: Recorded) -> None:
    (copies,) = run.of_type("aws:ecr/replicationConfiguration:ReplicationConfiguration")
    (rule,) = copies["replicationConfiguration"]["rules"]
    assert rule["destinations"] == [{"region": THERE, "registryId": "777788889999"}]
    assert rule["repositoryFilters"] == [{"filter": "startup-platform/prod/", "filterType": "PREFIX_MATCH"}]
    there = {one.name for one in run.of_type("aws:ecr/repository:Repository") if is_there(one)}
    tier = run.named("image-copies", "startup-platform:foundation:ImageCopies")
    assert there
    assert there <= {urn.rpartition("::")[2] for urn in tier.dependencies}


def test_the_front_end_is_copied_with_its_deletions_within_a_quarter_of_an_hour(run: Recorded) -> None:
    (replication,) = run.of_type("aws:s3/bucketReplicationConfig:BucketReplicationConfig")
    assert replication["bucket"] == f"startup-platform-prod-site-777788889999-{HERE}"
    (rule,) = replication["rules"]
    assert (rule["status"], rule["deleteMarkerReplication"]) == ("Enabled", {"status": "Enabled"})
    assert rule["sourceSelectionCriteria"] == {"sseKmsEncryptedObjects": {"status": "Enabled"}}
    target = rule["destination"]
    assert target["bucket"] == f"arn:aws:s3:::startup-platform-prod-site-777788889999-{THERE}"
    assert target["encryptionConfiguration"] == {"replicaKmsKeyId": "arn:mock:dr-encryption-storage"}
    assert (target["replicationTime"]["status"], int(target["replicationTime"]["time"]["minutes"])) == ("Enabled", 15)
    assert (target["metrics"]["status"], int(target["metrics"]["eventThreshold"]["minutes"])) == ("Enabled", 15)
    tier = run.named("site-copies", "startup-platform:edge:SiteCopies")
    waits_for = {urn.rpartition("::")[2] for urn in tier.dependencies}
    assert waits_for >= {"site-versioning", "dr-site-versioning"}  # S3 refuses a rule between buckets without versions


def test_s3_copies_by_a_role_that_reads_here_and_writes_there_by_each_regions_key() -> None:
    args = SiteCopiesArgs(
        scope=SEOUL,
        to=SINGAPORE,
        bucket="here",
        to_bucket="there",
        key_alias="alias/storage",
        to_key_arn="arn:key",
    )
    run = record(lambda: SiteCopies("copies", args))
    found = statements(run.named("copies-role", "aws:iam/rolePolicy:RolePolicy"))
    here, there = "arn:aws:s3:::here", "arn:aws:s3:::there"
    assert {sid: one["Resource"] for sid, one in found.items()} == {
        "SeeWhatIsToBeCopied": [here],
        "ReadTheVersionsThatAreCopied": [f"{here}/*"],
        "WriteCopiesToTheOtherRegion": [f"{there}/*"],
        "DecryptHere": [f"arn:aws:kms:{HERE}:777788889999:key/*"],
        "EncryptThere": [f"arn:aws:kms:{THERE}:777788889999:key/*"],
    }
    for sid, action, region in (("DecryptHere", "kms:Decrypt", HERE), ("EncryptThere", "kms:Encrypt", THERE)):
        assert found[sid]["Action"] == [action]
        assert found[sid]["Condition"] == {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/storage"},
            "StringEquals": {"kms:ViaService": f"s3.{region}.amazonaws.com"},
        }
    (trust,) = statements(run.named("copies-role", "aws:iam/role:Role"), "assumeRolePolicy").values()
    assert trust["Principal"] == {"Service": "s3.amazonaws.com"}
    assert trust["Condition"]["ArnLike"] == {"aws:SourceArn": here}


def test_images_of_other_stages_in_the_registry_stay_where_they_are() -> None:
    run = record(lambda: ImageCopies("copies", ImageCopiesArgs(scope=SEOUL, to_region=THERE)))
    (made,) = run.of_type("aws:ecr/replicationConfiguration:ReplicationConfiguration")
    (rule,) = made["replicationConfiguration"]["rules"]
    assert [one["filter"] for one in rule["repositoryFilters"]] == ["startup-platform/prod/"]


def test_alarms_tell_their_own_regions_topic(run: Recorded) -> None:
    alarms = run.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    assert len([one for one in alarms if is_there(one)]) > 8
    for one in (each for each in alarms if each["alarmActions"]):  # the others are parts of one that tells
        assert one["alarmActions"] == [f"arn:mock:{'dr-' if is_there(one) else ''}alerts-alarms"], one.name


def test_log_groups_there_are_ones_that_the_logs_key_there_serves(run: Recorded) -> None:
    groups = [one for one in run.of_type("aws:cloudwatch/logGroup:LogGroup") if is_there(one)]
    assert len(groups) > 5
    served = statements(run.named("dr-encryption-logs", "aws:kms/key:Key"))["UsedByTheLogGroupsOfThisStage"]
    patterns = served["Condition"]["ArnLike"]["kms:EncryptionContext:aws:logs:arn"]
    for group in groups:
        arn = f"arn:aws:logs:{THERE}:777788889999:log-group:{group['name']}"
        assert any(fnmatch(arn, pattern) for pattern in patterns), arn


def contract_in(run: Recorded, name: str) -> dict[str, Any]:
    parameter = run.named(name, "aws:ssm/parameter:Parameter")
    assert parameter["name"] == "/startup-platform/prod/contract/v1"
    return json.loads(revealed(parameter["value"]))


def test_a_service_finds_under_one_name_what_is_near_in_each_region_and_what_is_one_for_both(run: Recorded) -> None:
    here, there = contract_in(run, "contract"), contract_in(run, "dr-contract")
    assert set(here) == set(there)
    assert (here["region"], there["region"]) == (HERE, THERE)
    assert here["regions"] == there["regions"] == [HERE, THERE]
    assert {name for name in here if here[name] == there[name]} >= {
        "distribution_id",
        "domain",
        "event_bus_name",
        "phase",
        "sessions_table",
        "sign_in_client_id",
        "site_bucket",
        "token_issuer",
        "user_pool_id",
    }
    assert there["vpc_id"] == "dr-network-vpc-id"
    assert there["cluster_target_group_arn"] == "arn:mock:dr-entrance-cluster"
    assert there["queue_arn"] == f"arn:aws:sqs:{THERE}:777788889999:startup-platform-prod-work"


def test_a_service_there_writes_through_readers_that_pass_writes_on(run: Recorded) -> None:
    here, there = contract_in(run, "contract"), contract_in(run, "dr-contract")
    assert (here["database_endpoint"], here["database_reader_endpoint"]) == ("proxy.example", "proxy-readers.example")
    # The proxy's own endpoint answers nobody as long as the writer is in the other region.
    assert there["database_endpoint"] == there["database_reader_endpoint"] == "proxy-readers.example"


def test_the_request_path_is_drawn_into_both_regions(run: Recorded) -> None:
    page = drawing.page(run.registrations)
    for prefix in ("", "dr_"):
        for arrow in (
            f"Distribution_delivery_distribution -- services --> Record_{prefix}entrance_origin",
            f"Record_{prefix}entrance_origin -- by latency --> LoadBalancer_{prefix}entrance_balancer",
            f"Distribution_delivery_distribution -- front end --> Bucket_{prefix}site_bucket",
            f"Listener_{prefix}entrance_https -- with our secret -->",
        ):
            assert arrow in page, arrow
    assert f"origin.example.com<br>Record<br>{HERE}" in page
    assert f"origin.example.com<br>Record<br>{THERE}" in page
