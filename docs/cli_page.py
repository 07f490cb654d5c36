"""Writes the table of commands in docs/cli.md from the command line itself: ``python3 docs/cli_page.py``.

A test in tests/cli fails when the committed table is another.
"""

import argparse
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from markdown_table import table

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "cli.md"
HEAD = ("command", "what it does")
TABLE = re.compile(r"(?<=table against the command line\. -->\n\n)(?:\|.*\n)+")


def commands(parser: argparse.ArgumentParser, words: str = "") -> Iterator[tuple[str, str]]:
    """Each command with its arguments, and its one line of help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            summaries = {choice.dest: choice.help for choice in action._choices_actions}
            for name, command in action.choices.items():
                below = list(commands(command, f"{words}{name} "))
                yield from below or [(f"{words}{name}{arguments(command)}", summaries[name])]


def arguments(command: argparse.ArgumentParser) -> str:
    """The arguments that have no dash, as the usage shows them."""
    shown = (f"[{action.metavar}]" if action.nargs == "?" else action.metavar
             for action in command._actions if not action.option_strings)  # fmt: skip
    return "".join(f" {name}" for name in shown)


def commands_table() -> str:
    """The table in Markdown."""
    from odooops.arguments import parser

    return table(HEAD, ((f"`odooops {command}`", summary) for command, summary in commands(parser())))


def page() -> str:
    """The page with the table of now."""
    return TABLE.sub(lambda _found: commands_table(), PAGE.read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "setup" / "odooops" / "src"))
    PAGE.write_text(page(), encoding="utf-8")
