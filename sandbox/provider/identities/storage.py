"""Where bytes rest: S3, EBS, EFS, ECR, backups."""

from collections.abc import Mapping

from sandbox.provider.identities.network import ec2
from sandbox.provider.identity import Identity, Row, arn, bare_arn
from sandbox.schema.force_new import BUCKET_PARTS

_OBJECT = Identity(id="{bucket}/{key}", arn=bare_arn("s3", "{bucket}/{key}"), outputs={"etag": "{hex32}"})

ROWS: Mapping[str, Row] = {
    **{f"aws:s3/bucket{part}:Bucket{part}": Identity(id="{bucket}") for part in BUCKET_PARTS},
    "aws:backup/plan:Plan": Identity(
        id="{uuid}", arn=arn("backup", "backup-plan:{id}"), outputs={"version": "{alnum48}"}
    ),
    "aws:backup/regionSettings:RegionSettings": Identity(id="{region}"),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": Identity(
        id="{name}", arn=arn("backup", "restore-testing-plan:{name}-{uuid}")
    ),
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": Identity(id="{name}:{restoreTestingPlanName}"),
    "aws:backup/selection:Selection": Identity(id="{uuid}"),
    "aws:backup/vault:Vault": Identity(
        id="{name}", arn=arn("backup", "backup-vault:{name}"), outputs={"recoveryPoints": 0}
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": Identity(
        id="{backupVaultName}", outputs={"backupVaultArn": arn("backup", "backup-vault:{backupVaultName}")}
    ),
    "aws:backup/vaultPolicy:VaultPolicy": Identity(
        id="{backupVaultName}", outputs={"backupVaultArn": arn("backup", "backup-vault:{backupVaultName}")}
    ),
    "aws:ebs/defaultKmsKey:DefaultKmsKey": Identity(id="{keyArn}"),
    "aws:ebs/encryptionByDefault:EncryptionByDefault": Identity(id="terraform-20260101000000{digits12}"),
    "aws:ebs/snapshot:Snapshot": ec2("snap", "snapshot", ownerId="{account}"),
    "aws:ebs/volume:Volume": ec2("vol", "volume", createTime="2026-01-01T00:00:00Z"),
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": Identity(id="{repository}", outputs={"registryId": "{account}"}),
    # One an account and region, so its id is the registry's.
    "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": Identity(
        id="{account}", outputs={"registryId": "{account}"}
    ),
    "aws:ecr/replicationConfiguration:ReplicationConfiguration": Identity(
        id="{account}", outputs={"registryId": "{account}"}
    ),
    "aws:ecr/repository:Repository": Identity(
        id="{name}",
        arn=arn("ecr", "repository/{name}"),
        outputs={
            "registryId": "{account}",
            "repositoryUrl": "{account}.dkr.ecr.{region}.amazonaws.com/{name}",
        },
    ),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": Identity(id="{repository}", outputs={"registryId": "{account}"}),
    "aws:efs/accessPoint:AccessPoint": Identity(
        id="fsap-{hex17}", arn=arn("elasticfilesystem", "access-point/{id}"), outputs={"ownerId": "{account}"}
    ),
    "aws:efs/fileSystem:FileSystem": Identity(
        id="fs-{hex17}",
        arn=arn("elasticfilesystem", "file-system/{id}"),
        outputs={"dnsName": "{id}.efs.{region}.amazonaws.com", "ownerId": "{account}", "numberOfMountTargets": 0},
    ),
    "aws:efs/mountTarget:MountTarget": Identity(
        id="fsmt-{hex17}", outputs={"networkInterfaceId": "eni-{hex17.interface}", "ownerId": "{account}"}
    ),
    "aws:s3/accessPoint:AccessPoint": Identity(
        id="{account}:{name}", arn=arn("s3", "accesspoint/{name}"), outputs={"alias": "{name}-{lower20}-s3alias"}
    ),
    "aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock": Identity(id="{account}"),
    "aws:s3/bucket:Bucket": Identity(
        id="{bucket}",
        arn=bare_arn("s3", "{bucket}"),
        outputs={
            "bucketDomainName": "{bucket}.s3.amazonaws.com",
            "bucketRegion": "{region}",
            "bucketRegionalDomainName": "{bucket}.s3.{region}.amazonaws.com",
            "hostedZoneId": "Z{upper13@region}",
            "websiteDomain": "",
            "websiteEndpoint": "",
        },
    ),
    "aws:s3/bucketMetric:BucketMetric": Identity(id="{bucket}:{name}"),
    "aws:s3/bucketObject:BucketObject": _OBJECT,
    "aws:s3/bucketObjectv2:BucketObjectv2": _OBJECT,
    "aws:s3/inventory:Inventory": Identity(id="{bucket}:{name}"),
}
