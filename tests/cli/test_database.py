"""The database: half-made ones are made again, changed addons upgraded."""

import pytest

from odooops.stack import database
from odooops.stack.run import CommandFailed


@pytest.fixture
def server(state, checkout, tree, monkeypatch):
    """A PostgreSQL and an Odoo that only remember what they were asked."""
    state.checkout = checkout
    state.record["odoo"] = {"root": str(tree.root), "version": tree.version, "source": tree.source}
    for name in ("requirements.txt", "constraints.txt"):
        (checkout / name).touch()
    asked, databases = [], set()

    def sql(_state, statement, _database="postgres", **values):
        asked.append(statement)
        if statement.startswith("SELECT 1 FROM pg_database"):
            return "1" if values["name"] in databases else ""
        if statement.startswith("SELECT json_agg"):
            return '["base", "web", "mail", "odooops_base"]'
        if statement.startswith("ALTER DATABASE"):
            databases.add("odoo")
        return ""

    def run(_state, what, argv, **options):
        asked.append(" ".join(map(str, argv[3:])))
        return "$pbkdf2-sha512$x\n"

    def dump(_state, name, file):
        asked.append(f"dump {name}")
        file.write_text("tables")

    def restore(_state, name, file):
        asked.append(f"restore {name}")
        if file.read_text() != "tables":
            raise CommandFailed("it is broken", "")

    monkeypatch.setattr(database.postgres, "sql", sql)
    monkeypatch.setattr(database.postgres, "dump", dump)
    monkeypatch.setattr(database.postgres, "restore", restore)
    monkeypatch.setattr(database.postgres, "version", lambda _state: "15.18")
    monkeypatch.setattr(database, "run", run)
    return asked


def test_a_new_database_is_made_under_a_temporary_name_and_renamed_when_it_is_whole(state, server):
    assert database.ensure(state) == "made"
    made = next(n for n, text in enumerate(server) if text.startswith("CREATE DATABASE odoo_building"))
    odoo = next(n for n, text in enumerate(server) if "-i base,web,mail" in text)
    installed = next(n for n, text in enumerate(server) if "-i odooops_base" in text)
    password = next(n for n, text in enumerate(server) if text.startswith("UPDATE res_users"))
    renamed = next(
        n for n, text in enumerate(server) if text.startswith("ALTER DATABASE odoo_building RENAME TO odoo")
    )
    assert made < odoo < installed < password < renamed
    assert state.path("admin_password").stat().st_mode & 0o777 == 0o600
    assert database.pending(state) == ([], [])


def installs(server):
    """What was installed and restored, in order."""
    words = ("dump ", "restore ")
    return [text.partition(" -i ")[2] or text for text in server if " -i " in text or text.startswith(words)]


def test_odoo_is_installed_once_without_our_addons_and_restored_from_then_on(state, server):
    database.make(state, "one")
    [odoo] = [text for text in server if text.endswith("-i base,web,mail")]
    assert "--load=base,rpc,web " in odoo
    assert str(state.checkout) not in odoo
    assert installs(server) == ["base,web,mail", "dump one", "odooops_base"]

    server.clear()
    database.make(state, "two")
    assert installs(server) == ["restore two", "odooops_base"]


def test_what_cannot_be_restored_is_installed_into_an_empty_database(state, server):
    database.make(state, "one")
    [dump] = state.cache.glob("databases/*/database.dump")
    dump.write_text("tab")
    server.clear()

    database.make(state, "two")

    # Another state may have mended it while this one waited for the lock.
    assert installs(server) == ["restore two", "restore two", "base,web,mail", "dump two", "odooops_base"]
    restored = len(server) - server[::-1].index("restore two")
    assert any(text.startswith("CREATE DATABASE two") for text in server[restored:])


def test_what_an_interrupted_run_left_is_thrown_away(state, server):
    for name in ("odoo", "odoo_building"):
        state.path("odoo", "data", "filestore", name).mkdir(parents=True)
    database.ensure(state)
    assert server.index("DROP DATABASE IF EXISTS odoo_building WITH (FORCE)") < next(
        n for n, text in enumerate(server) if text.startswith("CREATE DATABASE")
    )
    assert list(state.path("odoo", "data", "filestore").iterdir()) == []


def test_a_whole_database_is_left_alone(state, server):
    database.ensure(state)
    server.clear()
    assert database.ensure(state) == "there"
    assert [text for text in server if not text.startswith("SELECT")] == []


def test_a_lost_password_file_is_made_anew(state, server):
    database.ensure(state)
    old = state.path("admin_password").read_text()
    state.path("admin_password").unlink()
    assert database.ensure(state) == "there, new admin password"
    assert state.path("admin_password").read_text() != old


def test_a_changed_addon_is_upgraded_and_a_new_one_installed(state, server, checkout):
    database.ensure(state)
    (checkout / "addons" / "odooops_base" / "model.py").touch()
    assert database.pending(state) == ([], ["odooops_base"])
    (checkout / "addons" / "odooops_otel").mkdir()
    (checkout / "addons" / "odooops_otel" / "__manifest__.py").touch()
    assert database.pending(state) == (["odooops_otel"], ["odooops_base"])


def test_an_addon_that_odoo_left_uninstalled_is_an_error(state, server):
    with pytest.raises(Exception, match="odooops_otel not installed"):
        database.upgrade(state, ["odooops_otel"], [])
