"""Ways up over several resources: however a policy hangs on its holder, it counts, and a stranger's does not."""

import pytest

from tests.policy.case import TAGS
from tests.policy.cases_iam import ATTACHMENT, POLICY, ROLE, ROLE_POLICY, allow, document
from tests.policy.cases_iam_callers import assumed_by
from tests.policy.cases_iam_reach import ANY_ROLE, FUNCTION, ROLE_ARN
from tests.policy.server import UNKNOWN, Pack, Registered, findings, urn

STARTS = document(allow(["lambda:CreateFunction", "lambda:InvokeFunction"], FUNCTION))
PASSES = document(allow("iam:PassRole", ANY_ROLE))
PASSES_TO_ECS = document(
    allow("iam:PassRole", ANY_ROLE, Condition={"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}})
)
TRUST = document(assumed_by({"Service": "ec2.amazonaws.com"}))
FOUND = {"IAM-013[Escalation::PassRoleCreateFunctionInvoke]"}


def role(**props: object) -> Registered:
    return Registered(type=ROLE, name="feed", props={"name": "feed", "assumeRolePolicy": TRUST, "tags": TAGS, **props})


def policy(text: str, name: str = "managed") -> Registered:
    return Registered(type=POLICY, name=name, props={"name": name, "policy": text, "tags": TAGS})


def own(text: str, **props: object) -> Registered:
    return Registered(type=ROLE_POLICY, name="own", props={"policy": text, "role": "feed", **props})


def attached(role_name: object = "feed", policy_arn: object = "arn:aws:iam::111122223333:policy/managed") -> Registered:
    return Registered(type=ATTACHMENT, name="a", props={"role": role_name, "policyArn": policy_arn})


BY_ORIGIN = Registered(
    type=ATTACHMENT,
    name="by-origin",
    props={"role": UNKNOWN, "policyArn": UNKNOWN},
    depends={"role": [urn(ROLE, "feed")], "policyArn": [urn(POLICY, "managed")]},
)


@pytest.mark.parametrize(
    "stack",
    [
        [role(), own(PASSES), policy(STARTS), attached()],
        [
            role(),
            own(PASSES),
            policy(STARTS, "other"),
            attached(policy_arn="arn:aws:iam::111122223333:policy/app/other"),
        ],
        [role(), own(PASSES), policy(STARTS), BY_ORIGIN],
        [role(inlinePolicies=[{"name": "a", "policy": STARTS}]), own(PASSES)],
        [role(id="AROA1", arn=ROLE_ARN), own(PASSES, role="AROA1"), policy(STARTS), attached(ROLE_ARN)],
        [role(), own(PASSES), own(STARTS)],
        [
            role(),
            own(PASSES),
            policy(STARTS),
            Registered(
                type="aws:iam/policyAttachment:PolicyAttachment",
                props={"roles": ["feed"], "policyArn": "arn:aws:iam::111122223333:policy/managed"},
            ),
        ],
    ],
)
def test_policies_of_one_role_are_judged_together(pack: Pack, stack: list[Registered]) -> None:
    found = pack.analyze_stack(stack)
    assert {(each.id, each.urn) for each in found if each.id.startswith("IAM")} == {
        (one, urn(ROLE, "feed")) for one in FOUND
    }


@pytest.mark.parametrize(
    "stack",
    [
        [role(), own(PASSES), policy(STARTS)],
        [role(), own(PASSES), policy(STARTS), attached("another")],
        [role(), own(PASSES), policy(STARTS), attached(policy_arn="arn:aws:iam::111122223333:policy/unmanaged")],
        [role(), own(PASSES_TO_ECS), policy(STARTS), attached()],
        [role(), own(PASSES), own(UNKNOWN)],
    ],
)
def test_policies_of_nobody_or_of_somebody_else_are_not(pack: Pack, stack: list[Registered]) -> None:
    assert not [each.id for each in pack.analyze_stack(stack) if each.id.startswith("IAM")]


def test_what_one_policy_opens_alone_is_said_once(pack: Pack) -> None:
    both = own(
        document(allow("iam:PassRole", "*"), allow(["lambda:CreateFunction", "lambda:InvokeFunction"], FUNCTION))
    )
    found = findings(pack.judge(role(), both, policy(STARTS), attached()))
    assert {each for each in found if "Escalation" in each} == {"IAM-006[Escalation::PassRoleCreateFunctionInvoke]"}
