from markupsafe import Markup

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ..tools import gauges

INTERVAL, SHORTEST, LONGEST = 300, 60, 86400
MAX_ACTIVE = 100
# What makes it another gauge: found values are forgotten, and it sees what its new author may see.
DEFINITION = frozenset({"name", "unit", "model", "domain", "aggregate", "field_name", "labels"})
LABEL_TYPES = ("boolean", "char", "integer", "many2one", "selection")
NUMBER_TYPES = ("float", "integer", "monetary")


class OdooopsGauge(models.Model):
    """A number of the business as a metric: how many records there are of a kind, or the sum of one of their fields.

    **Who sees what.** A gauge is computed with the rights of who defined it last, record rules and rights on fields
    included: by a gauge nobody learns what he may not read. The domain is data, parsed as literals, never code.

    **When.** One process of all computes it every ``interval_seconds`` (see ``telemetry/leader.py``), in a read-only
    transaction with a time limit for each statement. Nothing is computed when metrics are read.
    """

    _name = "odooops.gauge"
    _description = "Business Gauge"
    _order = "name"

    name = fields.Char(
        required=True,
        copy=False,
        help="Name of the metric behind odoo.business., such as sale.open_orders: lower-case letters, digits and "
        "underscores, with dots between the parts.",
    )
    active = fields.Boolean(default=True)
    description = fields.Char(help="What it says to somebody who reads a dashboard.")
    unit = fields.Char(
        required=True,
        default="{record}",
        help="s for seconds, By for bytes, or what is counted in braces: {order}, {EUR}.",
    )
    model = fields.Char(required=True, help="Technical name of the records' model, such as sale.order.")
    # What the form asks for records and fields: of a model that is not there it would only get an error.
    known_model = fields.Char(compute="_compute_known_model")
    domain = fields.Char(
        required=True,
        default="[]",
        help="Which records count, with plain values: [('state', '=', 'draft')]. Dates may be told as 'today' or "
        "'-7d'. Nothing is evaluated.",
    )
    aggregate = fields.Selection(
        [
            (gauges.COUNT, "Number of records"),
            (gauges.SUM, "Sum"),
            (gauges.AVERAGE, "Average"),
            (gauges.MIN, "Least"),
            (gauges.MAX, "Greatest"),
        ],
        required=True,
        default=gauges.COUNT,
    )
    field_name = fields.Char(
        "Field", help="Of which field, unless records are counted; a number that is stored."
    )
    labels = fields.Char(
        help="At most three fields that the records are told apart by, separated by commas, such as state, team_id. "
        "Of all their values together the 50 with most records have series of their own, the rest is `other`."
    )
    interval_seconds = fields.Integer(
        "Interval", required=True, default=INTERVAL, help="From 60 to 86400 seconds."
    )
    user_id = fields.Many2one(
        "res.users",
        "Sees What",
        readonly=True,
        default=lambda self: self.env.uid,
        ondelete="set null",
        copy=False,
        help="Who defined it last: only what this user may read counts.",
    )
    series = fields.Char("In Prometheus", compute="_compute_series", store=True)
    result_ids = fields.One2many("odooops.gauge.result", "gauge_id", "Results", readonly=True)
    state = fields.Selection(
        [
            ("waiting", "Not computed yet"),
            ("good", "Told"),
            ("failing", "Failing"),
            ("suspended", "Switched off"),
        ],
        compute="_compute_result",
    )
    computed_at = fields.Datetime("Computed", compute="_compute_result")
    seconds = fields.Float("Took", compute="_compute_result", digits=(16, 3))
    value = fields.Float(compute="_compute_result", help="Without labels; with them, of the first series.")
    series_count = fields.Integer("Series", compute="_compute_result")
    failures = fields.Integer(compute="_compute_result", help="In a row.")
    error = fields.Char(compute="_compute_result")
    result_table = fields.Html("Result", compute="_compute_result_table", sanitize=False)

    _name_uniq = models.Constraint("UNIQUE(name)", "There is a gauge of that name already.")
    _series_uniq = models.Constraint(
        "UNIQUE(series)", "There is a gauge already that Prometheus calls the same."
    )

    @api.depends("name", "unit")
    def _compute_series(self):
        for gauge in self:
            try:
                gauge.series = gauges.series_name(gauge.name or "", gauge.unit or "")
            except KeyError:
                # The constraint says what is wrong with the unit.
                gauge.series = False

    @api.depends("model")
    def _compute_known_model(self):
        for gauge in self:
            gauge.known_model = gauge.model in self.env and gauge.model

    @api.depends("result_ids.computed_at", "result_ids.state", "result_ids.values_found")
    def _compute_result(self):
        for gauge in self:
            result = gauge.result_ids[:1]
            gauge.state = result.state if result else "waiting"
            gauge.computed_at = result.computed_at
            gauge.seconds = result.seconds
            values = result.values_found or []
            gauge.value = values[0][1] if values else 0
            gauge.series_count = len(values)
            gauge.failures = result.failures
            gauge.error = result.error

    @api.depends("result_ids.values_found")
    def _compute_result_table(self):
        cell, head = Markup("<td>%s</td>"), Markup("<th>%s</th>")
        for gauge in self:
            rows = gauge._get_rows()
            names = list(rows[0]["labels"]) if rows else []
            titles = Markup("").join(head % name for name in [*names, gauge.series])
            lines = [[*row["labels"].values(), f"{row['value']:.12g}"] for row in rows]
            body = Markup("").join(
                Markup("<tr>%s</tr>") % Markup("").join(cell % text for text in line) for line in lines
            )
            table = Markup(
                '<table class="table table-sm"><thead><tr>%s</tr></thead><tbody>%s</tbody></table>'
            )
            gauge.result_table = table % (titles, body) if rows else False

    def _get_rows(self):
        """The series found last: a dict of ``labels`` (field → text) and ``value`` for each."""
        self.ensure_one()
        # Those that were computed, not those that somebody is typing.
        names = gauges.parse_labels(self._origin.labels)
        found = self.result_ids[:1].values_found or []
        return [{"labels": dict(zip(names, labels, strict=True)), "value": value} for labels, value in found]

    # A constraint is about the field that it names first: configurations tell what it says at that line.

    @api.constrains("name")
    def _check_name(self):
        self._check_each(lambda gauge: gauges.check_name(gauge.name))

    @api.constrains("unit")
    def _check_unit(self):
        self._check_each(lambda gauge: gauges.check_unit(gauge.unit))

    @api.constrains("interval_seconds")
    def _check_interval(self):
        if any(not SHORTEST <= gauge.interval_seconds <= LONGEST for gauge in self):
            raise ValidationError(self.env._("Interval: write seconds from 60 to 86400 (a day)."))

    @api.constrains("active")
    def _check_number(self):
        if self.sudo().search_count([], limit=MAX_ACTIVE + 1) > MAX_ACTIVE:
            raise ValidationError(self.env._("There can be %(limit)s gauges at most.", limit=MAX_ACTIVE))

    @api.constrains("model")
    def _check_model(self):
        self._check_each(lambda gauge: gauge._get_records())

    @api.constrains("labels", "model")
    def _check_labels(self):
        def check(gauge):
            names = gauges.parse_labels(gauge.labels)
            for name in names if gauge._has_model() else ():
                self._check_field(gauge._get_records(), name, LABEL_TYPES)

        self._check_each(check)

    @api.constrains("field_name", "aggregate", "model")
    def _check_field_name(self):
        def check(gauge):
            if gauge.aggregate != gauges.COUNT and gauge._has_model():
                if not gauge.field_name:
                    raise gauges.GaugeError(f"field is missing: name the number that {gauge.aggregate} is of")
                self._check_field(gauge._get_records(), gauge.field_name, NUMBER_TYPES)

        self._check_each(check)

    @api.constrains("domain", "model")
    def _check_domain(self):
        def check(gauge):
            domain = gauges.parse_domain(gauge.domain)
            if gauge._has_model():
                gauge._check_search(domain)

        self._check_each(check)

    def _check_each(self, check):
        """Raises ValidationError for what cannot be computed, AccessError for what its author may not read."""
        for gauge in self:
            try:
                check(gauge)
            except gauges.GaugeError as error:
                raise ValidationError(
                    self.env._("Gauge %(name)s: %(problem)s.", name=gauge.name, problem=error)
                ) from None

    def _check_search(self, domain):
        try:
            # Makes the statement without running it.
            self._get_records()._search(domain)
        except AccessError:
            raise
        except (ValueError, TypeError, KeyError, UserError, AssertionError) as error:
            raise gauges.GaugeError(f"domain: {error}") from None

    def _check_field(self, records, name, types):
        field = records._fields.get(name)
        if field is None or not field.store or field.type not in types:
            raise gauges.GaugeError(
                f"{name!r} is no stored field of {records._name} that can be used here; it takes {', '.join(types)}"
            )
        records._check_field_access(field, "read")

    def _has_model(self):
        """Whether there is a model of that name whose records are stored."""
        return (
            self.model in self.env
            and not self.env[self.model]._abstract
            and not self.env[self.model]._transient
        )

    def _get_records(self):
        """The empty model, as who defined the gauge sees it: in all companies of that user."""
        user = self.sudo().user_id
        if user.id != SUPERUSER_ID and not user.active:
            raise gauges.GaugeError("who defined it is not there any more: somebody has to save it again")
        if not self._has_model():
            raise gauges.GaugeError(f"there is no model {self.model!r} with records here")
        # Nothing of the caller's context: what counts must not depend on who tries it.
        context = {"allowed_company_ids": user.company_ids.ids, "lang": "en_US", "tz": "UTC"}
        records = self.env(user=user.id, su=False, context=context)[self.model]
        records.check_access("read")
        return records

    @api.model_create_multi
    def create(self, vals_list):
        made = super().create([{**vals, "user_id": self.env.uid} for vals in vals_list])
        for gauge in made:
            gauge._log_change("gauge.created", gauge._get_definition())
        return made

    def write(self, vals):
        vals = {key: value for key, value in vals.items() if key != "user_id"}
        if is_another := bool(DEFINITION & vals.keys()):
            vals["user_id"] = self.env.uid
        result = super().write(vals)
        if is_another or vals.get("active"):
            self.sudo().result_ids.unlink()
        self._log_change("gauge.changed", {"fields": sorted(vals)})
        return result

    def unlink(self):
        for gauge in self:
            gauge._log_change("gauge.deleted", gauge._get_definition())
        return super().unlink()

    def _get_definition(self):
        """What the gauge tells, where it says something; its name is the event's."""
        return {name: self[name] for name in sorted(DEFINITION - {"name"}) if self[name]}

    def _log_change(self, event, details=None):
        for gauge in self:
            self.env["odooops.event"]._log(event, target=gauge, details=details)
