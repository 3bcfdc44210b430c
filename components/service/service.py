"""A service of the platform (REQ-V1 to V5, REQ-K3): what it is in AWS, from what it says of itself.

It never speaks to Kubernetes: ArgoCD finds the service's values in git (docs/adr/0020), and EKS is told by AWS's own
interface which service account gets the role. What a stage's phase does not have yet is left out and said; the service
gets it with the phase.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components import iam
from components.boundary import below_the_boundary
from components.service.contract import Platform
from components.service.flags import Flags, FlagsArgs
from components.service.needs import bucket, events, given, mysql, queue, redis, secret, stream, table
from components.service.place import Place
from components.service.releasing import Releasing, ReleasingArgs
from components.service.spec import Kind, Spec, SpecError
from components.service.watching import Promise, Watching, WatchingArgs


@dataclass(frozen=True, kw_only=True)
class ServiceArgs:
    """What the service says of itself, the stage that it comes to, and what it may cost there."""

    spec: Spec
    platform: Platform
    budget_usd: float  # a month


class Service(pulumi.ComponentResource):
    """Who it is, what it needs, how it is released, and who hears of it."""

    repository_url: pulumi.Output[str]
    release_role_arn: pulumi.Output[str]
    dashboard_name: str | None
    queue_url: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: ServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        refuse(args)
        promise = _promise(args)
        bounded = pulumi.ResourceOptions(transforms=[below_the_boundary(args.platform.scope)])
        super().__init__("startup-platform:service:Service", name, None, pulumi.ResourceOptions.merge(opts, bounded))
        self._name, self._child = name, pulumi.ResourceOptions(parent=self)
        self._before_pods: list[pulumi.Resource] = []
        self._place = Place(spec=args.spec, platform=args.platform)
        for absent in not_yet(args.spec, args.platform):
            pulumi.log.warn(f"{args.spec.name}: {absent}")
        releasing = Releasing(f"{name}-releasing", ReleasingArgs(place=self._place), self._child)
        watching = Watching(
            f"{name}-watching",
            WatchingArgs(place=self._place, promise=promise, budget_usd=args.budget_usd),
            self._child,
        )
        if args.spec.kind is not Kind.WEB:
            documents = {need: iam.document(*may) for need, may in self._needs().items()}
            self._identity({**documents, **self._flags(watching)})
        self.repository_url, self.release_role_arn = releasing.repository_url, releasing.role_arn
        self.dashboard_name = watching.dashboard_name
        self.register_outputs({"repositoryUrl": self.repository_url, "releaseRoleArn": self.release_role_arn})

    def _needs(self) -> Mapping[str, Sequence[iam.Statement]]:
        """Make what the needs ask for, and say what rights they bring; need -> statements."""
        name, place, needs = self._name, self._place, self._place.spec.needs
        if needs.queue:
            own = queue.Queue(
                f"{name}-queue", queue.QueueArgs(place=place, rule_arns=events.rule_arns(place)), self._child
            )
            self.queue_url = own.url
            if needs.events and needs.events.subscribes:
                wanted = events.SubscriptionsArgs(place=place, queue_arn=own.known_arn, failed_arn=own.failed_arn)
                events.Subscriptions(f"{name}-events", wanted, self._child)
        asked, function = mysql.request(place), place.platform.database_schemas_function
        if asked and function:
            wanted = mysql.DatabaseUserArgs(place=place, request=asked, function_name=function)
            self._before_pods.append(mysql.DatabaseUser(f"{name}-mysql", wanted, self._child))
        if needs.mysql == "write":
            job = mysql.MigrationArgs(place=place, after=self._before_pods)
            mysql.Migration(f"{name}-migration", job, self._child)
        if needs.redis:
            redis.CacheUser(f"{name}-redis", redis.CacheUserArgs(place=place), self._child)
        if needs.bucket:
            bucket.Bucket(f"{name}-bucket", bucket.BucketArgs(place=place), self._child)
        if needs.table:
            table.Table(f"{name}-table", table.TableArgs(place=place, sort_key=needs.table.sort_key), self._child)
        if needs.secret:
            secret.Secrets(f"{name}-secret", secret.SecretsArgs(place=place), self._child)
        if needs.stream == "consume" and place.platform.stream_arn:
            reader = stream.ConsumerArgs(place=place, stream_arn=place.platform.stream_arn)
            stream.Consumer(f"{name}-stream", reader, self._child)
        return rights(place)

    def _flags(self, watching: Watching) -> Mapping[str, pulumi.Input[str]]:
        """Make those that the service has, and say what right they bring."""
        if not self._place.spec.flags:
            return {}
        args = FlagsArgs(place=self._place, alarm_arns=watching.alarm_arns)
        return {"flags": Flags(f"{self._name}-flags", args, self._child).reading}

    def _identity(self, policies: Mapping[str, pulumi.Input[str]]) -> None:
        """The role that the service's own account in the cluster gets, with what its needs bring and nothing else."""
        place, spec = self._place, self._place.spec
        role = aws.iam.Role(
            f"{self._name}-pod",
            name=place.name("pod"),
            description=f"What {spec.team}/{spec.name} may call",
            assume_role_policy=place.trust_of(spec.name),
            tags=place.tags,
            opts=self._child,
        )
        attached: list[pulumi.Resource] = [
            aws.iam.RolePolicy(f"{self._name}-may-{need}", role=role.id, policy=policy, opts=self._child)
            for need, policy in policies.items()
        ]
        if spec.needs.feature_group and place.platform.user_features_policy_arn:
            attached.append(
                aws.iam.RolePolicyAttachment(
                    f"{self._name}-may-feature_group",
                    role=role.name,
                    policy_arn=place.platform.user_features_policy_arn,
                    opts=self._child,
                )
            )
        aws.eks.PodIdentityAssociation(
            f"{self._name}-pod",
            cluster_name=place.platform.cluster_name,
            namespace=spec.team,
            service_account=spec.name,
            role_arn=role.arn,
            tags=place.tags,
            # A pod that starts earlier has credentials that may do nothing.
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*attached, *self._before_pods]),
        )


