"""What the runbooks ask the logs: of which groups, and in which words."""

import re

import pytest

from components.data.tables import LOGS
from components.operations.inquiries import ARGOCD, Inquiries, InquiriesArgs, inquiries
from k8s.addons import argocd
from tests.unit.recording import Recorded, record

QUERY = "aws:cloudwatch/queryDefinition:QueryDefinition"
ARGS = InquiriesArgs(
    services="/startup-platform/prod/services",
    database_slow="/aws/rds/cluster/startup-platform-prod-database/slowquery",
    database_errors="/aws/rds/cluster/startup-platform-prod-database/error",
    cluster="/aws/eks/startup-platform-prod/cluster",
)
WITHOUT_CLUSTER = InquiriesArgs(
    services=ARGS.services, database_slow=ARGS.database_slow, database_errors=ARGS.database_errors, cluster=None
)


@pytest.fixture(scope="module")
def run() -> Recorded:
    return record(lambda: Inquiries("inquiries", ARGS))


def test_each_question_is_asked_of_the_log_that_has_the_answer(run: Recorded) -> None:
    asked = {one.name.removeprefix("inquiries-"): one["logGroupNames"] for one in run.of_type(QUERY)}
    assert asked == {
        "b1-failing-services": [ARGS.services],
        "b1-lines-of-a-trace": [ARGS.services],
        "b1-database-refusals": [ARGS.database_errors],
        "b1-changes-in-the-cluster": [ARGS.cluster],
        "b2-slow-statements": [ARGS.database_slow],
    }


def test_they_stand_in_a_folder_of_the_project(run: Recorded) -> None:
    assert {one["name"].partition("/")[0] for one in run.of_type(QUERY)} == {"startup-platform"}


def test_without_a_cluster_nobody_asks_its_log() -> None:
    assert "b1-changes-in-the-cluster" not in inquiries(WITHOUT_CLUSTER)


def test_what_a_service_said_is_found_in_the_line_of_a_pod_and_in_that_of_an_instance() -> None:
    asked = inquiries(ARGS)
    read = asked["b1-failing-services"].query + asked["b1-lines-of-a-trace"].query
    pairs = re.findall(r"coalesce\(attributes\.(\w+), (\w+)", read)
    assert {pod for pod, _ in pairs} == {"level", "message", "service", "trace_id"}
    assert all(pod == instance for pod, instance in pairs)
    assert {f"{name}:string" for name, _ in pairs} <= set(re.findall(r"\w+:string", LOGS["services"][1]["attributes"]))
    assert "attributes." not in re.sub(r"coalesce\([^)]*\)", "", read)  # and nothing by one way alone


def test_a_trace_is_found_by_the_id_that_is_logged_and_by_the_one_that_x_ray_shows() -> None:
    (found,) = re.findall(r"concat\((.+)\) like \"PUT", inquiries(ARGS)["b1-lines-of-a-trace"].query)
    trace = "5759e988bd862e3fe1be46a994272793"
    parts = {"trace": trace, "substr(trace, 0, 8)": trace[:8], "substr(trace, 8)": trace[8:]}
    text = "".join(parts.get(part) or part.strip('"') for part in re.findall(r'"[^"]*"|substr\([^)]*\)|\w+', found))
    assert trace in text
    assert "1-5759e988-bd862e3fe1be46a994272793" in text


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ("arn:aws:sts::777788889999:assumed-role/operator/kim", True),
        ("system:serviceaccount:argocd:argocd-application-controller", True),
        ("system:serviceaccount:argo-rollouts:argo-rollouts", False),
        ("system:kube-controller-manager", False),
    ],
)
def test_a_change_is_somebodys_or_argocds_and_no_report_of_a_controllers(user: str, shown: bool) -> None:
    steps = inquiries(ARGS)["b1-changes-in-the-cluster"].query.split("\n| ")
    (said,) = [step for step in steps if "user.username not like" in step]
    refused, allowed = re.findall(r"like /(\S+)/", said)
    assert (not re.search(refused, user) or bool(re.search(allowed, user))) is shown
    assert "filter not ispresent(objectRef.subresource)" in steps
    assert ARGOCD == argocd.NAMESPACE


def test_slow_statements_are_the_most_costly_first_read_from_mysqls_own_lines() -> None:
    steps = inquiries(ARGS)["b2-slow-statements"].query.split("\n| ")
    assert steps[0].startswith('parse @message "Query_time: * Lock_time: * Rows_sent: * Rows_examined: *')
    assert steps[-2:] == ["sort seconds desc", "limit 100"]


def test_no_question_reads_more_than_it_shows() -> None:
    assert all(one.query.endswith("limit 100") for one in inquiries(ARGS).values())
