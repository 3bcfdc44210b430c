"""Terraform's ForceNew for what belongs to something else, or joins two things. See `force_new.py` on sources."""

from collections.abc import Mapping

PARTS: Mapping[str, frozenset[str]] = {
    # appconfig/*.go: a version and a deployment are never changed
    "aws:appconfig/configurationProfile:ConfigurationProfile": frozenset({"applicationId", "locationUri", "type"}),
    "aws:appconfig/deployment:Deployment": frozenset(
        {
            "applicationId",
            "configurationProfileId",
            "configurationVersion",
            "deploymentStrategyId",
            "description",
            "environmentId",
            "kmsKeyIdentifier",
        }
    ),
    "aws:appconfig/deploymentStrategy:DeploymentStrategy": frozenset({"name", "replicateTo"}),
    "aws:appconfig/environment:Environment": frozenset({"applicationId"}),
    "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": frozenset(
        {"applicationId", "configurationProfileId", "content", "contentType", "description", "versionLabel"}
    ),
    # backup/restore_testing_*.go
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": frozenset({"name"}),
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": frozenset(
        {"name", "protectedResourceType", "restoreTestingPlanName"}
    ),
    # backup/selection.go: a selection is never changed
    "aws:backup/selection:Selection": frozenset(
        {"conditions", "iamRoleArn", "name", "notResources", "planId", "resources", "selectionTags"}
    ),
    # events/archive.go
    "aws:cloudwatch/eventArchive:EventArchive": frozenset({"eventSourceArn", "name"}),
    # logs/delivery*.go: the service of a destination is conditional, in replacement.py
    "aws:cloudwatch/logDelivery:LogDelivery": frozenset({"deliveryDestinationArn", "deliverySourceName"}),
    "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": frozenset({"name", "outputFormat"}),
    "aws:cloudwatch/logDeliverySource:LogDeliverySource": frozenset({"logType", "name", "resourceArn"}),
    # dynamodb/resource_policy.go
    "aws:dynamodb/resourcePolicy:ResourcePolicy": frozenset({"resourceArn"}),
    # elasticache/parameter_group.go, elasticache/user.go, elasticache/user_group.go
    "aws:elasticache/parameterGroup:ParameterGroup": frozenset({"description", "family", "name"}),
    "aws:elasticache/user:User": frozenset({"userId", "userName"}),
    "aws:elasticache/userGroup:UserGroup": frozenset({"userGroupId"}),
    # iam/role_policy.go
    "aws:iam/rolePolicy:RolePolicy": frozenset({"name", "role"}),
    # rds/proxy_*.go
    "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": frozenset({"dbProxyName"}),
    "aws:rds/proxyEndpoint:ProxyEndpoint": frozenset(
        {"dbProxyEndpointName", "dbProxyName", "targetRole", "vpcSubnetIds"}
    ),
    "aws:rds/proxyTarget:ProxyTarget": frozenset(
        {"dbClusterIdentifier", "dbInstanceIdentifier", "dbProxyName", "targetGroupName"}
    ),
    # route53/health_check.go
    "aws:route53/healthCheck:HealthCheck": frozenset(
        {"measureLatency", "referenceName", "requestInterval", "routingControlArn", "type"}
    ),
    # serverlessrepo/cloudformation_stack.go
    "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": frozenset({"applicationId", "name"}),
    # ses/domain_identity_verification.go, sesv2/email_identity*.go
    "aws:ses/domainIdentityVerification:DomainIdentityVerification": frozenset({"domain"}),
    "aws:sesv2/emailIdentity:EmailIdentity": frozenset({"emailIdentity"}),
    "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes": frozenset({"emailIdentity"}),
    # wafv2/web_acl_logging_configuration.go
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": frozenset(
        {"logDestinationConfigs", "resourceArn"}
    ),
}
