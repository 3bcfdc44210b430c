"""The known ways to turn some rights into all of them, and which of them a set of statements leaves open.

Sources: Rhino Security Labs, "AWS IAM Privilege Escalation Methods"
(https://rhinosecuritylabs.com/aws/aws-privilege-escalation-methods-mitigation/), and https://pathfinding.cloud/paths.
A path that another one contains is left out: who has the longer one has the shorter one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from policy.iam_actions import Breadth, breadth, covers_a_whole_type, covers_any_resource, has_wildcard
from policy.iam_document import Statement
from policy.iam_scope import narrows_resources, services_passed_to
from policy.iam_table import matches
from policy.view import any_of

_PASSING = "iam:PassRole"


@dataclass(frozen=True, kw_only=True)
class Path:
    """A way up.

    Attributes:
        name: as it is reported.
        on_any: actions that open it when they are granted on any resource (of IAM: on any of an account).
        anywhere: actions that it takes too, on whatever resource: what they make is the caller's own.
        passed_to: the service that any role can be passed to, when the way leads over `iam:PassRole`.
    """

    name: str
    on_any: tuple[str, ...] = ()
    anywhere: tuple[str, ...] = ()
    passed_to: str | None = None

    @property
    def actions(self) -> tuple[str, ...]:
        """All that it takes, as AWS spells it."""
        return (*([_PASSING] if self.passed_to else []), *self.on_any, *self.anywhere)


def _rewriting_iam(*actions: str) -> Iterator[Path]:
    yield from (Path(name=action, on_any=(f"iam:{action}",)) for action in actions)


def _taking_over(name: str, *actions: str) -> Path:
    return Path(name=name, on_any=actions)


def _passing(service: str, name: str, *actions: str) -> Path:
    return Path(name=f"PassRole{name}", anywhere=actions, passed_to=f"{service}.amazonaws.com")


PATHS: tuple[Path, ...] = (
    *_rewriting_iam("CreateAccessKey", "CreateLoginProfile", "UpdateLoginProfile", "AddUserToGroup"),
    *_rewriting_iam("CreatePolicyVersion", "SetDefaultPolicyVersion", "UpdateAssumeRolePolicy"),
    *_rewriting_iam("AttachUserPolicy", "AttachGroupPolicy", "AttachRolePolicy"),
    *_rewriting_iam("PutUserPolicy", "PutGroupPolicy", "PutRolePolicy"),
    *_rewriting_iam("DeleteRolePermissionsBoundary", "DeleteUserPermissionsBoundary"),
    _taking_over("AssumeAnyRole", "sts:AssumeRole"),
    _taking_over("UpdateFunctionCode", "lambda:UpdateFunctionCode"),
    _taking_over("UpdateGlueDevEndpoint", "glue:UpdateDevEndpoint"),
    _taking_over(
        "InvokeCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
    _taking_over("ExecuteChangeSet", "cloudformation:CreateChangeSet", "cloudformation:ExecuteChangeSet"),
    _taking_over("UpdateStack", "cloudformation:UpdateStack"),
    _taking_over("ChangeUserData", "ec2:ModifyInstanceAttribute", "ec2:StopInstances", "ec2:StartInstances"),
    _taking_over("ChangeLaunchTemplate", "ec2:CreateLaunchTemplateVersion", "ec2:ModifyLaunchTemplate"),
    _taking_over("SendSSHPublicKey", "ec2-instance-connect:SendSSHPublicKey"),
    _taking_over("ExecuteCommand", "ecs:ExecuteCommand"),
    _taking_over("SendCommand", "ssm:SendCommand"),
    _taking_over("StartSession", "ssm:StartSession"),
    _taking_over("OpenNotebook", "sagemaker:CreatePresignedNotebookInstanceUrl"),
    _taking_over("OpenStudio", "sagemaker:CreatePresignedDomainUrl"),
    _taking_over(
        "ChangeNotebook",
        "sagemaker:CreateNotebookInstanceLifecycleConfig",
        "sagemaker:StopNotebookInstance",
        "sagemaker:UpdateNotebookInstance",
        "sagemaker:StartNotebookInstance",
    ),
    _passing("ec2", "RunInstances", "ec2:RunInstances"),
    _passing("ec2", "RequestSpotInstances", "ec2:RequestSpotInstances"),
    _passing("ec2", "AssociateInstanceProfile", "ec2:AssociateIamInstanceProfile"),
    _passing("ec2", "ReplaceInstanceProfile", "ec2:ReplaceIamInstanceProfileAssociation"),
    _passing(
        "ec2",
        "CreateLaunchConfiguration",
        "autoscaling:CreateLaunchConfiguration",
        "autoscaling:CreateAutoScalingGroup",
    ),
    _passing("lambda", "CreateFunctionInvoke", "lambda:CreateFunction", "lambda:InvokeFunction"),
    _passing("lambda", "CreateFunctionTrigger", "lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    _passing("lambda", "CreateFunctionPermit", "lambda:CreateFunction", "lambda:AddPermission"),
    _passing("glue", "CreateDevEndpoint", "glue:CreateDevEndpoint"),
    _passing("glue", "CreateJobRun", "glue:CreateJob", "glue:StartJobRun"),
    _passing("glue", "CreateJobTrigger", "glue:CreateJob", "glue:CreateTrigger"),
    _passing("glue", "UpdateJobRun", "glue:UpdateJob", "glue:StartJobRun"),
    _passing("glue", "UpdateJobTrigger", "glue:UpdateJob", "glue:CreateTrigger"),
    _passing("cloudformation", "CreateStack", "cloudformation:CreateStack"),
    _passing(
        "cloudformation", "CreateStackSet", "cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"
    ),
    _passing("cloudformation", "UpdateStackSet", "cloudformation:UpdateStackSet"),
    _passing("datapipeline", "CreatePipeline", "datapipeline:CreatePipeline"),
    _passing("tasks.apprunner", "CreateService", "apprunner:CreateService"),
    _passing(
        "bedrock-agentcore",
        "CreateCodeInterpreter",
        "bedrock-agentcore:CreateCodeInterpreter",
        "bedrock-agentcore:StartCodeInterpreterSession",
        "bedrock-agentcore:InvokeCodeInterpreter",
    ),
    _passing("codebuild", "CreateProject", "codebuild:CreateProject", "codebuild:StartBuild"),
    _passing("codebuild", "CreateProjectBatch", "codebuild:CreateProject", "codebuild:StartBuildBatch"),
    _passing("codebuild", "UpdateProject", "codebuild:UpdateProject", "codebuild:StartBuild"),
    _passing("ecs-tasks", "RunTask", "ecs:RegisterTaskDefinition", "ecs:RunTask"),
    _passing("ecs-tasks", "StartTask", "ecs:RegisterTaskDefinition", "ecs:StartTask"),
    _passing("ecs-tasks", "CreateEcsService", "ecs:RegisterTaskDefinition", "ecs:CreateService"),
    _passing("ecs-tasks", "UpdateEcsService", "ecs:RegisterTaskDefinition", "ecs:UpdateService"),
    _passing("sagemaker", "CreateNotebook", "sagemaker:CreateNotebookInstance"),
    _passing("sagemaker", "CreateTrainingJob", "sagemaker:CreateTrainingJob"),
    _passing("sagemaker", "CreateProcessingJob", "sagemaker:CreateProcessingJob"),
    _passing("states", "CreateStateMachine", "states:CreateStateMachine", "states:StartExecution"),
    _passing("ssm", "StartAutomation", "ssm:StartAutomationExecution"),
    _passing("elasticmapreduce", "RunJobFlow", "elasticmapreduce:RunJobFlow"),
)


# Of one account all roles, shells on all machines and all functions are enough: one of them has more rights.
_OF_ACCOUNT = (
    *("ec2-instance-connect:", "ecs:executecommand", "iam:", "lambda:updatefunctioncode", "ssm:sendcommand"),
    *("ssm:startsession", "sts:"),
)
# Whoever gives rights to roles of a name that is left open gives them to one of his own, unless a boundary holds them;
# whoever makes keys for users of such a name has their rights.
_BY_NAME = frozenset(
    {
        *(f"iam:{verb}{holder}policy" for verb in ("attach", "put") for holder in ("group", "role", "user")),
        *("iam:createaccesskey", "iam:createloginprofile", "iam:updateloginprofile"),
    }
)
_ONESELF = "${aws:username}"
_BOUNDS = ("iam:permissionsboundary", "iam:policyarn")

_ACTIONS = frozenset(action for path in PATHS for action in path.actions)


@dataclass(frozen=True, kw_only=True)
class Held:
    """Statements, by the action of a way up that they name."""

    by_action: Mapping[str, Sequence[Statement]]

    @staticmethod
    def of(statements: Iterable[Statement]) -> Held:
        """Files the statements; an action that is unknown is none here, since other rules list it as unjudged."""
        by_action: defaultdict[str, list[Statement]] = defaultdict(list)
        for statement in statements:
            for action in _named(statement):
                by_action[action].append(statement)
        return Held(by_action=by_action)

    def opens(self, path: Path) -> bool:
        """Whether the statements leave a way up open together.

        Whole services of IAM and `*` are IAM-001's. A Deny closes it when it is on everything, and unconditional or for
        whatever no boundary holds.

        Raises:
            CannotJudgeError: what would decide it is unknown.
        """
        service = path.passed_to
        return (
            all(action in self.by_action for action in path.actions)
            and all(self._grants(action, _on_any(action)) for action in path.on_any)
            and all(self._grants(action, lambda _: True) for action in path.anywhere)
            and (service is None or self._grants(_PASSING, lambda each: _passes_any_role(each, service)))
        )

    def _grants(self, action: str, is_wide: Callable[[Statement], bool]) -> bool:
        named = self.by_action[action]
        return any_of(named, lambda each: each.allows and is_wide(each)) and not any_of(named, _denies_the_way)


def _named(statement: Statement) -> frozenset[str]:
    listed = statement.node.get("Action")
    patterns = listed if isinstance(listed, list) else [listed]
    refuses = statement.node.get("Effect") == "Deny"
    return frozenset[str]().union(
        *(
            _covered(each)
            for each in patterns
            if isinstance(each, str) and (refuses or breadth(each) is not Breadth.ADMINISTRATOR)
        )
    )


@lru_cache(maxsize=4096)
def _covered(pattern: str) -> frozenset[str]:
    return frozenset(action for action in _ACTIONS if matches(pattern, action))


def _denies_the_way(statement: Statement) -> bool:
    """A Deny of everything, or of everything that no boundary holds."""
    if statement.allows or not _has_target(statement, lambda each: each == "*"):
        return False
    return all(each.key in _BOUNDS and "not" in each.operator for each in statement.conditions)


def _on_any(action: str) -> Callable[[Statement], bool]:
    is_wide = covers_a_whole_type if action.lower().startswith(_OF_ACCOUNT) else covers_any_resource
    if action.lower() in _BY_NAME:
        is_wide = has_wildcard

    def is_place(resource: str) -> bool:  # an SSM document says what is run, not where
        return ":document/" not in resource and not resource.endswith(_ONESELF) and is_wide(resource)

    return lambda statement: _has_target(statement, is_place) and not narrows_resources(statement)


def _passes_any_role(statement: Statement, service: str) -> bool:
    services = services_passed_to(statement)
    return _has_target(statement, covers_a_whole_type) and (
        not services or any_of(services, lambda each: matches(each.text(), service))
    )


def _has_target(statement: Statement, is_wide: Callable[[str], bool]) -> bool:
    return any_of(statement.node.elements("Resource"), lambda each: is_wide(each.text()))
