"""odooops key: a key is printed once, alone, so that a script can keep it."""

import json

import pytest
from fake_odoo import Refusal

KEY = {
    "id": 5,
    "name": "ci",
    "user": "ann",
    "scope": "rpc",
    "created_at": "2026-11-25 10:00:00",
    "expires_at": "2026-12-25 10:00:00",
    "last_used_at": "2026-11-26 10:00:00",
    "state": "valid",
}


def test_keys_are_listed_with_their_owner_and_end(odoo, run):
    odoo.on("odooops.key.get_keys", [KEY, KEY | {"id": 6, "expires_at": False, "last_used_at": False}])

    found = json.loads(run("key", "list", "--output", "json")[1])

    assert found[0] == KEY | {
        "created_at": "2026-11-25T10:00:00Z",
        "expires_at": "2026-12-25T10:00:00Z",
        "last_used_at": "2026-11-26T10:00:00Z",
    }
    assert (found[1]["expires_at"], found[1]["last_used_at"]) == (None, None)


def test_a_new_key_is_all_that_is_printed(odoo, run):
    odoo.on("odooops.key.create_key", KEY | {"key": "abc123"})

    assert run("key", "create", "ci", "--days", "30") == (0, "abc123\n", "")
    assert odoo.asked("odooops.key.create_key") == [{"name": "ci", "days": 30}]


def test_the_policy_s_refusal_is_told(odoo, run):
    odoo.on("odooops.key.create_key", Refusal(422, "UserError", "Days: write a whole number from 1 to 90."))

    assert run("key", "create", "ci", "--days", "400")[0] == 1
    assert odoo.asked("odooops.key.create_key") == [{"name": "ci", "days": 400}]


def test_a_key_is_revoked_by_its_id(odoo, run):
    odoo.on("odooops.key.revoke_key", KEY)

    assert run("key", "revoke", "5", "--yes") == (0, "key ci of ann is revoked\n", "")
    assert odoo.asked("odooops.key.revoke_key") == [{"key_id": 5}]


def test_the_name_that_somebody_gave_his_key_does_not_steer_the_terminal(odoo, run):
    odoo.on("odooops.key.revoke_key", KEY | {"name": "ci\x1b[2Jgone\u202e"})

    assert run("key", "revoke", "5", "--yes")[1] == "key ci\\x1b[2Jgone\\u202e of ann is revoked\n"


def test_an_id_is_a_number(run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("key", "revoke", "ci")
    assert stop.value.code == 2
