"""Metrics of telemetry itself beside those of delivery: what it recorded, how long sending takes, what it costs."""

from __future__ import annotations

from .declaration import Metric

# A receiver on the same machine answers in a millisecond; OTEL_EXPORTER_OTLP_TIMEOUT is 10 s.
EXPORT_BOUNDS = (0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10)

TELEMETRY_RECORDS = Metric(
    "odooops.telemetry.records",
    "counter",
    "{record}",
    "Requests and jobs that were recorded: so many durations are to arrive.",
)
TELEMETRY_LOST = Metric(
    "odooops.telemetry.lost",
    "counter",
    "{record}",
    "Requests and jobs that are in no metrics that arrived: what a process recorded after its last delivery when it "
    "was killed or could not deliver at its end. Counted by the next that takes its slot.",
)
TELEMETRY_EXPORT_DURATION = Metric(
    "odooops.telemetry.export.duration",
    "histogram",
    "s",
    "How long an attempt to send took until the receiver's answer, or until it was given up.",
    ("odooops.telemetry.signal",),
    EXPORT_BOUNDS,
)
TELEMETRY_BACKGROUND = Metric(
    "odooops.telemetry.background",
    "counter",
    "s",
    "CPU time of the recorder's own threads, which count, encode and send. Not known of the evented process.",
)
