"""setup/up, setup/down and setup/cli find a Python or say what is missing; the launcher needs nothing else."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

SETUP = Path(__file__).parents[2] / "setup"
STACK = SETUP / "odooops" / "src" / "odooops" / "stack"


def test_the_launcher_imports_only_the_standard_library():
    for file in STACK.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module]
            assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names, file


@pytest.mark.parametrize("verb", ["up", "down"])
def test_the_scripts_work_from_any_directory_and_leave_no_bytecode(verb, tmp_path):
    output = subprocess.run(
        [SETUP / verb, "--help"], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout
    assert output.startswith(f"usage: setup/{verb}")


def fake_python(directory: Path, name: str, script: str) -> None:
    (directory / name).write_text(f"#!/bin/sh\n{script}\n")
    (directory / name).chmod(0o755)


def launch(tmp_path: Path) -> str:
    """What the scripts say where /usr/bin/python3 is replaced by what ``tmp_path`` has."""
    launcher = (
        (SETUP / "odooops" / "launch").read_text().replace("/usr/bin/python3", str(tmp_path / "python3"))
    )
    (tmp_path / "launch").write_text(launcher)
    for tool in ("dirname", "sh"):
        (tmp_path / tool).symlink_to(f"/usr/bin/{tool}")
    command = ["/bin/sh", tmp_path / "launch", "up"]
    done = subprocess.run(command, env={"PATH": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    return done.stderr


def test_a_machine_without_python_is_told_the_package(tmp_path):
    assert "python3 is not installed; on Debian: apt-get install python3" in launch(tmp_path)


def test_a_python_that_is_too_old_is_named(tmp_path):
    fake_python(tmp_path, "python3", '[ "$1" = --version ] && echo Python 3.9.2 && exit 0; exit 1')
    assert "Python 3.11 or newer is needed, this machine has Python 3.9.2" in launch(tmp_path)


def test_a_python_module_in_the_current_directory_is_not_run(tmp_path):
    (tmp_path / "odooops").mkdir()
    (tmp_path / "odooops" / "__init__.py").write_text("raise SystemExit('hijacked')\n")
    done = subprocess.run(
        [SETUP / "up", "--help"],
        cwd=tmp_path,
        env=dict(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
