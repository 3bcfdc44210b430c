"""Inquiries tier: what the runbooks ask the logs (REQ-B1, REQ-B2), saved in Logs Insights for a bad night.

The fields of a service's line are those that the collector makes of it (k8s/values/opentelemetry-agent.yaml): what the
service wrote is below `attributes`, whose it is below `resource`. What runs on an instance without a cluster has no
collector before it, and its line is what it wrote. Those of the database are MySQL's own text.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from components.naming import PROJECT

ARGOCD = "argocd"  # its namespace: k8s/addons/argocd.py


@dataclass(frozen=True, kw_only=True)
class Inquiry:
    """A question, and the log groups that it is asked of."""

    log_groups: Sequence[str]
    query: str  # in Logs Insights' language


@dataclass(frozen=True, kw_only=True)
class InquiriesArgs:
    """Which logs there are, by name."""

    services: str
    database_slow: str
    database_errors: str
    cluster: str | None  # the control plane's; None without a cluster


class Inquiries(pulumi.ComponentResource):
    """One saved query each, in a folder of the project's name."""

    def __init__(self, name: str, args: InquiriesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("startup-platform:operations:Inquiries", name, None, opts)
        for title, inquiry in inquiries(args).items():
            aws.cloudwatch.QueryDefinition(
                f"{name}-{title}",
                name=f"{PROJECT}/{title}",  # Logs Insights shows the part before the slash as a folder
                log_group_names=list(inquiry.log_groups),
                query_string=inquiry.query,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.register_outputs({})


def inquiries(args: InquiriesArgs) -> Mapping[str, Inquiry]:
    """Title -> what is asked.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax.html
    """
    asked = {
        # REQ-B1: who fails, since when; then one of its traces.
        "b1-failing-services": _of(
            args.services,
            f"fields {_said('level')} as severity, {_said('message')} as said, "
            "coalesce(attributes.service, service, resource.k8s.deployment.name) as who",
            'filter severity in ["error", "ERROR", "fatal", "FATAL", "critical", "CRITICAL"]',
            "stats count(*) as errors, latest(said) as last by who, bin(1m)",
            "sort errors desc",
        ),
        "b1-lines-of-a-trace": _of(
            args.services,
            f"fields @timestamp, {_said('service')} as who, {_said('level')} as severity, {_said('message')} as said, "
            f"{_said('trace_id')} as trace",
            # X-Ray writes the id of the same trace in three parts.
            'filter concat(trace, " 1-", substr(trace, 0, 8), "-", substr(trace, 8)) like "PUT-THE-TRACE-HERE"',
            "sort @timestamp asc",
        ),
        "b1-database-refusals": _of(
            args.database_errors,
            "filter @message like /\\[ERROR\\]|Too many connections|Aborted connection/",
            "stats count(*) as lines by bin(1m)",
        ),
        # REQ-B2: what the database spends its time on.
        "b2-slow-statements": _of(
            args.database_slow,
            'parse @message "Query_time: * Lock_time: * Rows_sent: * Rows_examined: *\\n*" '
            "as query_time, lock_time, rows_sent, rows_examined, statement",
            "filter query_time > 0",
            "stats count(*) as times, sum(query_time) as seconds, max(query_time) as longest, "
            "avg(rows_examined) as examined by statement",
            "sort seconds desc",
        ),
    }
    if args.cluster:
        # REQ-B1: a deployment is what most often precedes a surge of errors.
        asked["b1-changes-in-the-cluster"] = _of(
            args.cluster,
            "fields @timestamp, user.username, verb, objectRef.resource, objectRef.namespace, objectRef.name",
            "filter @logStream like /kube-apiserver-audit/",
            'filter verb in ["create", "update", "patch", "delete"] and objectRef.resource in '
            '["rollouts", "deployments", "httproutes", "nodepools", "applications", "scaledobjects"]',
            # What somebody wants, and not what controllers report of it: people, and ArgoCD, by which deployments come.
            "filter not ispresent(objectRef.subresource)",
            f"filter user.username not like /^system:/ or user.username like /^system:serviceaccount:{ARGOCD}:/",
            "sort @timestamp desc",
        )
    return asked


def _said(field: str) -> str:
    """What a service said, by whichever way its line came."""
    return f"coalesce(attributes.{field}, {field})"


def _of(log_group: str, *steps: str) -> Inquiry:
    return Inquiry(log_groups=[log_group], query="\n| ".join([*steps, "limit 100"]))
