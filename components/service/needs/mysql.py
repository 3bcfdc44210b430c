"""A schema of the service's own and users of its own, which log in by IAM (REQ-S5, REQ-S13, docs/adr/0034).

The database is reached from inside the VPC only: a function of the platform makes them when the stack asks, changes
what they may when the description does, and takes the users away with the need. The schema stays.

Tables change before a release, in a Job of the chart (k8s/charts/service) whose account has a role of its own: the one
that logs in as the user that may change them. Pods cannot.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.schemas import statements
from components.foundation.roles import role_with_policy
from components.service.life import KEEPS
from components.service.needs import given
from components.service.place import Place
from components.service.spec import SpecError

MIGRATION = "migration"  # after the service's name: the account of the chart's Job


@dataclass(frozen=True, kw_only=True)
class DatabaseUserArgs:
    """Who asks, and whom."""

    place: Place
    request: statements.Request
    function_name: str


class DatabaseUser(pulumi.ComponentResource):
    """One call of the platform's function, repeated whenever what is asked for changes."""

    def __init__(self, name: str, args: DatabaseUserArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:DatabaseUser", name, None, opts)
        writes = args.request.access == "write"
        kept = writes and args.place.keeps("mysql")
        aws.lambda_.Invocation(
            f"{name}-made",
            function_name=args.function_name,
            input=json.dumps(statements.ask(args.request)),
            lifecycle_scope="CRUD",
            # One that is replaced asks for its user once more: were the old one's end to come last, it would drop it.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True, protect=kept, retain_on_delete=kept),
        )
        self.register_outputs({KEEPS: args.place.kept("mysql") if writes else []})


@dataclass(frozen=True, kw_only=True)
class MigrationArgs:
    """Whose schema changes, and what has to be there before."""

    place: Place
    after: Sequence[pulumi.Resource]


class Migration(pulumi.ComponentResource):
    """The role of the Job that changes the schema, and the account that gets it."""

    def __init__(self, name: str, args: MigrationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:service:Migration", name, None, opts)
        place, spec, child = args.place, args.place.spec, pulumi.ResourceOptions(parent=self)
        account = f"{spec.name}-{MIGRATION}"
        role, may = role_with_policy(
            f"{name}-job",
            description=f"Changes the schema of {spec.team}/{spec.name} before a release",
            trust=place.trust_of(account),
            policy=iam.document(*migration_rights(place)),
            tags=place.tags,
            opts=child,
            role_name=place.name(MIGRATION),
        )
        aws.eks.PodIdentityAssociation(
            f"{name}-job",
            cluster_name=place.platform.cluster_name,
            namespace=spec.team,
            service_account=account,
            role_arn=role.arn,
            tags=place.tags,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[may, *args.after]),
        )
        self.register_outputs({})


def request(place: Place) -> statements.Request | None:
    """What the service asks of the stage's database, if anything.

    Raises:
        SpecError: MySQL or RDS has the name of the service for something of its own.
    """
    needs = place.spec.needs
    if needs.mysql is None:
        return None
    try:
        statements.schema_of(place.spec.name)
    except statements.RequestError as problem:
        raise SpecError(f"{place.spec.name}: needs.mysql: {problem}") from None
    return statements.Request(service=place.spec.name, access=needs.mysql, reads=needs.mysql_reads)


def rights(place: Place) -> list[iam.Statement]:
    """To log in to the database as its user, through the proxy where there is one; what it may there, MySQL says."""
    if place.spec.needs.mysql is None:
        return []
    return [_log_in("LogInToTheDatabaseAsItsUser", place, statements.schema_of(place.spec.name))]


def migration_rights(place: Place) -> list[iam.Statement]:
    """To learn where the database is, and to log in to it as the user that changes the schema."""
    user = statements.migrator_of(place.spec.name)
    return [given.contract(place), _log_in("LogInToTheDatabaseAsTheUserThatMigrates", place, user)]


def _log_in(sid: str, place: Place, user: str) -> iam.Statement:
    users = [place.scope.arn("rds-db", f"dbuser:{login}/{user}") for login in place.platform.database_login_ids]
    return iam.Statement(sid=sid, actions=["rds-db:connect"], resources=users)
