"""Where a benchmark runs: the state's virtual environment, a database of its own, a receiver."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def enter(state: Path | None, script: str) -> None:
    """Continue in the virtual environment that setup/up made, with Odoo importable."""
    if os.environ.get("ODOOOPS_PERF_ENTERED"):
        return
    raise SystemExit("not yet")


@contextlib.contextmanager
def database(name: str) -> Iterator[tuple[str, Path]]:
    """A fresh database with the addons, and a directory; both gone at the end."""
    # The process's own telemetry stays off: a benchmark starts what it compares.
    os.environ |= {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}
    import odoo.cli
    from odoo.modules.registry import Registry
    from odoo.service.server import load_server_wide_modules
    from odoo.tools import config

    addons = [
        "--load=base,rpc,web,odooops_otel",
        "--init=base,web,mail,rpc,odooops_otel",
        "--without-demo=all",
    ]
    config.parse_config(
        [f"--database={name}", "--workers=0", *addons, "--log-level=error"], setup_logging=True
    )
    load_server_wide_modules()
    _drop(name)
    odoo.service.db._create_empty_database(name)
    try:
        Registry.new(name, update_module=True, install_modules=config["init"])
        with tempfile.TemporaryDirectory() as directory:
            yield name, Path(directory)
    finally:
        odoo.sql_db.close_all()
        _drop(name)


def _drop(name: str) -> None:
    from odoo.sql_db import db_connect
    from odoo.tools import SQL

    with contextlib.closing(db_connect("postgres").cursor()) as cr:
        cr._cnx.autocommit = True
        cr.execute(SQL("DROP DATABASE IF EXISTS %s WITH (FORCE)", SQL.identifier(name)))


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    """An OTLP receiver in a process of its own, so that its cost is not ours."""
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "tests/perf/receiver.py")], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
