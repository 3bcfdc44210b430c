"""What holds data, or what others have written down (addresses, names, ids): growing never replaces or deletes it.

An Aurora instance or a group of machines may come and go. Beside each type stands a property whose change makes AWS
replace it (sandbox/schema/force_new.py has the sources), so that a test can see the guard go red.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

STATEFUL: Mapping[str, tuple[str, Any]] = MappingProxyType(
    {
        "aws:backup/vault:Vault": ("name", "another"),
        "aws:cloudtrail/trail:Trail": ("name", "another"),
        "aws:cloudwatch/eventArchive:EventArchive": ("name", "another"),
        "aws:cloudwatch/eventBus:EventBus": ("name", "another"),
        "aws:cloudwatch/logGroup:LogGroup": ("name", "another"),
        "aws:cognito/userPool:UserPool": ("usernameAttributes", ["phone_number"]),
        "aws:cognito/userPoolClient:UserPoolClient": ("generateSecret", True),
        "aws:dynamodb/table:Table": ("hashKey", "another"),
        "aws:ec2/eip:Eip": ("domain", "standard"),
        "aws:ec2/subnet:Subnet": ("cidrBlock", "10.99.0.0/24"),
        "aws:ec2/vpc:Vpc": ("cidrBlock", "10.99.0.0/16"),
        "aws:ecr/repository:Repository": ("name", "another"),
        "aws:eks/cluster:Cluster": ("name", "another"),
        "aws:elasticache/replicationGroup:ReplicationGroup": ("kmsKeyId", "another"),
        "aws:glue/catalogDatabase:CatalogDatabase": ("name", "another"),
        "aws:kinesis/stream:Stream": ("name", "another"),
        "aws:kms/key:Key": ("keyUsage", "SIGN_VERIFY"),
        "aws:kms/replicaKey:ReplicaKey": ("primaryKeyArn", "another"),
        "aws:lb/loadBalancer:LoadBalancer": ("internal", True),
        "aws:rds/cluster:Cluster": ("kmsKeyId", "another"),
        "aws:rds/globalCluster:GlobalCluster": ("globalClusterIdentifier", "another"),
        "aws:s3/bucket:Bucket": ("bucket", "another"),
        "aws:sagemaker/featureGroup:FeatureGroup": ("featureGroupName", "another"),
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup": ("modelPackageGroupName", "another"),
        "aws:secretsmanager/secret:Secret": ("name", "another"),
        "aws:sns/topic:Topic": ("fifoTopic", True),
        "aws:sqs/queue:Queue": ("fifoQueue", True),
    }
)
