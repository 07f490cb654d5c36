"""What hooks have found nothing in is not looked at again, and anything else is."""

from pathlib import Path

import pytest
from kept_results import KeptResults, key_of


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree of two files."""
    root = tmp_path / "tree"
    root.mkdir()
    (root / "a.py").write_text("x = 1\n")
    (root / "rc").write_text("enable=all\n")
    return root


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    """Where one package is installed."""
    info = tmp_path / "site" / "pylint-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Name: pylint\nVersion: 1\n")
    (info / "RECORD").write_text("pylint.py,sha256=a,1\n")
    return tmp_path / "site"


@pytest.fixture
def key(tree: Path, packages: Path):
    """Computes the key of what is there now."""
    return lambda: key_of([path for path in tree.rglob("*") if path.is_file()], tree, [str(packages)])


def test_the_same_has_the_same_key(key):
    assert key() == key()


@pytest.mark.parametrize(
    "change",
    [
        lambda tree, packages: (tree / "a.py").write_text("x = 2\n"),
        lambda tree, packages: (tree / "rc").write_text("enable=none\n"),
        lambda tree, packages: (tree / "b.py").touch(),
        lambda tree, packages: (tree / "a.py").rename(tree / "c.py"),
        lambda tree, packages: (tree / "a.py").chmod(0o755),
        lambda tree, packages: (packages / "pylint-1.dist-info/METADATA").write_text(
            "Name: pylint\nVersion: 2\n"
        ),
        lambda tree, packages: (packages / "pylint-1.dist-info/RECORD").write_text("pylint.py,sha256=b,1\n"),
    ],
    ids=["file", "configuration", "new file", "name", "mode", "version", "content of a package"],
)
def test_what_is_another_has_another_key(key, tree, packages, change):
    before = key()
    change(tree, packages)

    assert key() != before


def test_another_python_has_another_key(key, monkeypatch):
    before = key()
    monkeypatch.setattr("platform.python_version", lambda: "3.99.0")

    assert key() != before


def test_of_each_hook_the_last_success_is_kept(tmp_path):
    kept = KeptResults(tmp_path / "kept")
    kept.keep("ruff", "1")
    kept.keep("prettier", "1")
    kept.keep("ruff", "2")

    assert (kept.has("ruff", "2"), kept.has("ruff", "1"), kept.has("prettier", "1")) == (True, False, True)
    assert KeptResults(tmp_path / "kept").has("ruff", "2")
    assert not kept.has("pylint-odoo", "1")


def test_nowhere_nothing_is_kept():
    kept = KeptResults(None)
    kept.keep("ruff", "1")

    assert not kept.has("ruff", "1")
