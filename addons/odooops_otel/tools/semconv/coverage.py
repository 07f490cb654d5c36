"""Metrics of the parts of Odoo that requests and jobs use: the ORM, mail, reports, websockets, registry, caches."""

from __future__ import annotations

from .declaration import DATABASE, Metric

# What a person waits for, or a mail server takes: milliseconds to minutes.
WORK_BOUNDS = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300)
# From "at once" to "somebody should have noticed".
LATENESS_BOUNDS = (1, 5, 15, 30, 60, 120, 300, 900, 3600, 14400, 86400)

_ORM = ("odoo.model", "odoo.orm.operation", DATABASE)
ORM_CALLS = Metric(
    "odoo.orm.calls", "counter", "{call}", "Calls of the ORM within requests and scheduled actions.", _ORM
)
ORM_RECORDS = Metric(
    "odoo.orm.records",
    "counter",
    "{record}",
    "Records that calls of the ORM were about: given to them, found or made by them.",
    _ORM,
)
ORM_TIME = Metric(
    "odoo.orm.time",
    "counter",
    "s",
    "Time spent in calls of the ORM, their statements included, without that of the calls within them.",
    _ORM,
)

_JOB = ("odoo.cron.name", DATABASE)
CRON_JOB_LATENESS = Metric(
    "odoo.cron.job.lateness",
    "histogram",
    "s",
    "How long after it was due a scheduled action began; not of those that were triggered.",
    _JOB,
    LATENESS_BOUNDS,
)
CRON_JOB_OVERDUE = Metric(
    "odoo.cron.job.overdue",
    "gauge",
    "s",
    "For how long an active scheduled action has been due without being done; it may be running.",
    _JOB,
)
CRON_JOB_FAILURES = Metric(
    "odoo.cron.job.failures",
    "gauge",
    "{failure}",
    "How often an active scheduled action has failed in a row.",
    _JOB,
)
CRON_JOB_DEACTIVATION = Metric(
    "odoo.cron.job.deactivation",
    "gauge",
    "s",
    "In how many seconds Odoo deactivates a scheduled action that goes on failing; only of those that have failed.",
    _JOB,
)
CRON_JOB_LEFT_OUT = Metric(
    "odoo.cron.job.left_out",
    "gauge",
    "{job}",
    "Active scheduled actions beyond the 500 that overdue, failures and deactivation tell of: those that fail, then "
    "those that are overdue, are told first.",
    (DATABASE,),
)

MAIL_QUEUE_LENGTH = Metric(
    "odoo.mail.queue.length",
    "gauge",
    "{message}",
    "Mails that wait to be sent, and those that could not be sent.",
    ("odoo.mail.state", DATABASE),
)
MAIL_QUEUE_AGE = Metric(
    "odoo.mail.queue.age",
    "gauge",
    "s",
    "For how long the oldest mail has waited that may be sent by now; 0 when none waits.",
    (DATABASE,),
)
MAIL_SEND_DURATION = Metric(
    "odoo.mail.send.duration",
    "histogram",
    "s",
    "Duration of handing a mail to the SMTP server, making a connection included where there was none.",
    ("error.type", DATABASE),
    WORK_BOUNDS,
)
MAIL_RECEIVE_DURATION = Metric(
    "odoo.mail.receive.duration",
    "histogram",
    "s",
    "Duration of taking in a mail that has arrived.",
    ("odoo.mail.protocol", "odoo.mail.result", "error.type", DATABASE),
    WORK_BOUNDS,
)
MAIL_CONNECT_DURATION = Metric(
    "odoo.mail.connect.duration",
    "histogram",
    "s",
    "Duration of connecting to a server of incoming mail.",
    ("odoo.mail.protocol", "error.type", DATABASE),
    WORK_BOUNDS,
)
MAIL_FETCH_SERVERS = Metric(
    "odoo.mail.fetch.servers",
    "gauge",
    "{server}",
    "Confirmed servers of incoming mail, by whether Odoo could fetch from them when it last tried.",
    ("odoo.mail.fetch.state", DATABASE),
)
MAIL_FETCH_AGE = Metric(
    "odoo.mail.fetch.age",
    "gauge",
    "s",
    "How long ago Odoo last tried to fetch mail, of the server that this was longest ago for; 0 without a server.",
    (DATABASE,),
)

_QUEUE_JOB = ("odoo.queue_job.function", "odoo.queue_job.channel")
QUEUE_JOB_LATENCY = Metric(
    "odoo.queue_job.latency",
    "histogram",
    "s",
    "How long a job of queue_job waited, from when it was made or may begin until it began; of first runs.",
    (*_QUEUE_JOB, DATABASE),
    LATENESS_BOUNDS,
)
QUEUE_JOB_DURATION = Metric(
    "odoo.queue_job.duration",
    "histogram",
    "s",
    "Duration of a run of a job of queue_job, by what became of it.",
    (*_QUEUE_JOB, "odoo.queue_job.outcome", DATABASE),
    WORK_BOUNDS,
)
QUEUE_JOB_COUNT = Metric(
    "odoo.queue_job.count",
    "gauge",
    "{job}",
    "Jobs of queue_job that are not done.",
    ("odoo.queue_job.state", "odoo.queue_job.channel", DATABASE),
)
QUEUE_JOB_AGE = Metric(
    "odoo.queue_job.age",
    "gauge",
    "s",
    "For how long the oldest job of queue_job has waited that may begin by now; 0 when none waits.",
    ("odoo.queue_job.channel", DATABASE),
)

