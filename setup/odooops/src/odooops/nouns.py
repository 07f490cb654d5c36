"""How a command is declared: a noun, its verbs, what each runs and how what it returns is shown.

A module of ``commands/`` has functions that take a client and return data, and ``register``, which says how the
command line leads to them::

    def register(nouns: Nouns) -> None:
        noun = nouns.add("environment", "the environments that are looked after")
        noun.verb("list", "all environments", lambda call: list_environments(call.client), columns=COLUMNS)
"""

import argparse
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from . import completion, profiles, target
from .client import Client
from .endpoints import Endpoints, read, require_running
from .profiles import Profiles
from .show import FORMATS, Column
from .stack.errors import StackError
from .target import Target

OK = 0


class UsageError(StackError):
    """The command line lacks something."""


@dataclass
class Call:
    """One command that runs: its options, and what it needs, made when it is first asked for."""

    options: argparse.Namespace
    note: Callable[[str], None] = lambda text: None
    """Tells the person something that is no part of the data."""

    progress: Callable[[str], None] = lambda text: None
    """Tells the person who waits at a terminal what is waited for."""

    environ: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))

    @cached_property
    def profiles(self) -> Profiles:
        """The operator's file."""
        return profiles.read(profiles.config_file(self.environ))

    @cached_property
    def target(self) -> Target:
        """Which Odoo is meant."""
        return target.choose(self.options.profile, self.options.state, self.environ, self.profiles)

    @cached_property
    def client(self) -> Client:
        """That Odoo."""
        return target.connect(self.target, self.environ)

    @cached_property
    def stack(self) -> Endpoints:
        """The local stack's servers."""
        if self.options.profile:
            raise UsageError(
                "--profile does not go with this command, which asks the local stack: use --state"
            )
        directory = target.local(self.options.state, self.environ)
        require_running(directory)
        return read(directory)


@dataclass(frozen=True)
class Verb:
    """What one verb runs, and how what it returns is shown and judged."""

    function: Callable[[Call], Any]
    columns: tuple[Column, ...] = ()
    text: Callable[[Any], str] | None = None
    """What is printed instead of a table."""

    line: Callable[[Any], str] | None = None
    """One thing of a list as a line instead of a table's row."""

    code: Callable[[Any, argparse.Namespace], int] = lambda found, options: OK
    formats: tuple[str, ...] = FORMATS

    question: Callable[[argparse.Namespace], str] | None = None
    """What the person is asked before it runs, unless --yes says it already."""

    colours: str = "states"
    """What is coloured in the text: "states", "difference" (lines that begin with +, - and ~), or "nothing"."""

    empty: str = ""
    """Told when a list has nothing in it."""


class Noun:
    """One noun of the command line, to which verbs are added."""

    def __init__(self, name: str, verbs: argparse._SubParsersAction):
        self.name = name
        self._verbs = verbs

    def verb(
        self, name: str, summary: str, function: Callable[[Call], Any], description: str = "", **look: Any
    ) -> argparse.ArgumentParser:
        """Adds a verb; ``look`` is what :class:`Verb` takes. Returns the parser for its own options."""
        return _add_verb(self._verbs, name, summary, description, Verb(function, **look))

    def verb_of_one(
        self, name: str, summary: str, function: Callable[[Call], Any], **look: Any
    ) -> argparse.ArgumentParser:
        """Adds a verb for one thing, which is called by its name (``options.name``)."""
        command = self.verb(name, summary, function, **look)
        command.add_argument("name", metavar="NAME")
        return command


class Nouns:
    """The command line as the modules of ``commands/`` see it."""

    def __init__(self, commands: argparse._SubParsersAction):
        self._commands = commands

    def add(self, name: str, summary: str) -> Noun:
        """A noun, whose verbs follow."""
        description = f"{summary[0].upper()}{summary[1:]}."
        noun = add_parser(self._commands, name, summary, description, is_command=False)
        return Noun(name, noun.add_subparsers(dest="verb", required=True, metavar="VERB"))

    def command(
        self, name: str, summary: str, function: Callable[[Call], Any], description: str = "", **look: Any
    ) -> argparse.ArgumentParser:
        """A command of one word."""
        return _add_verb(self._commands, name, summary, description, Verb(function, **look))


def add_archiving(command: argparse.ArgumentParser) -> None:
    """The options of a verb that can put something away: ``options.active`` is None where neither is given."""
    command.add_argument("--archive", dest="active", action="store_false", default=None, help="put it away")
    command.add_argument("--unarchive", dest="active", action="store_true", default=None, help="get it back")


def _add_verb(
    commands: argparse._SubParsersAction, name: str, summary: str, description: str, verb: Verb
) -> argparse.ArgumentParser:
    told = description or f"{summary[0].upper()}{summary[1:]}."
    command = add_parser(commands, name, summary, told, formats=verb.formats)
    command.set_defaults(runs=verb)
    if verb.question:
        command.add_argument("--yes", action="store_true", help="do not ask")
    return command


def add_parser(
    commands: argparse._SubParsersAction,
    name: str,
    summary: str,
    description: str,
    *,
    is_command: bool = True,
    formats: tuple[str, ...] = FORMATS,
) -> argparse.ArgumentParser:
    """A parser in the manner of all of ours."""
    parser = commands.add_parser(
        name,
        help=summary,
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    if is_command:
        add_common(parser, formats)
    return parser


def add_common(parser: argparse.ArgumentParser, formats: tuple[str, ...] = FORMATS) -> None:
    """The options that every command has. Without defaults: they stand before the command as well as after it."""
    common = parser.add_argument_group("of every command")
    suppressed = {"default": argparse.SUPPRESS}
    profile = common.add_argument(
        "--profile", metavar="NAME", help="which Odoo, by a profile of yours", **suppressed
    )
    profile.completer = completion.profile_names
    common.add_argument(
        "--state", metavar="DIR", help="directory of the local stack (default: $ODOOOPS_STATE)", **suppressed
    )
    common.add_argument("--output", choices=formats, help="default: table", **suppressed)
    common.add_argument("--quiet", action="store_true", help="no notes, errors only", **suppressed)
    common.add_argument("--no-color", action="store_true", help="no colours (also: NO_COLOR=1)", **suppressed)


DEFAULTS: dict[str, Any] = {
    "profile": None,
    "state": None,
    "output": "table",
    "quiet": False,
    "no_color": False,
}
