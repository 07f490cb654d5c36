from odoo.http import Controller, Response, request, route

from odoo.addons.odooops_base.roles import for_everybody

from ..telemetry import browser, faults
from ..tools.browser import report as reports
from ..tools.browser.checks import ReportError
from ..tools.browser.spans import Reporter

JSON = "application/json"


class Refusal(Exception):
    """A report that is not taken: the status that says so, and a sentence."""

    def __init__(self, status, message, outcome="refused", headers=()):
        super().__init__(message)
        self.status, self.outcome, self.headers = status, outcome, headers


class BrowserController(Controller):
    """Takes what pages of the web client report about themselves.

    There is no token of Odoo's against forged requests: a page that is being closed cannot send a form. Instead the
    content has to be JSON, which a page of another origin cannot send without being allowed to
    (https://fetch.spec.whatwg.org/#cors-preflight-fetch), and the browser has to say that the page is of this server.
    """

    @route(
        "/odooops/browser",
        type="http",
        auth="user",
        methods=["POST"],
        csrf=False,
        readonly=True,
        save_session=False,
        max_content_length=reports.MAX_BODY,
    )
    @for_everybody
    def take(self, **_ignored):
        """A report of the caller's own page. For users of the backend; nothing is stored of it."""
        database = request.env.cr.dbname
        try:
            report = _read_report()
        except Refusal as refusal:
            browser.count_report(refusal.outcome, database)
            return _answer(refusal.status, str(refusal), refusal.headers)
        browser.count_report("taken", database)
        _hand_over(report, database)
        return _answer(204)


def _read_report():
    """The report that is sent; raises Refusal."""
    _check_caller()
    _check_origin()
    if not browser.may_report((request.env.cr.dbname, request.env.uid)):
        raise Refusal(429, "There were too many reports. Wait a minute.", "limited", [("Retry-After", "60")])
    try:
        return reports.parse(request.httprequest.get_data(cache=False))
    except ReportError as error:
        raise Refusal(400, f"Not a report: {error}.") from None


def _check_caller():
    if not request.env.user._is_internal():
        raise Refusal(403, "Reports are taken from users of the backend.")
    # Its routes are in every database that the server has, the addon need not be.
    is_watching = getattr(request.env["ir.http"], "_odooops_is_watching", None)
    if is_watching is None or not is_watching():
        raise Refusal(410, "Browsers need not report: browser.enabled is off.")


def _check_origin():
    sent = request.httprequest
    if sent.mimetype != JSON:
        raise Refusal(415, f"Send {JSON}.")
    # https://www.w3.org/TR/fetch-metadata/: said by the browser itself, where it trusts the connection.
    site = sent.headers.get("Sec-Fetch-Site")
    scheme, _sign, host = sent.headers.get("Origin", "").partition("://")
    # A proxy may have taken TLS away: host and port have to do.
    is_own = site == "same-origin" if site else scheme in ("http", "https") and host == sent.host
    if not is_own:
        raise Refusal(403, "Reports are taken from pages of this server.")


def _hand_over(report, database):
    """Telemetry of a report; a bug of ours is told in the log, not to the browser."""
    env, ir_http = request.env, request.env["ir.http"]
    agent = request.httprequest.headers.get("User-Agent", "")
    try:
        known = ir_http._odooops_with_known_names(report)
        browser.take(known, Reporter(database, env.uid, agent), ir_http._odooops_name_path)
    except Exception:
        faults.report("Telemetry could not take a browser's report; the page is not affected.")


def _answer(status, message="", headers=()):
    own = [("Cache-Control", "no-store"), *headers]
    return Response(message, status=status, content_type="text/plain; charset=utf-8", headers=own)
