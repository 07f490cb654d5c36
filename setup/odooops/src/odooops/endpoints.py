"""Where the servers of a stack are, and under which name its data is kept in them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .stack.environments import UNASSIGNED
from .stack.errors import StackError
from .stack.state import read_record
from .stack.supervisor import Supervisor
from .web import Server

# Name for people, and whether the server keeps the data of each environment apart.
SERVERS = {
    "nginx": ("Odoo", False),
    "prometheus": ("Prometheus", False),
    "alertmanager": ("Alertmanager", False),
    "postgres_exporter": ("postgres_exporter", False),
    "loki": ("Loki", True),
    "tempo": ("Tempo", True),
    "otelcol": ("the collector", False),
}


class NothingUp(StackError):
    """The stack is set up, but it does not run."""


class NoSuchPart(StackError):
    """The stack was made without that server."""


@dataclass(frozen=True)
class Endpoints:
    """The servers of the stack in ``directory``; ``environment`` is the tenant of Loki and Tempo."""

    directory: Path
    environment: str
    ports: dict[str, int]
    components: list[dict[str, Any]]
    others: list[str] = field(default_factory=list)
    """The other environments that have a tenant."""

    @property
    def listen(self) -> dict[str, str]:
        """Name → host and port of the parts that this stack has."""
        return {component["name"]: component["listen"] for component in self.components}

    @property
    def is_core(self) -> bool:
        """Whether this stack has metrics only: no collector, Loki and Tempo."""
        return not {"otelcol", "loki", "tempo"} & set(self.listen)

    def server(self, name: str, environment: str | None = None) -> Server:
        """The server of that name; raises NoSuchPart when the stack was made without it, StackError
        when it has no such environment."""
        title, is_tenanted = SERVERS[name]
        if name not in self.listen:
            raise NoSuchPart(
                f"this stack has no {title.removeprefix('the ')}: setup/up --core keeps metrics only; "
                "run setup/up without --core"
            )
        return Server(
            title, f"http://{self.listen[name]}", self._tenant(environment) if is_tenanted else None
        )

    def _tenant(self, environment: str | None) -> str:
        known = [self.environment, *self.others, UNASSIGNED]
        if environment and environment not in known:
            raise StackError(
                f"this stack has no environment {environment}: it has {', '.join(known)}; "
                "ODOOOPS_ENVIRONMENTS, given to setup/up, names more"
            )
        return environment or self.environment

    def log(self, name: str) -> Path:
        """The log file of a part."""
        return self.directory / "log" / f"{name}.log"


def read(directory: Path) -> Endpoints:
    """What setup/up wrote down about the stack; raises StackError, NothingUp when it was never started."""
    record = read_record(directory)
    components = components_of(directory)
    if not components:
        raise NothingUp(f"nothing was ever started in {directory}: run setup/up")
    return Endpoints(
        directory,
        record.get("environment", "local"),
        record.get("ports", {}),
        components,
        record.get("other_environments", []),
    )


def components_of(directory: Path) -> list[dict[str, Any]]:
    """The entries of components.json, in the order of a request; [] before the first start."""
    try:
        return json.loads((directory / "run" / "components.json").read_text())["components"]
    except FileNotFoundError:
        return []


def require_running(directory: Path) -> None:
    """Raises NothingUp when no supervisor runs for that directory."""
    if not Supervisor(directory).pid():
        raise NothingUp(f"nothing is up in {directory}: setup/up starts it")
