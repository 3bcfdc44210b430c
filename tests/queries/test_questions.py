"""Each question's deployed text, read as Trino does and run over a small lake; the figures are worked out beside it."""

import json
from pathlib import Path
from typing import Any

import pytest

from components.data import questions
from tests.queries.local_lake import ACCESS_LOGS, ALL, DISTRIBUTION, SCOPE, WHERE, LocalLake

Rows = list[tuple[Any, ...]]


@pytest.fixture
def lake(tmp_path: Path) -> LocalLake:
    return LocalLake(tmp_path)


def event(user: int | None, kind: str, ts: str, **more: object) -> dict[str, object]:
    return {"user_id": user, "type": kind, "metadata_json": json.dumps(more), "ts": ts}


def request(day: str, status: int, seconds: float) -> str:
    return (
        f"h2 {day}T01:02:03.000000Z app/entrance/1 198.51.100.7:4711 10.20.0.9:8080 0.001 {seconds} 0.000 "
        f'{status} {status} 120 980 "GET https://origin.dev.example.com:443/api/posts?page=2 HTTP/2.0" "Mozilla/5 (X)" '
        "TLS_AES_128_GCM_SHA256 TLSv1.3 arn:aws:elasticloadbalancing:ap-northeast-2:111122223333:targetgroup/t/1 "
        '"Root=1-1-1" "origin.dev.example.com" "arn:aws:acm:x" 0 2026-11-24T01:02:03.0Z "forward" "-" "-" '
        '"10.20.0.9:8080" "200" "-" "-" TID_1'
    )


def balancer(lake: LocalLake, day: str, *lines: str) -> None:
    place = f"AWSLogs/{SCOPE.account_id}/elasticloadbalancing/{SCOPE.region}/{day.replace('-', '/')}"
    lake.put(ACCESS_LOGS, f"{place}/111122223333_elasticloadbalancing_x.log.gz", "\n".join(lines))


def cloudfront(lake: LocalLake, day: str, hour: str, *lines: dict[str, object]) -> None:
    year, month, date = day.split("-")
    place = (
        f"AWSLogs/aws-account-id={SCOPE.account_id}/CloudFront/DistributionId={DISTRIBUTION}"
        f"/year={year}/month={month}/day={date}/hour={hour}"
    )
    lake.put(ACCESS_LOGS, f"{place}/{DISTRIBUTION}.{hour}.gz", "\n".join(json.dumps(line) for line in lines))


def view(path: str, result: str, sent: int, address: str, status: int = 200) -> dict[str, object]:
    return {
        "cs-uri-stem": path, "x-edge-result-type": result, "sc-bytes": sent, "c-ip": address, "sc-status": status,
        "cs(User-Agent)": "Mozilla", "x-edge-location": "ICN57-P1",
    }  # fmt: skip


def collected(lake: LocalLake, day: str, *said: dict[str, object]) -> None:
    """Lines of pods as the collector writes them into the log group, and Firehose what comes of that into the lake."""
    lines = [
        {
            "body": json.dumps(each),
            "attributes": {**each, "logtag": "F", "log.iostream": "stdout"},
            "resource": {"k8s.namespace.name": "api", "k8s.pod.name": "api-7d9f"},
        }
        for each in said
    ]
    text = {"body": "panic: no JSON at all", "attributes": {"logtag": "F"}, "resource": {}}
    key = f"logs/services/day={day}/{len(said)}.gz"
    lake.put(WHERE.bucket("raw"), key, "\n".join(json.dumps(line) for line in [text, *lines]))


def rollout(reason: str, time: str, service: str) -> dict[str, object]:
    """What Argo Rollouts logs when it is done with a new version, for good or bad."""
    said = f"{reason} of revision 3"
    return {
        "event_reason": reason, "level": "info", "msg": said, "namespace": service, "rollout": service, "time": time,
    }  # fmt: skip


def bill(lake: LocalLake, period: str, *lines: tuple[str, str, str, float]) -> None:
    rows = [
        {
            "line_item_usage_start_date": f"{day} 00:00:00",
            "line_item_line_item_type": kind,
            "line_item_product_code": service,
            "line_item_usage_type": f"APN2-{service}",
            "line_item_unblended_cost": usd,
        }
        for day, service, kind, usd in lines
    ]
    folder = f"costs/{WHERE.export}/data/BILLING_PERIOD={period}"
    lake.put_parquet(WHERE.bucket("raw"), folder, ALL["costs"], rows)


