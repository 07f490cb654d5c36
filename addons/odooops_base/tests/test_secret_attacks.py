"""A planted secret is looked for in everything that Odoo gives out, and found nowhere."""

import base64
import datetime
import json
import logging
import xmlrpc.client
from types import ModuleType

from odoo.exceptions import UserError
from odoo.tests import HttpCase, JsonRpcException, TransactionCase, tagged
from odoo.tools import SQL, mute_logger

from ..secret_values import resolve
from ..tools.vault import Vault
from .common import new_user
from .test_secrets import PLANTED, SecretsCase, group

PASSWORD = "a password for tests"


def forms(text):
    """What the secret looks like in the encodings that it might be given out in."""
    data = text.encode()
    return [text, text[::-1], data.hex(), base64.b64encode(data).decode().rstrip("="), json.dumps(text)[1:-1]]


@tagged("post_install", "-at_install", "odooops")
class TestSecretAttacks(SecretsCase):
    def setUp(self):
        super().setUp()
        self.secret = self.make()

    def assert_hidden(self, given):
        for form in forms(PLANTED):
            self.assertNotIn(form, str(given))

    def test_the_orm_gives_it_out_in_no_way(self):
        secret = self.secret
        names = list(secret._fields)
        self.assertNotIn("token", names)
        for given in (
            secret.read(),
            secret.sudo().read(),
            secret.sudo().read(["value"]),
            secret.sudo().value,
            secret.web_read({name: {} for name in names}),
            secret.sudo().export_data(names)["datas"],
            secret.search_read([], names),
            secret.web_search_read([], {name: {} for name in names}),
            secret.name_search("slack"),
            secret.display_name,
            repr(secret),
            secret.copy_data(),
            secret.copy({"value": "of its own"}).read(),
            secret.default_get(names),
            secret.with_context(default_value=PLANTED).default_get(names),
            secret.fields_get(),
            secret.get_metadata(),
            secret.sudo()._get_tokens(),
        ):
            self.assert_hidden(given)

    def test_what_is_written_is_not_read_back_in_the_same_transaction(self):
        specification = {name: {} for name in self.secret._fields}
        made = self.secrets.browse().web_save({"name": "new", "value": PLANTED}, specification)
        self.assert_hidden(made)
        self.assert_hidden(self.secret.web_save({"value": PLANTED}, specification))
        self.secret.value = PLANTED
        self.assert_hidden(self.secret.value)
        loaded = self.secrets.load(["name", "value"], [["imported", PLANTED]])
        self.assert_hidden(loaded)

        self.assertEqual(resolve(self.secrets.browse(loaded["ids"])), PLANTED)

    @mute_logger("odoo.models")
    def test_it_cannot_be_searched_grouped_or_ordered_by(self):
        attempts = (
            lambda secrets, field: secrets.search([(field, "=like", "pl4nted%")]),
            lambda secrets, field: secrets.search([(field, "=", PLANTED)]),
            lambda secrets, field: secrets.search([(field, "!=", False)]),
            lambda secrets, field: secrets.search([(field, "<", "z")]),
            lambda secrets, field: secrets.search_count([(field, "in", [PLANTED])]),
            lambda secrets, field: secrets.search([], order=field),
            lambda secrets, field: secrets.formatted_read_group([], [field], ["__count"]),
            lambda secrets, field: secrets.formatted_read_group([], [], [f"{field}:array_agg"]),
            lambda secrets, field: secrets.filtered_domain([(field, "=like", "pl4nted%")]).ensure_one(),
        )
        for secrets in (self.secret, self.secret.sudo()):
            for field in ("value", "token"):
                for number, attempt in enumerate(attempts):
                    with self.subTest(field=field, number=number):
                        self.assertIsInstance(self.fail_of(attempt, secrets, field), (ValueError, KeyError))

    def fail_of(self, attempt, *args):
        try:
            with self.cr.savepoint():
                return attempt(*args)
        except Exception as error:
            return error

    def test_a_server_action_of_an_administrator_of_odoo_cannot_open_it(self):
        code = "raise UserError(str(%s))"
        for expression in (
            "env['odooops.secret'].sudo().search([]).read()",
            "env['odooops.secret'].sudo().search([])._get_tokens()",
            "env['odooops.secret'].sudo().search([]).mapped('value')",
            "env['odooops.secret'].sudo().search([])._get_problem()",
            "env['odooops.secret'].sudo().search([])._lock_tokens()",
        ):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "x",
                    "model_id": self.env.ref("odooops_base.model_odooops_secret").id,
                    "state": "code",
                    "code": code % expression,
                }
            )
            with self.assertRaises(UserError) as caught:
                action.run()
            self.assert_hidden(caught.exception)

    def test_no_method_gives_a_server_action_what_opens_it(self):
        """Neither the vault, nor a module or function from which one could come to it."""
        found = "secret = env['odooops.secret'].sudo().search([('name', '=', 'slack')])\n"
        token = "secret._get_tokens()[secret.id], str(secret.id)"
        for way in (f"secret._load_vault().open({token})", f"secret._seal('x').open({token})"):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "x",
                    "model_id": self.env.ref("odooops_base.model_odooops_secret").id,
                    "state": "code",
                    "code": f"{found}raise UserError({way})",
                }
            )
            self.assert_hidden(repr(self.fail_of(lambda action=action: action.run())))
        for name in dir(type(self.secret)):
            if not name.startswith("__"):
                held = getattr(type(self.secret), name, None)
                self.assertNotIsInstance(held, Vault | ModuleType, name)

    def test_the_whole_database_does_not_hold_it(self):
        self.secrets.set_secret("second", value=PLANTED)
        self.secret.unlink()
        self.env.flush_all()
        tables = self.env.execute_query(
            SQL("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        self.assertGreater(len(tables), 100)
        for (table,) in tables:
            for form in forms(PLANTED):
                query = SQL(
                    "SELECT count(*) FROM %s t WHERE strpos(t::text, %s) > 0", SQL.identifier(table), form
                )
                self.assertEqual(self.env.execute_query(query), [(0,)], table)

    def test_who_writes_into_the_table_can_spoil_and_not_exchange(self):
        other = self.secrets.create({"name": "other", "value": "of another"})
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE odooops_secret s SET token = o.token FROM odooops_secret o "
                "WHERE o.id <> s.id AND s.id IN %s AND o.id IN %s",
                *[tuple((self.secret + other).ids)] * 2,
            )
        )
        self.env.invalidate_all()
        for secret in self.secret + other:
            self.assertIn("belongs to another secret", secret.problem)
            with self.assertRaisesRegex(UserError, f"Secret {secret.name}: "):
                resolve(secret)
        self.env.cr.execute(
            SQL("UPDATE odooops_secret SET token = %s WHERE id = %s", PLANTED, self.secret.id)
        )
        self.env.invalidate_all()

        self.assertIn("No key opens it", self.secret.problem)

    def test_what_cannot_be_stored_is_refused_without_being_told(self):
        for value in ([PLANTED], {"a": PLANTED}, PLANTED * 10_000, PLANTED.encode(), f"{PLANTED}\ud800"):
            for attempt in (
                lambda value: self.secrets.set_secret("slack", value=value),
                lambda value: self.secret.write({"value": value}),
                lambda value: self.secrets.create({"name": "x", "value": value}),
            ):
                error = self.fail_of(attempt, value)
                self.assertIsInstance(error, UserError)
                self.assert_hidden(error)
                self.assert_hidden(error.args)


