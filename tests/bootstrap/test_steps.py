"""The steps against moto: what they make, that any interruption is survived, and that a second run does nothing."""

import contextlib
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import boto3
import pytest
import yaml
from moto import mock_aws

from bootstrap import doctor, plan, quotas, services, stage
from bootstrap.account import Account
from bootstrap.aws import Aws
from bootstrap.dns import ServersOf
from bootstrap.errors import BootstrapError
from components.foundation import encryption
from components.phases import PHASES, PhaseName

ROOT = Path(__file__).resolve().parents[2]
REGION = "ap-northeast-2"
BUCKET = "startup-platform-dev-state-111122223333-ap-northeast-2"
READS = ("Get", "List", "Head", "Describe")
POLICIES: Any = {"iam": {"load_aws_managed_policies": True}}
OTHER = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]}
)
OTHER_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ec2.amazonaws.com"}}],
    }
)
ROLES = ("startup-platform-dev-deploy", "startup-platform-dev-preview", "startup-platform-dev-break-glass")


def _nothing_said(*_: object) -> None:
    return None


def _on_path(name: str) -> str:
    return f"/bin/{name}"


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    # moto takes no notice of conditions, and so the refusal of who comes in the clear for one of everybody.
    monkeypatch.setattr("moto.s3.models.FakeBucket.get_permission", _nothing_said)
    monkeypatch.setattr("bootstrap.stack.shutil.which", _on_path)


@pytest.fixture
def cloud(outside: None) -> Iterator[None]:
    with mock_aws(config=POLICIES):
        yield


class Pulumi:
    """In place of the engine: it leaves in the bucket what `pulumi stack init` does."""

    def __init__(self) -> None:
        self.ran: list[tuple[Sequence[str], Mapping[str, str]]] = []

    def __call__(self, command: Sequence[str], more: Mapping[str, str]) -> int:
        self.ran.append((command, more))
        made = client("s3")
        made.put_object(Bucket=BUCKET, Key=".pulumi/stacks/startup-platform/dev.json", Body=b"{}")
        return 0


def client(service: str, region: str = REGION) -> Any:
    return cast("Any", boto3).client(service, region_name=region)


def silent(_: str) -> None:
    """Nobody answers for the public DNS."""


def account(
    *, servers: ServersOf = silent, pulumi: Pulumi | None = None, name: str = "dev", folder: Path = ROOT
) -> Account:
    return Account(
        settings=stage.read(name, folder),
        aws=Aws.of(REGION),
        project=folder,
        run=pulumi or Pulumi(),
        servers_of=servers,
    )


def finished(one: Account) -> list[str]:
    said: list[str] = []
    plan.carry_out(one.steps(), said.append)
    return said


def lacking(one: Account) -> list[str]:
    return [lack.say for found in plan.survey(one.steps()) for lack in found.lacks]


def world() -> dict[str, Any]:
    """Everything that the steps made, without what AWS makes up."""
    iam, kms, s3 = client("iam"), client("kms"), client("s3")
    aliases = {
        each["AliasName"]: each["TargetKeyId"] for each in kms.list_aliases()["Aliases"] if "dev" in each["AliasName"]
    }
    attached = {name: iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"] for name in ROLES}
    return {
        "keys": len(kms.list_keys()["Keys"]),
        "aliases": sorted(aliases),
        "policies": {
            alias: json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
            for alias, key in aliases.items()
        },
        "rotation": [kms.get_key_rotation_status(KeyId=key)["KeyRotationEnabled"] for key in aliases.values()],
        "buckets": [each["Name"] for each in s3.list_buckets()["Buckets"]],
        "versioning": s3.get_bucket_versioning(Bucket=BUCKET)["Status"],
        "locked": s3.get_public_access_block(Bucket=BUCKET)["PublicAccessBlockConfiguration"],
        "ownership": s3.get_bucket_ownership_controls(Bucket=BUCKET)["OwnershipControls"]["Rules"],
        "bucket policy": json.loads(s3.get_bucket_policy(Bucket=BUCKET)["Policy"]),
        "lifecycle": s3.get_bucket_lifecycle_configuration(Bucket=BUCKET)["Rules"],
        "roles": {
            name: (
                iam.get_role(RoleName=name)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
                iam.get_role(RoleName=name)["Role"]["MaxSessionDuration"],
                iam.list_role_policies(RoleName=name)["PolicyNames"],
                sorted(each["PolicyName"] for each in attached[name]),
            )
            for name in ROLES
        },
        "linked": sorted(
            each["Path"].split("/")[2].removesuffix(".amazonaws.com")
            for each in iam.list_roles()["Roles"]
            if each["Path"].startswith("/aws-service-role/")
        ),
        "providers": len(iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]),
        "zones": [each["Name"] for each in client("route53").list_hosted_zones()["HostedZones"]],
    }


