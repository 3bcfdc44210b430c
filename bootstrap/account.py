"""Everything that a stage's account needs before its first `up`, in the order in which it can be made."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bootstrap import access, documents, looking, services
from bootstrap.aws import Aws
from bootstrap.connection import Connection
from bootstrap.dns import ServersOf, name_servers
from bootstrap.domain import Zone
from bootstrap.errors import BootstrapError
from bootstrap.names import Names
from bootstrap.plan import Step
from bootstrap.stack import Run, Stack, run
from bootstrap.state import Key, StateBucket
from components import tagging
from components.repository import Repository
from components.settings import Settings

APPLICATION = "bootstrap"


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account of one stage."""

    settings: Settings
    aws: Aws
    project: Path
    profile: str | None = None
    run: Run = run
    servers_of: ServersOf = name_servers

    @property
    def names(self) -> Names:
        """What its own things are called."""
        return Names(scope=self.settings.scope())

    @property
    def zone(self) -> Zone:
        """Where the stage's names live."""
        domain = self.settings.domain
        return Zone(
            aws=self.aws,
            stage=self.settings.stage,
            name=domain.name,
            zone_id=domain.zone_id,
            servers_of=self.servers_of,
        )

    @property
    def connection(self) -> Connection | None:
        """The way from CodeBuild to GitHub; None where no runner deploys the stage, nor will have to."""
        given = self.settings.deployments.connection_arn
        if given is None and self.settings.cluster.endpoint == "public":
            return None
        return Connection(aws=self.aws, names=self.names, arn=given, repository=self._repository(), tags=self._tags)

    def steps(self) -> list[Step]:
        """The plan.

        Raises:
            BootstrapError: the repository that deploys is not on GitHub.
        """
        aws, names, tags, settings = self.aws, self.names, self._tags, self.settings
        state, secrets = self._keys()
        bucket = StateBucket(aws=aws, names=names, key=state, tags=tags)
        boundary = access.Boundary(aws=aws, names=names, policy=documents.boundary(names), tags=tags)
        stack = Stack(aws=aws, names=names, project=self.project, profile=self.profile, run=self.run)
        return [
            state.step(),
            secrets.step(),
            bucket.step(),
            access.provider(aws, names, tags),
            boundary.step(),
            *(role.step() for role in self._roles(self._repository())),
            services.step(aws, services.linked(settings.growth)),
            *([self.connection.step()] if self.connection else []),
            self.zone.step(),
            stack.step(),
        ]

    @property
    def _tags(self) -> dict[str, str]:
        return {
            **self.settings.stage_tags,
            **tagging.tier_tags(APPLICATION, tagging.Classification.RESTRICTED),
        }

    def _keys(self) -> tuple[Key, Key]:
        names = self.names
        return (
            Key(
                aws=self.aws,
                alias=names.state_alias,
                description=f"The Pulumi state of {names.stack}",
                policy=documents.state_key(names),
                tags=self._tags,
            ),
            Key(
                aws=self.aws,
                alias=names.secrets_alias,
                description=f"What is secret in the Pulumi state and the stage file of {names.stack}",
                policy=documents.secrets_key(names),
                tags=self._tags,
            ),
        )

    def _repository(self) -> Repository:
        found = self.settings.repository
        if found is None:
            raise BootstrapError(
                f"Pulumi.{self.settings.stage}.yaml: startup-platform:gitops.repository_url = "
                f"{self.settings.gitops.repository_url} is no repository on github.com, whose workflows deploy; give "
                "one such as https://github.com/example/startup-platform"
            )
        return found

    def _roles(self, repository: Repository) -> Sequence[access.Role]:
        names, settings = self.names, self.settings
        linked = services.deployable(settings.growth)
        regions = [settings.region, settings.other_region]

        def workflow(
            title: str,
            description: str,
            inline: str,
            managed: Sequence[str] = (),
            seconds: int = access.SESSION_SECONDS,
        ) -> access.Role:
            return access.Role(
                aws=self.aws,
                names=names,
                title=title,
                description=description,
                trust=documents.workflow_trust(names, repository, title),
                inline=inline,
                managed=managed,
                session_seconds=seconds,
                tags=self._tags,
            )

        return [
            workflow(
                "deploy",
                f"Deploys {names.stack} from GitHub",
                documents.deploy(names, regions=regions, linked=linked, connection=settings.deployments.connection_arn),
                seconds=access.DEPLOY_SECONDS,
            ),
            workflow(
                "preview",
                f"Previews {names.stack} from GitHub, and changes nothing",
                looking.preview(names),
                looking.SEES,
            ),
            access.Role(
                aws=self.aws,
                names=names,
                title="break-glass",
                description=f"For people, when nothing else helps {names.stack}",
                trust=documents.people_trust(names),
                inline=None,
                managed=[documents.EVERYTHING],
                bounded=False,
                tags=self._tags,
            ),
        ]
