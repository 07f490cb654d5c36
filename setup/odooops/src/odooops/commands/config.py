"""``odooops config``: the platform's configuration as a file that can be kept in Git."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from .. import secret_input
from ..client import Client, Refused
from ..nouns import Call, Noun, Nouns
from ..stack.errors import StackError, from_os_error
from ..text import clean, clean_lines

MODEL = "odooops.configuration"
STDIN = "-"
MAX_BYTES = 1_000_000
CHANGES = 2
# Whoever has more mistakes than fit on a few screens corrects some and asks again.
MAX_PROBLEMS = 200
NO_CHANGES = "no changes: the platform is as the configuration says"


def read_text(name: str) -> str:
    """The text of a file, or of standard input for "-"; raises StackError."""
    try:
        content = sys.stdin.buffer.read(MAX_BYTES + 1) if name == STDIN else Path(name).read_bytes()
    except OSError as error:
        raise from_os_error(error, name) from None
    if len(content) > MAX_BYTES:
        raise StackError(f"{name} is larger than {MAX_BYTES // 1000} kB: that is no configuration")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        raise StackError(f"{name} is not UTF-8 (byte {error.start + 1})") from None


def validate(client: Client, text: str) -> dict[str, Any]:
    """``valid`` and ``problems``, each with line and column."""
    return client.call(MODEL, "validate_configuration", text=text)


def export(client: Client, sections: list[str] | None = None) -> dict[str, Any]:
    """The configuration as it is: ``text`` in YAML."""
    return {"text": client.call(MODEL, "export_configuration", sections=sections or None)}


def plan(client: Client, text: str) -> dict[str, Any]:
    """What applying it would change, and the digest with which exactly that can be applied."""
    return client.call(MODEL, "plan_configuration", text=text)


def apply(client: Client, text: str, digest: str | None = None) -> dict[str, Any]:
    """Makes the platform what the configuration says: all of it or nothing."""
    return client.call(MODEL, "apply_configuration", text=text, digest=digest)


def drift(client: Client) -> dict[str, Any]:
    """What is no more as the configuration that was applied last says."""
    return client.call(MODEL, "check_drift")


def _validate(call: Call) -> dict[str, Any]:
    return _checked(call, read_text(call.options.file))


def _checked(call: Call, text: str) -> dict[str, Any]:
    return validate(call.client, text) | {"file": call.options.file}


def _plan(call: Call) -> dict[str, Any]:
    text = read_text(call.options.file)
    return _explained(call, text, lambda: plan(call.client, text))


def _apply(call: Call) -> dict[str, Any]:
    """Shows what will change and asks, unless --yes or the digest of a plan says that somebody has looked at it."""
    options, text = call.options, read_text(call.options.file)
    if options.yes or options.digest:
        return _explained(call, text, lambda: apply(call.client, text, options.digest))
    planned = _explained(call, text, lambda: plan(call.client, text))
    if not planned["changes"]:
        return planned | {"changed": False}
    print(clean_lines(planned["difference"]), file=sys.stderr)
    if not secret_input.is_confirmed(f"Apply {_count(planned['changes'])}?"):
        raise StackError("nothing was done")
    return _explained(call, text, lambda: apply(call.client, text, planned["digest"]))


def _explained(call: Call, text: str, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What ``ask`` returns. When it is refused for mistakes in the text, they are told as by ``validate``."""
    try:
        return ask()
    except Refused as refusal:
        try:
            found = _checked(call, text)
        except StackError:
            raise refusal from None
        if found["valid"]:
            raise
        raise StackError(f"{found['file']} cannot be used, nothing was done:\n{_problems(found)}") from None


def _problems(found: dict[str, Any]) -> str:
    if found["valid"]:
        return f"{found['file']} is valid"
    told = [_problem(found["file"], problem) for problem in found["problems"]]
    left = len(told) - MAX_PROBLEMS
    return "\n".join(told[:MAX_PROBLEMS] + ([f"… and {left} more"] if left > 0 else []))


def _problem(file: str, problem: dict[str, Any]) -> str:
    """One line, whatever the text holds that it repeats. What stands nowhere in the text has no place."""
    place = f"{file}:{problem['line']}:{problem['column']}" if problem["line"] else file
    return clean(": ".join(filter(None, (place, problem["path"], problem["message"]))))


def _difference(found: dict[str, Any]) -> str:
    return found["difference"] if found["changes"] else NO_CHANGES


def _applied(found: dict[str, Any]) -> str:
    return f"{_count(found['changes'])} applied" if found["changed"] else NO_CHANGES


def _drifted(found: dict[str, Any]) -> str:
    if not found["version"]:
        return "no configuration was applied yet"
    return (
        "\n".join([*found["problems"], found["difference"]])
        if found["drifted"] or found["problems"]
        else NO_CHANGES
    )


def _count(changes: list[Any]) -> str:
    return f"{len(changes)} change{'s' if len(changes) != 1 else ''}"


def _code(found: dict[str, Any], options: argparse.Namespace) -> int:
    is_changed = found["changes"] or found.get("problems")
    return CHANGES if options.check and is_changed else 0


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("config", "the configuration as a file that can be kept in Git")
    _with_file(
        noun,
        "validate",
        "check a file; every mistake with line and column",
        _validate,
        text=_problems,
        code=lambda found, options: 0 if found["valid"] else 1,
    )
    exporting = noun.verb(
        "export",
        "the configuration as it is, in YAML",
        lambda call: export(call.client, call.options.section),
        text=lambda found: found["text"].rstrip("\n"),
        colours="nothing",
    )
    exporting.add_argument(
        "--section", action="append", metavar="NAME", help="this one alone; again for more"
    )
    planning = _with_file(
        noun,
        "plan",
        "what applying a file would change",
        _plan,
        text=_difference,
        colours="difference",
        code=_code,
    )
    _check(planning)
    applying = _with_file(
        noun, "apply", "make the platform what a file says, or change nothing", _apply, text=_applied
    )
    applying.add_argument("--yes", action="store_true", help="do not ask")
    applying.add_argument(
        "--digest",
        metavar="TEXT",
        help="of config plan --output json: what was planned, or nothing; does not ask",
    )
    drifting = noun.verb(
        "drift",
        "what is no more as it was applied",
        lambda call: drift(call.client),
        text=_drifted,
        colours="difference",
        code=_code,
    )
    _check(drifting)


def _with_file(noun: Noun, verb: str, summary: str, function: Any, **look: Any) -> argparse.ArgumentParser:
    command = noun.verb(verb, summary, function, **look)
    command.add_argument("file", metavar="FILE", help="such as observability.yaml; - is standard input")
    return command


def _check(command: argparse.ArgumentParser) -> None:
    command.add_argument("--check", action="store_true", help=f"exit code {CHANGES} when there are changes")