def test_service_levels_are_of_each_day_at_the_load_balancer(lake: LocalLake) -> None:
    balancer(lake, "2026-11-23", *[request("2026-11-23", 200, 0.1)] * 4)
    # Of ten: seven fine, one refused (4xx), two that failed (5xx). 8 of 10 below 500 is 80 % available.
    answers = [*[request("2026-11-24", 200, 0.05)] * 7, request("2026-11-24", 404, 0.05)]
    balancer(lake, "2026-11-24", *answers, *[request("2026-11-24", 502, 0.05)] * 2)
    balancer(lake, "2026-10-25", request("2026-10-25", 500, 9))  # 31 days ago: not asked for
    assert lake.ask("k4_service_levels") == [
        ("2026/11/23", 4, 100.0, 0.0, 0.0, 100.0, 100.0, 100.0),
        ("2026/11/24", 10, 80.0, 20.0, 10.0, 50.0, 50.0, 50.0),
    ]


def test_percentiles_are_told_apart(lake: LocalLake) -> None:
    # 100 requests: 90 take 10 ms, 8 take 200 ms, 2 take 900 ms. Rank 50 is 10, rank 95 is 200, rank 99 is 900.
    balancer(
        lake,
        "2026-11-24",
        *[request("2026-11-24", 200, 0.01)] * 90,
        *[request("2026-11-24", 200, 0.2)] * 8,
        *[request("2026-11-24", 200, 0.9)] * 2,
    )
    ((*_, p50, p95, p99),) = lake.ask("k4_service_levels")
    assert p50 == 10
    assert p95 == pytest.approx(200, rel=0.05)  # the engine's percentiles are approximate, and so are Athena's
    assert p99 == pytest.approx(900, rel=0.05)


def test_deployments_rollbacks_and_recovery_are_of_each_month(lake: LocalLake) -> None:
    for day in range(1, 4):
        collected(lake, f"2026-10-0{day}", rollout("RolloutCompleted", f"2026-10-0{day}T03:00:00Z", "api"))
    collected(lake, "2026-10-04", rollout("RolloutAborted", "2026-10-04T03:10:00Z", "api"))
    collected(lake, "2026-11-02", rollout("RolloutCompleted", "2026-11-02T03:00:00Z", "feed"))
    lake.happened(
        event(None, "incident.opened", "2026-10-04T03:05:00Z", incident="i-1"),
        event(None, "incident.closed", "2026-10-04T03:25:00Z", incident="i-1"),
        event(None, "incident.opened", "2026-10-31T23:50:00Z", incident="i-2"),
        event(None, "incident.closed", "2026-11-01T00:30:00Z", incident="i-2"),
    )
    # October: 1 of 4 taken back; incidents of 20 and 40 minutes, the second over the month's end, so 30 on average.
    assert lake.ask("k4_deliveries") == [("2026-10", 4, 25.0, 30.0), ("2026-11", 1, 0.0, None)]


def test_active_users_are_of_koreas_days(lake: LocalLake) -> None:
    lake.happened(
        event(1, "page", "2026-11-22T16:00:00Z"),  # 01:00 on the 23rd in Korea
        event(1, "page", "2026-11-23T03:00:00Z"),  # the same day there, the same user
        event(2, "page", "2026-11-23T15:30:00Z"),  # 00:30 on the 24th
        event(1, "page", "2026-11-24T02:00:00Z"),
        event(3, "page", "2026-10-24T03:00:00Z"),  # 30 days before the 23rd: out of its 30 days by one
        event(4, "page", "2026-10-25T03:00:00Z"),  # 29 days before the 23rd: the first of them
        event(None, "incident.opened", "2026-11-24T02:00:00Z"),  # nobody
    )
    found = {str(date)[:10]: (dau, mau) for date, dau, mau in lake.ask("k5_active_users")}
    # On the 23rd: user 1; with 4, two in 30 days. On the 24th: 1 and 2; the 30 days begin on 26 October, without 4.
    assert found["2026-11-23"] == (1, 2)
    assert found["2026-11-24"] == (2, 2)
    assert "2026-10-25" not in found  # earlier than asked for


def test_conversion_is_by_yesterdays_snapshot(lake: LocalLake) -> None:
    def user(number: int, created: str) -> dict[str, object]:
        return {"id": number, "email": "someone@example.com", "plan": "x", "locale": "ko", "created_at": created}

    def subscription(number: int, plan: str, status: str) -> dict[str, object]:
        return {"user_id": number, "plan": plan, "status": status, "renewed_at": "2026-11-01 00:00:00"}

    october = [user(number, "2026-10-05 00:00:00") for number in (1, 2, 3, 4)]
    # 16:00 on the last of October is November in Korea.
    lake.snapshot("users", "2026-11-24", [*october, user(5, "2026-10-31 16:00:00")])
    lake.snapshot("users", "2026-11-23", [user(9, "2026-10-05 00:00:00")])  # the day before: not asked
    lake.snapshot(
        "subscriptions",
        "2026-11-24",
        [
            subscription(1, "pro", "active"),
            subscription(2, "pro", "canceled"),
            subscription(3, "free", "active"),
            subscription(5, "pro", "active"),
        ],
    )
    # October: of four, one has an active plan that costs. November: the one does.
    assert lake.ask("k5_conversion") == [("2026-10", 4, 1, 25.0), ("2026-11", 1, 1, 100.0)]


