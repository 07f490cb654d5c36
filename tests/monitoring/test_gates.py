"""The health gates that come with the addon: each one is asked of a real Prometheus' engine, with data and without."""

import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest
import without_odoo
import yaml

without_odoo.register_addons()

from odooops_base.tools import gates  # noqa: E402

CHECKOUT = Path(__file__).parents[2]
ADDON = CHECKOUT / "addons" / "odooops_base"
DATA = ADDON / "data" / "odooops_gate_data.xml"
REQUESTS = "http_server_request_duration_seconds"


def gate(name: str) -> dict[str, str]:
    """The fields of a gate, by the end of its id."""
    record = ElementTree.parse(DATA).getroot().find(f"record[@id='gate_{name}']")
    return {field.get("name"): field.text for field in record}


def series(metric: str, values: str, **labels: str) -> dict[str, str]:
    labels = {"job": "odooops/odoo", "deployment_environment_name": "shop"} | labels
    text = ", ".join(f'{key}="{value}"' for key, value in labels.items())
    return {"series": f"{metric}{{{text}}}", "values": values}


SENT = series("odooops_telemetry_sent_total", "0+5x30", instance="h:http-0")
GOOD = series(f"{REQUESTS}_count", "0+10x30", http_route="/web")
BAD = series(f"{REQUESTS}_count", "0+1x30", http_route="/web", error_type="500")
RARELY_BAD = series(f"{REQUESTS}_count", "0x28 1x2", http_route="/web", error_type="500")
FEW = series(f"{REQUESTS}_count", "0x26 5x4", http_route="/web")
FAST = [
    series(f"{REQUESTS}_bucket", "0+10x30", le="0.5"),
    series(f"{REQUESTS}_bucket", "0+10x30", le="5"),
    series(f"{REQUESTS}_bucket", "0+10x30", le="+Inf"),
]
SLOW = [FAST[0] | {"values": "0x30"}, *FAST[1:]]
PROBE = series("probe_success", "1x30", job="blackbox")
UP = [series("up", "1x30", job="prometheus"), series("up", "1x30", job="postgres")]
ELSEWHERE = [PROBE | {"values": "0x30", "series": PROBE["series"].replace('"shop"', '"test"')}]
JOB = "odoo_cron_job_duration_seconds_count"
FAILING_JOB = series(JOB, "0x25 1x5", odoo_cron_name="Mail", error_type="ValueError")

# Gate, what Prometheus has, whether the gate is passed, and what the value is: None is no data.
CASES = [
    ("telemetry", [SENT], True, 0.333),
    ("telemetry", [SENT | {"values": "7x30"}], False, 0),
    ("telemetry", [], False, None),
    ("health_check", [PROBE], True, 1),
    ("health_check", [PROBE | {"values": "0x30"}], False, 0),
    ("health_check", ELSEWHERE, True, None),
    ("parts_up", UP, True, 1),
    ("parts_up", [UP[0], UP[1] | {"values": "0x30"}], False, 0),
    ("parts_up", [], True, None),
    ("error_ratio", [GOOD], True, None),
    ("error_ratio", [GOOD, BAD], False, 0.091),
    ("error_ratio", [GOOD, RARELY_BAD], True, None),
    ("error_ratio", [], True, None),
    ("latency", [GOOD, *FAST], True, 0.475),
    ("latency", [GOOD, *SLOW], False, 4.775),
    ("latency", [FEW, *SLOW], True, None),
    ("latency", [], True, None),
    ("scheduled_actions", [FAILING_JOB], False, 1.056),
    ("scheduled_actions", [FAILING_JOB | {"values": "7x30"}], True, 0),
    ("scheduled_actions", [], True, None),
]


@pytest.mark.parametrize(("name", "data", "is_passed", "value"), CASES)
def test_a_gate_says_what_is_so(program, tmp_path, name, data, is_passed, value):
    fields = gate(name)
    expression = gates.render(fields["query"], "shop", 300)
    # Rounded in PromQL itself: promtool compares labels and values for what they are.
    query = {"expr": f"round(sum({expression}), 0.001)", "eval_time": "7m15s"}
    query["exp_samples"] = [] if value is None else [{"labels": "{}", "value": value}]
    test = {"interval": "15s", "input_series": data, "promql_expr_test": [query]}
    file = tmp_path / "gate.yaml"
    file.write_text(yaml.safe_dump({"rule_files": [], "fuzzy_compare": True, "tests": [test]}))

    result = program("promtool", "test", "rules", file)

    assert result.returncode == 0, result.stdout
    samples = [] if value is None else [gates.Sample({}, value)]
    verdict = gates.judge(
        samples,
        fields["comparison"],
        float(fields["threshold"]),
        passes_without=fields["on_missing"] == "pass",
    )
    assert verdict.is_passed is is_passed


def test_each_gate_of_the_addon_is_tried():
    records = ElementTree.parse(DATA).getroot().findall("record")

    assert {f"gate_{case[0]}" for case in CASES} == {record.get("id") for record in records}


@pytest.mark.parametrize("name", sorted({case[0] for case in CASES}))
def test_a_gate_is_seen_passed_and_not(name):
    assert {case[2] for case in CASES if case[0] == name} == {True, False}
