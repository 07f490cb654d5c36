"""Where a state lives, whose it is, and what state.json says."""

import errno
import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from odooops.stack import account, state as states
from odooops.stack.errors import StackError


def test_the_option_wins_over_the_environment():
    environ = {"ODOOOPS_STATE": "/srv/b"}
    assert str(states.state_directory("/srv/a", environ, root=True)) == "/srv/a"
    assert str(states.state_directory(None, environ, root=True)) == "/srv/b"


def test_root_has_a_system_wide_default_and_others_one_of_their_own():
    assert str(states.state_directory(None, {}, root=True)) == "/var/lib/odooops"
    assert str(states.cache_directory({}, root=True)) == "/var/cache/odooops"
    environ = {"XDG_STATE_HOME": "/home/ann/s", "XDG_CACHE_HOME": "/home/ann/c"}
    assert str(states.state_directory(None, environ, root=False)) == "/home/ann/s/odooops"
    assert str(states.cache_directory(environ, root=False)) == "/home/ann/c/odooops"


def test_a_relative_xdg_directory_is_ignored_as_the_specification_says(monkeypatch):
    monkeypatch.setenv("HOME", "/home/ann")
    assert (
        str(states.state_directory(None, {"XDG_STATE_HOME": "s"}, root=False))
        == "/home/ann/.local/state/odooops"
    )


@pytest.mark.parametrize("path", ["/srv/a b", "/srv/$HOME", "/srv/a;b", "/srv/a%b", "/srv/ä", "/srv/a\nb"])
def test_a_path_that_a_configuration_file_could_not_hold_is_refused(path):
    with pytest.raises(StackError, match="may hold only letters"):
        states.state_directory(path, {}, root=False)


def test_an_empty_option_is_not_taken_for_none():
    with pytest.raises(StackError, match="--state is empty"):
        states.state_directory("", {"ODOOOPS_STATE": "/srv/b"}, root=True)


@pytest.mark.parametrize("path", ["/", "/srv", "/mnt"])
def test_a_directory_of_the_system_is_no_state(path):
    with pytest.raises(StackError, match="name a directory of its own"):
        states.state_directory(path, {}, root=True)


def test_a_new_state_is_made_for_its_account_alone(tmp_path):
    states.claim(tmp_path / "new" / "state", account.current(), "state")
    assert (tmp_path / "new" / "state").stat().st_mode & 0o777 == 0o750


def test_a_directory_with_other_things_is_not_taken_for_a_state(tmp_path):
    (tmp_path / "thesis.tex").touch()
    with pytest.raises(StackError, match=r"not empty and not a state of OdooOps"):
        states.claim(tmp_path, account.current(), "state")


def test_a_state_that_was_killed_at_its_very_start_is_taken_up_again(tmp_path):
    (tmp_path / "lock").touch()
    (tmp_path / "log").mkdir()
    (tmp_path / ".state.json.1234.tmp").touch()
    states.claim(tmp_path, account.current(), "state")


def test_a_file_is_no_state(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(StackError, match="is not a directory"):
        states.claim(tmp_path / "file", account.current(), "state")


@pytest.mark.parametrize("mode", [0o644, 0o755])
def test_what_would_be_below_a_file_is_refused_by_naming_the_file(tmp_path, mode):
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(mode)
    with pytest.raises(
        StackError, match=rf"^{tmp_path}/file is a file, not a directory: .* with --state DIR$"
    ):
        states.claim(tmp_path / "file" / "sub", account.current(), "state")


@pytest.mark.parametrize(("kind", "option"), [("cache", "ODOOOPS_CACHE"), ("state", "--state DIR")])
def test_a_directory_that_cannot_be_made_is_told_with_the_option_to_choose_another(kind, option):
    with pytest.raises(
        StackError, match=rf"^/proc/foo cannot be made \(.+\): choose another place with {option}$"
    ):
        states.claim(Path("/proc/foo"), account.current(), kind)


def test_a_directory_that_cannot_be_written_is_no_state(tmp_path, monkeypatch):
    flags = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr(states.os, "statvfs", lambda directory: flags)
    with pytest.raises(
        StackError, match="is on a read-only file system: choose another place with --state DIR"
    ):
        states.claim(tmp_path, account.current(), "state")


def test_a_full_disk_is_told_as_such(tmp_path, monkeypatch):
    def full(directory, **_options):
        raise OSError(errno.ENOSPC, "No space left on device", str(directory))

    monkeypatch.setattr(states.Path, "mkdir", full)
    with pytest.raises(OSError, match="No space left"):
        states.claim(tmp_path / "state", account.current(), "state")


def test_a_state_of_somebody_else_is_refused_with_the_owner_s_name(tmp_path, monkeypatch):
    monkeypatch.setattr(account, "ask_as", lambda _account, question: question())
    me = account.current()
    stranger = account.Account("stranger", me.uid + 12345, me.gid, "/")
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "state.json").touch()
    with pytest.raises(StackError, match=f"belongs to {me.name}, not to stranger"):
        states.claim(tmp_path / "state", stranger, "state")


def test_a_state_of_a_newer_version_is_refused(tmp_path):
    (tmp_path / "state.json").write_text(json.dumps({"version": states.VERSION + 1}))
    with pytest.raises(StackError, match="made by a newer OdooOps"):
        states.read_record(tmp_path)


def test_a_lost_or_damaged_record_is_read_from_its_copy(state):
    state.save(ports={"nginx": 8070})
    (state.directory / "state.json").write_text("{")
    assert states.read_record(state.directory)["ports"] == {"nginx": 8070}
    (state.directory / "state.json").unlink()
    assert states.read_record(state.directory)["ports"] == {"nginx": 8070}
    states.claim(state.directory, account.current(), "state")


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"version": "x"}',
        "{}",
        '{"version": 1, "ports": {"nginx": "x"}}',
        '{"version": 1, "ports": []}',
    ],
)
def test_a_damaged_record_is_named(tmp_path, content):
    (tmp_path / "state.json").write_text(content)
    with pytest.raises(StackError, match=r"state\.json is damaged"):
        states.read_record(tmp_path)


def test_the_record_survives_a_round_trip(state):
    state.save(ports={"nginx": 8070})
    assert states.read_record(state.directory)["ports"] == {"nginx": 8070}
    assert [name for name in os.listdir(state.directory) if name.startswith(".")] == []
