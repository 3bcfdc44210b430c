"""Where data rests: S3, DynamoDB, Aurora, ElastiCache, images, backups."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from unittest import mock

from sandbox.mirror.filler import PLACEHOLDER, Filler, Made, its_id


@contextmanager
def no_bucket_policy_judges() -> Generator[None]:
    """Moto reads a policy's statements without their conditions: a deny of what comes without TLS denies everything."""
    from moto.iam.access_control import PermissionResult  # noqa: PLC0415 -- moto is imported where it is started only
    from moto.s3.models import FakeBucket  # noqa: PLC0415

    with mock.patch.object(FakeBucket, "get_permission", return_value=PermissionResult.NEUTRAL):
        yield


def _bucket(made: Made) -> None:
    s3 = made.client("s3")
    # Virginia is where S3 puts what names no region, and a region that may not be named.
    here = made.region == "us-east-1"
    s3.create_bucket(
        Bucket=made.id, **({} if here else {"CreateBucketConfiguration": {"LocationConstraint": made.region}})
    )
    s3.put_bucket_tagging(Bucket=made.id, Tagging={"TagSet": made.tag_list})


def _versioning(made: Made) -> None:
    status = made.inside("versioningConfiguration").get("status", "Suspended")
    made.client("s3").put_bucket_versioning(Bucket=made["bucket"], VersioningConfiguration={"Status": status})


def _bucket_policy(made: Made) -> None:
    made.client("s3").put_bucket_policy(Bucket=made["bucket"], Policy=made["policy"])


def _public_access(made: Made) -> None:
    names = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
    block = {name[:1].upper() + name[1:]: bool(made[name]) for name in names}
    made.client("s3").put_public_access_block(Bucket=made["bucket"], PublicAccessBlockConfiguration=block)


def _ownership(made: Made) -> None:
    rule = {"ObjectOwnership": made["rule"]["objectOwnership"]}
    made.client("s3").put_bucket_ownership_controls(Bucket=made["bucket"], OwnershipControls={"Rules": [rule]})


def _encryption(made: Made) -> None:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": {
                "SSEAlgorithm": rule["applyServerSideEncryptionByDefault"]["sseAlgorithm"],
                **_key_of(rule["applyServerSideEncryptionByDefault"].get("kmsMasterKeyId")),
            },
            "BucketKeyEnabled": bool(rule.get("bucketKeyEnabled")),
        }
        for rule in made.items("rules")
    ]
    made.client("s3").put_bucket_encryption(Bucket=made["bucket"], ServerSideEncryptionConfiguration={"Rules": rules})


def _key_of(key: str | None) -> dict[str, str]:
    return {"KMSMasterKeyID": key} if key else {}


