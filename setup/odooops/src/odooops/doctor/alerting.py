"""Prometheus' targets and rules, the way to Alertmanager, and PostgreSQL through its exporter."""

import re
import time
from collections.abc import Iterator
from typing import Any

from ..backends import prometheus
from ..text import one_line
from ..web import Server
from .examination import OK, PROBLEM, Failed, Patient, Result

WATCHDOG = "Watchdog"
PG_UP = re.compile(r"^pg_up(?:\{[^}]*\})? (\S+)", re.MULTILINE)


# Prometheus looks every 15 seconds: a target that was started a moment ago is down until the next look.
SCRAPE_SECONDS = 16.0


def targets(patient: Patient) -> Iterator[Result]:
    """Prometheus reaches all that it scrapes."""
    server = patient.stack.server("prometheus")
    deadline = time.monotonic() + min(SCRAPE_SECONDS, patient.timeout)
    while (down := _down(active := _targets(server))) and time.monotonic() < deadline:
        time.sleep(1)
    for target in down:
        job = target["labels"].get("job", "?")
        detail = f"{job} at {target['scrapeUrl']}: {one_line(target['lastError'])}"
        remedy = (
            "setup/cli status shows whether it runs, setup/up starts it; monitoring/runbooks/StackPartDown.md"
        )
        yield Result("targets", PROBLEM, detail, remedy)
    if not down:
        yield Result("targets", OK, f"Prometheus scrapes {len(active)} targets")


def _targets(server: Server) -> list[dict[str, Any]]:
    return prometheus.section(server, "targets")["activeTargets"]


def _down(active: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [target for target in active if target["health"] == "down"]


def rules(patient: Patient) -> Iterator[Result]:
    """Every rule was loaded and can be evaluated."""
    groups = prometheus.section(patient.stack.server("prometheus"), "rules")["groups"]
    all_rules = [rule for group in groups for rule in group["rules"]]
    ill = [rule for rule in all_rules if rule["health"] == "err"]
    remedy = "mend it in monitoring/alerts, then setup/up; monitoring/runbooks/PrometheusRuleFailures.md"
    for rule in ill:
        yield Result("rules", PROBLEM, f"{rule['name']}: {one_line(rule.get('lastError', ''))}", remedy)
    if not all_rules:
        raise Failed("Prometheus has no rules", "setup/up puts those of monitoring/alerts in place")
    if not ill:
        yield Result("rules", OK, f"{len(all_rules)} rules are evaluated")


def alertmanager(patient: Patient) -> Iterator[Result]:
    """The alert that always fires has come from Prometheus to Alertmanager."""
    manager = patient.stack.server("alertmanager")
    known = prometheus.section(patient.stack.server("prometheus"), "alertmanagers")["activeAlertmanagers"]
    if not known:
        raise Failed("Prometheus knows no Alertmanager", patient.see_log("prometheus"))

    def probe() -> str | None:
        found = manager.get("/api/v2/alerts", {"filter": f'alertname="{WATCHDOG}"'}, 10)
        return f"{WATCHDOG}, which always fires, is there" if found else None

    yield Result("Prometheus → Alertmanager", OK, patient.wait_for(f"the alert {WATCHDOG}", probe))


def watched(patient: Patient) -> Iterator[Result]:
    """The exporter reaches PostgreSQL, and Prometheus says so too."""
    found = PG_UP.search(patient.stack.server("postgres_exporter").text("/metrics", 15))
    if not found or float(found[1]) != 1:
        raise Failed("postgres_exporter cannot query PostgreSQL", "monitoring/runbooks/PostgresDown.md")
    server = patient.stack.server("prometheus")

    def probe() -> str | None:
        series = prometheus.instant(server, "pg_up == 1", time.time())
        return "PostgreSQL answers its exporter, and Prometheus has it" if series else None

    yield Result("PostgreSQL → Prometheus", OK, patient.wait_for("pg_up", probe))
