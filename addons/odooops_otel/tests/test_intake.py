"""Records as they begin and end: what is compiled does as what is in Python does."""

import collections
import contextvars
import functools
import gc
import mmap
import sys
import time
import weakref
from types import SimpleNamespace

from odoo.tests import BaseCase, tagged

from ..telemetry import compiled, intake, orm
from ..telemetry.record import Record, current
from ..telemetry.sampler import Sampler
from ..telemetry.seeking import Undecided
from ..tools import settings

ENVIRON = {
    "REQUEST_METHOD": "POST",
    "PATH_INFO": "/web/login",
    "HTTP_USER_AGENT": "tester",
    "REMOTE_ADDR": "192.0.2.1",
    "wsgi.url_scheme": "https",
}
SCHEME = "wsgi.url_scheme"


@tagged("post_install", "-at_install")
class TestIntake(BaseCase):
    variables: dict[str, str] = {}
    parts = compiled.COMPILED

    def setUp(self):
        super().setUp()
        self.thread, self.sought, self.drained = SimpleNamespace(dbname="served", uid=7), {}, []
        self.intake = self.make()
        # Not every test ends what it begins.
        self.addCleanup(current.set, current.get())
        intake._databases.add("served")
        self.addCleanup(intake._databases.discard, "served")

    def make(self, **variables: str):
        values = self.settings = settings.read({**self.variables, **variables})
        parts = compiled.parts(values)
        self.assertIs(parts, self.parts)
        return intake.make(
            values, Sampler(values), parts, self.sought, lambda: self.drained.append(len(self.intake.ended))
        )

    def serve(self, answered="200 OK", **environ) -> Record:
        """A request that begins and ends at once."""
        record = self.intake.begin(self.thread)
        record.environ = {**ENVIRON, **environ}
        self.intake.end(record, answered, record.environ, self.thread)
        return record

    # --- the beginning ----------------------------------------------------------------------

    def test_record_is_the_current_one_from_its_begin_to_its_end(self):
        record = self.intake.begin(self.thread)
        self.assertIs(current.get(), record)
        self.assertEqual(self.intake.open, {record: self.thread})
        self.intake.detach(record, self.thread)
        self.assertIsNone(current.get())
        self.assertEqual(self.intake.open, {})

    def test_record_within_another_one_is_nested_and_leaves_it_current(self):
        outer, inner = self.intake.begin(self.thread), self.intake.begin(self.thread)
        self.assertEqual((outer.is_nested, inner.is_nested), (False, True))
        self.intake.detach(inner, self.thread)
        self.assertIs(current.get(), outer)
        self.assertEqual(self.thread.query_hooks, [outer.hook])
        self.intake.detach(outer, self.thread)
        self.assertEqual(self.thread.query_hooks, [])

    def test_record_knows_when_it_began(self):
        for _ in range(2):
            before = time.time_ns()
            record = self.intake.begin(self.thread)
            self.assertTrue(before <= record.started_at <= time.time_ns())

    def test_statements_of_the_thread_are_its(self):
        self.thread.query_hooks = [print]
        record = self.intake.begin(self.thread)
        self.assertEqual(self.thread.query_hooks, [print, record.hook])
        record.hook(None, "SELECT 1", None, 5.0, 0.25)
        self.intake.detach(record, self.thread)
        self.assertEqual(list(record.statements), [("SELECT 1", 5.0, 0.25)])
        self.assertEqual(self.thread.query_hooks, [print])

    def test_statements_are_looked_at_while_it_runs_if_there_may_be_a_trace(self):
        record = self.intake.begin(self.thread)
        began = record.started_at / 1e9
        self.assertEqual((record.statements.look, record.statements.slow_after), (record.look, 0.2))
        self.assertAlmostEqual(record.due - began, 0.02, 5)
        self.assertEqual((record.statements.next_look, record.search), (record.due, None))
        self.intake.detach(record, self.thread)
        self.assertIsNone(record.statements.look)
        self.assertIsNone(self.make(OTEL_TRACES_EXPORTER="none").begin(self.thread).statements.look)

    def test_each_statement_is_looked_at_while_something_is_sought(self):
        self.sought["/web/login"] = ("SELECT 1",)
        record = self.intake.begin(self.thread)
        self.assertIsInstance(record.search, Undecided)
        self.assertIs(record.search.sought, self.sought)
        self.assertEqual(record.statements.next_look, 0.0)

    def test_records_share_nothing_that_changes(self):
        one, other = self.intake.begin(self.thread), self.intake.begin(self.thread)
        for name in Record.__slots__:
            value = getattr(one, name, None)
            if value is getattr(other, name, None) and name != "sampler":
                self.assertIsInstance(value, int | float | str | tuple | None, name)
        fresh = Record(one.sampler, self.parts)
        own = {
            "due",
            "hook",
            "is_nested",
            "orm",
            "started_at",
            "statements",
            "token",
        }
        for name in set(Record.__slots__) - own:
            self.assertEqual(getattr(one, name, "unset"), getattr(fresh, name, "unset"), name)

    def test_what_cannot_begin_leaves_nothing_behind(self):
        for hooks in ((), 5):
            self.thread.query_hooks = hooks
            with self.assertRaises(AttributeError):
                self.intake.begin(self.thread)
            self.assert_nothing_runs()

    def assert_nothing_runs(self):
        self.assertIsNone(current.get())
        self.assertEqual(self.intake.open, {})

    # --- the end ----------------------------------------------------------------------------

    def test_request_is_described_by_its_environment_and_its_thread(self):
        record = self.serve()
        self.assertEqual((record.status, record.database, record.user_id), (200, "served", 7))
        self.assertEqual((record.method, record.scheme, record.path), ("POST", "https", "/web/login"))
        self.assertEqual((record.user_agent, record.address, record.environ), ("tester", "192.0.2.1", None))

    def test_status_is_the_number_that_the_answer_begins_with(self):
        answers = {
            "404 Not Found": 404,
            "": 0,
            "Odd indeed": 0,
            "20": 20,
            "2x0": 0,
            "²00": 0,
            "1234": 123,
            "204": 204,
        }
        for answered, status in answers.items():
            self.assertEqual(self.serve(answered).status, status, answered)

    def test_what_callers_send_is_cut(self):
        record = self.serve(
            PATH_INFO="/" + "é" * 5000,
            HTTP_USER_AGENT="x" * 1000,
            REQUEST_METHOD="X" * 1001,
            **{SCHEME: "y" * 1001},
        )
        texts = record.path, record.user_agent, record.method, record.scheme
        self.assertEqual([len(text) for text in texts], [1000] * 4)

    def test_what_is_missing_is_empty(self):
        record = self.intake.begin(self.thread)
        self.intake.end(record, "", {}, SimpleNamespace())
        self.assertEqual((record.database, record.user_id, record.address), (None,) * 3)
        self.assertEqual((record.path, record.user_agent, record.scheme, record.method), ("",) * 4)

    def test_name_that_is_no_database_here_is_not_told(self):
        for name in ("no_such_database_odooops", None, 5):
            self.thread.dbname = name
            self.assertIsNone(self.serve().database)

    def test_address_behind_a_proxy_is_told_only_where_odoo_honours_it(self):
        for header in ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED"):
            self.assertIsNone(self.serve(**{header: "198.51.100.1"}).address)
            honoured = {header: "198.51.100.1", "werkzeug.proxy_fix.orig": {}}
            self.assertEqual(self.serve(**honoured).address, "192.0.2.1")

    def test_somebody_elses_list_of_hooks_is_left_alone(self):
        for hooks in ([print], None, (1, 2)):
            record = self.intake.begin(self.thread)
            self.thread.query_hooks = hooks
            self.intake.detach(record, self.thread)
            self.assertEqual(self.thread.query_hooks, hooks)
            self.thread.query_hooks = []

    def test_hooks_may_be_kept_in_something_like_a_list(self):
        self.thread.query_hooks = collections.UserList([print])
        record = self.intake.begin(self.thread)
        self.assertEqual(list(self.thread.query_hooks), [print, record.hook])
        self.intake.detach(record, self.thread)
        self.assertEqual(list(self.thread.query_hooks), [print])

    def test_record_that_waits_holds_neither_its_hook_nor_what_was_around_it(self):
        record = self.serve()
        self.assertEqual((record.hook, record.token, record.statements.look), (None, None, None))
        self.intake.detach(record, self.thread)
        self.assert_nothing_runs()

    def test_records_wait_in_the_order_in_which_they_ended(self):
        records = [self.serve() for _ in range(3)]
        self.assertEqual(list(self.intake.ended), records)

    def test_each_that_ends_is_counted_at_once_in_memory_that_is_another_s(self):
        memory = mmap.mmap(-1, 24)
        numbers = memoryview(memory).cast("Q")
        numbers[0] = 2**32
        self.intake.count_in(numbers[0:1], numbers[2:3])
        self.serve()
        record = self.intake.begin(self.thread)
        self.assertEqual(list(numbers), [2**32 + 1, 0, 1])
        self.intake.detach(record, self.thread)
        self.intake.finish(record)
        self.assertEqual(list(numbers), [2**32 + 2, 0, 2])
        self.intake.count_in(numbers[1:2])
        self.serve()
        self.assertEqual(list(numbers), [2**32 + 2, 1, 2])

    def test_memory_can_be_closed_when_nothing_is_counted_in_it_any_more(self):
        memory = mmap.mmap(-1, 8)
        numbers = memoryview(memory).cast("Q")
        self.intake.count_in(numbers[:])
        with self.assertRaises(BufferError):
            memory.close()
        self.intake.count_in()
        numbers.release()
        memory.close()
        self.serve()

    def test_a_forked_child_does_not_count_in_its_parent_s_memory(self):
        memory = mmap.mmap(-1, 8)
        numbers = memoryview(memory).cast("Q")
        self.intake.count_in(numbers[:])
        record = self.intake.begin(self.thread)
        self.intake.begin_in_child()
        self.intake.detach(record, self.thread)
        self.intake.finish(record)
        self.assertEqual(list(numbers), [0])
        numbers.release()
        memory.close()

    def test_memory_can_be_closed_while_another_thread_does_what_it_was_asked_to(self):
        memory = mmap.mmap(-1, 8)
        numbers = memoryview(memory).cast("Q")
        self.intake.count_in(numbers[:])
        record = self.intake.begin(self.thread)
        self.intake.detach(record, self.thread)

        def release():
            self.intake.count_in()
            numbers.release()
            memory.close()

        # It is called in the midst of finish().
        self.drained = SimpleNamespace(append=lambda _count: release())
        self.intake.statements = intake.MAX_STATEMENTS + 1
        self.intake.finish(record)
        self.assertTrue(memory.closed)

    def test_too_many_records_or_statements_are_counted_at_once(self):
        for _ in range(intake.MAX_RECORDS + 1):
            self.serve()
        self.assertEqual(self.drained, [intake.MAX_RECORDS + 1])
        self.intake.ended.clear()
        self.intake.statements = intake.MAX_STATEMENTS
        record = self.intake.begin(self.thread)
        record.hook(None, "SELECT 1", None, 5.0, 0.25)
        self.intake.detach(record, self.thread)
        self.intake.finish(record)
        self.assertEqual((self.drained[1:], self.intake.statements), ([1], intake.MAX_STATEMENTS + 1))

    def test_statements_and_calls_of_the_orm_count_until_there_are_too_many(self):
        record = self.intake.begin(self.thread)
        record.hook(None, "SELECT 1", None, 5.0, 0.25)
        self.note_call(record)
        self.intake.statements = intake.MAX_STATEMENTS - 2
        self.intake.end(record, "200 OK", ENVIRON, self.thread)
        self.assertEqual((self.intake.statements, self.drained), (intake.MAX_STATEMENTS, []))

    def note_call(self, record):
        def read(records):
            return records

        orm.maker(self.settings)("read", orm.Counted.NOTHING)(read)(SimpleNamespace(_name="res.partner"))
        self.assertEqual(len(record.orm), 1)

    def test_end_in_another_context_is_refused(self):
        record = contextvars.Context().run(self.intake.begin, self.thread)
        with self.assertRaises(ValueError):
            self.intake.detach(record, self.thread)
        self.assertEqual((self.intake.open, self.thread.query_hooks), ({}, []))

    def test_what_cannot_be_described_runs_no_longer(self):
        for answered, environ in ((None, ENVIRON), ("200 OK", None), ("200 OK", {**ENVIRON, "PATH_INFO": 5})):
            outer = self.intake.begin(self.thread)
            record = self.intake.begin(self.thread)
            with self.assertRaises((TypeError, AttributeError)):
                self.intake.end(record, answered, environ, self.thread)
            self.assertIs(current.get(), outer)
            self.assertEqual(self.thread.query_hooks, [outer.hook])
            self.intake.detach(outer, self.thread)
            self.assert_nothing_runs()

    def test_it_is_gone_with_the_last_who_holds_it(self):
        class Held:
            pass

        held = Held()
        held.intake = intake.make(
            self.settings, Sampler(self.settings), self.parts, {}, functools.partial(print, held)
        )
        gone = weakref.ref(held)
        del held
        gc.collect()
        self.assertIsNone(gone())

    def test_nothing_is_left_of_records_that_nobody_holds(self):
        def run() -> int:
            for _ in range(500):
                self.serve()
            self.intake.ended.clear()
            return sum(map(sys.getrefcount, (self.thread, self.intake, None, Record, ENVIRON["PATH_INFO"])))

        before = run()
        self.assertLess(run() - before, 100)


@tagged("post_install", "-at_install")
class TestIntakeInPython(TestIntake):
    variables = {"ODOOOPS_NATIVE": "false"}
    parts = compiled.PYTHON
