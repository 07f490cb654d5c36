import collections
import time

from odoo import models

from ..hooks import current_directory, current_settings
from ..telemetry import runtime, slot
from ..tools.health import SECOND, WARM
from ..tools.settings import SIGNALS

# Findings that the card names; Telemetry Health has all of them.
MAX_TITLES = 3


class OdooopsComponent(models.AbstractModel):
    """Adds the recorder itself to the parts: whether it records, and whether what it sends arrives."""

    _inherit = "odooops.component"

    def _collect_components(self):
        return [*super()._collect_components(), self._prepare_telemetry()]

    def _prepare_telemetry(self):
        state, message = self._get_telemetry_state()
        return self._prepare_component(
            "telemetry",
            self.env._("Telemetry"),
            purpose=self.env._("Records what every Odoo process does, and sends it"),
            state=state,
            message=message,
            listen=", ".join(sorted(self._get_receivers())),
            figures=self._prepare_telemetry_figures(),
        )

    def _get_telemetry_state(self):
        """State and message: this process's own sender knows at once why it fails, the slots how all others are."""
        telemetry = runtime.active
        if not telemetry:
            return "unknown", self.env._(
                "This process records nothing. Put odooops_otel into server_wide_modules of odoo.conf, check that "
                "OTEL_SDK_DISABLED is not set, and restart Odoo."
            )
        for exporter in telemetry.all_exporters:
            if exporter.problem:
                return "failing", self.env._(
                    "%(signal)s cannot be delivered: %(problem)s. Check that the receiver at %(endpoint)s runs.",
                    signal=exporter.signal.capitalize(),
                    problem=exporter.problem,
                    endpoint=telemetry.settings.address(exporter.signal),
                )
        return self._judge_processes()

    def _judge_processes(self):
        """As Telemetry Health does, in so few words that they fit into a card."""
        _processes, _cardinality, findings = self.env["odooops.telemetry"]._examine()
        if not findings:
            return "healthy", ""
        titles = [self.env["odooops.telemetry"]._prepare_finding(finding)["title"] for finding in findings]
        message = self.env._(
            "%(findings)s. See Telemetry Health for what to do.", findings="; ".join(titles[:MAX_TITLES])
        )
        return findings[0]["severity"], message

    def _get_receivers(self):
        """Their addresses; the signals of one receiver differ in their path alone."""
        settings = runtime.active.settings if runtime.active else current_settings()
        sent = filter(settings.sends, SIGNALS)
        return {settings.address(signal).removesuffix(f"/v1/{signal}") for signal in sent}

    def _prepare_telemetry_figures(self):
        """What all processes of this Odoo have counted, killed ones included: the slots outlive them."""
        slots = slot.survey(current_directory())
        total = collections.Counter()
        for found in slots:
            for (_subject, what, *_reason), value in found["counters"].items():
                total[what] += value
        figures = [
            {"label": self.env._("Processes recording"), "value": sum(bool(found["pid"]) for found in slots)},
            {"label": self.env._("Points and spans sent"), "value": total["sent"]},
            {"label": self.env._("Dropped since the first start"), "value": total["dropped"]},
            {"label": self.env._("Failed attempts"), "value": total["failed"]},
            {"label": self.env._("Workers killed"), "value": _count_killed(slots)},
        ]
        # Without it a loss of last month would look as one of now does; "odooops doctor" tells the last five minutes.
        if dropped_at := _get_dropped_at(slots):
            age = max(0, time.time_ns() - dropped_at) // SECOND
            figures.append({"label": self.env._("Since something was dropped"), "value": age, "unit": "s"})
        if cost := self._get_cost_per_request():
            figures.append({"label": self.env._("Cost of a request"), "value": cost, "unit": "µs"})
        return figures

    def _get_cost_per_request(self):
        """Microseconds that a request of this process spent in the recorder, on average."""
        if not runtime.active:
            return 0
        recorder = runtime.active.recorder
        requests = sum(sum(point.buckets) for point in list(recorder.aggregator.requests.points.values()))
        return round(recorder.overhead / requests * 1e6, 1) if requests >= WARM else 0


def _get_dropped_at(slots):
    """When any process dropped something for the last time, in ns since the epoch; 0 for never."""
    moments = [at for found in slots for key, at in found["states"].items() if key[1] == "dropped_at"]
    return max(moments, default=0)


def _count_killed(slots):
    """Workers that ended without a word; of the evented process only old versions told, and at each stop of Odoo."""
    return sum(
        found["counters"]["worker", "exit", "killed"]
        for found in slots
        if found["name"].startswith(("http-", "cron-"))
    )
