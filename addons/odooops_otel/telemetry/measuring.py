"""How instrumented code says what it did: it is never kept waiting, and hears of no fault of ours."""

from __future__ import annotations

import time

from opentelemetry import trace

from ..tools import failure, otlp
from ..tools.parts import Part
from ..tools.semconv import Metric
from . import faults, runtime
from .measurements import Place
from .record import Record, current

_perf_counter = time.perf_counter


def measure(metric: Metric, *key: str | int | None, value: float = 1, place: Place | None = None) -> None:
    """Count in the series of ``key`` (values of the metric's attributes, in their order).

    :param place: the kept span that a value of a histogram is an example of
    """
    try:
        telemetry = runtime.active
        if telemetry is not None:
            telemetry.recorder.measurements.add(metric, key, value, place)
    except Exception:
        faults.report("Telemetry could not count something; Odoo is not affected.")


class Measured:
    """A piece of work: its duration goes into a histogram and, within a record, it becomes a span.

        with Measured(semconv.MAIL_SEND_DURATION, "mail send", {"db.namespace": name}):
            ...

    ``attributes`` are those of the span; the metric takes from them what it is told apart by, and may be added to
    until the end. An exception passes by; its class is ``error.type``.
    """

    def __init__(self, metric: Metric, name: str, attributes: dict, kind: int = otlp.KIND_INTERNAL):
        self.attributes = attributes
        self.name = name
        self._metric, self._kind = metric, kind

    def __enter__(self) -> Measured:
        self._started = _perf_counter()
        return self

    def __exit__(self, _error_class, error: BaseException | None, _traceback) -> None:
        try:
            self._end(_perf_counter() - self._started, error)
        except Exception:
            faults.report("Telemetry could not count something; Odoo is not affected.")

    def _end(self, seconds: float, error: BaseException | None) -> None:
        if error is not None:
            self.attributes.setdefault("error.type", failure.type_name(error))
        measure(self._metric, *map(self.attributes.get, self._metric.attributes), value=seconds)
        telemetry, record = runtime.active, current.get()
        if telemetry is None or record is None:
            return
        part = Part(
            telemetry.recorder.sampler.make_span_id(),
            current_span_id(record),
            self.name,
            self._kind,
            record.moment(self._started),
            seconds,
            self.attributes,
        )
        record.extra().add_call(part)


def current_span_id(record: Record) -> bytes:
    """The span that the code runs in: one of another library within the record, or the record's own."""
    found = trace.get_current_span().get_span_context()
    if found.trace_id == int.from_bytes(record.trace_id, "big"):
        return found.span_id.to_bytes(8, "big")
    return record.span_id
