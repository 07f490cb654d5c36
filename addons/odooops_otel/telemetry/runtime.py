"""The telemetry of this process: started once, after any fork, and shut down at its end."""

from __future__ import annotations

import atexit
import functools
import logging
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from odoo.modules.module import Manifest

from ..tools import otlp
from ..tools.foreign_metrics import Limits
from ..tools.propagation import Audience
from ..tools.settings import SIGNALS, Settings
from . import cache, compiled, faults, process, slot as slots
from .activity import Activity
from .drainer import Drainer
from .health import Health
from .kept_counter import KeptCounter
from .leader import Leader
from .log_source import LogSource
from .periodic import Periodic
from .policies import Policies
from .recorder import Recorder
from .redaction import Redaction
from .sdk import Sdk
from .sender import SHUTDOWN_TIMEOUT, Exporter, Sender, Source
from .sources import MetricSource, TraceSource
from .told import Told
from .transport import Transport

_logger = logging.getLogger(__name__)

# What the recorder itself sends; what other libraries make is sent beside it.
RECORDED = {"traces": TraceSource, "metrics": MetricSource, "logs": LogSource}

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
        self.policies = Policies(settings, self.slot.name)
        self.recorder = Recorder(settings, self._count_dropped, self.policies)
        self.policies.redaction = self.redaction = Redaction(settings.policy, self.recorder)
        self.transports: list[Transport] = []
        self.activity = Activity(directory)
        self.audience = Audience(settings.propagate_to)
        # Where log entries of Odoo go, if they are sent.
        self.logs: LogSource | None = None
        self.health = Health(self)
        self.exporters = [self._recorded(signal) for signal in RECORDED if _is_recorded(settings, signal)]
        self.drainer = Drainer(self._drain_and_tell, settings.interval(("traces", "metrics")))
        self.sender = Sender(self.exporters, settings.interval(each.signal for each in self.exporters))
        self.leader = Leader(self.recorder.measurements, self.activity)
        limits = Limits(self.recorder.aggregator.count_foreign_overflow)
        self.sdk = Sdk(settings, self.resource, self.slot, self._exporter, limits)
        are_delivered = not settings.sends("metrics")
        # In no variable: as long as anybody holds them the slot cannot be released.
        self.recorder.intake.count_in(*self.slot.counts_of_records(are_delivered=are_delivered))
        if self.slot.inherited_loss:
            # At once: a process that is killed before its first report would take the reason along.
            self.health.publish()

    @property
    def all_exporters(self) -> list[Exporter]:
        """What sends for the recorder, and what for other libraries."""
        return [*self.exporters, *self.sdk.exporters]

    @property
    def threads(self) -> list[Periodic]:
        """The recorder's own."""
        return [self.drainer, self.sender, self.leader, *self.sdk.threads]

    def drain(self) -> None:
        """Count what has ended, by the rules that hold now, and say so in the slot."""
        self.policies.refresh()
        self.recorder.drain()
        self.health.note()

    def _drain_and_tell(self) -> None:
        self.drain()
        self.health.publish()

    def _recorded(self, signal: str) -> Exporter:
        """What sends the recorder's own traces, metrics or log entries."""
        # A process id would make a new target_info series of each recycled worker.
        attributes = dict(self.resource, **({} if signal == "metrics" else {"process.pid": os.getpid()}))
        source = RECORDED[signal](self.recorder, self.settings, otlp.resource(attributes), self.slot)
        if isinstance(source, MetricSource) and self.slot.is_shared:
            source.told = Told(self.directory / f"{self.slot.name}.states")
            path, since = self.directory / f"{self.slot.name}.overflow", self.slot.created
            source.overflow = KeptCounter(self.recorder.aggregator.overflow, path, since)
        if isinstance(source, TraceSource):
            source.complete = self.activity.join
        if isinstance(source, LogSource):
            self.logs = source
        return self._exporter(source)

    def _exporter(self, source: Source) -> Exporter:
        """What sends the batches of a source, with the settings of its signal."""
        settings, signal = self.settings, source.signal
        transport = Transport(
            settings.endpoints[signal],
            settings.of(signal, "headers"),
            settings.of(signal, "compression"),
            settings.of(signal, "certificate"),
        )
        self.transports.append(transport)
        timeout = settings.of(signal, "timeout")
        return Exporter(source, transport.post, self.slot, timeout, self.health.note_attempt)

    def _count_dropped(self, reason: str, spans: int) -> None:
        self.slot.add("traces", "dropped", reason, amount=spans)

    def shutdown(self) -> None:
        """Send what is left and count what is not. At most two seconds."""
        self.leader.close()
        self.drainer.shutdown()
        self.leader.shutdown()
        self.slot.end("stopped")  # unless it has said otherwise: the last export tells
        # What is kept of what has ended goes to the SDK's queue before that is sent for the last time.
        self.recorder.drain(is_waiting=False)
        deadline = time.monotonic() + SHUTDOWN_TIMEOUT
        self.sdk.close(SHUTDOWN_TIMEOUT)
        self.sender.shutdown()
        is_silent = self.sdk.join(max(0.0, deadline - time.monotonic()))
        self.recorder.drain(is_waiting=False)
        for exporter in self.all_exporters:
            if lost := exporter.unsent():
                self.slot.add(exporter.signal, "dropped", "shutdown", amount=lost)
        self.health.close()
        if is_silent and not self.sender.is_alive():
            for transport in self.transports:
                transport.close()
            self.release()

    def release(self) -> None:
        """Let the next process have the slot; what ends later is counted nowhere."""
        self.recorder.intake.count_in()
        self.slot.release()