def test_revenue_is_per_user_and_per_paying_account(lake: LocalLake) -> None:
    lake.happened(
        event(1, "payment.succeeded", "2026-11-03T00:00:00Z", amount_krw=9900),
        event(1, "payment.succeeded", "2026-11-13T00:00:00Z", amount_krw=9900),
        event(2, "payment.succeeded", "2026-11-04T00:00:00Z", amount_krw=19800),
        event(2, "payment.refunded", "2026-11-05T00:00:00Z", amount_krw=9900),
        event(3, "page", "2026-11-05T00:00:00Z"),
    )
    # 9900 + 9900 + 19800 - 9900 = 29700; three active: 9900 each; two paid: 14850 each.
    assert lake.ask("k5_revenue") == [("2026-11", 29700, 3, 2, 9900.0, 14850.0)]


def test_retention_is_of_the_whole_cohort(lake: LocalLake) -> None:
    users = [{"id": number, "created_at": "2026-09-10 00:00:00"} for number in (1, 2, 3, 4)]
    lake.snapshot("users", "2026-11-24", users)
    lake.happened(
        *(event(number, "page", "2026-09-11T00:00:00Z") for number in (1, 2, 3)),
        event(1, "page", "2026-10-11T00:00:00Z"),
        event(1, "page", "2026-10-12T00:00:00Z"),
        event(2, "page", "2026-11-11T00:00:00Z"),
        event(9, "page", "2026-11-11T00:00:00Z"),  # of no cohort
    )
    # Of four: three in their first month, one in the next, one (another) two months later.
    assert lake.ask("k5_retention") == [
        ("2026-09", 0, 4, 3, 75.0),
        ("2026-09", 1, 4, 1, 25.0),
        ("2026-09", 2, 4, 1, 25.0),
    ]


def test_acquisition_is_spend_per_new_payer_and_lifetime_by_who_left(lake: LocalLake) -> None:
    spend = "month,channel,spend_krw\n2026-11,search,300000\n2026-11,social,100000\n2026-10,search,1\n"
    lake.put(WHERE.bucket("curated"), "marketing_spend/2026.csv", spend)
    lake.happened(
        *(event(number, "payment.succeeded", "2026-11-03T00:00:00Z", amount_krw=10000) for number in (1, 2, 3, 4)),
        event(3, "subscription.started", "2026-11-03T00:00:00Z"),
        event(4, "subscription.started", "2026-11-03T00:00:00Z"),
        event(1, "subscription.canceled", "2026-11-20T00:00:00Z"),
    )
    # 400,000 won for two new payers: 200,000. 10,000 a payer, and one of four left: four months: 40,000.
    assert lake.ask("k5_acquisition") == [("2026-11", 2, 200000.0, 40000.0)]


def test_unit_cost_is_the_bill_over_requests_and_users(lake: LocalLake) -> None:
    bill(
        lake,
        "2026-11",
        ("2026-11-01", "AmazonRDS", "Usage", 30.0),
        ("2026-11-02", "AmazonEC2", "Usage", 20.0),
        ("2026-11-02", "AmazonEC2", "Tax", 5.0),
        ("2026-11-02", "AmazonEC2", "Credit", -10.0),
    )
    balancer(lake, "2026-11-02", *[request("2026-11-02", 200, 0.1)] * 5)
    lake.happened(event(1, "page", "2026-11-02T00:00:00Z"), event(2, "page", "2026-11-03T00:00:00Z"))
    # 50 dollars are 70,000 won, without tax and credits: 14,000 a request, so 14 million for a thousand; 35,000 a user.
    assert lake.ask("k6_unit_cost") == [("2026-11", 70000.0, 14000000.0, 35000.0)]


def test_deviation_is_from_the_budget_of_the_phase(lake: LocalLake) -> None:
    bill(lake, "2026-10", ("2026-10-01", "AmazonRDS", "Usage", 5000.0), ("2026-10-01", "AmazonRDS", "Tax", 500.0))
    bill(lake, "2026-11", ("2026-11-01", "AmazonRDS", "Usage", 2500.0))
    # 5500 dollars are 7.7 million won, 770 man-won, 8.5 % over 710; 2500 are 350, 50.7 % below.
    assert lake.ask("k6_budget", budget_manwon=710) == [("2026-10", 770.0, 710, 8.5), ("2026-11", 350.0, 710, -50.7)]


