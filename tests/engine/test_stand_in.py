"""What the stand-in catches, and shows, through the real engine."""

import pytest

from tests.engine.conftest import Project

pytestmark = pytest.mark.engine


def test_a_typo_in_a_nested_object_is_caught_with_a_suggestion(project: Project) -> None:
    done = project.program(
        """
        aws.wafv2.WebAcl(
            "acl", scope="REGIONAL", default_action={"alow": {}}, opts=own, tags=TAGS,
            visibility_config={
                "cloudwatch_metrics_enabled": True, "metric_name": "m", "sampled_requests_enabled": True,
            },
        )
        """
    ).pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "did you mean" in done.stdout
    assert "defaultAction" in done.stdout
    assert "allow" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ('cidr_block=5', "cidrBlock"),
        ('cidr_block="10.0.0.0/16", instance_tenancy="shared"', "instanceTenancy"),
    ],
)  # fmt: skip
def test_a_value_of_the_wrong_kind_is_caught_by_property(project: Project, arguments: str, said: str) -> None:
    done = project.program(f'aws.ec2.Vpc("vpc", {arguments}, tags=TAGS, opts=own)').pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert said in done.stdout


def test_what_aws_would_replace_is_shown_as_a_replacement(project: Project) -> None:
    source = 'aws.ec2.Vpc("vpc", cidr_block="{}", tags=TAGS, opts=own)'
    assert project.program(source.format("10.0.0.0/16")).pulumi("up", "-s", "dev", "--yes").returncode == 0
    changed = project.program(source.format("10.1.0.0/16")).pulumi("preview", "-s", "dev", "--diff")
    assert changed.returncode == 0, changed.stdout + changed.stderr
    assert "1 to replace" in changed.stdout
    assert "cidrBlock" in changed.stdout


def test_what_aws_changes_in_place_is_shown_as_an_update(project: Project) -> None:
    source = 'aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", enable_dns_hostnames={}, tags=TAGS, opts=own)'
    assert project.program(source.format("False")).pulumi("up", "-s", "dev", "--yes").returncode == 0
    changed = project.program(source.format("True")).pulumi("preview", "-s", "dev")
    assert "1 to update" in changed.stdout


def test_each_provider_keeps_its_own_region_account_and_tags(project: Project) -> None:
    done = project.program(
        """
        away = aws.Provider(
            "away", region="ap-southeast-1", allowed_account_ids=["444455556666"], default_tags={"tags": {"Owner": "x"}}
        )
        here = aws.sqs.Queue("here", tags=TAGS, opts=own)
        there = aws.sqs.Queue("there", opts=pulumi.ResourceOptions(provider=away))
        pulumi.export("here", here.arn)
        pulumi.export("there", there.arn)
        pulumi.export("tags", there.tags_all)
        """
    ).pulumi("up", "-s", "dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    output = project.pulumi("stack", "output", "-s", "dev", "--json").stdout
    assert '"here": "arn:aws:sqs:ap-northeast-2:111122223333:here-' in output
    assert '"there": "arn:aws:sqs:ap-southeast-1:444455556666:there-' in output
    assert '"Owner": "x"' in output


def test_computed_values_are_unknown_at_preview_and_known_after_up(project: Project) -> None:
    project.program(
        """
        vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", tags=TAGS, opts=own)
        pulumi.export("id", vpc.id)
        """
    )
    assert "[unknown]" in project.pulumi("preview", "-s", "dev").stdout
    assert "vpc-" in project.pulumi("up", "-s", "dev", "--yes").stdout


def test_a_look_up_nobody_modelled_fails_by_name_and_says_how_to_add_it(project: Project) -> None:
    done = project.program(
        'aws.rds.get_engine_version(engine="mysql", opts=pulumi.InvokeOptions(provider=provider))'
    ).pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "aws:rds/getEngineVersion:getEngineVersion" in done.stdout
    assert "sandbox/provider/invokes.py" in done.stdout


def test_the_look_ups_that_are_modelled_answer_for_the_providers_account_and_region(project: Project) -> None:
    done = project.program(
        """
        options = pulumi.InvokeOptions(provider=provider)
        pulumi.export("account", aws.get_caller_identity_output(opts=options).account_id)
        pulumi.export("zones", aws.get_availability_zones_output(opts=options).names)
        """
    ).pulumi("up", "-s", "dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    assert '"111122223333"' in done.stdout
    assert '"ap-northeast-2a"' in done.stdout


def test_a_secret_stays_secret_in_outputs_and_state(project: Project) -> None:
    done = project.program(
        """
        parameter = aws.ssm.Parameter(
            "parameter", type="SecureString", value=pulumi.Output.secret("hunter2"), tags=TAGS, opts=own
        )
        pulumi.export("value", parameter.value)
        """
    ).pulumi("up", "-s", "dev", "--yes")
    assert done.returncode == 0, done.stdout + done.stderr
    exported = project.pulumi("stack", "export", "-s", "dev").stdout
    assert "hunter2" not in done.stdout + exported


def test_a_provider_nobody_stands_in_for_fails_quickly_and_by_name(project: Project) -> None:
    done = project.program(
        """
        pulumi.CustomResource("random:index/randomId:RandomId", "n", {"byteLength": 4})
        """
    ).pulumi("preview", "-s", "dev")
    assert done.returncode != 0
    assert "random" in done.stdout + done.stderr


def test_what_protects_itself_is_deleted_only_after_an_up_that_lifts_it(project: Project) -> None:
    table = """
    aws.dynamodb.Table("keys", hash_key="id", billing_mode="PAY_PER_REQUEST", attributes=[{"name": "id", "type": "S"}],
        deletion_protection_enabled=KEEP, tags=TAGS, opts=own)
    """
    assert project.program(table.replace("KEEP", "True")).pulumi("up", "-s", "dev", "--yes").returncode == 0
    refused = project.pulumi("destroy", "-s", "dev", "--yes")
    assert refused.returncode != 0
    assert "Disable deletion protection first" in refused.stdout + refused.stderr
    assert project.program(table.replace("KEEP", "False")).pulumi("up", "-s", "dev", "--yes").returncode == 0
    assert project.pulumi("destroy", "-s", "dev", "--yes").returncode == 0
