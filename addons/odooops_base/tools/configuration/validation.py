"""Checks a document against a JSON Schema, and says what is wrong in words and with line and column."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from typing import Any

import jsonschema

from ..credentials import without_userinfo
from ..settings import shown
from .document import Document
from .problems import Problem

_TYPES = {
    "string": "a text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "object": "a mapping of keys and values",
    "array": "a list",
}


def validate(document: Document, schema: dict[str, Any]) -> list[Problem]:
    """All that is wrong with ``document``, in the order of the text.

    A part of the schema with ``"writeOnly": true`` may be met by a secret: what stands there is not repeated. One with
    ``"x-hint"`` says itself what is expected; ``"x-empty"`` says what an empty text among its choices stands for.
    """
    validator = jsonschema.Draft202012Validator(schema)
    found = [
        problem for error in validator.iter_errors(document.data) for problem in _problems(error, document)
    ]
    return sorted(set(found))


def suggestion(name: str, known: list[str]) -> str:
    """A sentence that names what was probably meant, or all there is when that is little."""
    close = difflib.get_close_matches(name, known, 1, 0.6)
    if close:
        return f' Did you mean "{close[0]}"?'
    return f" Known are: {', '.join(sorted(known))}." if 0 < len(known) <= 30 else ""


def _problems(error: jsonschema.ValidationError, document: Document) -> Iterator[Problem]:
    path = tuple(error.absolute_path)
    if "propertyNames" in error.absolute_schema_path:
        # What is wrong is the key; the path is that of the mapping around it.
        yield document.problem((*path, error.instance), _message(error), at_key=True)
    elif error.validator == "additionalProperties":
        known = list(error.schema.get("properties", {}))
        for name in error.instance.keys() - set(known):
            message = f'"{without_userinfo(name)}" is not known here.{suggestion(name, known)}'
            yield document.problem((*path, name), message, at_key=True)
    elif error.validator == "required":
        missing = [name for name in error.validator_value if name not in error.instance]
        message = f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing"
        yield document.problem(path, message, at_key=True)
    else:
        yield document.problem(path, _message(error))


def _message(error: jsonschema.ValidationError) -> str:
    hint = error.schema.get("x-hint")
    if hint:
        return hint
    found = "" if error.schema.get("writeOnly") else f", found {shown(error.instance)}"
    if error.validator == "enum":
        return f"expected {_choices(error.schema)}{found}"
    explain = _EXPECTED.get(error.validator)
    return f"expected {explain(error.validator_value)}{found}" if explain else error.message


def _choices(schema: dict[str, Any]) -> str:
    named = ", ".join(str(value) for value in schema["enum"] if value != "")
    if "" not in schema["enum"]:
        return f"one of {named}"
    empty = schema.get("x-empty")
    return f'one of {named}, or ""' + (f" for {empty}" if empty else "")


def _types(value: str | list[str]) -> str:
    return " or ".join(_TYPES.get(name, name) for name in ([value] if isinstance(value, str) else value))


_EXPECTED = {
    "type": _types,
    "const": lambda value: f"{value}",
    "minimum": lambda limit: f"at least {limit}",
    "maximum": lambda limit: f"at most {limit}",
    "minLength": lambda limit: f"at least {limit} character" + ("s" if limit != 1 else ""),
    "maxLength": lambda limit: f"at most {limit} characters",
    "maxItems": lambda limit: f"at most {limit} entries",
    "uniqueItems": lambda _value: "each entry once",
    "pattern": lambda pattern: f"a text like {pattern}",
}
