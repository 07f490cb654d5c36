"""A row of the table: one operation, and what each way to it looks like, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

# In any text of a row: a name that only this cell has, since each cell is run by itself; the id of the row's target;
# a file with a configuration.
ONE, ID, FILE = "{one}", "{id}", "{file}"
# What that file says.
CONFIGURATION = "version: 1\nsettings:\n  deployment.abandon_hours: 7\n"


@dataclass(frozen=True)
class No:
    """A cell that makes no sense, and why."""

    reason: str


@dataclass(frozen=True)
class Call:
    """A method of a model, as XML-RPC, JSON-RPC and ``/json/2`` take it: arguments by name."""

    model: str
    method: str
    arguments: dict[str, Any]
    on: list | None = None
    """Domain of the records that it is called on; None for a method of the model."""


@dataclass(frozen=True)
class Menu:
    """In the backend: a page or list behind a menu, which reads by the row's call."""

    menu: str


@dataclass(frozen=True)
class Form:
    """In the backend: a form behind a menu, saved with these values."""

    menu: str
    values: dict[str, Any]
    on: list | None = None
    """Domain of the record that is changed; None for a new one."""


@dataclass(frozen=True)
class Button:
    """In the backend: a button of a view that calls a method of that name."""

    view: str
    method: str
    on: list | None = None


@dataclass(frozen=True)
class Delete:
    """In the backend: Delete in the actions of a list or form behind a menu."""

    menu: str
    on: list


@dataclass(frozen=True)
class Dialog:
    """In the backend: a dialog behind a menu's list, filled in with these values and confirmed by a button."""

    menu: str
    model: str
    method: str
    values: dict[str, Any]
    first: str = ""
    """The button that has to be pressed before."""


@dataclass(frozen=True)
class Cli:
    """``odooops …``; ``code`` is the exit code when all went as it should."""

    words: tuple[str, ...]
    code: int = 0
    told: dict[str, Any] | None = None
    """What its answer says then, among other things: the proof of what is done outside of Odoo."""

    needs_collector: bool = False
    """Whether it acts on the collector, which a core stack has not."""


@dataclass(frozen=True)
class Yaml:
    """A section of the configuration file; ``text`` is applied, or exported when there is none."""

    section: str
    text: str = ""


@dataclass(frozen=True)
class Schedule:
    """A scheduled action."""

    action: str


@dataclass(frozen=True)
class Operation:
    """One thing that a person or program does to the platform."""

    name: str
    does: str
    role: str
    """The least role that may."""

    call: Call | No
    ui: Menu | Form | Button | Dialog | Delete | No
    cli: Cli | No
    yaml: Yaml | No
    schedule: Schedule | No
    before: tuple[Call, ...] = ()
    """What an administrator does first so that the operation has something to act on."""

    proof: Call | None = None
    """Gives a true value once the operation was done; without one its results are compared between the ways."""

    gone: Call | None = None
    """Gives a false value once the operation was done, and none before: for what takes something away."""

    is_own: bool = False
    """Whether what is there before is of the user who does it, and not of the administrator."""

    target: list | None = None
    """Domain of the record, of the call's model, whose id is meant."""

    is_momentary: bool = False
    """Whether two results differ because time has passed."""

    after: tuple[Call, ...] = ()
    """What an administrator does at the end, so that the next cell finds what this one found."""


READS = No("it changes nothing, and what it reads is not configuration")
BY_PEOPLE = No("it is somebody's decision, made when it is needed")
