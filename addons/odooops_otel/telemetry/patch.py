"""Replace a function of Odoo by one of ours, and put it back."""

from __future__ import annotations

import functools
from collections.abc import Callable

_undo: list[Callable[[], None]] = []
# Owner and name of what `wrap_once` has replaced.
_wrapped: set[tuple[object, str]] = set()


def wrap(owner: object, name: str, make: Callable[[Callable], Callable]) -> None:
    """Set ``owner.name`` to ``make(original)``; :func:`unwrap_all` restores the original.

    Attributes of the original (Odoo marks methods with them) are carried over. A classmethod
    stays one: ``make`` gets the plain function behind it.
    """
    raw = vars(owner)[name]
    original = raw.__func__ if isinstance(raw, classmethod | staticmethod) else raw
    replacement = functools.wraps(original)(make(original))
    setattr(owner, name, type(raw)(replacement) if raw is not original else replacement)
    _undo.append(functools.partial(setattr, owner, name, raw))


def undo_later(function: Callable[[], None]) -> None:
    """Have :func:`unwrap_all` call what takes back a change of another kind."""
    _undo.append(function)


def replace(owner: object, name: str, value: object) -> None:
    """Set ``owner.name`` to ``value``; :func:`unwrap_all` restores what it was."""
    _undo.append(functools.partial(setattr, owner, name, getattr(owner, name)))
    setattr(owner, name, value)


def add(owner: object, name: str, value: object) -> None:
    """Give ``owner`` an attribute that it has not; :func:`unwrap_all` takes it away."""
    setattr(owner, name, value)
    _undo.append(functools.partial(delattr, owner, name))


def unwrap_all() -> None:
    while _undo:
        _undo.pop()()


def wrap_once(owner: object, name: str, make: Callable[[Callable], Callable]) -> None:
    """:func:`wrap`, unless it has been done: for what comes with a registry, of which there may be many."""
    if (owner, name) not in _wrapped:
        _wrapped.add((owner, name))
        wrap(owner, name, make)
        _undo.append(functools.partial(_wrapped.discard, (owner, name)))
