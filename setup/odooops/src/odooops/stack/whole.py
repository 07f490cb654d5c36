"""Collector, Loki and Tempo: what the whole stack adds to the core. Their configuration and command lines."""

from collections.abc import Iterable
from pathlib import Path

from . import environments, redaction_rules
from .binaries import Binaries
from .ports import LOOPBACK
from .rendering import new_directory, render, settle, write_checked
from .run import run
from .state import State

# The runtime collects garbage harder near these; the collector's memory_limiter refuses before its own.
MEMORY = {"otelcol": "500MiB", "loki": "1GiB", "tempo": "1GiB"}
# Alpha in v0.159: a line of a log file is in the queue on disk before it is written down that it was read. Without it
# a collector that is killed loses what it had read last.
FEATURE_GATES = ("--feature-gates=stanza.synchronousLogEmitter",)
# Behind the environments': files that are the same for all of them.
COMMON = ("logs.yaml", "redaction.yaml")
ENVIRONMENT_ATTRIBUTE = 'resource.attributes["deployment.environment.name"]'


def write(state: State, binaries: Binaries) -> None:
    """Renders the configuration of the three and has each program check its own before it is put in place."""
    for name in ("collector", "loki", "tempo"):
        state.path(name).mkdir(mode=0o750, exist_ok=True)
    write_checked(state, "loki/loki.yaml", [binaries.program("loki"), "-verify-config"], "-config.file=")
    write_checked(state, "tempo/tempo.yaml", [binaries.program("tempo"), "-config.verify"], "-config.file=")
    target = state.path("collector", "config")
    texts = collector_texts(state)
    new = new_directory(target, texts)
    check = [binaries.program("otelcol"), "validate", *_options(new, texts)]
    run(state, "check of monitoring/collector", check)
    settle(new, target)


def collector_texts(state: State) -> dict[str, str]:
    """File name → text of each part of the collector's configuration, in the order of the command line."""
    source = state.checkout / "monitoring" / "collector"
    texts = {"gateway.yaml": render(state, source / "gateway.yaml")}
    for tenant, condition in conditions(environments.known(state)).items():
        more = {"tenant": tenant, "not_of_tenant": condition}
        texts[_part(tenant)] = render(state, source / "environment.yaml", more)
    texts |= {name: render(state, source / name) for name in COMMON}
    return texts | {redaction_rules.FILE: redaction_rules.text(state)}


def conditions(names: list[str]) -> dict[str, str]:
    """Tenant → the OTTL condition under which a record is not the tenant's."""
    own = {name: f'{ENVIRONMENT_ATTRIBUTE} != "{name}"' for name in names}
    some_other = " or ".join(f'{ENVIRONMENT_ATTRIBUTE} == "{name}"' for name in names)
    return own | {environments.UNASSIGNED: some_other}


def collector_command(state: State, binaries: Binaries) -> list[str | Path]:
    """The collector's command line."""
    tenants = conditions(environments.known(state))
    names = ["gateway.yaml", *map(_part, tenants), *COMMON, redaction_rules.FILE]
    options = _options(state.path("collector", "config"), names)
    return [binaries.program("otelcol"), *options, *FEATURE_GATES]


def _part(tenant: str) -> str:
    return f"environment-{tenant}.yaml"


def _options(directory: Path, names: Iterable[str]) -> list[str]:
    return [f"--config={directory / name}" for name in names]


def loki_command(state: State, binaries: Binaries) -> list[str | Path]:
    """Loki's command line."""
    return [binaries.program("loki"), f"-config.file={state.path('loki', 'loki.yaml')}"]


def tempo_command(state: State, binaries: Binaries) -> list[str | Path]:
    """Tempo's command line."""
    return [binaries.program("tempo"), f"-config.file={state.path('tempo', 'tempo.yaml')}"]


def otlp_endpoint(state: State) -> str:
    """Where all signals go by OTLP over HTTP; each signal has its path below it."""
    return f"http://{LOOPBACK}:{state.ports['otlp']}"
