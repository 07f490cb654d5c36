"""The hooks of .pre-commit-config.yaml: each runs from installed programs alone, and finds nothing to mend.

``setup/test`` keeps that a hook has found nothing: it runs again when something that it reads is another.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from kept_results import KeptResults, key_of

ROOT = Path(__file__).parents[2]
REPOS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
HOOKS = [hook for repo in REPOS for hook in repo["hooks"]]
# Nothing may be fetched: a hook that tried would get no answer.
OFFLINE = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https", "all")}
# Beside what pre-commit itself keeps; elsewhere than in setup/test the programs may be of any environment.
KEPT = KeptResults(
    Path(os.environ["PRE_COMMIT_HOME"], "clean") if "ODOOOPS_TEST_BASE" in os.environ else None
)
# What a hook reads of the tree, where that is not all of it; the configuration names the files and has the command.
READS = {"pylint-odoo": ("addons/", ".pylintrc", ".pre-commit-config.yaml", "tests/hooks/")}


def program_of(hook: dict) -> str | None:
    name = hook["entry"].split()[0]
    return shutil.which(name) or shutil.which(ROOT / name)


def test_every_hook_is_local_and_runs_an_installed_program():
    assert [repo["repo"] for repo in REPOS] == ["local"]
    assert {hook["language"] for hook in HOOKS} == {"system"}


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_the_program_of_a_hook_is_installed(hook):
    assert program_of(hook), (
        f"{hook['entry'].split()[0]} is missing: pip install -r requirements-dev.txt; npm ci"
    )


@pytest.fixture(scope="module")
def working_copy(tmp_path_factory) -> Path:
    """A copy of the tree for the hooks to work on: some of them mend what they find."""
    copy = tmp_path_factory.mktemp("tree")
    for file in files():
        target = copy / file.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    git("init", "-q", cwd=copy)
    git("add", "--all", cwd=copy)
    return copy


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_finds_nothing_to_mend(hook, request):
    if not shutil.which("pre-commit") or not program_of(hook):
        pytest.skip("pre-commit or the hook's program is not installed; `setup/test config` provides both")
    key = key_of(read_by(hook), ROOT)
    if KEPT.has(hook["id"], key):
        return
    working_copy = request.getfixturevalue("working_copy")
    git("checkout", "-q", "--", ".", cwd=working_copy)

    result = subprocess.run(
        ["pre-commit", "run", hook["id"], "--all-files", "--color=never"],
        cwd=working_copy,
        env=os.environ | OFFLINE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
        check=False,
    )

    assert result.returncode == 0, f"{result.stdout}\n{git('diff', '--stat', cwd=working_copy)}"
    KEPT.keep(hook["id"], key)


def files() -> list[Path]:
    """The files of the tree that Git knows, or that are new and not ignored."""
    names = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]


def read_by(hook: dict) -> list[Path]:
    """What a hook reads below the root: files of the tree, and what npm has installed (its lock file has the sums)."""
    reads = READS.get(hook["id"], ("",))
    found = [file for file in files() if file.relative_to(ROOT).as_posix().startswith(reads)]
    return [*found, *ROOT.glob("node_modules/.package-lock.json")]


def git(*arguments: str, cwd: Path = ROOT) -> str:
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout
