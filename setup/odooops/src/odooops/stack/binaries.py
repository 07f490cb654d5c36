"""Prometheus, Alertmanager, their tools, the exporters and vmagent, from Debian's archive.

vmagent (package victoria-metrics) takes OTLP and writes it to Prometheus, because Debian builds Prometheus
without its own OTLP receiver.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from . import archive
from .state import State

# Debian's Alertmanager opens its templates below this directory, wherever the program itself is. Unpacked in the
# cache it must look beside itself: same length, relative to the directory it is started in, <cache>/…/usr/bin.
ABSOLUTE_SHARE, RELATIVE_SHARE = b"/usr/share/prometheus/alertmanager", b".././share/prometheus/alertmanager"
UNUSED = ("victoria-metrics", "vmalert", "vmalert-tool", "vmauth", "vmbackup", "vmctl", "vmrestore")


def _finish(tree: Path) -> None:
    alertmanager = tree / "usr/bin/prometheus-alertmanager"
    alertmanager.write_bytes(alertmanager.read_bytes().replace(ABSOLUTE_SHARE, RELATIVE_SHARE))
    for name in UNUSED:
        (tree / "usr/bin" / name).unlink(missing_ok=True)


BUNDLE = archive.Bundle(
    name="monitoring",
    suites={
        "sid": (
            packages := (
                "prometheus",
                "promtool",
                "prometheus-alertmanager",
                "prometheus-postgres-exporter",
                "prometheus-blackbox-exporter",
                "victoria-metrics",
            )
        )
    },
    main=packages,
    finish=_finish,
)


@dataclass(frozen=True)
class Binaries:
    """The directory of the programs and the version of each package."""

    directory: Path
    versions: dict[str, str]

    def program(self, name: str) -> Path:
        return self.directory / name

    def version(self, package: str) -> str:
        """The upstream version, without Debian's revision: "3.5.3+ds1-6" → "3.5.3"."""
        return re.split(r"[+-]", self.versions[package])[0]


def ensure(state: State) -> Binaries:
    """The monitoring programs, fetched into the cache when they are not there."""
    prefix = archive.ensure(state, BUNDLE)
    return Binaries(prefix / "usr/bin", archive.versions(prefix))
