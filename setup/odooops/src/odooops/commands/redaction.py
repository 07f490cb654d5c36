"""``odooops redaction``: the rules that add to what leaves no process of Odoo, and what becomes of a text."""

import argparse
from typing import Any

from ..client import Client
from ..nouns import Call, Noun, Nouns, add_archiving
from ..records import ARCHIVED_TOO, find_id, given, plain
from ..show import Column
from ..stack import opening, redaction_rules, redaction_swap
from ..stack.errors import StackError
from ..stack.state import State
from . import config

MODEL = "odooops.redaction.rule"
KINDS = ("name", "pattern")
NAMES = {name: name for name in ("name", "kind", "pattern", "state", "problem", "note", "active")}
# What a caller gives; --state is the stack's.
VALUES = ("name", "kind", "pattern", "note", "active")
COLUMNS = (
    Column("Name", "name"),
    Column("Looks for", "kind"),
    Column("Names or pattern", "pattern"),
    Column("State", "state"),
    Column("Problem", "problem", is_detail=True),
    Column("Note", "note"),
    Column("Active", "active", is_detail=True),
)


def list_rules(client: Client, *, archived: bool = False) -> list[dict[str, Any]]:
    """The rules by name."""
    domain = [("active", "=", False)] if archived else []
    return [_plain(record) for record in client.search_all(MODEL, domain, list(NAMES), order="name")]


def get_rule(client: Client, name: str) -> dict[str, Any]:
    """One rule; raises StackError when there is none of that name."""
    return _plain(client.call(MODEL, "read", _ids(client, name), fields=list(NAMES), context=ARCHIVED_TOO)[0])


def create_rule(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """A new rule."""
    client.call(MODEL, "create", vals_list=[{"name": name, **given(**values)}])
    return get_rule(client, name)


def update_rule(client: Client, name: str, **values: Any) -> dict[str, Any]:
    """The rule with what was given changed."""
    if changes := given(**values):
        client.call(MODEL, "write", _ids(client, name), vals=changes)
    return get_rule(client, name)


def delete_rule(client: Client, name: str) -> dict[str, Any]:
    """Removes a rule: what it found leaves again, unless something else finds it."""
    client.call(MODEL, "unlink", _ids(client, name))
    return {"name": name, "deleted": True}


def try_redaction(client: Client, text: str, name: str | None = None) -> dict[str, Any]:
    """What becomes of a text, or of the value of an attribute of that name."""
    return client.call(MODEL, "try_redaction", **given(text=text, name=name))


def collector_rules(client: Client, text: str | None = None) -> dict[str, Any]:
    """What the collector can have of the active rules, or of those of a configuration, and what is ``left_out``."""
    return client.call(MODEL, "get_collector_rules", **given(text=text))


def render(client: Client, text: str | None = None) -> dict[str, Any]:
    """The same with ``text``, the file for the collector."""
    found = collector_rules(client, text)
    return {
        "rules": found["rules"],
        "left_out": found["left_out"],
        "text": redaction_rules.render(found),
    }


def sync(client: Client, state: State, text: str | None = None) -> dict[str, Any]:
    """Has the collector of the local stack follow the rules; raises StackError, and then it follows the old ones."""
    made = render(client, text)
    changed = redaction_swap.replace(state, made["text"])
    return {
        "changed": changed,
        "rules": made["rules"],
        "left_out": made["left_out"],
        "file": str(redaction_rules.file(state)),
    }


def _ids(client: Client, name: str) -> list[int]:
    return [find_id(client, MODEL, name, "redaction rule")]


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    return plain(record, NAMES, flags=("active",))


def _synced_text(found: dict[str, Any]) -> str:
    held = f"{len(found['rules'])} {'rule' if len(found['rules']) == 1 else 'rules'}"
    does = "follows" if found["changed"] else "already follows"
    return "\n".join([f"the collector {does} {held}", *_left_out(found)])


def _left_out(found: dict[str, Any]) -> list[str]:
    return [f"left out: {rule['name']} {rule['reason']}" for rule in found["left_out"]]


def _shown_text(found: dict[str, Any]) -> str:
    by = f"\nby: {', '.join(found['rules'])}" if found["rules"] else ""
    return f"{found['shown']}{by}"


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("redaction", "what leaves no process of Odoo, besides what never does")
    listing = noun.verb(
        "list",
        "all rules",
        lambda call: list_rules(call.client, archived=call.options.archived),
        columns=COLUMNS,
        empty="no rule: only the default policy redacts",
    )
    listing.add_argument("--archived", action="store_true", help="those that were archived instead")
    noun.verb_of_one(
        "get", "one rule", lambda call: get_rule(call.client, call.options.name), columns=COLUMNS
    )
    _add_values(noun.verb_of_one("create", "make a rule", _change(create_rule), columns=COLUMNS), is_new=True)
    update = noun.verb_of_one("update", "change a rule", _change(update_rule), columns=COLUMNS)
    _add_values(update, is_new=False)
    add_archiving(update)
    noun.verb_of_one(
        "delete",
        "remove a rule",
        lambda call: delete_rule(call.client, call.options.name),
        text=lambda found: f"redaction rule {found['name']} is deleted",
        question=lambda options: f"Delete the redaction rule {options.name}? What it found leaves again.",
    )
    _register_try(noun)
    _register_collector(noun)


def _register_try(noun: Noun) -> None:
    trial = noun.verb(
        "try",
        "what a text becomes before it leaves",
        lambda call: try_redaction(call.client, call.options.text, call.options.attribute),
        text=_shown_text,
        colours="nothing",
    )
    trial.add_argument("text", metavar="TEXT", help="a line as it might be logged; no real secret")
    trial.add_argument("--attribute", metavar="NAME", help="it is the value of an attribute of that name")


def _register_collector(noun: Noun) -> None:
    summary = "have the collector of the local stack follow the rules, for what other programs say"
    _add_file(noun.verb("sync", summary, _sync, text=_synced_text))
    rendering = noun.verb(
        "render",
        "the rules as a file of configuration for a collector",
        _render,
        text=lambda found: found["text"].rstrip(),
        colours="nothing",
    )
    _add_file(rendering)


def _add_file(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--file", metavar="FILE", help="the rules of this configuration (- for standard input)"
    )


def _given_text(call: Call) -> str | None:
    return config.read_text(call.options.file) if call.options.file else None


def _sync(call: Call) -> dict[str, Any]:
    directory = call.stack.directory
    state = opening.find(str(directory))
    if not state:
        raise StackError(f"nothing is set up in {directory}: run setup/up")
    return sync(call.client, state, _given_text(call))


def _render(call: Call) -> dict[str, Any]:
    made = render(call.client, _given_text(call))
    for line in _left_out(made):
        call.note(line)
    return made


def _add_values(command: argparse.ArgumentParser, *, is_new: bool) -> None:
    command.add_argument("--kind", choices=KINDS, required=is_new, help="values of these names, or a pattern")
    command.add_argument("--pattern", required=is_new, help=r"employee_no,X-Tenant or '\bEMP-\d{6}\b'")
    command.add_argument("--note", help="why there is this rule")


def _change(function):
    def run(call: Call) -> dict[str, Any]:
        values = {name: getattr(call.options, name, None) for name in VALUES}
        return function(call.client, **values)

    return run
