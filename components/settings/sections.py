"""The sections of a stage file. A key's meaning, unit and range is its description, and nowhere else.

The error messages, docs/settings.md and the JSON Schema that editors complete stage files with are made from it. What
must hold between sections is beside `Settings` (stage.py).
"""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, SecretStr
from pydantic_core import PydanticCustomError

from components.foundation import addressing
from components.strict import Strict

Zones = Literal["a", "b", "c", "d"]

# Of what may reach the Kubernetes API from outside: an organisation's addresses, and no half of the internet.
WIDEST_CALLER = 16
PRIVATE_NETWORKS = tuple(IPv4Network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


def _is_vpc(network: IPv4Network) -> IPv4Network:
    if network.prefixlen != addressing.VPC_PREFIX:
        raise PydanticCustomError(
            "vpc_size",
            "is not a /16 (requirement REQ-E3). Each zone takes one public /20 and one private /18; "
            "give a /16 such as 10.20.0.0/16",
        )
    if not network.is_private:
        raise PydanticCustomError("vpc_private", "is not a private network (RFC 1918); give one such as 10.20.0.0/16")
    return network


def _are_distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(names)) != len(names):
        raise PydanticCustomError("repeated", "names one twice; give each once")
    return names


class NetworkSettings(Strict):
    """The VPC of one region."""

    cidr: Annotated[
        IPv4Network,
        Field(description="addresses of the VPC: a private /16 that no other VPC has, such as 10.20.0.0/16"),
        AfterValidator(_is_vpc),
    ]
    zones: Annotated[
        tuple[Zones, ...],
        Field(
            min_length=addressing.ZONES,
            max_length=addressing.ZONES,
            description="letters of the three availability zones (REQ-E3), such as [a, b, c]",
        ),
        AfterValidator(_are_distinct),
    ]


class DomainSettings(Strict):
    """The names under which users find the stage."""

    name: Annotated[
        str,
        Field(
            max_length=190,  # leaves room for the labels that we put before it
            pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$",
            description="the stage's domain in lower case, such as dev.example.com",
        ),
    ]
    zone_id: Annotated[
        str,
        Field(
            pattern=r"^Z[A-Z0-9]{8,32}$",
            description="id of the domain's public Route 53 zone, such as Z0123456789ABCDEFGHIJ",
        ),
    ]


class EdgeSettings(Strict):
    """The front door."""

    origin_secret_epoch: Annotated[
        int,
        Field(
            ge=1,
            le=9999,
            description="number, 1 to 9999, of the secret that CloudFront shows the load balancer; "
            "raise it by one and deploy to rotate it",
        ),
    ]


class OauthClient(Strict):
    """A client that a social identity provider has registered for us."""

    client_id: Annotated[str, Field(min_length=1, description="the client id that the provider gave out")]
    client_secret: Annotated[
        SecretStr,
        Field(min_length=1, description="the client's secret, set with `pulumi config set --secret --path`"),
    ]


class AppleClient(Strict):
    """A services id of Sign in with Apple."""

    services_id: Annotated[str, Field(min_length=1, description="the services id, such as com.example.dev")]
    team_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$", description="the team id: 10 letters and digits")]
    key_id: Annotated[str, Field(pattern=r"^[A-Z0-9]{10}$", description="the key id: 10 letters and digits")]
    private_key: Annotated[
        SecretStr, Field(min_length=1, description="the key's text, set with `pulumi config set --secret --path`")
    ]


class SocialSettings(Strict):
    """Who else may say who a user is (REQ-S3); a provider that is left out is not offered."""

    google: Annotated[OauthClient | None, Field(description="Google: client_id, client_secret")] = None
    kakao: Annotated[OauthClient | None, Field(description="Kakao: client_id, client_secret")] = None
    apple: Annotated[AppleClient | None, Field(description="Apple: services_id, team_id, key_id, private_key")] = None


