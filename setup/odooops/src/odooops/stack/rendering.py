"""The files of monitoring/ with this state's ports and names in them, put in place once the program accepts them."""

import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from string import Template

from .errors import StackError
from .files import remove_tree, replace_tree, write_atomic
from .ports import LOOPBACK
from .run import run
from .state import State


def placeholders(state: State) -> dict[str, str]:
    """What ${…} in the files of monitoring/ stands for."""
    ports = {f"{name}_port": str(number) for name, number in state.ports.items()}
    listen = {f"{name}_listen": f"{LOOPBACK}:{number}" for name, number in state.ports.items()}
    directories = {f"{name}_dir": str(state.path(name)) for name in ("collector", "loki", "tempo", "log")}
    return {
        **ports,
        **listen,
        **directories,
        "odoo_url": f"http://{LOOPBACK}:{state.ports['nginx']}",
        "host": socket.gethostname(),
        "environment": state.record["environment"],
        "rules_dir": str(state.path("prometheus", "rules")),
        "probes_dir": str(state.path("prometheus", "probes")),
        "scrape_dir": str(state.path("prometheus", "scrape")),
    }


def render(state: State, source: Path, more: Mapping[str, str] | None = None) -> str:
    """A file of monitoring/ with its placeholders filled in; ``more`` adds to them or takes their place."""
    try:
        return Template(source.read_text()).substitute(placeholders(state) | dict(more or {}))
    except FileNotFoundError:
        raise StackError(
            f"the checkout is not complete: {source} is missing; restore it with git checkout"
        ) from None
    except (KeyError, ValueError) as error:
        raise StackError(f"{source}: unknown placeholder {error}; a dollar sign is written $$") from None


def write_checked(state: State, name: str, check: Sequence[str | Path], option: str = "") -> None:
    """Renders monitoring/<name> to <state>/<name> when ``check`` accepts it; its path is the last argument.

    ``option`` is put before the path when the program wants it as one: "-config.file=".
    """
    text, target = render(state, state.checkout / "monitoring" / name), state.path(name)
    candidate = target.with_name(f".{target.stem}.new{target.suffix}")
    write_atomic(candidate, text)
    try:
        run(state, f"check of monitoring/{name}", [*check, f"{option}{candidate}"])
    finally:
        candidate.unlink()
    write_atomic(target, text)


def new_directory(target: Path, texts: Mapping[str, str]) -> Path:
    """The files beside ``target``, to be checked there and then put in its place by ``settle``."""
    new = target.with_name(f".{target.name}.new")
    remove_tree(new)
    new.mkdir(mode=0o750)
    for name, text in texts.items():
        (new / name).write_text(text)
    return new


def settle(new: Path, target: Path) -> None:
    """Puts the directory ``new`` in the place of ``target`` where they differ."""
    if contents(new) == contents(target):
        remove_tree(new)
    else:
        replace_tree(new, target)


def contents(directory: Path) -> dict[str, str] | None:
    """File name → text; None when there is no such directory."""
    return {file.name: file.read_text() for file in directory.iterdir()} if directory.exists() else None
