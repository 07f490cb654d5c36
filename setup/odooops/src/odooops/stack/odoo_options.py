"""The operator's own options as Odoo will read them: asked of Odoo's parser before Odoo is started with them."""

import json
import optparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..text import one_line
from .errors import StackError
from .run import run
from .state import State

MAX_SHOWN = 60
# Odoo may print lines of its own.
MARK = "odooops-options "
# Runs in the state's environment, where Odoo is.
SCRIPT = """
import json, sys
from odoo.tools import config
from odooops.stack.odoo_options import MARK, unreadable
print()
print(MARK + json.dumps(unreadable(config, json.load(sys.stdin))))
"""
TYPES = {"int": "a whole number", "float": "a number"}


def check(state: State, file: Path, options: Mapping[str, str]) -> None:
    """Raises StackError that names each option of ``file`` that Odoo cannot read: with one of them it never starts."""
    wrong = _ask(state, file, options) if options else {}
    lines = [
        f'{file}: {name}: expected {expected}, found "{one_line(options[name], MAX_SHOWN)}"'
        for name, expected in wrong.items()
    ]
    if lines:
        raise StackError("\n".join(lines) + "; correct the file and run setup/up again")


def _ask(state: State, file: Path, options: Mapping[str, str]) -> dict[str, str]:
    # Importing Odoo reads the .odoorc of whose home it is in.
    answer = run(
        state,
        f"reading {file}",
        [state.python, "-c", SCRIPT],
        cwd=Path("/"),
        env={"HOME": str(state.path("run"))},
        text=json.dumps(dict(options)),
    )
    found = next((line for line in answer.splitlines() if line.startswith(MARK)), None)
    if found is None:
        raise StackError(f"{file}: Odoo did not say what it thinks of it: {one_line(answer, 300)}")
    return json.loads(found.removeprefix(MARK))


def unreadable(config: Any, options: Mapping[str, str]) -> dict[str, str]:
    """What Odoo's ``config`` cannot read: the name of each such option, and what is expected there."""
    return {
        name: _expected(config.options_index[name])
        for name, value in options.items()
        if not _can_read(config, name, value)
    }


def _can_read(config: Any, name: str, value: str) -> bool:
    option = config.options_index.get(name)
    # Odoo takes an option that it does not know as it is, and passes over False where something else is expected.
    if not option or not option.file_loadable or value in ("False", "false"):
        return True
    try:
        config.parse(name, value)
    except (ValueError, optparse.OptionValueError):
        return False
    return True


def _expected(option: optparse.Option) -> str:
    if option.choices:
        return "one of " + ", ".join(sorted(option.choices))
    return TYPES.get(option.type, "True or False")