class IdentitySettings(Strict):
    """Users and their mail."""

    sender: Annotated[
        str,
        Field(
            pattern=r"^[a-z0-9._+-]+@[a-z0-9.-]+$",
            description="address that codes and invitations come from, below the stage's domain, such as "
            "no-reply@dev.example.com",
        ),
    ]
    social: Annotated[SocialSettings, Field(description="social sign-in: any of google, kakao, apple; {} for none")]


class RegistrySettings(Strict):
    """Container images."""

    repositories: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=64)], ...],
        Field(min_length=1, max_length=100, description="image repositories, a slug each, such as [api, feed]"),
        AfterValidator(_are_distinct),
    ]


def _is_named_network(network: IPv4Network) -> IPv4Network:
    if network.prefixlen < WIDEST_CALLER:
        raise PydanticCustomError(
            "too_wide",
            "is wider than a /{widest}; give the networks of those who work, such as 203.0.113.0/24",
            {"widest": WIDEST_CALLER},
        )
    if any(network.overlaps(each) for each in PRIVATE_NETWORKS):
        raise PydanticCustomError(
            "private_caller", "is private, and no caller from outside has such an address; give public ones"
        )
    return network


class ClusterSettings(Strict):
    """Who reaches the Kubernetes API (REQ-Y1)."""

    endpoint: Annotated[
        Literal["private", "public"],
        Field(
            description="private: from inside the VPC only, deployments by a runner in it; or public: from public_cidrs"
            " too"
        ),
    ]
    public_cidrs: Annotated[
        tuple[Annotated[IPv4Network, AfterValidator(_is_named_network)], ...],
        Field(
            max_length=40,  # https://docs.aws.amazon.com/eks/latest/userguide/cluster-endpoint.html
            description="networks, at most 40, that reach a public endpoint, such as [203.0.113.0/24]; [] for a "
            "private one",
        ),
    ]


class SignOnSettings(Strict):
    """Who says who comes into ArgoCD: an OpenID provider of the company's."""

    url: Annotated[str, Field(pattern=r"^https://.+", description="where ArgoCD is reached, an https:// address")]
    issuer: Annotated[str, Field(pattern=r"^https://.+", description="the provider, such as https://example.okta.com")]
    client_id: Annotated[str, Field(min_length=1, description="the client id that the provider gave out")]
    admins: Annotated[str, Field(min_length=1, description="the provider's group that may do everything")]


class GitOpsSettings(Strict):
    """What ArgoCD follows (REQ-S11)."""

    repository_url: Annotated[
        str,
        Field(
            pattern=r"^https://[^/]+/.+$",
            description="this repository's https:// address, such as https://github.com/example/startup-platform",
        ),
    ]
    revision: Annotated[str, Field(min_length=1, description="a branch or a tag of it, such as main")]
    sign_on: Annotated[
        SignOnSettings | None,
        Field(description="who says who comes in: url, issuer, client_id, admins; left out, nobody but by the API"),
    ] = None


class DeploymentSettings(Strict):
    """Which repository on GitHub may deploy the stage, by numbers that a name's next owner does not get (REQ-S13)."""

    owner_id: Annotated[
        int,
        Field(ge=1, description="number of the organisation or user: `gh api repos/OWNER/NAME --jq .owner.id`"),
    ]
    repository_id: Annotated[
        int,
        Field(ge=1, description="number of the repository of gitops: `gh api repos/OWNER/NAME --jq .id`"),
    ]
    subject: Annotated[
        Literal["numbers", "names"],
        Field(
            description="numbers: its tokens say repo:OWNER@NUMBER/NAME@NUMBER, as those of repositories made, renamed "
            "or moved since 2026-07-15 do; or names: repo:OWNER/NAME, as those of older ones do"
        ),
    ]
    connection_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:codeconnections:[a-z0-9-]+:\d{12}:connection/[0-9a-f-]{36}$",
            description="ARN of the connection to GitHub that `make bootstrap` makes and a person completes; with it "
            "there is a runner in the VPC, which a private cluster.endpoint needs; null for none",
        ),
    ] = None


