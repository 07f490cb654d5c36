"""The one port of the user: nginx before Odoo's HTTP workers, its evented process and its static files."""

import re
import subprocess
from importlib.resources import files
from pathlib import Path
from string import Template

from .errors import StackError
from .files import write_atomic
from .odoo import OdooTree
from .packages import program
from .run import run
from .state import State

STATIC = r"""        location %(where)s {
            root %(root)s;
            try_files $uri %(next)s;
            %(caching)s
            add_header X-Content-Type-Options nosniff;
            add_header Content-Security-Policy $static_policy;
            access_log off;
        }
"""
# Odoo gives its static files a week; ours may be under development: the browser asks each time, nginx answers 304.
CACHED, REVALIDATED = "expires 7d;", "add_header Cache-Control no-cache;"


class NginxTemplate(Template):
    """A template whose placeholders do not collide with nginx's own variables: %{name}."""

    delimiter = "%"


def write(state: State, tree: OdooTree) -> None:
    """Writes nginx.conf and lets nginx check it."""
    state.path("nginx").mkdir(mode=0o750, exist_ok=True)
    file = state.path("nginx", "nginx.conf")
    write_atomic(file, render(state, tree))
    run(state, "checking nginx.conf", [*command(state), "-t", "-q"])


def render(state: State, tree: OdooTree) -> str:
    """The text of nginx.conf."""
    text = files("odooops.stack").joinpath("templates/nginx.conf").read_text()
    return NginxTemplate(text).substitute(
        state=state.directory,
        port=state.ports["nginx"],
        odoo=state.ports["odoo"],
        evented=state.ports["odoo-evented"],
        static=static_locations(
            [(root, CACHED) for root in tree.addons] + [(state.checkout / "addons", REVALIDATED)]
        ),
    )


def static_locations(roots: list[tuple[Path, str]]) -> str:
    """Locations that look for /<addon>/static/… in each addon directory in turn, and then ask Odoo."""
    places = ["~ ^/[^/]+/static/.+$", *(f"@static{number}" for number in range(1, len(roots))), "@odoo"]
    return "\n".join(
        STATIC % {"where": places[number], "root": root, "next": places[number + 1], "caching": caching}
        for number, (root, caching) in enumerate(roots)
    )


def command(state: State) -> list[str | Path]:
    """nginx's command line; -e keeps it from opening the system's error log before it reads the configuration."""
    binary = program("nginx")
    if not binary:
        raise StackError("nginx is not installed: apt-get install nginx-light")
    return [binary, "-e", "stderr", "-p", state.path("nginx"), "-c", state.path("nginx", "nginx.conf")]


def version() -> str:
    """The version of nginx, such as "1.22.1"."""
    output = subprocess.run(
        [program("nginx") or "nginx", "-v"], capture_output=True, text=True, check=True
    ).stderr
    return re.search(r"nginx/(\S+)", output)[1]
