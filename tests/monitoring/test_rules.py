"""Every alert is proven: silent first, then firing with all its labels, and silent for what looks like it."""

import functools
import re
import subprocess
from pathlib import Path

import pytest
import yaml

HERE = Path(__file__).parent
ALERTS = HERE.parents[1] / "monitoring" / "alerts"
RUNBOOKS = ALERTS.parent / "runbooks"
RULE_FILES = sorted(ALERTS.glob("*.yaml"))
TEST_FILES = sorted(HERE.glob("*.test.yaml"))


def alert_names() -> list[str]:
    groups = [group for path in RULE_FILES for group in yaml.safe_load(path.read_text())["groups"]]
    return [rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule]


@functools.cache
def moments() -> list[dict]:
    """What the test files look at: an alert at a moment, and how it fires then."""
    tests = [test for path in TEST_FILES for test in yaml.safe_load(path.read_text())["tests"]]
    return [moment for test in tests for moment in test["alert_rule_test"]]


def expectations(alert: str) -> list[list]:
    """What the test files expect of an alert, one list of firing alerts for each moment looked at."""
    return [moment["exp_alerts"] for moment in moments() if moment["alertname"] == alert]


@pytest.mark.parametrize("path", RULE_FILES, ids=lambda path: path.stem)
def test_promtool_accepts_the_rules_without_a_warning(program, path):
    result = program("promtool", "check", "rules", "--lint=all", "--lint-fatal", path)

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("path", TEST_FILES, ids=lambda path: path.name.removesuffix(".test.yaml"))
def test_the_rules_pass_their_unit_tests(program, path):
    result = program("promtool", "test", "rules", path)

    assert result.returncode == 0, result.stdout


def test_each_rule_file_has_a_test_file_of_its_name():
    assert [path.name.removesuffix(".test.yaml") for path in TEST_FILES] == [path.stem for path in RULE_FILES]


@pytest.mark.parametrize("alert", alert_names())
def test_an_alert_is_seen_firing(alert):
    assert any(expectations(alert)), f"no test in {HERE.name}/*.test.yaml sees {alert} fire"


@pytest.mark.parametrize("alert", [name for name in alert_names() if name != "Watchdog"])
def test_an_alert_is_seen_silent(alert):
    assert [] in expectations(alert), f"no test in {HERE.name}/*.test.yaml sees {alert} silent"


def queries(runbook: str) -> list[str]:
    """What a runbook asks Prometheus."""
    return re.findall(r"--data-urlencode 'query=(.*?)'", (RUNBOOKS / f"{runbook}.md").read_text())


def test_the_queries_of_a_runbook_name_the_exporter_that_drops(program, tmp_path):
    series = [
        {
            "series": f'otelcol_exporter_{what}_failed_{of}_total{{exporter="{exporter}", pod="{pod}"}}',
            "values": "0+1x20",
        }
        for what in ("send", "enqueue")
        for of, exporter in (("spans", "tempo"), ("log_records", "loki"))
        for pod in "ab"
    ]
    expected = [{"labels": f'{{exporter="{name}"}}', "value": 20} for name in ("tempo", "loki")]
    tests = [
        {"expr": query, "eval_time": "15m", "exp_samples": expected if "otelcol" in query else []}
        for query in queries("CollectorDroppingTelemetry")
    ]
    file = tmp_path / "runbook.test.yaml"
    file.write_text(yaml.safe_dump({"tests": [{"input_series": series, "promql_expr_test": tests}]}))

    result = program("promtool", "test", "rules", file)

    assert len(tests) == 3
    assert result.returncode == 0, result.stdout


def test_a_runbook_that_shows_the_settings_of_odoo_shows_no_token():
    (command,) = [
        line for line in (RUNBOOKS / "OdooTelemetrySilent.md").read_text().splitlines() if "/environ" in line
    ]
    shown = command.partition("/environ | ")[2]
    names = ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_LOGS_HEADERS")
    given = "".join(f"{name}=authorization=Bearer planted\n" for name in names)

    result = subprocess.run(["sh", "-c", shown], input=given, capture_output=True, text=True, check=True)

    assert result.stdout == "".join(f"{name}=…\n" for name in names)
