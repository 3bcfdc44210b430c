"""Who an add-on is in AWS: a role that only its service account gets, by EKS Pod Identity (REQ-S10, REQ-C5).

No key is kept, and no OpenID provider is needed: the agent on the node asks EKS, which knows cluster, namespace and
service account of the pod and puts them into the session as tags. The trust policy asks for all three.
https://docs.aws.amazon.com/eks/latest/userguide/pod-id-role.html
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam, tagging
from components.naming import Scope

KUBE_SYSTEM = "kube-system"


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """Whose role it is, and what it may do."""

    scope: Scope
    cluster_name: str
    namespace: str
    service_account: str
    policies: Mapping[str, Sequence[iam.Statement]]  # title -> statements; a title is a policy of its own


class Identity(pulumi.ComponentResource):
    """A role, its policies, and the association that gives it to a service account."""

    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:addons:Identity", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = tagging.tier_tags(f"addon-{args.service_account}", tagging.Classification.INTERNAL)
        role = aws.iam.Role(
            f"{name}-role",
            description=f"What {args.namespace}/{args.service_account} of {args.cluster_name} may call",
            assume_role_policy=iam.pod_trust(
                account_id=args.scope.account_id,
                cluster_arn=args.scope.arn("eks", f"cluster/{args.cluster_name}"),
                namespace=args.namespace,
                service_account=args.service_account,
            ),
            tags=tags,
            opts=child,
        )
        attached: list[pulumi.Resource] = []
        for title, statements in args.policies.items():
            policy = aws.iam.Policy(
                f"{name}-{title}",
                description=f"{args.service_account}: {title}",
                policy=iam.document(*statements),
                tags=tags,
                opts=child,
            )
            attached.append(
                aws.iam.RolePolicyAttachment(
                    f"{name}-{title}-attached", role=role.name, policy_arn=policy.arn, opts=child
                )
            )
        aws.eks.PodIdentityAssociation(
            f"{name}-association",
            cluster_name=args.cluster_name,
            namespace=args.namespace,
            service_account=args.service_account,
            role_arn=role.arn,
            tags=tags,
            # A pod that starts earlier has credentials that may do nothing.
            opts=pulumi.ResourceOptions(parent=self, depends_on=attached),
        )
        self.role_arn = role.arn
        self.register_outputs({"roleArn": self.role_arn})
