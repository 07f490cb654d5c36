"""Profiles: which Odoo, and whose key. Kept in a file that nobody else can read.

``${XDG_CONFIG_HOME:-~/.config}/odooops/config.toml``::

    default = "production"

    [profiles.production]
    url = "https://odoo.example.com"
    database = "odoo"                          # where it has several
    key_command = ["pass", "show", "odoo"]     # or key_file = "/…", or key = "…"
    ca_file = "/etc/ssl/own-authority.pem"     # to trust instead of the system's authorities
    insecure = false                           # whether http to another machine is allowed

    [rollback.production]
    command = ["/usr/local/bin/deploy", "--to"]    # run by odooops rollback production
"""

import os
import re
import stat
import subprocess
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .stack.errors import StackError

NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
KEY_COMMAND_SECONDS = 60
# Option → what it has to be.
OPTIONS: dict[str, type] = {
    "url": str,
    "database": str,
    "key": str,
    "key_file": str,
    "key_command": list,
    "ca_file": str,
    "insecure": bool,
}
KEY_OPTIONS = ("key", "key_file", "key_command")


class ProfileError(StackError):
    """The file of profiles, or a profile in it, cannot be used."""


@dataclass(frozen=True)
class Profile:
    """One Odoo and where its key comes from; of the three ways to have a key exactly one is set."""

    name: str
    url: str
    database: str | None = None
    key: str | None = field(default=None, repr=False)
    key_file: str | None = None
    key_command: tuple[str, ...] | None = None
    ca_file: str | None = None
    insecure: bool = False

    @property
    def key_source(self) -> str:
        """Where the key comes from, in words."""
        if self.key_command:
            return f"command {self.key_command[0]}"
        return f"file {self.key_file}" if self.key_file else "profile"

    def read_key(self) -> str:
        """The key itself; raises ProfileError."""
        if self.key_command:
            return _run_key_command(self.key_command)
        return read_secret(Path(self.key_file).expanduser()) if self.key_file else self.key or ""


@dataclass(frozen=True)
class Profiles:
    """What the file says."""

    path: Path
    default: str | None = None
    profiles: Mapping[str, Profile] = field(default_factory=dict)
    rollback: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def get(self, name: str) -> Profile:
        """The profile of that name; raises ProfileError that names the known ones."""
        if name in self.profiles:
            return self.profiles[name]
        known = ", ".join(sorted(self.profiles)) or "none yet"
        raise ProfileError(
            f"there is no profile {name} in {self.path}; known are: {known}. odooops profile add makes one"
        )


def config_file(environ: Mapping[str, str]) -> Path:
    """Where profiles are kept."""
    # The XDG specification: a relative path in this variable is invalid and to be ignored.
    base = environ.get("XDG_CONFIG_HOME", "")
    home = Path(base) if base.startswith("/") else Path(os.path.expanduser("~")) / ".config"
    return home / "odooops" / "config.toml"


def read(path: Path) -> Profiles:
    """The profiles of the file, none when it is not there; raises ProfileError."""
    try:
        text = read_private(path)
    except FileNotFoundError:
        return Profiles(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ProfileError(f"{path} is no TOML: {error}") from None
    return Profiles(path, _default(path, content), _profiles(path, content), _rollback(path, content))


def read_private(path: Path) -> str:
    """The text of a file that its owner alone can read; raises FileNotFoundError, ProfileError."""
    try:
        with open(path, encoding="utf-8") as stream:
            status = os.fstat(stream.fileno())
            if stat.S_ISREG(status.st_mode) and status.st_mode & 0o077:
                raise ProfileError(f"{path} can be read by others and may hold a key: chmod 600 {path}")
            return stream.read(1_000_000)
    except FileNotFoundError:
        raise
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"{path} cannot be read: {getattr(error, 'strerror', 'it is no text')}") from None


def read_secret(path: Path) -> str:
    """The one secret that a file holds; raises ProfileError."""
    try:
        return read_private(path).strip()
    except FileNotFoundError:
        raise ProfileError(f"the file with the API key, {path}, is not there") from None


def _profiles(path: Path, content: dict[str, Any]) -> dict[str, Profile]:
    return {name: _profile(path, name, table) for name, table in _tables(path, content, "profiles").items()}


def _profile(path: Path, name: str, table: dict[str, Any]) -> Profile:
    where = f"{path}: [profiles.{name}]"
    if unknown := sorted(table.keys() - OPTIONS.keys()):
        raise ProfileError(f"{where} has {unknown[0]}, which is none of: {', '.join(OPTIONS)}")
    for option, value in table.items():
        if not isinstance(value, OPTIONS[option]):
            raise ProfileError(f"{where} {option}: write {_KINDS[OPTIONS[option]]}")
    keys = [option for option in KEY_OPTIONS if option in table]
    if "url" not in table or len(keys) != 1:
        raise ProfileError(f"{where} needs url and exactly one of key, key_file and key_command")
    command = _command(where, "key_command", table.get("key_command"))
    return Profile(name, **{**table, **({"key_command": command} if command else {})})


_KINDS = {
    str: 'text, such as "…"',
    bool: "true or false",
    list: 'the program and its arguments, such as ["pass", "show", "odoo"]',
}


def _command(where: str, option: str, value: Any) -> tuple[str, ...] | None:
    if value is None:
        return None
    if not isinstance(value, list) or not value or not all(isinstance(part, str) for part in value):
        raise ProfileError(f"{where} {option}: write {_KINDS[list]}")
    return tuple(value)


def _rollback(path: Path, content: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    found = {}
    for name, table in _tables(path, content, "rollback").items():
        command = _command(f"{path}: [rollback.{name}]", "command", table.get("command"))
        if not command or table.keys() != {"command"}:
            raise ProfileError(f"{path}: [rollback.{name}] needs command and nothing else")
        found[name] = command
    return found


def _tables(path: Path, content: dict[str, Any], section: str) -> dict[str, dict[str, Any]]:
    tables = content.get(section, {})
    if not isinstance(tables, dict) or not all(isinstance(table, dict) for table in tables.values()):
        raise ProfileError(f"{path}: {section} has to be tables, such as [{section}.production]")
    return tables


def _default(path: Path, content: dict[str, Any]) -> str | None:
    default = content.get("default")
    if default is not None and default not in content.get("profiles", {}):
        raise ProfileError(f"{path}: default names a profile that is not there")
    return default


def _run_key_command(command: tuple[str, ...]) -> str:
    """What the command prints. Its errors go to our terminal: it may have to ask for a passphrase."""
    try:
        done = subprocess.run(
            command, stdout=subprocess.PIPE, text=True, timeout=KEY_COMMAND_SECONDS, check=False
        )
    except subprocess.TimeoutExpired:
        raise ProfileError(f"key_command {command[0]} did not end within {KEY_COMMAND_SECONDS} s") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProfileError(f"key_command {command[0]} cannot be run: {error}") from None
    if done.returncode:
        raise ProfileError(f"key_command {command[0]} failed with exit code {done.returncode}")
    return done.stdout.strip()
