"""The hooks of .pre-commit-config.yaml: each runs from installed programs alone, and finds nothing to mend."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
REPOS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"]
HOOKS = [hook for repo in REPOS for hook in repo["hooks"]]
# Nothing may be fetched: a hook that tried would get no answer.
OFFLINE = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https", "all")}


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
    for name in git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0"):
        if name and (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    (copy / "node_modules").symlink_to(ROOT / "node_modules")
    git("init", "-q", cwd=copy)
    git("add", "--all", cwd=copy)
    return copy


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_finds_nothing_to_mend(hook, working_copy):
    if not shutil.which("pre-commit") or not program_of(hook):
        pytest.skip("pre-commit or the hook's program is not installed; `setup/test config` provides both")
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


def git(*arguments: str, cwd: Path = ROOT) -> str:
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout
