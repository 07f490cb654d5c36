"""Where a test run keeps its things, and who may use them."""

import os
from dataclasses import dataclass
from pathlib import Path

from ..stack import account as accounts, state as states
from ..stack.account import Account
from ..stack.state import State

# Tells the processes of a run, which may be another user's, where its things are.
BASE_VARIABLE = "ODOOOPS_TEST_BASE"


@dataclass(frozen=True)
class Places:
    """The directory of a test run and the account that its processes run as."""

    base: Path
    cache: Path
    account: Account

    @property
    def checkout(self) -> Path:
        """The copy of the checkout that is tested."""
        return self.base / "checkout"

    @property
    def stack(self) -> Path:
        """The state of the end-to-end tests' stack."""
        return self.base / "stack"

    @property
    def reports(self) -> Path:
        """One JUnit file a tier."""
        return self.base / "reports"

    @property
    def prepared(self) -> Path:
        """There when tests can run that need nothing of what Go still builds."""
        return self.base / "prepared"

    @property
    def work(self) -> State:
        """The state with the test tools' environment and the addons' PostgreSQL."""
        return State(self.base / "work", self.cache, self.checkout)

    @property
    def system(self) -> State:
        """Where the log of root's own steps goes."""
        return State(self.base / "system", self.cache, self.checkout, logs=states.ROOT_LOGS)

    @property
    def python(self) -> Path:
        """The interpreter with the test tools."""
        return self.work.python


def locate(environ: dict[str, str]) -> Places:
    """The places of this user: beside the default state, with the same cache."""
    root = os.geteuid() == 0
    account = accounts.ensure_service_user() if root else accounts.current()
    return Places(_base(environ, root), states.cache_directory(environ, root), account)


def _base(environ: dict[str, str], root: bool) -> Path:
    if given := environ.get(BASE_VARIABLE):
        return Path(given)
    state = states.state_directory(None, environ, root)
    return state.with_name(f"{state.name}-test")


def claim(places: Places) -> None:
    """Makes the directories for the account; raises StackError when they are somebody else's."""
    states.claim(places.base, places.account, "cache")
    states.claim(places.cache, places.account, "cache")
    for directory in (places.checkout, places.reports, places.work.directory):
        states.claim(directory, places.account, "cache")
