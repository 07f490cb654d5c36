import functools
import time
from urllib.parse import unquote

from werkzeug.exceptions import HTTPException

from odoo import models
from odoo.http import request
from odoo.tools.sql import table_exists

from ..telemetry import browser, faults, policies, runtime
from ..tools import semconv
from ..tools.browser.report import Shown
from ..tools.browser.spans import Name

# Seconds for which a process goes by the answer it had: each request asks.
ASK_AGAIN = 1.0
# What a browser names that there is not
UNKNOWN = semconv.UNKNOWN_METHOD
# By database: until when it holds, and whether browsers report.
_answers: dict[str, tuple[float, bool]] = {}


def _forget(database):
    _answers.pop(database, None)


policies.forgetters.append(_forget)


class IrHttp(models.AbstractModel):
    """Tells browsers whether to report, and in which trace the server has answered them."""

    _inherit = "ir.http"

    @classmethod
    def _pre_dispatch(cls, rule, args):
        super()._pre_dispatch(rule, args)
        if request.session.uid and cls._odooops_is_watching():
            browser.tell_browser()

    @classmethod
    def _odooops_is_watching(cls):
        """Whether browsers report, now or a second ago."""
        try:
            name, now = request.env.cr.dbname, time.monotonic()
            known = _answers.get(name)
            if known is None or known[0] < now:
                known = _answers[name] = (now + ASK_AGAIN, cls._odooops_ask(is_first=known is None))
            return known[1]
        except Exception:
            faults.report("Telemetry could not find out whether browsers report; Odoo is not affected.")
            return False

    @classmethod
    def _odooops_ask(cls, is_first):
        # The code may be newer than the database, until the addons are upgraded; an error would end the transaction.
        if runtime.active is None or (is_first and not table_exists(request.env.cr, "odooops_setting")):
            return False
        return request.env["odooops.setting"].sudo()._get("browser.enabled")

    def session_info(self):
        info = super().session_info()
        if self.env.user._is_internal() and self._odooops_is_watching():
            ratio = self.env["odooops.setting"].sudo()._get("browser.sampling_ratio")
            info["odooops_browser"] = {"ratio": ratio}
        return info

    def _odooops_name_path(self, path, method):
        """What a browser calls by this path: names that the server has, whatever the browser says.

        :param method: the HTTP method
        """
        route = self._odooops_find_route(path, method)
        if route not in semconv.RPC_SYSTEMS:
            return Name(route)
        return Name(route, self._odooops_find_method(*path.split("/")[-2:]))

    def _odooops_find_route(self, path, method):
        try:
            rule, _args = self.routing_map().bind("").match(unquote(path), method=method, return_rule=True)
        except (HTTPException, ValueError):  # none, or one of that name for other methods
            return semconv.FALLBACK_ROUTE
        return rule.rule

    def _odooops_find_method(self, model, name):
        found = getattr(self.env.registry.get(model), name, None) if not name.startswith("_") else None
        return f"{model}.{name}" if callable(found) else semconv.UNKNOWN_METHOD

    def _odooops_with_known_names(self, report):
        """A browser's report with names of actions and views that the server has, whatever the browser says."""
        known = functools.cache(self._odooops_know)
        rpcs = [rpc._replace(shown=known(rpc.shown)) for rpc in report.rpcs]
        load = report.load and report.load._replace(shown=known(report.load.shown))
        return report._replace(load=load, rpcs=rpcs)

    def _odooops_know(self, shown):
        action, view = shown
        if action and not self._odooops_is_action(action):
            action = UNKNOWN
        if view and view not in self.env["ir.ui.view"]._fields["type"].get_values(self.env):
            view = UNKNOWN
        return Shown(action, view)

    def _odooops_is_action(self, xml_id):
        model, _number = self.env["ir.model.data"]._xmlid_to_res_model_res_id(xml_id)
        return bool(model) and model.startswith("ir.actions.")
