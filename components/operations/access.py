"""Access tier: people reach the database, the cache and the cluster through Session Manager (REQ-Y3, REQ-S16, REQ-E2).

No machine, no way in from outside and no key of SSH: documents, a record, and a policy a role of people, by a name that
permission sets of Identity Center know. What the documents and policies say is in sessions.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import tagging
from components.naming import Scope
from components.operations import sessions

APPLICATION = "access"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a document leads."""

    host: pulumi.Input[str]
    port: int  # TCP


@dataclass(frozen=True, kw_only=True)
class AccessArgs:
    """Where people may get to, and what the record is encrypted with."""

    scope: Scope
    destinations: Mapping[str, Destination]  # aurora, redis, cluster -> where that is
    contract_parameter: str  # by which `make connect` finds everything
    logs_key_arn: pulumi.Input[str]
    logs_key_alias: str
    log_retention_days: int
    destroy_protection: bool


class Access(pulumi.ComponentResource):
    """A document a destination, one for shells, their record, and who may."""

    document_names: Mapping[str, str]  # destination -> document
    hosts: Mapping[str, pulumi.Input[str]]  # destination -> host that it leads to
    shell_document_name: str
    log_group_name: str
    policy_names: Mapping[str, str]  # role of people -> policy

    def __init__(self, name: str, args: AccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Access", name, None, opts)
        self._name, self._args, scope = name, args, args.scope
        self._child = pulumi.ResourceOptions(parent=self)
        self._tags = tagging.tier_tags(APPLICATION, tagging.Classification.INTERNAL)
        self.log_group_name = sessions.log_group_name(scope)
        record = aws.cloudwatch.LogGroup(
            f"{name}-log",
            name=self.log_group_name,
            retention_in_days=args.log_retention_days,
            kms_key_id=args.logs_key_arn,
            # What a shell shows may be anything that a machine holds.
            tags=tagging.tier_tags(APPLICATION, tagging.Classification.CONFIDENTIAL),
            opts=pulumi.ResourceOptions(
                parent=self, protect=args.destroy_protection, retain_on_delete=args.destroy_protection
            ),
        )
        self.shell_document_name = sessions.shell_name(scope)
        self._document(
            "shell",
            self.shell_document_name,
            sessions.shell_document(scope, key_alias=args.logs_key_alias),
            after=[record],
        )
        for title, where in args.destinations.items():
            content = pulumi.Output.from_input(where.host).apply(
                lambda host, title=title, port=where.port: sessions.forward_document(scope, title, host=host, port=port)
            )
            self._document(f"to-{title}", sessions.forward_name(scope, title), content, after=[])
        self.document_names = {title: sessions.forward_name(scope, title) for title in args.destinations}
        self.hosts = {title: where.host for title, where in args.destinations.items()}
        self.policy_names = {title: self._policy(title, role) for title, role in sessions.ROLES.items()}
        self.register_outputs(
            {
                "documentNames": self.document_names,
                "hosts": self.hosts,
                "shellDocumentName": self.shell_document_name,
                "logGroupName": self.log_group_name,
                "policyNames": self.policy_names,
            }
        )

    def _document(
        self, title: str, document_name: str, content: pulumi.Input[str], *, after: list[pulumi.Resource]
    ) -> None:
        aws.ssm.Document(
            f"{self._name}-{title}",
            name=document_name,
            document_type="Session",
            document_format="JSON",
            content=content,
            tags=self._tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _policy(self, title: str, role: sessions.Role) -> str:
        """Of this region: IAM has one namespace for all of them, and permission sets name policies, not ARNs."""
        scope, args = self._args.scope, self._args
        policy_name = scope.name(title, "access", scope.region)
        reachable = sessions.Role(
            destinations=[each for each in role.destinations if each in args.destinations], with_shell=role.with_shell
        )
        aws.iam.Policy(
            f"{self._name}-{title}",
            name=policy_name,
            description=f"What the role {title} may open through Session Manager",
            policy=sessions.people_policy(scope, reachable, contract_parameter=args.contract_parameter),
            tags=self._tags,
            opts=self._child,
        )
        return policy_name
