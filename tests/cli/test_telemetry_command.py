"""odooops telemetry: how telemetry itself is, for people and for programs."""

import json

import pytest

MODEL = "odooops.telemetry"
PROCESS = {
    "name": "http-0",
    "kind": "http",
    "pid": 4711,
    "state": "recording",
    "recorder": "compiled",
    "recorder_reason": "",
    "host": "h",
    "instance": "h:8069/http-0",
    "since": "2026-11-23 20:31:05",
    "records": 1200,
    "recorded": 5000,
    "lost": 1,
    "sent": 9990,
    "dropped": {"killed": 7, "expired": 3},
    "failed": 2,
    "waiting": 4,
    "completeness": 0.999,
    "delivered_at": "2026-11-23 20:40:00",
    "memory": 150.0 * 2**20,
    "overhead_us": 31.4,
    "background_us": 42.1,
    "background_share": 0.00119,
    "cpu_share": 0.00618,
    "signals": {"traces": {"failed_at": "", "attempt_ms": False, "problem": ""}},
}
FREE = PROCESS | {
    "name": "http-1",
    "pid": 0,
    "state": "free",
    "recorder": "",
    "dropped": {},
    "completeness": False,
    "memory": 0.0,
    "overhead_us": False,
    "background_us": False,
    "cpu_share": False,
}
ANSWER = {
    "summary": {"state": "healthy", "title": "Telemetry works: 1 processes record"},
    "findings": [],
    "hints": [],
    "processes": [PROCESS, FREE],
    "totals": {
        "completeness": 0.99899,
        "counted": 0.9998,
        "overhead_us": 31.4,
        "background_us": 42.1,
        "background_share": 0.00119,
        "cpu_share": 0.00618,
        "sent": 9990,
        "dropped": {"killed": 7, "expired": 3},
        "waiting": 4,
        "failed": 2,
    },
    "cardinality": [
        {
            "metric": "m",
            "attribute": f"a{number}" if number else "otel.metric.overflow",
            "values": 9 - number,
            "limit": 1000,
            "example": "",
        }
        for number in range(7)
    ],
    "store": {"state": "unset", "message": "Set prometheus.url.", "completeness": False, "processes": []},
    "checked_at": "2026-11-23 20:40:01",
}
FINDING = {
    "code": "undelivered",
    "severity": "failing",
    "title": "traces cannot be delivered to http://c:4318/v1/traces",
    "advice": "HTTP 503. Check that the receiver runs.",
    "runbook": "https://example.com/OdooTelemetryExportFailing.md",
    "processes": ["http-0"],
}


def test_people_see_shares_costs_and_each_process(odoo, run, in_berlin):
    odoo.on(f"{MODEL}.get_health", ANSWER)

    code, output, _errors = run("telemetry", "health")

    assert code == 0
    assert "Telemetry works: 1 processes record" in output
    # Never rounded up
    assert "99.89 % arrived of what was sent or given up (9990 items sent, 10 dropped)" in output
    assert "4 wait, 2 attempts to send failed; 99.98 % of requests are counted" in output
    assert (
        "a request costs 31 µs while it runs; counting and sending take 0.11 % of a processor; together 0.61 % of the "
        "CPU time of Odoo" in output
    )
    assert "Set prometheus.url." in output
    lines = [line.split("  ") for line in output.splitlines()]
    [http] = [line for line in lines if line[0] == "http-0"]
    assert [word.strip() for word in http if word.strip()] == [
        "http-0",
        "4711",
        "records",
        "1200",
        "1",
        "9990",
        "99.9 %",
        "7 killed, 3 expired",
        "2",
        "4",
        "2026-11-23 21:40:00+01:00",
        "compiled",
        "31 µs",
        "0.61 %",
        "157.3 MB",
    ]
    [free] = [line.split() for line in output.splitlines() if line.startswith("http-1")]
    assert free[1:3] == ["-", "ended"]
    assert "-" in free[7]
    assert "all together" in output
    assert "a4" in output
    assert "a5" not in output