REPORT_DURATION = Metric(
    "odoo.report.duration",
    "histogram",
    "s",
    "Duration of making a report. A PDF is made of HTML, which is counted too.",
    ("odoo.report.name", "odoo.report.format", "error.type", DATABASE),
    WORK_BOUNDS,
)
REPORT_SIZE = Metric(
    "odoo.report.size",
    "counter",
    "By",
    "Size of the reports that were made.",
    ("odoo.report.name", "odoo.report.format", DATABASE),
)
REPORT_PAGES = Metric(
    "odoo.report.pages", "counter", "{page}", "Pages of PDF reports.", ("odoo.report.name", DATABASE)
)
WKHTMLTOPDF_DURATION = Metric(
    "odoo.wkhtmltopdf.duration",
    "histogram",
    "s",
    "Duration of the program that turns HTML into PDF, by its exit code: 0 and 1 are well, -11 is want of memory.",
    ("process.exit.code",),
    WORK_BOUNDS,
)

WEBSOCKET_CONNECTIONS = Metric(
    "odoo.websocket.connections", "updowncounter", "{connection}", "Open websockets of the process."
)
WEBSOCKET_MESSAGES = Metric(
    "odoo.websocket.messages",
    "counter",
    "{message}",
    "Messages of clients (receive) and to them (transmit), which may hold several notifications.",
    ("network.io.direction", DATABASE),
)
WEBSOCKET_DISPATCH_DURATION = Metric(
    "odoo.websocket.dispatch.duration",
    "histogram",
    "s",
    "Duration of looking for notifications of one websocket and sending them.",
    ("error.type", DATABASE),
    (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5),
)
WEBSOCKET_CLOSES = Metric(
    "odoo.websocket.closes",
    "counter",
    "{connection}",
    "Websockets that were closed, by the code of RFC 6455 or of Odoo.",
    ("odoo.websocket.close.code", DATABASE),
)
BUS_NOTIFICATIONS = Metric(
    "odoo.bus.notifications",
    "counter",
    "{notification}",
    "Notifications that were put on the bus.",
    (DATABASE,),
)

REGISTRY_LOAD_DURATION = Metric(
    "odoo.registry.load.duration",
    "histogram",
    "s",
    "Duration of loading the models of a database, waiting for others that load included.",
    ("odoo.registry.load.kind", "error.type", DATABASE),
    WORK_BOUNDS,
)
REGISTRY_INVALIDATIONS = Metric(
    "odoo.registry.invalidations",
    "counter",
    "{invalidation}",
    "How often all processes were told to load the registry anew (`registry`) or to empty a cache.",
    ("odoo.cache.name", DATABASE),
)
MODULE_LOAD_DURATION = Metric(
    "odoo.module.load.duration",
    "histogram",
    "s",
    "Duration of loading the data of a module that is installed or upgraded.",
    ("odoo.module.name", "odoo.module.operation", "error.type", DATABASE),
    WORK_BOUNDS,
)
CACHE_REQUESTS = Metric(
    "odoo.cache.requests",
    "counter",
    "{request}",
    "Calls of methods whose results are cached.",
    ("odoo.cache.name", "odoo.cache.result", DATABASE),
)
CACHE_SIZE = Metric(
    "odoo.cache.size",
    "updowncounter",
    "{entry}",
    "Entries of a cache of the process.",
    ("odoo.cache.name", DATABASE),
)
CACHE_LIMIT = Metric(
    "odoo.cache.limit",
    "updowncounter",
    "{entry}",
    "Entries that a cache of the process may hold; a full one forgets what was used least lately.",
    ("odoo.cache.name", DATABASE),
)

SESSION_EVENTS = Metric(
    "odoo.session.events",
    "counter",
    "{event}",
    "Logins, logouts, and credentials that were refused. A login counts when its second factor is given.",
    ("odoo.session.event", "odoo.session.interface", DATABASE),
)
ATTACHMENT_IO = Metric(
    "odoo.attachment.io",
    "counter",
    "By",
    "Bytes of attachments that were read from the filestore into memory, or written to it.",
    ("disk.io.direction", DATABASE),
)
ATTACHMENT_DELETIONS = Metric(
    "odoo.attachment.deletions",
    "counter",
    "{file}",
    "Files of attachments that were given up; the filestore is rid of them by its next cleaning.",
    (DATABASE,),
)

TELEMETRY_LEADER = Metric(
    "odooops.telemetry.leader",
    "updowncounter",
    "{process}",
    "The process that looks at what is told once for a database (queues, overdue actions).",
    (DATABASE,),
)

_GAUGE = ("odooops.gauge.name", DATABASE)
GAUGE_DURATION = Metric(
    "odooops.gauge.duration",
    "gauge",
    "s",
    "How long it took to compute a business gauge the last time.",
    _GAUGE,
)
GAUGE_FAILURES = Metric(
    "odooops.gauge.failures",
    "gauge",
    "{failure}",
    "How often a business gauge could not be computed in a row; after five it is no longer tried.",
    _GAUGE,
)
