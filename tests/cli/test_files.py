"""Files written whole, secrets, content hashes."""

import os
from pathlib import Path

import pytest

from odooops.stack import files


def test_the_same_text_is_not_written_again(tmp_path):
    file = tmp_path / "x"
    assert files.write_atomic(file, "a")
    before = file.stat().st_mtime_ns
    assert not files.write_atomic(file, "a")
    assert file.stat().st_mtime_ns == before
    assert files.write_atomic(file, "b")


def test_a_failed_write_leaves_the_old_file_and_no_litter(tmp_path, monkeypatch):
    file = tmp_path / "x"
    files.write_atomic(file, "old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write_atomic(file, "new")
    assert file.read_text() == "old"
    assert os.listdir(tmp_path) == ["x"]


def test_a_secret_is_made_once_for_its_owner_alone(tmp_path):
    secret = files.secret_file(tmp_path / "password")
    assert len(secret) >= 24
    assert files.secret_file(tmp_path / "password") == secret
    assert (tmp_path / "password").stat().st_mode & 0o777 == 0o600
    assert files.secret_file(tmp_path / "other") != secret


def test_an_empty_secret_is_made_anew(tmp_path):
    (tmp_path / "password").touch()
    assert files.secret_file(tmp_path / "password")


def test_the_content_hash_sees_names_and_bytes_but_not_bytecode(checkout):
    addons = checkout / "addons"
    before = files.content_hash(addons)
    (addons / "odooops_base" / "__pycache__").mkdir()
    (addons / "odooops_base" / "__pycache__" / "x.pyc").write_bytes(b"\0")
    assert files.content_hash(addons) == before
    (addons / "odooops_base" / "model.py").write_text("x = 1\n")
    changed = files.content_hash(addons)
    assert changed != before
    (addons / "odooops_base" / "model.py").rename(addons / "odooops_base" / "other.py")
    assert files.content_hash(addons) not in (before, changed)


def test_a_tree_is_replaced_even_after_an_interrupted_replacement(tmp_path):
    for name in ("new", "target", ".target.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    files.replace_tree(tmp_path / "new", tmp_path / "target")
    assert (tmp_path / "target" / "file").read_text() == "new"
    assert os.listdir(tmp_path) == ["target"]


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_directory_is_replaced_also_where_two_cannot_change_places(tmp_path, monkeypatch, can_exchange):
    for name in ("new", "target"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text(name)
    if can_exchange:
        # Killed after any rename there would be no target.
        monkeypatch.setattr(Path, "rename", lambda *paths: pytest.fail("a step of its own"))
    else:
        monkeypatch.setattr(files, "_exchange", lambda *paths: False)

    files.replace_tree(tmp_path / "new", tmp_path / "target")
    assert (tmp_path / "target" / "file").read_text() == "new"
    assert os.listdir(tmp_path) == ["target"]


def test_a_work_directory_goes_and_takes_those_of_killed_runs_along(tmp_path):
    (tmp_path / ".odoo.killed" / "tree").mkdir(parents=True)
    (tmp_path / ".other.1").mkdir()
    with files.work_directory(tmp_path, "odoo") as work:
        assert sorted(os.listdir(tmp_path)) == sorted([".other.1", work.name])
    assert os.listdir(tmp_path) == [".other.1"]
