"""What may become of a name that is emitted: the deprecation policy of docs/compatibility.md as a function.

    problems(old, new, notes)   # [] when the new schema keeps what the old one promised

Schemas are those of ``telemetry_schema.py``, notes the text of docs/migrations.md. Nothing here reads a file.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

# A name is told of for so many minor versions before it goes.
NOTICE = 2
POLICY = "docs/compatibility.md says how"
NOTES = "docs/migrations.md"
_STABILITY = ("development", "beta", "release_candidate", "stable")


class Name(NamedTuple):
    """One thing that is emitted."""

    kind: str  # metric, attribute, span, event
    name: str
    addon: str
    stability: str
    since: str
    deprecated: str  # the version since which it is; empty: it is not
    replaced_by: str
    facts: Mapping[str, object]  # as long as it has this name
    sets: Mapping[str, frozenset]  # which may grow

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def problems(old: Mapping, new: Mapping, notes: str) -> list[str]:
    """A line for each way in which the new schema breaks what the old one promised."""
    before, after, versions = names(old), names(new), new["versions"]
    found = [*_backward(old["versions"], versions)]
    for key, was in before.items():
        found += _changed(was, after[key]) if key in after else _gone(was, versions)
    found += _announced(before, after, versions)
    found += _unknown(after)
    found += _unnoted(before, after, old.get("removed", ()), notes)
    found += _reused(after, old.get("removed", ()))
    return sorted(found)


def removed(old: Mapping, new: Mapping) -> list[dict]:
    """What has gone, ever: the names are not given to anything else."""
    before, after = names(old), names(new)
    gone = [
        {"kind": was.kind, "name": was.name, "version": new["versions"][was.addon]}
        for key, was in before.items()
        if key not in after
    ]
    return sorted([*old.get("removed", ()), *gone], key=lambda entry: (entry["kind"], entry["name"]))


def names(schema: Mapping) -> dict[tuple[str, str], Name]:
    """Everything that a schema declares, by kind and name."""
    return {(each.kind, each.name): each for group in schema["groups"] for each in _of_group(group)}


def parsed(version: str) -> tuple[int, int]:
    """Major and minor version as numbers."""
    major, minor = version.split(".")
    return int(major), int(minor)


def _of_group(group: Mapping) -> Iterator[Name]:
    kind, annotations = group["type"], group.get("annotations", {})
    refs = frozenset(attribute["ref"] for attribute in group.get("attributes", ()) if "ref" in attribute)
    if kind == "attribute_group":
        for each in group["attributes"]:
            more = each["annotations"]
            yield _name(
                "attribute",
                each["id"],
                each,
                more,
                {"type": each["type"]},
                {"signals": frozenset(more["signals"])},
            )
    elif kind == "metric":
        facts = {"instrument": group["instrument"], "unit": group["unit"]}
        bounds = {"bounds": tuple(annotations["bounds"])} if annotations.get("bounds") else {}
        yield _name("metric", group["metric_name"], group, annotations, facts | bounds, {"attributes": refs})
    elif kind == "span":
        # Spans of one name may be of several kinds: those of a call, seen from both sides.
        yield _name("span", f"{annotations['name']} ({group['span_kind']})", group, annotations, {}, {})
    else:
        yield _name("event", group["name"], group, annotations, {}, {"attributes": refs})


def _name(kind: str, name: str, entry: Mapping, more: Mapping, facts: dict, sets: dict) -> Name:
    replaced_by = entry.get("deprecated", {}).get("renamed_to", "")
    return Name(
        kind,
        name,
        more["addon"],
        entry["stability"],
        more["since"],
        more.get("deprecated", ""),
        replaced_by,
        facts,
        sets,
    )


def _backward(old: Mapping, new: Mapping) -> Iterator[str]:
    for addon, version in old.items():
        if addon not in new:
            yield f"{addon} is gone, and with it all that it emitted: {POLICY}"
        elif parsed(new[addon]) < parsed(version):
            yield f"{addon} has version {new[addon]}, and the schema was made by {version}"


def _gone(was: Name, versions: Mapping[str, str]) -> Iterator[str]:
    now = versions.get(was.addon)
    if now is None:
        return
    if not was.deprecated:
        yield (
            f"{was} is gone, and nobody was told. Keep it, declare it with deprecated={now!r} and replaced_by, "
            f"write a note into {NOTES}, and take it away in {_end(now)}: {POLICY}"
        )
    elif parsed(now) < parsed(_end(was.deprecated)):
        yield f"{was} is gone in {now}: deprecated since {was.deprecated}, it has to stay until {_end(was.deprecated)}"


def _end(version: str) -> str:
    """The first version that need not have what is deprecated since this one."""
    major, minor = parsed(version)
    return f"{major}.{minor + NOTICE}"


def _changed(was: Name, now: Name) -> Iterator[str]:
    for fact in sorted(was.facts.keys() | now.facts.keys()):
        old, new = was.facts.get(fact), now.facts.get(fact)
        if old != new:
            yield f"{was} has another {fact}: {_shown(old)} was promised, not {_shown(new)}. {_rename(was)}"
    for kind, old in was.sets.items():
        for lost in sorted(old - now.sets[kind]):
            yield f"{was} has {lost} no more among its {kind}. {_rename(was)}"
    if _STABILITY.index(now.stability) < _STABILITY.index(was.stability):
        yield f"{was} was {was.stability} and cannot become {now.stability}"
    if now.since != was.since:
        yield f"{was} is there since {was.since}, not {now.since}"
    if was.deprecated and now.deprecated not in ("", was.deprecated):
        yield f"{was} is deprecated since {was.deprecated}, not {now.deprecated}"


def _rename(was: Name) -> str:
    return f"Emit that under a name of its own beside it, and deprecate {was.name}: {POLICY}"


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def _announced(before: Mapping, after: Mapping, versions: Mapping[str, str]) -> Iterator[str]:
    """What is new says since when."""
    for key, each in after.items():
        now = versions[each.addon]
        if key not in before and each.since != now:
            yield f"{each} is new in {now}, and says since {each.since}: declare it with since={now!r}"
        if each.deprecated and parsed(each.deprecated) > parsed(now):
            yield f"{each} is deprecated since {each.deprecated}, which is to come: this is {now}"


def _unknown(after: Mapping) -> Iterator[str]:
    for each in after.values():
        if each.replaced_by and (each.kind, each.replaced_by) not in after:
            yield f"{each} is replaced by {each.replaced_by}, which is no {each.kind}"
        if each.replaced_by and not each.deprecated:
            yield f"{each} is replaced by {each.replaced_by} and not deprecated: say since when"


def _unnoted(before: Mapping, after: Mapping, gone: object, notes: str) -> Iterator[str]:
    told = set(re.findall(r"`([^`\n]+)`", notes))
    names_gone = {entry["name"] for entry in gone} | {
        was.name for key, was in before.items() if key not in after
    }
    due = names_gone | {each.name for each in after.values() if each.deprecated}
    for name in sorted(due - told):
        yield f"{name} is deprecated or gone, and {NOTES} does not say `{name}`: write what to do about it"


def _reused(after: Mapping, gone: object) -> Iterator[str]:
    for entry in gone:
        if (entry["kind"], entry["name"]) in after:
            yield f"{entry['kind']} {entry['name']} went in {entry['version']}, and old data has it: take another name"
