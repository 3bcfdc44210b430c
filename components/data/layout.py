"""Where things are in the lake (pure): what writes a key and the table that reads it both take it from here.

A day is a date in UTC, as the services write `ts`; a question of Korea's calendar adds nine hours in its query, and
reads a day more than it asks for.
"""

from dataclasses import dataclass

from components.naming import Scope

EVENTS = "events"  # prefixes of the raw bucket
SNAPSHOTS = "snapshots"
COSTS = "costs"
LOGS = "logs"
MODELS = f"{LOGS}/models"  # what Bedrock's models were asked
INFERENCES = f"{LOGS}/inferences"  # some of what ours were asked
ERRORS = "errors"
DATABASE = "app"  # the schema in Aurora whose tables are snapshot; the first migration makes it
SNAPSHOT_TABLES = ("posts", "subscriptions", "users")
SPEND = "marketing_spend"  # prefixes of the curated bucket
FEATURES = "features"
TRAINING = "training"  # a folder a run: examples, and how its model was judged
ARTIFACTS = "models"
FEATURES_TABLE = "user_features"  # what Athena calls all values that features ever had
FIRST_DAY = "2026-01-01"  # no event and no log is older than the project

# Words of jq, in which Firehose finds the day of an event (REQ-T2). Anything but an ISO 8601 time in UTC is an error,
# so that such an event goes to the errors and never to a partition that no query reads.
DAY_OF_EVENT = '{day:(.ts|sub("[.][0-9]+Z$";"Z")|strptime("%Y-%m-%dT%H:%M:%SZ")|strftime("%Y-%m-%d"))}'
EVENT_PREFIX = f"{EVENTS}/day=!{{partitionKeyFromQuery:day}}/"
# By the time of arrival, UTC, which is Firehose's own.
LOG_PREFIX = f"{LOGS}/{{title}}/day=!{{timestamp:yyyy-MM-dd}}/"
ERROR_PREFIX = f"{ERRORS}/{{title}}/!{{firehose:error-output-type}}/day=!{{timestamp:yyyy-MM-dd}}/"


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Names and places of one stage's lake, known before it exists."""

    scope: Scope

    def bucket(self, zone: str) -> str:
        """The bucket of a zone: raw, curated or results."""
        return self.scope.name(f"lake-{zone}", self.scope.account_id, self.scope.region)

    @property
    def database(self) -> str:
        """The Glue database; Athena takes no hyphens without quotes, so it has none."""
        return self.scope.name("lake").replace("-", "_")

    @property
    def workgroup(self) -> str:
        """The Athena workgroup."""
        return self.scope.name("analytics")

    @property
    def stream_arn(self) -> str:
        """The stream of events."""
        return self.scope.arn("kinesis", f"stream/{self.scope.name('user-events')}")

    @property
    def catalog_arns(self) -> list[str]:
        """Catalogue, database and tables: what a right to read a table's description names."""
        return [
            self.scope.arn("glue", "catalog"),
            self.scope.arn("glue", f"database/{self.database}"),
            self.scope.arn("glue", f"table/{self.database}/*"),
        ]

    @property
    def export(self) -> str:
        """The cost and usage export, whose name is a part of its keys."""
        return self.scope.name("costs")


def arns(bucket: str, *prefixes: str) -> list[str]:
    """The objects below prefixes of a bucket."""
    return [f"arn:aws:s3:::{bucket}/{prefix}/*" for prefix in prefixes]
