"""What is found wrong, and what looks like it and is not."""

import pytest
from odooops_otel.tools import health
from odooops_otel.tools.health_findings import CODES, find
from slot_samples import slot

SECOND = health.SECOND
NOW = 2_000_000_000 * SECOND
AGO = {seconds: NOW - seconds * SECOND for seconds in (1, 20, 59, 61, 89, 91, 899, 901, 3600)}
REPORT = {
    "written_at": AGO[1],
    "metric_interval": 10,
    "endpoints": {"metrics": "http://c/v1/metrics", "traces": "http://c/v1/traces"},
}
WELL = {"process_started": AGO[3600], "metrics_delivered_at": AGO[1], "traces_delivered_at": AGO[1]}


def found(*slots, cardinality=(), **asked):
    return find([health.describe(each) for each in slots], cardinality, NOW, **asked)


def process(name="http-0", report=None, **numbers):
    return slot(name, report=REPORT | (report or {}), **(WELL | numbers))


def codes(*slots):
    return [finding["code"] for finding in found(*slots)]


def test_nothing_is_wrong_with_processes_that_deliver():
    assert codes(process(), process("cron-0")) == []


@pytest.mark.parametrize("slots", [[], [slot(pid=0)]])
def test_nobody_who_records_is_a_failure(slots):
    assert codes(*slots) == ["nothing_records"]


def test_a_process_whose_threads_hang_is_told():
    stuck = process("http-1", report={"written_at": AGO[61]})
    [finding] = found(process(), stuck)

    assert (finding["code"], finding["severity"], finding["processes"]) == ("stuck", "failing", ["http-1"])
    assert codes(process(report={"written_at": AGO[59]})) == []


def test_a_process_that_has_just_begun_has_not_reported():
    assert codes(slot(process_started=AGO[20])) == []
    assert codes(slot(process_started=AGO[61])) == ["stuck"]


def test_rules_that_a_process_does_not_go_by_are_told():
    unread = process("http-0", report={"rules_unread": ["yard", "shop"]})
    full = process("http-1", report={"rules_unread": ["shop"], "rules_left_out": 7})
    [finding] = found(unread, full, process("http-2"))

    assert (finding["code"], finding["processes"]) == ("rules_not_in_force", ["http-0", "http-1"])
    assert (finding["databases"], finding["items"]) == (["shop", "yard"], 7)


def test_rules_that_the_own_database_refuses_are_named_and_told_once():
    report = {"rules_left_out": 2, "rules_refused": {"shop": 2}}
    [finding] = found(process(report=report), database="shop", refused=["Slow", "Wide"])

    assert (finding["code"], finding["severity"]) == ("rules_refused", "failing")
    assert finding["rules"] == ["Slow", "Wide"]


def test_rules_that_another_database_refuses_are_counted_and_not_named():
    report = {"rules_left_out": 3, "rules_refused": {"shop": 1, "yard": 2}}
    [own, others] = found(process(report=report), database="shop", refused=["Slow"])

    assert (own["code"], own["rules"]) == ("rules_refused", ["Slow"])
    assert (others["code"], others["items"]) == ("rules_not_in_force", 2)


def test_what_cannot_be_delivered_is_told_with_the_newest_reason():
    failing = {"traces_failed_at": AGO[1], "traces_delivered_at": AGO[20]}
    slots = [
        process(
            "http-0", report={"problems": {"traces": "old"}}, **(failing | {"traces_failed_at": AGO[1] - 1})
        ),
        process("http-1", report={"problems": {"traces": "HTTP 503"}}, **failing),
        process("http-2", **failing),
        process("http-3", traces_failed_at=AGO[20], traces_delivered_at=AGO[1]),  # well again
    ]
    [finding] = found(*slots)

    assert finding["code"] == "undelivered"
    assert (finding["signal"], finding["problem"]) == ("traces", "HTTP 503")
    assert finding["endpoint"] == "http://c/v1/traces"
    assert finding["processes"] == ["http-0", "http-1", "http-2"]


def test_metrics_that_nobody_sends_are_told():
    assert codes(process(metrics_delivered_at=AGO[89])) == []
    assert codes(process(metrics_delivered_at=AGO[91])) == ["silent"]
    # One that is not asked to send metrics
    assert codes(process(metrics_delivered_at=0, report={"endpoints": {}})) == []
    # As often as it was told to
    assert codes(process(metrics_delivered_at=AGO[91], report={"metric_interval": 60})) == []


