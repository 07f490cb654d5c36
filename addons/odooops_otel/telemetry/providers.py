"""The global providers of OpenTelemetry's API: the SDK of the process, once somebody uses it.

A library may ask for a tracer in the prefork master, long before the process that uses it is forked;
and asking is no use yet. So a tracer looks for its SDK with each span, and the SDK of the process is
made with the first.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator

from opentelemetry import _logs, metrics, trace
from opentelemetry._logs._internal import ProxyLoggerProvider
from opentelemetry.metrics._internal import _ProxyMeterProvider
from opentelemetry.util._decorator import _agnosticcontextmanager

from . import runtime
from .sdk import Sdk

_logger = logging.getLogger(__name__)

_NO_TRACER = trace.NoOpTracer()


def install() -> None:
    """Make ours the global providers, where the application has not set others."""
    for signal, provider, proxy, set_provider in (
        ("traces", trace.get_tracer_provider, trace.ProxyTracerProvider, _set_tracer_provider),
        ("metrics", metrics.get_meter_provider, _ProxyMeterProvider, _set_meter_provider),
        ("logs", _logs.get_logger_provider, ProxyLoggerProvider, _set_logger_provider),
    ):
        found = provider()
        if isinstance(found, proxy):
            set_provider()
        elif not isinstance(found, _Ours):
            _logger.info(
                "Telemetry: %s of other libraries go to the provider that is set already (%s.%s), not to ours.",
                signal,
                type(found).__module__,
                type(found).__qualname__,
            )


def _set_tracer_provider() -> None:
    trace.set_tracer_provider(LazyTracerProvider())


def _set_meter_provider() -> None:
    metrics.set_meter_provider(LazyMeterProvider())


def _set_logger_provider() -> None:
    _logs.set_logger_provider(LazyLoggerProvider())


def _sdk() -> Sdk | None:
    return runtime.active and runtime.active.sdk


class _Ours:
    """What our providers are known by."""


class LazyTracerProvider(_Ours, trace.TracerProvider):
    def get_tracer(self, *args, **kwargs) -> trace.Tracer:
        return LazyTracer(args, kwargs)


class LazyTracer(trace.Tracer):
    """A tracer of the SDK that is there when a span is started; without one, spans are not recorded."""

    def __init__(self, args: tuple, kwargs: dict):
        self._scope = (args, kwargs)
        self._found: tuple[Sdk | None, trace.Tracer] = (None, _NO_TRACER)

    def _tracer(self) -> trace.Tracer:
        sdk = _sdk()
        if self._found[0] is not sdk:
            args, kwargs = self._scope
            self._found = (sdk, sdk.tracer_provider().get_tracer(*args, **kwargs) if sdk else _NO_TRACER)
        return self._found[1]

    def start_span(self, *args, **kwargs) -> trace.Span:
        return self._tracer().start_span(*args, **kwargs)

    # It is used as a decorator, too, when a module is loaded.
    @_agnosticcontextmanager
    def start_as_current_span(self, *args, **kwargs) -> Iterator[trace.Span]:
        with self._tracer().start_as_current_span(*args, **kwargs) as span:
            yield span


class LazyMeterProvider(_Ours, metrics.MeterProvider):
    def get_meter(self, *args, **kwargs) -> metrics.Meter:
        sdk = _sdk()
        provider = sdk.meter_provider() if sdk else metrics.NoOpMeterProvider()
        return provider.get_meter(*args, **kwargs)


class LazyLoggerProvider(_Ours, _logs.LoggerProvider):
    def get_logger(self, *args, **kwargs) -> _logs.Logger:
        sdk = _sdk()
        provider = sdk.logger_provider() if sdk else _logs.NoOpLoggerProvider()
        return provider.get_logger(*args, **kwargs)
