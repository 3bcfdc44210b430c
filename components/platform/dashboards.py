"""What is on the dashboards of a region: users' edge, load balancer, stores, messages, technical KPIs, and the bill."""

from collections.abc import Mapping, Sequence

import pulumi

from components.data.cache import HIT_PERCENT, node_names
from components.naming import EDGE_REGION
from components.operations.alarms import Metric, Statistic
from components.operations.cost import WARN_AT_PERCENT
from components.operations.dashboards import Graph, Text, Widget
from components.operations.promises import answers, failed_percent
from components.phases import Slo
from components.platform.analytics import DataLake
from components.platform.edge import Edge
from components.platform.region import Region
from components.platform.spending import allowance
from components.settings import Settings

# As the bill names them. https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
BILLED = (
    "AmazonEC2",
    "AmazonRDS",
    "AmazonElastiCache",
    "AmazonVPC",
    "AmazonCloudFront",
    "AmazonCloudWatch",
    "AmazonEKS",
)


def pages(
    settings: Settings, region: Region, edge: Edge | None, lake: DataLake | None
) -> Mapping[str, Sequence[Widget]]:
    """By title; the edge, the lake and the account's bill are the first region's; the other gets None."""
    balancer = region.entrance.load_balancer_arn_suffix
    found = {
        "compute": _compute(balancer),
        "data": _data(settings, region),
        "messaging": _messaging(region, lake.stream_name if lake else None),
        "kpis": _kpis(settings.growth.slo, balancer, lake.workgroup if lake else None),
    }
    if edge is None:
        return found
    return {"edge": _edge(edge.delivery.distribution_id), "cost": _cost(allowance(settings).total), **found}


def _edge(distribution: pulumi.Input[str]) -> Sequence[Widget]:
    def metric(name: str, statistic: Statistic) -> Metric:
        dimensions = {"DistributionId": distribution, "Region": "Global"}
        return Metric(namespace="AWS/CloudFront", name=name, dimensions=dimensions, statistic=statistic)

    return [
        Graph(title="Requests a minute", metrics={"requests": metric("Requests", "Sum")}, region=EDGE_REGION),
        Graph(
            title="Errors (% of requests)",
            metrics={"4xx": metric("4xxErrorRate", "Average"), "5xx": metric("5xxErrorRate", "Average")},
            region=EDGE_REGION,
        ),
        Graph(title="Sent to users (bytes)", metrics={"sent": metric("BytesDownloaded", "Sum")}, region=EDGE_REGION),
    ]


def _cost(budget: float) -> Sequence[Widget]:
    """What AWS has reckoned of this month, the account's whole and what usually is most of it.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/monitor_estimated_charges_with_cloudwatch.html
    """

    def of(**service: str) -> Metric:
        return Metric(
            namespace="AWS/Billing",
            name="EstimatedCharges",
            dimensions={"Currency": "USD", **service},
            statistic="Maximum",
        )

    return [
        Graph(
            title="This month so far (USD)",
            metrics={"all": of()},
            limits={f"budget, {share} %": budget * share / 100 for share in WARN_AT_PERCENT},
            region=EDGE_REGION,
        ),
        Graph(
            title="Of it, by service (USD)",
            metrics={each: of(ServiceName=each) for each in BILLED},
            region=EDGE_REGION,
        ),
        Text(
            markdown="AWS reckons this every few hours, once *Billing preferences > Receive CloudWatch billing alerts* "
            "is on, which no code can do. By tag, by resource and by what a user costs: Cost Explorer, and the saved "
            "queries k6 of the lake."
        ),
    ]


def _compute(balancer: pulumi.Input[str]) -> Sequence[Widget]:
    def metric(name: str, statistic: Statistic) -> Metric:
        dimensions = {"LoadBalancer": balancer}
        return Metric(namespace="AWS/ApplicationELB", name=name, dimensions=dimensions, statistic=statistic)

    quantiles: Sequence[Statistic] = ("p50", "p95", "p99")
    return [
        Graph(title="Requests a minute", metrics={"requests": metric("RequestCount", "Sum")}),
        Graph(title="Answers (s)", metrics={each: metric("TargetResponseTime", each) for each in quantiles}),
        Graph(
            title="Errors a minute",
            metrics={
                "4xx": metric("HTTPCode_Target_4XX_Count", "Sum"),
                "5xx": metric("HTTPCode_Target_5XX_Count", "Sum"),
                "5xx of the load balancer": metric("HTTPCode_ELB_5XX_Count", "Sum"),
            },
        ),
    ]


