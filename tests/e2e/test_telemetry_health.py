"""How telemetry itself is, told by every process of a real stack, also when Prometheus is gone."""

import json

KINDS = {"http", "cron", "evented"}


def health(stack) -> dict:
    return stack.login().call("odooops.telemetry", "get_health")


def delivering(found: dict) -> set[str]:
    """The kinds of the processes that record and whose metrics have arrived."""
    return {
        process["kind"]
        for process in found["processes"]
        if process["state"] == "recording" and process["signals"]["metrics"]["delivered_at"]
    }


def test_each_kind_of_process_tells_what_it_delivered(stack, wait_for):
    found = wait_for(
        "metrics of each kind of process", lambda: delivering(found := health(stack)) >= KINDS and found
    )

    assert found["totals"]["sent"] > 0
    assert found["totals"]["memory"] > 0
    assert found["cardinality"][0]["limit"] in (1000, 10000)
    by_name = {process["name"]: process for process in found["processes"]}
    assert by_name["http-0"]["pid"] == stack.slot_pid("http-0")


def test_what_was_recorded_is_stored(stack, wait_for):
    store = wait_for(
        "the share that Prometheus has", lambda: (found := health(stack)["store"])["completeness"] and found
    )

    assert store["state"] == "known"
    # Of ten seconds or so Prometheus' extrapolation says little.
    assert store["completeness"] > 0.5
    assert store["processes"] == []


def test_the_command_line_tells_the_same(stack):
    result = stack.run("cli", "telemetry", "health", "--output", "json")

    assert {process["name"] for process in json.loads(result.stdout)["processes"]} >= {"http-0", "cron-0"}
    assert "http-0" in stack.run("cli", "telemetry", "health").stdout


def test_without_prometheus_the_processes_say_that_they_cannot_deliver(stack, wait_for):
    stack.supervisorctl("stop", "prometheus")
    try:
        found = wait_for(
            "a process that cannot deliver",
            lambda: (found := health(stack))["summary"]["state"] == "failing" and found,
        )
    finally:
        stack.supervisorctl("start", "prometheus")

    assert found["store"]["state"] == "failing"
    assert found["findings"][0]["title"].startswith("metrics cannot be delivered to http://127.0.0.1:")
    assert len(found["processes"]) >= 4
    wait_for("they deliver again", lambda: health(stack)["summary"]["state"] != "failing", 60)
