"""components.json: every process of the stack, what it is for, and how to see that it works."""

import json
from typing import Any

from . import nginx, postgres
from .binaries import Binaries
from .files import write_atomic
from .odoo import OdooTree
from .ports import LOOPBACK
from .state import State

VERSION = 1


def describe(state: State, tree: OdooTree, binaries: Binaries) -> list[dict[str, Any]]:
    """One entry for each process, in the order of a request."""

    def entry(
        name: str, title: str, purpose: str, version: str, path: str | None, port: str = "", health: str = ""
    ) -> dict[str, Any]:
        listen = f"{LOOPBACK}:{state.ports[port or name]}"
        asked = f"{LOOPBACK}:{state.ports[health or port or name]}"
        check = (
            {"type": "http", "url": f"http://{asked}{path}"} if path else {"type": "tcp", "address": asked}
        )
        return {
            "name": name,
            "title": title,
            "purpose": purpose,
            "version": version,
            "listen": listen,
            "check": check,
        }

    prometheus, alertmanager = binaries.version("prometheus"), binaries.version("prometheus-alertmanager")
    postgres_exporter = binaries.version("prometheus-postgres-exporter")
    blackbox_exporter = binaries.version("prometheus-blackbox-exporter")
    parts = [
        entry("nginx", "nginx", "The one port of the user; serves static files", nginx.version(), None),
        entry("odoo", "Odoo", "HTTP and cron workers and their master", tree.version, "/web/health"),
        entry("odoo-evented", "Odoo evented", "Websockets: live messages", tree.version, "/websocket/health"),
        entry("postgresql", "PostgreSQL", "Odoo's database", postgres.version(state), None),
        entry("prometheus", "Prometheus", "Stores metrics and evaluates alert rules", prometheus, "/-/ready"),
        entry("alertmanager", "Alertmanager", "Groups, silences and routes alerts", alertmanager, "/-/ready"),
        entry("postgres_exporter", "postgres_exporter", "Metrics of PostgreSQL", postgres_exporter, "/"),
        entry(
            "blackbox_exporter",
            "blackbox_exporter",
            "Probes Odoo from outside",
            blackbox_exporter,
            "/-/healthy",
        ),
    ]
    return parts + ([entry(*arguments) for arguments in _whole(binaries)] if state.is_whole else [])


def _whole(binaries: Binaries) -> list[tuple[str, ...]]:
    collector, loki, tempo = (binaries.version(name) for name in ("otelcol", "loki", "tempo"))
    takes = "Takes traces, metrics and logs and passes them on"
    return [
        ("otelcol", "OpenTelemetry Collector", takes, collector, "/", "otlp", "otelcol_health"),
        ("loki", "Loki", "Stores logs", loki, "/ready"),
        ("tempo", "Tempo", "Stores traces", tempo, "/ready"),
    ]


def write(state: State, components: list[dict[str, Any]]) -> None:
    """Writes run/components.json, which the page in Odoo and the command line read."""
    text = json.dumps({"version": VERSION, "components": components}, indent=2) + "\n"
    write_atomic(state.path("run", "components.json"), text)
