"""setup/test: the copy of the checkout that is tested."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from odooops.stack import account
from odooops.testing import checkout

pytestmark = pytest.mark.skipif(
    not shutil.which("git"), reason="git is not installed; `setup/test unit` installs it"
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A checkout with a committed, a new, an ignored and an executable file."""
    root = tmp_path / "source"
    (root / "deep").mkdir(parents=True)
    for name in ("committed", "deep/new", "ignored", "tool"):
        (root / name).write_text(name)
    (root / "tool").chmod(0o700)
    (root / ".gitignore").write_text("ignored\n")
    subprocess.run(["git", "init", "-q", "."], cwd=root, check=True)
    subprocess.run(["git", "add", "committed", "tool"], cwd=root, check=True)
    return root


@pytest.fixture
def target(tmp_path: Path) -> Path:
    (tmp_path / "target").mkdir()
    return tmp_path / "target"


def copy(source: Path, target: Path) -> list[str]:
    checkout.copy(source, target, account.current())
    return sorted(str(path.relative_to(target)) for path in target.rglob("*") if path.is_file())


def test_committed_and_new_files_are_copied_and_ignored_ones_are_not(source, target):
    assert copy(source, target) == [".gitignore", "committed", "deep/new", "tool"]


def test_everybody_can_read_the_copy_of_a_closed_checkout(source, target):
    source.chmod(0o700)
    (source / "committed").chmod(0o600)

    copy(source, target)

    assert (target / "committed").stat().st_mode & 0o777 == 0o644
    assert (target / "tool").stat().st_mode & 0o777 == 0o755
    assert (target / "deep").stat().st_mode & 0o777 == 0o755


def test_a_second_copy_follows_changes_and_deletions(source, target):
    copy(source, target)
    (source / "committed").write_text("changed")
    (source / "deep/new").unlink()

    assert copy(source, target) == [".gitignore", "committed", "tool"]
    assert (target / "committed").read_text() == "changed"
    assert not (target / "deep").exists()


def test_a_file_whose_content_is_the_same_keeps_its_time(source, target):
    copy(source, target)
    before = (target / "committed").stat().st_mtime_ns
    for name in ("committed", "tool"):
        os.utime(source / name, ns=(before + 1, before + 1))
    (source / "tool").write_text("loot")

    copy(source, target)

    assert (target / "committed").stat().st_mtime_ns == before
    assert (target / "tool").read_text() == "loot"


def test_what_the_tests_made_in_the_copy_stays(source, target):
    copy(source, target)
    (target / "node_modules").mkdir()
    (target / "node_modules" / "x.js").write_text("x")

    assert "node_modules/x.js" in copy(source, target)


def test_a_file_that_a_test_changed_in_the_copy_is_restored(source, target):
    copy(source, target)
    (target / "committed").write_text("formatted")

    copy(source, target)

    assert (target / "committed").read_text() == "committed"


def test_a_tree_without_git_is_copied_but_for_litter(source, target):
    shutil.rmtree(source / ".git")
    (source / "node_modules").mkdir()
    (source / "node_modules" / "x.js").write_text("x")

    assert copy(source, target) == [".gitignore", "committed", "deep/new", "ignored", "tool"]


def test_a_symbolic_link_stays_one(source, target):
    (source / "link").symlink_to("committed")

    copy(source, target)

    assert os.readlink(target / "link") == "committed"
