"""What the OpenTelemetry semantic conventions know, from their Python package."""

import importlib
import pkgutil
import re
from types import ModuleType

import opentelemetry.semconv._incubating.attributes
import opentelemetry.semconv._incubating.metrics
import opentelemetry.semconv.attributes
from opentelemetry.semconv.metrics import db_metrics, http_metrics

# https://opentelemetry.io/docs/specs/semconv/general/naming/
NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*(\.[a-z][a-z0-9]*(_[a-z0-9]+)*)+")
OURS = ("odoo.", "odooops.")
# The metrics SDK's own, which the package of the conventions does not hold:
# https://opentelemetry.io/docs/specs/otel/metrics/sdk/#overflow-attribute
SDK_ATTRIBUTES = frozenset({"otel.metric.overflow"})


def _names_in(*modules: ModuleType) -> frozenset[str]:
    return frozenset(
        value
        for module in modules
        for name, value in vars(module).items()
        if name.isupper() and isinstance(value, str)
    )


def _modules(package: ModuleType) -> list[ModuleType]:
    found = pkgutil.iter_modules(package.__path__, f"{package.__name__}.")
    return [importlib.import_module(info.name) for info in found]


STABLE_ATTRIBUTES = _names_in(*_modules(opentelemetry.semconv.attributes)) | SDK_ATTRIBUTES
ATTRIBUTES = STABLE_ATTRIBUTES | _names_in(*_modules(opentelemetry.semconv._incubating.attributes))
STABLE_METRICS = _names_in(db_metrics, http_metrics)
# https://opentelemetry.io/docs/specs/semconv/rpc/rpc-metrics/; the package does not tell it from development
CANDIDATES = frozenset({"rpc.server.call.duration"})
METRICS = STABLE_METRICS | _names_in(*_modules(opentelemetry.semconv._incubating.metrics))


def stability(name: str, stable: frozenset[str], known: frozenset[str]) -> str:
    """How a name has to be declared."""
    if name in CANDIDATES:
        return "release_candidate"
    return "stable" if name in stable else "development" if name in known else "odooops"
