"""What the account's own things are called: before any of them exists, and whatever the stage grows to. Pure."""

from dataclasses import dataclass

from components import iam
from components.naming import Scope

GITHUB = "token.actions.githubusercontent.com"
# https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws
AUDIENCE = "sts.amazonaws.com"


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names and ARNs of one stage; those of roles are what the cluster's access entries expect (REQ-S10)."""

    scope: Scope

    @property
    def state_bucket(self) -> str:
        """Names of buckets are shared by the whole world, so the account and the region are part of it."""
        return self.scope.name("state", self.scope.account_id, self.scope.region)

    @property
    def state_alias(self) -> str:
        """Of the key that encrypts the state."""
        return f"alias/{self.scope.name('state')}"

    @property
    def secrets_alias(self) -> str:
        """Of the key that encrypts what is secret within state and stage file; not that of the stage's own secrets."""
        return f"alias/{self.scope.name('stack-secrets')}"

    @property
    def stack(self) -> str:
        """What the encryption context says: whose secrets these are."""
        return self.scope.name()

    @property
    def backend(self) -> str:
        """For `pulumi login`."""
        return f"s3://{self.state_bucket}?region={self.scope.region}"

    @property
    def secrets_provider(self) -> str:
        """For `pulumi stack init`.

        One word of context and no second: with two the engine gives both the first one's value
        (https://github.com/pulumi/pulumi/issues/21068).
        """
        return f"awskms://{self.secrets_alias}?region={self.scope.region}&context_stack={self.stack}"

    @property
    def provider_arn(self) -> str:
        """GitHub as who says who a workflow is; an account has one."""
        return self._iam(f"oidc-provider/{GITHUB}")

    @property
    def boundary(self) -> str:
        """The policy that no role of a deployment gets beyond."""
        return self.boundary_arn.rpartition("/")[2]

    @property
    def boundary_arn(self) -> str:
        """As roles name it."""
        return iam.boundary_arn(self.scope)

    @property
    def connection(self) -> str:
        """The way from CodeBuild to GitHub; 1 to 32 letters."""
        return self.scope.name()

    def role(self, title: str) -> str:
        """`deploy`, `preview` or `break-glass`."""
        return self.scope.name(title)

    def role_arn(self, title: str) -> str:
        """The same as others name it."""
        return self._iam(f"role/{self.role(title)}")

    def _iam(self, resource: str) -> str:
        return self.scope.arn("iam", resource, region="")


def environments(stage: str) -> dict[str, str]:
    """GitHub's environments by role, as .github/environments.json sets them.

    That of `deploy` is to have reviewers, that of `preview` is for any branch.
    """
    return {"deploy": stage, "preview": f"preview-{stage}"}