def rights(place: Place) -> Mapping[str, Sequence[iam.Statement]]:
    """What a service may do, as one of the stage and by its needs; title -> statements."""
    needs = place.spec.needs
    brought: Mapping[str, Sequence[iam.Statement]] = {
        "platform": given.platform(place),
        "mysql": mysql.rights(place),
        "redis": redis.rights(place) if needs.redis else [],
        "queue": queue.rights(place) if needs.queue else [],
        "events": events.rights(place),
        "stream": stream.rights(place),
        "bucket": bucket.rights(place) if needs.bucket else [],
        "table": table.rights(place) if needs.table else [],
        "model": given.model(place),
        "llm": given.llm(place),
        "login": given.login(place),
    }
    return {need: statements for need, statements in brought.items() if statements}


def not_yet(spec: Spec, platform: Platform) -> Iterator[str]:
    """Needs that the stage's phase does not have yet, a sentence each."""
    has = {
        "stream": platform.stream_arn,
        "model": platform.model_endpoint,
        "feature_group": platform.user_features_policy_arn,
        "llm": platform.assistant_profile_arn,
    }
    for need in spec.needs.named:
        if need in has and not has[need]:
            yield (
                f"needs.{need} is left out: stage {platform.stage}, in phase {platform.phase}, has none yet; "
                "the next update after it has brings it"
            )


def refuse(args: ServiceArgs) -> None:
    """Say what cannot be in this stage.

    Raises:
        SpecError: there is no cluster, a promise is more than the stage's, or a budget is above it.
    """
    spec, platform = args.spec, args.platform
    if not platform.cluster_name and spec.kind is not Kind.WEB:
        raise SpecError(
            f"{spec.name}: kind = {spec.kind} runs in a cluster, and stage {platform.stage} has none in phase "
            f"{platform.phase}; bring the platform's stack into phase growth first (docs/adr/0032)"
        )
    if args.budget_usd > platform.budget_usd:
        raise SpecError(
            f"Pulumi.{platform.stage}.yaml: service:budget_usd = {args.budget_usd:g} is more than the whole stage may "
            f"spend; give at most {platform.budget_usd:g}"
        )


def _promise(args: ServiceArgs) -> Promise:
    """What the service promises; it stands on the stage, so it cannot promise more.

    Raises:
        SpecError: it does.
    """
    own, stage = args.spec.slo, args.platform
    if own.availability_percent is not None and own.availability_percent > stage.availability_percent:
        raise SpecError(
            f"{args.spec.name}: slo.availability_percent = {own.availability_percent:g} is above what stage "
            f"{stage.stage} itself promises; give at most {stage.availability_percent:g}"
        )
    return Promise(
        availability_percent=own.availability_percent or stage.availability_percent, p95_ms=own.p95_ms or stage.p95_ms
    )
