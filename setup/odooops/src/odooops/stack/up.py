"""setup/up: brings the stack to the state that the checkout describes, step by step, each step idempotent."""

import collections
import json
import os
from dataclasses import dataclass, replace

from . import (
    account as accounts,
    api_key,
    binaries,
    components,
    database,
    environments,
    go_modules,
    leftovers,
    listeners,
    monitoring,
    native,
    nginx,
    odoo,
    odoo_conf,
    odoo_log,
    opening,
    packages,
    ports,
    postgres,
    programs,
    receivers,
    reset,
    secret_key,
    space,
    state as states,
    supervisor,
    variables,
    venv,
    waiting,
    whole,
)
from .binaries import Binaries
from .builds import Builder
from .errors import StackError
from .go_modules import Module
from .lock import exclusive
from .progress import Console
from .run import run
from .state import State
from .supervisor import Supervisor


@dataclass(frozen=True)
class Options:
    """The command line of setup/up."""

    state: str | None = None
    port: int | None = None
    core: bool = False
    reset: bool = False


def up(options: Options, console: Console) -> State:
    """Makes or updates the state and waits until every part is healthy; raises StackError."""
    variables.check(os.environ)
    for warning in variables.warnings(os.environ):
        console.say(warning)
    os.umask(0o022)  # what root makes on the way to the state must be passable
    state, account = opening.create(options.state)
    with console.step("System packages") as step:
        # A compiler is asked for once, when the state is made: it is done without where there is no network.
        wanted = [] if (state.directory / states.RECORD_FILES[0]).exists() else native.missing()
        step.note = packages.ensure(replace(state, logs=states.ROOT_LOGS), wanted=wanted)
    # Only root can see who has a port of another user.
    holder = listeners.owner(options.port) if options.port and not ports.is_free(options.port) else ""
    if account.uid != os.geteuid():
        accounts.become(account)
    os.umask(0o027)
    os.chdir(state.directory)
    state.record = states.read_record(state.directory)
    with exclusive(state.path("lock")):
        _bring_up(state, options, holder, console)
    if state.is_whole:
        _follow_rules(state, console)
    return state


def _bring_up(state: State, options: Options, holder: str, console: Console) -> None:
    _prepare(state, options)
    _stop_leftovers(state, console)
    with ports.Reservation() as reservation:
        _choose_ports(state, options.port, holder, reservation, console)
        _make_and_start(state, options, console)


def _make_and_start(state: State, options: Options, console: Console) -> None:
    if options.reset:
        _reset(state, console)
    modules = go_modules.WHOLE if state.is_whole else go_modules.CORE
    builder = Builder(state, modules)
    space.require(state, builder.missing())
    tree, binaries_ = _fetch(state, builder, modules, console)
    _configure(state, tree, console)
    # The database needs PostgreSQL alone: the compiler may still be at work.
    _apply(state, tree, binaries_, only={"postgresql"})
    _database(state, console)
    with console.step(", ".join(module.title for module in modules)) as step:
        builder.wait(step)
    with console.step("Configuration of the monitoring"):
        monitoring.write(state, binaries_)
        if state.is_whole:
            whole.write(state, binaries_)
    plan = _apply(state, tree, binaries_)
    _start(state, plan, components.describe(state, tree, binaries_), console)
    builder.finish(console)


def _apply(
    state: State, tree: odoo.OdooTree, found: Binaries, only: set[str] | None = None
) -> list[programs.Program]:
    """Has the supervisor know the programs, or of those that it runs already ``only`` some as they are now."""
    plan = programs.all_programs(state, tree, found)
    components.write(state, components.describe(state, tree, found))
    programs.write_scripts(state, [program for program in plan if not only or program.name in only])
    supervisor.ensure(state, plan, only)
    return plan


def _prepare(state: State, options: Options) -> None:
    for name in ("log", "run", "run/telemetry"):
        state.path(name).mkdir(mode=0o750, exist_ok=True)
    (state.cache / "CACHEDIR.TAG").write_text(states.CACHE_TAG)
    state.save(
        checkout=str(state.checkout),
        database=state.database,
        environment=environments.own(state, os.environ),
        other_environments=environments.others(state, os.environ),
        whole=not options.core,
    )


def _stop_leftovers(state: State, console: Console) -> None:
    """Processes whose supervisor was killed hold the very ports that they are to have again."""
    if not Supervisor(state.directory).pid() and leftovers.find(state.directory):
        with console.step("Stop what a killed supervisor left"):
            leftovers.stop(state.directory)