def test_shares_are_told_once_something_was_sent(odoo, run):
    nothing = {"completeness": False, "overhead_us": False, "background_us": False, "cpu_share": False}
    odoo.on(f"{MODEL}.get_health", ANSWER | {"totals": ANSWER["totals"] | nothing})

    code, output, _errors = run("telemetry", "health")

    assert code == 0
    assert "Nothing has been sent yet" in output
    assert "- arrived" not in output


@pytest.mark.parametrize(("severity", "code"), [("failing", 1), ("warning", 0)])
def test_what_needs_attention_comes_with_what_to_do(odoo, run, severity, code):
    summary = {"state": severity, "title": "Telemetry: 1 thing needs attention"}
    odoo.on(
        f"{MODEL}.get_health", ANSWER | {"summary": summary, "findings": [FINDING | {"severity": severity}]}
    )

    found, output, _errors = run("telemetry", "health")

    assert found == code
    assert f"{severity}: traces cannot be delivered to http://c:4318/v1/traces" in output
    assert "  HTTP 503. Check that the receiver runs." in output
    assert "OdooTelemetryExportFailing.md" in output


def test_what_was_lost_comes_with_the_moment_of_the_last_loss(odoo, run, in_berlin):
    lost = FINDING | {"title": "http-0: 7 requests", "last_at": "2026-11-23 20:31:05"}
    odoo.on(f"{MODEL}.get_health", ANSWER | {"findings": [lost, FINDING | {"last_at": ""}]})

    output = run("telemetry", "health")[1]

    assert "failing: http-0: 7 requests, the last at 2026-11-23 21:31:05+01:00\n" in output
    assert "failing: traces cannot be delivered to http://c:4318/v1/traces\n" in output
    told = json.loads(run("telemetry", "health", "--output", "json")[1])["findings"]
    assert [finding["last_at"] for finding in told] == ["2026-11-23T20:31:05Z", None]


def test_a_process_that_records_in_python_says_what_to_do(odoo, run):
    hint = {"advice": "http-0: the recorder in Python runs.", "page": "https://example.com/native/README.md"}
    python = PROCESS | {"recorder": "python", "recorder_reason": "missing"}
    odoo.on(f"{MODEL}.get_health", ANSWER | {"hints": [hint], "processes": [python]})

    code, output, _errors = run("telemetry", "health")

    assert code == 0
    assert "hint: http-0: the recorder in Python runs.\n  https://example.com/native/README.md" in output
    [line] = [line for line in output.splitlines() if line.startswith("http-0 ")]
    assert "  Python  " in line
    assert json.loads(run("telemetry", "health", "--output", "json")[1])["hints"] == [hint]


def test_programs_get_all_of_it_with_moments_and_nulls(odoo, run):
    odoo.on(f"{MODEL}.get_health", ANSWER)

    found = json.loads(run("telemetry", "health", "--output", "json")[1])

    [process, free] = found["processes"]
    assert process["since"] == "2026-11-23T20:31:05Z"
    assert process["signals"]["traces"] == {"failed_at": None, "attempt_ms": None, "problem": None}
    assert (free["completeness"], free["cpu_share"]) == (None, None)
    assert found["checked_at"] == "2026-11-23T20:40:01Z"
    assert len(found["cardinality"]) == 7


def test_other_machines_are_told_by_their_instance(odoo, run):
    other = {"instance": "there:8069/http-0", "completeness": 0.5, "dropped": {"expired": 3}}
    store = {"state": "known", "message": "", "completeness": 1.0, "processes": [other]}
    odoo.on(f"{MODEL}.get_health", ANSWER | {"store": store})

    output = run("telemetry", "health")[1]
    assert "there:8069/http-0: 50 % arrived, dropped: 3 expired" in output
    assert "about 100 % of the requests and jobs of the last hour are in Prometheus" in output
