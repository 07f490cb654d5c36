"""The rules of redaction of Odoo's database in the configuration of the collector: a file of their own.

monitoring/collector/redaction.yaml has the processor ``redaction/rules`` in its pipelines, which looks for nothing;
what it looks for is in the file, which :mod:`redaction_swap` puts in place.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .state import State

FILE = "redaction-rules.yaml"
PLACE = ("collector", "config", FILE)
NO_RULES: dict[str, list] = {"keys": [], "values": [], "rules": []}
HEAD = (
    "# Rules of redaction of Odoo: written by `odooops redaction`, changed in Odoo. JSON is YAML as well.\n"
)


def render(found: Mapping[str, Any]) -> str:
    """The file's text for what ``get_collector_rules`` of Odoo says. The same rules give the same text."""
    processor = {
        "blocked_key_patterns": [_literal(pattern) for pattern in found["keys"]],
        "blocked_values": [_literal(pattern) for pattern in found["values"]],
    }
    rules = "".join(f"# {' '.join(name.split())}\n" for name in found["rules"])
    document = {"processors": {"redaction/rules": processor}}
    return f"{HEAD}{rules}{json.dumps(document, indent=2)}\n"


def _literal(pattern: str) -> str:
    # A dollar sign begins a variable of the collector's configuration.
    return pattern.replace("$", "$$")


def file(state: State) -> Path:
    """Where the collector of a state reads it."""
    return state.path(*PLACE)


def text(state: State) -> str:
    """What is in force, also when everything else is rendered anew."""
    return file(state).read_text() if file(state).exists() else render(NO_RULES)
