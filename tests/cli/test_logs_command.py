"""odooops logs: one environment's lines, by program, severity and text."""

import json

import pytest
from http_servers import recorded, serving

from odooops.commands.logs import logql


@pytest.fixture
def loki(state, monkeypatch):
    """A stack that runs, whose Loki gives recorded lines."""
    monkeypatch.setattr("odooops.nouns.require_running", lambda directory: None)
    state.save(other_environments=["production"])
    with serving(recorded("loki_lines")) as server:
        parts = [{"name": "loki", "listen": server.url.removeprefix("http://")}]
        state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": parts}))
        yield server


def test_the_lines_are_of_the_environment_and_the_period(loki, state, run):
    arguments = ("--since", "2026-11-25T01:00:00Z", "--until", "2026-11-25T02:00Z", "--limit", "4")
    code, output, errors = run("logs", "production", *arguments, "--state", str(state.directory))

    (asked,) = loki.asked
    assert code == 0
    assert asked["headers"]["X-Scope-OrgID"] == "production"
    assert asked["query"]["start"] == "1795568400000000000"
    assert len([line for line in output.splitlines() if not line.startswith(" ")]) == 4
    assert "the newest 4 lines; there may be more" in errors


def test_programs_get_the_same_keys_as_from_query_logs(loki, state, run):
    found = json.loads(run("logs", "production", "--output", "json", "--state", str(state.directory))[1])

    assert {frozenset(line) for line in found} == {frozenset({"time_ns", "labels", "text"})}


@pytest.mark.parametrize(
    ("asked", "query"),
    [
        ({}, '{service_name=~".+"}'),
        ({"service": "odoo"}, '{service_name="odoo"}'),
        ({"text": 'say "hi" \\ or | drop'}, '{service_name=~".+"} |= "say \\"hi\\" \\\\ or | drop"'),
        (
            {"service": 'x"} or {a="b', "level": "error"},
            '{service_name="x\\"} or {a=\\"b"} | severity_text=~"(?i)error"',
        ),
    ],
)
def test_what_is_asked_for_is_quoted(asked, query):
    assert logql(**asked) == query


def test_nothing_up_has_its_own_exit_code(state, run):
    assert run("logs", "production", "--state", str(state.directory))[0] == 3
