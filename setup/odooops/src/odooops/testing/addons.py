"""The addons' own tests: a fresh database with all addons, then pytest-odoo with HttpCase and Chromium.

Runs as the account of the tests: ``python -m odooops.testing.addons REPORT [pytest arguments]``.
"""

import configparser
import os
import subprocess
import sys
from pathlib import Path

from ..stack import database, odoo, odoo_conf, ports, postgres, state as states
from ..stack.errors import StackError
from ..stack.progress import Console
from ..stack.run import base_environment
from ..stack.state import State
from . import places as places_
from .prepare import environment

DATABASE = "odooops_test"
# pytest's settings for the repository are those of the tests without Odoo.
PYTEST = [
    "-p",
    "odoo",
    "-ra",
    "-q",
    "--no-header",
    "-p",
    "no:cacheprovider",
    "-o",
    "addopts=",
    "-o",
    "filterwarnings=",
]

# The tests' server is one process that is asked directly: nginx is not there to send files in its name.
WITHOUT_A_FRONT_DOOR = {"workers": "0", "max_cron_threads": "0", "proxy_mode": "False", "x_sendfile": "False"}


def run_tests(state: State, report: Path, arguments: list[str], console: Console) -> int:
    """Runs the tests of every addon and returns pytest's exit code; raises StackError when there is no database."""
    state.record = states.read_record(state.directory)
    state.save(database=DATABASE, ports=ports.choose(state.record.get("ports", {}), None))
    tree = odoo.ensure(state)
    postgres.ensure(state)
    with postgres.running(state):
        with console.step("Database with all addons"):
            postgres.ensure_roles(state, createdb=True)
            configuration = _write_configuration(state, tree)
            _make_database(state)
        return _pytest(state, configuration, report, arguments)


def _write_configuration(state: State, tree: odoo.OdooTree) -> Path:
    state.path("odoo", "data").mkdir(mode=0o750, parents=True, exist_ok=True)
    file = state.path("odoo", "odoo.conf")
    parser = configparser.RawConfigParser()
    parser["options"] = odoo_conf.options(state, tree) | WITHOUT_A_FRONT_DOOR
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        parser.write(stream)
    return file


def _make_database(state: State) -> None:
    postgres.sql(state, f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
    postgres.sql(
        state,
        f"CREATE DATABASE {DATABASE} OWNER {postgres.ROLE} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'",
    )
    addons = [*database.BASE_ADDONS, *odoo_conf.our_addons(state)]
    database.run_odoo(state, "installing the addons", DATABASE, "-i", ",".join(addons))


def _pytest(state: State, configuration: Path, report: Path, arguments: list[str]) -> int:
    tests = [
        f"addons/{name}/tests"
        for name in odoo_conf.our_addons(state)
        if (state.checkout / "addons" / name / "tests").is_dir()
    ]
    if not tests:
        raise StackError(f"no addon in {state.checkout / 'addons'} has tests")
    command = [state.python, "-m", "pytest", *PYTEST, f"--odoo-config={configuration}", f"--odoo-database={DATABASE}",
               "--odoo-http", f"--junitxml={report}", *arguments, *tests]  # fmt: skip
    variables = (
        base_environment(os.environ) | environment(places_.locate(dict(os.environ))) | _telemetry(state)
    )
    return subprocess.run(list(map(str, command)), cwd=state.checkout, env=variables, check=False).returncode


def _telemetry(state: State) -> dict[str, str]:
    """The recorder runs as in production, except that nobody receives what it sends."""
    directory = state.path("run", "telemetry")
    directory.mkdir(mode=0o750, parents=True, exist_ok=True)
    exporters = {f"OTEL_{signal}_EXPORTER": "none" for signal in ("METRICS", "TRACES", "LOGS")}
    return {"ODOOOPS_TELEMETRY_DIR": str(directory), **exporters}


def main(arguments: list[str]) -> int:
    """Runs the tests; a failure before them ends in one line."""
    os.umask(0o027)
    try:
        places = places_.locate(dict(os.environ))
        return run_tests(places.work, Path(arguments[0]), arguments[1:], Console())
    except StackError as error:
        print(f"setup/test: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
