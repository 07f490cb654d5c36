"""OpenTelemetry's SDK in this process, for spans, metrics and logs that other libraries make.

Made when first used, never in the prefork master: the SDK makes the objects, the encoder of its OTLP
exporter writes them, and a thread of ours sends them, with the same settings, retries and counted
losses as what Odoo itself tells. It has a thread of its own, so that a library's callback that hangs
does not stop the others.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping

from opentelemetry import metrics as metrics_api, trace as trace_api
from opentelemetry._logs import LoggerProvider, NoOpLoggerProvider

from ..tools import otlp
from ..tools.foreign_metrics import Limits
from ..tools.settings import SIGNALS, Settings
from . import faults
from .sender import Exporter, Sender
from .slot import Slot


class Sdk:
    """The providers of one process.

    :param resource: attributes of the process; spans and logs have its id besides
    :param make_exporter: from a signal and a source to what sends its batches
    :param limits: of the metrics that others make
    """

    def __init__(
        self,
        settings: Settings,
        resource: Mapping[str, otlp.Value],
        slot: Slot,
        make_exporter: Callable[[object], Exporter],
        limits: Limits,
    ):
        self.settings = settings
        self.resource = resource
        self.slot = slot
        self.limits = limits
        self.exporters: list[Exporter] = []
        self._make_exporter = make_exporter
        self._lock = threading.RLock()
        self._providers: dict[str, object] = {}
        self._sender: Sender | None = None

    def tracer_provider(self) -> trace_api.TracerProvider:
        return self._provider("traces", trace_api.NoOpTracerProvider)

    def meter_provider(self) -> metrics_api.MeterProvider:
        return self._provider("metrics", metrics_api.NoOpMeterProvider)

    def logger_provider(self) -> LoggerProvider:
        return self._provider("logs", NoOpLoggerProvider)

    @property
    def threads(self) -> list[Sender]:
        """What sends, once there is something to send."""
        return [self._sender] if self._sender else []

    def close(self, timeout: float) -> None:
        """Begin to end: what is left is sent within ``timeout`` seconds; :meth:`join` waits for it."""
        if self._sender:
            self._sender.close(timeout)

    def join(self, timeout: float) -> bool:
        """Whether nothing is being sent any more."""
        if self._sender and self._sender.is_alive():
            self._sender.join(timeout)
            return not self._sender.is_alive()
        return True

    def _provider(self, signal: str, make_none: Callable):
        provider = self._providers.get(signal)
        if provider is None:
            with self._lock:
                provider = self._providers.get(signal)
                if provider is None:
                    provider = self._providers[signal] = self._attempt(signal, make_none)
        return provider

    def _attempt(self, signal: str, make_none: Callable):
        """A provider that does nothing where the SDK cannot be made; it is not tried again with each span."""
        try:
            return self._make(signal, make_none)
        except Exception:
            faults.report(
                f"Telemetry: the SDK for {signal} of other libraries could not be made, so that they are not sent; "
                "Odoo is not affected. See the cause below; after its remedy restart Odoo."
            )
            return make_none()

    def _make(self, signal: str, make_none: Callable):
        if not self.settings.sends(signal):
            return make_none()
        # Imported now: two tenths of a second and 15 MB that a process without such libraries is spared.
        from . import sdk_objects

        provider, source = sdk_objects.MAKERS[signal](self)
        self._start(self._make_exporter(source))
        return provider

    def _start(self, exporter: Exporter) -> None:
        if self._sender is None:
            sender = Sender(self.exporters, self.settings.interval(SIGNALS), name="odooops.telemetry.sdk")
            sender.start()
            self._sender = sender
        self.exporters.append(exporter)
