"""odooops event: which events are asked for, and following them without a loss or a double."""

import itertools
import json

import pytest

from odooops.commands import event

MODEL = "odooops.event"


def record(number, **changes):
    return {
        "id": number,
        "occurred_at": f"2026-11-25 10:00:{number:02d}",
        "name": "deployment.started",
        "outcome": "success",
        "user_login": "ann",
        "interface": "json2",
        "address": "10.0.0.7",
        "environment_id": [1, "production"],
        "target_model": "odooops.deployment",
        "target_name": "production: 1.4.2",
        "trace_id": False,
        "details": {"version": "1.4.2"},
    } | changes


def test_the_newest_are_shown_oldest_first(odoo, run):
    odoo.on(f"{MODEL}.search_read", [record(2), record(1)])

    found = json.loads(run("event", "list", "--output", "json")[1])

    assert [item["id"] for item in found] == [1, 2]
    assert found[0]["occurred_at"] == "2026-11-25T10:00:01Z"
    assert (found[0]["environment"], found[0]["trace_id"]) == ("production", None)
    assert odoo.asked(f"{MODEL}.search_read")[0]["order"] == "occurred_at desc, id desc"


@pytest.mark.parametrize(
    ("options", "condition"),
    [
        (["--name", "deployment"], ["name", "=like", "deployment.%"]),
        (["--name", "deployment.started"], ["name", "=", "deployment.started"]),
        (["--user", "ann"], ["user_login", "=", "ann"]),
        (["--environment", "production"], ["environment_id.name", "=", "production"]),
        (["--outcome", "failure"], ["outcome", "=", "failure"]),
        (["--target", "production: 1.4.2"], ["target_name", "=", "production: 1.4.2"]),
        (["--since", "2026-11-25T10:00:00+01:00"], ["occurred_at", ">=", "2026-11-25 09:00:00"]),
        (["--until", "2026-11-25T10:00:00Z"], ["occurred_at", "<=", "2026-11-25 10:00:00"]),
    ],
)
def test_each_filter_is_asked_for(odoo, run, options, condition):
    odoo.on(f"{MODEL}.search_read", [])

    run("event", "list", *options)

    assert condition in odoo.asked(f"{MODEL}.search_read")[0]["domain"]


def test_the_last_day_is_meant_when_nothing_is_said(odoo, run):
    odoo.on(f"{MODEL}.search_read", [])

    code, output, errors = run("event", "list")

    (condition,) = odoo.asked(f"{MODEL}.search_read")[0]["domain"]
    assert condition[:2] == ["occurred_at", ">="]
    assert (code, output) == (0, "")
    assert "--since 30d" in errors


def test_what_is_followed_comes_once_each_although_each_question_reaches_back(odoo, monkeypatch):
    monkeypatch.setattr("odooops.commands.event.INTERVAL", 0.0)
    looks = iter([[record(1)], [record(2), record(1)], [], [record(3), record(2)]])
    odoo.on(f"{MODEL}.search_read", lambda **_: next(looks))

    found = event.follow_events(odoo.client, [], 0.0, lambda text: None)

    assert [item["id"] for item in itertools.islice(found, 3)] == [1, 2, 3]


def test_the_environment_s_name_with_a_wildcard_is_no_pattern(odoo, run):
    odoo.on(f"{MODEL}.search_read", [])

    run("event", "list", "--user", "a%")

    assert ["user_login", "=", "a%"] in odoo.asked(f"{MODEL}.search_read")[0]["domain"]
