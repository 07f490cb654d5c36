"""Debian's archive as the machine's own apt names it, and what is unpacked."""

from pathlib import Path

import pytest

from odooops.stack import archive
from odooops.stack.errors import StackError

DEB822 = """\
Types: deb
URIs: https://download.example.com/linux/debian
Suites: bookworm
Components: stable

Types: deb
URIs: http://mirror.example.org/debian http://other.example.org/debian
Suites: bookworm bookworm-updates
Components: main
"""
ONE_LINE = """\
# deb http://commented.example.org/debian bookworm main
deb https://packages.example.com/apt tool-bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example.org/debian trixie main contrib
"""


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "sources.list.d").mkdir()
    return tmp_path


def test_the_mirror_is_taken_from_deb822_sources_past_those_of_others(etc):
    (etc / "sources.list.d" / "a.sources").write_text(DEB822)
    assert archive.mirror(etc) == "http://mirror.example.org/debian"


def test_the_mirror_is_taken_from_one_line_sources_past_comments_and_others(etc):
    (etc / "sources.list").write_text(ONE_LINE)
    assert archive.mirror(etc) == "http://mirror.example.org/debian"


def test_a_machine_without_debian_s_archive_is_told_the_way_out(etc):
    with pytest.raises(StackError, match="set ODOO_HOME"):
        archive.mirror(etc)


def test_a_half_unpacked_bundle_does_not_count(tmp_path):
    (tmp_path / "usr").mkdir()
    assert archive.versions(tmp_path) == {}
    (tmp_path / "versions.json").write_text('{"odoo-1')
    assert archive.versions(tmp_path) == {}


def test_an_unpacked_bundle_is_not_fetched_again(state):
    bundle = archive.Bundle("tool", {"sid": ("tool",)}, ("tool",))
    prefix = state.cache / "tool"
    prefix.mkdir()
    (prefix / "versions.json").write_text('{"tool": "1.0-1"}')
    assert archive.ensure(state, bundle) == prefix


def test_a_bundle_that_lacks_a_package_by_now_is_fetched_anew(state, monkeypatch):
    bundle = archive.Bundle("tool", {"sid": ("tool", "more")}, ("tool", "more"))
    prefix = state.cache / "tool"
    prefix.mkdir()
    (prefix / "versions.json").write_text('{"tool": "1.0-1"}')
    debs = [Path("more_2.0-1_all.deb"), Path("tool_1.1-1_all.deb")]
    monkeypatch.setattr(archive, "_download", lambda *arguments: debs)
    monkeypatch.setattr(archive, "_unpack", lambda *arguments: None)

    archive.ensure(state, bundle)
    assert archive.versions(prefix) == {"tool": "1.1-1", "more": "2.0-1"}
