"""What is probed from outside, in the form that Prometheus reads targets from a file.

https://prometheus.io/docs/prometheus/latest/configuration/configuration/#file_sd_config
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from .addresses import Address, Target

# The path is ours, whatever else an address says: a probe asks nothing else of anybody.
PATH = "/web/health"
ENVIRONMENT, KIND = "deployment_environment_name", "odooops_environment_kind"
_TARGET, _HOST = "__param_target", "__param_hostname"

Entry = dict[str, Any]


def entry(name: str, kind: str, target: Target, address: Address) -> Entry:
    """The target of an environment: asked at ``address``, which was checked, under the name that its URL has.

    blackbox_exporter takes the name (``hostname``) for the header Host, and for TLS; it does not look it up.
    """
    host = f"[{address}]" if address.version == 6 else str(address)
    labels = {
        ENVIRONMENT: name,
        KIND: kind,
        _TARGET: f"{target.scheme}://{host}:{target.port}{PATH}",
        _HOST: target.host,
    }
    return {"targets": [target.origin], "labels": labels}


def find(entries: Iterable[Entry], name: str, target: Target) -> Entry | None:
    """The entry that there was of an environment at the same place."""
    for known in entries:
        if known["labels"][ENVIRONMENT] == name and known["targets"] == [target.origin]:
            return known
    return None


def write(entries: Iterable[Entry]) -> str:
    """The text of the file."""
    ordered = sorted(entries, key=lambda own: own["labels"][ENVIRONMENT])
    return json.dumps(ordered, indent=2, ensure_ascii=False) + "\n"


def read(text: str) -> list[Entry]:
    """The entries of a file that :func:`write` has made; of any other none."""
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return [own for own in found if _is_entry(own)] if isinstance(found, list) else []


def _is_entry(own: object) -> bool:
    if not isinstance(own, dict) or not isinstance(own.get("labels"), dict):
        return False
    return {ENVIRONMENT, _TARGET, _HOST} <= own["labels"].keys() and isinstance(own.get("targets"), list)
