"""How fast the policy pack is, through its real server: `python -m bench.policy_speed` measures and publishes.

Requirements: REQ-C6. Budgets stand beside the figures and are never asserted: a busy machine breaks no build.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path

from bench import results
from bench.results import Spread
from tests.policy.case import TAGS
from tests.policy.cases_kubernetes import DEPLOYMENT, deployment
from tests.policy.good import GOOD
from tests.policy.server import Pack, Registered, running

COMMAND = "python -m bench.policy_speed"
TITLE = "How fast our policies are"
REPOSITORY = Path(__file__).resolve().parents[1]

STARTS = 10
CALLS = 300  # of each resource; the first WARM_UP of them are not counted
WARM_UP = 20
STACKS = 10
STACK_SIZE = 500
PREVIEWS = 5  # of each kind, after one of each that is not counted

START_BUDGET, ANALYZE_BUDGET, STACK_BUDGET = 1.5, 0.010, 0.5  # s
POLICY_SIZE = 6144  # characters without white space: IAM's quota of a managed policy


def main() -> None:
    """Measures, and publishes what came out."""
    load = results.load()
    starts = Spread(values=[_start() for _ in range(STARTS)])
    with running() as pack:
        calls = _calls(pack)
        stacks = _stacks(pack)
    without, with_pack = _previews()
    text = page(starts, calls, stacks, without, with_pack)
    versions = results.installed("pulumi", "pulumi-policy", "grpcio")
    results.publish(TITLE, f"{results.circumstances(COMMAND, versions, load)}\n\n{text}")
    sys.stdout.write(f"{results.PAGE}\n")


def page(starts: Spread, calls: Mapping[str, Spread], stacks: Spread, without: Spread, with_pack: Spread) -> str:
    """The section of the page, in Markdown."""
    rows = [
        _row("start to first answer", starts, START_BUDGET),
        *(_row(f"Analyze: {name}", spread, ANALYZE_BUDGET) for name, spread in calls.items()),
        _row(f"AnalyzeStack: {STACK_SIZE} resources", stacks, STACK_BUDGET),
    ]
    difference = (
        "The two ranges overlap, so no difference is given."
        if without.overlaps(with_pack)
        else f"The policies add {with_pack.median - without.median:.2f} s."
    )
    return f"""The pack runs in its own process and is asked over gRPC, as the engine asks it; the different resources
in turns. Budgets are goals for the 95th percentile; nothing fails when one is passed.

{results.table(["what", "times", "p50 ms", "p95 ms", "budget ms"], rows)}

The whole preview of the dev stage, without and with the policies in turns, {PREVIEWS} times each:
{without.in_seconds()} s without, {with_pack.in_seconds()} s with them, median (range). {difference}"""


def subjects() -> Mapping[str, Registered]:
    """What is judged, by its name on the page."""
    group = "aws:ec2/securityGroup:SecurityGroup"
    rules = [
        {
            "protocol": "tcp",
            "fromPort": port,
            "toPort": port,
            "cidrBlocks": ["10.0.0.0/8"],
            "description": f"port {port}",
        }
        for port in range(8000, 8030)
    ]
    distribution = "aws:cloudfront/distribution:Distribution"
    return {
        "a queue": Registered(type="aws:sqs/queue:Queue", props=GOOD["aws:sqs/queue:Queue"]),
        "a CloudFront distribution": Registered(type=distribution, props=GOOD[distribution]),
        "a security group of 30 rules": Registered(type=group, props={**GOOD[group], "ingress": rules}),
        "an IAM policy as long as IAM allows": Registered(
            type="aws:iam/policy:Policy", props={"policy": long_policy(), "tags": TAGS}
        ),
        "a Deployment": Registered(type=DEPLOYMENT, props=deployment),
    }


def long_policy() -> str:
    """A least-privilege policy of as many statements as fit in one managed policy."""

    def policy(count: int) -> str:
        statements = [
            {
                "Sid": f"Table{number}",
                "Effect": "Allow",
                "Action": ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query"],
                "Resource": f"arn:aws:dynamodb:ap-northeast-2:111122223333:table/feed-{number}",
            }
            for number in range(count)
        ]
        return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))

    return next(policy(count - 1) for count in range(2, POLICY_SIZE) if len(policy(count)) > POLICY_SIZE)


def _row(what: str, spread: Spread, budget: float) -> list[object]:
    times = (spread.median, spread.p95, budget)
    return [what, len(spread.values), *(f"{seconds * 1000:.{1 if budget < 0.1 else 0}f}" for seconds in times)]


def _start() -> float:
    began = time.perf_counter()
    with running() as pack:
        pack.info()
        return time.perf_counter() - began


def _calls(pack: Pack) -> Mapping[str, Spread]:
    took: dict[str, list[float]] = {name: [] for name in subjects()}
    for _ in range(CALLS):
        for name, resource in subjects().items():
            took[name].append(_timed(lambda resource=resource: pack.analyze(resource)))
    return {name: Spread(values=each[WARM_UP:]) for name, each in took.items()}


def _stacks(pack: Pack) -> Spread:
    stack = list(_stack())
    return Spread(values=[_timed(lambda: pack.analyze_stack(stack)) for _ in range(STACKS + 1)][1:])


def _stack() -> Iterator[Registered]:
    """Careful resources of every type, again and again under other names."""
    kinds = [Registered(type=token, props=props) for token, props in GOOD.items()]
    for number, each in enumerate(islice(cycle(kinds), STACK_SIZE)):
        yield replace(each, name=f"r{number}")


def _previews() -> tuple[Spread, Spread]:
    pairs = [(_preview(), _preview("--policy-pack", "policy")) for _ in range(PREVIEWS + 1)][1:]
    return Spread(values=[each for each, _ in pairs]), Spread(values=[each for _, each in pairs])


def _preview(*options: str) -> float:
    command = [sys.executable, "-m", "sandbox", "--", "pulumi", "preview", "--stack", "dev", *options]

    def run() -> object:
        return subprocess.run(command, cwd=REPOSITORY, capture_output=True, check=True, env=os.environ)

    return _timed(run)


def _timed(do: Callable[[], object]) -> float:
    began = time.perf_counter()
    do()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
