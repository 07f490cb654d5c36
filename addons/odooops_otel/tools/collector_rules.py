"""Rules of redaction as the OpenTelemetry Collector can have them: what its processor ``redaction`` looks for.

https://github.com/open-telemetry/opentelemetry-collector-contrib/tree/main/processor/redactionprocessor
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import re2, redaction_rules
from .convert import InvalidValue

# A value behind a name, as in monitoring/collector/redaction.yaml: name=value, "name": value; and what is quoted within
# quotes, as in lists, which are looked at as JSON.
NOTATIONS = (
    r"""(?i)(?:NAMES)[\w.-]{0,40}(?:\\?["']?\s{0,3}[:=]|["'],)\s{0,3}(?:[\[({](?:\\"[^"\\]*\\"|\\'[^'\\]*\\'"""
    r"""|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.|[^\])}"'\\\n])+|b?(?:\\"[^"\\]*\\"|\\'[^'\\]*\\'|"(?:[^"\\]"""
    r"""|\\.)*"|'(?:[^'\\]|\\.)*')|digest\s+[^\r\n'}]*|(?:bearer|basic|token)\s+[^\s"',;]+|[^\s"',;&)}\]]+)""",
    r"""(?i)(?:NAMES)[\w.-]{0,40}\\+["'][^\n]*""",
)


class LeftOut(NamedTuple):
    """A rule that the collector cannot have, and why, as the end of a sentence."""

    name: str
    reason: str


class CollectorRules(NamedTuple):
    """Regular expressions of RE2: of attributes' names, and of what is taken out of every text."""

    keys: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    """The names of the rules that are in it."""

    left_out: tuple[LeftOut, ...] = ()


def problem(kind: str, pattern: str) -> str:
    """Why the collector cannot have such a rule, as the end of a sentence; empty when it can."""
    try:
        _read(kind, pattern)
    except InvalidValue as reason:
        return str(reason)
    return ""


def collect(rules: Iterable[Mapping[str, str]]) -> CollectorRules:
    """What the collector can have of rules, by their ``name``, ``kind`` and ``pattern``; in an order of their own."""
    names: list[str] = []
    patterns: list[str] = []
    taken: list[str] = []
    left_out: list[LeftOut] = []
    for rule in sorted(rules, key=lambda rule: rule["name"]):
        try:
            own = _read(rule["kind"], rule["pattern"])
        except InvalidValue as reason:
            left_out.append(LeftOut(rule["name"], str(reason)))
            continue
        names += own.names
        patterns += own.patterns
        taken.append(rule["name"])
    named = _named(names)
    values = dict.fromkeys((*named.values, *patterns))
    return CollectorRules(named.keys, (*values,), (*taken,), (*left_out,))


def _read(kind: str, pattern: str) -> redaction_rules.Additions:
    own = redaction_rules.read(kind, pattern, is_stored=True)
    return own._replace(patterns=tuple(map(re2.translate, own.patterns)))


def _named(names: Iterable[str]) -> CollectorRules:
    """A name is one whole word or more: ``ref`` is none of ``reference``."""
    quoted = [re2.quote(name) for name in dict.fromkeys(name.lower() for name in names)]
    if not quoted:
        return CollectorRules()
    whole = "|".join(quoted)
    words = "|".join(_word(name) for name in quoted)
    return CollectorRules(
        (rf"(?i)\A(?:{whole})\z",), tuple(each.replace("NAMES", words) for each in NOTATIONS)
    )


def _word(quoted: str) -> str:
    """No sign of a word beside it; where it begins or ends with another sign there may be."""
    begins, ends = quoted[0] != "\\", quoted[-1] != "}"
    return (r"\b" if begins else "") + quoted + (r"\b" if ends else "")
