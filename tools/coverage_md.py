"""policy/COVERAGE.md: which property of which resource type which rule asks for: `python -m tools.coverage_md`.

Nothing in it is typed by hand but the reasons: the types are those that the platform registers on mocks in all stages,
and those that a rule judges; the properties are what rules were seen to ask for (tests/policy/observation.py).
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from components.naming import PROJECT
from components.phases import PhaseName
from tests.policy.observation import Asked, observed
from tests.unit.conftest import STAGES, platform_of
from tests.unit.organization import organizations

# Why no rule is about a type that the platform uses. Tags are asked for wherever there are any.
REASONS: Mapping[str, str] = MappingProxyType(
    {
        "aws:acm/certificateValidation:CertificateValidation": "it waits for a certificate, which is TLS-019's",
        "aws:appconfig/application:Application": "a name; what is in it are its profile and environment",
        "aws:appconfig/configurationProfile:ConfigurationProfile": "which features are on, in AppConfig's own store",
        "aws:appconfig/deployment:Deployment": "a set of flags for everybody; who may make another is IAM's",
        "aws:appconfig/deploymentStrategy:DeploymentStrategy": "how fast, and for how long an alarm is looked at",
        "aws:appconfig/environment:Environment": "alarms; the role that looks at them is judged itself",
        "aws:appconfig/hostedConfigurationVersion:HostedConfigurationVersion": "features that are on, and no secret",
        "aws:athena/namedQuery:NamedQuery": "a question, asked by IAM's rights in a workgroup that is judged",
        "aws:autoscaling/policy:Policy": "how many machines there are; what each may be is SIZ-001's",
        "aws:backup/regionSettings:RegionSettings": "which kinds of store AWS Backup takes at all",
        "aws:backup/restoreTestingPlan:RestoreTestingPlan": "when a backup is tried; that there are any is BKP-005's",
        "aws:backup/restoreTestingSelection:RestoreTestingSelection": "what is tried, by a role that is judged itself",
        "aws:backup/vaultLockConfiguration:VaultLockConfiguration": "it only keeps longer what BKP-005 is about",
        "aws:backup/selection:Selection": "what is backed up; how long and where to is BKP-005's and BKP-009's",
        "aws:bedrock/guardrailVersion:GuardrailVersion": "a copy of a guardrail, which is judged itself",
        "aws:bedrock/inferenceProfile:InferenceProfile": "a model's name for the bill; who may ask is its role's",
        "aws:sagemaker/modelPackageGroup:ModelPackageGroup": "names of models; who may add one is a role's",
        "aws:sagemaker/pipeline:Pipeline": "an order of jobs, a text; the roles of both are judged themselves",
        "aws:budgets/budget:Budget": "a figure; who hears of it is the topic's policy, which is judged",
        "aws:costexplorer/anomalyMonitor:AnomalyMonitor": "it reads the bill, and nobody reads it",
        "aws:costexplorer/anomalySubscription:AnomalySubscription": "a threshold; the topic hears of it",
        "aws:bcmdata/export:Export": "what the bill says, into a bucket that is judged itself",
        "aws:accessanalyzer/analyzer:Analyzer": "it looks, and changes nothing",
        "aws:cfg/deliveryChannel:DeliveryChannel": "into a bucket that is judged itself, by a key that KMS-006 asks",
        "aws:cfg/conformancePack:ConformancePack": "a list of Config's own rules, which a test holds against AWS's",
        "aws:codebuild/webhook:Webhook": "when a project runs; what it is and may do are its own and its role's",
        "aws:cloudfront/cachePolicy:CachePolicy": "how long it keeps what the distribution, judged itself, shows",
        "aws:cloudfront/function:Function": "code, which tests judge; it has no network and no secrets",
        "aws:xray/group:Group": "which traces are looked at; it holds none",
        "aws:xray/samplingRule:SamplingRule": "how many traces are kept; it holds none",
        "aws:cloudwatch/queryDefinition:QueryDefinition": "a question to logs, holds nothing, and takes no tags",
        "aws:cloudwatch/dashboard:Dashboard": "shows metrics, holds nothing, and takes no tags",
        "aws:cloudwatch/eventRule:EventRule": "which events; the key of where they go is KMS-006's",
        "aws:cloudwatch/logDelivery:LogDelivery": "LOG-006 takes it for a distribution's logging",
        "aws:cloudwatch/logDeliveryDestination:LogDeliveryDestination": "a bucket's other name",
        "aws:cloudwatch/logDeliverySource:LogDeliverySource": "a distribution's other name; it is judged itself",
        "aws:cloudwatch/logStream:LogStream": "a part of a log group, which is judged itself",
        "aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter": "a copy of a log, into a delivery that is judged",
        "aws:cognito/managedLoginBranding:ManagedLoginBranding": "colours",
        "aws:cognito/resourceServer:ResourceServer": "names of rights; who gets them is PUB-018's",
        "aws:cognito/userPoolDomain:UserPoolDomain": "a name; its certificate is TLS-019's",
        "aws:ec2/defaultRouteTable:DefaultRouteTable": "it says where packets go; what may arrive is NET-001's",
        "aws:ec2/internetGateway:InternetGateway": "a door; what stands open behind it is NET-001's and NET-007's",
        "aws:ec2/route:Route": "it says where packets go; what may arrive is NET-001's",
        "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": "a way; who may take it is NET-001's, of both ends",
        "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": "the other end's word for that way",
        "aws:ec2/routeTable:RouteTable": "it says where packets go; what may arrive is NET-001's",
        "aws:ec2/routeTableAssociation:RouteTableAssociation": "it ties a subnet to a route table",
        "aws:ecr/lifecyclePolicy:LifecyclePolicy": "which old images go; that a tag stays is PAT-006's",
        "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration": "PAT-005 takes it for a repository's",
        "aws:ecr/replicationConfiguration:ReplicationConfiguration": "where images go, of this account's own regions",
        "aws:eks/addon:Addon": "EKS's own software; its role is judged itself, its configuration is a text",
        "aws:eks/podIdentityAssociation:PodIdentityAssociation": "who gets a role; the role is judged itself",
        "eks:index:Cluster": "a component; the cluster in it is judged itself",
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy": "only refuses; its words are tested",
        "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding": "puts a refusal in force",
        "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding": "pods behind a target group, which has its reason",
        "kubernetes:external-secrets.io/v1:ClusterSecretStore": "where secrets are; who may read them is its role's",
        "kubernetes:external-secrets.io/v1:ExternalSecret": "a secret's name; its value is in Secrets Manager",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:BackendTrafficPolicy": "limits, which only keep requests out",
        "kubernetes:gateway.envoyproxy.io/v1alpha1:ClientTrafficPolicy": "whose word for a caller's address is taken",
        "kubernetes:gateway.networking.k8s.io/v1:GatewayClass": "which controller; each gateway is judged itself",
        "kubernetes:keda.sh/v1alpha1:ClusterTriggerAuthentication": "that KEDA asks as itself; its role is judged",
        "pulumi:providers:kubernetes": "a way into the cluster; whom it lets in is its access entries'",
        "aws:elasticache/parameterGroup:ParameterGroup": "what is thrown away first when memory ends",
        "aws:elasticache/subnetGroup:SubnetGroup": "which subnets; whether they are public is NET-007's",
        "aws:elasticache/userGroup:UserGroup": "a list of users, each of which is judged itself",
        "aws:glue/catalogDatabase:CatalogDatabase": "names; how the catalogue is encrypted is ENC-016's",
        "aws:glue/catalogTable:CatalogTable": "names of columns; the files are in buckets that are judged",
        "aws:iam/serviceLinkedRole:ServiceLinkedRole": "AWS writes its policy and its trust, and nobody changes it",
        "aws:iam/instanceProfile:InstanceProfile": "a role's other name; the role is judged itself",
        "aws:kinesis/streamConsumer:StreamConsumer": "a reader of a stream, which is judged itself",
        "aws:kms/alias:Alias": "a key's other name; the key itself is KMS-001's, PUB-003's and IAM-018's",
        "aws:lb/listenerRule:ListenerRule": "which requests go where; by which protocol they came is TLS-002's",
        "aws:lb/targetGroup:TargetGroup": "a way into the VPC, which NET-001 keeps closed",
        "aws:cfg/configurationAggregator:ConfigurationAggregator": "one view of what others record",
        "aws:cloudtrail/organizationDelegatedAdminAccount:OrganizationDelegatedAdminAccount": "who may see all trails",
        "aws:guardduty/organizationAdminAccount:OrganizationAdminAccount": "who sees all accounts; a test names it",
        "aws:guardduty/organizationConfigurationFeature:OrganizationConfigurationFeature": "more to look at, for all",
        "aws:inspector2/delegatedAdminAccount:DelegatedAdminAccount": "who sees all accounts; a test names it",
        "aws:inspector2/organizationConfiguration:OrganizationConfiguration": "what is scanned; tests hold the list",
        "aws:organizations/delegatedAdministrator:DelegatedAdministrator": "who sees all accounts; a test names it",
        "aws:securityhub/findingAggregator:FindingAggregator": "findings of all regions, of this account, in one",
        "aws:securityhub/organizationAdminAccount:OrganizationAdminAccount": "who sees all accounts; a test names it",
        "aws:securityhub/organizationConfiguration:OrganizationConfiguration": "that all accounts have a hub, from one",
        "aws:iam/organizationsFeatures:OrganizationsFeatures": "it takes root users' passwords away, and gives nothing",
        "aws:account/alternativeContact:AlternativeContact": "whom AWS writes to",
        "aws:organizations/account:Account": "an account; what may be done in it is the policies' above it",
        "aws:organizations/organization:Organization": "which services see all accounts; tests hold the list",
        "aws:organizations/organizationalUnit:OrganizationalUnit": "a place; what is refused below it is its policies'",
        "aws:organizations/policy:Policy": "it only refuses; tests hold each document, word by word",
        "aws:organizations/policyAttachment:PolicyAttachment": "what a policy that only refuses is over",
        "aws:ssoadmin/accountAssignment:AccountAssignment": "who gets a set and where; what it holds is judged itself",
        "aws:ssoadmin/permissionsBoundaryAttachment:PermissionsBoundaryAttachment": "it only takes away",
        "aws:rds/proxyDefaultTargetGroup:ProxyDefaultTargetGroup": "a pool's size",
        "aws:rds/proxyEndpoint:ProxyEndpoint": "one more name of a proxy, which is judged itself",
        "aws:rds/proxyTarget:ProxyTarget": "it ties a proxy to a cluster, and both are judged",
        "aws:rds/subnetGroup:SubnetGroup": "which subnets; whether they are public is NET-007's",
        "aws:route53/healthCheck:HealthCheck": "it reads an alarm, and asks nobody from outside",
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": "what becomes cheap and what goes",
        "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": "a lock, which only ever keeps more",
        "aws:secretsmanager/secretVersion:SecretVersion": "a value, which no rule may look at",
        "aws:inspector2/enabler:Enabler": "it looks, and changes nothing",
        "aws:securityhub/standardsSubscription:StandardsSubscription": "which checks; that they run is LOG-003's",
        "aws:serverlessrepository/cloudFormationStack:CloudFormationStack": "AWS's own function, at a version",
        "aws:ses/domainIdentityVerification:DomainIdentityVerification": "it waits until SES takes a domain for ours",
        "aws:sesv2/emailIdentity:EmailIdentity": "that a domain is ours; how mail is handed over is TLS-016's",
        "aws:sesv2/emailIdentityMailFromAttributes:EmailIdentityMailFromAttributes": "which name bounces go to",
        "aws:sqs/redriveAllowPolicy:RedriveAllowPolicy": "DR-003 takes it for a sign that a queue is the last one",
        "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": "who may be called; who may call is NET-001's",
        "aws:wafv2/webAclAssociation:WebAclAssociation": "NET-015 asks each public load balancer for one",
    }
)

_ITSELF = "that it is there, or what points to it"
_HEAD = """\
# Coverage

