"""The ORM within requests and jobs: calls, records and own time by operation and model."""

import contextvars
import threading
from unittest import mock

from odoo.models import BaseModel
from odoo.tests import HttpCase, TransactionCase, tagged

from ..telemetry import patch
from ..telemetry.record import current
from ..tools.orm import Entries
from .common import RpcMixin, TelemetryMixin
from .test_cron import make_job

# A model that no addon overrides
TAGS = "res.partner.category"


class OrmMixin(TelemetryMixin):
    def start_telemetry(self, **environ):
        telemetry = super().start_telemetry(**environ)
        # What each record is counted with: one that is kept lets go of its calls.
        self.entries: list[Entries] = []
        counters = telemetry.recorder.aggregator.orm
        add = counters.add

        def note(calls, database):
            self.entries.append(calls.entries())
            add(calls, database)

        self.startPatcher(mock.patch.object(counters, "add", note))
        return telemetry

    def entry(self, operation: str, model: str = TAGS) -> list:
        """What the one record that ended says of an operation on a model."""
        self.record()
        return self.entries[-1].get((operation, model))

    def counted(self, name: str, operation: str, model: str = TAGS):
        attributes = {
            "odoo.model": model,
            "odoo.orm.operation": operation,
            "db.namespace": self.env.cr.dbname,
        }
        return self.point(name, **attributes).value


@tagged("post_install", "-at_install")
class TestOrm(OrmMixin, RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        self.signed_in()
        self.telemetry.recorder.drain()

    def request(self, function):
        """One request of the administrator in which ``function(tags)`` runs."""

        def action_archive(records):
            function(records.env[TAGS])

        model = type(self.env["res.partner"])
        with mock.patch.object(model, "action_archive", action_archive, create=True):
            answer = self.call_kw("action_archive", [self.env.user.partner_id.ids])
        self.env.invalidate_all()
        return answer

    def test_each_operation_is_counted_with_its_records(self):
        def work(tags):
            made = tags.create([{"name": name} for name in "abc"])
            made.write({"color": 12})  # none of the random ones by default
            tags.env.flush_all()
            tags.env.invalidate_all()
            made[:2].fetch(["color"])
            made[:2].read(["name"])
            made.mapped("display_name")
            tags.search([("id", "in", made.ids)])
            tags._read_group([("id", "in", made.ids)], ["name"], ["__count"])
            made.unlink()

        self.request(work)
        self.assertEqual(self.entry("create")[:2], [1, 3])
        self.assertEqual(self.entry("read")[:2], [1, 2])
        self.assertEqual(self.entry("unlink")[:2], [1, 3])
        for operation in ("write", "search", "fetch", "flush", "compute", "read_group"):
            self.assertTrue(self.entry(operation), operation)

    def test_metrics_tell_model_operation_and_database(self):
        self.request(lambda tags: tags.create([{"name": name} for name in "abc"]))
        own = self.entry("create")[2]
        self.flush()
        self.assertEqual(self.counted("odoo.orm.calls", "create"), 1)
        self.assertEqual(self.counted("odoo.orm.records", "create"), 3)
        self.assertEqual(self.counted("odoo.orm.time", "create"), own)

    def test_own_times_add_up_to_no_more_than_the_request(self):
        self.request(lambda tags: tags.create([{"name": name} for name in "abc"]).write({"name": "x"}))
        record = self.record()
        own = [entry[2] for entry in self.entries[-1].values()]
        self.assertTrue(all(seconds >= 0 for seconds in own), own)
        self.assertLess(sum(own), record.duration)

    def test_time_of_inner_calls_is_theirs(self):
        self.request(
            lambda tags: tags.create([{"name": name} for name in "abc"]).read(["name", "display_name"])
        )
        _calls, _records, own, began, ended = self.entry("read")
        self.assertLess(own, ended - began)

    def test_request_with_many_calls_sums_them_up_meanwhile(self):
        lengths = []

        def work(tags):
            for number in range(50):
                tags.create([{"name": f"Tag {number}"}])
                self.telemetry.recorder.drain()  # as the drainer does meanwhile
                lengths.append(len(current.get().orm))

        self.request(work)
        self.assertLess(max(lengths), 20)
        self.assertEqual(self.entry("create")[:2], [50, 50])

    def test_call_that_raises_is_counted_and_raises(self):
        def work(tags):
            with self.assertRaises(ValueError):
                tags.create([{"no_such_field": 1}])
            with self.assertRaises(ValueError):
                tags.search([("no_such_field", "=", 1)])

        self.request(work)
        self.assertEqual(self.entry("create")[:2], [1, 0])

    def test_kept_request_has_a_span_for_what_took_long(self):
        self.request(lambda tags: tags.create([{"name": f"Partner {n}"} for n in range(50)]))
        self.flush()
        [span] = self.receiver.spans(f"create {TAGS}")
        (own,) = (span for span in self.receiver.spans("res.partner.action_archive"))
        self.assertEqual(span.data.parent_span_id, own.data.span_id)
        self.assertEqual(span.data.trace_id, own.data.trace_id)
        self.assertEqual((span.attributes["odoo.orm.count"], span.attributes["odoo.orm.records"]), (1, 50))
        self.assertLessEqual(own.data.start_time_unix_nano, span.data.start_time_unix_nano)
        self.assertLessEqual(span.data.end_time_unix_nano, own.data.end_time_unix_nano)

    def test_bug_of_ours_does_not_reach_the_request(self):
        def work(tags):
            current.get().orm = ()  # takes no calls
            tags.create([{"name": "made all the same"}])

        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.request(work)
        self.assertTrue(self.env[TAGS].search_count([("name", "=", "made all the same")]))

    def test_call_that_comes_after_its_request_was_kept_is_nobody_s(self):
        contexts = []
        self.request(lambda tags: contexts.append(contextvars.copy_context()))
        self.record()
        with self.assertNoLogs("odoo.addons.odooops_otel", "WARNING"):
            made = contexts[0].run(self.env[TAGS].create, [{"name": "late"}])
        self.assertEqual(made.name, "late")

    def test_odoo_s_marks_on_methods_are_kept(self):
        self.assertTrue(BaseModel.create._api_model)
        self.assertTrue(BaseModel.read._readonly)
        self.assertTrue(BaseModel.fetch._api_private)
        patch.unwrap_all()
        self.assertNotIn("__wrapped__", vars(BaseModel.write))


@tagged("post_install", "-at_install")
class TestOrmElsewhere(OrmMixin, TransactionCase):
    def test_jobs_are_counted(self):
        self.start_telemetry()
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))
        job = make_job(self.env, "env['res.partner.category'].create([{'name': 'a'}, {'name': 'b'}])")
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.flush()
        self.assertEqual(self.counted("odoo.orm.records", "create"), 2)

    def test_it_can_be_switched_off(self):
        self.start_telemetry(ODOOOPS_ORM="false")
        self.assertNotIn("__wrapped__", vars(BaseModel.write))

    def test_without_a_record_nothing_is_counted(self):
        self.start_telemetry()
        self.env["res.partner"].create([{"name": "of no request"}])
        self.flush()
        self.assertFalse(self.receiver.points("odoo.orm.calls"))
