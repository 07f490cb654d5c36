"""odoo.conf and the environment that Odoo's processes start with."""

import configparser
import io
from collections.abc import Mapping
from pathlib import Path

from . import monitoring, odoo_options, postgres, secret_key, variables, whole
from .errors import StackError
from .files import secret_file, write_atomic
from .odoo import OdooTree
from .ports import LOOPBACK
from .state import State

OUR_ADDONS = ("odooops_base", "odooops_otel")
SERVER_WIDE = ("base", "rpc", "web")
WORKERS, CRON_THREADS = 2, 1
# Read by our addons; Odoo passes over it.
SECTION = "odooops"
RESOURCE = variables.RESOURCE
NOT_FORWARDED = (*variables.OF_THE_STACK, *variables.OF_THE_CLIENT, *variables.INTERNAL)


def our_addons(state: State) -> list[str]:
    """The addons of this checkout that the stack installs."""
    return [name for name in OUR_ADDONS if (state.checkout / "addons" / name / "__manifest__.py").exists()]


def options(state: State, tree: OdooTree) -> dict[str, str]:
    """The [options] of odoo.conf."""
    ours = our_addons(state)
    addons = [*tree.addons, *([state.checkout / "addons"] if ours else [])]
    server_wide = [*SERVER_WIDE, *(name for name in ours if name == "odooops_otel")]
    return {
        "addons_path": ",".join(map(str, addons)),
        "admin_passwd": secret_file(state.path("odoo", "master_password")),
        "data_dir": str(state.path("odoo", "data")),
        "db_host": str(state.path("postgres", "run")),
        "db_port": str(state.ports["postgresql"]),
        "db_user": postgres.ROLE,
        "db_name": state.database,
        "db_maxconn": "16",
        "list_db": "False",
        "http_interface": LOOPBACK,
        "http_port": str(state.ports["odoo"]),
        "gevent_port": str(state.ports["odoo-evented"]),
        "proxy_mode": "True",
        "x_sendfile": "True",
        "workers": str(WORKERS),
        "max_cron_threads": str(CRON_THREADS),
        "server_wide_modules": ",".join(server_wide),
    }


def write(state: State, tree: OdooTree) -> None:
    """Writes odoo.conf; what stands in odoo.local.conf beside it wins over ours if Odoo can read it."""
    own = local_options(state)
    odoo_options.check(state, local_file(state), own)
    for name in ("odoo", "odoo/data"):
        state.path(name).mkdir(mode=0o750, exist_ok=True)
    merged = options(state, tree) | own
    parser = configparser.RawConfigParser()
    parser["options"] = merged
    if ours := local_options(state, SECTION):
        parser[SECTION] = ours
    text = io.StringIO(
        "# Written by setup/up; put your own [options] and [odooops] into odoo.local.conf and run setup/up again.\n"
    )
    text.seek(0, io.SEEK_END)
    parser.write(text)
    write_atomic(state.path("odoo", "odoo.conf"), text.getvalue(), mode=0o600)


def local_file(state: State) -> Path:
    """The operator's own file."""
    return state.path("odoo", "odoo.local.conf")


def local_options(state: State, section: str = "options") -> dict[str, str]:
    """The operator's own options of a section."""
    file = local_file(state)
    parser = configparser.RawConfigParser()
    try:
        parser.read(file)
    except configparser.Error as error:
        raise StackError(f"{file} is not a configuration file: {str(error).splitlines()[0]}") from None
    return dict(parser[section]) if parser.has_section(section) else {}


def environment(state: State, environ: Mapping[str, str]) -> dict[str, str]:
    """Odoo's telemetry settings; OTEL_* and ODOOOPS_* that setup/up was called with win over the defaults.

    Resource attributes win one by one: without ours, the tenant and the job of all that is sent would be others.
    """
    name = state.record["environment"]
    defaults = {
        "ODOOOPS_TELEMETRY_DIR": str(state.path("run", "telemetry")),
        "ODOOOPS_COMPONENTS_FILE": str(state.path("run", "components.json")),
        **_server_file(state),
        **secret_key.environment(state),
        "ODOOOPS_PROBES_FILE": str(monitoring.probes_file(state)),
        "ODOOOPS_PROMETHEUS_URL": monitoring.prometheus_url(state),
        "OTEL_SERVICE_NAME": "odoo",
        RESOURCE: f"service.namespace=odooops,deployment.environment.name={name}",
        "OTEL_METRIC_EXPORT_INTERVAL": "10000",
        **(_to_collector(state) if state.is_whole else _to_prometheus(state)),
    }
    own = forwarded(environ)
    if "OTEL_EXPORTER_OTLP_ENDPOINT" in own:
        # One receiver for all signals: ours, which the specification ranks higher, would win over it.
        for preset in ("OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_TRACES_EXPORTER", "OTEL_LOGS_EXPORTER"):
            defaults.pop(preset, None)
    if "ODOOOPS_SECRET_KEY" in own:
        # The file would win over it.
        defaults.pop("ODOOOPS_SECRET_KEY_FILE")
    if RESOURCE in own:
        # Of two pairs with the same key the later counts.
        own[RESOURCE] = ",".join(filter(None, (defaults[RESOURCE], own[RESOURCE])))
    return defaults | own


def _server_file(state: State) -> dict[str, str]:
    """The settings of this state, which win over those in the database, when somebody has written them."""
    file = state.path("observability.yaml")
    return {"ODOOOPS_CONFIG_FILE": str(file)} if file.is_file() else {}


def _to_collector(state: State) -> dict[str, str]:
    """Metrics and traces by OTLP; the log file is what the collector reads."""
    return {"OTEL_EXPORTER_OTLP_ENDPOINT": whole.otlp_endpoint(state), "ODOOOPS_LOG_FORMAT": "json"}


def _to_prometheus(state: State) -> dict[str, str]:
    """Metrics alone, there is nobody to take the rest."""
    endpoint = monitoring.otlp_metrics_endpoint(state)
    return {
        "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": endpoint,
        "OTEL_TRACES_EXPORTER": "none",
        "OTEL_LOGS_EXPORTER": "none",
    }


def forwarded(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's own OTEL_* and ODOOOPS_* variables."""
    return {
        name: value
        for name, value in sorted(environ.items())
        if name.startswith(("OTEL_", variables.PREFIX)) and name not in NOT_FORWARDED
    }
