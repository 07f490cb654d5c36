"""Logins, logouts and refused credentials, by the way they came."""

from __future__ import annotations

from werkzeug.exceptions import Unauthorized

from odoo import http
from odoo.exceptions import AccessDenied
from odoo.service import common

from odoo.addons.base.models.ir_http import IrHttp
from odoo.addons.base.models.res_users import ResUsers

from ..tools import semconv
from . import faults
from .measuring import measure
from .patch import wrap


def instrument() -> None:
    wrap(http.Session, "authenticate", _authenticate)
    wrap(http.Session, "finalize", _finalize)
    wrap(http.Session, "logout", _logout)
    wrap(common, "exp_authenticate", _exp_authenticate)
    wrap(ResUsers, "_check_uid_passwd", _check_uid_passwd)
    wrap(IrHttp, "_auth_method_bearer", _bearer)


def _authenticate(original):
    def authenticate(self, env, *args, **kwargs):
        try:
            return original(self, env, *args, **kwargs)
        except AccessDenied:
            measure(semconv.SESSION_EVENTS, "failure", "web", env.cr.dbname)
            raise

    return authenticate


def _finalize(original):
    def finalize(self, env):
        result = original(self, env)
        measure(semconv.SESSION_EVENTS, "login", "web", env.cr.dbname)
        return result

    return finalize


def _logout(original):
    def logout(self, *args, **kwargs):
        # Afterwards nobody knows who it was; sessions of nobody are reset, too.
        try:
            if self.uid:
                measure(semconv.SESSION_EVENTS, "logout", "web", self.db)
        except Exception:
            faults.report("Telemetry could not count a logout; Odoo is not affected.")
        return original(self, *args, **kwargs)

    return logout


def _exp_authenticate(original):
    def exp_authenticate(db, *args, **kwargs):
        # For a database that there is not it raises.
        uid = original(db, *args, **kwargs)
        measure(semconv.SESSION_EVENTS, "login" if uid else "failure", "rpc", db)
        return uid

    return exp_authenticate


def _check_uid_passwd(original):
    def _check_uid_passwd(self, *args, **kwargs):
        try:
            return original(self, *args, **kwargs)
        except AccessDenied:
            measure(semconv.SESSION_EVENTS, "failure", "rpc", self.env.cr.dbname)
            raise

    return _check_uid_passwd


def _bearer(original):
    def _auth_method_bearer(cls):
        try:
            return original(cls)
        except (AccessDenied, Unauthorized):
            measure(semconv.SESSION_EVENTS, "failure", "bearer", http.request.db)
            raise

    return _auth_method_bearer
