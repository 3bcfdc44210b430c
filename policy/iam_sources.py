"""Which property of which type holds an IAM document, by what the document does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from policy.iam_actions import managed_policy
from policy.view import Node, Resource

Places = Mapping[str, str]
"""Type token to property; `list[]` is each element of a list, `list[].property` that property of each."""

IDENTITY_POLICIES: Places = MappingProxyType(
    {
        "aws:iam/groupPolicy:GroupPolicy": "policy",
        "aws:iam/policy:Policy": "policy",
        "aws:iam/role:Role": "inlinePolicies[].policy",
        "aws:iam/rolePolicy:RolePolicy": "policy",
        "aws:iam/userPolicy:UserPolicy": "policy",
        "aws:iot/policy:Policy": "policy",
        "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": "inlinePolicy",
    }
)
TRUST_POLICIES: Places = MappingProxyType({"aws:iam/role:Role": "assumeRolePolicy"})
RESOURCE_POLICIES: Places = MappingProxyType(
    {
        "aws:acmpca/policy:Policy": "policy",
        "aws:amp/resourcePolicy:ResourcePolicy": "policyDocument",
        "aws:apigateway/domainName:DomainName": "policy",
        "aws:apigateway/restApi:RestApi": "policy",
        "aws:apigateway/restApiPolicy:RestApiPolicy": "policy",
        "aws:backup/vaultPolicy:VaultPolicy": "policy",
        "aws:bedrock/agentcoreResourcePolicy:AgentcoreResourcePolicy": "policy",
        "aws:cloudsearch/domainServiceAccessPolicy:DomainServiceAccessPolicy": "accessPolicy",
        "aws:cloudwatch/eventBusPolicy:EventBusPolicy": "policy",
        "aws:cloudwatch/logDeliveryDestinationPolicy:LogDeliveryDestinationPolicy": "deliveryDestinationPolicy",
        "aws:cloudwatch/logDestinationPolicy:LogDestinationPolicy": "accessPolicy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": "policyDocument",
        "aws:codeartifact/domainPermissions:DomainPermissions": "policyDocument",
        "aws:codeartifact/repositoryPermissionsPolicy:RepositoryPermissionsPolicy": "policyDocument",
        "aws:codebuild/resourcePolicy:ResourcePolicy": "policy",
        "aws:dsql/clusterPolicy:ClusterPolicy": "policy",
        "aws:dynamodb/resourcePolicy:ResourcePolicy": "policy",
        "aws:ecr/registryPolicy:RegistryPolicy": "policy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy": "policy",
        "aws:efs/fileSystemPolicy:FileSystemPolicy": "policy",
        "aws:elasticsearch/domain:Domain": "accessPolicies",
        "aws:elasticsearch/domainPolicy:DomainPolicy": "accessPolicies",
        "aws:glacier/vault:Vault": "accessPolicy",
        "aws:glue/resourcePolicy:ResourcePolicy": "policy",
        "aws:kinesis/resourcePolicy:ResourcePolicy": "policy",
        "aws:kms/externalKey:ExternalKey": "policy",
        "aws:kms/key:Key": "policy",
        "aws:kms/keyPolicy:KeyPolicy": "policy",
        "aws:kms/replicaExternalKey:ReplicaExternalKey": "policy",
        "aws:kms/replicaKey:ReplicaKey": "policy",
        "aws:lambda/resourcePolicy:ResourcePolicy": "policy",
        "aws:msk/clusterPolicy:ClusterPolicy": "policy",
        "aws:networkfirewall/resourcePolicy:ResourcePolicy": "policy",
        "aws:oam/sinkPolicy:SinkPolicy": "policy",
        "aws:opensearch/domain:Domain": "accessPolicies",
        "aws:opensearch/domainPolicy:DomainPolicy": "accessPolicies",
        "aws:opensearchingest/resourcePolicy:ResourcePolicy": "policy",
        "aws:redshift/resourcePolicy:ResourcePolicy": "policy",
        "aws:redshiftserverless/resourcePolicy:ResourcePolicy": "policy",
        "aws:s3/accessPoint:AccessPoint": "policy",
        "aws:s3/bucket:Bucket": "policy",
        "aws:s3/bucketPolicy:BucketPolicy": "policy",
        "aws:s3/bucketV2:BucketV2": "policy",
        "aws:s3/filesFileSystemPolicy:FilesFileSystemPolicy": "policy",
        "aws:s3/vectorsVectorBucketPolicy:VectorsVectorBucketPolicy": "policy",
        "aws:s3control/accessGrantsInstanceResourcePolicy:AccessGrantsInstanceResourcePolicy": "policy",
        "aws:s3control/accessPointPolicy:AccessPointPolicy": "policy",
        "aws:s3control/bucketPolicy:BucketPolicy": "policy",
        "aws:s3control/multiRegionAccessPointPolicy:MultiRegionAccessPointPolicy": "details.policy",
        "aws:s3control/objectLambdaAccessPointPolicy:ObjectLambdaAccessPointPolicy": "policy",
        "aws:s3tables/tableBucketPolicy:TableBucketPolicy": "resourcePolicy",
        "aws:s3tables/tablePolicy:TablePolicy": "resourcePolicy",
        "aws:sagemaker/modelPackageGroupPolicy:ModelPackageGroupPolicy": "resourcePolicy",
        "aws:schemas/registryPolicy:RegistryPolicy": "policy",
        "aws:secretsmanager/secret:Secret": "policy",
        "aws:secretsmanager/secretPolicy:SecretPolicy": "policy",
        "aws:ses/identityPolicy:IdentityPolicy": "policy",
        "aws:sesv2/emailIdentityPolicy:EmailIdentityPolicy": "policy",
        "aws:sns/topic:Topic": "policy",
        "aws:sns/topicPolicy:TopicPolicy": "policy",
        "aws:sqs/queue:Queue": "policy",
        "aws:sqs/queuePolicy:QueuePolicy": "policy",
        "aws:vpclattice/authPolicy:AuthPolicy": "policy",
        "aws:vpclattice/resourcePolicy:ResourcePolicy": "policy",
        "aws:xray/resourcePolicy:ResourcePolicy": "policyDocument",
    }
)
ENDPOINT_POLICIES: Places = MappingProxyType(
    {"aws:ec2/vpcEndpoint:VpcEndpoint": "policy", "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": "policy"}
)
ATTACHMENTS: Places = MappingProxyType(
    {
        "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": "policyArn",
        "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": "policyArns[]",
        "aws:iam/policyAttachment:PolicyAttachment": "policyArn",
        "aws:iam/role:Role": "managedPolicyArns[]",
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment": "policyArn",
        "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": "policyArns[]",
        "aws:iam/userPolicyAttachment:UserPolicyAttachment": "policyArn",
        "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": "policyArns[]",
        "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": "managedPolicyArn",
        "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": "managedPolicyArns[]",
    }
)


def documents(resource: Resource, *kinds: Places) -> list[Node]:
    """The documents that a resource holds, of these kinds; absent and empty ones left out.

    Raises:
        CannotJudgeError: how many documents there are is unknown.
    """
    found = [node for places in kinds for node in values(resource, places)]
    return [node for node in found if node.has("")]


def managed_policies(resource: Resource) -> Iterator[tuple[Node, str]]:
    """The AWS-managed policies that a resource attaches, by name; an unknown ARN is none: AWS's are constants.

    Raises:
        CannotJudgeError: how many are attached is unknown.
    """
    for arn in values(resource, ATTACHMENTS):
        name = managed_policy(arn.value) if isinstance(arn.value, str) else None
        if name:
            yield arn, name


def values(resource: Resource, places: Places) -> list[Node]:
    """What a resource has at the place of its type; nothing when the type is not among them.

    Raises:
        CannotJudgeError: the place is a list, and it is unknown as a whole.
    """
    place = places.get(resource.type)
    if place is None:
        return []
    node, is_list, below = place.partition("[]")
    return [element.at(below) for element in resource.elements(node)] if is_list else [resource.at(node)]
