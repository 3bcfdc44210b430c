"""QuickSight only for who asks for it, owned by whom the stage names, and never destroyed by a slip."""

import json
from typing import Any

import pytest
from cfnlint import api  # pyright: ignore[reportMissingTypeStubs]
from cfnlint.config import ManualArgs  # pyright: ignore[reportMissingTypeStubs]

from components import settings
from components.data.quicksight import QuickSight, QuickSightArgs, dashboard_template
from components.naming import Scope
from components.platform import Platform
from components.settings import SettingsError
from tests.unit.conftest import stage_config
from tests.unit.recording import Recorded, record

SCOPE = Scope(stage="prod", account_id="777788889999", region="ap-northeast-2")
OWNER = "arn:aws:quicksight:ap-northeast-2:777788889999:group/default/analysts"
STACK = "aws:cloudformation/stack:Stack"


def platform(owner: str | None) -> Recorded:
    given = {} if owner is None else {"quicksight_owner": owner}
    config = stage_config("prod") | {"startup-platform:analytics": json.dumps(given)}
    loaded = settings.load(stage="prod", config=config)
    return record(lambda: Platform("startup-platform", loaded), stack="prod")


def test_it_is_off_unless_a_stage_names_an_owner() -> None:
    assert not [one for one in platform(None).registrations if "quicksight" in one.type]
    with_owner = platform(OWNER)
    assert len([one for one in with_owner.registrations if one.type.startswith("aws:quicksight/")]) == 2
    assert not [one for one in with_owner.registrations if "accountSubscription" in one.type]


def test_an_owner_that_is_no_principal_of_quicksight_is_refused_with_the_way_out() -> None:
    config = stage_config("prod") | {"startup-platform:analytics": json.dumps({"quicksight_owner": "me"})}
    with pytest.raises(SettingsError, match=r"Pulumi\.prod\.yaml.*analytics\.quicksight_owner = \"me\".*ARN"):
        settings.load(stage="prod", config=config)


def made(*, destroy_protection: bool) -> Recorded:
    args = QuickSightArgs(
        scope=SCOPE,
        owner_arn=OWNER,
        workgroup="analytics",
        analyst_policy_arn="arn:analyst",
        destroy_protection=destroy_protection,
    )
    return record(lambda: QuickSight("quicksight", args))


def test_it_asks_as_an_analyst_in_the_workgroup_and_belongs_to_the_owner() -> None:
    run = made(destroy_protection=True)
    source = run.named("quicksight-source", "aws:quicksight/dataSource:DataSource")
    assert source["parameters"]["athena"]["workGroup"] == "analytics"
    assert source["parameters"]["athena"]["roleArn"] == "arn:mock:quicksight-role"
    data = run.named("quicksight-active-users", "aws:quicksight/dataSet:DataSet")
    assert data["importMode"] == "DIRECT_QUERY"
    (table,) = data["physicalTableMaps"]
    assert '"startup_platform_prod_lake"."events"' in table["customSql"]["sqlQuery"]
    for one in (source, data):
        assert [each["principal"] for each in one["permissions"]] == [OWNER]
    (attached,) = run.of_type("aws:iam/rolePolicyAttachment:RolePolicyAttachment")
    assert attached["policyArn"] == "arn:analyst"
    kept = [one for one in run.registrations if one.type.startswith("aws:quicksight/") or one.type == STACK]
    assert [one.protect for one in kept] == [True] * 3
    fragile = made(destroy_protection=False)
    assert not [one for one in fragile.registrations if one.protect]


def test_cloudformation_takes_the_dashboard() -> None:
    template: dict[str, Any] = dashboard_template("active", "777788889999", OWNER, "arn:aws:quicksight:::dataset/x")
    dashboard = template["Resources"]["Dashboard"]
    assert (dashboard["DeletionPolicy"], dashboard["UpdateReplacePolicy"]) == ("Retain", "Retain")
    found = api.lint(json.dumps(template), config=ManualArgs(regions=["ap-northeast-2"]))
    assert [str(one) for one in found] == []