def _table(made: Made) -> None:
    dynamodb = made.client("dynamodb")
    keys = [(made["hashKey"], "HASH"), (made["rangeKey"], "RANGE")]
    dynamodb.create_table(
        TableName=made["name"],
        AttributeDefinitions=[
            {"AttributeName": each["name"], "AttributeType": each["type"]} for each in made.items("attributes")
        ],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys if name],
        BillingMode=made["billingMode"] or "PROVISIONED",
        Tags=made.tag_list,
        DeletionProtectionEnabled=bool(made["deletionProtectionEnabled"]),
    )
    if made.inside("pointInTimeRecovery").get("enabled"):
        dynamodb.update_continuous_backups(
            TableName=made["name"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    if made.inside("ttl").get("enabled"):
        until = {"Enabled": True, "AttributeName": made["ttl"]["attributeName"]}
        dynamodb.update_time_to_live(TableName=made["name"], TimeToLiveSpecification=until)


def _database_subnets(made: Made) -> None:
    made.client("rds").create_db_subnet_group(
        DBSubnetGroupName=made["name"],
        DBSubnetGroupDescription=made["description"] or "-",
        SubnetIds=made["subnetIds"],
        Tags=made.tag_list,
    )


def _parameters(made: Made) -> None:
    made.client("rds").create_db_cluster_parameter_group(
        DBClusterParameterGroupName=made["name"],
        DBParameterGroupFamily=made["family"],
        Description=made["description"] or "-",
        Tags=made.tag_list,
    )


def _cluster(made: Made) -> None:
    made.client("rds").create_db_cluster(
        DBClusterIdentifier=made.id,
        MasterUserPassword=PLACEHOLDER,
        StorageEncrypted=bool(made["storageEncrypted"]),
        DeletionProtection=bool(made["deletionProtection"]),
        Tags=made.tag_list,
        **made.only(
            Engine="engine",
            EngineVersion="engineVersion",
            MasterUsername="masterUsername",
            KmsKeyId="kmsKeyId",
            BackupRetentionPeriod="backupRetentionPeriod",
            DBClusterParameterGroupName="dbClusterParameterGroupName",
            DBSubnetGroupName="dbSubnetGroupName",
            VpcSecurityGroupIds="vpcSecurityGroupIds",
            Port="port",
        ),
    )


def _database(made: Made) -> None:
    made.client("rds").create_db_instance(
        DBInstanceIdentifier=made["identifier"],
        Tags=made.tag_list,
        **made.only(
            DBClusterIdentifier="clusterIdentifier",
            DBInstanceClass="instanceClass",
            Engine="engine",
            AvailabilityZone="availabilityZone",
        ),
    )


def _cache_subnets(made: Made) -> None:
    made.client("elasticache").create_cache_subnet_group(
        CacheSubnetGroupName=made["name"],
        CacheSubnetGroupDescription=made["description"] or "-",
        SubnetIds=made["subnetIds"],
        Tags=made.tag_list,
    )


def _cache(made: Made) -> None:
    made.client("elasticache").create_replication_group(
        ReplicationGroupId=made.id,
        ReplicationGroupDescription=made["description"] or "-",
        AtRestEncryptionEnabled=bool(made["atRestEncryptionEnabled"]),
        TransitEncryptionEnabled=bool(made["transitEncryptionEnabled"]),
        AutomaticFailoverEnabled=bool(made["automaticFailoverEnabled"]),
        Tags=made.tag_list,
        **made.only(
            Engine="engine",
            CacheNodeType="nodeType",
            NumNodeGroups="numNodeGroups",
            ReplicasPerNodeGroup="replicasPerNodeGroup",
            CacheSubnetGroupName="subnetGroupName",
            KmsKeyId="kmsKeyId",
            SnapshotRetentionLimit="snapshotRetentionLimit",
        ),
    )


def _cache_user(made: Made) -> None:
    made.client("elasticache").create_user(
        UserId=made["userId"],
        UserName=made["userName"],
        Engine=made["engine"],
        AccessString=made["accessString"],
        NoPasswordRequired=True,  # moto knows two kinds of user only; how they sign in is not read by anyone
    )


def _repository(made: Made) -> None:
    made.client("ecr").create_repository(
        repositoryName=made["name"],
        imageTagMutability=made["imageTagMutability"] or "MUTABLE",
        tags=made.tag_list,
        imageScanningConfiguration=made["imageScanningConfiguration"] or {},
    )


def _vault(made: Made) -> None:
    made.client("backup").create_backup_vault(
        BackupVaultName=made["name"], BackupVaultTags=made.tags, **made.only(EncryptionKeyArn="kmsKeyArn")
    )


def _days(lifecycle: Mapping[str, int]) -> dict[str, int]:
    names = {"deleteAfter": "DeleteAfterDays", "coldStorageAfter": "MoveToColdStorageAfterDays"}
    return {names[name]: days for name, days in lifecycle.items() if name in names and days}


def _plan(made: Made) -> None:
    rules = [
        {
            "RuleName": rule["ruleName"],
            "TargetBackupVaultName": rule["targetVaultName"],
            **({"ScheduleExpression": rule["schedule"]} if rule.get("schedule") else {}),
            "Lifecycle": _days(rule.get("lifecycle") or {}),
        }
        for rule in made.items("rules")
    ]
    plan = {"BackupPlanName": made["name"], "Rules": rules}
    made.client("backup").create_backup_plan(BackupPlan=plan, BackupPlanTags=made.tags)


ROWS: Mapping[str, Filler] = {
    "aws:backup/plan:Plan": Filler(fill=_plan, ids={"moto.backup.models.mock_random.uuid4": its_id}),
    "aws:backup/vault:Vault": Filler(fill=_vault),
    "aws:dynamodb/table:Table": Filler(fill=_table),
    "aws:ecr/repository:Repository": Filler(fill=_repository),
    "aws:elasticache/replicationGroup:ReplicationGroup": Filler(fill=_cache, lost="its endpoints"),
    "aws:elasticache/subnetGroup:SubnetGroup": Filler(fill=_cache_subnets),
    "aws:elasticache/user:User": Filler(fill=_cache_user, lost="how it signs in"),
    "aws:rds/cluster:Cluster": Filler(fill=_cluster, lost="its endpoints and resource id"),
    "aws:rds/clusterInstance:ClusterInstance": Filler(fill=_database, lost="its endpoint and resource id"),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": Filler(fill=_parameters, lost="the parameters in it"),
    "aws:rds/subnetGroup:SubnetGroup": Filler(fill=_database_subnets),
    "aws:s3/bucket:Bucket": Filler(fill=_bucket),
    "aws:s3/bucketOwnershipControls:BucketOwnershipControls": Filler(fill=_ownership),
    "aws:s3/bucketPolicy:BucketPolicy": Filler(fill=_bucket_policy),
    "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": Filler(fill=_public_access),
    "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": Filler(fill=_encryption),
    "aws:s3/bucketVersioning:BucketVersioning": Filler(fill=_versioning),
}