Generated by `make generated`: rules were run over every resource of their tests, and what they asked for was noted. A
property stands here with each rule that asks for it, be it what the rule demands or what decides whether it applies.
`[]` is each element of a list, `*` every property. Rules on all types that take tags (TAG-001 to TAG-004, DR-004) are
left out. What a rule holds: [RULES.md](RULES.md).
"""


def used_types() -> frozenset[str]:
    """What the platform registers in any stage and any phase, and the organisation, without our own components."""
    stages = [platform_of(stage) for stage in STAGES]
    phases = [platform_of("prod", phase=phase) for phase in PhaseName]
    types = {one.type for run in (*stages, *phases, *organizations()) for one in run.registrations}
    return frozenset(token for token in types if not token.startswith(f"{PROJECT}:"))


def coverage_md(used: frozenset[str], asked: Asked, reasons: Mapping[str, str]) -> str:
    """The page."""
    guarded: defaultdict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for (token, path), rules in asked.items():
        guarded[token][path] = rules
    theirs = {token: guarded[token] for token in sorted(used) if token in guarded}
    others = {token: paths for token, paths in sorted(guarded.items()) if token not in used}
    unguarded = sorted(used - guarded.keys())
    count = f"{len(used)} types that the platform uses, {len(unguarded)} of them without a rule of their own;"
    return "\n".join(
        [
            _HEAD,
            f"{count} {len(others)} others.\n",
            "## Types that the platform uses\n",
            *_sections(theirs),
            "## Types that the platform uses, without a rule of their own\n",
            "| type | why |",
            "|---|---|",
            *(f"| `{token}` | {reasons.get(token, '')} |" for token in unguarded),
            "",
            "## Other types\n",
            *_sections(others),
        ]
    )


def _sections(guarded: Mapping[str, Mapping[str, frozenset[str]]]) -> Iterator[str]:
    """A table a type; types of which the same is asked have one together."""
    alike: defaultdict[tuple[tuple[str, frozenset[str]], ...], list[str]] = defaultdict(list)
    for token, paths in guarded.items():
        alike[tuple(paths.items())].append(token)
    for paths, tokens in alike.items():
        yield f"{', '.join(f'`{token}`' for token in tokens)}\n"
        yield "| property | rules |\n|---|---|"
        yield from (f"| {f'`{path}`' if path else _ITSELF} | {', '.join(sorted(rules))} |" for path, rules in paths)
        yield ""


def problems(used: frozenset[str], asked: Asked, reasons: Mapping[str, str]) -> list[str]:
    """A sentence for each type that has neither rule nor reason, and each reason that explains nothing any more."""
    guarded = {token for token, _ in asked}
    return [
        *(f"{token} has no rule: write one, or say why in REASONS" for token in sorted(used - guarded - set(reasons))),
        *(f"REASONS has {token}, which the platform does not use" for token in sorted(set(reasons) - used)),
        *(f"REASONS has {token}, which a rule guards" for token in sorted(set(reasons) & guarded)),
    ]


if __name__ == "__main__":
    sys.stdout.write(coverage_md(used_types(), observed(), REASONS))
