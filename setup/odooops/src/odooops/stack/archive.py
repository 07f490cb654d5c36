"""Packages of Debian unpacked into the cache: a private apt root, nothing on the system changes."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .errors import StackError
from .files import remove_tree, replace_tree, work_directory
from .run import CommandFailed, run
from .state import State

KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
FIELD = re.compile(r"^(URIs|Suites|Components|Signed-By):\s*(.+)$", re.IGNORECASE | re.MULTILINE)
LINE = re.compile(r"^deb\s+(?:\[[^\]]*\]\s+)?(\S+)\s+(\S+)\s+(.+)$", re.MULTILINE)


@dataclass(frozen=True)
class Bundle:
    """Packages that are unpacked together below <cache>/<name>."""

    name: str
    suites: dict[str, tuple[str, ...]]
    """Suite → packages taken from it."""

    main: tuple[str, ...]
    """Packages whose versions are recorded."""

    finish: Callable[[Path], None] = lambda tree: None
    """Called with the unpacked tree before it is put in place."""


def ensure(state: State, bundle: Bundle) -> Path:
    """The directory with the bundle unpacked; downloads it once, reuses the cache afterwards."""
    prefix = state.cache / bundle.name
    if versions(prefix).keys() >= set(bundle.main):
        return prefix
    with work_directory(state.cache, bundle.name) as work:
        tree = work / "tree"
        tree.mkdir(mode=0o755)
        found: dict[str, str] = {}
        for suite, packages in bundle.suites.items():
            debs = _download(state, work, suite, packages)
            _unpack(state, debs, tree)
            found |= {deb.name.split("_")[0]: deb.name.split("_")[1].replace("%3a", ":") for deb in debs}
        bundle.finish(tree)
        _write_versions(tree, {name: found[name] for name in bundle.main})
        replace_tree(tree, prefix)
    return prefix


def versions(prefix: Path) -> dict[str, str]:
    """Package → version of an unpacked bundle; {} when it is not (wholly) there."""
    try:
        return json.loads((prefix / "versions.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _write_versions(tree: Path, found: dict[str, str]) -> None:
    (tree / "versions.json").write_text(json.dumps(found, indent=2) + "\n")


def _download(state: State, work: Path, suite: str, packages: tuple[str, ...]) -> list[Path]:
    root = work / f"apt-{suite}"
    debs = root / "debs"
    for directory in ("lists/partial", "archives/partial", "debs"):
        (root / directory).mkdir(parents=True)
    (root / "status").touch()
    (root / "debian.sources").write_text(
        f"Types: deb\nURIs: {mirror()}\nSuites: {suite}\nComponents: main\nSigned-By: {KEYRING}\n"
    )
    what = f"download of {packages[0]} and what it needs from Debian {suite}"
    try:
        run(state, what, ["apt-get", *_options(root), "update"], cwd=debs)
        run(state, what, ["apt-get", *_options(root), "download", *packages], cwd=debs)
    except CommandFailed as error:
        raise StackError(
            f"{error}; check the network (a proxy goes into http_proxy), then run setup/up again"
        ) from None
    return sorted(debs.glob("*.deb"))


def _options(root: Path) -> list[str]:
    settings = {
        "Dir::Etc::SourceList": root / "debian.sources",
        "Dir::Etc::SourceParts": "/dev/null",
        "Dir::State": root,
        "Dir::State::status": root / "status",
        "Dir::State::lists": root / "lists",
        "Dir::Cache": root,
        "APT::Sandbox::User": "root",
        "Debug::NoLocking": "1",
        "Acquire::Retries": "2",
        "Acquire::Languages": "none",
        "APT::Update::Error-Mode": "any",
    }
    return [part for key, value in settings.items() for part in ("-o", f"{key}={value}")]


def _unpack(state: State, debs: list[Path], tree: Path) -> None:
    for deb in debs:
        run(state, f"unpacking {deb.name}", ["dpkg", "-x", deb, tree])
        deb.unlink()


def mirror(etc: Path = Path("/etc/apt")) -> str:
    """The archive that this machine's own apt sources name for Debian itself."""
    for file in sorted((etc / "sources.list.d").glob("*.sources")):
        for stanza in re.split(r"\n\s*\n", file.read_text()):
            fields = {key.lower(): value.split() for key, value in FIELD.findall(stanza)}
            if uri := _debian(fields.get("uris", []), fields.get("suites", []), fields.get("components", [])):
                return uri
    for file in [etc / "sources.list", *sorted((etc / "sources.list.d").glob("*.list"))]:
        for uri, suite, components in LINE.findall(file.read_text() if file.exists() else ""):
            if _debian([uri], [suite], components.split()):
                return uri
    raise StackError(
        "apt's sources on this machine name no Debian archive: set ODOO_HOME to an Odoo 19.0 tree, "
        "and run setup/up on Debian 12 or 13 for the rest"
    )


def _debian(uris: list[str], suites: list[str], components: list[str]) -> str | None:
    """The first URI when this is Debian's main archive (not its security archive or somebody else's)."""
    release = {"bookworm", "trixie", "stable", "testing", "sid", "unstable", "oldstable", "forky"}
    if uris and "main" in components and release & set(suites):
        return uris[0]
    return None


def forget(state: State, bundle: Bundle) -> None:
    """Removes an unpacked bundle, so that the next ensure downloads it anew."""
    remove_tree(state.cache / bundle.name)
