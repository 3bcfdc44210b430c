import json

from components.naming import Scope
from components.operations.alerts import topic_policy

SCOPE = Scope(stage="dev", account_id="111122223333", region="ap-northeast-2")


def test_alarms_and_what_watches_the_bill_may_tell_the_topic_for_this_account_only() -> None:
    statements = json.loads(topic_policy(SCOPE, "topic"))["Statement"]
    publishers = {
        str(one["Principal"]["Service"]): one["Condition"]["StringEquals"]
        for one in statements
        if one["Effect"] == "Allow" and one["Sid"] != "PublishedByRulesOnEvents"  # test_detection.py says why
    }
    assert publishers == {
        "cloudwatch.amazonaws.com": {"aws:SourceAccount": "111122223333"},
        "['budgets.amazonaws.com', 'costalerts.amazonaws.com']": {"aws:SourceAccount": "111122223333"},
    }
    (alarms,) = [one for one in statements if one["Principal"] == {"Service": "cloudwatch.amazonaws.com"}]
    assert alarms["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnLike": {"aws:SourceArn": "arn:aws:cloudwatch:ap-northeast-2:111122223333:alarm:*"},
    }
    assert {one["Action"][0] for one in statements} == {"sns:Publish"}
