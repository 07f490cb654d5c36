import time

from odoo import api, fields, models
from odoo.tools.i18n import format_list

from odoo.addons.odooops_base import process, prometheus
from odoo.addons.odooops_base.roles import requires
from odoo.addons.odooops_base.tools import gates

from ..advice import ADVICE, DROPPING, LOSING, LOSSES, REASONS, RECORDERS
from ..hooks import current_directory
from ..telemetry import health as own_health
from ..tools import health, health_findings, health_store

# The setting that says where Prometheus answers, and how long the page waits for it.
ADDRESS, SECONDS = "prometheus.url", 2.0
PAGES = "https://github.com/odooops/odooops/blob/main"
# Attributes that are shown.
MAX_ROWS = 15
# Rules that a title names.
MAX_NAMES = 5
HEALTHY = "healthy"


class OdooopsTelemetry(models.AbstractModel):
    """How telemetry itself is, of every process of this machine, and by Prometheus of the others.

    Abstract: what the processes have written into their slots is read when somebody looks. It is there when nothing
    can be delivered, and of processes that were killed.
    """

    _name = "odooops.telemetry"
    _description = "Health of Telemetry"

    @api.model
    @api.readonly
    @requires("viewer")
    def get_health(self):
        """How telemetry itself is. For viewers; takes two seconds at most, for Prometheus.

        Returns a dict; what is not known is False or empty, moments are UTC:

        - ``summary``: ``state`` (``healthy``, ``warning`` or ``failing``) and ``title``, a sentence;
        - ``findings``: what needs attention, the worst first, each with ``code``, ``severity`` (``failing`` or
          ``warning``), ``title``, ``advice``, ``runbook`` (a URL), ``processes`` (names) and ``last_at`` (when
          something was lost at last, of findings that say so);
        - ``hints``: what is not wrong and could be better, each with ``advice``, ``page`` (a URL) and ``processes``;
        - ``processes`` of this machine: ``name`` of the slot, ``kind``, ``pid``, ``state`` (``recording``, ``free`` or
          ``killed``), ``recorder`` (``compiled`` or ``python``), ``recorder_reason`` (why in Python: ``missing``,
          ``other_version`` or ``off``), ``host``, ``instance``, ``since``, ``records`` (requests and jobs), ``sent``,
          ``dropped`` (by reason), ``failed``, ``waiting``, ``completeness`` (0 to 1: what arrived of what was to
          arrive, over all processes that had the slot), ``recorded`` and ``lost`` (requests and jobs over all of them,
          and those that are in no metrics that arrived), ``losses`` (those of the last quarter of an hour: ``at``,
          ``items`` and ``reason``, killed or shutdown), ``killed`` (processes that did not say that they end),
          ``delivered_at``, ``memory`` (bytes), ``overhead_us`` and ``background_us`` (microseconds a request: while it
          ran, and in threads of the recorder), ``background_share`` (those threads, of one processor: 0 to 1),
          ``cpu_share`` (0 to 1: of both in the process's CPU time), ``rules_unread`` (databases whose rules could not
          be read) and ``rules_left_out`` (what of redaction is not in force: names and patterns without room, stored
          rules that are refused), ``rules_refused`` (how many rules those are, by database), and ``signals``, the same
          by signal with ``attempt_ms``, ``failed_at``, ``problem`` and ``endpoint``;
        - ``totals`` of the same figures, and ``counted`` (0 to 1: the requests and jobs that were not lost);
        - ``cardinality``: ``metric``, ``attribute``, ``values``, ``limit`` and ``example`` (of what found no room);
        - ``store``: ``state`` (``unset``, ``failing`` or ``known``), ``message``, ``completeness`` (0 to 1: of the
          last hour's requests and jobs those that Prometheus has), and ``processes`` of other machines;
        - ``checked_at``.

        Raises AccessError for others than viewers.
        """
        processes, cardinality, findings = self._examine()
        totals = health.total(processes)
        return {
            "summary": self._prepare_summary(findings, totals),
            "findings": [self._prepare_finding(finding) for finding in findings],
            "hints": self._prepare_hints(processes),
            "processes": [health.presentable(process) for process in processes],
            "totals": totals,
            "cardinality": cardinality,
            "store": self._prepare_store({process["instance"] for process in processes}),
            "checked_at": fields.Datetime.to_string(fields.Datetime.now()),
        }

    @api.model
    def _examine(self):
        """The processes of this machine, the attributes nearest to their limit, and what is wrong."""
        slots = own_health.survey(current_directory())
        processes = [health.describe(slot) for slot in slots]
        now = time.time_ns()
        oldest = now - health_findings.REMEMBERED
        reports = [slot["report"] for slot in slots if slot["report"].get("written_at", 0) > oldest]
        rows = (row for report in reports for row in report.get("cardinality", ()))
        cardinality = health.rank_cardinality(rows, MAX_ROWS)
        refused = self.env["odooops.redaction.rule"].sudo().search([("state", "=", "refused")])
        findings = health_findings.find(
            processes, cardinality, now, database=self.env.cr.dbname, refused=refused.mapped("name")
        )
        return processes, cardinality, findings

    def _prepare_summary(self, findings, totals):
        if not findings:
            title = self.env._("Telemetry works: %(count)s processes record", count=totals["recording"])
            return {"state": HEALTHY, "title": title}
        state = findings[0]["severity"]
        if len(findings) == 1:
            title = self.env._("Telemetry: 1 thing needs attention")
        else:
            title = self.env._("Telemetry: %(count)s things need attention", count=len(findings))
        return {"state": state, "title": title}

    def _prepare_finding(self, finding):
        values = finding | {"names": format_list(self.env, finding["processes"])}
        if "databases" in finding:
            values["databases"] = format_list(self.env, finding["databases"]) or "–"
        if "rules" in finding:
            values["rules"] = format_list(self.env, self._shorten(finding["rules"]))
        if finding["code"] == "dropping":
            title, advice = DROPPING, REASONS[finding["reason"]]
        elif finding["code"] == "losing":
            title, advice = LOSING, LOSSES[finding["reason"]]
        else:
            title, advice = ADVICE[finding["code"]]
        # Lazy texts, which take no values themselves.
        title, advice = self.env._(title), self.env._(advice)
        page = finding["runbook"]
        page = page if "/" in page else f"monitoring/runbooks/{page}.md"
        return {
            "code": finding["code"],
            "severity": finding["severity"],
            "processes": finding["processes"],
            "last_at": health.moment(finding.get("last_at", 0)),
            "title": title % values,
            "advice": advice % values,
            "runbook": f"{PAGES}/{page}",
        }

    def _prepare_hints(self, processes):
        """How to have processes record by what is compiled, by the reason why they do not."""
        names = {reason: [] for reason in RECORDERS}
        for each in processes:
            names.get(each["recorder_reason"], []).append(each["name"])
        return [self._prepare_hint(RECORDERS[reason], found) for reason, found in names.items() if found]

    def _prepare_hint(self, text, names):
        # A lazy text, which takes no values itself.
        advice = self.env._(text)
        return {
            "advice": advice % {"names": format_list(self.env, names)},
            "page": f"{PAGES}/native/README.md",
            "processes": names,
        }

    def _shorten(self, names):
        """So many as fit into a title."""
        more = len(names) - MAX_NAMES
        return names if more <= 0 else [*names[:MAX_NAMES], self.env._("%(count)s more", count=more)]

    def _prepare_store(self, own):
        """What Prometheus knows.

        :param own: the instances of this machine, which know better of themselves
        """
        empty = {"message": "", "completeness": False, "processes": []}
        settings = self.env["odooops.setting"]
        address = settings._resolve(settings._get_declared_by_name()[ADDRESS])
        if not address.value:
            message = self.env._(
                "Set prometheus.url to see processes of other machines, and what was stored."
            )
            return empty | {"state": "unset", "message": message}
        query = health_store.query(process.environment_name())
        try:
            # What people write into a record may lead to public addresses alone.
            samples = prometheus.query(
                address.value, query, trusted=address.is_pinned, purpose="telemetry", seconds=SECONDS
            )
        except (prometheus.PrometheusError, gates.GateError) as error:
            message = self.env._("Prometheus could not be asked: %s", error)
            return empty | {"state": "failing", "message": message}
        return empty | {
            "state": "known",
            "completeness": health_store.stored_share(samples),
            "processes": health_store.processes(samples, own),
        }
