"""From a fault to an alert: the way that the rules' own tests cannot see, and the runbooks it leads to.

By its name it runs before the tests that kill Prometheus, after which an alert takes a minute more to be sent again.
"""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest
import requests

RUNBOOKS = sorted((Path(__file__).parents[2] / "monitoring" / "runbooks").glob("*.md"))
BROKEN_COMMAND = re.compile(
    r"command not found|No such file|syntax error|unknown flag|Traceback|could not connect|Expecting value"
)
# Prometheus' answer to a query that it does not understand; logs on standard output may hold anything else.
REFUSED_QUERY = re.compile(r'"status": ?"error"')


# What other tests do on purpose is true for longer than one waits: they kill workers, and record a backup of last year.
PROVOKED = {"OdooBackupMissing", "OdooTelemetryIncomplete", "OdooWorkersKilled"}


def alerts(stack) -> dict[str, dict]:
    found = requests.get(f"{stack.urls['alertmanager']}/api/v2/alerts", timeout=10).json()
    return {alert["labels"]["alertname"]: alert for alert in found}


def test_the_watchdog_reaches_alertmanager(stack, wait_for):
    # Prometheus sends an alert again after a minute: the first one may find Alertmanager not yet known.
    wait_for("Alertmanager has the Watchdog", lambda: "Watchdog" in alerts(stack), 120)


def test_requests_become_the_rules_input(stack, wait_for):
    rate = "deployment_environment_name:http_server_request_duration_seconds_count:rate2m"

    [(labels, _value)] = wait_for("the recording rule has a value", lambda: stack.query(f"{rate} > 0"), 120)

    assert labels["deployment_environment_name"] == "local"


def firing(stack) -> set[str]:
    """The alerts that fire in Prometheus now (ALERTS shows those of a Prometheus that was stopped, too)."""
    answer = requests.get(f"{stack.urls['prometheus']}/api/v1/alerts", timeout=10).json()
    return {alert["labels"]["alertname"] for alert in answer["data"]["alerts"] if alert["state"] == "firing"}


def test_a_healthy_stack_settles_with_no_alert_but_the_watchdog(stack, wait_for):
    wait_for("metrics of Odoo arrived", lambda: stack.query("odooops_telemetry_sent_total"))

    def is_quiet() -> bool:
        if names := (firing(stack) - PROVOKED) ^ {"Watchdog"}:
            raise ValueError(f"fires, or is the Watchdog and does not: {', '.join(names)}")
        return True

    # Errors that earlier tests made on purpose count for two minutes.
    wait_for("the Watchdog alone fires", is_quiet, 180)


@pytest.mark.slow
def test_a_frozen_front_door_becomes_an_alert_that_ends_with_it(stack, wait_for):
    nginx = stack.family("nginx")
    for pid in nginx:
        os.kill(pid, signal.SIGSTOP)
    try:
        alert = wait_for(
            "Alertmanager has OdooUnreachable", lambda: alerts(stack).get("OdooUnreachable"), 150
        )
    finally:
        for pid in nginx:
            os.kill(pid, signal.SIGCONT)

    assert alert["labels"]["severity"] == "critical"
    assert alert["annotations"]["runbook_url"].endswith("/monitoring/runbooks/OdooUnreachable.md")
    wait_for("the alert ends", lambda: "OdooUnreachable" not in firing(stack), 120)


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_the_commands_of_a_runbook_work(whole, runbook):
    script = "\n".join(re.findall(r"```sh\n(.*?)```", runbook.read_text(), re.DOTALL)).replace("(PID)", "(0)")
    if os.geteuid() != 0:
        script = script.replace("runuser -u odooops -- ", "")

    result = subprocess.run(
        ["bash", "-c", script],
        cwd=whole.checkout,
        env=os.environ | {"ODOOOPS_STATE": str(whole.directory)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert script
    assert not BROKEN_COMMAND.search(result.stderr), result.stderr
    assert not REFUSED_QUERY.search(result.stdout), result.stdout
