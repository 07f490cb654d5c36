"""Prometheus, Alertmanager and the exporters: their configuration and command lines."""

from collections.abc import Mapping
from pathlib import Path

from . import postgres
from .binaries import Binaries
from .ports import LOOPBACK
from .rendering import new_directory, render, settle, write_checked
from .run import run
from .state import State

# Series that are pushed have nobody who says that they ended: a dead worker's are gone after this long. The longest
# interval between two points is the minute that OpenTelemetry's SDKs export at unless told otherwise.
LOOKBACK = "90s"
# Whichever is reached first. Flags, which Prometheus 3.13 calls deprecated: promtool, which is Debian's, is older and
# refuses storage.tsdb.retention in prometheus.yml.
RETENTION = ("--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=10GB")

# What Go's programs take the certificates from that they trust, in place of the system's.
# https://pkg.go.dev/crypto/x509#SystemCertPool
TRUSTED = ("SSL_CERT_FILE", "SSL_CERT_DIR")


def write(state: State, binaries: Binaries) -> None:
    """Renders the configuration and the rules, and has promtool and amtool check them before they are put in place."""
    for name in ("prometheus", "alertmanager", "blackbox"):
        state.path(name).mkdir(mode=0o750, exist_ok=True)
    probes_file(state).parent.mkdir(mode=0o750, exist_ok=True)
    _write_rules(state, binaries)
    _write_scrapes(state)
    promtool, amtool = binaries.program("promtool"), binaries.program("amtool")
    blackbox = binaries.program("prometheus-blackbox-exporter")
    write_checked(state, "prometheus/prometheus.yml", [promtool, "check", "config"])
    write_checked(state, "alertmanager/alertmanager.yml", [amtool, "check-config"])
    write_checked(state, "blackbox/blackbox.yml", [blackbox, "--config.check", "--config.file"])


def _write_rules(state: State, binaries: Binaries) -> None:
    rules = sorted((state.checkout / "monitoring" / "alerts").glob("*.yaml"))
    target = state.path("prometheus", "rules")
    new = new_directory(target, {rule.name: rule.read_text() for rule in rules})
    if rules:
        check = [binaries.program("promtool"), "check", "rules", *sorted(new.iterdir())]
        run(state, "promtool check rules", check)
    settle(new, target)


def _write_scrapes(state: State) -> None:
    """What is scraped beside the core's own targets; checked with prometheus.yml, which reads it."""
    source = state.checkout / "monitoring" / "prometheus" / "whole.yml"
    texts = {source.name: render(state, source)} if state.is_whole else {}
    target = state.path("prometheus", "scrape")
    settle(new_directory(target, texts), target)


def prometheus_command(state: State, binaries: Binaries) -> list[str | Path]:
    """Prometheus' command line."""
    listen = f"{LOOPBACK}:{state.ports['prometheus']}"
    return [
        binaries.program("prometheus"),
        f"--config.file={state.path('prometheus', 'prometheus.yml')}",
        f"--storage.tsdb.path={state.path('prometheus', 'data')}",
        *RETENTION,
        f"--web.listen-address={listen}",
        f"--web.external-url=http://{listen}/",
        "--web.enable-otlp-receiver",
        "--web.enable-remote-write-receiver",
        "--web.enable-lifecycle",
        "--enable-feature=exemplar-storage",
        f"--query.lookback-delta={LOOKBACK}",
    ]


def probes_file(state: State) -> Path:
    """Where Odoo writes the addresses of its environments, which Prometheus has probed."""
    return state.path("prometheus", "probes", "environments.json")


def prometheus_url(state: State) -> str:
    """Where Odoo asks its health gates."""
    return f"http://{LOOPBACK}:{state.ports['prometheus']}"


def otlp_metrics_endpoint(state: State) -> str:
    """Prometheus' own OTLP receiver, where metrics go in the core stack."""
    return f"{prometheus_url(state)}/api/v1/otlp/v1/metrics"


def alertmanager_command(state: State, binaries: Binaries) -> list[str | Path]:
    """Alertmanager's command line; a single instance, so no cluster port."""
    listen = f"{LOOPBACK}:{state.ports['alertmanager']}"
    return [
        binaries.program("prometheus-alertmanager"),
        f"--config.file={state.path('alertmanager', 'alertmanager.yml')}",
        f"--storage.path={state.path('alertmanager', 'data')}",
        f"--web.listen-address={listen}",
        f"--web.external-url=http://{listen}/",
        "--cluster.listen-address=",
    ]


def postgres_exporter_command(state: State, binaries: Binaries) -> list[str | Path]:
    """postgres_exporter's command line; where it connects is in its environment."""
    listen = f"{LOOPBACK}:{state.ports['postgres_exporter']}"
    return [
        binaries.program("prometheus-postgres-exporter"),
        f"--web.listen-address={listen}",
        f"--config.file={postgres.exporter_configuration(state)}",
    ]


def postgres_exporter_environment(state: State) -> dict[str, str]:
    """Where postgres_exporter connects; its password stays in a file."""
    return {
        "DATA_SOURCE_URI": f"{LOOPBACK}:{state.ports['postgresql']}/{state.database}?sslmode=disable",
        "DATA_SOURCE_USER": postgres.MONITOR_ROLE,
        "DATA_SOURCE_PASS_FILE": str(state.path("postgres", "monitor_password")),
    }


def blackbox_exporter_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Whose certificates it trusts, where the caller of setup/up says so."""
    return {name: environ[name] for name in TRUSTED if environ.get(name)}


def blackbox_exporter_command(state: State, binaries: Binaries) -> list[str | Path]:
    """blackbox_exporter's command line."""
    return [
        binaries.program("prometheus-blackbox-exporter"),
        f"--config.file={state.path('blackbox', 'blackbox.yml')}",
        f"--web.listen-address={LOOPBACK}:{state.ports['blackbox_exporter']}",
    ]
