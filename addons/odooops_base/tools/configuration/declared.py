"""The sections that belong to this addon: what may stand in a configuration."""

from __future__ import annotations

from collections.abc import Iterable

from ..settings import Setting
from .sections import NAME_SCHEMA, Field, Roles, Secrets, Section, Settings


def _text(description: str, **limits) -> dict:
    return {"type": "string", "maxLength": 2000, "description": description} | limits


_ENVIRONMENTS = {"type": "array", "items": {"type": "string"}, "uniqueItems": True}

ENVIRONMENTS = Section(
    "environments",
    "The installations of Odoo that are looked after, by name (deployment.environment.name).",
    (
        Field("kind", {"enum": ["production", "staging", "development"], "description": "What it is for."}),
        Field(
            "url",
            _text(
                "Address at which users reach it.",
                pattern=r"^(https?://[^\s/@]+(/\S*)?)?$",
                **{"x-hint": "expected an address such as https://odoo.example.com"},
            ),
        ),
        Field("databases", _text("Names of its databases, separated by commas.")),
        Field(
            "retention_days",
            {
                "type": "integer",
                "minimum": 1,
                "maximum": 3650,
                "description": "Days that its telemetry is kept.",
            },
        ),
        Field(
            "sampling_ratio",
            {
                "type": "number",
                "minimum": 0,
                "maximum": 1,
                "description": "Share of ordinary requests whose trace is kept.",
            },
        ),
        Field("note", _text("Who answers for it, where it runs, …", maxLength=20000)),
    ),
)

GATES = Section(
    "gates",
    "Health gates: what has to hold for a deployment to count as good.",
    (
        Field("query", _text("PromQL that gives one number.", minLength=1), required=True),
        Field(
            "comparison", {"enum": ["<", "<=", ">", ">="], "description": "How value and threshold compare."}
        ),
        Field("threshold", {"type": "number", "description": "What the value is compared with."}),
        Field(
            "window_seconds",
            {
                "type": "integer",
                "minimum": 60,
                "maximum": 86400,
                "description": "$window in the query is the time since the deployment began, at most this.",
            },
        ),
        Field("on_missing", {"enum": ["pass", "fail"], "description": "What holds when there is no value."}),
        Field("note", _text("What it looks at: shown to those whose deployment it stops.")),
        Field(
            "environments",
            _ENVIRONMENTS | {"description": "Where it holds; nowhere named: everywhere."},
            attribute="environment_ids",
            references="environments",
        ),
    ),
    # A sentence, as people read it in a deployment's results.
    {"minLength": 1, "maxLength": 200, "x-hint": "a gate's name has 1 to 200 characters"},
)

SECRETS = Secrets("secrets", "Where secrets are found: never the secrets themselves.", (), dict(NAME_SCHEMA))

ROLES = Roles(
    "roles",
    'Login → role → "all", or the environments that the role is limited to.',
    (),
    {"minLength": 1, "maxLength": 200, "x-hint": "the login of a user, at most 200 characters"},
)


# Without the settings, which every addon adds to.
SECTIONS = (ENVIRONMENTS, SECRETS, GATES, ROLES)


def settings(declared: Iterable[Setting]) -> Settings:
    """The section of these settings."""
    description = "Settings by name. An environment variable of a process wins over what stands here."
    return Settings("settings", description, settings=tuple(declared))
