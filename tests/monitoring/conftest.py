"""The monitoring programs, and the configuration as setup/up would write it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from string import Template

import pytest

MONITORING = Path(__file__).parents[2] / "monitoring"


@pytest.fixture
def program() -> Callable[..., subprocess.CompletedProcess]:
    """Runs promtool, amtool or an exporter with arguments and returns what it printed, both streams together."""

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
def rendered(tmp_path: Path) -> Callable[[str], Path]:
    """Renders a file of monitoring/ with sample values and returns the result's path."""
    values = {
        "prometheus_listen": "127.0.0.1:9090",
        "alertmanager_listen": "127.0.0.1:9093",
        "vmagent_listen": "127.0.0.1:8429",
        "postgres_exporter_listen": "127.0.0.1:9187",
        "blackbox_exporter_listen": "127.0.0.1:9115",
        "odoo_url": "http://127.0.0.1:8069",
        "environment": "local",
        "rules_dir": str(MONITORING / "alerts"),
    }

    def render(name: str) -> Path:
        target = tmp_path / Path(name).name
        target.write_text(Template((MONITORING / name).read_text()).substitute(values))
        return target

    return render
