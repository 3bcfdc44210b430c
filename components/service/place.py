"""Where one service is, and how what belongs to it is called: everything is known at preview. No resources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from components import iam, tagging
from components.naming import PROJECT, Scope
from components.service.contract import Platform
from components.service.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Place:
    """A service in a stage."""

    spec: Spec
    platform: Platform

    @property
    def scope(self) -> Scope:
        """The stage's account and region."""
        return self.platform.scope

    @property
    def tags(self) -> Mapping[str, str]:
        """Whose it is on the bill, and what it holds at worst."""
        return tagging.tier_tags(self.spec.name, self.spec.classification)

    @property
    def source(self) -> str:
        """What its events say that they come from."""
        return f"{PROJECT}.{self.spec.name}"

    def keeps(self, what: str) -> bool:
        """Whether something is protected: in this stage at all, and not released (components/service/life.py)."""
        return self.platform.destroy_protection and self.spec.keeps(what)

    def kept(self, *what: str) -> list[str]:
        """Of these what is protected, for the outputs of what made it."""
        return [f"{self.spec.name}/{each}" for each in what if self.keeps(each)]

    def name(self, *parts: str) -> str:
        """A name unique in the account and region: `startup-platform-dev-feed-...`."""
        return self.scope.name(self.spec.name, *parts)

    def trust_of(self, account: str) -> str:
        """A trust policy that lets EKS hand a role to one of the service's accounts in the stage's cluster."""
        return iam.pod_trust(
            account_id=self.scope.account_id,
            cluster_arn=self.scope.arn("eks", f"cluster/{self.platform.cluster_name}"),
            namespace=self.spec.team,
            service_account=account,
        )

    def by_key(self, sid: str, purpose: str, service: str, actions: Sequence[str]) -> iam.Statement:
        """The right to have a service of AWS's use one of the stage's keys, which a policy can name by alias only."""
        alias = f"alias/{self.scope.name(purpose)}"
        return iam.by_key(self.scope, sid, actions, alias=alias, through=service)
