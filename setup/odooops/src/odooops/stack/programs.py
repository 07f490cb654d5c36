"""The processes of the stack: what runs each, what makes it restart, what it only needs to read again."""

import os
import shlex
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from . import database, monitoring, nginx, odoo_conf, packages, postgres, redaction_rules, venv, whole
from .binaries import Binaries
from .files import content_hash, text_hash, write_atomic
from .odoo import OdooTree
from .state import State


@dataclass(frozen=True)
class Program:
    """One supervised process."""

    name: str
    command: list[str | Path]
    priority: int
    """Started in this order, stopped in the reverse one."""

    environment: dict[str, str] = field(default_factory=dict)
    directory: Path | None = None
    """Where it is started; the state's directory when not said."""

    before: str = ""
    """A shell command run first, for what a predecessor may have left."""

    restart_on: list[str] = field(default_factory=list)
    """Texts; when one differs from the last time, the process is restarted."""

    reload_files: list[Path] = field(default_factory=list)
    """When one changed, the process gets SIGHUP."""

    stop_signal: str = "TERM"
    stop_seconds: int = 20

    def script(self) -> str:
        """A shell script that becomes the program: a person can start it by hand exactly as the supervisor does."""
        exports = "".join(
            f"export {name}={shlex.quote(value)}\n" for name, value in sorted(self.environment.items())
        )
        change = f"cd {shlex.quote(str(self.directory))} || exit\n" if self.directory else ""
        before = f"{self.before}\n" if self.before else ""
        command = shlex.join(str(part) for part in self.command)
        return f"#!/bin/sh\n# Written by setup/up.\n{exports}{change}{before}exec {command}\n"

    def fingerprint(self) -> str:
        """Changes when the running process would have to be restarted."""
        return text_hash([self.script(), *self.restart_on])

    def reload_hash(self) -> str:
        """Changes when the running process has something to read again."""
        return content_hash(*(file for file in self.reload_files if file.exists()))


def all_programs(state: State, tree: OdooTree, binaries: Binaries) -> list[Program]:
    """Every program of the stack, in the order in which they start."""
    added = _whole(state, binaries) if state.is_whole else []
    return [_postgresql(state), *_monitoring(state, binaries), *added, _odoo(state, tree), _nginx(state)]


def _postgresql(state: State) -> Program:
    return Program(
        name="postgresql",
        command=postgres.command(state),
        priority=100,
        restart_on=[file.read_text() for file in postgres.configuration_files(state)],
        # Fast shutdown: clients are disconnected; SIGTERM would wait for them.
        stop_signal="INT",
        stop_seconds=60,
    )


def _monitoring(state: State, binaries: Binaries) -> list[Program]:
    def program(name: str, package: str, command: list, **more) -> Program:
        return Program(name, command, 200, restart_on=[binaries.versions[package]], **more)

    rules, scrapes = state.path("prometheus", "rules"), state.path("prometheus", "scrape")
    return [
        program(
            "prometheus",
            "prometheus",
            monitoring.prometheus_command(state, binaries),
            reload_files=[state.path("prometheus", "prometheus.yml"), rules, scrapes],
        ),
        program(
            "alertmanager",
            "prometheus-alertmanager",
            monitoring.alertmanager_command(state, binaries),
            directory=binaries.debian,
            reload_files=[state.path("alertmanager", "alertmanager.yml")],
        ),
        program(
            "postgres_exporter",
            "prometheus-postgres-exporter",
            monitoring.postgres_exporter_command(state, binaries),
            environment=monitoring.postgres_exporter_environment(state),
        ),
        program(
            "blackbox_exporter",
            "prometheus-blackbox-exporter",
            monitoring.blackbox_exporter_command(state, binaries),
            environment=monitoring.blackbox_exporter_environment(os.environ),
            reload_files=[state.path("blackbox", "blackbox.yml")],
        ),
    ]


def _whole(state: State, binaries: Binaries) -> list[Program]:
    def program(name: str, command: list, priority: int, files: Iterable[Path]) -> Program:
        # None of the three is told to read its configuration again: what it cannot use would end it.
        texts = [file.read_text() for file in files if file.exists()]
        environment = {"GOMEMLIMIT": whole.MEMORY[name]}
        # Tempo has written everything within six seconds; then, once it was queried, it may wait for ever for its
        # queue of queries (frontend/queue/queue.go, stopping) and has to be killed.
        return Program(name, command, priority, environment, restart_on=texts, stop_seconds=15)

    return [
        program("loki", whole.loki_command(state, binaries), 210, [state.path("loki", "loki.yaml")]),
        program("tempo", whole.tempo_command(state, binaries), 210, [state.path("tempo", "tempo.yaml")]),
        # Between Odoo and the stores: what Odoo sends while it stops still arrives.
        program(
            "otelcol",
            whole.collector_command(state, binaries),
            250,
            # Who changes the rules of redaction restarts the collector himself.
            sorted(set(state.path("collector", "config").glob("*.yaml")) - {redaction_rules.file(state)}),
        ),
    ]


def _odoo(state: State, tree: OdooTree) -> Program:
    return Program(
        name="odoo",
        command=[state.python, state.path("venv", "bin", "odoo"), "-c", state.path("odoo", "odoo.conf")],
        priority=300,
        # Odoo re-executes itself by name when told to reload (SIGHUP): the state's Python must come first.
        environment=odoo_conf.environment(state, os.environ)
        | {"PATH": f"{state.path('venv', 'bin')}:{packages.SYSTEM_PATH}"},
        restart_on=[
            state.path("odoo", "odoo.conf").read_text(),
            f"{tree.source} {tree.version}",
            venv.fingerprint(state),
            *database.hashes(state).values(),
        ],
        # To the master alone, which lets its workers finish their requests.
        stop_seconds=60,
    )


def _nginx(state: State) -> Program:
    pid_file = shlex.quote(str(state.path("run", "nginx.pid")))
    return Program(
        name="nginx",
        command=nginx.command(state),
        priority=400,
        # The workers of a master that was killed live on in its process group and hold the port.
        before=f'master=$(cat {pid_file} 2>&-) && [ ! -d "/proc/$master" ] && kill -KILL "-$master" 2>&-',
        restart_on=[nginx.version(), str(state.ports["nginx"])],
        reload_files=[state.path("nginx", "nginx.conf")],
        stop_signal="QUIT",
    )


def write_scripts(state: State, programs: list[Program]) -> None:
    """Writes run/programs/<name>.sh; readable by the owner only, an environment may hold a token."""
    directory = state.path("run", "programs")
    directory.mkdir(mode=0o700, exist_ok=True)
    for program in programs:
        write_atomic(directory / f"{program.name}.sh", program.script(), mode=0o700)
