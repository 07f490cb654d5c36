"""The monitoring programs, and the configuration as setup/up writes it: for a whole stack with two environments."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from odooops.stack import rendering
from odooops.stack.ports import WANTED
from odooops.stack.state import State

CHECKOUT = Path(__file__).parents[2]
MONITORING = CHECKOUT / "monitoring"


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess]:
    """Runs one of the programs with arguments and returns what it printed, both streams together."""

    def run(name: str, *arguments: object) -> subprocess.CompletedProcess:
        path = shutil.which(name)
        if not path:
            pytest.skip(f"{name} is not on PATH; `setup/test config` provides it")
        command = [path, *map(str, arguments)]
        return subprocess.run(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60, check=False
        )

    return run


@pytest.fixture
def state(tmp_path: Path) -> State:
    """The state of a whole stack that was never started."""
    record = {"environment": "local", "other_environments": ["staging"], "ports": dict(WANTED), "whole": True}
    state = State(tmp_path / "state", tmp_path / "cache", CHECKOUT, record)
    scrapes, rules = state.path("prometheus", "scrape"), state.path("prometheus", "rules")
    scrapes.mkdir(parents=True)
    (scrapes / "whole.yml").write_text(rendering.render(state, MONITORING / "prometheus" / "whole.yml"))
    rules.symlink_to(MONITORING / "alerts")
    return state


@pytest.fixture
def rendered(state: State) -> Callable[[str], Path]:
    """Renders a file of monitoring/ and returns the result's path."""

    def render(name: str) -> Path:
        target = state.path(name)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(rendering.render(state, MONITORING / name))
        return target

    return render
