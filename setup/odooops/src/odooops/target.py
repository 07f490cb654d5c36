"""Which Odoo a command talks to: named on the command line, by the environment, by a profile, or the local stack."""

import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from . import endpoints, profiles
from .client import Client, check_url
from .endpoints import NothingUp
from .http_transport import post
from .profiles import Profile, Profiles
from .stack import state as states
from .stack.errors import StackError

URL, KEY, DATABASE = "ODOOOPS_URL", "ODOOOPS_API_KEY", "ODOOOPS_DATABASE"
PROFILE, STATE = "ODOOOPS_PROFILE", "ODOOOPS_STATE"
# Written by setup/up.
KEY_FILE = ("secrets", "api-key")


@dataclass(frozen=True)
class Target:
    """What was chosen, and by whom."""

    source: str
    """"environment", "local", or "profile"."""

    profile: Profile | None = None
    state: Path | None = None


def choose(profile: str | None, state: str | None, environ: Mapping[str, str], known: Profiles) -> Target:
    """The first that is named: --profile, ODOOOPS_URL with its key, --state, ODOOOPS_PROFILE, ODOOOPS_STATE, the
    default profile; else the local stack. Raises StackError.

    A variable is said for one shell, the default profile once for all: the nearer one wins. A state that is named
    along with an address says where setup/cli runs from.
    """
    if profile:
        return Target("profile", known.get(profile))
    if environ.get(URL) or environ.get(KEY):
        return Target("environment")
    if state is not None:
        return _local_target(state, environ)
    if environ.get(PROFILE):
        return Target("profile", known.get(environ[PROFILE]))
    if not environ.get(STATE) and known.default:
        return Target("profile", known.get(known.default))
    return _local_target(None, environ)


def connect(target: Target, environ: Mapping[str, str]) -> Client:
    """A client for it; raises StackError, NothingUp for a local stack that does not run."""
    if target.profile:
        return by_profile(target.profile)
    return _by_environment(environ) if target.source == "environment" else of_state(target.state)


def local(option: str | None, environ: Mapping[str, str]) -> Path:
    """The directory of the local stack; raises StackError for one that cannot be."""
    return states.state_directory(option, dict(environ), os.geteuid() == 0)


def _local_target(option: str | None, environ: Mapping[str, str]) -> Target:
    return Target("local", state=local(option, environ))


def _by_environment(environ: Mapping[str, str]) -> Client:
    # A key is for the address that it was given with, and for no other: that of a profile stays out of this.
    for name, other in ((URL, KEY), (KEY, URL)):
        if not environ.get(name):
            raise StackError(f"{other} is set and {name} is not: set both, or use a profile")
    return Client(check_url(environ[URL]), environ[KEY].strip(), environ.get(DATABASE) or None)


def by_profile(profile: Profile) -> Client:
    """A client for the Odoo of a profile, with its key; raises StackError."""
    transport = functools.partial(post, ca_file=profile.ca_file) if profile.ca_file else post
    url = check_url(profile.url, is_plain_allowed=profile.insecure)
    return Client(url, profile.read_key(), profile.database, transport)


def of_state(directory: Path) -> Client:
    """A client for the Odoo of a local stack, with the key that setup/up made; raises StackError, NothingUp."""
    try:
        stack = endpoints.read(directory)
        endpoints.require_running(directory)
    except NothingUp as error:
        raise NothingUp(f"{error}; another Odoo is named by odooops profile add") from None
    path = directory.joinpath(*KEY_FILE)
    if not path.exists():
        raise StackError(f"{path} is not there: setup/up makes it; or add a profile with odooops profile add")
    return Client(stack.server("nginx").url, profiles.read_secret(path))
