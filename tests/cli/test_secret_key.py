"""The key of Odoo's secrets, made once and kept."""

import without_odoo

from odooops.stack import odoo_conf, secret_key

without_odoo.register_addons()

from odooops_base.tools import references, vault  # noqa: E402


def mode(path):
    return path.stat().st_mode & 0o777


def test_the_key_is_one_that_odoo_takes_for_its_owner_alone(state):
    secret_key.ensure(state)
    file = state.path("secrets", "key")

    assert len(vault.parse_keys(file.read_text())) == 1
    assert mode(file) == 0o600
    assert mode(state.path("secrets")) == mode(state.path("secrets", "files")) == 0o700


def test_a_key_that_is_there_is_never_replaced(state):
    secret_key.ensure(state)
    state.path("secrets", "key").write_text("the operator's own")
    secret_key.ensure(state)

    assert state.path("secrets", "key").read_text() == "the operator's own"


def test_each_state_has_a_key_of_its_own(state, tmp_path):
    secret_key.ensure(state)
    first = state.path("secrets", "key").read_text()
    state.path("secrets", "key").unlink()
    secret_key.ensure(state)

    assert state.path("secrets", "key").read_text() != first


def test_odoo_is_told_where_key_and_files_are(state):
    told = odoo_conf.environment(state, {})

    assert told["ODOOOPS_SECRET_KEY_FILE"] == str(state.path("secrets", "key"))
    assert told["ODOOOPS_SECRET_DIR"] == str(state.path("secrets", "files"))
    assert told.keys() & references.RESERVED == {"ODOOOPS_SECRET_KEY_FILE", "ODOOOPS_SECRET_DIR"}


def test_the_caller_s_own_key_wins_and_his_secrets_are_handed_on(state):
    told = odoo_conf.environment(state, {"ODOOOPS_SECRET_KEY": "k", "ODOOOPS_SECRET_SLACK": "s"})

    assert "ODOOOPS_SECRET_KEY_FILE" not in told
    assert (told["ODOOOPS_SECRET_KEY"], told["ODOOOPS_SECRET_SLACK"]) == ("k", "s")
