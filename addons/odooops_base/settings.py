"""The settings that this addon reads."""

from .tools.settings import BOOLEAN, URL, WHOLE, Setting

SETTINGS = (
    Setting(
        "prometheus.url",
        URL,
        "",
        "Address of Prometheus, which health gates ask. Empty: they cannot be evaluated.",
    ),
    Setting(
        "deployment.abandon_hours",
        WHOLE,
        6,
        "After this time a deployment that nobody finished counts as failed.",
        unit="hours",
        minimum=1,
        maximum=720,
    ),
    Setting(
        "event.retention_days",
        WHOLE,
        90,
        "How long it is kept what was done to the platform.",
        unit="days",
        minimum=1,
        maximum=3650,
    ),
    Setting(
        "key.max_days",
        WHOLE,
        90,
        "How long an API key may live that is made here: with OdooOps › API Keys, by a program or by the command line.",
        unit="days",
        minimum=1,
        maximum=3650,
    ),
    Setting(
        "configuration.check_drift",
        BOOLEAN,
        True,
        "Whether the platform is compared with the configuration that was applied last, once a day.",
    ),
)
