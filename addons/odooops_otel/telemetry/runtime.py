"""The telemetry of this process: started once, after any fork, and shut down at its end."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import socket
from collections.abc import Mapping
from pathlib import Path

from ..tools import otlp
from ..tools.settings import SIGNALS, Settings
from . import slot as slots
from .log_source import LogSource
from .recorder import Recorder
from .sender import Exporter, Sender
from .sources import MetricSource, TraceSource
from .transport import Transport

_logger = logging.getLogger(__name__)

# The process's telemetry; None in the prefork master and wherever it is not started.
active: Telemetry | None = None


class Telemetry:
    """Recorder, slot and sender of one process.

    :param worker_type: http, cron, evented, threaded, shell, or worker for other kinds
    :param instance: what tells this Odoo from others of the same service, such as ``host:8069``
    """

    def __init__(self, settings: Settings, worker_type: str, instance: str, directory: Path, version: str):
        self.settings = settings
        self.directory = directory
        self.slot = _take_slot(directory, worker_type)
        self.resource = resource_attributes(settings, worker_type, instance, self.slot.name, version)
        self.recorder = Recorder(settings, self._count_dropped)
        self.transports: list[Transport] = []
        # Where log entries go, if they are sent.
        self.logs: LogSource | None = None
        self.exporters = [self._exporter(signal) for signal in SIGNALS if settings.sends(signal)]
        interval = min(1.0, settings.span_delay, settings.metric_interval)
        self.sender = Sender(self.recorder.drain, self.exporters, interval)

    def _exporter(self, signal: str) -> Exporter:
        settings = self.settings
        # A process id would make a new target_info series of each recycled worker.
        attributes = dict(self.resource, **({} if signal == "metrics" else {"process.pid": os.getpid()}))
        make = {"traces": TraceSource, "metrics": MetricSource, "logs": LogSource}[signal]
        source = make(self.recorder, settings, otlp.resource(attributes), self.slot)
        if isinstance(source, LogSource):
            self.logs = source
        transport = Transport(
            settings.endpoints[signal],
            settings.of(signal, "headers"),
            settings.of(signal, "compression"),
            settings.of(signal, "certificate"),
        )
        self.transports.append(transport)
        return Exporter(source, transport.post, self.slot, settings.of(signal, "timeout"))

    def _count_dropped(self, reason: str, spans: int) -> None:
        self.slot.add("traces", "dropped", reason, amount=spans)

    def shutdown(self) -> None:
        """Send what is left and count what is not. At most two seconds."""
        self.slot.end("stopped")  # unless it has said otherwise: the last export tells
        self.sender.shutdown()
        self.recorder.drain(is_waiting=False)
        for exporter in self.exporters:
            if lost := exporter.unsent():
                self.slot.add(exporter.signal, "dropped", "shutdown", amount=lost)
        if not self.sender.is_alive():
            for transport in self.transports:
                transport.close()
            self.slot.release()


def start(settings: Settings, worker_type: str, instance: str, directory: Path, version: str) -> None:
    """Start the telemetry of this process. Never raises: Odoo runs without it if it must."""
    global active
    if settings.is_disabled or not any(map(settings.sends, SIGNALS)):
        return
    try:
        telemetry = Telemetry(settings, worker_type, instance, directory, version)
        telemetry.sender.start()
    except Exception:
        _logger.exception("Telemetry could not be started; Odoo runs without it.")
        return
    active = telemetry
    atexit.register(stop)
    _watch_forks()
    _logger.info("Telemetry started: %s", telemetry.resource["service.instance.id"])


def stop() -> None:
    """Shut down; called at exit where the process has one (not when it is killed)."""
    global active
    telemetry, active = active, None
    if telemetry:
        atexit.unregister(stop)
        telemetry.shutdown()


@functools.cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_forget)


def _forget() -> None:
    """A forked child has no sender thread, and the slot and what waits are its parent's."""
    global active
    active = None
    atexit.unregister(stop)


def resource_attributes(
    settings: Settings, worker_type: str, instance: str, slot: str, version: str
) -> Mapping[str, otlp.Value]:
    """The resource of this process. What OTEL_RESOURCE_ATTRIBUTES says wins over what we find out."""
    given = settings.resource_attributes
    return {
        "service.version": version,
        "host.name": socket.gethostname(),
        "telemetry.distro.name": "odooops",
        **given,
        "service.name": settings.service_name or given.get("service.name") or "odoo",
        "service.instance.id": f"{given.get('service.instance.id') or instance}/{slot}",
        "odoo.worker.type": worker_type,
    }


def _take_slot(directory: Path, worker_type: str) -> slots.Slot:
    try:
        return slots.take(directory, worker_type)
    except OSError as error:
        _logger.warning(
            "Telemetry: no slot in %s (%s); this process gets an instance id of its own and its counters end with it. "
            "Set ODOOOPS_TELEMETRY_DIR to a directory that Odoo may write.",
            directory,
            error,
        )
        return slots.anonymous(worker_type)
