"""Registry, modules, caches, sessions, attachments: counted, and nothing of it in Odoo's way."""

import gc
from unittest import mock

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.modules import loading
from odoo.modules.registry import Registry
from odoo.service import common
from odoo.tests import HttpCase, TransactionCase, mute_logger, tagged

from odoo.addons.base.models.res_users import ResUsers

from ..telemetry import attachment, cache, measurements, measuring, patch, process, runtime
from ..tools import semconv
from .common import RpcMixin, TelemetryMixin


class CoverageMixin(TelemetryMixin):
    def counts(self, name: str, attribute: str) -> dict:
        self.flush()
        return {point.attributes.get(attribute): point.value for point in self.receiver.points(name)}


@tagged("post_install", "-at_install")
class TestRegistry(CoverageMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def test_registry_that_is_loaded_is_timed(self):
        patch.unwrap_all()
        with mock.patch.object(Registry, "new", classmethod(lambda cls, name, **options: self.registry)):
            self.start_telemetry()
            Registry.new("shop")
            Registry.new("shop", upgrade_modules=["sale"])
            kinds = self.counts("odoo.registry.load.duration", "odoo.registry.load.kind")
            patch.unwrap_all()
        self.assertEqual(kinds, {"load": 1, "update": 1})

    def test_name_of_a_database_that_cannot_be_loaded_is_not_told(self):
        with self.assertRaises(Exception), mute_logger("odoo.modules.registry", "odoo.sql_db"):  # noqa: B017
            Registry.new("made_up_by_somebody")
        self.flush()
        self.assertNotIn("db.namespace", self.point("odoo.registry.load.duration").attributes)

    def test_invalidations_are_counted_by_cache(self):
        registry = mock.Mock(
            registry_invalidated=False, cache_invalidated={"templates", "assets"}, db_name="shop"
        )
        wrapped = vars(Registry)["signal_changes"]
        wrapped(mock.Mock(wraps=registry, ready=False, **vars_of(registry)))
        registry.registry_invalidated = True
        wrapped(mock.Mock(wraps=registry, ready=False, **vars_of(registry)))
        counts = self.counts("odoo.registry.invalidations", "odoo.cache.name")
        self.assertEqual(counts, {"templates": 1, "assets": 1, "registry": 1})

    def test_data_of_a_module_is_timed(self):
        package = mock.Mock(manifest={"init_xml": [], "data": [], "demo": []})
        package.name = "sale"
        loading.load_data(self.env, {}, "init", kind="data", package=package)
        loading.load_data(self.env, {}, "init", kind="demo", package=package)
        self.flush()
        point = self.point("odoo.module.load.duration")
        self.assertEqual(point.value, 1)
        told = point.attributes["odoo.module.name"], point.attributes["odoo.module.operation"]
        self.assertEqual(told, ("sale", "init"))

    def test_what_the_master_had_counted_before_a_worker_began_is_not_told_again(self):
        self.env["ir.config_parameter"].get_param("of.this.test")
        gc.collect()
        gc.disable()
        self.addCleanup(gc.enable)
        self.start_telemetry()
        told = {each.metric.name: each.values for each in (*cache.observe(0), *process.observe("http", 0))}
        database = self.env.cr.dbname
        requests = told["odoo.cache.requests"]
        self.assertEqual({count for key, count in requests.items() if key[2] == database}, {0})
        self.assertEqual(sum(told["cpython.gc.collections"].values()), 0)
        gc.collect()
        [collections] = [
            each.values for each in process.observe("http", 0) if each.metric.name == "cpython.gc.collections"
        ]
        self.assertEqual(collections, {(0,): 0, (1,): 0, (2,): 1})

    def test_caches_tell_hits_misses_and_sizes(self):
        self.env["ir.config_parameter"].set_param("of.this.test", "x")
        before = cache._requests()
        for _ in range(3):
            self.env["ir.config_parameter"].get_param("of.this.test")
        grown = cache._requests() - before
        self.assertEqual({key[1]: count for key, count in grown.items()}, {"hit": 2, "miss": 1})
        self.flush()
        database = {"db.namespace": self.env.cr.dbname}
        self.assertGreater(
            self.point("odoo.cache.size", **{"odoo.cache.name": "stable"}, **database).value, 0
        )
        self.assertEqual(
            self.point("odoo.cache.limit", **{"odoo.cache.name": "groups"}, **database).value, 64
        )
        self.assertTrue(self.receiver.points("odoo.cache.requests", **{"odoo.cache.result": "miss"}))

    def test_bytes_of_attachments_are_counted(self):
        made = self.env["ir.attachment"].create({"name": "a", "raw": b"0123456789 of this test alone"})
        made.invalidate_recordset()
        self.assertEqual(len(made.raw), 29)
        made.unlink()
        self.assertEqual(self.counts("odoo.attachment.io", "disk.io.direction"), {"write": 29, "read": 29})
        self.assertEqual(self.point("odoo.attachment.deletions").value, 1)

    def test_bug_of_ours_reaches_nobody(self):
        broken = mock.Mock(add=mock.Mock(side_effect=ZeroDivisionError))
        with (
            mock.patch.object(self.telemetry.recorder, "measurements", broken),
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
        ):
            measuring.measure(semconv.ATTACHMENT_IO, "read", "shop")
            with measuring.Measured(semconv.MAIL_SEND_DURATION, "mail send", {}):
                pass
        observers = mock.patch.object(measurements, "observers", [lambda start: 1 / 0])
        with observers, self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.flush()
        self.assertTrue(self.receiver.points("odoo.worker.count"))

    def test_without_telemetry_nothing_is_kept(self):
        runtime.stop()
        measuring.measure(semconv.ATTACHMENT_IO, "read", "shop")
        self.env["ir.attachment"].create({"name": "a", "raw": b"written all the same"})

    def test_all_is_put_back(self):
        self.assertTrue(measurements.observers)
        patch.unwrap_all()
        self.assertEqual(measurements.observers, [])
        for owner, name in (
            (Registry, "new"),
            (http.Session, "logout"),
            (attachment.IrAttachment, "_file_read"),
        ):
            self.assertFalse(hasattr(getattr(owner, name), "__signature_of_ours__"))
        self.assertFalse(hasattr(attachment.IrAttachment._file_read, "__wrapped__"))


def vars_of(registry) -> dict:
    names = ("registry_invalidated", "cache_invalidated", "db_name")
    return {name: getattr(registry, name) for name in names}


@tagged("post_install", "-at_install")
class TestSessions(CoverageMixin, RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def events(self) -> dict:
        self.flush()
        return {
            (point.attributes["odoo.session.event"], point.attributes["odoo.session.interface"]): point.value
            for point in self.receiver.points("odoo.session.events")
        }

    def log_in(self, password: str):
        params = {"db": self.env.cr.dbname, "login": "admin", "password": password}
        return self.url_open("/web/session/authenticate", json={"params": params})

    def test_login_and_logout_of_a_browser(self):
        self.log_in("admin")
        self.url_open("/web/session/logout")
        self.url_open("/web/session/logout")  # of nobody any more
        self.assertEqual(self.events(), {("login", "web"): 1, ("logout", "web"): 1})

    def test_refused_password_of_a_browser(self):
        with mute_logger("odoo.addons.base.models.res_users", "odoo.http"):
            self.log_in("wrong")
        self.assertEqual(self.events(), {("failure", "web"): 1})

    def test_credentials_of_rpc(self):
        database = self.env.cr.dbname
        with mock.patch.object(common, "Registry", return_value=self.registry):
            common.dispatch("authenticate", [database, "admin", "admin", {}])
            with mute_logger("odoo.addons.base.models.res_users"):
                common.dispatch("login", [database, "admin", "wrong"])
        with self.assertRaises(AccessDenied), mute_logger("odoo.addons.base.models.res_users"):
            self.env["res.users"]._check_uid_passwd(self.env.ref("base.user_admin").id, "wrong")
        self.assertEqual(self.events(), {("login", "rpc"): 1, ("failure", "rpc"): 2})

    def test_refused_key(self):
        headers = {"Authorization": "Bearer wrong", "Content-Type": "application/json"}
        with mute_logger("odoo.http"):
            self.url_open("/json/2/res.partner/search_count", data='{"domain": []}', headers=headers)
        self.assertEqual(self.events(), {("failure", "bearer"): 1})

    def test_cache_of_passwords_can_still_be_cleared(self):
        self.assertTrue(hasattr(ResUsers._check_uid_passwd, "__wrapped__"))
        self.env.registry.clear_cache()