@pytest.mark.usefixtures("cloud")
def test_an_empty_account_gets_everything_and_a_second_run_does_nothing() -> None:
    pulumi = Pulumi()
    said = finished(account(pulumi=pulumi))
    assert len(said) == len(set(said)) > 20
    made = world()
    boundary = "arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"
    assert made["roles"] == {
        "startup-platform-dev-deploy": (boundary, 10800, ["startup-platform-dev-deploy"], []),
        "startup-platform-dev-preview": (
            boundary,
            3600,
            ["startup-platform-dev-preview"],
            ["SecurityAudit", "ViewOnlyAccess"],
        ),
        "startup-platform-dev-break-glass": (None, 3600, [], ["AdministratorAccess"]),
    }
    assert made["aliases"] == ["alias/startup-platform-dev-stack-secrets", "alias/startup-platform-dev-state"]
    assert made["keys"] == 2
    assert made["rotation"] == [True, True]
    assert made["versioning"] == "Enabled"
    assert set(made["locked"].values()) == {True}
    assert made["ownership"] == [{"ObjectOwnership": "BucketOwnerEnforced"}]
    assert made["zones"] == ["dev.example.com."]
    assert made["linked"] == [
        "autoscaling",
        "backup",
        "eks",
        "eks-nodegroup",
        "elasticache",
        "elasticloadbalancing",
        "rds",
        "spot",
    ]
    ((command, more),) = pulumi.ran
    assert command[:4] == ["pulumi", "stack", "init", "dev"]
    assert command[4:6] == [
        "--secrets-provider",
        "awskms://alias/startup-platform-dev-stack-secrets?region=ap-northeast-2&context_stack=startup-platform-dev",
    ]
    assert more == {"PULUMI_BACKEND_URL": f"s3://{BUCKET}?region=ap-northeast-2"}
    assert lacking(account()) == []
    assert finished(account(pulumi=pulumi)) == []
    assert len(pulumi.ran) == 1
    assert world() == made


class _Hand:
    """Ctrl-C as soon as AWS has done one thing: an account is seen in every state that a run can leave it in."""

    def __init__(self, one: Account) -> None:
        self.done = 0
        one.aws.session.events.register("after-call", self._call)

    def _call(self, model: Any, **_: Any) -> None:
        if not model.name.startswith(READS):
            self.done += 1
            raise KeyboardInterrupt


@pytest.mark.usefixtures("outside")
def test_a_run_that_is_interrupted_after_every_single_change_ends_where_one_does_that_is_not() -> None:
    with mock_aws(config=POLICIES):
        finished(account())
        expected = world()
    with mock_aws(config=POLICIES):
        runs = 0
        while True:
            one = account()
            hand = _Hand(one)
            with contextlib.suppress(KeyboardInterrupt):
                finished(one)
            if hand.done == 0:
                break
            runs += 1
        assert runs > 30
        assert world() == expected
        assert lacking(account()) == []


@pytest.mark.usefixtures("cloud")
def test_a_dry_run_says_the_same_and_changes_nothing() -> None:
    one = account()
    hand = _Hand(one)
    said = lacking(one)
    assert hand.done == 0
    assert client("s3").list_buckets()["Buckets"] == []
    assert [each.partition(": ")[2] for each in finished(account())] == said


