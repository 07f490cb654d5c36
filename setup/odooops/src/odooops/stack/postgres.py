"""A private PostgreSQL cluster below the state: never the system's.

Connections by the unix socket are authenticated by the operating system user (peer), connections to the
loopback port by password (scram). Three roles: ``postgres`` (administration), ``odoo`` (owns its database,
not a superuser), ``odooops_monitor`` (pg_monitor, for postgres_exporter).
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template

from .account import current
from .errors import StackError
from .files import remove_tree, secret_file, write_atomic
from .run import run
from .state import State

ROLE = "odoo"
MONITOR_ROLE = "odooops_monitor"
HBA = """\
# Written by setup/up. Unix socket: the system user of the stack; loopback: password.
local all all peer map=odooops
host  all all 127.0.0.1/32 scram-sha-256
"""


def installations() -> dict[str, Path]:
    """Major version → directory of the server programs, of every PostgreSQL on this machine."""
    found = {
        path.parent.parent.name: path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")
    }
    if not found and (initdb := shutil.which("initdb")):
        output = subprocess.run([initdb, "--version"], capture_output=True, text=True, check=True).stdout
        found[re.search(r"(\d+)", output)[1]] = Path(initdb).resolve().parent
    return found


def bin_directory(state: State) -> Path:
    """The programs that fit the state's cluster, or the newest when it has none yet."""
    found = installations()
    marker = state.path("postgres", "data", "PG_VERSION")
    version = marker.read_text().strip() if marker.exists() else max(found, key=int, default=None)
    if version not in found:
        raise StackError(
            f"the database in {state.path('postgres')} is of PostgreSQL {version}, which this machine lacks: "
            f"install postgresql-{version}, or start afresh with --reset"
        )
    return found[version]


def version(state: State) -> str:
    """The full version of the server, such as "15.18"."""
    output = subprocess.run(
        [bin_directory(state) / "postgres", "--version"], capture_output=True, text=True, check=True
    )
    return re.search(r"\d+(\.\d+)*", output.stdout)[0]


def ensure(state: State) -> str:
    """Makes the cluster when there is none and writes its configuration; returns a short note. Starts nothing."""
    home = state.path("postgres")
    for directory in (home, home / "run"):
        directory.mkdir(mode=0o700, exist_ok=True)
    note = "there"
    if not (home / "data").exists():
        _initdb(state, home)
        note = "made"
    _write_configuration(state, home)
    return f"{version(state)}, {note}"


def _initdb(state: State, home: Path) -> None:
    new = home / "data.new"
    remove_tree(new)
    run(
        state,
        "initdb",
        [
            bin_directory(state) / "initdb",
            "-D",
            new,
            "--username=postgres",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            "--auth-local=peer",
            "--auth-host=scram-sha-256",
        ],
    )
    new.rename(home / "data")


def _write_configuration(state: State, home: Path) -> None:
    template = Template(files("odooops.stack").joinpath("templates/postgresql.conf").read_text())
    text = template.substitute(port=state.ports["postgresql"], run_dir=home / "run", directory=home)
    write_atomic(home / "postgresql.conf", text, mode=0o600)
    write_atomic(home / "pg_hba.conf", HBA, mode=0o600)
    # Without a file the exporter warns at each start; which server it asks is in its environment.
    write_atomic(exporter_configuration(state), "auth_modules: {}\n", mode=0o600)
    user = current().name
    write_atomic(
        home / "pg_ident.conf", "".join(f"odooops {user} {role}\n" for role in ("postgres", ROLE)), mode=0o600
    )


def exporter_configuration(state: State) -> Path:
    """The configuration file of postgres_exporter."""
    return state.path("postgres", "postgres_exporter.yml")


def configuration_files(state: State) -> list[Path]:
    """The files that PostgreSQL reads when it starts."""
    return [state.path("postgres", name) for name in ("postgresql.conf", "pg_hba.conf", "pg_ident.conf")]


