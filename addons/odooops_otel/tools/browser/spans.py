"""From a report to the bytes of spans: the page's load and its Web Vitals, and calls that the server has kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from .. import otlp, semconv
from ..redact import DEFAULT, Policy
from ..trace_context import SAMPLED, Parent
from .report import Load, Page, Report, Rpc, Shown, Vital
from .vitals import rating

MAX_VALUE = 1000


class Name(NamedTuple):
    """What the path of a request is called: the route that it leads to, and the method that it calls, if it does."""

    route: str
    method: str | None = None


class Reporter(NamedTuple):
    """Who sent a report: what the server knows itself."""

    database: str
    user_id: int
    user_agent: str


def page_trace_id(page: Page) -> bytes:
    """The trace of a page: the server's that answered it if that was kept, else one of its own."""
    return page.trace.trace_id if page.trace else bytes.fromhex(page.id)


def page_span_id(page: Page) -> bytes:
    """The span of the page's load, whose id all reports of the page can tell."""
    return bytes.fromhex(page.id)[:8]


class Encoder:
    """Encodes one report.

    :param received: when it came, in ns since the epoch
    :param name: names a request by its path and method
    :param make_span_id: returns 8 random bytes
    :param policy: what is redacted of what a browser says
    """

    def __init__(
        self,
        report: Report,
        reporter: Reporter,
        received: int,
        name: Callable[[str, str], Name],
        make_span_id: Callable[[], bytes],
        policy: Policy = DEFAULT,
    ):
        self._report, self._received = report, received
        self._name, self._make_span_id = name, make_span_id
        self._policy = policy
        self._common = {
            "odoo.browser.page.id": report.page.id,
            "db.namespace": reporter.database,
            "user.id": str(reporter.user_id),
        }
        self._user_agent = policy.beginning(reporter.user_agent, MAX_VALUE)

    def encode(self) -> list[bytes]:
        """The spans as fields of ``ScopeSpans`` (spans 2)."""
        report = self._report
        spans = [self._load(report.load)] if report.load else []
        spans += [self._rpc(rpc, rpc.trace) for rpc in report.rpcs if rpc.trace]
        if report.vitals:
            spans.append(self._vitals(report.vitals))
        return [otlp.message(2, span) for span in spans]

    def _load(self, load: Load) -> bytes:
        page, start = self._report.page, self._moment(self._report.ago)
        name = self._name(page.path, "GET")
        return self._span(
            page.trace,
            trace_id=page_trace_id(page),
            span_id=page_span_id(page),
            name=f"page load {name.route}",
            kind=otlp.KIND_INTERNAL,
            start=start,
            end=start + _ns(load.duration),
            values={
                "http.route": name.route,
                "odoo.browser.navigation.type": load.type,
                "odoo.browser.response_start": load.response_start,
                "odoo.browser.response_end": load.response_end,
                "odoo.browser.dom_interactive": load.dom_interactive,
                "user_agent.original": self._user_agent or None,
                **_attributes(load.shown),
            },
        )

    def _rpc(self, rpc: Rpc, parent: Parent) -> bytes:
        """A call as a child of the server's span, linked to the load of the page that made it."""
        start, name = self._moment(rpc.ago), self._name(rpc.path, "POST")
        page = self._report.page
        return self._span(
            parent,
            trace_id=parent.trace_id,
            span_id=self._make_span_id(),
            name=name.method or f"POST {name.route}",
            kind=otlp.KIND_CLIENT,
            start=start,
            end=start + _ns(rpc.duration),
            values={
                "http.request.method": "POST",
                "http.route": name.route,
                "rpc.system.name": semconv.RPC_SYSTEMS.get(name.route),
                "rpc.method": name.method,
                "error.type": rpc.error,
                **_attributes(rpc.shown),
            },
            links=[otlp.link(page_trace_id(page), page_span_id(page), {})],
            status=otlp.STATUS_ERROR if rpc.error else otlp.STATUS_UNSET,
        )

    def _vitals(self, vitals: list[Vital]) -> bytes:
        """A moment: when the page began, which the values count from. When it was left, and they were known, would
        have the trace of a quick load last as long as somebody looked at the page.
        """
        page, start = self._report.page, self._moment(self._report.ago)
        return self._span(
            Parent(page_trace_id(page), page_span_id(page), SAMPLED),
            trace_id=page_trace_id(page),
            span_id=self._make_span_id(),
            name="web vitals",
            kind=otlp.KIND_INTERNAL,
            start=start,
            end=start,
            values={"http.route": self._name(page.path, "GET").route},
            events=[self._event(vital, start) for vital in vitals],
        )

    def _event(self, vital: Vital, moment: int) -> bytes:
        name, values = _event(vital)
        return otlp.event(moment, name, self._policy.values(values))

    def _span(
        self, parent: Parent | None, *, name: str, values: Mapping[str, otlp.Value | None], **fields
    ) -> bytes:
        remote = otlp.FLAGS_IS_REMOTE if parent else 0
        return otlp.span(
            parent_span_id=parent.span_id if parent else b"",
            attributes_body=otlp.attributes(9, self._policy.values({**values, **self._common})),
            flags=SAMPLED | otlp.FLAGS_HAS_IS_REMOTE | remote,
            name=self._policy.text(name),
            **fields,
        )

    def _moment(self, ago: float) -> int:
        return self._received - _ns(ago)


def _attributes(shown: Shown) -> dict[str, otlp.Value | None]:
    return {"odoo.action": shown.action, "odoo.view.type": shown.view}


def _event(vital: Vital) -> tuple[str, dict[str, otlp.Value]]:
    return semconv.WEB_VITAL_EVENT, {
        semconv.VITAL_NAME: vital.name,
        "browser.web_vital.value": vital.value,
        semconv.VITAL_RATING: rating(vital.name, vital.value),
    }


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