@pytest.mark.usefixtures("cloud")
def test_what_somebody_changed_by_hand_is_put_right_and_nothing_else() -> None:
    finished(account())
    made = world()
    client("s3").put_bucket_versioning(Bucket=BUCKET, VersioningConfiguration={"Status": "Suspended"})
    iam = client("iam")
    iam.detach_role_policy(RoleName=ROLES[1], PolicyArn="arn:aws:iam::aws:policy/SecurityAudit")
    iam.put_role_policy(RoleName=ROLES[0], PolicyName=ROLES[0], PolicyDocument=OTHER)
    iam.update_assume_role_policy(RoleName=ROLES[2], PolicyDocument=OTHER_TRUST)
    iam.delete_role_permissions_boundary(RoleName=ROLES[0])
    iam.update_role(RoleName=ROLES[0], MaxSessionDuration=3600)
    assert finished(account()) == [
        f"state bucket {BUCKET}: keep old versions",
        "role startup-platform-dev-deploy: let a session of it last 10800 seconds",
        "role startup-platform-dev-deploy: put it below the boundary",
        "role startup-platform-dev-deploy: say what it may do",
        "role startup-platform-dev-preview: attach SecurityAudit",
        "role startup-platform-dev-break-glass: put right who may have it",
    ]
    assert world() == made


@pytest.mark.usefixtures("cloud")
def test_a_boundary_that_was_changed_five_times_gets_its_newest_version() -> None:
    finished(account())
    arn = "arn:aws:iam::111122223333:policy/startup-platform-dev-boundary"
    for _ in range(4):
        client("iam").create_policy_version(PolicyArn=arn, PolicyDocument=OTHER, SetAsDefault=True)
    assert finished(account()) == ["policy startup-platform-dev-boundary: make a new version of it"]
    assert lacking(account()) == []


@pytest.mark.usefixtures("cloud")
def test_a_provider_that_another_repository_made_is_kept_and_is_to_learn_our_audience() -> None:
    client("iam").create_open_id_connect_provider(
        Url="https://token.actions.githubusercontent.com", ClientIDList=["other"], ThumbprintList=["0" * 40]
    )
    assert "take its word for sts.amazonaws.com too" in lacking(account())


@pytest.mark.usefixtures("cloud")
def test_a_key_that_is_about_to_be_deleted_is_said_and_not_replaced() -> None:
    finished(account())
    kms = client("kms")
    key = kms.describe_key(KeyId="alias/startup-platform-dev-state")["KeyMetadata"]["KeyId"]
    kms.schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    with pytest.raises(BootstrapError, match=f"PendingDeletion.*aws kms cancel-key-deletion --key-id {key}"):
        finished(account())


@pytest.mark.usefixtures("cloud")
def test_a_bucket_name_that_somebody_else_has_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MOTO_S3_ALLOW_CROSSACCOUNT_ACCESS", "false")
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "999988887777")
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    monkeypatch.setenv("MOTO_ACCOUNT_ID", "111122223333")
    with pytest.raises(BootstrapError) as refused:
        finished(account())
    assert f"state bucket {BUCKET}" in str(refused.value)
    assert "another account" in str(refused.value)


@pytest.mark.usefixtures("cloud")
def test_a_zone_that_is_there_is_taken_and_its_delegation_said() -> None:
    made = client("route53").create_hosted_zone(Name="dev.example.com", CallerReference="by hand")
    one = account()
    finished(one)
    assert len(client("route53").list_hosted_zones()["HostedZones"]) == 1
    asked = [sentence for step in one.steps() for sentence in step.ask()]
    zone = made["HostedZone"]["Id"].rpartition("/")[2]
    assert asked[0] == f"write into Pulumi.dev.yaml: startup-platform:domain.zone_id: {zone}"
    assert asked[1].startswith(
        "delegate dev.example.com, unless it is: in the zone of example.com, or at its registrar"
    )
    for server in made["DelegationSet"]["NameServers"]:
        assert server in asked[1]


