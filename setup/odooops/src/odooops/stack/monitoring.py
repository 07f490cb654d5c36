"""Configuration of Prometheus, Alertmanager and the rest: the files of monitoring/ with this state's ports."""

from pathlib import Path
from string import Template

from . import postgres
from .binaries import Binaries
from .errors import StackError
from .files import remove_tree, replace_tree, write_atomic
from .ports import LOOPBACK
from .run import run
from .state import State

RETENTION_TIME, RETENTION_SIZE = "15d", "2GB"
# Resource attributes that become labels; the service's become job and instance as in Prometheus' own OTLP receiver.
PROMOTED = (
    "service.namespace",
    "service.name",
    "service.instance.id",
    "deployment.environment.name",
    "odoo.worker.type",
)
RELABEL = """\
# Written by setup/up. After https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/
- source_labels: [service_namespace, service_name]
  separator: /
  regex: "/?(.+)"
  target_label: job
- source_labels: [service_instance_id]
  target_label: instance
- action: labeldrop
  regex: service_namespace|service_name|service_instance_id
"""


def placeholders(state: State) -> dict[str, str]:
    """What ${…} in the files of monitoring/ stands for."""
    listen = {
        f"{name}_listen": f"{LOOPBACK}:{state.ports[name]}"
        for name in ("prometheus", "alertmanager", "vmagent", "postgres_exporter", "blackbox_exporter")
    }
    return listen | {
        "odoo_url": f"http://{LOOPBACK}:{state.ports['nginx']}",
        "environment": state.record["environment"],
        "rules_dir": str(state.path("prometheus", "rules")),
    }


def write(state: State, binaries: Binaries) -> None:
    """Renders the configuration and the rules, and has promtool and amtool check them before they are put in place."""
    for name in ("prometheus", "alertmanager", "blackbox", "vmagent"):
        state.path(name).mkdir(mode=0o750, exist_ok=True)
    _write_rules(state, binaries)
    write_atomic(state.path("vmagent", "relabel.yml"), RELABEL)
    checks = {
        "prometheus": [binaries.program("promtool"), "check", "config"],
        "alertmanager": [binaries.program("amtool"), "check-config"],
        "blackbox": [binaries.program("prometheus-blackbox-exporter"), "--config.check", "--config.file"],
    }
    for name, check in checks.items():
        _write_checked(state, name, check)


def _write_rules(state: State, binaries: Binaries) -> None:
    new = state.path("prometheus", ".rules.new")
    remove_tree(new)
    new.mkdir(mode=0o750)
    rules = sorted((state.checkout / "monitoring" / "alerts").glob("*.yaml"))
    for rule in rules:
        (new / rule.name).write_text(rule.read_text())
    if rules:
        run(
            state,
            "promtool check rules",
            [binaries.program("promtool"), "check", "rules", *sorted(new.iterdir())],
        )
    if _contents(new) == _contents(state.path("prometheus", "rules")):
        remove_tree(new)
    else:
        replace_tree(new, state.path("prometheus", "rules"))


def _contents(directory: Path) -> dict[str, str] | None:
    return {file.name: file.read_text() for file in directory.iterdir()} if directory.exists() else None


def _write_checked(state: State, name: str, check: list[str | Path]) -> None:
    text = render(state, state.checkout / "monitoring" / name / f"{name}.yml")
    candidate = state.path(name, f".{name}.new.yml")
    write_atomic(candidate, text)
    run(state, f"check of monitoring/{name}/{name}.yml", [*check, candidate])
    candidate.unlink()
    write_atomic(state.path(name, f"{name}.yml"), text)


def render(state: State, source: Path) -> str:
    """A file of monitoring/ with its placeholders filled in."""
    try:
        return Template(source.read_text()).substitute(placeholders(state))
    except FileNotFoundError:
        raise StackError(
            f"the checkout is not complete: {source} is missing; restore it with git checkout"
        ) from None
    except (KeyError, ValueError) as error:
        raise StackError(f"{source}: unknown placeholder {error}; a dollar sign is written $$") from None


def prometheus_command(state: State, binaries: Binaries) -> list[str | Path]:
    """Prometheus' command line."""
    listen = f"{LOOPBACK}:{state.ports['prometheus']}"
    return [
        binaries.program("prometheus"),
        f"--config.file={state.path('prometheus', 'prometheus.yml')}",
        f"--storage.tsdb.path={state.path('prometheus', 'data')}",
        f"--storage.tsdb.retention.time={RETENTION_TIME}",
        f"--storage.tsdb.retention.size={RETENTION_SIZE}",
        f"--web.listen-address={listen}",
        f"--web.external-url=http://{listen}/",
        "--web.enable-remote-write-receiver",
        "--web.enable-lifecycle",
        "--enable-feature=exemplar-storage",
    ]


def otlp_metrics_endpoint(state: State) -> str:
    """Where metrics go by OTLP over HTTP."""
    return f"http://{LOOPBACK}:{state.ports['vmagent']}/opentelemetry/v1/metrics"


def vmagent_command(state: State, binaries: Binaries) -> list[str | Path]:
    """vmagent's command line: OTLP in, Prometheus' remote write out, with the names Prometheus itself would give."""
    return [
        binaries.program("vmagent"),
        f"-httpListenAddr={LOOPBACK}:{state.ports['vmagent']}",
        f"-remoteWrite.url=http://{LOOPBACK}:{state.ports['prometheus']}/api/v1/write",
        "-remoteWrite.forcePromProto=true",
        f"-remoteWrite.tmpDataPath={state.path('vmagent', 'data')}",
        "-remoteWrite.maxDiskUsagePerURL=600MB",
        f"-remoteWrite.relabelConfig={state.path('vmagent', 'relabel.yml')}",
        "-opentelemetry.usePrometheusNaming",
        "-opentelemetry.promoteAllResourceAttributes=false",
        f"-opentelemetry.promoteResourceAttributes={','.join(PROMOTED)}",
        "-opentelemetry.promoteScopeMetadata=false",
    ]


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


def blackbox_exporter_command(state: State, binaries: Binaries) -> list[str | Path]:
    """blackbox_exporter's command line."""
    return [
        binaries.program("prometheus-blackbox-exporter"),
        f"--config.file={state.path('blackbox', 'blackbox.yml')}",
        f"--web.listen-address={LOOPBACK}:{state.ports['blackbox_exporter']}",
    ]