def _choose_ports(
    state: State, port: int | None, holder: str, reservation: ports.Reservation, console: Console
) -> None:
    remembered = state.record.get("ports", {})
    running = {name for name, info in Supervisor(state.directory).processes().items() if info["pid"]}
    ours = {number for name, number in remembered.items() if ports.LISTENS.get(name, name) in running}
    if port and port not in ours and not reservation.take(port):
        raise StackError(
            f"port {port} is taken by {holder or listeners.owner(port)}: stop it, or choose another with --port N"
        )
    refused: set[int] = set()

    def is_usable(number: int) -> bool:
        if number in ours or reservation.take(number):
            return True
        refused.add(number)
        return False

    chosen = ports.choose(remembered, port, is_usable)
    if moves := ports.told_moves(remembered, chosen, refused):
        console.say(moves)
    state.save(ports=chosen)


def _reset(state: State, console: Console) -> None:
    console.say(f"--reset: deleting the database and the metrics of {state.directory}")
    with console.step("Reset"):
        supervisor.shut_down(state)
        reset.delete_data(state)


def _fetch(
    state: State, builder: Builder, modules: tuple[Module, ...], console: Console
) -> tuple[odoo.OdooTree, Binaries]:
    with exclusive(state.cache / "lock", wait=True):
        builder.start(console)
        with console.step("Odoo") as step:
            tree = odoo.ensure(state)
            step.note = f"{tree.version} ({tree.source})"
        with console.step("Alertmanager, exporters") as step:
            found = binaries.ensure(state, modules)
            step.note = f"Alertmanager {found.version('prometheus-alertmanager')}"
        with console.step("Virtual environment") as step:
            step.note = venv.ensure(state, tree, before_swap=lambda: supervisor.shut_down(state))
        with console.step("Compiled recorder") as step:
            step.note = native.ensure(state)
    return tree, found


def _configure(state: State, tree: odoo.OdooTree, console: Console) -> None:
    with console.step("PostgreSQL cluster") as step:
        step.note = postgres.ensure(state)
    with console.step("Configuration of Odoo"):
        secret_key.ensure(state)
        odoo_conf.write(state, tree)
        nginx.write(state, tree)


def _database(state: State, console: Console) -> None:
    control = Supervisor(state.directory)
    with console.step("Database") as step:
        control.start("postgresql")
        waiting.until(state, control, "postgresql", "PostgreSQL", lambda _pid: postgres.is_accepting(state))
        postgres.ensure_roles(state)
        step.note = database.ensure(state)
    new, changed = database.pending(state)
    if new or changed:
        with console.step("Upgrade") as step:
            step.note = ", ".join(new + changed)
            _upgrade(state, control, new, changed)
    with console.step("API key of setup/cli") as step:
        step.note = api_key.ensure(state)


def _upgrade(state: State, control: Supervisor, new: list[str], changed: list[str]) -> None:
    was_running = control.is_running("odoo")
    control.stop("odoo")
    try:
        database.upgrade(state, new, changed)
    except StackError:
        # A failed upgrade is rolled back: what was served before can be served again.
        if was_running:
            control.start("odoo")
        raise


def _start(state: State, plan: list[programs.Program], parts: list[dict], console: Console) -> None:
    control = Supervisor(state.directory)
    applied = state.record.get("applied", {})
    with console.step("Start") as step:
        for program in plan:
            if not control.is_running(program.name):
                control.start(program.name)
            elif applied.get(program.name) != program.reload_hash():
                control.reload(program.name)
        state.save(applied={program.name: program.reload_hash() for program in plan})
        waiting.until_healthy(state, control, parts)
        step.note = f"{len(parts)} parts healthy"
    for warning in telemetry_warnings(state, control.processes()["odoo"]["pid"]):
        console.say(warning)


def _follow_rules(state: State, console: Console) -> None:
    """The collector gets the rules of redaction of the database, which Odoo alone can say: by the command for it."""
    command = [state.path("venv", "bin", "odooops"), "redaction", "sync", "--state", state.directory]
    try:
        with console.step("Rules of redaction for the collector") as step:
            found = json.loads(run(state, "redaction sync", [*command, "--quiet", "--output", "json"]))
            step.note = str(len(found["rules"]))
    except StackError as error:
        console.say(f"The collector keeps the rules of redaction that it had: {error}")
        return
    for rule in found["left_out"]:
        console.say(
            f"Redaction rule {rule['name']} {rule['reason']}: it holds in Odoo, not in the collector."
        )


def telemetry_warnings(state: State, master: int) -> list[str]:
    """Endpoints of the caller's that do not answer, and what Odoo's master said about its telemetry settings."""
    with open(state.log("odoo"), errors="replace") as log:
        lines = collections.deque(log, 20_000)
    return [*receivers.warnings(os.environ), *odoo_log.warnings_of_settings(lines, master)]
