"""What code that runs within a record may ask it: where it stands in a trace."""

import threading

from odoo.tests import BaseCase, HttpCase, tagged

from ..telemetry.record import Record, current
from ..telemetry.sampler import Sampler
from ..tools import settings, trace_context
from .common import TelemetryMixin

TRACE_ID, SPAN_ID = bytes(range(1, 17)), bytes(range(1, 9))


def make_record(parent_flags: int | None = None, **environ: str) -> Record:
    """A record with a sampler of these settings, of a caller who sent these flags."""
    record = Record(Sampler(settings.read({"OTEL_TRACES_SAMPLER": "parentbased_always_on", **environ})))
    if parent_flags is not None:
        record.parent = trace_context.Parent(TRACE_ID, SPAN_ID, parent_flags)
    return record


@tagged("post_install", "-at_install")
class TestIds(BaseCase):
    def test_ids_are_made_once_and_differ_between_records(self):
        records = [make_record() for _ in range(100)]
        ids = [record.ids() for record in records]
        self.assertEqual([record.ids() for record in records], ids)
        self.assertEqual(len(set(ids)), 100)
        self.assertEqual({(len(trace_id), len(span_id)) for trace_id, span_id in ids}, {(16, 8)})

    def test_ids_are_the_same_for_every_thread_that_asks(self):
        barrier = threading.Barrier(8)

        def ask(record, seen):
            barrier.wait()
            seen.append((record.ids(), record.is_sampled()))

        for _ in range(50):
            record, seen = make_record(), []
            threads = [threading.Thread(target=ask, args=(record, seen)) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            self.assertEqual(len(set(seen)), 1)

    def test_trace_of_the_caller_is_continued_by_a_span_of_ours(self):
        record = make_record(1)
        self.assertEqual(record.trace_id, TRACE_ID)
        self.assertEqual(record.parent_span_id, SPAN_ID)
        self.assertNotEqual(record.span_id, SPAN_ID)

    def test_flags_say_whether_it_is_sampled_and_whether_the_trace_id_is_random(self):
        # https://www.w3.org/TR/trace-context-2/#random-trace-id-flag: only who made the id knows.
        self.assertEqual(make_record().trace_flags, 0x03)
        self.assertEqual(make_record(OTEL_TRACES_SAMPLER="always_off").trace_flags, 0x02)
        for sent, ours in ((0x00, 0x00), (0x01, 0x01), (0x02, 0x02), (0x03, 0x03), (0xFF, 0x03)):
            with self.subTest(sent=sent):
                self.assertEqual(make_record(sent).trace_flags, ours)

    def test_record_that_nobody_has_asked_is_decided_without_ids_as_one_that_has_them(self):
        sampler = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.25"}
        bound = 2**62
        kept = 0
        for _ in range(4000):
            record = make_record(**sampler)
            is_kept = record.is_sampled_at_last(record.decision())
            self.assertEqual(record.is_sampled(), is_kept)
            self.assertEqual(record._ids is not None, is_kept)
            if is_kept:
                kept += 1
                self.assertLess(int.from_bytes(record.trace_id[8:], "big"), bound)
        # Six standard deviations of the binomial distribution
        self.assertAlmostEqual(kept, 1000, delta=165)

    def test_who_asks_while_it_is_decided_is_told_what_comes_true(self):
        for _ in range(50):
            record = make_record(OTEL_TRACES_SAMPLER="traceidratio", OTEL_TRACES_SAMPLER_ARG="0.5")
            told = self.ask_while_it_draws(record)
            is_kept = record.is_sampled_at_last(record.decision())
            told.join()
            self.assertEqual(told.answers, [(record.trace_flags, record.ids())])
            self.assertEqual(bool(record.trace_flags & 1), is_kept)

    def ask_while_it_draws(self, record: Record) -> threading.Thread:
        """A thread that asks for flags and ids when the record's sampler draws."""
        asking = threading.Thread(target=lambda: asking.answers.append((record.trace_flags, record.ids())))
        asking.answers = []
        draw = record.sampler.draw

        def draw_while_somebody_asks(bound):
            asking.start()
            asking.join(0.002)
            return draw(bound)

        record.sampler.draw = draw_while_somebody_asks
        return asking

    def test_record_that_somebody_has_asked_is_decided_by_its_ids(self):
        sampler = {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.5"}
        for _ in range(50):
            record = make_record(**sampler)
            low = int.from_bytes(record.trace_id[8:], "big")
            self.assertEqual(record.is_sampled_at_last(record.decision()), low < 2**63)
        for flags in (0, 1):
            self.assertEqual(make_record(flags).is_sampled_at_last(make_record().decision()), bool(flags))


@tagged("post_install", "-at_install")
class TestCurrent(TelemetryMixin, HttpCase):
    def test_ids_asked_for_within_a_request_are_those_of_its_span(self):
        self.start_telemetry()
        asked = []
        self.serve(lambda cr: asked.append(current.get().ids()) or "done")
        self.url_open("/web/login")
        (span,) = self.kept()
        self.assertEqual(asked, [(span.data.trace_id, span.data.span_id)])
