"""docs/cli.md has every command, and nothing but commands that there are."""

import argparse
import re
import subprocess

import cli_page
import pytest

from odooops.arguments import parser
from odooops.nouns import DEFAULTS

PAGE = cli_page.PAGE.read_text(encoding="utf-8")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]+")


def test_the_table_is_that_of_the_command_line():
    assert cli_page.page() == PAGE, "run python3 docs/cli_page.py"


# In the place of the command and of the programs around it: each notes its arguments and says "7".
STUB = """#!/bin/sh
for word; do printf '%s\\0' "$word" >> {notes}; done
printf '\\n' >> {notes}
echo 7
"""
AROUND = ("git", "jq", "pg_dump", "deploy.sh")


@pytest.fixture
def noted(tmp_path):
    """``noted(script)``: the arguments of each ``odooops`` and ``setup/cli`` that a shell runs."""
    notes, nowhere = tmp_path / "notes", tmp_path / "nowhere"
    for name in ("odooops", "setup/cli", *AROUND):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(STUB.format(notes=nowhere if name in AROUND else notes))
        file.chmod(0o755)
    for name in ("key.txt", "token.txt"):
        (tmp_path / name).touch()

    def run(script):
        notes.write_text("")
        environment = {"PATH": str(tmp_path), "CI_JOB_ID": "42"}
        subprocess.run(
            ["/bin/bash", "-c", script], cwd=tmp_path, env=environment, capture_output=True, check=False
        )
        return [line.split("\0")[:-1] for line in notes.read_text().split("\n")[:-1]]

    return run


def blocks() -> list[str]:
    """The examples of the page that a shell runs."""
    found = re.findall(r"```sh\n(.*?)```", PAGE, flags=re.DOTALL)
    return [block for block in found if "odooops " in block or "setup/cli" in block]


@pytest.mark.parametrize("block", blocks())
def test_every_example_is_a_command_line_that_is_taken(noted, block):
    taken = noted(block)

    assert len(taken) >= len(block.strip().splitlines()) - block.count("toml")
    for words in taken:
        parser().parse_args(words)


def options() -> set[str]:
    """Every option of every command."""
    found, waiting = set(), [parser()]
    while waiting:
        for action in waiting.pop()._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                waiting.extend(action.choices.values())
    return found


def test_the_page_names_no_option_that_there_is_not():
    assert set(OPTION.findall(PAGE)) <= options() | {"--core"}


def test_the_common_options_are_those_of_every_command():
    for name in DEFAULTS:
        assert f"`--{name.replace('_', '-')}" in PAGE


def test_every_command_has_a_description_and_each_of_its_options_a_help():
    waiting = [("odooops", parser())]
    while waiting:
        name, command = waiting.pop()
        assert command.description, name
        for action in command._actions:
            if isinstance(action, argparse._SubParsersAction):
                waiting.extend((f"{name} {word}", below) for word, below in action.choices.items())
            elif action.option_strings and action.option_strings[0].startswith("--"):
                assert action.help, f"{name} {action.option_strings[0]}"