def _is_recorded(settings: Settings, signal: str) -> bool:
    return settings.sends_own_log if signal == "logs" else settings.sends(signal)


def start(settings: Settings, worker_type: str, instance: str, directory: Path, version: str) -> None:
    """Start the telemetry of this process. Never raises: Odoo runs without it if it must."""
    global active
    if settings.is_disabled or not any(map(settings.sends, SIGNALS)):
        return
    try:
        cache.begin()
        process.begin()
        telemetry = Telemetry(settings, worker_type, instance, directory, version)
        telemetry.drainer.start()
        telemetry.sender.start()
        if worker_type != "shell" and settings.sends("metrics"):
            telemetry.leader.start()
    except Exception:
        _logger.exception("Telemetry could not be started; Odoo runs without it.")
        return
    active = telemetry
    _share()
    atexit.register(stop)
    _watch_forks()
    _logger.info(
        "Telemetry started: %s (%s)",
        telemetry.resource["service.instance.id"],
        "compiled recorder" if compiled.is_used(settings) else "recorder in Python",
    )


def _share() -> None:
    """Let other libraries send by what was started."""
    from . import providers  # which needs this module

    try:
        providers.install()
    except Exception:
        faults.report("Telemetry of other libraries is not sent; that of Odoo is.")


def stop() -> None:
    """Shut down; called at exit where the process has one (not when it is killed)."""
    global active
    telemetry, active = active, None
    if telemetry:
        atexit.unregister(stop)
        from . import driver_choice  # which needs this module

        driver_choice.stop()
        telemetry.shutdown()


@functools.cache
def _watch_forks() -> None:
    os.register_at_fork(after_in_child=_forget)


def _forget() -> None:
    """A forked child has no sender thread, and the slot and what waits are its parent's."""
    global active
    if active:
        active.recorder.intake.begin_in_child()
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
        # Spans and log records that the SDK of other libraries makes say so (telemetry/sdk_objects.py).
        "telemetry.sdk.name": "odooops",
        "telemetry.sdk.language": "python",
        "telemetry.sdk.version": own_version(),
        "telemetry.distro.name": "odooops",
        "telemetry.distro.version": own_version(),
        **given,
        "service.name": settings.service_name or given.get("service.name") or "odoo",
        "service.instance.id": f"{given.get('service.instance.id') or instance}/{slot}",
        "odoo.worker.type": worker_type,
    }


@functools.cache
def own_version() -> str:
    """The version of this addon; empty where nobody finds its manifest."""
    manifest = Manifest.for_addon("odooops_otel", display_warning=False)
    return manifest["version"] if manifest else ""


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
