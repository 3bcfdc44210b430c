"""One resource a type that no rule has anything to say about: what the cases change one thing of."""

import json
from collections.abc import Mapping

from tests.policy.case import KEY, TAGS
from tests.policy.server import UNKNOWN, Registered, urn

ROLE = "arn:aws:iam::111122223333:role/feed"
AS_IT_IS: Mapping[str, object] = {}  # of an action that is configured by being there
DEAD_LETTERS = "arn:aws:sqs:ap-northeast-2:111122223333:dead"
LOGS = "arn:aws:logs:ap-northeast-2:111122223333:log-group:/feed:*"

VPC = "aws:ec2/vpc:Vpc"
vpc = Registered(type=VPC, name="main", props={"cidrBlock": "10.10.0.0/16", "tags": TAGS})
OF_THE_VPC = {"vpcId": [vpc.urn]}
vpc_guards = (
    Registered(
        type="aws:ec2/flowLog:FlowLog",
        props={"vpcId": UNKNOWN, "trafficType": "ALL", "logDestination": LOGS, "tags": TAGS},
        depends=OF_THE_VPC,
    ),
    Registered(
        type="aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",
        props={"vpcId": UNKNOWN, "ingress": [], "egress": [], "tags": TAGS},
        depends=OF_THE_VPC,
    ),
)

SECRET = "aws:secretsmanager/secret:Secret"
rotation = Registered(
    type="aws:secretsmanager/secretRotation:SecretRotation",
    name="rotation",
    props={"secretId": UNKNOWN, "rotationRules": {"automaticallyAfterDays": 30}},
    depends={"secretId": [urn(SECRET)]},
)
WEB_ACL = "aws:wafv2/webAcl:WebAcl"
firewall_logs = Registered(
    type="aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",
    name="logs",
    props={
        "resourceArn": UNKNOWN,
        "logDestinationConfigs": [LOGS],
        "redactedFields": [{"singleHeader": {"name": "authorization"}}],
    },
    depends={"resourceArn": [urn(WEB_ACL)]},
)
STAGE = "aws:apigateway/stage:Stage"
api_firewall = Registered(
    type="aws:wafv2/webAclAssociation:WebAclAssociation",
    name="association",
    props={"resourceArn": UNKNOWN, "webAclArn": UNKNOWN},
    depends={"resourceArn": [urn(STAGE)]},
)
BUCKET = "aws:s3/bucket:Bucket"
BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
VERSIONING = "aws:s3/bucketVersioning:BucketVersioning"
LOGGING = "aws:s3/bucketLogging:BucketLogging"
BUCKET_POLICY = "aws:s3/bucketPolicy:BucketPolicy"
TLS_ONLY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            }
        ],
    }
)


def beside_bucket(token: str = BUCKET, name: str = "subject") -> list[Registered]:
    """What stands beside a bucket, so that no rule has anything to say about it."""
    props: Mapping[str, Mapping[str, object]] = {
        BLOCK: {
            "blockPublicAcls": True,
            "blockPublicPolicy": True,
            "ignorePublicAcls": True,
            "restrictPublicBuckets": True,
        },
        VERSIONING: {"versioningConfiguration": {"status": "Enabled"}},
        LOGGING: {"targetBucket": "access-logs", "targetPrefix": name},
        BUCKET_POLICY: {"policy": TLS_ONLY},
    }
    return [
        Registered(
            type=kind,
            name=name,
            props={"bucket": UNKNOWN, **each},
            depends={"bucket": [urn(token, name)]},
        )
        for kind, each in props.items()
    ]


