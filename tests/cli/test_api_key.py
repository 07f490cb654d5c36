"""The key of the local command: one that Odoo takes, in a file of its owner alone, renewed when it stops working."""

import re

import pytest

from odooops.stack import api_key, reset


@pytest.fixture
def server(state, monkeypatch):
    """A PostgreSQL that remembers the one key, and the state's Python that hashes as ``hash of …``."""
    state.python.parent.mkdir(parents=True)
    rows = {}

    def sql(_state, statement, database, **values):
        assert database == "odoo"
        if "INSERT" in statement:
            assert "name = :'name'" in statement.partition("INSERT")[0]  # what was before is replaced
            rows.clear()
            rows[values["index"]] = values["hashed"]
            return ""
        return rows.get(values["index"], "")

    def run(_state, what, argv, *, text, secret):
        assert secret
        assert not any(re.search("[0-9a-f]{40}", str(part)) for part in argv)
        key, known = text.split("\n")
        return "works\n" if known == f"hash-of-{key}" else f"hash-of-{key}\n"

    monkeypatch.setattr(api_key.postgres, "sql", sql)
    monkeypatch.setattr(api_key, "run", run)
    return rows


def key_of(state):
    return state.path("secrets", "api-key").read_text().strip()


def test_it_is_made_for_its_owner_alone(state, server):
    assert api_key.ensure(state) == "made"
    assert api_key.FORM.fullmatch(key_of(state))
    assert state.path("secrets").stat().st_mode & 0o777 == 0o700
    assert state.path("secrets", "api-key").stat().st_mode & 0o777 == 0o600
    assert server == {key_of(state)[:8]: f"hash-of-{key_of(state)}"}


def test_one_that_works_stays(state, server):
    api_key.ensure(state)
    key = key_of(state)

    assert api_key.ensure(state) == "there"
    assert key_of(state) == key


@pytest.mark.parametrize("damage", ["", "x", "g" * 40, "0" * 40])
def test_a_file_that_holds_no_key_of_odoo_s_is_renewed(state, server, damage):
    api_key.ensure(state)
    state.path("secrets", "api-key").write_text(damage)

    assert api_key.ensure(state) == "made"
    assert list(server.values()) == [f"hash-of-{key_of(state)}"]


def test_one_that_was_revoked_is_renewed(state, server):
    api_key.ensure(state)
    key = key_of(state)
    server.clear()

    assert api_key.ensure(state) == "made"
    assert key_of(state) != key


def test_a_new_database_has_a_new_one(state, server):
    api_key.ensure(state)
    reset.delete_data(state)

    assert not state.path("secrets", "api-key").exists()
