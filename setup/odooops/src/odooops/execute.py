"""Runs one verb and prints what it returns: data to standard output, everything else to standard error."""

import argparse
import dataclasses
import os
import sys
from collections.abc import Iterator
from typing import Any

from . import __version__, colour, secret_input, show
from .colour import Palette
from .nouns import Call, Verb
from .stack.errors import StackError
from .text import clean, clean_lines


def execute(options: argparse.Namespace) -> int:
    """Runs the verb of a command line; returns the exit code. Raises StackError."""
    verb: Verb = options.runs
    if verb.question and not options.yes and not secret_input.is_confirmed(verb.question(options)):
        raise StackError("nothing was done")
    found = _run(verb, Call(options, _notes(options), _progress(options)))
    palette = colour.choose(sys.stdout, os.environ, options.no_color)
    if isinstance(found, Iterator):
        return _stream(found, verb, options.output, palette)
    if told := _told(found, verb, options.output, palette):
        print(told)
    if found == [] and verb.empty and not options.quiet:
        print(f"odooops: {verb.empty}", file=sys.stderr)
    return verb.code(found, options)


def _run(verb: Verb, call: Call) -> Any:
    try:
        return verb.function(call)
    except (KeyError, IndexError, TypeError, AttributeError) as error:
        raise StackError(
            f"Odoo's answer is not what this command expects ({type(error).__name__}: {error}): "
            f"is the addon there as new as odooops {__version__}?"
        ) from error


def _told(found: Any, verb: Verb, output: str, palette: Palette) -> str:
    if output == show.MARKDOWN:
        return str(found).rstrip("\n")
    if output != "table":
        return show.data(_plain(found), output)
    if verb.line and isinstance(found, list):
        return "\n".join(map(verb.line, found))
    if verb.text:
        # What is data to be kept in a file or a variable stays as it is.
        text = verb.text(found) if verb.colours == "nothing" else clean_lines(verb.text(found))
        return palette.colour(text, verb.colours)
    if isinstance(found, list):
        return show.rows(found, verb.columns, palette) if found else ""
    return show.details(found, verb.columns, palette) if isinstance(found, dict) else str(found or "")


def _stream(found: Iterator[Any], verb: Verb, output: str, palette: Palette) -> int:
    """A line for each thing that comes, at once."""
    for thing in found:
        if output != "table":
            print(show.compact(_plain(thing)), flush=True)
        else:
            print(verb.line(thing) if verb.line else show.row(thing, verb.columns, palette), flush=True)
    return 0


def _plain(found: Any) -> Any:
    if isinstance(found, list):
        return [_plain(thing) for thing in found]
    return dataclasses.asdict(found) if dataclasses.is_dataclass(found) else found


def _notes(options: argparse.Namespace):
    def note(text: str) -> None:
        if not options.quiet:
            print(f"odooops: {clean(text)}", file=sys.stderr, flush=True)

    return note


def _progress(options: argparse.Namespace):
    def progress(text: str) -> None:
        if not options.quiet and sys.stderr.isatty():
            print(f"odooops: {clean(text)}", file=sys.stderr, flush=True)

    return progress
