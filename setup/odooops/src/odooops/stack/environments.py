"""The environments whose signals the stack keeps apart: the names, and what of them is remembered."""

import re
from collections.abc import Mapping

from .errors import StackError
from .state import State

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
# The tenant of what names no environment that the stack knows.
UNASSIGNED = "unassigned"


def own(state: State, environ: Mapping[str, str]) -> str:
    """ODOOOPS_ENVIRONMENT, else what the state has, else "local"; it becomes a label of every signal."""
    name = environ.get("ODOOOPS_ENVIRONMENT") or state.record.get("environment", "local")
    return _checked(name, "ODOOOPS_ENVIRONMENT")


def others(state: State, environ: Mapping[str, str]) -> list[str]:
    """ODOOOPS_ENVIRONMENTS, separated by commas, else what the state has; set but empty it stands for none."""
    given = environ.get("ODOOOPS_ENVIRONMENTS")
    if given is None:
        return state.record.get("other_environments", [])
    names = (name.strip() for name in given.split(","))
    return sorted({_checked(name, "ODOOOPS_ENVIRONMENTS") for name in names if name})


def known(state: State) -> list[str]:
    """Every environment that has a tenant of its own, the stack's first."""
    return list(dict.fromkeys([state.record["environment"], *state.record.get("other_environments", [])]))


def _checked(name: str, variable: str) -> str:
    if not NAME.fullmatch(name):
        raise StackError(f"{variable}={name!r}: use letters, digits, dots, dashes, such as production")
    if name == UNASSIGNED:
        raise StackError(
            f"{variable}: {UNASSIGNED} is where records without an environment go; choose another name"
        )
    return name
