"""Odoo's four ways in, as one user: XML-RPC, JSON-RPC, /json/2 and the web client."""

from __future__ import annotations

import xmlrpc.client
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests

SECONDS = 60


class Denied(Exception):
    """Odoo refused the call: the caller has not the right, or the arguments are wrong."""


@dataclass
class User:
    """An account with its password and an API key."""

    address: str
    database: str
    id: int
    login: str
    password: str
    key: str
    browser: requests.Session | None = None
    """Logged in when first needed."""


def json2(user: User, model: str, method: str, arguments: dict[str, Any], ids: list[int] | None) -> Any:
    body = arguments if ids is None else {"ids": ids, **arguments}
    headers = {"Authorization": f"bearer {user.key}", "X-Odoo-Database": user.database}
    answer = requests.post(
        f"{user.address}/json/2/{model}/{method}", json=body, headers=headers, timeout=SECONDS
    )
    if not answer.ok:
        raise Denied(answer.json().get("message", answer.text))
    return answer.json()


def _positional(
    method: str, arguments: dict[str, Any], ids: list[int] | None
) -> tuple[list[Any], dict[str, Any]]:
    """Arguments as execute_kw wants them: ids first, and what is created by place alone."""
    if method == "create":
        return [arguments["vals_list"]], {}
    return ([] if ids is None else [ids]), arguments


def jsonrpc(user: User, model: str, method: str, arguments: dict[str, Any], ids: list[int] | None) -> Any:
    args = [user.database, user.id, user.key, model, method, *_positional(method, arguments, ids)]
    params = {"service": "object", "method": "execute_kw", "args": args}
    return _result(requests.Session(), user.address, "/jsonrpc", params)


def xml_rpc(user: User, model: str, method: str, arguments: dict[str, Any], ids: list[int] | None) -> Any:
    proxy = xmlrpc.client.ServerProxy(f"{user.address}/xmlrpc/2/object", allow_none=True)
    try:
        placed = _positional(method, arguments, ids)
        return proxy.execute_kw(user.database, user.id, user.key, model, method, *placed)
    except xmlrpc.client.Fault as fault:
        raise Denied(fault.faultString.strip().splitlines()[-1]) from None


def web(user: User, model: str, method: str, arguments: dict[str, Any], ids: list[int] | None) -> Any:
    """As the web client does it, after a login."""
    if user.browser is None:
        user.browser = requests.Session()
        credentials = {"db": user.database, "login": user.login, "password": user.password}
        _result(user.browser, user.address, "/web/session/authenticate", credentials)
    args, kwargs = _positional(method, arguments, ids)
    params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
    return _result(user.browser, user.address, "/web/dataset/call_kw", params)


def _result(session: requests.Session, address: str, route: str, params: dict[str, Any]) -> Any:
    answer = session.post(
        f"{address}{route}", json={"jsonrpc": "2.0", "params": params}, timeout=SECONDS
    ).json()
    if error := answer.get("error"):
        raise Denied(error["data"]["message"])
    # A method that returns nothing has no result.
    return answer.get("result")


PROGRAMS: dict[str, Callable[..., Any]] = {"XML-RPC": xml_rpc, "JSON-RPC": jsonrpc, "/json/2": json2}
