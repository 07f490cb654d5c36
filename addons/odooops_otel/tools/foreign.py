"""Spans and log records of other libraries, without what must not leave the process.

They come from the SDK's encoder as messages of ``opentelemetry.proto``. What application code chose
to write stays, cut in length and redacted (:mod:`redact`). What instrumentation libraries put there by
themselves is held to the rules of our own spans: SQL without literals, URLs without query and credentials,
no headers, exceptions without their messages.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence

from . import statement, url
from .redact import DEFAULT, REDACTED, Policy, is_withheld

MAX_TEXT = 1000
MAX_ITEMS = 100
MAX_BODY = 8000
MAX_NAME = 255
# Names before the conventions became stable:
# https://opentelemetry.io/docs/specs/semconv/non-normative/db-migration/
_DATABASE_NAMES = {
    "db.system": "db.system.name",
    "db.name": "db.namespace",
    "db.statement": "db.query.text",
    "net.peer.name": "server.address",
    "net.peer.port": "server.port",
}
_STATEMENTS = ("db.statement", "db.query.text")
_URLS = frozenset({"http.url", "url.full"})
_PATHS = frozenset({"http.target", "url.path"})
_FRAME = re.compile(r' *File "[^"]*", line \d+, in [\w<>.]+')
# More of a stack is not shown.
MAX_FRAMES = 50


def sanitize_span(span, policy: Policy = DEFAULT) -> None:
    """Change a ``trace_pb2.Span`` in place."""
    _sanitize_statement(span)
    span.name = policy.beginning(span.name, MAX_NAME)
    span.trace_state = policy.unless_secret(span.trace_state)
    sanitize_attributes(span.attributes, policy)
    for event in span.events:
        event.name = policy.beginning(event.name, MAX_NAME)
        sanitize_attributes(event.attributes, policy)
    for link in span.links:
        link.trace_state = policy.unless_secret(link.trace_state)
        sanitize_attributes(link.attributes, policy)
    # The API describes a failed span by "ValueError: " and what the exception says.
    span.status.message = policy.beginning(span.status.message.partition(":")[0], MAX_NAME)


def sanitize_log(record, policy: Policy = DEFAULT) -> None:
    """Change a ``logs_pb2.LogRecord`` in place."""
    sanitize_attributes(record.attributes, policy)
    if record.body.WhichOneof("value") in ("string_value", "bytes_value"):
        record.body.string_value = policy.beginning(_text(record.body), MAX_BODY)
    else:
        _cut("", record.body, policy)


def size(values: Iterable, limit: int) -> int:
    """About how many characters values of the SDK take, nested ones included; counting ends beyond ``limit``."""
    total, waiting = 0, list(values)
    while waiting and total <= limit:
        value = waiting.pop()
        if isinstance(value, str | bytes):
            total += len(value)
        elif isinstance(value, Mapping):
            total += 8 * len(value)
            waiting += (*value.keys(), *value.values())
        elif isinstance(value, Sequence):
            total += 8 * len(value)
            waiting += value
    return total


def _sanitize_statement(span) -> None:
    """A span that has a statement says the same as one of ours."""
    if not any(attribute.key in _STATEMENTS for attribute in span.attributes):
        return
    # Old names first: where a library writes both, the new one holds.
    ordered = sorted(span.attributes, key=lambda attribute: attribute.key not in _DATABASE_NAMES)
    values = {_DATABASE_NAMES.get(attribute.key, attribute.key): attribute.value for attribute in ordered}
    parsed = statement.parse(_text(values["db.query.text"]))
    span.name = parsed.name
    for key, value in (
        ("db.query.text", parsed.text),
        ("db.operation.name", parsed.operation),
        ("db.collection.name", parsed.table),
    ):
        values[key] = type(values["db.query.text"])(string_value=value)
    _replace(span.attributes, values)


def sanitize_attributes(attributes, policy: Policy = DEFAULT) -> None:
    """Change repeated ``common_pb2.KeyValue`` in place."""
    values = {item.key: item.value for item in attributes if not is_withheld(item.key)}
    for key, value in values.items():
        _cut(key, value, policy)
    if len(values) < len(attributes):
        _replace(attributes, values)


def _cut(key: str, value, policy: Policy) -> None:
    kind = value.WhichOneof("value")
    if kind in ("string_value", "bytes_value"):
        value.string_value = _shown(key, _text(value), policy)
    elif kind == "array_value":
        del value.array_value.values[MAX_ITEMS:]
        for item in value.array_value.values:
            _cut(key, item, policy)
    elif policy.is_secret(key) if kind == "kvlist_value" else policy.hides_numbers(key):
        value.string_value = REDACTED
    elif kind == "kvlist_value":
        del value.kvlist_value.values[MAX_ITEMS:]
        sanitize_attributes(value.kvlist_value.values, policy)


def _text(value) -> str:
    return value.string_value or value.bytes_value.decode("utf-8", "replace")


def _replace(attributes, values: dict) -> None:
    """Put other attributes in place of those of a message, by key."""
    make = type(attributes[0])
    replacement = [make(key=key, value=value) for key, value in values.items()]
    del attributes[:]
    attributes.extend(replacement)


def _shown(key: str, text: str, policy: Policy) -> str:
    if policy.is_secret(key):
        return REDACTED
    if key in _URLS:
        text = url.target(text).url
    elif key in _PATHS:
        text = text.partition("?")[0]
    elif key == "exception.stacktrace":
        return "\n".join(_FRAME.findall(text)[-MAX_FRAMES:])
    elif key in _STATEMENTS:
        return _statement(text, policy)
    return policy.beginning(text, MAX_TEXT)


def _statement(text: str, policy: Policy) -> str:
    """As those of our own spans, wherever a library writes it: on an event, a log record, a metric.

    What is not SQL has values that look otherwise, and is held to what holds for other texts.
    """
    shown = statement.normalize(text)
    is_ours = shown == text and statement.operation(text) in statement.KNOWN_OPERATIONS
    return shown if is_ours else policy.beginning(shown, statement.MAX_TEXT)
