"""What has to change so that the state becomes what a configuration says; what that looks like; how it is undone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from .text import dump

CREATE, UPDATE, DELETE = ACTIONS = ("create", "update", "delete")

# What an entry is when it is nothing else: it is told beside the entry's key.
FLAT = ("value", "reference")

Entry = dict[str, Any]
# Section → key → entry
State = Mapping[str, Mapping[str, Entry]]


@dataclass(frozen=True, slots=True)
class Change:
    """One entry that is made, changed or taken away.

    ``before`` and ``after`` are the whole entry when it is made or taken away (the other one is None), and what
    differs when it is changed.
    """

    section: str
    key: str
    action: str
    before: Entry | None = None
    after: Entry | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def compare(
    section: str, current: Mapping[str, Entry], wanted: Mapping[str, Entry], prune: bool
) -> list[Change]:
    """The changes of one section; what is not in ``wanted`` stays, unless ``prune``; nor do keys that it leaves out.

    Lists are compared as sets: what they name has no order.
    """
    changes = []
    for key, entry in wanted.items():
        if key not in current:
            changes.append(Change(section, key, CREATE, None, dict(entry)))
        elif differing := [name for name, value in entry.items() if _differ(current[key].get(name), value)]:
            before = {name: current[key].get(name) for name in differing}
            changes.append(Change(section, key, UPDATE, before, {name: entry[name] for name in differing}))
    if prune:
        gone = [key for key in current if key not in wanted]
        changes += [Change(section, key, DELETE, dict(current[key]), None) for key in gone]
    return changes


def in_order(changes: Iterable[Change]) -> list[Change]:
    """What others may need comes first; what is taken away goes last, and in the opposite order."""
    changes = list(changes)
    kept = [change for change in changes if change.action != DELETE]
    return kept + [change for change in reversed(changes) if change.action == DELETE]


def inverse(changes: Iterable[Change]) -> list[Change]:
    """The changes that undo ``changes``, the last one first."""
    opposite = {CREATE: DELETE, UPDATE: UPDATE, DELETE: CREATE}
    return [
        Change(change.section, change.key, opposite[change.action], change.after, change.before)
        for change in reversed(list(changes))
    ]


def count(changes: Iterable[Change]) -> dict[str, int]:
    """Action → how many; every action is there."""
    actions = [change.action for change in changes]
    return {action: actions.count(action) for action in ACTIONS}


def digest(text: str, state: State) -> str:
    """Stands for the text and the state it was compared with: another one means that a plan is out of date."""
    content = json.dumps([text, state], sort_keys=True, ensure_ascii=True, default=str)
    return "sha256:" + hashlib.sha256(content.encode()).hexdigest()


def render(changes: Iterable[Change]) -> str:
    """The changes as people read them; each line begins with "+" (new), "-" (old) or a space, as in a patch."""
    found: list[str] = []
    section = None
    for change in changes:
        if change.section != section:
            section = change.section
            found.append(f"  {section}:")
        found += _render(change)
    return "\n".join(found) + ("\n" if found else "")


def _render(change: Change) -> list[str]:
    key = dump(change.key).strip()
    # An entry without any value is one as well: all is as by default.
    whole = change.before if change.after is None else change.after
    if flat := [name for name in FLAT if name in whole]:
        before, after = (entry and entry[flat[0]] for entry in (change.before, change.after))
        return _pair(change.key, before, after)
    if change.action == UPDATE:
        body = [
            line for name in change.after for line in _both(name, change.before[name], change.after[name])
        ]
        return [f"    {key}:", *body]
    sign = "+" if change.action == CREATE else "-"
    return [f"{sign}   {key}:", *_prefixed(sign, whole)] if whole else [f"{sign}   {key}: {{}}"]


def _pair(key: str, before: Any, after: Any) -> list[str]:
    pairs = (("-", before), ("+", after))
    return [f"{sign}   {line}" for sign, value in pairs if value is not None for line in _lines({key: value})]


def _both(name: str, before: Any, after: Any) -> list[str]:
    old = [] if before in (None, "") else _prefixed("-", {name: before})
    return old + _prefixed("+", {name: after})


def _prefixed(sign: str, entry: Entry) -> list[str]:
    return [f"{sign}     {line}" for line in _lines(entry)]


def _lines(entry: Entry) -> list[str]:
    return dump(entry).splitlines()


def _differ(before: Any, after: Any) -> bool:
    if isinstance(before, list) and isinstance(after, list):
        return sorted(map(str, before)) != sorted(map(str, after))
    # True == 1, and a setting that is to be true is not 1.
    return before != after or isinstance(before, bool) != isinstance(after, bool)
