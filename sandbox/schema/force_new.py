"""Terraform's ForceNew for what holds data, and for what CloudFormation does not know as a type of its own.

The source of a row is the schema in the file that its comment names, under `internal/service/` of
hashicorp/terraform-provider-aws; names are Pulumi's. A row replaces what CloudFormation says, it does not add to it.
What replaces only for some values is in `replacement.py`.
"""

from collections.abc import Mapping

from sandbox.schema.force_new_parts import PARTS
from sandbox.schema.force_new_records import RECORDS

# s3/bucket_*.go: whatever configures a bucket belongs to that bucket
BUCKET_PARTS = (
    "AccelerateConfiguration",
    "Acl",
    "CorsConfiguration",
    "LifecycleConfiguration",
    "Logging",
    "Notification",
    "ObjectLockConfiguration",
    "OwnershipControls",
    "Policy",
    "PublicAccessBlock",
    "ReplicationConfig",
    "RequestPaymentConfiguration",
    "ServerSideEncryptionConfiguration",
    "Versioning",
    "WebsiteConfiguration",
)

FORCE_NEW: Mapping[str, frozenset[str]] = {
    **PARTS,
    **RECORDS,
    # aws_backup_vault (backup/vault.go)
    "aws:backup/vault:Vault": frozenset({"name", "kmsKeyArn"}),
    # aws_cloudwatch_log_group (logs/group.go)
    "aws:cloudwatch/logGroup:LogGroup": frozenset({"name", "logGroupClass"}),
    # aws_cognito_user_pool (cognitoidp/user_pool.go): adding a schema attribute is an update, changing one is refused
    "aws:cognito/userPool:UserPool": frozenset(
        {"name", "aliasAttributes", "usernameAttributes", "usernameConfiguration"}
    ),
    # aws_dynamodb_table (dynamodb/table.go)
    "aws:dynamodb/table:Table": frozenset(
        {
            "name",
            "hashKey",
            "rangeKey",
            "localSecondaryIndexes",
            "importTable",
            "restoreBackupArn",
            "restoreDateTime",
            "restoreSourceName",
            "restoreSourceTableArn",
            "restoreToLatestTime",
        }
    ),
    # aws_ebs_volume (ec2/ebs_volume.go)
    "aws:ebs/volume:Volume": frozenset(
        {
            "availabilityZone",
            "encrypted",
            "kmsKeyId",
            "multiAttachEnabled",
            "outpostArn",
            "snapshotId",
        }
    ),
    # aws_eip (ec2/ec2_eip.go)
    "aws:ec2/eip:Eip": frozenset({"address", "domain", "ipamPoolId", "networkBorderGroup", "publicIpv4Pool"}),
    # aws_flow_log (ec2/vpc_flow_log.go): all but its tags
    "aws:ec2/flowLog:FlowLog": frozenset(
        {
            "deliverCrossAccountRole",
            "destinationOptions",
            "eniId",
            "iamRoleArn",
            "logDestination",
            "logDestinationType",
            "logFormat",
            "maxAggregationInterval",
            "regionalNatGatewayId",
            "subnetId",
            "trafficType",
            "transitGatewayAttachmentId",
            "transitGatewayId",
            "vpcId",
        }
    ),
    # aws_nat_gateway (ec2/vpc_nat_gateway.go)
    "aws:ec2/natGateway:NatGateway": frozenset(
        {
            "allocationId",
            "availabilityMode",
            "connectivityType",
            "privateIp",
            "secondaryPrivateIpAddressCount",
            "subnetId",
            "vpcId",
        }
    ),
    # aws_network_acl (ec2/vpc_network_acl.go)
    "aws:ec2/networkAcl:NetworkAcl": frozenset({"vpcId"}),
    # aws_network_acl_rule (ec2/vpc_network_acl_rule.go): every argument
    "aws:ec2/networkAclRule:NetworkAclRule": frozenset(
        {
            "cidrBlock",
            "egress",
            "fromPort",
            "icmpCode",
            "icmpType",
            "ipv6CidrBlock",
            "networkAclId",
            "protocol",
            "ruleAction",
            "ruleNumber",
            "toPort",
        }
    ),
    # aws_route (ec2/vpc_route.go): its targets can be changed in place
    "aws:ec2/route:Route": frozenset(
        {"destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId", "routeTableId"}
    ),
    # aws_route_table (ec2/vpc_route_table.go)
    "aws:ec2/routeTable:RouteTable": frozenset({"vpcId"}),
    # aws_route_table_association (ec2/vpc_route_table_association.go): the table can be changed in place
    "aws:ec2/routeTableAssociation:RouteTableAssociation": frozenset({"gatewayId", "subnetId"}),
    # aws_security_group (ec2/vpc_security_group.go)
    "aws:ec2/securityGroup:SecurityGroup": frozenset({"description", "name", "vpcId"}),
    # aws_security_group_rule (ec2/vpc_security_group_rule.go): all but its description
    "aws:ec2/securityGroupRule:SecurityGroupRule": frozenset(
        {
            "cidrBlocks",
            "fromPort",
            "ipv6CidrBlocks",
            "prefixListIds",
            "protocol",
            "securityGroupId",
            "self",
            "sourceSecurityGroupId",
            "toPort",
            "type",
        }
    ),
    # aws_subnet (ec2/vpc_subnet.go)
    "aws:ec2/subnet:Subnet": frozenset(
        {
            "availabilityZone",
            "availabilityZoneId",
            "cidrBlock",
            "ipv4IpamPoolId",
            "ipv4NetmaskLength",
            "ipv6IpamPoolId",
            "ipv6Native",
            "ipv6NetmaskLength",
            "outpostArn",
            "vpcId",
        }
    ),
    # aws_vpc (ec2/vpc_.go): tenancy is conditional, below
    "aws:ec2/vpc:Vpc": frozenset({"cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength"}),
    # aws_vpc_endpoint (ec2/vpc_endpoint.go)
    "aws:ec2/vpcEndpoint:VpcEndpoint": frozenset(
        {
            "dnsOptions.privateDnsPreference",
            "dnsOptions.privateDnsSpecifiedDomains",
            "resourceConfigurationArn",
            "serviceName",
            "serviceNetworkArn",
            "serviceRegion",
            "vpcEndpointType",
            "vpcId",
        }
    ),
    # aws_ecr_repository (ecr/repository.go)
    "aws:ecr/repository:Repository": frozenset({"encryptionConfigurations", "name"}),
    # aws_efs_file_system (efs/file_system.go)
    "aws:efs/fileSystem:FileSystem": frozenset(
        {"availabilityZoneName", "creationToken", "encrypted", "kmsKeyId", "performanceMode"}
    ),
    # aws_elasticache_replication_group (elasticache/replication_group.go): downgrades are conditional, below
    "aws:elasticache/replicationGroup:ReplicationGroup": frozenset(
        {
            "atRestEncryptionEnabled",
            "dataTieringEnabled",
            "globalReplicationGroupId",
            "kmsKeyId",
            "networkType",
            "nodeGroupConfigurations",
            "port",
            "replicationGroupId",
            "securityGroupNames",
            "snapshotArns",
            "snapshotName",
            "subnetGroupName",
        }
    ),
    # aws_kinesis_stream (kinesis/stream.go)
    "aws:kinesis/stream:Stream": frozenset({"name"}),
    # aws_kms_key (kms/key.go)
    "aws:kms/key:Key": frozenset({"customKeyStoreId", "customerMasterKeySpec", "keyUsage", "multiRegion", "xksKeyId"}),
    # aws_kms_replica_key (kms/replica_key.go)
    "aws:kms/replicaKey:ReplicaKey": frozenset({"primaryKeyArn"}),
    # aws_kms_alias (kms/alias.go)
    "aws:kms/alias:Alias": frozenset({"name"}),
    # aws_lb (elbv2/load_balancer.go)
    "aws:lb/loadBalancer:LoadBalancer": frozenset({"customerOwnedIpv4Pool", "internal", "loadBalancerType", "name"}),
    # aws_rds_cluster (rds/cluster.go): storage type and snapshot are conditional, below
    "aws:rds/cluster:Cluster": frozenset(
        {
            "availabilityZones",
            "clusterIdentifier",
            "clusterIdentifierPrefix",
            "clusterScalabilityType",
            "databaseName",
            "dbSubnetGroupName",
            "dbSystemId",
            "engine",
            "engineMode",
            "kmsKeyId",
            "masterUsername",
            "publiclyAccessible",
            "restoreToPointInTime",
            "s3Import",
            "sourceRegion",
            "storageEncrypted",
        }
    ),
    # aws_rds_cluster_instance (rds/cluster_instance.go)
    "aws:rds/clusterInstance:ClusterInstance": frozenset(
        {
            "availabilityZone",
            "clusterIdentifier",
            "customIamInstanceProfile",
            "dbSubnetGroupName",
            "engine",
            "identifier",
            "identifierPrefix",
        }
    ),
    # aws_db_instance (rds/instance.go): its identifier and subnet group can be changed in place
    "aws:rds/instance:Instance": frozenset(
        {
            "availabilityZone",
            "backupTarget",
            "characterSetName",
            "customIamInstanceProfile",
            "dbName",
            "engine",
            "kmsKeyId",
            "ncharCharacterSetName",
            "restoreToPointInTime",
            "s3Import",
            "snapshotIdentifier",
            "storageEncrypted",
            "timezone",
            "username",
        }
    ),
    # aws_s3_bucket (s3/bucket.go)
    "aws:s3/bucket:Bucket": frozenset({"bucket", "bucketNamespace", "bucketPrefix", "objectLockEnabled"}),
    # aws_secretsmanager_secret (secretsmanager/secret.go)
    "aws:secretsmanager/secret:Secret": frozenset({"name", "type"}),
    # aws_sns_topic (sns/topic.go)
    "aws:sns/topic:Topic": frozenset({"fifoTopic", "name"}),
    # aws_sqs_queue (sqs/queue.go)
    "aws:sqs/queue:Queue": frozenset({"fifoQueue", "name"}),
    # Attachments and parts: what they join, or belong to, is all they are.
    **{f"aws:s3/bucket{part}:Bucket{part}": frozenset({"bucket"}) for part in BUCKET_PARTS},
    # acm/certificate_validation.go
    "aws:acm/certificateValidation:CertificateValidation": frozenset({"certificateArn", "validationRecordFqdns"}),
    # backup/vault_policy.go, backup/vault_lock_configuration.go
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": frozenset(
        {"backupVaultName", "changeableForDays", "maxRetentionDays", "minRetentionDays"}
    ),
    "aws:backup/vaultPolicy:VaultPolicy": frozenset({"backupVaultName"}),
    # events/target.go
    "aws:cloudwatch/eventTarget:EventTarget": frozenset({"eventBusName", "rule", "targetId"}),
    # ec2/vpc_default_*.go
    "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl": frozenset({"defaultNetworkAclId"}),
    "aws:ec2/defaultRouteTable:DefaultRouteTable": frozenset({"defaultRouteTableId"}),
    "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": frozenset({"vpcId"}),
    # ec2/vpc_network_acl_association.go
    "aws:ec2/networkAclAssociation:NetworkAclAssociation": frozenset({"networkAclId", "subnetId"}),
    # ec2/vpc_endpoint_*.go
    "aws:ec2/securityGroupAssociation:SecurityGroupAssociation": frozenset(
        {"replaceDefaultAssociation", "securityGroupId", "vpcEndpointId"}
    ),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": frozenset({"vpcEndpointId"}),
    "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": frozenset(
        {"routeTableId", "vpcEndpointId"}
    ),
    "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": frozenset({"subnetId", "vpcEndpointId"}),
    # ecr/lifecycle_policy.go, ecr/repository_policy.go
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": frozenset({"repository"}),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": frozenset({"repository"}),
    # eks/access_policy_association.go
    "aws:eks/accessPolicyAssociation:AccessPolicyAssociation": frozenset(
        {"accessScope", "clusterName", "policyArn", "principalArn"}
    ),
    # guardduty/detector_feature.go
    "aws:guardduty/detectorFeature:DetectorFeature": frozenset({"detectorId", "name"}),
    # iam/*_policy_attachment.go
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": frozenset({"group", "policyArn"}),
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": frozenset({"policyArn", "role"}),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": frozenset({"policyArn", "user"}),
    # kms/key_policy.go
    "aws:kms/keyPolicy:KeyPolicy": frozenset({"keyId"}),
    # elbv2/target_group_attachment.go
    "aws:lb/targetGroupAttachment:TargetGroupAttachment": frozenset(
        {"availabilityZone", "port", "targetGroupArn", "targetId"}
    ),
    # route53/record.go
    "aws:route53/record:Record": frozenset({"name", "zoneId"}),
    # secretsmanager/secret_*.go
    "aws:secretsmanager/secretPolicy:SecretPolicy": frozenset({"secretArn"}),
    "aws:secretsmanager/secretRotation:SecretRotation": frozenset({"secretId"}),
    "aws:secretsmanager/secretVersion:SecretVersion": frozenset({"secretBinary", "secretId", "secretString"}),
    # sns/topic_policy.go, sqs/queue_*.go
    "aws:sns/topicPolicy:TopicPolicy": frozenset({"arn"}),
    "aws:sqs/queuePolicy:QueuePolicy": frozenset({"queueUrl"}),
    "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": frozenset({"queueUrl"}),
    "aws:sqs/redrivePolicy:RedrivePolicy": frozenset({"queueUrl"}),
    # ec2/vpc_security_group_{ingress,egress}_rule.go: the rest of a rule can be changed in place
    "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": frozenset({"securityGroupId"}),
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": frozenset({"securityGroupId"}),
}
