"""The modules of tables are found out as the models are loaded, and once."""

from unittest.mock import patch

from odoo.modules.registry import Registry
from odoo.tests import TransactionCase, tagged

from ..telemetry import coverage, patch as patch_hooks, table_modules
from ..telemetry.statement_counts import StatementCounts
from ..tools import metrics, settings


@tagged("post_install", "-at_install")
class TestTableModules(TransactionCase):
    def setUp(self):
        super().setUp()
        self.database = self.env.cr.dbname
        self.patch(table_modules, "shared", table_modules.TableModules())

    def test_tables_of_models_and_of_relations_have_their_module(self):
        modules = table_modules.shared.of(self.database)

        self.assertEqual(modules["res_partner"], "base")
        self.assertEqual(modules["res_groups_users_rel"], "base")
        self.assertEqual(modules["odooops_redaction_rule"], "odooops_otel")

    def test_the_table_of_a_model_that_users_have_made_has_none(self):
        model = {"name": "Their Own", "model": "x_their_own", "state": "manual"}
        self.env["ir.model"].create(model)
        self.addCleanup(self.env.registry.reset_changes)

        self.assertIsNone(table_modules.read(self.env.registry)["x_their_own"])

    def test_what_was_found_when_the_models_were_loaded_is_not_looked_for_again(self):
        # A prefork server's master: its workers share what it has found.
        coverage._know_loaded(self.database)

        with patch.object(table_modules, "read") as read:
            self.assertEqual(table_modules.shared.of(self.database)["res_partner"], "base")
        read.assert_not_called()

    def test_what_loads_models_has_it_found_out(self):
        """Before the fork, in a prefork server's master; else each worker has it all by itself."""
        patch_hooks.unwrap_all()  # the server that runs the tests may have loaded the addon itself
        self.addCleanup(patch_hooks.unwrap_all)
        with patch.object(Registry, "new", classmethod(lambda cls, name, **options: self.registry)):
            coverage.instrument(settings.read({}))
            Registry.new(self.database)
            patch_hooks.unwrap_all()

        with patch.object(table_modules, "read") as read:
            self.assertEqual(table_modules.shared.of(self.database)["res_partner"], "base")
        read.assert_not_called()

    def test_it_is_asked_for_once_for_all_that_is_counted_in_one_go(self):
        counts = StatementCounts(metrics.Instrument)
        with patch.object(table_modules.shared, "of", side_effect=[{}, {"x": "y"}]) as of:
            self.assertEqual([counts.modules_of("db") for _ in range(3)], [{}] * 3)
            self.assertEqual(of.call_count, 1)
            counts.tell()
            self.assertEqual(counts.modules_of("db"), {"x": "y"})

    def test_the_oldest_makes_room(self):
        known = table_modules.shared._known
        with patch.object(table_modules, "read", return_value={"x": "y"}):
            table_modules.shared.of(self.database)
            entry = known[self.database]
            known.clear()
            known.update({f"db{number}": entry for number in range(table_modules.MAX_DATABASES)})
            table_modules.shared.of(self.database)
        self.assertEqual(len(known), table_modules.MAX_DATABASES)
        self.assertEqual({"db0", "db1", self.database} & known.keys(), {"db1", self.database})

    def test_models_that_are_loaded_anew_are_looked_at_anew(self):
        table_modules.shared.of(self.database)
        models = self.env.registry.models
        self.patch(self.env.registry, "models", {**models, "x.another": models["res.partner"]})

        with patch.object(table_modules, "read", return_value={"x": "y"}):
            self.assertEqual(table_modules.shared.of(self.database), {"x": "y"})

    def test_nothing_is_known_of_a_database_that_is_not_loaded(self):
        self.assertEqual(table_modules.shared.of("no such database"), {})
        self.assertEqual(table_modules.shared.of(None), {})
