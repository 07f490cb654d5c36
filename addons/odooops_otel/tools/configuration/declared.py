"""The sections of a configuration that belong to this addon."""

from __future__ import annotations

from odoo.addons.odooops_base.tools.configuration.sections import Field, Section

from .. import redaction_rules
from ..sampling_rules import DRIVER, HTTP_METHODS, KINDS, MAX_PATTERN, MAX_STATEMENTS


def _text(description: str, **limits) -> dict:
    return {"type": "string", "maxLength": 2000, "description": description} | limits


_NOTE = Field("note", {"type": "string", "maxLength": 2000, "description": "Why there is this rule."})
# As people name it, in a list.
_RULE_NAME = {"minLength": 1, "maxLength": 200, "x-hint": "a rule's name has 1 to 200 characters"}

GAUGES = Section(
    "gauges",
    "Business gauges: numbers of the business as metrics, by name (the metric's, behind odoo.business.).",
    (
        Field(
            "model",
            _text("The technical name of the records' model, such as sale.order.", minLength=1),
            required=True,
        ),
        Field(
            "domain",
            _text("Which records count: a domain of plain values, such as [('state', '=', 'draft')]."),
        ),
        Field(
            "aggregate",
            {"enum": ["count", "sum", "avg", "min", "max"], "description": "What is told of the records."},
        ),
        Field("field", _text("Of which field, unless records are counted."), attribute="field_name"),
        Field("labels", _text("Fields that they are told apart by: at most three, separated by commas.")),
        Field("unit", _text("s, By, or what is counted in braces, such as {order}.")),
        Field("description", _text("What it says to somebody who reads a dashboard.")),
        Field(
            "interval_seconds",
            {"type": "integer", "minimum": 60, "maximum": 86400, "description": "How often it is computed."},
        ),
    ),
    {
        "pattern": r"^[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)*$",
        "maxLength": 80,
        "x-hint": "a gauge is called as a metric is: lower-case letters, digits and underscores, with dots between",
    },
)

SAMPLING = Section(
    "sampling",
    "Rules of sampling by name: which requests and jobs are kept as traces. The first that fits decides.",
    (
        Field(
            "sequence",
            {"type": "integer", "minimum": 0, "maximum": 1_000_000, "description": "Lower ones come first."},
        ),
        Field(
            "kind",
            {"enum": list(KINDS), "description": "What the pattern is compared with; any: nothing, it fits."},
            required=True,
        ),
        Field(
            "pattern",
            {
                "type": "string",
                "maxLength": MAX_PATTERN,
                "description": "A route, a method such as sale.order.read, or a scheduled action; a star is any text.",
            },
        ),
        Field(
            "http_method",
            {
                "enum": ["", *HTTP_METHODS],
                "description": "Of a route: only requests by this method; empty: every one.",
                "x-empty": "every method",
            },
        ),
        Field(
            "ratio",
            {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "Share of them that is kept. Failed and slow ones always are.",
            },
            required=True,
        ),
        Field(
            "slow_threshold_ms",
            {
                "type": "integer",
                "minimum": 0,
                "maximum": 86_400_000,
                "description": "Milliseconds from which one is slow; 0: as traces.slow_threshold says.",
            },
        ),
        Field(
            "statement_limit",
            {
                "type": "integer",
                "minimum": 0,
                "maximum": MAX_STATEMENTS,
                "description": "Statements that become spans; 0: as traces.statement_limit says.",
            },
        ),
        Field(
            "sql",
            {
                "enum": ["", DRIVER],
                "description": "Whether spans of statements are the driver's.",
                "x-empty": "what the setting traces.sql says",
            },
        ),
        Field(
            "environments",
            {
                "type": "array",
                "items": {"type": "string"},
                "uniqueItems": True,
                "description": "Where it holds; nowhere named: everywhere.",
            },
            attribute="environment_ids",
            references="environments",
        ),
        _NOTE,
    ),
    _RULE_NAME,
)

REDACTION = Section(
    "redaction",
    "Rules of redaction by name: what leaves no process of Odoo either. They add to the policy alone.",
    (
        Field(
            "kind",
            {
                "enum": list(redaction_rules.KINDS),
                "description": "name: values of fields, parameters, headers and attributes that are called so; "
                "pattern: whatever has this form.",
            },
            required=True,
        ),
        Field(
            "pattern",
            {
                "type": "string",
                "minLength": 1,
                "maxLength": redaction_rules.MAX_LENGTH,
                "description": "Names, separated by commas; or a regular expression with a limit to each repetition.",
            },
            required=True,
        ),
        _NOTE,
    ),
    _RULE_NAME,
)

SECTIONS = (GAUGES, REDACTION, SAMPLING)
