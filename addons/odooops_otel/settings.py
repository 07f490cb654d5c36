"""The settings that this addon reads from the database, too: those that can change while a process runs.

The variables are those of ``tools/settings.py``, where a process begins with them.
"""

from odoo.addons.odooops_base.tools.settings import BOOLEAN, NUMBER, TEXT, WHOLE, Setting

from .tools.convert import PROCESSES, PROCESSES_HINT
from .tools.sampling_rules import MAX_STATEMENTS, SQL_SOURCES

SETTINGS = (
    Setting(
        "traces.slow_threshold",
        WHOLE,
        2000,
        "A request or job that took as long is always kept, unless a rule of sampling says otherwise.",
        unit="milliseconds",
        minimum=1,
        maximum=86_400_000,
    ),
    Setting(
        "traces.statement_limit",
        WHOLE,
        500,
        "Statements of a request that become spans; more are put together by operation and table.",
        minimum=0,
        maximum=MAX_STATEMENTS,
    ),
    Setting(
        "traces.sql",
        TEXT,
        SQL_SOURCES[0],
        "Where spans of statements come from: Odoo's own hooks, or the driver, for every connection. For diagnosis: "
        "the driver costs some thirty microseconds a statement.",
        env="ODOOOPS_SQL",
        choices=SQL_SOURCES,
    ),
    Setting(
        "traces.sql_processes",
        TEXT,
        "",
        "Slots (http-0, cron-0) and process ids in which traces.sql holds, separated by commas. Empty: all.",
        pattern=PROCESSES,
        hint=PROCESSES_HINT,
    ),
    Setting(
        "browser.enabled",
        BOOLEAN,
        False,
        "Whether browsers report how the web client does: page loads, calls of the server, errors, Web Vitals.",
    ),
    Setting(
        "browser.sampling_ratio",
        NUMBER,
        0.1,
        "Share of the page loads that report.",
        minimum=0,
        maximum=1,
    ),
)
