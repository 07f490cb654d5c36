"""``odooops profile``: which Odoo the commands talk to, and with whose key."""

import argparse
import os
import shlex
from pathlib import Path
from typing import Any

from .. import completion, profile_file, secret_input
from ..client import Client, check_url
from ..nouns import Call, Nouns, UsageError
from ..profiles import Profile, Profiles
from ..show import Column
from ..target import Target, by_profile

COLUMNS = (
    Column("Name", "name"),
    Column("Default", "default"),
    Column("URL", "url"),
    Column("Database", "database"),
    Column("Key from", "key_source"),
    Column("State", "state"),
)


def list_profiles(profiles: Profiles) -> list[dict[str, Any]]:
    """The profiles of the file, without their keys."""
    return [_plain(profile, profiles) for _name, profile in sorted(profiles.profiles.items())]


def show_target(target: Target, client_url: str | None, profiles: Profiles) -> dict[str, Any]:
    """What the commands would talk to now, and why."""
    if target.profile:
        return _plain(target.profile, profiles)
    state = str(target.state) if target.state else None
    key_source = "file secrets/api-key" if state else "ODOOOPS_API_KEY"
    return {
        "name": target.source,
        "default": False,
        "url": client_url,
        "key_source": key_source,
        "state": state,
    }


def add_profile(path: Path, profile: Profile, *, is_checked: bool) -> dict[str, Any]:
    """Writes the profile, after a call with its key when ``is_checked``; raises StackError when that fails."""
    if is_checked:
        check(by_profile(profile))
    options = {
        "url": check_url(profile.url, is_plain_allowed=profile.insecure),
        "database": profile.database,
        "key": profile.key,
        "key_file": profile.key_file,
        "key_command": list(profile.key_command) if profile.key_command else None,
        "ca_file": profile.ca_file,
        "insecure": profile.insecure,
    }
    profile_file.add(path, profile.name, **options)
    return {"name": profile.name, "url": profile.url, "key_source": profile.key_source, "file": str(path)}


def check(client: Client) -> None:
    """Calls Odoo once with the key; raises StackError."""
    client.call("res.users", "context_get")


def _plain(profile: Profile, profiles: Profiles) -> dict[str, Any]:
    return {
        "name": profile.name,
        "default": profile.name == profiles.default,
        "url": profile.url,
        "database": profile.database,
        "key_source": profile.key_source,
    }


def _add(call: Call) -> dict[str, Any]:
    options, path = call.options, call.profiles.path
    if options.name in call.profiles.profiles and not options.replace:
        raise UsageError(f"there is a profile {options.name} already: say --replace, or take another name")
    sources: dict[str, Any] = {}
    if options.key_file:
        sources["key_file"] = os.path.abspath(os.path.expanduser(options.key_file))
    elif options.key_command:
        sources["key_command"] = tuple(shlex.split(options.key_command))
    else:
        sources["key"] = secret_input.read("API key").strip()
    profile = Profile(
        options.name,
        options.url,
        options.database,
        ca_file=options.ca_file and os.path.abspath(options.ca_file),
        insecure=options.insecure,
        **sources,
    )
    return add_profile(path, profile, is_checked=not options.no_check)


def _show(call: Call) -> dict[str, Any]:
    if call.options.name:
        return _plain(call.profiles.get(call.options.name), call.profiles)
    url = None if call.target.profile else call.client.url
    return show_target(call.target, url, call.profiles)


def _use(call: Call) -> dict[str, Any]:
    profile_file.use(call.profiles.path, call.options.name)
    return {"name": call.options.name, "default": True}


def _remove(call: Call) -> dict[str, Any]:
    profile_file.remove(call.profiles.path, call.options.name)
    return {"name": call.options.name, "removed": True}


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("profile", "which Odoo the commands talk to, and with whose key")
    noun.verb(
        "list",
        "the profiles in your file",
        lambda call: list_profiles(call.profiles),
        columns=COLUMNS,
        empty="no profile yet: odooops profile add NAME --url https://odoo.example.com",
    )
    show = noun.verb("show", "what the commands talk to, or one profile; never a key", _show, columns=COLUMNS)
    _name(show, nargs="?")
    addition = noun.verb(
        "add",
        "add a profile",
        _add,
        "Adds a profile. The key is asked for at the terminal or read from standard input, unless it has a file or a\n"
        "command of its own; a call to Odoo shows that it works.",
        text=lambda found: f"profile {found['name']} is in {found['file']}",
    )
    addition.add_argument("name", metavar="NAME")
    addition.add_argument("--url", required=True, metavar="URL", help="https://odoo.example.com")
    addition.add_argument("--database", metavar="NAME", help="where it has several")
    source = addition.add_mutually_exclusive_group()
    source.add_argument("--key-file", metavar="FILE", help="a file of yours that holds the key (mode 600)")
    source.add_argument("--key-command", metavar="COMMAND", help="prints the key, such as 'pass show odoo'")
    addition.add_argument("--ca-file", metavar="FILE", help="certificates to trust instead of the system's")
    addition.add_argument("--insecure", action="store_true", help="allow http to another machine")
    addition.add_argument("--replace", action="store_true", help="also when there is one of that name")
    addition.add_argument("--no-check", action="store_true", help="do not call Odoo first")
    for verb, summary, function, text in (
        ("use", "make a profile the default", _use, "{name} is the default"),
        ("remove", "remove a profile from your file", _remove, "profile {name} is removed"),
    ):
        command = noun.verb(verb, summary, function, text=lambda found, text=text: text.format(**found))
        _name(command)


def _name(command: argparse.ArgumentParser, **more: Any) -> None:
    command.add_argument("name", metavar="NAME", **more).completer = completion.profile_names