class Everything(logging.Handler):
    """Keeps every record of every logger, formatted with its traceback."""

    def __init__(self):
        super().__init__(0)
        self.lines = []
        self.setFormatter(logging.Formatter("%(name)s %(message)s"))

    def emit(self, record):
        self.lines.append(self.format(record))


@tagged("post_install", "-at_install", "odooops")
class TestSecretsByRpc(SecretsCase, HttpCase):
    """By each interface of Odoo, with every logger at DEBUG."""

    MODEL = "odooops.secret"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_user(cls.env, "caller", groups=group("admin"), password=PASSWORD)

    def setUp(self):
        super().setUp()
        self.handler = Everything()
        root = logging.getLogger()
        root.addHandler(self.handler)
        self.addCleanup(root.removeHandler, self.handler)
        level = root.level
        root.setLevel(logging.DEBUG)
        self.addCleanup(root.setLevel, level)

    def assert_nowhere(self, *answers):
        for text in (*answers, *self.handler.lines):
            for form in forms(PLANTED):
                self.assertNotIn(form, str(text))

    def calls(self):
        """Method, arguments by name; the last ones fail, each in another way."""
        return [
            ("set_secret", {"name": "slack", "value": PLANTED}),
            ("search_read", {"domain": [], "fields": []}),
            ("rotate_secrets", {}),
            ("set_secret", {"name": "slack", "value": PLANTED, "reference": "$X"}),
            ("set_secret", {"name": "a b", "value": PLANTED}),
            ("set_secret", {"name": "slack", "value": [PLANTED]}),
            ("set_secret", {"value": PLANTED}),
            ("set_secret", {"name": "slack", "values": PLANTED}),
            ("search", {"domain": [["value", "=", "x"]]}),
            ("search_read", {"domain": [], "fields": ["token"]}),
        ]

    def test_json2(self):
        expires = datetime.datetime.now() + datetime.timedelta(hours=1)
        key = self.env["res.users.apikeys"].with_user(self.user)._generate("rpc", "test", expires)
        headers = {"Authorization": f"bearer {key}", "Content-Type": "application/json"}
        statuses = []
        for method, arguments in self.calls():
            url = f"/json/2/{self.MODEL}/{method}"
            answer = self.url_open(url, data=json.dumps(arguments), headers=headers)
            statuses.append(answer.status_code)
            self.assert_nowhere(answer.text)

        self.assertEqual(statuses[:3], [200] * 3)
        self.assertNotIn(200, statuses[3:])

    def test_xmlrpc(self):
        failed = 0
        for method, arguments in self.calls():
            try:
                given = self.xmlrpc_object.execute_kw(
                    self.env.cr.dbname, self.user.id, PASSWORD, self.MODEL, method, [], arguments
                )
            except xmlrpc.client.Fault as fault:
                given = fault.faultString
                failed += 1
            self.assert_nowhere(given)

        self.assertEqual(failed, 7)

    def test_the_web_client(self):
        self.authenticate("caller", PASSWORD)
        failed = 0
        specification = {name: {} for name in self.secrets._fields}
        saved = ("web_save", {"vals": {"name": "new", "value": PLANTED}, "specification": specification})
        for method, arguments in [*self.calls(), saved]:
            params = {"model": self.MODEL, "method": method, "args": [[]] if method == "web_save" else []}
            try:
                given = self.make_jsonrpc_request("/web/dataset/call_kw", params | {"kwargs": arguments})
            except JsonRpcException as error:
                given = f"{error} {error.__dict__}"
                failed += 1
            self.assert_nowhere(given)

        self.assertEqual(failed, 7)

    def test_the_button_of_the_list_says_what_came_of_it(self):
        self.authenticate("caller", PASSWORD)
        secret = self.make()
        for selected in ([], [secret.id]):
            params = {"model": self.MODEL, "method": "action_rotate", "args": [selected], "kwargs": {}}
            action = self.make_jsonrpc_request(
                "/web/dataset/call_button/odooops.secret/action_rotate", params
            )
            self.assertEqual(
                action["params"]["message"], "0 encrypted anew with the first key, 1 were already."
            )

    def test_nothing_that_opens_it_can_be_called(self):
        self.authenticate("caller", PASSWORD)
        for method in ("_get_tokens", "_lock_tokens", "_seal", "_set_tokens", "_get_problem"):
            params = {"model": self.MODEL, "method": method, "args": [[]], "kwargs": {}}
            with self.assertRaisesRegex(JsonRpcException, "AccessError"):
                self.make_jsonrpc_request("/web/dataset/call_kw", params)


class TestSecretMethods(TransactionCase):
    def test_no_method_gives_out_plain_text(self):
        """``secret_values`` opens; the model only asks whether it opens."""
        model = type(self.env["odooops.secret"])

        self.assertFalse(
            [name for name in dir(model) if name in ("_resolve", "resolve", "reveal", "_reveal")]
        )