def command(state: State) -> list[str | Path]:
    """The server's command line."""
    home = state.path("postgres")
    return [
        bin_directory(state) / "postgres",
        "-D",
        home / "data",
        "-c",
        f"config_file={home}/postgresql.conf",
    ]


@contextmanager
def running(state: State) -> Iterator[None]:
    """Runs the cluster without a supervisor while this lasts, for tests and tools."""
    pg_ctl, data = bin_directory(state) / "pg_ctl", state.path("postgres", "data")
    state.path("log").mkdir(mode=0o750, exist_ok=True)
    options = f"-c config_file={state.path('postgres', 'postgresql.conf')}"
    # Its output goes to a file: a pipe would be held open by the server.
    run(
        state,
        "starting PostgreSQL",
        [pg_ctl, "-D", data, "-w", "-l", state.log("postgresql"), "-o", options, "start"],
        must_finish=True,
    )
    try:
        yield
    finally:
        run(state, "stopping PostgreSQL", [pg_ctl, "-D", data, "-w", "-m", "fast", "stop"])


def ensure_roles(state: State, *, createdb: bool = False) -> None:
    """Makes the roles in the running cluster; ``createdb`` lets Odoo make databases (tests)."""
    password = secret_file(state.path("postgres", "monitor_password"))
    for role in (ROLE, MONITOR_ROLE):
        absent = "WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role')"
        sql(state, f"SELECT format('CREATE ROLE %I LOGIN', :'role') {absent} \\gexec", role=role)
    sql(
        state,
        f"""
        ALTER ROLE {ROLE} NOSUPERUSER {"CREATEDB" if createdb else "NOCREATEDB"};
        ALTER ROLE {MONITOR_ROLE} NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS
            CONNECTION LIMIT 5 PASSWORD :'password';
        ALTER ROLE {MONITOR_ROLE} SET default_transaction_read_only = on;
        GRANT pg_monitor TO {MONITOR_ROLE};
        """,
        password=password,
    )


def sql(state: State, statement: str, database: str = "postgres", **values: str) -> str:
    """Runs SQL as the administrator by the unix socket; returns the rows, unaligned, one a line.

    ``values`` are psql's variables: :'name' in the statement is that value, quoted.
    """
    # By standard input: an argument would show secrets in the process list.
    settings = "".join(f"\\set {name} {_quoted(value)}\n" for name, value in values.items())
    return run(
        state,
        "SQL",
        [*_as_administrator(state, "psql", database), "-XAtq", "-v", "ON_ERROR_STOP=1", "-f", "-"],
        text=settings + statement,
        env=_client_environment(),
    ).strip()


def dump(state: State, database: str, file: Path) -> None:
    """Writes a database to a file in PostgreSQL's custom format."""
    program = _as_administrator(state, "pg_dump", database)
    run(state, "dumping the database", [*program, "-Fc", "-Z1", "-f", file], env=_client_environment())


def restore(state: State, database: str, file: Path) -> None:
    """Fills an empty database from such a file; all in it is Odoo's, whoever owned it."""
    program = _as_administrator(state, "pg_restore", database)
    options = ["--exit-on-error", "--no-owner", f"--role={ROLE}", "--jobs=2"]
    # A crash of the machine just means doing it again.
    environment = _client_environment() | {"PGOPTIONS": "-c synchronous_commit=off"}
    run(state, "restoring a database", [*program, *options, file], env=environment)


def _client_environment() -> dict[str, str]:
    return {"PGCONNECT_TIMEOUT": "10"}


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def is_accepting(state: State) -> bool:
    """Whether the server answers."""
    ready = [*_as_administrator(state, "pg_isready", "postgres"), "-q"]
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin")}
    return subprocess.run(ready, check=False, env=environment).returncode == 0


def _as_administrator(state: State, program: str, database: str) -> list[str | Path]:
    """A client program's command line, connected by the unix socket."""
    socket, port = state.path("postgres", "run"), str(state.ports["postgresql"])
    return [bin_directory(state) / program, "-h", socket, "-p", port, "-U", "postgres", "-d", database]
