"""Writes docs/telemetry.schema.json, the promise of what is emitted: ``python3 docs/telemetry_schema.py``.

It is a registry as OpenTelemetry Weaver resolves it
(https://github.com/open-telemetry/weaver/blob/main/schemas/semconv-syntax.md), made of the declarations in
addons/*/tools/semconv. What is new is taken; what breaks the promise is refused and the file stays as it is: see
docs/compatibility.md. ``--check`` writes nothing. Needs nothing but Python.
"""

import ast
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import schema_changes
from telemetry_page import ROOT, SIGNALS, semconvs

SCHEMA = "docs/telemetry.schema.json"
OUTDATED = f"{SCHEMA} is not what the declarations give: run python3 docs/telemetry_schema.py"
# Names that no convention has are ours, and kept by our own policy.
_STABILITY = {"odooops": "beta"}


def schema(root: Path) -> dict:
    """What the addons below ``root`` emit."""
    found = list(semconvs(root))
    return {
        "versions": {addon: _version(root / "addons" / addon) for addon, _module in found},
        "groups": [
            group for addon, module in found for group in _groups(addon, module, [m for _a, m in found])
        ],
    }


def committed(root: Path) -> dict:
    """The promise as it stands; an empty one where there is none yet."""
    path = root / SCHEMA
    if not path.is_file():
        return {"versions": {}, "groups": [], "removed": []}
    return json.loads(path.read_text(encoding="utf-8"))


def text(root: Path) -> str:
    """The file that the declarations give."""
    made = schema(root)
    return json.dumps({**made, "removed": schema_changes.removed(committed(root), made)}, indent=2) + "\n"


def problems(root: Path) -> list[str]:
    """What the declarations break of the promise."""
    old = committed(root)
    if not old["groups"]:
        return []
    return schema_changes.problems(
        old, schema(root), (root / schema_changes.NOTES).read_text(encoding="utf-8")
    )


def _version(addon: Path) -> str:
    """Major and minor version of an addon: 19.0.1.2.3 is 1.2."""
    manifest = ast.literal_eval((addon / "__manifest__.py").read_text(encoding="utf-8"))
    return ".".join(manifest["version"].split(".")[2:4])


def _groups(addon: str, module: ModuleType, declared: list[ModuleType]) -> Iterator[dict]:
    attributes = [
        _attribute(addon, each, declared) for each in sorted(module.ATTRIBUTES, key=lambda one: one.name)
    ]
    yield {
        "id": f"registry.{addon}",
        "type": "attribute_group",
        "brief": f"What {addon} says.",
        "attributes": attributes,
    }
    for metric in sorted(module.METRICS, key=lambda one: one.name):
        yield {
            "id": f"metric.{metric.name}",
            "type": "metric",
            "metric_name": metric.name,
            "instrument": metric.kind,
            "unit": metric.unit,
            **_common(addon, metric, metric.description, bounds=list(metric.bounds)),
            "attributes": [{"ref": name} for name in metric.attributes],
        }
    for span in module.SPAN_NAMES:
        yield {
            "id": f"span.{_slug(span.pattern)}.{span.kind}",
            "type": "span",
            "span_kind": span.kind,
            **_common(addon, span, span.meaning, name=span.pattern),
        }
    for event in module.EVENTS:
        yield {
            "id": f"event.{event.name}",
            "type": "event",
            "name": event.name,
            **_common(addon, event, event.meaning),
            "attributes": [{"ref": name} for name in event.attributes],
        }


def _attribute(addon: str, attribute, declared: list[ModuleType]) -> dict:
    signals = [
        signal
        for signal in SIGNALS
        if any(attribute.name in module.attribute_names(signal) for module in declared)
    ]
    return {
        "id": attribute.name,
        "type": attribute.type,
        **_common(addon, attribute, attribute.meaning, signals=signals),
        "examples": [attribute.example],
    }


def _common(addon: str, declared, brief: str, **annotations) -> dict:
    found = {
        "brief": brief,
        "stability": _STABILITY.get(declared.stability, declared.stability),
        "annotations": {"addon": addon, "since": declared.since, **annotations},
    }
    if declared.deprecated:
        found["annotations"]["deprecated"] = declared.deprecated
        reason = (
            {"reason": "renamed", "renamed_to": declared.replaced_by}
            if declared.replaced_by
            else {"reason": "obsoleted"}
        )
        found["deprecated"] = {**reason, "note": f"Since {declared.deprecated}; see {schema_changes.NOTES}."}
    return found


def _slug(pattern: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", pattern.lower()).strip("_")


def main(arguments: list[str]) -> str | None:
    """What is wrong, or nothing when the promise is kept and the file is written (or up to date)."""
    found, path = problems(ROOT), ROOT / SCHEMA
    if found:
        return "\n".join(found)
    if "--check" not in arguments:
        path.write_text(text(ROOT), encoding="utf-8")
    elif not path.is_file() or path.read_text(encoding="utf-8") != text(ROOT):
        return OUTDATED
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