@pytest.mark.usefixtures("cloud")
def test_two_zones_of_the_name_are_a_persons_to_choose_between() -> None:
    for reference in ("one", "two"):
        client("route53").create_hosted_zone(Name="dev.example.com", CallerReference=reference)
    with pytest.raises(BootstrapError, match=r"there are 2 public zones of dev\.example\.com"):
        finished(account())


@pytest.mark.usefixtures("cloud")
def test_a_repository_that_is_not_on_github_is_said(tmp_path: Path) -> None:
    content = yaml.safe_load((ROOT / "Pulumi.dev.yaml").read_text())
    content["config"]["startup-platform:gitops"]["repository_url"] = "https://gitlab.com/example/startup-platform"
    (tmp_path / "Pulumi.dev.yaml").write_text(yaml.safe_dump(content))
    with pytest.raises(BootstrapError, match=r"Pulumi\.dev\.yaml: startup-platform:gitops\.repository_url = .*gitlab"):
        account(folder=tmp_path).steps()


@pytest.mark.usefixtures("cloud")
@pytest.mark.parametrize(
    ("elsewhere", "kind", "asked"),
    [
        (None, "good", None),
        (frozenset[str](), "bad", "delegate dev.example.com: in the zone of example.com, or at its registrar"),
        (
            frozenset({"ns.elsewhere.example"}),
            "bad",
            "delegate dev.example.com, which is delegated to ns.elsewhere.example now: in the zone of example.com",
        ),
    ],
    ids=["to us", "to nobody", "elsewhere"],
)
def test_a_delegation_is_asked_for_until_the_public_dns_leads_here(
    elsewhere: frozenset[str] | None, kind: str, asked: str | None
) -> None:
    made = client("route53").create_hosted_zone(Name="dev.example.com", CallerReference="by hand")
    ours = frozenset(made["DelegationSet"]["NameServers"])
    one = account(servers=lambda _: ours if elsewhere is None else elsewhere)
    sentences = [each for each in one.zone.ask() if each.startswith("delegate")]
    assert [each.startswith(asked or "-") for each in sentences] == [True] * bool(asked)
    said = {each.kind for each in doctor.examine(one.aws, one.settings, one.zone, None) if "delegated" in each.sentence}
    assert said == {kind}


@pytest.mark.usefixtures("cloud")
def test_quotas_of_each_region_are_held_against_the_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    one = account(name="dev")
    said = [each.sentence for each in doctor.examine(one.aws, one.settings, one.zone, None)]
    assert "ap-northeast-2: VPCs (vpc L-F678F1CE): 5, of which the stage takes 2" in said
    by_code = {quota.code: quota.needed for quota in quotas.needed(PHASES[PhaseName.SCALEUP])}
    assert by_code == {
        "L-F678F1CE": 2,
        "L-0263D0A3": 3,
        "L-1216C47A": 400,
        "L-34B43A08": 400,
        "L-DB2E81BA": 64,
        "L-3819A6DF": 64,
    }
    assert not {"L-DB2E81BA", "L-1216C47A"} & {quota.code for quota in quotas.needed(PHASES[PhaseName.MVP])}
    more = quotas.Quota(service="vpc", code="L-F678F1CE", name="VPCs", needed=6)

    def needs(_: object) -> list[quotas.Quota]:
        return [more]

    monkeypatch.setattr("bootstrap.doctor.needed", needs)
    (short,) = [each for each in doctor.examine(one.aws, one.settings, one.zone, None) if "VPCs" in each.sentence]
    assert short.kind == "bad"
    assert "--service-code vpc --quota-code L-F678F1CE --desired-value 6" in short.sentence


def test_the_roles_that_a_keys_policy_names_are_made_in_the_phase_that_has_them() -> None:
    named = {role.split("/")[0] for purpose in encryption.PURPOSES.values() for role in purpose.linked_roles}
    assert named
    assert named <= set(services.linked(PHASES[PhaseName.GLOBAL]))
    assert "eks.amazonaws.com" not in services.linked(PHASES[PhaseName.MVP])
    assert "replication.dynamodb.amazonaws.com" not in services.linked(PHASES[PhaseName.SCALEUP])
