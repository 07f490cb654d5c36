"""Requests as users make them, given straight to ``odoo.http.root`` in this process, and a scheduled action.

No server and no client in between: what is measured is Odoo and the recorder.
"""

from __future__ import annotations

import dataclasses
import datetime
import functools
import io
import json
import threading
import xmlrpc.client
from collections.abc import Callable

from werkzeug.test import create_environ

import odoo
from odoo import http

ADMIN = ("admin", "admin")
ACTION = """
for i in range(14):
    partner = env['res.partner'].create({'name': 'Partner %s' % i})
    env.flush_all()
    partner.write({'comment': 'Comment %s' % i})
    env.flush_all()
    env['res.partner'].search_count([('name', '=', partner.name)])
"""
JOB = """
partners = model.search([('email', '!=', False)], limit=20)
for partner in partners[:5]:
    partner.write({'comment': partner.name})
    env.flush_all()
"""


@dataclasses.dataclass(frozen=True)
class Workload:
    """A request or job that can be made again and again.

    :param prepare: makes what is then called and measured
    :param share: how many times to make it, relative to the others (heavy ones less often)
    """

    name: str
    prepare: Callable[[], Callable[[], object]]
    share: float = 1.0
    is_request: bool = True

    def run(self) -> object:
        return self.prepare()()


def request(name: str, environ: Callable[[], dict], share: float = 1.0) -> Workload:
    return Workload(name, lambda: functools.partial(call, environ()), share)


class Client:
    """Makes WSGI environments with a session or an API key of the database's administrator."""

    def __init__(self, database: str):
        self.database = database
        self.registry = odoo.modules.registry.Registry(database)
        self._prepare()
        self._cookie = self._log_in()

    def _prepare(self) -> None:
        with self.registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
            partners = env["res.partner"]
            missing = 2000 - partners.search_count([])
            partners.create([{"name": f"Partner {n}", "email": f"p{n}@example.com"} for n in range(missing)])
            self.partner_id = partners.create({"name": "Saved again and again"}).id
            model = env["ir.model"]._get_id("res.partner")
            values = {"name": "Statements", "model_id": model, "state": "code", "code": ACTION}
            self.action_id = env["ir.actions.server"].create(values).id
            job = {"name": "Benchmark", "model_id": model, "state": "code", "code": JOB}
            self.cron_id = env["ir.cron"].create({**job, "interval_number": 1, "interval_type": "weeks"}).id
            admin = env["res.users"].search([("login", "=", ADMIN[0])])
            expiration = datetime.datetime.now() + datetime.timedelta(days=1)
            self.user_id = admin.id
            self.key = env["res.users.apikeys"].with_user(admin)._generate("rpc", "overhead", expiration)

    def _log_in(self) -> str:
        params = {"db": self.database, "login": ADMIN[0], "password": ADMIN[1]}
        status, headers, _body = call(self.json("/web/session/authenticate", params, cookie=False))
        cookies = [value.split(";")[0] for name, value in headers if name == "Set-Cookie"]
        assert status == 200, status
        assert cookies, "no session: is the administrator's password 'admin'?"
        return cookies[-1]

    def json(self, path: str, params: dict, *, cookie: bool = True) -> dict:
        body = json.dumps({"jsonrpc": "2.0", "method": "call", "id": 1, "params": params}).encode()
        headers = {"Cookie": self._cookie} if cookie else {}
        return _post(path, body, headers)

    def call_kw(self, model: str, method: str, args: list, kwargs: dict) -> dict:
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self.json(f"/web/dataset/call_kw/{model}/{method}", params)

    def json2(self, model: str, method: str, kwargs: dict) -> dict:
        headers = {"Authorization": f"Bearer {self.key}", "X-Odoo-Database": self.database}
        return _post(f"/json/2/{model}/{method}", json.dumps(kwargs).encode(), headers)

    def xmlrpc(self, model: str, method: str, args: list, kwargs: dict) -> dict:
        params = (self.database, self.user_id, self.key, model, method, args, kwargs)
        body = xmlrpc.client.dumps(params, "execute_kw").encode()
        return _post("/xmlrpc/2/object", body, {}, "text/xml")

    def run_job(self) -> None:
        """The scheduled action, from taking it to putting it back, as a cron worker does (``_process_jobs_loop``)."""
        threading.current_thread().dbname = self.database
        with self.registry.cursor() as cr:
            model = self.registry["ir.cron"]
            job = model._acquire_one_job(cr, self.cron_id, include_not_ready=True)
            model._process_job(cr, job)

    def failures(self) -> int:
        with self.registry.cursor() as cr:
            env = odoo.api.Environment(cr, odoo.SUPERUSER_ID, {})
            return env["ir.cron"].browse(self.cron_id).failure_count


def _environ(path: str, **options) -> dict:
    return create_environ(path, "http://localhost", environ_base={"REMOTE_ADDR": "127.0.0.1"}, **options)


def _post(path: str, body: bytes, headers: dict, content_type: str = "application/json") -> dict:
    return _environ(
        path,
        method="POST",
        input_stream=io.BytesIO(body),
        content_length=len(body),
        content_type=content_type,
        headers=headers,
    )


def call(environ: dict) -> tuple[int, list, bytes]:
    """One request: status, headers, body."""
    answer: list = []

    def start_response(status, headers, exc_info=None):
        answer[:] = [int(status[:3]), headers]

    chunks = http.root(environ, start_response)
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return answer[0], answer[1], body


def workloads(client: Client) -> list[Workload]:
    """The table of docs/performance.md, in its order."""
    specification = {name: {} for name in ("name", "email", "phone", "create_date")}
    search = {"specification": specification, "limit": 80, "domain": []}
    search2 = {"domain": [], "fields": list(specification), "limit": 80}
    save = {"specification": {}}
    return [
        request("web_search_read 80", lambda: client.call_kw("res.partner", "web_search_read", [], search)),
        request(
            "web_save, commit",
            lambda: client.call_kw(
                "res.partner",
                "web_save",
                [[client.partner_id], {"comment": str(datetime.datetime.now())}],
                save,
            ),
        ),
        request("GET /web/login", lambda: _environ("/web/login")),
        request("/json/2 search_read 80", lambda: client.json2("res.partner", "search_read", search2)),
        request(
            "XML-RPC search_read 80",
            lambda: client.xmlrpc("res.partner", "search_read", [], {**search2, "fields": ["name", "email"]}),
        ),
        request(
            "server action > 100 SQL",
            lambda: client.call_kw("ir.actions.server", "run", [[client.action_id]], {}),
            share=0.2,
        ),
        Workload("scheduled action", lambda: client.run_job, share=0.5, is_request=False),
    ]


def check(workload: Workload, client: Client) -> None:
    """Run it once and refuse to measure an error."""
    answer = workload.run()
    if not workload.is_request:
        if client.failures():
            raise SystemExit(f"{workload.name}: failed")
        return
    status, _headers, body = answer
    if status != 200 or b'"error"' in body[:200] or b"<fault>" in body[:200]:
        raise SystemExit(f"{workload.name}: answered {status} {body[:500]!r}")
