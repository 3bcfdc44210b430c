"""Changes of this repository whose stacks, URNs, exit code and lines of the comment were written by hand: data.

What each says is what somebody who reads the pull request has to be told. `make nightly` goes all of them; that each
still finds its place is looked at in every run (tests/claims/test_seeded.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from ops.diff.model import Exit, Kind

PLATFORM = [".:dev", ".:prod", ".:stg"]
SERVICES = [
    f"services/{name}:{stage}"
    for name in ("api", "auth", "feed", "notification-ws", "recommendation-worker", "web")
    for stage in ("dev", "prod", "stg")
]
FEED = ["services/feed:dev", "services/feed:prod", "services/feed:stg"]
OF_FEED = "urn:pulumi:dev::feed::startup-platform:service:Service$"
QUEUE_OF_FEED = f"{OF_FEED}startup-platform:service:Queue$"
PLATFORM_OF_DEV = "urn:pulumi:dev::startup-platform::startup-platform:index:Platform$"
REGION = f"{PLATFORM_OF_DEV}startup-platform:index:Region$"
STORES = f"{REGION}startup-platform:index:Stores$startup-platform:"
REHEARSAL = "operations:Recovery$aws:backup/restoreTestingSelection:RestoreTestingSelection::"
MESSAGING = f"{STORES}data:Messaging$"
DETECTION = f"{REGION}startup-platform:operations:Detection$"
TARGET = "aws:cloudwatch/eventTarget:EventTarget"
INSTANCES = f"{REGION}startup-platform:compute:Instances$"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """One place of a file; an empty `old` is the end of the file."""

    file: str
    old: str = ""
    new: str

    def made_in(self, text: str) -> str:
        """The file's text after it.

        Raises:
            AssertionError: its place is not there, or not once.
        """
        if not self.old:
            return text + self.new
        assert text.count(self.old) == 1, self
        return text.replace(self.old, self.new)


@dataclass(frozen=True, kw_only=True)
class Seeded:
    """A change, and all that is to be said of it.

    Attributes:
        before: edits that the base has already.
        edits: the change.
        stacks: what it touches, as `folder:stage`.
        project: the folder of the stack that is compared, in stage dev.
        changes: what becomes of each resource, by URN.
        lines: that the comment has, whole.
        absent: what no line may have.
    """

    before: Sequence[Edit] = ()
    edits: Sequence[Edit]
    stacks: Sequence[str]
    project: str
    exit: Exit
    changes: Mapping[str, Kind] = field(default_factory=dict[str, Kind])
    lines: Sequence[str]
    absent: Sequence[str] = ()


KEYS = ("Application", "Compliance", "CostCenter", "DataClassification", "Environment", "Owner")
UNTAGGED = (
    f"| **`TAG-001[{', '.join(KEYS)}]`**<br>`aws:s3/bucket:Bucket uploads` | "
    + "<br>".join(f"tags.{key} is absent" for key in KEYS)
    + "<br>rule: every taggable resource carries Environment, Owner, CostCenter, Application, DataClassification, "
    "Compliance<br>fix: add the tag to the resource's tags, or to the provider's default\\_tags |"
)
IMPORT = "\nimport pulumi_aws as aws  # noqa: E402\n\n"
TAGS = (
    '{"Environment": "dev", "Owner": "discovery", "CostCenter": "CC-2002", "Application": "feed", '
    '"DataClassification": "internal", "Compliance": "isms-p+soc2"}'
)
PARTNER = "urn:pulumi:dev::feed::aws:sns/topic:Topic::partner"


def _exempted_until(day: date) -> str:
    return f"""exemptions:
  - rule: ENC-006
    key: kmsMasterKeyId
    urn: {PARTNER}
    expected: [{PARTNER}]
    reason: The partner cannot use our key before its release in March.
    owner: team-feed
    approved_by: team-security
    expires: {day.isoformat()}
