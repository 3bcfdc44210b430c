"""A schema of the service's own and a user of its own, which logs in by IAM (REQ-S5, REQ-S13, docs/adr/0034).

The database is reached from inside the VPC only: a function of the platform makes both when the stack asks, changes
what the user may when the description does, and takes the user away with the need. The schema stays.
"""

import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.data.schemas import statements
from components.service.place import Place
from components.service.spec import SpecError


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
        aws.lambda_.Invocation(
            f"{name}-made",
            function_name=args.function_name,
            input=json.dumps(statements.ask(args.request)),
            lifecycle_scope="CRUD",
            # One that is replaced asks for its user once more: were the old one's end to come last, it would drop it.
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
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
    user = statements.schema_of(place.spec.name)
    users = [place.scope.arn("rds-db", f"dbuser:{login}/{user}") for login in place.platform.database_login_ids]
    return [iam.Statement(sid="LogInToTheDatabaseAsItsUser", actions=["rds-db:connect"], resources=users)]