def _data(settings: Settings, region: Region) -> Sequence[Widget]:
    cluster = region.scope.name("database")
    nodes = node_names(region.stores.cache.cache_id, settings.growth.sizes.cache)

    def of_roles(name: str, statistic: Statistic) -> Mapping[str, Metric]:
        return {
            role.lower(): Metric(
                namespace="AWS/RDS",
                name=name,
                dimensions={"DBClusterIdentifier": cluster, "Role": role},
                statistic=statistic,
            )
            for role in ("WRITER", "READER")
        }

    def of_nodes(name: str, statistic: Statistic) -> Mapping[str, Metric]:
        return {
            node: Metric(
                namespace="AWS/ElastiCache", name=name, dimensions={"CacheClusterId": node}, statistic=statistic
            )
            for node in nodes
        }

    hits, misses = of_nodes("CacheHits", "Sum"), of_nodes("CacheMisses", "Sum")
    pairs = {f"h{i}": hits[node] for i, node in enumerate(nodes)} | {
        f"m{i}": misses[node] for i, node in enumerate(nodes)
    }
    return [
        Graph(title="Database: CPU (%)", metrics=of_roles("CPUUtilization", "Maximum")),
        Graph(title="Database: connections", metrics=of_roles("DatabaseConnections", "Maximum")),
        Graph(title="Database: free memory (bytes)", metrics=of_roles("FreeableMemory", "Minimum")),
        Graph(
            title="Cache: reads that hit (%)",
            metrics=pairs,
            expressions={node: f"100 * h{i} / (h{i} + m{i})" for i, node in enumerate(nodes)},
            limits={"goal": HIT_PERCENT},
        ),
        Graph(title="Cache: memory taken (%)", metrics=of_nodes("DatabaseMemoryUsagePercentage", "Maximum")),
        Graph(title="Cache: keys evicted a minute", metrics=of_nodes("Evictions", "Sum")),
    ]


def _messaging(region: Region, stream: str | None) -> Sequence[Widget]:
    def of_queue(title: str, name: str) -> Metric:
        dimensions = {"QueueName": region.scope.name(title)}
        return Metric(namespace="AWS/SQS", name=name, dimensions=dimensions, statistic="Maximum")

    waiting = "ApproximateNumberOfMessagesVisible"
    found = [
        Graph(title="Messages that wait", metrics={each: of_queue(each, waiting) for each in ("work", "failed")}),
        Graph(title="The oldest one (s)", metrics={"work": of_queue("work", "ApproximateAgeOfOldestMessage")}),
    ]
    if stream is None:
        return found

    def of_stream(name: str, statistic: Statistic) -> Metric:
        return Metric(namespace="AWS/Kinesis", name=name, dimensions={"StreamName": stream}, statistic=statistic)

    return [
        *found,
        Graph(
            title="Stream: how far readers are behind (ms)",
            metrics={"behind": of_stream("GetRecords.IteratorAgeMilliseconds", "Maximum")},
        ),
        Graph(
            title="Stream: refused a minute",
            metrics={
                "writes": of_stream("WriteProvisionedThroughputExceeded", "Sum"),
                "reads": of_stream("ReadProvisionedThroughputExceeded", "Sum"),
            },
        ),
    ]


def _kpis(slo: Slo, balancer: pulumi.Input[str], workgroup: str | None) -> Sequence[Widget]:
    failed = failed_percent(at_least=1)
    p95 = Metric(
        namespace="AWS/ApplicationELB",
        name="TargetResponseTime",
        dimensions={"LoadBalancer": balancer},
        statistic="p95",
    )
    found: list[Widget] = [
        Graph(
            title="Availability (% of requests)",
            metrics=answers(balancer),
            expressions={"availability": f"100 - {failed}"},
            limits={"promised": slo.availability_percent},
        ),
        Graph(title="p95 of answers (s)", metrics={"p95": p95}, limits={"promised": slo.p95_ms / 1000}),
        Graph(title="Errors (% of requests)", metrics=answers(balancer), expressions={"errors": failed}),
    ]
    if workgroup is not None:
        asked = (
            "Deployments, rollbacks and recovery (K4), the business (K5) and unit costs (K6) are questions to the "
            f"lake: Athena, workgroup `{workgroup}`, saved queries whose names begin with k4, k5 and k6."
        )
        found.append(Text(markdown=asked))
    return found
