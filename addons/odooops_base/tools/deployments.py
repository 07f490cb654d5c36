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


def describe_modules(modules: Collection[ModuleChange]) -> str:
    """What stands for the version of a deployment of modules: "sale 19.0.1.2" or "12 modules"."""
    if len(modules) != 1:
        return f"{len(modules)} modules"
    [module] = modules
    return f"{module.name} {module.version or module.change}"
