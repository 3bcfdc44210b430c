"""How people reach what is private, as data: documents of Session Manager, and who may open which (REQ-Y3, REQ-S16).

There is no bastion: machines that run anyway pass a connection on, and a document says to which host, so that whoever
may open it reaches that host and nothing else (docs/adr/0033).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components import iam
from components.naming import Scope

SHELL_IDLE_MINUTES = 15  # 1 to 60
SHELL_MINUTES = 60  # 1 to 1440
# By their tag Name: the instances of early phases, and the system nodes of the cluster. Nodes of Karpenter's come and
# go with what they run, and so are none.
RELAYS = ("instances", "system-node")
CONTEXT = "kms:EncryptionContext:aws:ssm:TargetId"  # what Session Manager encrypts a session under


@dataclass(frozen=True, kw_only=True)
class Role:
    """What one role of people may open."""

    destinations: Sequence[str]
    with_shell: bool


# Roles of people, as permission sets of Identity Center name them (REQ-E2): each gets the policy of its title.
ROLES: Mapping[str, Role] = {
    "platform": Role(destinations=("aurora", "redis", "cluster"), with_shell=True),
    # The cluster's API knows roles by access entries, and developers have none: they release by Git.
    "developer": Role(destinations=("aurora", "redis"), with_shell=False),
}


def log_group_name(scope: Scope) -> str:
    """Where shells are recorded."""
    return scope.path("sessions")


def shell_name(scope: Scope) -> str:
    """The document of a shell; not the account's default, which other stages of an account would share."""
    return scope.name("shell")


def forward_name(scope: Scope, destination: str) -> str:
    """The document that leads to one destination."""
    return scope.name("to", destination)


def relay_names(scope: Scope) -> list[str]:
    """The tags Name of machines that pass a connection on."""
    return [scope.name(title) for title in RELAYS]


def shell_document(scope: Scope, *, key_alias: str) -> str:
    """https://docs.aws.amazon.com/systems-manager/latest/userguide/session-manager-schema.html."""
    return json.dumps(
        {
            "schemaVersion": "1.0",
            "description": f"A shell on a machine of {scope.name()}, recorded",
            "sessionType": "Standard_Stream",
            "inputs": {
                "cloudWatchLogGroupName": log_group_name(scope),
                "cloudWatchEncryptionEnabled": True,
                "cloudWatchStreamingEnabled": True,  # as it happens, so that a session cut off is recorded too
                "kmsKeyId": key_alias,
                "idleSessionTimeout": str(SHELL_IDLE_MINUTES),
                "maxSessionDuration": str(SHELL_MINUTES),
                "runAsEnabled": False,  # as ssm-user, whom the agent makes
            },
        }
    )


def forward_document(scope: Scope, destination: str, *, host: str, port: int) -> str:
    """To one host and port, whatever the caller asks for: only the port on his own machine is a parameter."""
    return json.dumps(
        {
            "schemaVersion": "1.0",
            "description": f"To {destination} of {scope.name()}, and nowhere else",
            "sessionType": "Port",
            "parameters": {
                "localPortNumber": {
                    "type": "String",
                    "description": "The port on the caller's own machine; 0: any that is free",
                    "allowedPattern": "^[0-9]{1,5}$",
                    "default": "0",
                }
            },
            "properties": {
                "type": "LocalPortForwarding",
                "host": host,
                "portNumber": str(port),
                "localPortNumber": "{{ localPortNumber }}",
            },
        }
    )


def people_policy(scope: Scope, role: Role, *, contract_parameter: str) -> str:
    """What a role of people gets.

    Without SessionDocumentAccessCheck whoever names no document gets the account's default one, a shell.
    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-sessiondocumentaccesscheck.html
    """
    documents = [forward_name(scope, each) for each in role.destinations] + ([shell_name(scope)] * role.with_shell)
    statements = [
        iam.Statement(
            sid="StartSessionsOnMachinesThatPassThemOn",
            actions=["ssm:StartSession"],
            resources=[scope.arn("ec2", "instance/*")],
            condition={
                "StringEquals": {"ssm:resourceTag/Name": relay_names(scope)},
                "BoolIfExists": {"ssm:SessionDocumentAccessCheck": "true"},
            },
        ),
        iam.Statement(
            sid="StartSessionsByTheseDocuments",
            actions=["ssm:StartSession"],
            resources=[scope.arn("ssm", f"document/{each}") for each in documents],
        ),
        # A session's id begins with who opened it.
        iam.Statement(
            sid="ResumeAndEndOnesOwnSessions",
            actions=["ssm:ResumeSession", "ssm:TerminateSession"],
            resources=[scope.arn("ssm", "session/${aws:userid}-*")],
        ),
        # These take no resource.
        iam.Statement(sid="SeeWhichMachinesAnswer", actions=["ssm:DescribeInstanceInformation"], resources=["*"]),
        iam.Statement(
            sid="ReadTheContract",
            actions=["ssm:GetParameter"],
            resources=[scope.arn("ssm", f"parameter{contract_parameter}")],
        ),
    ]
    if role.with_shell:
        statements.append(_key_use(scope, sid="EncryptOnesShell", action="kms:GenerateDataKey"))
    return iam.document(*statements)


def relay_statements(scope: Scope) -> list[iam.Statement]:
    """What a machine needs, beyond Session Manager's channels, for a shell on it to be encrypted and recorded.

    https://docs.aws.amazon.com/systems-manager/latest/userguide/getting-started-create-iam-instance-profile.html
    """
    group = scope.arn("logs", f"log-group:{log_group_name(scope)}")
    return [
        iam.Statement(
            sid="RecordShells",
            actions=["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            resources=[group, f"{group}:log-stream:*"],
        ),
        # The agent looks whether the group is encrypted, and the action takes no one group.
        iam.Statement(
            sid="SeeThatTheRecordIsEncrypted",
            actions=["logs:DescribeLogGroups"],
            resources=[scope.arn("logs", "log-group:*")],
        ),
        _key_use(scope, sid="DecryptShells", action="kms:Decrypt"),
    ]


def _key_use(scope: Scope, *, sid: str, action: str) -> iam.Statement:
    """By alias, as the key's id is AWS's to assign; agent and plugin call KMS themselves, so through no service."""
    return iam.Statement(
        sid=sid,
        actions=[action],
        resources=[scope.arn("kms", "key/*")],
        condition={
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": f"alias/{scope.name('logs')}"},
            "StringLike": {CONTEXT: "i-*"},
        },
    )