def test_a_queue_is_told_before_it_is_full():
    assert codes(process(report={"fullness": {"traces": 0.8}})) == []
    [finding] = found(process(report={"fullness": {"traces": 0.81}}))
    assert (finding["code"], finding["signal"]) == ("queue_filling", "traces")


def test_drops_are_told_for_a_quarter_of_an_hour_by_signal_and_reason():
    lost = {"traces_dropped_expired": 2, "traces_dropped_killed": 5, "logs_dropped_error": 9}
    ago = {
        "traces_dropped_at_expired": AGO[20],
        "traces_dropped_at_killed": AGO[899],
        "logs_dropped_at_error": AGO[901],
    }
    slots = [
        process(**lost, **ago),
        process("http-1", traces_dropped_at_expired=AGO[91], traces_dropped_expired=4),
    ]
    told = [(each["signal"], each["reason"], each["items"], each["last_at"]) for each in found(*slots)]

    assert told == [("traces", "expired", 6, AGO[20]), ("traces", "killed", 5, AGO[899])]
    assert found(*slots)[0]["severity"] == "warning"


def test_requests_that_were_lost_are_told_unless_they_are_few():
    lost = {"process_lost": 11, "process_all_records": 10_000}
    slots = [process(process_lost_at=AGO[899], **lost), process("http-1", process_lost_at=AGO[901], **lost)]
    [finding] = found(*slots)

    assert (finding["code"], finding["processes"], finding["items"]) == ("losing", ["http-0"], 11)
    assert (finding["reason"], finding["last_at"]) == ("unknown", AGO[899])
    assert codes(process(process_lost_at=AGO[20], **(lost | {"process_lost": 10}))) == []


def losing(name, *losses, **numbers):
    """A process of a slot with such losses: seconds ago, items and reason."""
    told = [{"at": AGO[seconds], "items": items, "reason": reason} for seconds, items, reason in losses]
    numbers = {"process_all_records": 1000, "process_lost": 100, "process_lost_at": told[-1]["at"]} | numbers
    return process(name, report={"losses": told}, **numbers)


def losses_found(*slots):
    return [
        (each["reason"], each["processes"], each["items"], each["last_at"])
        for each in found(*slots)
        if each["code"] == "losing"
    ]


def test_what_was_lost_is_told_by_the_reason_of_this_loss_and_not_of_an_old_one():
    killed_once = losing("http-0", (901, 50, "killed"), (20, 3, "shutdown"), worker_exit_killed=9)

    assert losses_found(killed_once) == [("shutdown", ["http-0"], 3, AGO[20])]


def test_each_reason_is_told_with_its_slots_items_and_the_last_moment():
    slots = [
        losing("http-0", (899, 4, "shutdown"), (61, 5, "killed")),
        losing("http-1", (89, 7, "killed"), (20, 1, "killed")),
        losing("cron-0", (59, 2, "shutdown")),
        losing("cron-1", (901, 6, "killed")),
        process("evented-0"),
    ]

    assert losses_found(*slots) == [
        ("killed", ["http-0", "http-1"], 13, AGO[20]),
        ("shutdown", ["http-0", "cron-0"], 6, AGO[59]),
    ]


def test_what_a_killed_process_took_along_is_told_before_it_has_a_successor():
    left = {"pid": 0, "process_all_records": 100, "process_records": 40, "process_delivered": 29}

    assert losses_found(process("http-1"), process(is_killed=True, **left)) == [
        ("killed", ["http-0"], 11, AGO[1])
    ]
    # One that has said that it ends may deliver the rest within its last seconds.
    assert losses_found(process("http-1"), process(**left)) == []


def test_an_attribute_over_its_limit_is_told_with_an_example():
    row = {"metric": "m", "attribute": "a", "values": 1000, "limit": 1000, "example": "/x/1"}
    [finding] = found(process(), cardinality=[row, row | {"metric": "n", "example": ""}])

    assert (finding["code"], finding["metric"], finding["attribute"]) == ("overflow", "m", "a")
    assert (finding["example"], finding["runbook"]) == ("/x/1", "OdooTelemetryCardinalityLimited")


def test_what_fails_comes_before_what_may():
    slots = [
        process(traces_dropped_at_expired=AGO[1], traces_dropped_expired=1, traces_failed_at=NOW),
        process("http-1", report={"written_at": AGO[61]}),
    ]
    assert codes(*slots) == ["stuck", "undelivered", "dropping"]
    severities = [severity for severity, _runbook in CODES.values()]
    assert severities == sorted(severities)
