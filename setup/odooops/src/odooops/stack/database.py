"""The Odoo database of a state: made under a temporary name, upgraded when our addons changed."""

import json

from . import odoo, odoo_conf, postgres
from .errors import StackError
from .files import content_hash, remove_tree, secret_file
from .kept_database import KeptDatabase
from .lock import exclusive, shared
from .run import run
from .state import State

BASE_ADDONS = ("base", "web", "mail")
BUILDING = "_building"
# pbkdf2_sha512 is what Odoo itself stores; the password comes by standard input.
HASH_PASSWORD = """\
import sys
from passlib.hash import pbkdf2_sha512
print(pbkdf2_sha512.using(rounds=600000).hash(sys.stdin.read()))
"""


def exists(state: State, name: str) -> bool:
    """Whether the running cluster has a database of that name."""
    return postgres.sql(state, "SELECT 1 FROM pg_database WHERE datname = :'name'", name=name) == "1"


def hashes(state: State) -> dict[str, str]:
    """Our addons in the checkout → hash of their content."""
    return {name: content_hash(state.checkout / "addons" / name) for name in odoo_conf.our_addons(state)}


def pending(state: State) -> tuple[list[str], list[str]]:
    """Our addons to install and to upgrade: new, or changed since the last time."""
    done = state.record.get("addons", {})
    now = hashes(state)
    return [name for name in now if name not in done], [
        name for name in now if name in done and done[name] != now[name]
    ]


def ensure(state: State) -> str:
    """Makes the database when it is not (wholly) there; returns a short note. PostgreSQL must be running."""
    password = state.path("admin_password")
    if exists(state, state.database):
        if not password.exists():
            _set_admin_password(state, state.database)
            return "there, new admin password"
        return "there"
    _remove_half_made(state)
    _build(state)
    return "made"


def _remove_half_made(state: State) -> None:
    """What an interrupted run left: a database under its temporary name, file stores without a database."""
    postgres.sql(state, f"DROP DATABASE IF EXISTS {state.database}{BUILDING} WITH (FORCE)")
    for name in (state.database, state.database + BUILDING):
        remove_tree(_filestore(state, name))


def _build(state: State) -> None:
    temporary = state.database + BUILDING
    now = hashes(state)
    make(state, temporary)
    _set_admin_password(state, temporary)
    if _filestore(state, temporary).exists():
        _filestore(state, temporary).rename(_filestore(state, state.database))
    postgres.sql(state, f"ALTER DATABASE {temporary} RENAME TO {state.database}")
    tell_name(state, state.database, temporary)
    state.save(addons=now)


def tell_name(state: State, name: str, before: str) -> None:
    """Tells the database, whose name was ``before``, what it is called now."""
    if "odooops_base" in odoo_conf.our_addons(state):
        # The environment that was made at the install knows the database by its name then.
        statement = "UPDATE odooops_environment SET databases = :'name' WHERE databases = :'before'"
        postgres.sql(state, statement, name, name=name, before=before)


def make(state: State, name: str) -> None:
    """A new database of that name, in place of one that is there, with Odoo's own modules and all our addons."""
    kept = KeptDatabase(state, odoo.recorded(state), BASE_ADDONS)
    kept.store.mkdir(mode=0o750, exist_ok=True)
    lock = kept.store / "lock"
    with shared(lock):
        is_restored = _is_restored(state, kept, name)
    if not is_restored:
        # Of states that start at once the first installs, the others restore.
        with exclusive(lock, wait=True):
            if not _is_restored(state, kept, name):
                kept.forget()
                _create(state, name)
                _install_odoo(state, name)
                kept.keep(name, _filestore(state, name))
    if ours := odoo_conf.our_addons(state):
        run_odoo(state, "installing the addons", name, "-i", ",".join(ours))


def _is_restored(state: State, kept: KeptDatabase, name: str) -> bool:
    if not kept.is_there():
        return False
    _create(state, name)
    return kept.restore(name, _filestore(state, name))


def _create(state: State, name: str) -> None:
    postgres.sql(state, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    options = "TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C'"
    postgres.sql(state, f"CREATE DATABASE {name} OWNER {postgres.ROLE} {options}")


def _install_odoo(state: State, name: str) -> None:
    """As if our addons were not there: what is kept of it serves whatever becomes of them."""
    addons = ",".join(map(str, odoo.recorded(state).addons))
    without_ours = [f"--addons-path={addons}", f"--load={','.join(odoo_conf.SERVER_WIDE)}"]
    run_odoo(state, "installing Odoo", name, *without_ours, "-i", ",".join(BASE_ADDONS))


def upgrade(state: State, install: list[str], changed: list[str]) -> None:
    """Installs new and upgrades changed addons; Odoo's servers must be stopped."""
    now = hashes(state)
    arguments = [
        *(["-i", ",".join(install)] if install else []),
        *(["-u", ",".join(changed)] if changed else []),
    ]
    run_odoo(state, f"upgrading {', '.join(install + changed)}", state.database, *arguments)
    state.save(addons=now)


def run_odoo(state: State, what: str, database: str, *arguments: str) -> None:
    """Runs Odoo once over ``database`` without serving; raises StackError when a module fails."""
    program = [
        state.python,
        state.path("venv", "bin", "odoo"),
        "-c",
        state.path("odoo", "odoo.conf"),
        "-d",
        database,
    ]
    quiet = ["--stop-after-init", "--no-http", "--workers=0", "--max-cron-threads=0"]
    # One-off work: no telemetry, and a crash of the machine just means doing it again.
    environment = {
        "OTEL_SDK_DISABLED": "true",
        "PGOPTIONS": "-c synchronous_commit=off",
        # The database learns at install to which environment it belongs.
        odoo_conf.RESOURCE: f"deployment.environment.name={state.record.get('environment', 'local')}",
    }
    run(state, what, [*program, *quiet, *arguments], env=environment, log="odoo-setup")
    wanted = {name for argument in arguments if not argument.startswith("-") for name in argument.split(",")}
    if absent := wanted - _installed(state, database):
        raise StackError(
            f"{what} failed: {', '.join(sorted(absent))} not installed (log: {state.log('odoo-setup')})"
        )


def _installed(state: State, database: str) -> set[str]:
    rows = postgres.sql(
        state, "SELECT json_agg(name) FROM ir_module_module WHERE state = 'installed'", database
    )
    return set(json.loads(rows))


def _set_admin_password(state: State, database: str) -> None:
    password = secret_file(state.path("admin_password"))
    output = run(
        state, "hashing the password", [state.python, "-c", HASH_PASSWORD], text=password, secret=True
    )
    hashed = output.split()[-1]
    # base.user_admin has id 2 in every database of Odoo.
    postgres.sql(state, "UPDATE res_users SET password = :'hashed' WHERE id = 2", database, hashed=hashed)


def _filestore(state: State, name: str):
    return state.path("odoo", "data", "filestore", name)
