"""Metrics of the processes and of what each of them holds: read in the sender thread when an export is due."""

from __future__ import annotations

from .declaration import Metric

# https://opentelemetry.io/docs/specs/semconv/system/process-metrics/
PROCESS_CPU_TIME = Metric(
    "process.cpu.time",
    "counter",
    "s",
    "CPU seconds of the process.",
    ("cpu.mode",),
    stability="development",
)
PROCESS_CONTEXT_SWITCHES = Metric(
    "process.context_switches",
    "counter",
    "{context_switch}",
    "How often the process waited (voluntary) or had to give way (involuntary).",
    ("process.context_switch.type",),
    stability="development",
)
PROCESS_MEMORY_USAGE = Metric(
    "process.memory.usage", "updowncounter", "By", "Physical memory of the process.", stability="development"
)
PROCESS_MEMORY_VIRTUAL = Metric(
    "process.memory.virtual",
    "updowncounter",
    "By",
    "Virtual memory of the process, by which Odoo recycles its workers.",
    stability="development",
)
PROCESS_THREAD_COUNT = Metric(
    "process.thread.count", "updowncounter", "{thread}", "Threads of the process.", stability="development"
)
PROCESS_FILE_DESCRIPTOR_COUNT = Metric(
    "process.unix.file_descriptor.count",
    "updowncounter",
    "{file_descriptor}",
    "Files, sockets and pipes that the process has open.",
    stability="development",
)
PROCESS_UPTIME = Metric(
    "process.uptime", "gauge", "s", "How long the process has been running.", stability="development"
)

# https://opentelemetry.io/docs/specs/semconv/runtime/cpython-metrics/
CPYTHON_GC_COLLECTIONS = Metric(
    "cpython.gc.collections",
    "counter",
    "{collection}",
    "How often Python's garbage collector ran.",
    ("cpython.gc.generation",),
    stability="development",
)
CPYTHON_GC_COLLECTED_OBJECTS = Metric(
    "cpython.gc.collected_objects",
    "counter",
    "{object}",
    "Objects that Python's garbage collector freed.",
    ("cpython.gc.generation",),
    stability="development",
)
CPYTHON_GC_UNCOLLECTABLE_OBJECTS = Metric(
    "cpython.gc.uncollectable_objects",
    "counter",
    "{object}",
    "Objects that Python's garbage collector could not free.",
    ("cpython.gc.generation",),
    stability="development",
)

# https://opentelemetry.io/docs/specs/semconv/database/database-metrics/#connection-pools
POOL = "db.client.connection.pool.name"
# A connection at hand is a round trip away, a new one a login.
CONNECTION_BOUNDS = (0.0001, 0.0005, 0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5)
DB_CLIENT_CONNECTION_COUNT = Metric(
    "db.client.connection.count",
    "updowncounter",
    "{connection}",
    "Connections in the pool, in use or idle.",
    (POOL, "db.client.connection.state"),
    stability="development",
)
DB_CLIENT_CONNECTION_MAX = Metric(
    "db.client.connection.max",
    "updowncounter",
    "{connection}",
    "Connections that the pool may hold: `db_maxconn`, or `db_maxconn_gevent` of the evented process.",
    (POOL,),
    stability="development",
)
DB_CLIENT_CONNECTION_WAIT_TIME = Metric(
    "db.client.connection.wait_time",
    "histogram",
    "s",
    "How long it took to get a connection out of the pool, making a new one included.",
    (POOL,),
    CONNECTION_BOUNDS,
    "development",
)
DB_CLIENT_CONNECTION_TIMEOUTS = Metric(
    "db.client.connection.timeouts",
    "counter",
    "{timeout}",
    "How often the pool was full: Odoo does not wait, the request or job fails.",
    (POOL,),
    stability="development",
)

WORKER_COUNT = Metric(
    "odoo.worker.count", "updowncounter", "{process}", "Odoo's processes.", ("odoo.worker.type",)
)
WORKER_EXITS = Metric(
    "odoo.worker.exits",
    "counter",
    "{exit}",
    "How processes ended. One that was killed is counted by the next that takes its slot.",
    ("odoo.worker.type", "odoo.worker.exit.reason"),
)
WORKER_MEMORY_LIMIT = Metric(
    "odoo.worker.memory.limit",
    "gauge",
    "By",
    "Virtual memory above which the process is recycled after its request: `limit_memory_soft`.",
    ("odoo.worker.type",),
)
