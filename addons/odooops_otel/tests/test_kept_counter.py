"""The counter of limits that were reached goes on with the next process in its place."""

import json
from pathlib import Path
from unittest import mock

from odoo.tests import TransactionCase, tagged

from ..telemetry import kept_counter, runtime
from ..tools import metrics, semconv
from .common import TelemetryMixin

NAME = semconv.TELEMETRY_OVERFLOW.name
KEY = ("http.server.request.duration", "http.route")
ATTRIBUTES = dict(zip(semconv.TELEMETRY_OVERFLOW.attributes, KEY, strict=True))


@tagged("post_install", "-at_install")
class TestKeptCounter(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(mock.patch.object(metrics, "MAX_VALUES", 2))
        self.start_telemetry()

    @property
    def path(self) -> Path:
        return self.telemetry.directory / "test-0.overflow"

    def overflow(self, *keys: tuple[str, str]) -> None:
        """Count one for each of these."""
        for key in keys:
            self.telemetry.recorder.aggregator.overflow.add(key, 1)

    def succeed(self) -> None:
        """Have the process killed, and another take its slot."""
        settings, directory = self.telemetry.settings, self.telemetry.directory
        self.telemetry.release()
        runtime.active = None
        self.receiver.received.clear()
        runtime.start(settings, "test", "host:1", directory, "19.0")
        self.telemetry = runtime.active

    def told(self) -> list[int]:
        """What was sent of the series, one export after the other."""
        return [
            data.as_int
            for _resource, metric in self.receiver._metrics()
            for data in (metric.sum.data_points if metric.name == NAME else ())
            if {each.key: each.value.string_value for each in data.attributes} == ATTRIBUTES
        ]

    def test_a_successor_goes_on_at_what_was_told_and_never_below(self):
        self.overflow(KEY, KEY)
        self.flush()
        self.assertEqual(self.told(), [0, 2])
        for sent in (2, 3):
            self.succeed()
            self.overflow(*[KEY] * (sent - 2))
            self.flush()
            self.assertEqual(self.told(), [sent])

    def test_it_counts_since_the_slot_was_made(self):
        self.overflow(KEY)
        self.flush()
        self.succeed()
        self.flush()
        [point] = self.receiver.points(NAME)
        self.assertEqual(point.data.start_time_unix_nano, self.telemetry.slot.created)

    def test_what_no_export_told_is_not_kept(self):
        self.overflow(KEY)
        self.flush()
        self.overflow(KEY)
        self.succeed()
        self.flush()
        self.assertEqual(self.told(), [1])

    def test_it_is_written_before_it_is_sent_and_only_when_there_is_more(self):
        self.overflow(KEY)
        source = next(each._source for each in self.telemetry.exporters if each.signal == "metrics")
        source.take(is_closing=True)
        self.assertEqual(json.loads(self.path.read_text()), [[*KEY, 1]])
        with mock.patch.object(kept_counter.json_file, "write") as write:
            source.overflow.keep()
        write.assert_not_called()
        self.assertEqual(self.path.stat().st_mode & 0o007, 0)

    def test_a_disk_without_room_has_the_successor_begin_at_zero(self):
        self.overflow(KEY)
        self.flush()
        self.overflow(KEY)
        with mock.patch.object(
            kept_counter.json_file.os, "open", side_effect=OSError(28, "No space left on device")
        ):
            self.flush()
        self.assertEqual(self.told()[-1], 2)
        self.assertFalse(self.path.exists())
        self.succeed()
        self.overflow(KEY)
        self.flush()
        self.assertEqual(self.told(), [0, 1])

    def test_a_file_that_is_torn_or_foreign_is_none(self):
        for content in (b"", b"{", b"7", b"\xff"):
            self.path.write_bytes(content)
            with self.subTest(content):
                self.succeed()
                self.assertEqual(self.telemetry.recorder.aggregator.overflow.points, {})
