"""The addons' own tests: a database with all addons, then pytest-odoo with HttpCase and Chromium.

Each addon's tests have a process and a fresh copy of the database of their own: they run side by side. So have those
that start Odoo in processes of their own, which wait for them.

Runs as the account of the tests: ``python -m odooops.testing.addons REPORT [pytest arguments]``.
"""

import configparser
import os
import shutil
import sys
from fnmatch import fnmatch
from pathlib import Path

from ..stack import database, odoo, odoo_conf, ports, postgres, state as states
from ..stack.errors import StackError
from ..stack.files import remove_tree
from ..stack.progress import Console
from ..stack.run import base_environment
from ..stack.state import State
from . import addons_database, parts, places as places_
from .prepare import environment

DATABASE = addons_database.NAME
IDENTITY = "odooops_base.database_identity"
# The files with tests that start Odoo in processes of their own, and what their part is called beside its addon.
PROCESS_FILES, PROCESSES = "test_*_processes.py", "_processes"
# Of the administrator's password in a new database, "admin", with one round.
CHEAP = (
    "$pbkdf2-sha512$1$dGVzdHMgb2YgdGhlIGFkZA$"
    "ai.2bDEhmi1hfhV3U/VpXaExqHMIB80HsdgK1PPpXjGzNHxDs9RO8WMKoL8MWmwkPG7kLskkK8z70mxTgBIOjQ"
)
# pytest's settings for the repository are those of the tests without Odoo.
PYTEST = [
    "-p",
    "odoo",
    "-p",
    "kept_routes",
    # Odoo's tests assert by methods: there is nothing that pytest would have to rewrite them for.
    "--assert=plain",
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
    # Held all the time: a stack is set up beside it, and looks for ports of its own.
    with ports.Reservation() as reservation:
        state.record = states.read_record(state.directory)
        chosen = ports.choose(state.record.get("ports", {}), None, reservation.take)
        state.save(database=DATABASE, ports=chosen)
        return _run_tests(state, report, arguments, console)


def _run_tests(state: State, report: Path, arguments: list[str], console: Console) -> int:
    tree = odoo.ensure(state)
    postgres.ensure(state)
    chosen = _chosen(state, arguments)
    with postgres.running(state):
        with console.step("Database with all addons") as step:
            postgres.ensure_roles(state, createdb=True)
            configuration = _write_configuration(state, tree)
            addons_database.ensure(state, step)
        found = [_part(state, name, tests, configuration, report) for name, tests in chosen.items()]
        return parts.run([found], state.checkout, report, console)


def _chosen(state: State, arguments: list[str]) -> dict[str, list[str]]:
    """What pytest is told for each part: the paths that are named, or all its tests, and the other arguments."""
    named = [argument for argument in arguments if argument.startswith("addons/")]
    others = [argument for argument in arguments if argument not in named]
    found = {}
    for name in odoo_conf.our_addons(state):
        tests = f"addons/{name}/tests"
        paths = [path for path in named or [tests] if path.startswith(tests)]
        for file in (file for path in paths for file in _files(state, path)):
            is_of_processes = fnmatch(Path(file.partition("::")[0]).name, PROCESS_FILES)
            found.setdefault(name + PROCESSES if is_of_processes else name, [*others]).append(file)
    if not found:
        raise StackError(f"no addon in {state.checkout / 'addons'} has such tests")
    return found


def _files(state: State, path: str) -> list[str]:
    """The files with tests of a directory; a file, or a test in one, is itself."""
    if not (state.checkout / path).is_dir():
        return [path]
    return [f"{path}/{file.name}" for file in sorted((state.checkout / path).glob("test_*.py"))]


def _write_configuration(state: State, tree: odoo.OdooTree) -> Path:
    state.path("odoo", "data").mkdir(mode=0o750, parents=True, exist_ok=True)
    file = state.path("odoo", "odoo.conf")
    parser = configparser.RawConfigParser()
    parser["options"] = odoo_conf.options(state, tree) | WITHOUT_A_FRONT_DOOR
    with open(file, "w", opener=lambda path, flags: os.open(path, flags, 0o600)) as stream:
        parser.write(stream)
    return file


def _part(state: State, name: str, tests: list[str], configuration: Path, report: Path) -> parts.Part:
    """The tests of an addon, in a process and in a copy of the database of their own."""
    own = report.with_suffix(f".{name}.xml")
    copy = _copy_database(state, name)
    if not name.endswith(PROCESSES):
        _hash_cheaply(state, copy)
    command = [state.python, "-m", "pytest", *PYTEST, f"--odoo-config={configuration}", f"--odoo-database={copy}",
               "--odoo-http", f"--junitxml={own}", *tests]  # fmt: skip
    variables = base_environment(os.environ) | environment(places_.locate(dict(os.environ)))
    plugins = {"PYTHONPATH": str(state.checkout / "tests" / "support")}
    return parts.Part(name, command, variables | plugins | _telemetry(state, name), own)


def _copy_database(state: State, name: str) -> str:
    copy = f"{DATABASE}_{name}"
    postgres.sql(state, f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)")
    postgres.sql(state, f"CREATE DATABASE {copy} OWNER {postgres.ROLE} TEMPLATE {DATABASE}")
    # It is no copy to its tests: one that was installed has not noted which database it is.
    postgres.sql(state, f"DELETE FROM ir_config_parameter WHERE key = '{IDENTITY}'", copy)
    database.tell_name(state, copy, DATABASE)
    files = state.path("odoo", "data", "filestore")
    remove_tree(files / copy)
    if (files / DATABASE).is_dir():
        shutil.copytree(files / DATABASE, files / copy)
    return copy


def _hash_cheaply(state: State, copy: str) -> None:
    """The administrator signs in without 600,000 rounds each time, as users do that Odoo's tests make.

    A real process would put a hash in place of it that is not cheap.
    """
    postgres.sql(state, "UPDATE res_users SET password = :'hashed' WHERE login = 'admin'", copy, hashed=CHEAP)


def _telemetry(state: State, name: str) -> dict[str, str]:
    """The recorder runs as in production, except that nobody receives what it sends."""
    directory = state.path("run", "telemetry", name)
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
