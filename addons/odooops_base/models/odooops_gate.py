import math

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .. import prometheus, query_check
from ..roles import requires
from ..tools import gates

# The setting that says where Prometheus answers.
ADDRESS = "prometheus.url"
# In the cache of a transaction: Prometheus did not answer, and is not waited for again.
AWAY = "odooops_prometheus_away"


class OdooopsGate(models.Model):
    """A question to Prometheus whose answer says whether a deployment is good.

    ``$environment`` in the query is the name of the deployment's environment (write it inside of quotes), ``$window``
    the time since the deployment began: at least a minute, at most ``window_seconds``. So what happened before counts
    for nothing.
    """

    _name = "odooops.gate"
    _description = "Health Gate"
    _order = "sequence, name"
    # By field, for who asks what would be refused (stores.py).
    _checked_when_saved = {"query": "_check_query"}

    name = fields.Char(required=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    note = fields.Text("What It Looks At", help="Shown to those whose deployment it stops.")
    query = fields.Text(
        "PromQL",
        required=True,
        help="$environment stands for the name of the environment, inside of quotes; $window for the time since the "
        "deployment began.",
    )
    query_checked_by = fields.Selection(
        [
            (query_check.PROMETHEUS, "Prometheus"),
            (query_check.PARSER, "Odoo's own parser, as Prometheus could not be asked"),
            (query_check.BRACKETS, "Nobody: only brackets and quotes, as Prometheus could not be asked"),
        ],
        readonly=True,
        copy=False,
        help="Who has read the query when it was saved. Prometheus also knows what is switched on in it.",
    )
    comparison = fields.Selection(
        [(sign, sign) for sign in gates.COMPARISONS],
        required=True,
        default="<",
        help="Every value has to be so, compared with the threshold.",
    )
    threshold = fields.Float(required=True, default=0.0)
    window_seconds = fields.Integer(
        "Longest Window",
        default=300,
        required=True,
        help="$window in seconds, when the deployment began earlier.",
    )
    on_missing = fields.Selection(
        [("pass", "The gate is passed"), ("fail", "The gate is not passed")],
        "Without Data",
        required=True,
        default="fail",
        help="What holds when Prometheus has no value, for example because nothing was asked of Odoo yet.",
    )
    # Archived ones too: a gate that is limited to them must not hold everywhere.
    environment_ids = fields.Many2many(
        "odooops.environment",
        string="Environments",
        context={"active_test": False},
        help="Empty for all, those to come included.",
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a gate of that name already.")

    @api.constrains("name")
    def _check_name(self):
        if any(not gate.name.strip() for gate in self):
            raise ValidationError(self.env._("Name: write what the gate is called by."))

    @api.constrains("window_seconds")
    def _check_window(self):
        if any(not gates.SHORTEST_WINDOW <= gate.window_seconds <= 86400 for gate in self):
            raise ValidationError(self.env._("Longest window: write seconds from 60 to 86400 (a day)."))

    @api.constrains("threshold")
    def _check_threshold(self):
        if any(not math.isfinite(gate.threshold) for gate in self):
            raise ValidationError(self.env._("Threshold: write a number."))

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create(vals_list)
        made._check_query()
        return made

    def write(self, vals):
        result = super().write(vals)
        if "query" in vals:
            self._check_query()
        return result

    def _check_query(self):
        """Has each query read and notes by whom, which a constraint may not.

        :raises ValidationError: for the first that is refused
        """
        for query, alike in self.grouped("query").items():
            try:
                alike.query_checked_by = query_check.check(query, self._get_check())
            except gates.GateError as error:
                raise ValidationError(
                    self.env._("Gate %(name)s: PromQL: %(problem)s.", name=alike[0].name, problem=error)
                ) from None

    @api.model
    def _get_check(self):
        """What has the Prometheus that is set read a query; None where there is none, or it did not answer before."""
        settings = self.env["odooops.setting"].sudo()
        address = settings._resolve(settings._get_declared_by_name()[ADDRESS])
        if not address.value or AWAY in self.env.cr.cache:
            return None

        def check(query):
            try:
                prometheus.check(address.value, query, trusted=address.is_pinned)
            except prometheus.PrometheusError:
                self.env.cr.cache[AWAY] = True
                raise

        return check

    @api.model
    def _find_for(self, environment):
        """The gates that deployments of ``environment`` have to pass."""
        found = self.sudo().search([])
        return found.filtered(lambda gate: not gate.environment_ids or environment in gate.environment_ids)

    def _check_prometheus(self):
        if self and not self.env["odooops.setting"]._get(ADDRESS):
            raise UserError(
                self.env._(
                    "There are %(count)s health gates and no Prometheus to ask. Set prometheus.url (or "
                    "ODOOOPS_PROMETHEUS_URL in Odoo's environment), or archive the gates.",
                    count=len(self),
                )
            )

    def _evaluate(self, environment, seconds):
        """Asks Prometheus, and returns the values of an ``odooops.gate.result``; what goes wrong is a result, too.

        :param float seconds: since the deployment began
        """
        self.ensure_one()
        vals = {
            "gate_id": self.id,
            "name": self.name,
            "comparison": self.comparison,
            "threshold": self.threshold,
        }
        vals |= {"query": self.query, "has_value": False, "value": 0, "evaluated_at": fields.Datetime.now()}
        try:
            query = gates.render(self.query, environment.name, gates.window(seconds, self.window_seconds))
            samples = self._ask(query)
        except gates.GateError as error:
            message = self.env._("The query cannot be used: %s.", error)
            return vals | {"outcome": "error", "message": message}
        except prometheus.PrometheusError as error:
            return vals | {"outcome": "error", "message": self.env._("Prometheus: %s", error)}
        return vals | {"query": query} | self._prepare_verdict_vals(samples)

    @api.model
    def _ask(self, query):
        settings = self.env["odooops.setting"]
        address = settings._resolve(settings._get_declared_by_name()[ADDRESS])
        # What people write into a record may lead to public addresses alone.
        return prometheus.query(address.value, query, trusted=address.is_pinned)

    def _prepare_verdict_vals(self, samples):
        verdict = gates.judge(
            samples, self.comparison, self.threshold, passes_without=self.on_missing == "pass"
        )
        vals = {"outcome": "passed" if verdict.is_passed else "failed", "message": ""}
        if verdict.worst is None:
            passes = self.env._("No data, which this gate takes for good.")
            return vals | {"message": passes if verdict.is_passed else self.env._("No data.")}
        value, series = verdict.worst.value, gates.series_text(verdict.worst.labels)
        if math.isfinite(value):
            vals |= {"has_value": True, "value": value}
        else:
            series = f"{value} {series}".strip()
        return vals if verdict.is_passed else vals | {"message": series}

    @api.model
    @requires("operator")
    def try_gate(self, gate, environment=None):
        """What the gate would say now, of ``environment`` (a name) or of the own one. For operators.

        Returns ``{"gate", "environment", "query", "outcome", "value", "message"}``; the value is false without data.
        """
        found = (
            self.search([("id", "=", gate)]) if isinstance(gate, int) else self.search([("name", "=", gate)])
        )
        if not found:
            raise UserError(self.env._("There is no gate %s.", gate))
        environments = self.env["odooops.environment"]
        place = environments._find(environment or environments._get_current().name, "operator")
        found._check_prometheus()
        vals = found._evaluate(place, found.window_seconds)
        value = vals["value"] if vals["has_value"] else False
        answer = {key: vals[key] for key in ("query", "outcome", "message")}
        return answer | {"gate": found.name, "environment": place.name, "value": value}

    @requires("operator")
    def action_try(self):
        """Shows what the gate says now, of the environment of this Odoo."""
        self.ensure_one()
        answer = self.try_gate(self.id)
        value = "" if answer["value"] is False else f"{answer['value']:.6g}"
        text = " ".join(filter(None, [value, answer["message"]]))
        titles = {
            "passed": self.env._("Passed now"),
            "failed": self.env._("Not passed now"),
            "error": self.env._("Could not be evaluated"),
        }
        params = {
            "title": f"{titles[answer['outcome']]} ({answer['environment']})",
            "message": f"{text}\n{self.env._('Wanted')}: {self.comparison} {self.threshold:g}",
            "type": {"passed": "success", "failed": "warning"}.get(answer["outcome"], "danger"),
            "sticky": answer["outcome"] != "passed",
        }
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
