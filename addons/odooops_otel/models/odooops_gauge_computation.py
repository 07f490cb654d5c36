import contextlib
import time
from datetime import timedelta

import psycopg2

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from odoo.addons.odooops_base.roles import requires

from ..tools import gauges, semconv
from ..tools.observation import Observation
from ..tools.redact import redact

STATEMENT_TIMEOUT = "5s"
# Groups that are read; a gauge with more of them is no gauge.
MAX_GROUPS = 2000
# After so many failures in a row a gauge is not tried any more by itself.
MAX_FAILURES = 5
# Seconds of one look of the leader, which has others to ask; what is left is due the next time.
BUDGET = 10.0
# A value is told for so many intervals; then it is too old to be true. With some time for the leader to come by.
TOLD_INTERVALS, TOLD_MARGIN = 2, 60


class OdooopsGauge(models.Model):
    """Computing gauges, and telling what was found."""

    _inherit = "odooops.gauge"

    @classmethod
    def _lead(cls, cr):
        """What the gauges of a database tell, those that are due computed before. With a connection of its own."""
        return api.Environment(cr, SUPERUSER_ID, {})[cls._name]._observe()

    @api.model
    def _observe(self):
        deadline = time.monotonic() + BUDGET
        for gauge in self._get_due():
            try:
                gauge._compute_and_store()
                # Of the leader's own connection: what was found stays, whatever becomes of the next.
                self.env.cr.commit()  # pylint: disable=invalid-commit
            except psycopg2.errors.SerializationFailure:
                # Somebody has tried it in the meantime: there is a result, and a new one when it is due.
                self.env.cr.rollback()  # pylint: disable=invalid-commit
            if time.monotonic() >= deadline:
                break
        return list(self._tell())

    @api.model
    def _get_due(self):
        """Those that were never computed first, then the oldest."""
        now = fields.Datetime.now()
        due = self.search([]).filtered(lambda gauge: gauge._is_due(now))
        return due.sorted(lambda gauge: gauge.computed_at or fields.Datetime.to_datetime("1970-01-01"))

    def _is_due(self, now):
        if self.state == "suspended":
            return False
        return not self.computed_at or self.computed_at + timedelta(seconds=self.interval_seconds) <= now

    def _tell(self):
        """The observations of all gauges: each its own metric, and two about the gauges themselves."""
        now, database = fields.Datetime.now(), self.env.cr.dbname
        seconds, failures = {}, {}
        for gauge in self.search([]).filtered("computed_at"):
            seconds[gauge.name, database] = gauge.seconds
            failures[gauge.name, database] = gauge.failures
            if values := gauge._get_told(now):
                yield Observation(
                    gauge._get_metric(), {(*labels, database): value for labels, value in values}
                )
        yield Observation(semconv.GAUGE_DURATION, seconds)
        yield Observation(semconv.GAUGE_FAILURES, failures)

    def _get_told(self, now):
        oldest = now - timedelta(seconds=TOLD_INTERVALS * self.interval_seconds + TOLD_MARGIN)
        result = self.result_ids[:1]
        return result.values_found if not result.error and result.computed_at >= oldest else []

    def _get_metric(self):
        description = (
            self.description or f"{dict(self._fields['aggregate'].selection)[self.aggregate]}: {self.model}."
        )
        return gauges.metric(self.name, self.unit, description, gauges.parse_labels(self.labels))

    def _compute_and_store(self):
        """Computes the gauge and keeps what was found; what goes wrong is a result, too."""
        self.ensure_one()
        began = time.monotonic()
        try:
            vals = {"values_found": self._measure(), "failures": 0, "error": False, "suspended_at": False}
        except (gauges.GaugeError, UserError, psycopg2.Error) as error:
            vals = self._prepare_failure_vals(error)
        except Exception as error:  # pylint: disable=broad-except
            # Fields are computed and searched by code of all addons.
            vals = self._prepare_failure_vals(error, type(error).__name__)
        self._store({**vals, "computed_at": fields.Datetime.now(), "seconds": time.monotonic() - began})

    def _prepare_failure_vals(self, error, kind=""):
        failures = self.failures + 1
        message = redact(" ".join(f"{kind} {error}".split()))[:500]
        vals = {"values_found": [], "failures": failures, "error": message or type(error).__name__}
        if failures >= MAX_FAILURES and self.state != "suspended":
            vals["suspended_at"] = fields.Datetime.now()
            self.env["odooops.event"]._log(
                "gauge.suspended", target=self, outcome="failure", details={"error": vals["error"]}
            )
        return vals

    def _store(self, vals):
        self.sudo()._get_result().write(vals)

    def _get_result(self):
        """The record of what was found, made when there is none.

        Direct SQL: the leader and somebody who tries the gauge may both be the first. What the other has made by then
        is taken; what he is about to make is no broken constraint but a conflict: Odoo runs the request again.
        """
        if not self.result_ids:
            self.flush_recordset()
            self.env.cr.execute(
                SQL(
                    "INSERT INTO odooops_gauge_result (gauge_id) VALUES (%s) ON CONFLICT (gauge_id) DO NOTHING",
                    self.id,
                )
            )
            self.invalidate_recordset(["result_ids"])
        return self.result_ids

    def _measure(self):
        """Labels and value of each series, as JSON has them. Changes nothing, whatever code it passes through."""
        labels, records = gauges.parse_labels(self.labels), self._get_records()
        domain = gauges.parse_domain(self.domain)
        # Rolled back in any case, and with it the two settings.
        with contextlib.closing(self.env.cr.savepoint()):
            self.env.cr.execute(SQL("SET LOCAL statement_timeout = %s", STATEMENT_TIMEOUT))
            self.env.cr.execute("SET LOCAL transaction_read_only = on")
            found = self._read_groups(records, domain, labels)
        return [[list(names), value] for names, value in gauges.fold(found, self.aggregate)]

    def _read_groups(self, records, domain, labels):
        rows = records._read_group(
            domain, labels, ["__count", *self._get_aggregates()], limit=MAX_GROUPS + 1 if labels else None
        )
        if len(rows) > MAX_GROUPS:
            raise gauges.GaugeError(f"the labels have more than {MAX_GROUPS} different values together")
        width = len(labels)
        return [gauges.Group(self._get_texts(records, labels, row[:width]), *row[width:]) for row in rows]

    def _get_aggregates(self):
        if self.aggregate == gauges.COUNT:
            return []
        function = gauges.SUM if self.aggregate == gauges.AVERAGE else self.aggregate
        return [f"{self.field_name}:count", f"{self.field_name}:{function}"]

    def _get_texts(self, records, labels, values):
        return tuple(
            gauges.label_text(self._get_plain(records._fields[name], value))
            for name, value in zip(labels, values, strict=True)
        )

    def _get_plain(self, field, value):
        if field.type == "many2one":
            # Whoever may group by it may not be allowed to read what it leads to.
            return value.display_name if value and value.has_access("read") else value.id or None
        if field.type == "boolean":
            return bool(value)
        return None if value is False else value

    @api.model
    def _find(self, gauge):
        """The gauge of that id or name; raises UserError when there is none."""
        field = "id" if isinstance(gauge, int) else "name"
        found = self.with_context(active_test=False).search([(field, "=", gauge)])
        if not found:
            raise UserError(self.env._("There is no gauge %s.", gauge))
        return found

    @api.model
    @requires("operator")
    def try_gauge(self, gauge):
        """Computes a gauge (its name or id) now, and switches it on again when that works. For operators.

        Returns ``{"gauge", "metric", "series", "seconds", "error", "values"}``; values are dicts of ``labels`` (field →
        text) and ``value``, the series with most records first. A gauge that cannot be computed says why in ``error``.
        """
        found = self._find(gauge)
        found._compute_and_store()
        return {
            "gauge": found.name,
            "metric": gauges.PREFIX + found.name,
            "series": found.series,
            "seconds": found.seconds,
            "error": found.error or "",
            "values": found._get_rows(),
        }

    @requires("operator")
    def action_try(self):
        """Computes the gauge now; its form shows what was found."""
        self.ensure_one()
        answer = self.try_gauge(self.id)
        params = {
            "title": self.env._("Could not be computed") if answer["error"] else self.env._("Computed"),
            "message": answer["error"]
            or self.env._(
                "%(count)s series in %(seconds).3f s", count=len(answer["values"]), seconds=answer["seconds"]
            ),
            "type": "danger" if answer["error"] else "success",
            "next": {"type": "ir.actions.client", "tag": "soft_reload"},
        }
        return {"type": "ir.actions.client", "tag": "display_notification", "params": params}
