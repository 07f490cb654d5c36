"""odooops query alerts: what fires, the worst first, as Prometheus tells it."""

import json

import pytest
from http_servers import serving

from odooops import endpoints, main as odooops


@pytest.fixture
def ask(state, capsys, monkeypatch):
    """``ask(found, …)``: exit code, output and errors, when Prometheus tells of those alerts; the path is checked."""
    monkeypatch.setattr(endpoints, "require_running", lambda directory: None)

    def call(found, *options):
        answer = {"status": "success", "data": {"alerts": found}}
        with serving(lambda request, _asked: request.answer(200, answer)) as server:
            parts = [{"name": "prometheus", "listen": server.url.removeprefix("http://")}]
            state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": parts}))
            code = odooops.main(["query", "alerts", *options, "--state", str(state.directory)])
        assert [asked["path"] for asked in server.asked] == ["/api/v1/alerts"]
        return code, *capsys.readouterr()

    return call


def alert(name, state="firing", severity="warning", **labels):
    annotations = {
        "summary": f"{name} it is.",
        "description": "5 of 6.\nSee.",
        "runbook_url": f"https://x/{name}.md",
    }
    return {
        "labels": {"alertname": name, "severity": severity, **labels},
        "annotations": annotations if name != "Bare" else {},
        "state": state,
        "activeAt": "2026-11-25T10:00:00.5Z",
        "value": "1e+00",
    }


def test_alerts_are_listed_the_worst_first_with_what_they_say(ask, in_berlin):
    found = [
        alert("Slow", "pending", "critical"),
        alert("Watchdog"),
        alert("Bare", severity=""),
        alert("Full", mountpoint="/"),
        alert("Down", severity="critical"),
    ]
    code, output, errors = ask(found)

    assert (code, errors) == (0, "")
    assert [line.split()[2] for line in output.splitlines() if line[:1].isalpha()] == [
        "Down",
        "Full",
        "Bare",
        "Slow",
    ]
    assert (
        """FIRING   warning   Full  since 2026-11-25 11:00:00+01:00
    Full it is.
    5 of 6. See.
    mountpoint="/"
    https://x/Full.md
"""
        in output
    )


def test_alerts_are_data_for_programs_and_none_is_said(ask):
    [found] = json.loads(ask([alert("Full", mountpoint="/")], "--output", "json")[1])
    code, output, errors = ask([alert("Watchdog")])

    assert found["labels"] == {"mountpoint": "/"}
    assert (found["name"], found["state"], found["runbook"]) == ("Full", "firing", "https://x/Full.md")
    assert (code, output) == (0, "")
    assert errors.startswith("odooops: no alert fires")
