"""Metrics of statements and locks, and the attributes by which a trace says what its statements
mean, and what caches did not have."""

from __future__ import annotations

from .declaration import DATABASE, Attribute, Metric

_TABLE = ("db.collection.name", "odoo.module.name", DATABASE)
SQL_TABLE_TIME = Metric(
    "odoo.sql.table.time",
    "counter",
    "s",
    "Time spent in SQL statements of requests and scheduled actions, by the first table that a statement names and "
    "the module that has brought it.",
    _TABLE,
)
SQL_TABLE_STATEMENTS = Metric(
    "odoo.sql.table.statements",
    "counter",
    "{statement}",
    "SQL statements of requests and scheduled actions, by table and module.",
    _TABLE,
)
LOCK_WAIT_SESSIONS = Metric(
    "odoo.sql.lock_wait.sessions",
    "gauge",
    "{session}",
    "Sessions of the database that wait for a lock, as one process saw them that looks each second.",
    (DATABASE,),
)
LOCK_WAIT_DURATION = Metric(
    "odoo.sql.lock_wait.duration",
    "histogram",
    "s",
    "For how long sessions were seen waiting for a lock, by what they waited for and the table of their statement. "
    "Waits of less than a second are seen by chance.",
    ("odoo.sql.lock_wait.event", "db.collection.name", DATABASE),
    (0.5, 1, 2.5, 5, 10, 30, 60, 300, 900),
)

# What statements and caches say about their request or job (tools/diagnosis.py, notable.py and caching.py).
DIAGNOSIS = (
    Attribute(
        "odoo.sql.repeated.count",
        "odooops",
        "How often one statement was sent with other values (N+1): of those sent five times or more the one that took "
        "most time. The events `odoo.sql.repeated` say more.",
        "83",
        ("span",),
    ),
    Attribute("odoo.sql.repeated.time", "odooops", "Seconds that it took together.", "0.041", ("span",)),
    Attribute(
        "odoo.sql.repeated.summary", "odooops", "Its operation and table.", "SELECT res_partner", ("span",)
    ),
    Attribute(
        "odoo.sql.repeated.place",
        "odooops",
        "The line of an addon's code that sent it.",
        "odoo/addons/sale/models/sale_order.py:123",
        ("span",),
    ),
    Attribute(
        "odoo.sql.repeated.remembered",
        "odooops",
        "The line is the one that an earlier request or job of the same route, call or action showed: this one "
        "ended before a look. Absent where the line was seen in this one.",
        "true",
        ("span", "event"),
    ),
    Attribute(
        "odoo.sql.table.names",
        "odooops",
        "The five tables that took most of the time in statements, by the first table that each names.",
        '["res_partner", "sale_order"]',
        ("span",),
    ),
    Attribute(
        "odoo.sql.table.times", "odooops", "Seconds of each, in the same order.", "[0.041, 0.007]", ("span",)
    ),
    Attribute(
        "odoo.sql.module.names",
        "odooops",
        "The five modules whose tables took most of it.",
        '["base", "sale"]',
        ("span",),
    ),
    Attribute(
        "odoo.sql.module.times", "odooops", "Seconds of each, in the same order.", "[0.041, 0.007]", ("span",)
    ),
    Attribute(
        "odoo.cache.lookup.count",
        "odooops",
        "Different values that a transaction asked Odoo's caches of methods for; of a request that took several "
        "attempts, in the last.",
        "42",
        ("span",),
    ),
    Attribute(
        "odoo.cache.miss.count",
        "odooops",
        "Values that they did not have and that were computed. Many: the process has just begun, or its caches were "
        "emptied.",
        "3",
        ("span",),
    ),
    Attribute(
        "odoo.cache.miss.methods",
        "odooops",
        "The five methods that computed most of them.",
        '["ir.model.data._xmlid_lookup", "res.users._get_group_ids"]',
        ("span",),
    ),
    Attribute("odoo.cache.miss.counts", "odooops", "Values of each, in the same order.", "[2, 1]", ("span",)),
    Attribute(
        "odoo.sql.slow",
        "odooops",
        "True on a statement that took `ODOOOPS_TRACES_SLOW_STATEMENT` or more.",
        "true",
        ("span",),
    ),
    Attribute(
        "odoo.sql.lock_wait.time",
        "odooops",
        "Seconds for which it was seen waiting for locks; the last second may be missing.",
        "3.2",
        ("span", "event"),
    ),
    Attribute(
        "odoo.sql.lock_wait.event",
        "odooops",
        "What is waited for, as PostgreSQL's `wait_event` has it: transactionid (a row that another transaction has "
        "changed), tuple, relation and others.",
        "transactionid",
        ("event",),
    ),
    Attribute(
        "odooops.postgresql.backend.pid",
        "odooops",
        "PostgreSQL's process: of a request its transaction's, of a slow statement the one that ran it.",
        "4711",
        ("span",),
    ),
    Attribute(
        "odooops.postgresql.blocking.pids",
        "odooops",
        "PostgreSQL's processes that held what was waited for.",
        "[4712]",
        ("event",),
    ),
    Attribute(
        "odooops.postgresql.blocking.sessions",
        "odooops",
        "The same with application, state and statement, which may be the last before the one that has the lock.",
        '["4712 (odoo-99, idle in transaction): UPDATE res_partner SET name = ?"]',
        ("event",),
    ),
    # https://opentelemetry.io/docs/specs/semconv/code/
    Attribute(
        "code.file.path",
        "stable",
        "The file of the line of an addon's code that sent a statement, by its module; the record of a server action.",
        "odoo/addons/sale/models/sale_order.py",
        ("span", "event"),
    ),
    Attribute("code.line.number", "stable", "The line in it.", "123", ("span", "event")),
    Attribute(
        "code.function.name",
        "stable",
        "The function, without its module.",
        "SaleOrder._compute_margin",
        ("span", "event"),
    ),
)
