"""``odooops doctor``: every link of the telemetry chain, each by a real round trip."""

from collections.abc import Callable, Iterable, Iterator

from .. import target
from ..doctor import alerting, collector, machine, odoo, redaction, ways
from ..doctor.examination import GRACE_SECONDS, PROBLEM, SKIPPED, Check, Patient, Result, exit_code, run
from ..doctor.losses import losses
from ..doctor.probe import Probe
from ..endpoints import Endpoints
from ..stack.errors import StackError
from .redaction import collector_rules

__all__ = ["Result", "examine", "exit_code"]


def examine(stack: Endpoints, timeout: float) -> Iterator[Result]:
    """The results of all checks as they come; what was sent is waited for at most ``timeout`` seconds."""
    patient = Patient(stack, timeout)
    sent = Probe()
    yield from run(_near(patient), GRACE_SECONDS)
    try:
        sent.send_request(stack)
    except StackError as error:
        yield Result("request", PROBLEM, str(error), patient.see_log("nginx"))
    yield from run(_far(patient, sent), timeout + GRACE_SECONDS)


def _near(patient: Patient) -> list[Check]:
    """What is known at once."""

    def check(name: str, function: Callable[[Patient], Iterable[Result]], log: str) -> Check:
        return Check(name, lambda: function(patient), patient.see_log(log))

    return [
        check("state", machine.state, "setup"),
        check("processes", machine.processes, "supervisord"),
        check("disk", machine.disk, "setup"),
        check("clock", machine.clock, "prometheus"),
        check("nginx → Odoo", odoo.health, "odoo"),
        check("recorder", odoo.recorder, "odoo"),
        check("telemetry", odoo.own_health, "odoo"),
        check("losses", losses, "odoo"),
        check("rules", alerting.rules, "prometheus"),
    ]


def _far(patient: Patient, sent: Probe) -> list[Check]:
    """What has to be waited for."""
    stack = patient.stack
    receiver = patient.see_log("prometheus" if stack.is_core else "otelcol")
    return [
        Check("request → Prometheus", lambda: ways.request_metric(patient, sent), _odoo_sends(patient)),
        Check("OTLP → Prometheus", lambda: ways.otlp_metric(patient, sent), receiver),
        *([_metrics_only()] if stack.is_core else _whole(patient, sent, receiver)),
        Check("targets", lambda: alerting.targets(patient), patient.see_log("prometheus")),
        Check(
            "Prometheus → Alertmanager",
            lambda: alerting.alertmanager(patient),
            patient.see_log("alertmanager"),
        ),
        Check(
            "PostgreSQL → Prometheus",
            lambda: alerting.watched(patient),
            patient.see_log("postgres_exporter"),
        ),
    ]


def _whole(patient: Patient, sent: Probe, receiver: str) -> list[Check]:
    """Traces and logs."""
    exemplar = "a kept request has one: does request → Tempo arrive? Is exemplar-storage on in Prometheus?"
    return [
        Check("request → Tempo", lambda: ways.request_trace(patient, sent), _odoo_sends(patient)),
        Check("request → Loki", lambda: ways.request_log(patient, sent), _log_files(patient)),
        Check("exemplar", lambda: ways.exemplar(patient), exemplar),
        Check("OTLP → Tempo", lambda: ways.otlp_trace(patient, sent), receiver),
        Check("OTLP → Loki", lambda: ways.otlp_log(patient, sent), receiver),
        Check("collector", lambda: collector.exporters(patient), receiver),
        Check(redaction.CHECK, lambda: _followed(patient), patient.see_log("odoo")),
    ]


def _followed(patient: Patient) -> Iterable[Result]:
    return redaction.rules(patient, lambda: collector_rules(target.of_state(patient.stack.directory)))


def _metrics_only() -> Check:
    name = "traces and logs"
    skipped = Result(name, SKIPPED, "setup/up --core keeps metrics only; setup/up adds traces and logs")
    return Check(name, lambda: [skipped], "")


def _odoo_sends(patient: Patient) -> str:
    """Where the request's signal is missing and OTLP's is there, the collector takes it and Odoo does not send it."""
    log = patient.stack.log("odoo")
    return f"when OTLP → the same place arrives, Odoo does not send: look for 'Telemetry' in {log}"


def _log_files(patient: Patient) -> str:
    log = patient.stack.log("otelcol")
    return f"when OTLP → Loki arrives, the collector does not read the log files: look for file_log in {log}"