class TelemetrySettings(Strict):
    """Where traces, metrics and logs go beside AWS (REQ-O2)."""

    datadog: Annotated[
        bool, Field(description="true or false: whether Datadog gets them too, by a key in Secrets Manager")
    ]


class SlackSettings(Strict):
    """A channel of a workspace that let AWS's app in, which a person does once in the console."""

    workspace_id: Annotated[
        str, Field(pattern=r"^T[A-Z0-9]{2,}$", description="number of the workspace, such as T07EA123LEP")
    ]
    channel_id: Annotated[
        str, Field(pattern=r"^[CG][A-Z0-9]{2,}$", description="number of the channel, such as C07EZ1ABC23")
    ]


class ContactSettings(Strict):
    """Whom AWS writes to."""

    alarms: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9._+-]+@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+$",
            description="e-mail address that alarms and failed deliveries go to",
        ),
    ]
    slack: Annotated[
        SlackSettings | None,
        Field(
            description="channel that reads the same alarms: workspace_id, channel_id; left out, there is none (REQ-N4)"
        ),
    ] = None


class EncryptionSettings(Strict):
    """The keys of the stage."""

    # https://docs.aws.amazon.com/kms/latest/APIReference/API_ScheduleKeyDeletion.html
    deletion_window_days: Annotated[
        int, Field(ge=7, le=30, description="days, 7 to 30, in which a deleted key can still be saved")
    ]


class CostSettings(Strict):
    """What the stage may spend."""

    budget_percent: Annotated[
        int,
        Field(ge=1, le=100, description="percent, 1 to 100, of its phase's budget (REQ-F1) that the stage may spend"),
    ]
    krw_per_usd: Annotated[
        float,
        Field(
            ge=500,
            le=5000,
            description="won, 500 to 5000, that a US dollar costs, since AWS bills in dollars",
        ),
    ]
    braked_roles: Annotated[
        tuple[Annotated[str, Field(pattern=r"^[\w+=,.@-]{1,64}$")], ...],
        Field(
            max_length=100,  # https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_IamActionDefinition.html
            description="names of IAM roles of the account that create nothing more that costs, once somebody says so "
            "after the budget is spent; [] for none",
        ),
        AfterValidator(_are_distinct),
    ]
    anomaly_monitor_arn: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:ce::\d{12}:anomalymonitor/[0-9a-f-]{36}$",
            description="ARN of the monitor of all services that the account already has, as AWS makes one for new "
            "accounts and allows no second; null to make it",
        ),
    ]


class AnalyticsSettings(Strict):
    """Who looks at the lake."""

    quicksight_owner: Annotated[
        str | None,
        Field(
            pattern=r"^arn:aws:quicksight:[a-z0-9-]+:\d{12}:(user|group)/[^/]+/.+$",
            description="ARN of the QuickSight user or group that owns the dashboards; left out, nothing is made in "
            "QuickSight, whose subscription a person makes (REQ-S7)",
        ),
    ] = None


class ModelSettings(Strict):
    """A model that somebody has approved (REQ-S8)."""

    image: Annotated[
        str,
        Field(
            pattern=r"^\d{12}\.dkr\.ecr\.[a-z0-9-]+\.amazonaws\.com/[a-z0-9/_.-]+@sha256:[0-9a-f]{64}$",
            description="image that serves it, in ECR and by digest, as its model package says",
        ),
    ]
    artifact_key: Annotated[
        str,
        Field(
            pattern=r"^[A-Za-z0-9][A-Za-z0-9/_.-]*\.tar\.gz$",
            description="key of the model below models/ of the curated bucket, such as "
            "pipelines-abc-Train-xyz/output/model.tar.gz",
        ),
    ]


class IntelligenceSettings(Strict):
    """What our own models serve."""

    model: Annotated[
        ModelSettings | None,
        Field(description="the model behind the endpoint: image, artifact_key; left out, there is no endpoint"),
    ] = None
