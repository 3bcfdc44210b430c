"""Physical names and ARNs, built from what is known before anything exists.

A policy can only judge what is known at preview, and a least-privilege statement needs the ARN of a thing before AWS
has made it. Names are explicit only where a policy or the contract needs them; the rest are named by the provider.
"""

from dataclasses import dataclass

PROJECT = "startup-platform"
# CloudFront takes certificates, firewalls and log deliveries from this region only.
EDGE_REGION = "us-east-1"


@dataclass(frozen=True, kw_only=True)
class Scope:
    """Where names live: one stage, in one account and region."""

    stage: str
    account_id: str  # 12 digits
    region: str  # such as ap-northeast-2

    def name(self, *parts: str) -> str:
        """A name unique in the account and region: `startup-platform-dev-...`."""
        return "-".join((PROJECT, self.stage, *parts))

    def path(self, *parts: str) -> str:
        """A hierarchical name, for log groups and parameters: `/startup-platform/dev/...`."""
        return "/" + "/".join((PROJECT, self.stage, *parts))

    def arn(self, service: str, resource: str, *, region: str | None = None) -> str:
        """An ARN in this account; `region=""` for a global service such as IAM."""
        place = self.region if region is None else region
        return f"arn:aws:{service}:{place}:{self.account_id}:{resource}"

    @property
    def root(self) -> str:
        """The principal that stands for the account: its root user, and whom IAM lets act for it."""
        return self.arn("iam", "root", region="")


def runner_name(scope: Scope) -> str:
    """The project of CodeBuild that runs a stage's deployments inside its VPC, as `runs-on` says."""
    return scope.name("runner")
