"""What browsers report of the web client: page loads, calls of the server, errors, Web Vitals."""

from __future__ import annotations

from .declaration import DATABASE, Attribute, Event, Metric, SpanName

ROUTE = "http.route"
VITAL_NAME, VITAL_RATING = "browser.web_vital.name", "browser.web_vital.rating"
# What a person waits for, with the limits of what is good and what is poor among them.
# https://web.dev/articles/defining-core-web-vitals-thresholds
WAITING_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.2, 1.8, 2.5, 3, 4, 6, 10, 20, 60)
SHIFT_BOUNDS = (0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1, 2)

BROWSER_PAGE_LOAD_DURATION = Metric(
    "odoo.browser.page_load.duration",
    "histogram",
    "s",
    "How long browsers took to load the web client, from the click to the end of the load event.",
    (ROUTE, "odoo.browser.navigation.type", DATABASE),
    WAITING_BOUNDS,
)
BROWSER_RPC_DURATION = Metric(
    "odoo.browser.rpc.duration",
    "histogram",
    "s",
    "How long the web client waited for an answer of the server, network included.",
    (ROUTE, "rpc.method", "error.type", DATABASE),
    WAITING_BOUNDS,
)
BROWSER_ERRORS = Metric(
    "odoo.browser.errors",
    "counter",
    "{error}",
    "JavaScript errors and rejected promises of the web client that nobody handled.",
    ("error.type", DATABASE),
)
BROWSER_WEB_VITAL_DURATION = Metric(
    "odoo.browser.web_vital.duration",
    "histogram",
    "s",
    "Web Vitals that are times, as they were when the page was first left.",
    (VITAL_NAME, VITAL_RATING, DATABASE),
    WAITING_BOUNDS,
)
BROWSER_LAYOUT_SHIFT = Metric(
    "odoo.browser.layout_shift",
    "histogram",
    "{score}",
    "Cumulative Layout Shift: how much of the page moved while it was looked at.",
    (VITAL_RATING, DATABASE),
    SHIFT_BOUNDS,
)
BROWSER_REPORTS = Metric(
    "odoo.browser.reports",
    "counter",
    "{report}",
    "Reports that browsers sent, by what became of them.",
    ("odoo.browser.report.outcome", DATABASE),
)

BROWSER_ATTRIBUTES = (
    # https://opentelemetry.io/docs/specs/semconv/browser/events/
    Attribute(VITAL_NAME, "development", "cls, fcp, inp, lcp or ttfb.", "lcp", ("event",)),
    Attribute(
        "browser.web_vital.value", "development", "Its value: in seconds, cls a score.", "1.25", ("event",)
    ),
    Attribute(VITAL_RATING, "development", "good, needs-improvement or poor.", "good", ("event",)),
    Attribute(
        "exception.message",
        "stable",
        "The message of a JavaScript error, redacted. Python's are not told.",
        "cannot read properties of undefined",
        ("log",),
    ),
    Attribute(
        "odoo.browser.page.id",
        "odooops",
        "One load of the web client, by a number of its own: spans and errors of a page bear the same.",
        "4bf92f3577b34da6a3ce929d0e0e4736",
        ("span", "log"),
    ),
    Attribute(
        "odoo.browser.navigation.type",
        "odooops",
        "navigate, reload, back_forward or prerender.",
        "navigate",
        ("span",),
    ),
    Attribute(
        "odoo.browser.response_start",
        "odooops",
        "Seconds until the first byte of the page.",
        "0.081",
        ("span",),
    ),
    Attribute(
        "odoo.action",
        "odooops",
        "The action that the page showed, or was about to show, by its XML id; `_OTHER` for one that there is not.",
        "contacts.action_contacts",
        ("span",),
    ),
    Attribute("odoo.view.type", "odooops", "The type of its view; `_OTHER` as well.", "kanban", ("span",)),
    Attribute("odoo.browser.response_end", "odooops", "Seconds until its last byte.", "0.095", ("span",)),
    Attribute("odoo.browser.dom_interactive", "odooops", "Seconds until it was parsed.", "0.7", ("span",)),
    Attribute(
        "odoo.browser.report.outcome",
        "odooops",
        "taken; refused: not of the form it must have, or not from a page of Odoo's; limited: too many.",
        "taken",
    ),
)

BROWSER_SPAN_NAMES = (
    SpanName("page load {http.route}", "internal", "odooops", "The web client was loaded by a browser."),
    SpanName(
        "web vitals",
        "internal",
        "odooops",
        "The Web Vitals of a page as events, at the moment when it began; sent when it is first left.",
    ),
    SpanName(
        "{rpc.method}",
        "client",
        "release_candidate",
        "A browser's call of the server, below the server's own span: what is longer is network.",
    ),
)

# https://opentelemetry.io/docs/specs/semconv/browser/events/
WEB_VITAL_EVENT = "browser.web_vital"
BROWSER_EVENTS = (
    Event(
        WEB_VITAL_EVENT,
        "development",
        "One of the Web Vitals of a page.",
        (VITAL_NAME, "browser.web_vital.value", VITAL_RATING),
    ),
)