"""


YESTERDAY = date.today() - timedelta(days=1)

SEEDED: Mapping[str, Seeded] = {
    "one service only": Seeded(
        edits=[Edit(file="services/feed/service.yaml", old="  redis: true\n", new="  redis: true\n  queue: true\n")],
        stacks=FEED,
        project="services/feed",
        exit=Exit.OK,
        changes={
            f"{QUEUE_OF_FEED}aws:sqs/queue:Queue::feed-queue-queue": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:sqs/queue:Queue::feed-queue-failed": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:sqs/queuePolicy:QueuePolicy::feed-queue-queue": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:sqs/queuePolicy:QueuePolicy::feed-queue-failed": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:sqs/redriveAllowPolicy:RedriveAllowPolicy::feed-queue-failed": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:cloudwatch/metricAlarm:MetricAlarm::feed-queue-age": Kind.CREATE,
            f"{QUEUE_OF_FEED}aws:cloudwatch/metricAlarm:MetricAlarm::feed-queue-failed": Kind.CREATE,
            f"{OF_FEED}aws:iam/rolePolicy:RolePolicy::feed-may-queue": Kind.CREATE,
            f"{OF_FEED}startup-platform:service:Watching$aws:cloudwatch/dashboard:Dashboard::feed-watching-dashboard": (
                Kind.UPDATE
            ),
        },
        lines=[
            "## `dev` of `services/feed`: 1 to update, 8 to create",
            "### Created (8)",
            "| `feed-queue-queue` | `aws:sqs/queue:Queue` |",
            "| `feed-may-queue` | `aws:iam/rolePolicy:RolePolicy` |",
        ],
        absent=["Policies", "holds data"],
    ),
    "an untagged bucket": Seeded(
        edits=[
            Edit(
                file="services/feed/__main__.py",
                new=f'{IMPORT}aws.s3.Bucket("uploads", bucket="uploads-of-feed")\n',
            )
        ],
        stacks=FEED,
        project="services/feed",
        exit=Exit.FAILED,
        changes={"urn:pulumi:dev::feed::aws:s3/bucket:Bucket::uploads": Kind.CREATE},
        lines=[
            "## `dev` of `services/feed`: 1 to create",
            "> Policies block this: `ENC-014`, `PUB-015`, `TAG-001`, `TLS-005`.",
            "### Policies: new findings (5)",
            UNTAGGED,
            "### Created (1)",
            "| `uploads` | `aws:s3/bucket:Bucket` |",
        ],
        absent=["holds data"],
    ),
    "a no-op": Seeded(
        edits=[Edit(file="components/data/aurora.py", new="\n# Said once more, and nothing else.\n")],
        stacks=PLATFORM,
        project=".",
        exit=Exit.OK,
        lines=["## `dev`: no change", "The stack stays as it is."],
        absent=["###", "> "],
    ),
    "an Aurora property that replaces the cluster": Seeded(
        edits=[
            Edit(file="components/data/aurora.py", old="joins else MASTER_USERNAME", new='joins else "another"'),
        ],
        stacks=PLATFORM,
        project=".",
        exit=Exit.DESTROYS,
        changes={
            f"{STORES}data:Aurora$aws:rds/cluster:Cluster::database-cluster": Kind.REPLACE,
            # What names the cluster by its id, which a replacement has another of.
            f"{STORES}data:Aurora$aws:rds/clusterInstance:ClusterInstance::database-0": Kind.REPLACE,
            f"{STORES}operations:Recovery$aws:backup/selection:Selection::recovery-database": Kind.REPLACE,
            f"{STORES}operations:Recovery$aws:backup/selection:Selection::recovery-sessions": Kind.REPLACE,
            f"{STORES}{REHEARSAL}recovery-rehearsal-database": Kind.UPDATE,
            f"{STORES}{REHEARSAL}recovery-rehearsal-sessions": Kind.UPDATE,
            f"{INSTANCES}aws:iam/rolePolicy:RolePolicy::instances-database": Kind.UPDATE,
            # What says where it is, and who logs in.
            f"{STORES}data:Credentials$aws:secretsmanager/secretVersion:SecretVersion::database-credentials-first": (
                Kind.UPDATE
            ),
            f"{REGION}startup-platform:operations:Access$aws:ssm/document:Document::access-to-aurora": Kind.UPDATE,
            f"{PLATFORM_OF_DEV}aws:ssm/parameter:Parameter::contract": Kind.UPDATE,
        },
        lines=[
            "## `dev`: 4 to replace, 6 to update",
            "> **2 that hold data would be deleted or replaced**: **`database-cluster`**, **`database-0`**.",
            "> Merging this needs somebody's word for it (docs/ci.md).",
            "### Replaced (4)",
            (
                "| **`database-cluster`**<br>`aws:rds/cluster:Cluster` | **holds data**<br>"
                "**`masterUsername`**: platform → another |"
            ),
            (
                "| **`database-0`**<br>`aws:rds/clusterInstance:ClusterInstance` | **holds data**<br>"
                "**`clusterIdentifier`**: startup-platform-dev-database → known after the deployment |"
            ),
            "| S5 | replace database-cluster, replace database-0 |",
        ],
    ),
    "a deleted queue": Seeded(
        edits=[
            Edit(
                file="components/data/messaging.py",
                old='        undelivered = self._queue("undelivered", days=FAILED_DAYS, '
                "publishers=[rule_arn, self.bus_arn, told])\n"
                '        failed = self._queue("failed", days=FAILED_DAYS)\n',
                new='        undelivered = failed = self._queue("failed", days=FAILED_DAYS, '
                "publishers=[rule_arn, self.bus_arn, told])\n",
            ),
            Edit(
                file="components/data/messaging.py",
                old="        self._sets_aside(\n"
                '            "undelivered", undelivered, {"redrivePermission": "denyAll"}\n'
                "        )  # only rules and the bus write to it\n",
                new="",
            ),
        ],
        stacks=[*PLATFORM, *SERVICES],  # a service's queue is cut as the platform's are
        project=".",
        exit=Exit.DESTROYS,
        changes={
            f"{MESSAGING}aws:sqs/queue:Queue::messaging-undelivered": Kind.DELETE,
            f"{MESSAGING}aws:sqs/queuePolicy:QueuePolicy::messaging-undelivered": Kind.DELETE,
            f"{MESSAGING}aws:sqs/redriveAllowPolicy:RedriveAllowPolicy::messaging-undelivered": Kind.DELETE,
            f"{MESSAGING}aws:cloudwatch/eventBus:EventBus::messaging-bus": Kind.UPDATE,
            f"{MESSAGING}aws:cloudwatch/eventTarget:EventTarget::messaging-work": Kind.UPDATE,
            f"{MESSAGING}aws:sqs/queuePolicy:QueuePolicy::messaging-failed": Kind.UPDATE,
            # What the alarms' topic would not take was set aside there as well.
            f"{STORES}operations:Recovery${TARGET}::recovery-failures": Kind.UPDATE,
            f"{DETECTION}{TARGET}::detection-access-told": Kind.UPDATE,
            f"{DETECTION}{TARGET}::detection-guardduty-told": Kind.UPDATE,
            f"{DETECTION}{TARGET}::detection-hub-told": Kind.UPDATE,
        },
        lines=[
            "## `dev`: 3 to delete, 7 to update",
            "> **1 that holds data would be deleted or replaced**: **`messaging-undelivered`**.",
            "> Merging this needs somebody's word for it (docs/ci.md).",
            "### Deleted (3)",
            "| **`messaging-undelivered`**<br>`aws:sqs/queue:Queue` | **holds data** |",
        ],
    ),
    "a policy exemption that expired": Seeded(
        before=[
            Edit(file="services/feed/__main__.py", new=f'{IMPORT}aws.sns.Topic("partner", tags={TAGS})\n'),
            Edit(
                file="policy/exemptions.yaml",
                old="exemptions: []\n",
                new=_exempted_until(date.today() + timedelta(days=9)),
            ),
        ],
        edits=[
            Edit(
                file="policy/exemptions.yaml",
                old=f"expires: {(date.today() + timedelta(days=9)).isoformat()}\n",
                new=f"expires: {YESTERDAY.isoformat()}\n",
            )
        ],
        stacks=[*PLATFORM, "organization:management", *SERVICES],  # the pack judges them all
        project="services/feed",
        exit=Exit.FAILED,
        lines=[
            "## `dev` of `services/feed`: no change",
            "> Policies block this: `ENC-006`, `EXM-002`.",
            "### Policies: new findings (2)",
            (
                "| **`ENC-006[kmsMasterKeyId]`**<br>`aws:sns/topic:Topic partner` | kmsMasterKeyId is absent<br>"
                "rule: a topic is encrypted with KMS<br>fix: set kms\\_master\\_key\\_id |"
            ),
            (
                "| **`EXM-002[exemptions[0].expires]`**<br>`pulumi:pulumi:Stack feed-dev` | exemptions\\[0\\].expires "
                f"is {YESTERDAY.isoformat()} (today is {date.today().isoformat()})<br>rule: an exemption has not "
                "expired<br>fix: repair what it exempts and delete it, or have it approved anew with a new date |"
            ),
        ],
        absent=["Policies: exempted", "holds data"],
    ),
}
