"""The sections of a configuration that belong to this addon.

Not in ``tools/``, which is loaded also where ``odooops_base`` is not.
"""

from odoo.addons.odooops_base.tools.configuration.sections import Field, Section


def _text(description: str, **limits) -> dict:
    return {"type": "string", "maxLength": 2000, "description": description} | limits


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

SECTIONS = (GAUGES,)
