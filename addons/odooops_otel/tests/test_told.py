"""States of a database end when the process that told them was killed, or leads no more."""

from opentelemetry.proto.metrics.v1.metrics_pb2 import DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK

from odoo.tests import TransactionCase, tagged

from ..telemetry import runtime
from ..tools import semconv
from ..tools.observation import Observation
from .common import TelemetryMixin

NAME = semconv.MAIL_QUEUE_LENGTH.name
ENDED = DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK


@tagged("post_install", "-at_install")
class TestTold(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def lead(self, **lengths: int) -> None:
        """Tell the length of a queue by state, as who leads the database does."""
        values = {(state, "shop"): length for state, length in lengths.items()}
        self.telemetry.recorder.measurements.states["shop"] = [Observation(semconv.MAIL_QUEUE_LENGTH, values)]
        self.flush()

    def told(self) -> dict[str, int | str]:
        """By state what was sent last of it."""
        return {
            point.attributes["odoo.mail.state"]: "ended" if point.data.flags & ENDED else point.value
            for point in self.receiver.points(NAME)
        }

    def succeed(self) -> None:
        """Have the process killed, and another take its slot."""
        settings, directory = self.telemetry.settings, self.telemetry.directory
        self.telemetry.release()
        runtime.active = None
        runtime.start(settings, "test", "host:1", directory, "19.0")
        self.telemetry = runtime.active

    def test_the_successor_of_a_killed_process_ends_what_that_told(self):
        self.lead(outgoing=3, exception=1)
        self.assertEqual(self.told(), {"outgoing": 3, "exception": 1})
        self.succeed()
        self.flush()
        self.assertEqual(self.told(), {"outgoing": "ended", "exception": "ended"})

    def test_a_successor_that_leads_goes_on_with_the_series(self):
        self.lead(outgoing=3, exception=1)
        self.succeed()
        self.lead(outgoing=4)
        self.assertEqual(self.told(), {"outgoing": 4, "exception": "ended"})

    def test_what_a_successor_could_not_deliver_the_next_says(self):
        self.lead(outgoing=3)
        self.succeed()
        self.receiver.answer_always(503)
        self.flush()
        self.receiver.answer_always(None)
        self.succeed()
        self.flush()
        self.assertEqual(self.told(), {"outgoing": "ended"})

    def test_a_process_that_leads_no_more_says_so_once(self):
        self.lead(outgoing=3)
        del self.telemetry.recorder.measurements.states["shop"]
        self.flush()
        self.assertEqual(self.told(), {"outgoing": "ended"})
        received = len(self.receiver.everything())
        self.flush()
        self.assertNotIn(NAME.encode(), self.receiver.everything()[received:])

    def test_a_file_that_cannot_be_read_is_nothing_told(self):
        (self.telemetry.directory / "test-0.states").write_text('[["name"]]')
        self.succeed()
        self.flush()
        self.assertEqual(self.told(), {})
