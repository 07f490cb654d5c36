"""States of a deployment, and what changed in the modules."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import NamedTuple

# State → the states that may follow.
_NEXT = {
    "running": ("succeeded", "failed"),
    "succeeded": ("rolled_back",),
    "failed": ("rolled_back",),
    "rolled_back": (),
}
INSTALLED, UPGRADED, REMOVED = CHANGES = ("installed", "upgraded", "removed")
_MODULE_NAME = re.compile(r"[A-Za-z0-9_]{1,128}")
_KEYS = frozenset({"name", "version", "previous_version", "change"})


class DeploymentError(ValueError):
    """What was given cannot be used; the text says what and how to write it."""


class ModuleChange(NamedTuple):
    """One module of a deployment; versions are empty where they are not known."""

    name: str
    version: str = ""
    previous_version: str = ""
    change: str = UPGRADED


def may_become(state: str, wanted: str) -> bool:
    """Whether a deployment in ``state`` may get into ``wanted``."""
    return wanted in _NEXT[state]


def parse_modules(value: object) -> list[ModuleChange]:
    """The modules that a caller names: a list of {"name", "version", "previous_version", "change"}.

    Raises DeploymentError that names the entry.
    """
    if not isinstance(value, list | tuple):
        raise DeploymentError('modules: write a list such as [{"name": "sale", "version": "19.0.1.2"}]')
    found = [_parse_module(entry, f"modules[{index}]") for index, entry in enumerate(value)]
    names = [module.name for module in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise DeploymentError(f"modules: {min(twice)} is there twice")
    return found


def _parse_module(entry: object, where: str) -> ModuleChange:
    if not isinstance(entry, dict) or not isinstance(entry.get("name"), str):
        raise DeploymentError(f'{where}: write it as {{"name": "sale", "version": "19.0.1.2"}}')
    if unknown := sorted(str(key) for key in entry.keys() - _KEYS):
        raise DeploymentError(f"{where}: {unknown[0]} is not known; use {', '.join(sorted(_KEYS))}")
    if not _MODULE_NAME.fullmatch(entry["name"]):
        raise DeploymentError(f"{where}: {entry['name'][:40]!r} is no name of a module")
    # XML-RPC has no null: what is not there is false.
    texts = {key: value or "" for key, value in entry.items()}
    if not all(isinstance(value, str) and len(value) <= 128 for value in texts.values()):
        raise DeploymentError(f"{where}: write versions as texts of 128 characters at most")
    module = ModuleChange(**{key: value for key, value in texts.items() if value})
    if module.change not in CHANGES:
        raise DeploymentError(f"{where}: change {module.change!r} is none of {', '.join(CHANGES)}")
    return module


def compare_modules(
    before: Mapping[str, str], after: Mapping[str, str], updated: Collection[str]
) -> list[ModuleChange]:
    """What an installation or upgrade did, by name.

    :param before: module → version as last seen; empty when nobody has looked yet
    :param after: module → version now
    :param updated: modules that were installed or upgraded, which may have the version that they had
    """
    changed = [
        ModuleChange(name, after[name], before.get(name, ""), UPGRADED if name in before else INSTALLED)
        for name in sorted(after)
        if name in updated or (before and before.get(name) != after[name])
    ]
    gone = [ModuleChange(name, "", before[name], REMOVED) for name in sorted(before.keys() - after.keys())]
    return changed + gone


# State of a module that waits for an installation or upgrade → what it is to become.
_PENDING = {"to install": INSTALLED, "to upgrade": UPGRADED, "to remove": REMOVED}
MAX_REASON = 300


def find_pending(
    states: Mapping[str, str], install: Collection[str], upgrade: Collection[str]
) -> list[ModuleChange]:
    """What an installation or upgrade that failed has not done, by name.

    :param states: module → state in the database; when none waits, it failed before it wrote any, and
    :param install: what was to be installed, and
    :param upgrade: to be upgraded, is what it was asked for
    """
    waiting = {name: _PENDING[state] for name, state in states.items() if state in _PENDING}
    asked = dict.fromkeys(upgrade, UPGRADED) | dict.fromkeys(install, INSTALLED)
    return [ModuleChange(name, change=change) for name, change in sorted((waiting or asked).items())]


def describe_pending(modules: Collection[ModuleChange]) -> str:
    """What stands for the version of what failed: "sale not installed" or "12 modules not changed"."""
    if len(modules) != 1:
        return f"{len(modules)} modules not changed"
    [module] = modules
    return f"{module.name} not {module.change}"


def describe_error(error: BaseException) -> str:
    """The kind of an error and the first line of what it says: the others may hold data."""
    first = next((line.strip() for line in str(error).splitlines() if line.strip()), "")
    return f"{type(error).__name__}: {first}"[:MAX_REASON] if first else type(error).__name__


def describe_modules(modules: Collection[ModuleChange]) -> str:
    """What stands for the version of a deployment of modules: "sale 19.0.1.2" or "12 modules"."""
    if len(modules) != 1:
        return f"{len(modules)} modules"
    [module] = modules
    return f"{module.name} {module.version or module.change}"