def test_a_rise_is_against_the_seven_days_before(lake: LocalLake) -> None:
    usual = [(f"2026-11-{day}", "AmazonCloudFront", "Usage", 7.0) for day in range(16, 23)]
    steady = [(f"2026-11-{day}", "AmazonRDS", "Usage", 10.0) for day in range(16, 24)]
    rise = ("2026-11-23", "AmazonCloudFront", "Usage", 50.0)
    bill(lake, "2026-11", *usual, *steady, rise, ("2026-11-24", "AmazonRDS", "Usage", 900.0))
    # CloudFront: 50 against 7 a day. RDS is as it was, and yesterday's bill is not whole yet.
    assert lake.ask("b3_cost_rises") == [("AmazonCloudFront", "APN2-AmazonCloudFront", 50.0, 7.0, 43.0)]


def test_misses_are_by_path_of_today_and_yesterday(lake: LocalLake) -> None:
    hit, miss = view("/a.js", "Hit", 1_000_000, "198.51.100.1"), view("/a.js", "Miss", 1_000_000, "198.51.100.2")
    cloudfront(lake, "2026-11-25", "01", hit, hit, hit, miss)
    cloudfront(lake, "2026-11-24", "23", view("/api/feed", "Error", 2_500_000, "198.51.100.2", 502))
    cloudfront(lake, "2026-11-23", "23", view("/old", "Miss", 9_000_000, "198.51.100.3"))
    cloudfront(lake, "2026-10-25", "01", view("/older", "Miss", 9_000_000, "198.51.100.3"))
    # One of four missed, 4 MB, two addresses; the API is never a hit.
    assert lake.ask("b3_cloudfront_misses") == [
        ("/a.js", 4, 1, 25.0, 4.0, 2),
        ("/api/feed", 1, 1, 100.0, 2.5, 1),
    ]


def test_sources_are_the_addresses_that_ask_most(lake: LocalLake) -> None:
    one, other = view("/a", "Hit", 500_000, "198.51.100.1"), view("/b", "Error", 1000, "198.51.100.2", 403)
    cloudfront(lake, "2026-11-25", "01", one, other, other, other)
    assert lake.ask("b3_sources") == [("198.51.100.2", 3, 0.003, 3), ("198.51.100.1", 1, 0.5, 0)]


def test_recent_deployments_come_latest_first(lake: LocalLake) -> None:
    collected(
        lake,
        "2026-11-23",
        rollout("RolloutCompleted", "2026-11-23T03:00:00Z", "api"),
        rollout("RolloutAborted", "2026-11-23T04:00:00Z", "api"),
        {**rollout("ScalingReplicaSet", "2026-11-23T02:00:00Z", "api")},
    )
    collected(lake, "2026-11-17", rollout("RolloutCompleted", "2026-11-17T03:00:00Z", "feed"))
    assert lake.ask("b3_deployments") == [
        ("2026-11-23T04:00:00Z", "api", "RolloutAborted", "RolloutAborted of revision 3"),
        ("2026-11-23T03:00:00Z", "api", "RolloutCompleted", "RolloutCompleted of revision 3"),
    ]


def test_events_that_the_database_no_longer_has_are_still_answered(lake: LocalLake) -> None:
    lake.happened(
        event(1, "page", "2026-02-03T00:00:00Z"),
        event(1, "page", "2026-02-04T00:00:00Z"),
        event(2, "page", "2026-08-26T23:59:59Z"),  # 91 days ago
        event(3, "page", "2026-08-27T00:00:00Z"),  # 90 days ago: the database still has it
    )
    assert lake.ask("t3_old_events") == [("2026-02", "page", 2, 1), ("2026-08", "page", 1, 1)]


def test_errors_are_by_service_with_a_trace(lake: LocalLake) -> None:
    def line(level: str, trace: str) -> dict[str, object]:
        return {"timestamp": "x", "level": level, "service": "api", "trace_id": trace, "message": "m"}

    of_an_add_on: dict[str, object] = {"level": "error", "msg": "of no service"}
    collected(lake, "2026-11-24", line("error", "1-b"), line("fatal", "1-a"), line("info", "1-c"), of_an_add_on)
    assert lake.ask("o3_errors") == [("2026-11-24", "api", 2, "1-a")]


def test_every_question_is_run_here() -> None:
    source = Path(__file__).read_text()
    assert [title for title in questions.titles() if f'lake.ask("{title}"' not in source] == []


def test_every_question_says_what_it_is_for_and_by_which_requirement() -> None:
    for title in questions.titles():
        assert questions.says(title).startswith(f"{title.split('_')[0].upper()}: "), title
        assert len(questions.says(title)) <= 1024  # what Athena takes as a description
