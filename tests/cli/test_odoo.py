"""Which Odoo is taken, and which is refused."""

import pytest

from odooops.stack import odoo
from odooops.stack.errors import StackError


def test_a_tree_of_our_series_is_taken(odoo_home):
    found = odoo.from_home(odoo_home())
    assert (found.version, found.source) == ("19.0.0", "ODOO_HOME")


@pytest.mark.parametrize(
    ("version_info", "told"),
    [("(18, 0, 0, FINAL, 0, '')", "Odoo 18.0.0"), ("('saas~19', 1, 0, FINAL, 0, '')", "Odoo saas~19.1.0")],
)
def test_a_tree_of_another_series_is_refused_by_name(odoo_home, version_info, told):
    with pytest.raises(StackError, match=rf"holds {told}, but OdooOps needs 19\.0"):
        odoo.from_home(odoo_home(version_info))


def test_a_directory_without_odoo_is_refused(tmp_path):
    with pytest.raises(StackError, match="holds no Odoo"):
        odoo.from_home(tmp_path)
    with pytest.raises(StackError, match="holds no Odoo"):
        odoo.from_home(tmp_path / "missing")


def test_release_is_read_without_running_it(odoo_home):
    home = odoo_home()
    (home / "odoo" / "release.py").write_text("raise SystemExit\nversion_info = (19, 0, 0, 'final', 0, '')\n")
    assert odoo.release(home) == "19.0.0"


def test_a_source_checkout_has_addons_beside_the_package(odoo_home):
    home = odoo_home()
    assert odoo.from_home(home).addons == [home / "odoo" / "addons"]
    (home / "addons" / "web").mkdir(parents=True)
    (home / "addons" / "web" / "__manifest__.py").touch()
    assert odoo.from_home(home).addons == [home / "addons", home / "odoo" / "addons"]


def test_an_odoo_once_named_stays_the_state_s_odoo(state, odoo_home, monkeypatch):
    home = odoo_home()
    monkeypatch.setenv("ODOO_HOME", str(home))
    assert odoo.ensure(state).root == home
    monkeypatch.delenv("ODOO_HOME")
    assert odoo.ensure(state).root == home
