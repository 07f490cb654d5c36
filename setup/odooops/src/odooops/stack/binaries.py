"""Where the monitoring programs are: promtool, Alertmanager, exporters from Debian's archive, the rest built by Go."""

import re
from dataclasses import dataclass
from pathlib import Path

from . import archive
from .go_modules import Module
from .state import State

# Debian's Alertmanager opens its templates below this directory, wherever the program itself is. Unpacked in the
# cache it must look beside itself: same length, relative to the directory it is started in, <cache>/…/usr/bin.
ABSOLUTE_SHARE, RELATIVE_SHARE = b"/usr/share/prometheus/alertmanager", b".././share/prometheus/alertmanager"


def _finish(tree: Path) -> None:
    alertmanager = tree / "usr/bin/prometheus-alertmanager"
    alertmanager.write_bytes(alertmanager.read_bytes().replace(ABSOLUTE_SHARE, RELATIVE_SHARE))


BUNDLE = archive.Bundle(
    name="monitoring",
    suites={
        "sid": (
            packages := (
                # Built by Go it would cost a first setup/up 86 s of CPU more: it has the client of Kubernetes in it.
                "promtool",
                "prometheus-alertmanager",
                "prometheus-postgres-exporter",
                "prometheus-blackbox-exporter",
            )
        )
    },
    main=packages,
    finish=_finish,
)


@dataclass(frozen=True)
class Binaries:
    """The files of the programs and their versions; a program that Go has still to build has its place already."""

    debian: Path
    """The directory of the programs of Debian's archive."""

    versions: dict[str, str]
    """Debian package or built program → version."""

    built: dict[str, Path]

    def program(self, name: str) -> Path:
        return self.built.get(name) or self.debian / name

    def version(self, name: str) -> str:
        """The upstream version, without Debian's revision: "0.33.1+ds1-6" → "0.33.1"."""
        if name in self.built:
            return self.versions[name]
        return re.split(r"[+-]", self.versions[name])[0]

    @property
    def directories(self) -> list[Path]:
        """For PATH."""
        return [*dict.fromkeys(file.parent for file in self.built.values()), self.debian]


def ensure(state: State, modules: tuple[Module, ...]) -> Binaries:
    """The programs; those of Debian's archive are fetched into the cache when they are not there."""
    prefix = archive.ensure(state, BUNDLE)
    places = {name: module.directory(state) / name for module in modules for name in module.programs}
    versions = {name: module.version(state.checkout) for module in modules for name in module.programs}
    return Binaries(prefix / "usr/bin", archive.versions(prefix) | versions, places)
