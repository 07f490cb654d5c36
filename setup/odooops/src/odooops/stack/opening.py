"""From a command line to a State: which directory, which account, may they."""

import os
import sys
from pathlib import Path

from . import account as accounts, state as states
from .account import Account
from .errors import StackError
from .state import State

CHECKOUT = Path(__file__).resolve().parents[5]
READ_BY_STACK = ("addons", "monitoring", "native", "setup/odooops", "requirements.txt", "constraints.txt")


def create(option: str | None) -> tuple[State, Account]:
    """For setup/up: the state, made when it is new, and the account to run it as. Gives up no privileges yet."""
    root = os.geteuid() == 0
    state_directory = directory(option)
    cache = states.cache_directory(dict(os.environ), root)
    _check_length(state_directory)
    states.check_path(CHECKOUT, "the path of the checkout")
    account = accounts.ensure_service_user() if root else accounts.current()
    existing = [CHECKOUT / name for name in READ_BY_STACK if (CHECKOUT / name).exists()]
    accounts.require_readable(account, "the checkout", CHECKOUT, *existing)
    accounts.require_readable(account, "Python", Path(os.path.realpath(sys.executable)))
    states.claim(state_directory, account, "state")
    states.claim(cache, account, "cache")
    return State(state_directory, cache, CHECKOUT), account


def directory(option: str | None) -> Path:
    """The state directory that the command line and the environment name."""
    return states.state_directory(option, dict(os.environ), os.geteuid() == 0)


def find(option: str | None, *, needs_record: bool = True) -> State | None:
    """For setup/down and setup/cli: the state when there is one. As root, this process becomes its owner.

    Without ``needs_record`` a state whose state.json is lost or damaged is found as well: it can be stopped.
    """
    root = os.geteuid() == 0
    state_directory = directory(option)
    if not state_directory.is_dir():
        return None
    owner = state_directory.stat().st_uid
    if root and owner:
        become_user(owner)
    elif owner != os.geteuid():
        raise StackError(
            f"{state_directory} belongs to {accounts.name_of(owner)}: run as {accounts.name_of(owner)} or as root"
        )
    cache = states.cache_directory(dict(os.environ), root)
    if not needs_record:
        return State(state_directory, cache, CHECKOUT) if (state_directory / "run").is_dir() else None
    record = states.read_record(state_directory)
    return State(state_directory, cache, CHECKOUT, record) if record else None


def become_user(uid: int) -> None:
    """Gives up root for the user of that number."""
    account = accounts.find(accounts.name_of(uid))
    if not account:
        raise StackError(f"no user has the number {uid} any more: give the state to one with chown -R USER")
    accounts.become(account)


def _check_length(state_directory: Path) -> None:
    if len(str(state_directory)) > states.MAX_PATH:
        raise StackError(
            f"--state {state_directory}: {len(str(state_directory))} characters are too long for the sockets below it "
            f"(at most {states.MAX_PATH}): choose a shorter path"
        )
