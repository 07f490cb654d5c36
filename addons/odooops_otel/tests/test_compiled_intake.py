"""What the compiled intake of records has to be careful with, and the one in Python has not."""

import contextvars
import threading
from types import SimpleNamespace

from odoo.tests import BaseCase, tagged

from ..telemetry import compiled
from ..telemetry.record import Record, current
from ..telemetry.sampler import Sampler
from ..telemetry.seeking import Undecided
from ..tools import settings


@tagged("post_install", "-at_install")
class TestCompiledIntake(BaseCase):
    """What only the compiled one has to be careful with."""

    def make(self, make_record, sought=None):
        return compiled.native.Intake(
            make_record, print, 5, 5, current, set(), bool, Undecided, sought, 0.1, 0.02
        )

    def test_what_is_no_record_is_refused(self):
        values = settings.read({})
        taken = self.make(lambda: Record(Sampler(values), compiled.COMPILED))
        for call in (
            lambda: taken.detach(object(), threading.current_thread()),
            lambda: taken.finish(object()),
            lambda: taken.end(object(), "", {}, threading.current_thread()),
            lambda: taken.end(taken.begin(SimpleNamespace()), "", [], SimpleNamespace()),
            lambda: taken.end(taken.begin(SimpleNamespace()), 200, {}, SimpleNamespace()),
            lambda: taken.end(taken.begin(SimpleNamespace()), "", {"PATH_INFO": 5}, SimpleNamespace()),
            lambda: taken.detach(1),
        ):
            with self.assertRaises(TypeError):
                contextvars.Context().run(call)

    def test_what_is_no_number_of_64_bits_that_can_be_written_is_refused(self):
        values = settings.read({})
        taken = self.make(lambda: Record(Sampler(values), compiled.COMPILED))
        memory = bytearray(64)
        number = memoryview(memory)[:8]
        for numbers, error in (
            ([bytes(8)], BufferError),
            ([number, None], TypeError),
            ([number, memory], ValueError),
            ([memoryview(memory)[1:9]], ValueError),
            ([memoryview(memory)[:16:2]], BufferError),
            ([number] * 4, TypeError),
        ):
            with self.subTest(error=error), self.assertRaises(error):
                taken.count_in(*numbers)
            del numbers
        number.release()
        memory.clear()  # which nobody holds

    def test_what_has_other_slots_than_records_is_refused(self):
        class Other:
            __slots__ = ("orm",)

            def __init__(self):
                self.orm = compiled.COMPILED.make_calls()

        class OfList(list):
            __slots__ = ("orm",)

        values = settings.read({})
        for make_record, error in (
            (Other, AttributeError),
            (SimpleNamespace, TypeError),
            (lambda: Record(Sampler(values)), TypeError),
            (OfList, TypeError),
        ):
            with self.assertRaises(error):
                self.make(make_record)