GOOD: Mapping[str, Mapping[str, object]] = {
    "aws:rds/cluster:Cluster": {
        "copyTagsToSnapshot": True,
        "engine": "aurora-mysql",
        "engineVersion": "8.0.mysql_aurora.3.10.0",
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "backupRetentionPeriod": 35,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "manageMasterUserPassword": True,
        "enabledCloudwatchLogsExports": ["audit", "error", "slowquery"],
        "tags": TAGS,
    },
    "aws:rds/instance:Instance": {
        "copyTagsToSnapshot": True,
        "engine": "postgres",
        "engineVersion": "17.4",
        "instanceClass": "db.t4g.medium",
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "backupRetentionPeriod": 35,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "manageMasterUserPassword": True,
        "multiAz": True,
        "publiclyAccessible": False,
        "enabledCloudwatchLogsExports": ["postgresql", "upgrade"],
        "tags": TAGS,
    },
    "aws:rds/clusterInstance:ClusterInstance": {
        "engine": "aurora-mysql",
        "clusterIdentifier": UNKNOWN,
        "instanceClass": "db.r8g.large",
        "publiclyAccessible": False,
        "tags": TAGS,
    },
    "aws:sqs/queue:Queue": {
        "kmsMasterKeyId": KEY,
        "redrivePolicy": json.dumps({"deadLetterTargetArn": DEAD_LETTERS, "maxReceiveCount": 5}),
        "tags": TAGS,
    },
    "aws:cloudwatch/logGroup:LogGroup": {"kmsKeyId": KEY, "retentionInDays": 365, "tags": TAGS},
    "aws:kinesis/stream:Stream": {
        "encryptionType": "KMS",
        "kmsKeyId": KEY,
        "shardCount": 1,
        "retentionPeriod": 48,
        "tags": TAGS,
    },
    "aws:lb/loadBalancer:LoadBalancer": {
        "dropInvalidHeaderFields": True,
        "enableDeletionProtection": True,
        "loadBalancerType": "application",
        "internal": True,
        "accessLogs": {"bucket": "logs", "enabled": True},
        "tags": TAGS,
    },
    "aws:lb/listener:Listener": {
        "loadBalancerArn": UNKNOWN,
        "protocol": "HTTPS",
        "port": 443,
        "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-2021-06",
        "certificateArn": UNKNOWN,
        "defaultActions": [{"type": "forward", "targetGroupArn": UNKNOWN}],
        "tags": TAGS,
    },
    "aws:ec2/instance:Instance": {
        "volumeTags": TAGS,
        "ami": "ami-0123456789abcdef0",
        "instanceType": "t4g.micro",
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 1},
        "rootBlockDevice": {"encrypted": True, "kmsKeyId": KEY},
        "ebsBlockDevices": [
            {"deviceName": "/dev/sdf", "encrypted": True, "kmsKeyId": KEY},
            {"deviceName": "/dev/sdg", "encrypted": True, "kmsKeyId": KEY},
        ],
        "associatePublicIpAddress": False,
        "tags": TAGS,
    },
    "aws:ec2/launchTemplate:LaunchTemplate": {
        "imageId": "ami-0123456789abcdef0",
        "metadataOptions": {"httpTokens": "required", "httpPutResponseHopLimit": 2},
        "networkInterfaces": [{"associatePublicIpAddress": "false", "securityGroups": [UNKNOWN]}],
        "blockDeviceMappings": [
            {"deviceName": "/dev/xvda", "ebs": {"encrypted": "true", "kmsKeyId": KEY}},
            {"deviceName": "/dev/xvdb", "virtualName": "ephemeral0"},
        ],
        "tagSpecifications": [{"resourceType": kind, "tags": TAGS} for kind in ("instance", "volume")],
        "tags": TAGS,
    },
    "aws:ec2/launchConfiguration:LaunchConfiguration": {
        "imageId": "ami-0123456789abcdef0",
        "instanceType": "t4g.micro",
        "metadataOptions": {"httpTokens": "required"},
        "rootBlockDevice": {"encrypted": True},
    },
    "aws:ec2/subnet:Subnet": {"vpcId": UNKNOWN, "cidrBlock": "10.10.0.0/20", "tags": TAGS},
    "aws:ec2/securityGroup:SecurityGroup": {
        "description": "the entrance",
        "ingress": [
            {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"], "description": "users"},
            {"protocol": "tcp", "fromPort": 22, "toPort": 22, "cidrBlocks": ["10.0.0.0/8"], "description": "inside"},
            {"protocol": "icmp", "fromPort": -1, "toPort": -1, "cidrBlocks": ["0.0.0.0/0"], "description": "MTU"},
        ],
        "tags": TAGS,
    },
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId": UNKNOWN, "ingress": [], "egress": [], "tags": TAGS},
    "aws:ec2/securityGroupRule:SecurityGroupRule": {
        "type": "ingress",
        "description": "the services",
        "securityGroupId": UNKNOWN,
        "protocol": "tcp",
        "fromPort": 3306,
        "toPort": 3306,
        "sourceSecurityGroupId": UNKNOWN,
    },
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
        "description": "users",
        "securityGroupId": UNKNOWN,
        "ipProtocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrIpv4": "0.0.0.0/0",
        "tags": TAGS,
    },
    "aws:ec2/networkAcl:NetworkAcl": {
        "vpcId": UNKNOWN,
        "ingress": [
            {
                "ruleNo": 100,
                "action": "allow",
                "protocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrBlock": "0.0.0.0/0",
            },
            {
                "ruleNo": 110,
                "action": "allow",
                "protocol": "tcp",
                "fromPort": 1024,
                "toPort": 65535,
                "cidrBlock": "0.0.0.0/0",
            },
            {"ruleNo": 120, "action": "deny", "protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlock": "0.0.0.0/0"},
        ],
        "tags": TAGS,
    },
    "aws:ec2/networkAclRule:NetworkAclRule": {
        "networkAclId": UNKNOWN,
        "ruleNumber": 100,
        "ruleAction": "allow",
        "protocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrBlock": "0.0.0.0/0",
    },
    "aws:eks/nodeGroup:NodeGroup": {
        "clusterName": "main",
        "nodeRoleArn": ROLE,
        "scalingConfig": {"minSize": 2, "desiredSize": 2, "maxSize": 4},
        "subnetIds": [UNKNOWN],
        "remoteAccess": {"sourceSecurityGroupIds": []},
        "tags": TAGS,
    },
    "aws:ecs/service:Service": {
        "propagateTags": "SERVICE",
        "taskDefinition": "feed",
        "networkConfiguration": {"subnets": [UNKNOWN], "assignPublicIp": False},
        "tags": TAGS,
    },
    "aws:cloudfront/distribution:Distribution": {
        "defaultRootObject": "index.html",
        "enabled": True,
        "origins": [
            {"originId": "site", "domainName": "site.s3.ap-northeast-2.amazonaws.com", "originAccessControlId": UNKNOWN}
        ],
        "defaultCacheBehavior": {
            "allowedMethods": ["GET", "HEAD"],
            "cachedMethods": ["GET", "HEAD"],
            "targetOriginId": "site",
            "viewerProtocolPolicy": "redirect-to-https",
        },
        "restrictions": {"geoRestriction": {"restrictionType": "none"}},
        "viewerCertificate": {
            "acmCertificateArn": UNKNOWN,
            "minimumProtocolVersion": "TLSv1.2_2021",
            "sslSupportMethod": "sni-only",
        },
        "loggingConfig": {"bucket": "logs.s3.amazonaws.com"},
        "webAclId": UNKNOWN,
        "tags": TAGS,
    },
    "aws:wafv2/webAcl:WebAcl": {
        "scope": "REGIONAL",
        "defaultAction": {"allow": AS_IT_IS},
        "visibilityConfig": {"cloudwatchMetricsEnabled": True, "metricName": "edge", "sampledRequestsEnabled": True},
        "rules": [
            {
                "name": "rate",
                "priority": 1,
                "action": {"block": AS_IT_IS},
                "statement": {"rateBasedStatement": {"limit": 2000, "aggregateKeyType": "IP"}},
                "visibilityConfig": {
                    "cloudwatchMetricsEnabled": True,
                    "metricName": "rate",
                    "sampledRequestsEnabled": True,
                },
            }
        ],
        "tags": TAGS,
    },
    VPC: vpc.props,
    "aws:athena/workgroup:Workgroup": {
        "configuration": {
            "enforceWorkgroupConfiguration": True,
            "resultConfiguration": {"encryptionConfiguration": {"encryptionOption": "SSE_KMS", "kmsKeyArn": KEY}},
        },
        "tags": TAGS,
    },
    "aws:backup/vault:Vault": {"kmsKeyArn": KEY, "tags": TAGS},
    "aws:cloudtrail/eventDataStore:EventDataStore": {"kmsKeyId": KEY, "tags": TAGS},
    "aws:cloudtrail/trail:Trail": {
        "s3BucketName": "audit",
        "kmsKeyId": KEY,
        "isMultiRegionTrail": True,
        "enableLogFileValidation": True,
        "cloudWatchLogsGroupArn": LOGS,
        "cloudWatchLogsRoleArn": ROLE,
        "tags": TAGS,
    },
    "aws:codebuild/project:Project": {
        "artifacts": {"type": "S3", "location": "builds", "encryptionDisabled": False},
        "encryptionKey": KEY,
        "environment": {
            "computeType": "BUILD_GENERAL1_SMALL",
            "image": "aws/codebuild/amazonlinux2-aarch64-standard:3.0",
            "type": "ARM_CONTAINER",
        },
        "serviceRole": ROLE,
        "source": {"type": "CODEPIPELINE"},
        "tags": TAGS,
    },
    "aws:dax/cluster:Cluster": {
        "clusterName": "feed",
        "iamRoleArn": ROLE,
        "nodeType": "dax.t3.small",
        "replicationFactor": 3,
        "serverSideEncryption": {"enabled": True},
        "clusterEndpointEncryptionType": "TLS",
        "tags": TAGS,
    },
    "aws:docdb/cluster:Cluster": {
        "storageEncrypted": True,
        "kmsKeyId": KEY,
        "backupRetentionPeriod": 35,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "manageMasterUserPassword": True,
        "enabledCloudwatchLogsExports": ["audit"],
        "tags": TAGS,
    },
    "aws:dynamodb/table:Table": {
        "hashKey": "id",
        "attributes": [{"name": "id", "type": "S"}],
        "billingMode": "PAY_PER_REQUEST",
        "serverSideEncryption": {"enabled": True, "kmsKeyArn": KEY},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": True,
        "tags": TAGS,
    },
    "aws:ecr/repository:Repository": {
        "encryptionConfigurations": [{"encryptionType": "KMS", "kmsKey": KEY}],
        "imageScanningConfiguration": {"scanOnPush": True},
        "imageTagMutability": "IMMUTABLE",
        "tags": TAGS,
    },
    "aws:efs/fileSystem:FileSystem": {"encrypted": True, "kmsKeyId": KEY, "tags": TAGS},
    "aws:eks/cluster:Cluster": {
        "roleArn": ROLE,
        "version": "1.34",
        "upgradePolicy": {"supportType": "STANDARD"},
        "deletionProtection": True,
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "encryptionConfig": {"provider": {"keyArn": KEY}, "resources": ["secrets"]},
        "vpcConfig": {"subnetIds": [UNKNOWN], "endpointPublicAccess": False, "endpointPrivateAccess": True},
        "tags": TAGS,
    },
    "aws:elasticache/cluster:Cluster": {
        "engine": "memcached",
        "nodeType": "cache.t4g.small",
        "numCacheNodes": 1,
        "subnetGroupName": "data",
        "transitEncryptionEnabled": True,
        "tags": TAGS,
    },
    "aws:elasticache/replicationGroup:ReplicationGroup": {
        "userGroupIds": ["feed"],
        "description": "sessions",
        "atRestEncryptionEnabled": True,
        "transitEncryptionEnabled": True,
        "kmsKeyId": KEY,
        "numCacheClusters": 3,
        "automaticFailoverEnabled": True,
        "multiAzEnabled": True,
        "snapshotRetentionLimit": 7,
        "subnetGroupName": "data",
        "tags": TAGS,
    },
    "aws:glue/crawler:Crawler": {
        "databaseName": "lake",
        "role": ROLE,
        "securityConfiguration": "encrypted",
        "tags": TAGS,
    },
    "aws:glue/dataCatalogEncryptionSettings:DataCatalogEncryptionSettings": {
        "dataCatalogEncryptionSettings": {
            "connectionPasswordEncryption": {"returnConnectionPasswordEncrypted": True, "awsKmsKeyId": KEY},
            "encryptionAtRest": {"catalogEncryptionMode": "SSE-KMS", "sseAwsKmsKeyId": KEY},
        }
    },
    "aws:glue/job:Job": {
        "command": {"scriptLocation": "s3://lake/jobs/rank.py"},
        "roleArn": ROLE,
        "securityConfiguration": "encrypted",
        "tags": TAGS,
    },
    "aws:glue/securityConfiguration:SecurityConfiguration": {
        "encryptionConfiguration": {
            "cloudwatchEncryption": {"cloudwatchEncryptionMode": "SSE-KMS", "kmsKeyArn": KEY},
            "jobBookmarksEncryption": {"jobBookmarksEncryptionMode": "CSE-KMS", "kmsKeyArn": KEY},
            "s3Encryption": {"s3EncryptionMode": "SSE-KMS", "kmsKeyArn": KEY},
        }
    },
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": {
        "destination": "extended_s3",
        "extendedS3Configuration": {
            "bucketArn": "arn:aws:s3:::lake",
            "roleArn": ROLE,
            "kmsKeyArn": KEY,
            "cloudwatchLoggingOptions": {"enabled": True, "logGroupName": "feed", "logStreamName": "s3"},
        },
        "serverSideEncryption": {"enabled": True, "keyType": "CUSTOMER_MANAGED_CMK", "keyArn": KEY},
        "tags": TAGS,
    },
    "aws:lambda/function:Function": {
        "role": ROLE,
        "runtime": "python3.13",
        "handler": "feed.handle",
        "environment": {"variables": {"STAGE": "dev"}},
        "kmsKeyArn": KEY,
        "tracingConfig": {"mode": "Active"},
        "tags": TAGS,
    },
    "aws:msk/cluster:Cluster": {
        "kafkaVersion": "3.9.x",
        "numberOfBrokerNodes": 3,
        "brokerNodeGroupInfo": {
            "clientSubnets": [UNKNOWN],
            "instanceType": "kafka.m7g.large",
            "securityGroups": [UNKNOWN],
            "connectivityInfo": {"publicAccess": {"type": "DISABLED"}},
        },
        "clientAuthentication": {"sasl": {"iam": True}},
        "encryptionInfo": {
            "encryptionAtRestKmsKeyArn": KEY,
            "encryptionInTransit": {"clientBroker": "TLS", "inCluster": True},
        },
        "loggingInfo": {"brokerLogs": {"cloudwatchLogs": {"enabled": True, "logGroup": "feed"}}},
        "tags": TAGS,
    },
    "aws:neptune/cluster:Cluster": {
        "copyTagsToSnapshot": True,
        "storageEncrypted": True,
        "kmsKeyArn": KEY,
        "backupRetentionPeriod": 35,
        "deletionProtection": True,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "iamDatabaseAuthenticationEnabled": True,
        "enableCloudwatchLogsExports": ["audit"],
        "tags": TAGS,
    },
    "aws:opensearch/domain:Domain": {
        "advancedSecurityOptions": {"enabled": True},
        "engineVersion": "OpenSearch_2.19",
        "encryptAtRest": {"enabled": True, "kmsKeyId": KEY},
        "nodeToNodeEncryption": {"enabled": True},
        "domainEndpointOptions": {"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
        "clusterConfig": {"instanceCount": 3, "zoneAwarenessEnabled": True},
        "vpcOptions": {"subnetIds": [UNKNOWN], "securityGroupIds": [UNKNOWN]},
        "logPublishingOptions": [{"logType": "AUDIT_LOGS", "cloudwatchLogGroupArn": LOGS}],
        "tags": TAGS,
    },
    "aws:redshift/cluster:Cluster": {
        "clusterIdentifier": "lake",
        "nodeType": "ra3.large",
        "encrypted": "true",
        "kmsKeyId": KEY,
        "manageMasterPassword": True,
        "publiclyAccessible": False,
        "enhancedVpcRouting": True,
        "automatedSnapshotRetentionPeriod": 35,
        "skipFinalSnapshot": False,
        "finalSnapshotIdentifier": "last",
        "tags": TAGS,
    },
    "aws:sagemaker/domain:Domain": {
        "authMode": "IAM",
        "defaultUserSettings": {"executionRole": ROLE},
        "domainName": "lab",
        "appNetworkAccessType": "VpcOnly",
        "kmsKeyId": KEY,
        "subnetIds": [UNKNOWN],
        "vpcId": UNKNOWN,
        "tags": TAGS,
    },
    "aws:sagemaker/endpointConfiguration:EndpointConfiguration": {
        "kmsKeyArn": KEY,
        "productionVariants": [{"modelName": "rank", "instanceType": "ml.m6g.large", "initialInstanceCount": 2}],
        "tags": TAGS,
    },
    "aws:sagemaker/featureGroup:FeatureGroup": {
        "featureGroupName": "users",
        "eventTimeFeatureName": "at",
        "recordIdentifierFeatureName": "id",
        "roleArn": ROLE,
        "featureDefinitions": [{"featureName": "id", "featureType": "String"}],
        "onlineStoreConfig": {"enableOnlineStore": True, "securityConfig": {"kmsKeyId": KEY}},
        "offlineStoreConfig": {"s3StorageConfig": {"s3Uri": "s3://lake/features", "kmsKeyId": KEY}},
        "tags": TAGS,
    },
    "aws:sagemaker/notebookInstance:NotebookInstance": {
        "instanceType": "ml.t3.medium",
        "roleArn": ROLE,
        "kmsKeyId": KEY,
        "directInternetAccess": "Disabled",
        "rootAccess": "Disabled",
        "subnetId": UNKNOWN,
        "securityGroups": [UNKNOWN],
        "instanceMetadataServiceConfiguration": {"minimumInstanceMetadataServiceVersion": "2"},
        "tags": TAGS,
    },
    "aws:secretsmanager/secret:Secret": {"name": "dev/feed/stripe", "kmsKeyId": KEY, "tags": TAGS},
    "aws:ssm/parameter:Parameter": {"type": "SecureString", "keyId": KEY, "value": UNKNOWN, "tags": TAGS},
    BLOCK: {
        "bucket": "assets",
        "blockPublicAcls": True,
        "blockPublicPolicy": True,
        "ignorePublicAcls": True,
        "restrictPublicBuckets": True,
    },
    "aws:s3/bucketAcl:BucketAcl": {"bucket": "assets", "acl": "private"},
    "aws:s3/bucketWebsiteConfiguration:BucketWebsiteConfiguration": {
        "bucket": "assets",
        "redirectAllRequestsTo": {"hostName": "www.example.com"},
    },
    "aws:lambda/functionUrl:FunctionUrl": {"functionName": "feed", "authorizationType": "AWS_IAM"},
    "aws:apigateway/method:Method": {
        "restApi": UNKNOWN,
        "resourceId": UNKNOWN,
        "httpMethod": "GET",
        "authorization": "COGNITO_USER_POOLS",
    },
    "aws:apigatewayv2/route:Route": {"apiId": UNKNOWN, "routeKey": "GET /posts", "authorizationType": "JWT"},
    "aws:ec2/amiLaunchPermission:AmiLaunchPermission": {"imageId": "ami-1", "accountId": "111122223333"},
    "aws:ec2/snapshotCreateVolumePermission:SnapshotCreateVolumePermission": {
        "snapshotId": "snap-1",
        "accountId": "111122223333",
    },
    "aws:rds/snapshot:Snapshot": {
        "dbInstanceIdentifier": "main",
        "dbSnapshotIdentifier": "last",
        "sharedAccounts": ["111122223333"],
        "tags": TAGS,
    },
    "aws:elb/loadBalancer:LoadBalancer": {
        "internal": True,
        "listeners": [{"instancePort": 443, "instanceProtocol": "https", "lbPort": 443, "lbProtocol": "https"}],
        "accessLogs": {"bucket": "logs"},
        "tags": TAGS,
    },
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": {
        "family": "aurora-mysql8.0",
        "parameters": [{"name": "require_secure_transport", "value": "ON"}],
        "tags": TAGS,
    },
    "aws:rds/parameterGroup:ParameterGroup": {
        "family": "postgres14",
        "parameters": [{"name": "rds.force_ssl", "value": "1"}],
        "tags": TAGS,
    },
    "aws:redshift/parameterGroup:ParameterGroup": {
        "family": "redshift-1.0",
        "parameters": [{"name": "require_ssl", "value": "true"}],
        "tags": TAGS,
    },
    "aws:apigateway/domainName:DomainName": {
        "domainName": "api.example.com",
        "securityPolicy": "TLS_1_2",
        "tags": TAGS,
    },
    "aws:ecs/taskDefinition:TaskDefinition": {
        "family": "feed",
        "containerDefinitions": json.dumps(
            [
                {
                    "name": "feed",
                    "image": "feed:1",
                    "readonlyRootFilesystem": True,
                    "logConfiguration": {"logDriver": "awslogs"},
                    "environment": [{"name": "DB_SECRET_ARN", "value": "arn:aws:x"}],
                }
            ]
        ),
        "volumes": [
            {"name": "files", "efsVolumeConfiguration": {"fileSystemId": "fs-1", "transitEncryption": "ENABLED"}}
        ],
        "tags": TAGS,
    },
    "aws:cfg/recorder:Recorder": {
        "roleArn": ROLE,
        "recordingGroup": {"allSupported": True, "includeGlobalResourceTypes": True},
    },
    "aws:cfg/recorderStatus:RecorderStatus": {"isEnabled": True},
    "aws:guardduty/detector:Detector": {"enable": True, "tags": TAGS},
    "aws:apigateway/stage:Stage": {
        "restApi": UNKNOWN,
        "deployment": UNKNOWN,
        "stageName": "v1",
        "accessLogSettings": {"destinationArn": LOGS, "format": "$context.requestId"},
        "tags": TAGS,
    },
    "aws:sfn/stateMachine:StateMachine": {
        "definition": "{}",
        "encryptionConfiguration": {"type": "CUSTOMER_MANAGED_KMS_KEY", "kmsKeyId": KEY},
        "roleArn": ROLE,
        "type": "EXPRESS",
        "loggingConfiguration": {"level": "ERROR", "logDestination": LOGS},
        "tags": TAGS,
    },
    "aws:cognito/userPool:UserPool": {
        "mfaConfiguration": "OPTIONAL",
        "userPoolAddOns": {"advancedSecurityMode": "ENFORCED"},
        "deletionProtection": "ACTIVE",
        "tags": TAGS,
    },
    "aws:backup/plan:Plan": {
        "rules": [
            {
                "ruleName": "daily",
                "targetVaultName": "main",
                "lifecycle": {"deleteAfter": 35},
                "copyActions": [{"destinationVaultArn": "arn:aws:backup:ap-southeast-1:111122223333:backup-vault:dr"}],
            }
        ],
        "tags": TAGS,
    },
    "aws:kms/key:Key": {"enableKeyRotation": True, "deletionWindowInDays": 30, "tags": TAGS},
    rotation.type: rotation.props,
    "aws:ec2/natGateway:NatGateway": {"subnetId": UNKNOWN, "tags": TAGS},
}
