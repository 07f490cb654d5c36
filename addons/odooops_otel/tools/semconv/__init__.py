"""Every name that the recorder emits, declared once: ``semconv.HTTP_SERVER_REQUEST_DURATION``.

A name is ``stable`` when the OpenTelemetry semantic conventions call it so
(https://opentelemetry.io/docs/specs/semconv/, 1.44), ``release_candidate`` when it is about to
become so, ``development`` when they know it but may still change it, ``odooops`` when there is no
convention and the name is ours.

`docs/telemetry.md` is made of these declarations, and a test that receives a name that is not
among them fails. A declaration is a constant of the module of its kind; nothing else lists it.
"""

from .attributes import ATTRIBUTES
from .browser import *  # noqa: F403
from .coverage import *  # noqa: F403
from .declaration import Attribute, Event, Metric, SpanName, prometheus_name
from .health import *  # noqa: F403
from .metrics import *  # noqa: F403
from .processes import *  # noqa: F403
from .spans import EVENTS, EXCEPTION_EVENT, LOCK_WAIT_EVENT, REPEATED_EVENT, RETRY_EVENT, SPAN_NAMES
from .sql import *  # noqa: F403

METRICS: tuple[Metric, ...] = tuple(value for value in vars().values() if isinstance(value, Metric))


def attribute_names(signal: str) -> frozenset[str]:
    """The attributes that may be on a signal: resource, metric, span, event or log."""
    named = {attribute.name for attribute in ATTRIBUTES if signal in attribute.signals}
    if signal == "metric":
        named.update(*(metric.attributes for metric in METRICS))
    return frozenset(named)
