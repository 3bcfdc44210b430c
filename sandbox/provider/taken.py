"""Names that can be had once in an account and region: what AWS answers to a second create.

Types that are not here either have no name of their own or are created by a put, which a second create only repeats
(queues, topics, rules and targets of events, alarms, dashboards, every policy that is a part of something else).
The code is that of the service's own API reference, for the Create call of the type.
"""

from collections.abc import Iterable, Mapping

from sandbox.ledger import Properties, Thing, type_of

# Type -> what AWS calls the refusal, and the properties whose values together are the name.
_NAMES: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "aws:athena/workgroup:Workgroup": ("InvalidRequestException", ("name",)),
    "aws:autoscaling/group:Group": ("AlreadyExists", ("name",)),
    "aws:backup/vault:Vault": ("AlreadyExistsException", ("name",)),
    "aws:budgets/budget:Budget": ("DuplicateRecordException", ("name",)),
    "aws:cloudfront/cachePolicy:CachePolicy": ("CachePolicyAlreadyExists", ("name",)),
    "aws:cloudfront/function:Function": ("FunctionAlreadyExists", ("name",)),
    "aws:cloudfront/originAccessControl:OriginAccessControl": ("OriginAccessControlAlreadyExists", ("name",)),
    "aws:cloudfront/responseHeadersPolicy:ResponseHeadersPolicy": ("ResponseHeadersPolicyAlreadyExists", ("name",)),
    "aws:cloudtrail/trail:Trail": ("TrailAlreadyExistsException", ("name",)),
    "aws:cloudwatch/eventArchive:EventArchive": ("ResourceAlreadyExistsException", ("name",)),
    "aws:cloudwatch/eventBus:EventBus": ("ResourceAlreadyExistsException", ("name",)),
    "aws:cloudwatch/logGroup:LogGroup": ("ResourceAlreadyExistsException", ("name",)),
    "aws:cognito/userPoolDomain:UserPoolDomain": ("InvalidParameterException", ("domain",)),
    "aws:dynamodb/table:Table": ("ResourceInUseException", ("name",)),
    "aws:ec2/launchTemplate:LaunchTemplate": ("InvalidLaunchTemplateName.AlreadyExistsException", ("name",)),
    "aws:ec2/securityGroup:SecurityGroup": ("InvalidGroup.Duplicate", ("name", "vpcId")),
    "aws:ecr/repository:Repository": ("RepositoryAlreadyExistsException", ("name",)),
    "aws:eks/addon:Addon": ("ResourceInUseException", ("clusterName", "addonName")),
    "aws:eks/cluster:Cluster": ("ResourceInUseException", ("name",)),
    "aws:eks/nodeGroup:NodeGroup": ("ResourceInUseException", ("clusterName", "nodeGroupName")),
    "aws:elasticache/parameterGroup:ParameterGroup": ("CacheParameterGroupAlreadyExists", ("name",)),
    "aws:elasticache/replicationGroup:ReplicationGroup": ("ReplicationGroupAlreadyExists", ("replicationGroupId",)),
    "aws:elasticache/subnetGroup:SubnetGroup": ("CacheSubnetGroupAlreadyExists", ("name",)),
    "aws:elasticache/user:User": ("UserAlreadyExists", ("userId",)),
    "aws:elasticache/userGroup:UserGroup": ("UserGroupAlreadyExists", ("userGroupId",)),
    "aws:glue/catalogDatabase:CatalogDatabase": ("AlreadyExistsException", ("name",)),
    "aws:glue/catalogTable:CatalogTable": ("AlreadyExistsException", ("databaseName", "name")),
    "aws:iam/group:Group": ("EntityAlreadyExists", ("name",)),
    "aws:iam/instanceProfile:InstanceProfile": ("EntityAlreadyExists", ("name",)),
    "aws:iam/policy:Policy": ("EntityAlreadyExists", ("name", "path")),
    "aws:iam/role:Role": ("EntityAlreadyExists", ("name",)),
    "aws:iam/user:User": ("EntityAlreadyExists", ("name",)),
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": ("ResourceInUseException", ("name",)),
    "aws:kinesis/stream:Stream": ("ResourceInUseException", ("name",)),
    "aws:kms/alias:Alias": ("AlreadyExistsException", ("name",)),
    "aws:lambda/function:Function": ("ResourceConflictException", ("name",)),
    "aws:lb/loadBalancer:LoadBalancer": ("DuplicateLoadBalancerName", ("name",)),
    "aws:lb/targetGroup:TargetGroup": ("DuplicateTargetGroupName", ("name",)),
    "aws:rds/cluster:Cluster": ("DBClusterAlreadyExistsFault", ("clusterIdentifier",)),
    "aws:rds/clusterInstance:ClusterInstance": ("DBInstanceAlreadyExists", ("identifier",)),
    "aws:rds/clusterParameterGroup:ClusterParameterGroup": ("DBParameterGroupAlreadyExists", ("name",)),
    "aws:rds/globalCluster:GlobalCluster": ("GlobalClusterAlreadyExistsFault", ("globalClusterIdentifier",)),
    "aws:rds/parameterGroup:ParameterGroup": ("DBParameterGroupAlreadyExists", ("name",)),
    "aws:rds/proxy:Proxy": ("DBProxyAlreadyExistsFault", ("name",)),
    "aws:rds/subnetGroup:SubnetGroup": ("DBSubnetGroupAlreadyExists", ("name",)),
    "aws:s3/bucket:Bucket": ("BucketAlreadyOwnedByYou", ("bucket",)),
    "aws:scheduler/schedule:Schedule": ("ConflictException", ("groupName", "name")),
    "aws:secretsmanager/secret:Secret": ("ResourceExistsException", ("name",)),
    "aws:ssm/parameter:Parameter": ("ParameterAlreadyExists", ("name",)),
    "aws:wafv2/ipSet:IpSet": ("WAFDuplicateItemException", ("name", "scope")),
    "aws:wafv2/ruleGroup:RuleGroup": ("WAFDuplicateItemException", ("name", "scope")),
    "aws:wafv2/webAcl:WebAcl": ("WAFDuplicateItemException", ("name", "scope")),
}
_WHERE = ("region",)  # and the account, which only an ARN tells
_ACCOUNT = 4  # which part of an ARN


def clash(urn: str, outputs: Properties, living: Iterable[Thing]) -> str | None:
    """What AWS answers to a create whose name something has already, or None."""
    kind = type_of(urn)
    if kind not in _NAMES:
        return None
    code, properties = _NAMES[kind]
    name = _name(outputs, properties)
    owner = next((each for each in living if each.type == kind and _name(each.outputs, properties) == name), None)
    if owner is None:
        return None
    return (
        f"{code}: {', '.join(str(outputs.get(each)) for each in properties)} exists already in the account, as "
        f"{owner.id} (docs/faults.md says what to do about it)"
    )


def _name(outputs: Properties, properties: tuple[str, ...]) -> tuple[object, ...]:
    account = str(outputs.get("arn", "")).split(":")[_ACCOUNT : _ACCOUNT + 1]
    return (*(outputs.get(each) for each in (*properties, *_WHERE)), *account)
