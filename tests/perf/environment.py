"""Where a benchmark runs: the state's virtual environment, a database of its own, a receiver."""

from __future__ import annotations

import configparser
import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

import packages

ROOT = Path(__file__).resolve().parents[2]
ENTERED = "ODOOOPS_PERF_ENTERED"
# The one setting that is taken from outside: "false" measures the recorder in Python.
NATIVE = "ODOOOPS_NATIVE"
ADDONS = "base,web,mail,rpc,odooops_otel"


def enter(state_option: str | None, script: str, *, others: bool = False) -> None:
    """Continue in the virtual environment of the state that setup/up made, as its owner.

    :param others: with the packages that we compare with
    """
    if os.environ.get(ENTERED):
        # What it has made goes with it, also when a time limit ends it: database, files, receiver.
        signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by SIGTERM"))
        return
    sys.path.insert(0, str(ROOT / "setup" / "odooops" / "src"))
    from odooops.stack import opening
    from odooops.stack.errors import StackError

    try:
        state = opening.find(state_option)
    except StackError as error:
        sys.exit(str(error))
    if not state or not state.python.exists():
        sys.exit(f"nothing is set up in {opening.directory(state_option)}: run setup/up --core first")
    os.chdir(state.directory)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name == NATIVE or not name.startswith(("OTEL_", "ODOO", "PG"))
    }
    environment |= {ENTERED: "1", "ODOO_RC": str(_configuration(state)), "PYTHONDONTWRITEBYTECODE": "1"}
    if others:
        try:
            environment[packages.VARIABLE] = str(packages.ensure(state))
        except StackError as error:
            sys.exit(str(error))
    os.execve(state.python, [str(state.python), "-W", "ignore", script, *sys.argv[1:]], environment)


def _configuration(state) -> Path:
    """The state's odoo.conf for one process that serves nobody."""
    parser = configparser.RawConfigParser()
    parser.read(state.path("odoo", "odoo.conf"))
    # The addons measured are those of this checkout, wherever the state was set up from.
    paths = parser["options"]["addons_path"].split(",")
    parser["options"]["addons_path"] = ",".join([*paths[:-1], str(ROOT / "addons")])
    parser["options"].update({"workers": "0", "max_cron_threads": "0", "proxy_mode": "False"})
    file = state.path("run", "perf.conf")
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        parser.write(stream)
    return file


def configure() -> None:
    """Make Odoo's and our modules importable, without a database."""
    from odoo.modules.module import initialize_sys_path
    from odoo.tools import config

    config.parse_config(["--log-level=error"], setup_logging=True)
    initialize_sys_path()


@contextlib.contextmanager
def database(name: str) -> Iterator[tuple[str, Path]]:
    """A fresh database with the addons, and a directory; both gone at the end, and the database's files."""
    # The process's own telemetry stays off: a benchmark starts what it compares.
    os.environ |= {"OTEL_TRACES_EXPORTER": "none", "OTEL_METRICS_EXPORTER": "none"}
    import odoo.cli
    from odoo.exceptions import UserError
    from odoo.modules.registry import Registry
    from odoo.service.server import load_server_wide_modules
    from odoo.tools import config

    loaded = ["--load=base,rpc,web,odooops_otel", f"--init={ADDONS}", "--without-demo=all"]
    config.parse_config([f"--database={name}", *loaded, "--log-level=error"], setup_logging=True)
    load_server_wide_modules()
    _execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    _execute(f"""CREATE DATABASE "{name}" OWNER "{config["db_user"]}" TEMPLATE template0 ENCODING 'UTF8'""")
    try:
        try:
            Registry.new(name, update_module=True, install_modules=ADDONS.split(","))
        except UserError as error:
            sys.exit(f"{error}; if the checkout is newer than the stack, run setup/up again")
        with tempfile.TemporaryDirectory() as directory:
            yield name, Path(directory)
    finally:
        odoo.sql_db.close_all()
        _execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        shutil.rmtree(config.filestore(name), ignore_errors=True)


def _execute(statement: str) -> None:
    """Run a statement as the administrator of the private cluster, by its socket."""
    import psycopg2

    from odoo.tools import config

    options = {"host": config["db_host"], "port": config["db_port"], "user": "postgres", "dbname": "postgres"}
    with contextlib.closing(psycopg2.connect(**options)) as connection:
        connection.autocommit = True
        connection.cursor().execute(statement)


def telemetry(variables: Mapping[str, str], directory: Path):
    """The product's own telemetry, started, with its settings as environment variables."""
    from odoo.addons.odooops_otel.telemetry.runtime import Telemetry
    from odoo.addons.odooops_otel.tools import settings

    chosen = {NATIVE: os.environ.get(NATIVE, ""), **variables}
    made = Telemetry(settings.read(chosen), "perf", "localhost", directory, "0")
    made.drainer.start()
    made.sender.start()
    return made


@contextlib.contextmanager
def receiver(mode: str = "answer") -> Iterator[str]:
    """An OTLP receiver in a process of its own, so that its cost is not ours; its address."""
    program = [sys.executable, str(Path(__file__).with_name("receiver.py")), mode]
    process = subprocess.Popen(program, stdout=subprocess.PIPE, text=True)
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait()
