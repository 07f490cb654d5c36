"""The trace of a caller is continued; whether it is kept depends on who called."""

import http.client
from unittest import mock

from opentelemetry import baggage

from odoo.tests import HttpCase, tagged
from odoo.tests.common import TEST_CURSOR_COOKIE_NAME
from odoo.tools import config

from ..telemetry import sampler
from ..telemetry.record import current
from .common import TelemetryMixin

# The lower 8 bytes are the least and the greatest: a ratio keeps the one always and the other never.
TRACE_ID, LAST_TRACE_ID = "0af7651916cd43dd" + "0" * 15 + "1", "0af7651916cd43dd" + "f" * 16
PARENT_ID = "b7ad6b7169203331"
STRANGER = "203.0.113.9"


@tagged("post_install", "-at_install")
class TestTraceContext(TelemetryMixin, HttpCase):
    def get(self, *, flags: str = "01", trace_id: str = LAST_TRACE_ID, client: str | None = None, **headers):
        """Ask with a ``traceparent``; as a proxy does for ``client`` when it is given."""
        headers = {"traceparent": f"00-{trace_id}-{PARENT_ID}-{flags}", **headers}
        if client:
            headers |= {"X-Forwarded-For": client, "X-Forwarded-Host": "shop.example"}
        return self.url_open("/web/health", headers=headers)

    def start_behind_proxy(self, **environ):
        self.startPatcher(mock.patch.dict(config.options, {"proxy_mode": True}))
        ratio = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}
        self.start_telemetry(**{**ratio, **environ})

    # --- headers --------------------------------------------------------------------------

    def test_span_continues_the_trace_with_its_state_and_flags(self):
        self.start_telemetry()
        self.get(flags="03", tracestate="rojo=00f067aa0ba902b7, congo=t61rcWkgMzE")
        [span] = self.kept()
        self.assertEqual(span.data.trace_id.hex(), LAST_TRACE_ID)
        self.assertEqual(span.data.parent_span_id.hex(), PARENT_ID)
        self.assertEqual(span.data.trace_state, "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE")
        # https://github.com/open-telemetry/opentelemetry-proto: the caller's span is known to be remote.
        self.assertEqual(span.data.flags, 0x303)

    def test_root_span_has_a_random_trace_id_and_no_remote_parent(self):
        self.start_telemetry()
        self.url_open("/web/health")
        [span] = self.kept()
        self.assertEqual((span.data.flags, span.data.trace_state, span.data.parent_span_id), (0x103, "", b""))

    def test_header_against_the_rules_begins_a_trace_anew_without_its_state(self):
        self.start_telemetry()
        for traceparent in (
            "",
            "garbage",
            f"00-{'0' * 32}-{PARENT_ID}-01",
            f"00-{LAST_TRACE_ID}-{'0' * 16}-01",
            f"ff-{LAST_TRACE_ID}-{PARENT_ID}-01",
            f"00-{LAST_TRACE_ID.upper()}-{PARENT_ID}-01",
            f"00-{LAST_TRACE_ID}-{PARENT_ID}-01-more",
        ):
            self.url_open("/web/health", headers={"traceparent": traceparent, "tracestate": "congo=1"})
        spans = self.kept()
        self.assertEqual(len(spans), 7)
        for span in spans:
            self.assertNotEqual(span.data.trace_id.hex(), LAST_TRACE_ID)
            self.assertEqual((span.data.parent_span_id, span.data.trace_state), (b"", ""))

    def test_state_against_the_rules_is_dropped_and_the_trace_goes_on(self):
        self.start_telemetry()
        for tracestate in ("a=1,a=2", "a", "a=" + "x" * 600, ",".join(f"k{n}=v" for n in range(33))):
            self.get(tracestate=tracestate)
        spans = self.kept()
        self.assertEqual({span.data.trace_id.hex() for span in spans}, {LAST_TRACE_ID})
        self.assertEqual([span.data.trace_state for span in spans], [""] * 4)

    def test_headers_that_came_twice(self):
        self.start_telemetry()
        parent = f"00-{LAST_TRACE_ID}-{PARENT_ID}-01"
        self.send([("traceparent", parent), ("tracestate", "a=1"), ("tracestate", "b=2")])
        self.send([("traceparent", parent), ("traceparent", parent)])
        once, twice = self.kept()
        self.assertEqual((once.data.trace_id.hex(), once.data.trace_state), (LAST_TRACE_ID, "a=1,b=2"))
        self.assertNotEqual(twice.data.trace_id.hex(), LAST_TRACE_ID)

    # --- trust ----------------------------------------------------------------------------

    def test_trusted_caller_has_every_request_kept(self):
        self.start_behind_proxy(ODOOOPS_TRACES_UNTRUSTED_RATE="0")
        for _ in range(3):
            self.get()
        self.assertEqual([span.data.trace_id.hex() for span in self.kept()], [LAST_TRACE_ID] * 3)

    def test_caller_behind_a_proxy_is_who_the_proxy_says(self):
        self.start_behind_proxy(ODOOOPS_TRACES_UNTRUSTED_RATE="0")
        self.get(client=STRANGER)
        self.assertEqual(self.kept(), [])
        self.get(client="127.0.0.9")
        self.assertEqual(len(self.kept()), 1)

    def test_caller_may_be_trusted_by_name(self):
        self.start_behind_proxy(
            ODOOOPS_TRACES_UNTRUSTED_RATE="0", ODOOOPS_TRACES_TRUSTED_ADDRESSES="203.0.113.0/24"
        )
        self.get(client=STRANGER)
        self.get(client="127.0.0.1")
        self.assertEqual(len(self.kept()), 1)

    def test_other_callers_have_so_many_kept_a_minute_under_their_trace_id(self):
        self.startPatcher(mock.patch.object(sampler.time, "monotonic", return_value=100.0))
        self.start_behind_proxy(ODOOOPS_TRACES_UNTRUSTED_RATE="2")
        for _ in range(5):
            self.get(client=STRANGER)
        self.assertEqual([span.data.trace_id.hex() for span in self.kept()], [LAST_TRACE_ID] * 2)

    def test_other_callers_cannot_choose_a_trace_id_that_is_kept(self):
        for name in ("parentbased_traceidratio", "traceidratio"):
            self.start_behind_proxy(
                OTEL_TRACES_SAMPLER=name, OTEL_TRACES_SAMPLER_ARG="1e-9", ODOOOPS_TRACES_UNTRUSTED_RATE="0"
            )
            self.get(client=STRANGER, trace_id=TRACE_ID)
            self.assertEqual(self.kept(), [], name)
            self.get(client="127.0.0.1", trace_id=TRACE_ID)
            self.assertEqual(len(self.kept()), 1, name)

    def test_address_is_the_clients_also_when_it_is_asked_for_within_the_request(self):
        self.start_behind_proxy(ODOOOPS_TRACES_UNTRUSTED_RATE="0")
        asked = []
        self.serve(lambda cr: asked.append(current.get().is_sampled()) or "done")
        for client in (STRANGER, None):
            self.get(client=client)
        self.assertEqual(asked, [False, True])

    def test_proxy_that_odoo_does_not_honour_does_not_lend_its_address(self):
        self.start_telemetry(
            OTEL_TRACES_SAMPLER="parentbased_traceidratio",
            OTEL_TRACES_SAMPLER_ARG="0",
            ODOOOPS_TRACES_UNTRUSTED_RATE="0",
        )
        asked = []
        self.serve(lambda cr: asked.append(dict(baggage.get_all())) or "done")
        headers = {"traceparent": f"00-{LAST_TRACE_ID}-{PARENT_ID}-01", "baggage": "tenant=north"}
        for name in ("X-Forwarded-For", "Forwarded"):
            self.url_open("/web/login", headers={**headers, name: STRANGER})
        self.assertEqual((self.kept(), asked), ([], [{}, {}]))
        self.assertEqual([record.address for record in self.records], [None, None])
        self.url_open("/web/login", headers=headers)
        self.assertEqual((len(self.kept()), asked[2]), (1, {"tenant": "north"}))

    def test_error_of_a_stranger_is_kept_under_their_trace_id(self):
        self.start_behind_proxy(ODOOOPS_TRACES_UNTRUSTED_RATE="0")
        self.serve(lambda cr: 1 / 0)
        self.get(client=STRANGER)
        self.assertEqual([span.data.trace_id.hex() for span in self.kept()], [LAST_TRACE_ID])

    # --- helpers --------------------------------------------------------------------------

    def send(self, headers: list[tuple[str, str]]) -> None:
        """A request with headers that may come twice, which a dictionary of them cannot say."""
        with self.allow_requests():
            connection = http.client.HTTPConnection("127.0.0.1", self.http_port(), timeout=30)
            connection.putrequest("GET", "/web/health")
            connection.putheader("Cookie", f"{TEST_CURSOR_COOKIE_NAME}={self.http_request_key}")
            for name, value in headers:
                connection.putheader(name, value)
            connection.endheaders()
            self.assertEqual(connection.getresponse().status, 200)
            connection.close()
