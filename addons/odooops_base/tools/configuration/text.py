"""Writes values as YAML that :mod:`document` reads back as the same values."""

from __future__ import annotations

from typing import Any

import yaml

from .document import CORE_SCHEMA

WIDTH = 110


class _Dumper(yaml.SafeDumper):
    """Puts into quotes what is no text to a reader of YAML 1.1 or of YAML 1.2."""

    def ignore_aliases(self, data: Any) -> bool:
        return True

    def increase_indent(self, flow=False, indentless=False):
        # A list is indented below its key, as prettier has it.
        return super().increase_indent(flow, False)


for _tag, _pattern, _first in CORE_SCHEMA:
    _Dumper.add_implicit_resolver(_tag, _pattern, _first)


def _text(dumper: yaml.Dumper, text: str) -> yaml.Node:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if _is_block(text) else None)


def _is_block(text: str) -> bool:
    """Whether a text of several lines can stand as such."""
    lines = text.split("\n")
    return len(lines) > 1 and text.isascii() and all(line == line.strip() for line in lines)


_Dumper.add_representer(str, _text)


def dump(value: Any) -> str:
    """``value``, of plain types, in YAML; the order of keys is kept."""
    text = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=WIDTH)
    return text.removesuffix("...\n")


def export(sections: dict[str, Any], schema_address: str) -> str:
    """A whole configuration with the sections' data; the first line lets editors find the schema."""
    body = "".join("\n" + dump({name: data}) for name, data in sections.items())
    return f"# yaml-language-server: $schema={schema_address}\nversion: 1\n{body}"
