"""Every name of telemetry that ``odooops_base`` emits, declared once: ``semconv.DEPLOYMENT_COUNT``.

`docs/telemetry.md` is made of these declarations. A declaration is a constant of the module of its kind.
"""

from .attributes import ATTRIBUTES
from .declaration import Attribute, Metric, prometheus_name
from .metrics import *  # noqa: F403

METRICS: tuple[Metric, ...] = tuple(value for value in vars().values() if isinstance(value, Metric))
# What runs here is seen in the spans of odooops_otel.
SPAN_NAMES: tuple = ()
EVENTS: tuple = ()


def attribute_names(signal: str) -> frozenset[str]:
    """The attributes that may be on a signal: resource, metric, span, event or log."""
    named = {attribute.name for attribute in ATTRIBUTES if signal in attribute.signals}
    if signal == "metric":
        named.update(*(metric.attributes for metric in METRICS))
    return frozenset(named)
