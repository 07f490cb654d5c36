"""Completion by the shell: the script it wants, and what it is answered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[2] / "setup" / "odooops" / "src"


def completed(line: str, tmp_path) -> list[str]:
    """What the shell would offer after ``line``, by the protocol of argcomplete."""
    answer = tmp_path / "answer"
    environment = os.environ | {
        "_ARGCOMPLETE": "1",
        "_ARGCOMPLETE_STDOUT_FILENAME": str(answer),
        "_ARGCOMPLETE_SHELL": "bash",
        "COMP_LINE": line,
        "COMP_POINT": str(len(line)),
        "IFS": "\n",
        "PYTHONPATH": str(SOURCE),
        "XDG_CONFIG_HOME": str(tmp_path),
    }
    subprocess.run([sys.executable, "-m", "odooops"], env=environment, check=False, timeout=30)
    return [word.strip() for word in answer.read_text().replace("\v", "\n").splitlines()]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("odooops dep", ["deployment"]),
        ("odooops role g", ["grant"]),
        ("odooops role grant ann op", ["operator"]),
        ("odooops deployment finish --wa", ["--wait"]),
        ("odooops event list --output nd", ["ndjson"]),
    ],
)
def test_words_and_options_are_completed(line, offered, tmp_path):
    assert completed(line, tmp_path) == offered


def test_the_names_of_profiles_are_completed(tmp_path):
    file = tmp_path / "odooops" / "config.toml"
    file.parent.mkdir()
    file.write_text('[profiles.production]\nurl = "https://x"\nkey = "k"\n')
    file.chmod(0o600)

    assert completed("odooops --profile pro", tmp_path) == ["production"]
    assert completed("odooops profile use ", tmp_path) == ["production"]


def test_a_file_of_profiles_that_cannot_be_used_completes_nothing(tmp_path):
    file = tmp_path / "odooops" / "config.toml"
    file.parent.mkdir()
    file.write_text("x = ")
    file.chmod(0o600)

    assert completed("odooops --profile pro", tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(run, shell):
    code, output, errors = run("completion", shell)

    assert (code, errors) == (0, "")
    assert "odooops" in output
    assert "_ARGCOMPLETE" in output


def test_bash_takes_the_script(run):
    script = run("completion", "bash")[1] + "\ncomplete -p odooops"

    done = subprocess.run(["bash", "--norc", "-c", script], capture_output=True, text=True, check=True)

    assert "odooops" in done.stdout
    assert done.stderr == ""
