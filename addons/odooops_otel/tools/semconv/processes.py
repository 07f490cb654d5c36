"""Metrics of the processes themselves: read in the sender thread when an export is due."""

from __future__ import annotations

from .declaration import Metric

# https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
PROCESS_MEMORY_USAGE = Metric(
    "process.memory.usage", "gauge", "By", "Physical memory of the process.", stability="development"
)
PROCESS_CPU_TIME = Metric(
    "process.cpu.time",
    "counter",
    "s",
    "CPU seconds of the process.",
    ("cpu.mode",),
    stability="development",
)
