"""Types that hold what cannot be made again from the program: deleting or replacing one loses it.

Data, messages, users, images and log lines; and keys, without which such data cannot be read. Beside these, whatever a
program marks with `protect` or `retain_on_delete` counts as stateful (model.py): it says so itself.
"""

STATEFUL = frozenset(
    {
        "aws:backup/vault:Vault",
        "aws:cloudtrail/trail:Trail",
        "aws:cloudwatch/eventArchive:EventArchive",
        "aws:cloudwatch/logGroup:LogGroup",
        "aws:cognito/userPool:UserPool",
        "aws:dynamodb/globalTable:GlobalTable",
        "aws:dynamodb/table:Table",
        "aws:ebs/volume:Volume",
        "aws:ecr/repository:Repository",
        "aws:efs/fileSystem:FileSystem",
        "aws:eks/cluster:Cluster",  # what runs in it is in its etcd
        "aws:elasticache/replicationGroup:ReplicationGroup",
        "aws:kinesis/stream:Stream",
        "aws:kms/key:Key",
        "aws:kms/replicaKey:ReplicaKey",
        "aws:opensearch/domain:Domain",
        "aws:organizations/account:Account",
        "aws:rds/cluster:Cluster",
        "aws:rds/clusterInstance:ClusterInstance",  # storage is the cluster's, but the last one's deletion is an outage
        "aws:rds/globalCluster:GlobalCluster",
        "aws:rds/instance:Instance",
        "aws:redshift/cluster:Cluster",
        "aws:route53/zone:Zone",  # a new one has other name servers
        "aws:s3/bucket:Bucket",
        "aws:s3/bucketV2:BucketV2",
        "aws:sagemaker/featureGroup:FeatureGroup",
        "aws:secretsmanager/secret:Secret",
        "aws:sqs/queue:Queue",
        "kubernetes:core/v1:PersistentVolume",
        "kubernetes:core/v1:PersistentVolumeClaim",
    }
)
