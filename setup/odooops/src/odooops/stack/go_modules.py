"""The Go modules below monitoring/*/build: what each is built into, from which sources, in which version."""

import re
from dataclasses import dataclass
from pathlib import Path

from .errors import StackError
from .files import content_hash, text_hash
from .state import State

# The same for all: what two programs have in the same version is compiled once, as long as nothing else differs.
# grpcnotrace lets the linker drop what is not called; remove_all_sd is without the discovery of cloud providers, half
# of Prometheus.
TAGS = "grpcnotrace,remove_all_sd"
# Stripped and without paths of this machine: the same inputs give the same program. What debuggers want would be
# stripped anyway: it is not made in the first place.
FLAGS = (
    "-mod=readonly",
    "-modcacherw",
    "-trimpath",
    "-buildvcs=false",
    "-gcflags=all=-dwarf=false",
    "-tags",
    TAGS,
)
LINKER = "-s -w"
PSEUDO_VERSION = re.compile(r"v[\d.]+-(?:0\.)?(\d{8})\d{6}-([0-9a-f]{8})[0-9a-f]*")
GO_LINE = re.compile(r"^go (\S+)$", re.MULTILINE)


@dataclass(frozen=True)
class Module:
    """One go.mod, below monitoring/<name>/build, and the programs that are built with it."""

    name: str
    title: str
    packages: tuple[str, ...]
    """Go packages; each becomes a program named after the last part of its path."""

    programs: tuple[str, ...]
    release: str
    """The required module whose version is that of the programs."""

    version_in: str = ""
    """The Go variable that the program tells its version from."""

    is_library: bool = False
    """Whether ``release`` is tagged as Prometheus is: 3.13.5 as v0.313.5, since the library has not reached 1.0."""

    def source(self, checkout: Path) -> Path:
        """The directory with go.mod and go.sum."""
        return checkout / "monitoring" / self.name / "build"

    def version(self, checkout: Path) -> str:
        """The version of the programs, for people."""
        version = _readable(self._required(checkout, self.release))
        return re.sub(r"^0\.(\d)(\d\d)\.", r"\1.\2.", version) if self.is_library else version

    def _required(self, checkout: Path, module: str) -> str:
        text = _go_mod(self.source(checkout))
        return re.search(rf"^\s*(?:require )?{re.escape(module)} (v\S+)", text, re.MULTILINE)[1]

    def needs_go(self, checkout: Path) -> str:
        """The Go version that go.mod asks for."""
        return GO_LINE.search(_go_mod(self.source(checkout)))[1]

    def directory(self, state: State) -> Path:
        """Where the programs are in the cache: under a hash of all that they are made from."""
        inputs = [content_hash(self.source(state.checkout)), *self.arguments(state.checkout)]
        return state.cache / "go" / f"{self.name}-{text_hash(inputs)}"

    def is_built(self, state: State) -> bool:
        return self.directory(state).is_dir()

    def arguments(self, checkout: Path) -> list[str]:
        """What ``go build`` is told."""
        version = f" -X {self.version_in}={self.version(checkout)}" if self.version_in else ""
        return [*FLAGS, "-ldflags", LINKER + version, *self.packages]


PROMETHEUS = Module(
    name="prometheus",
    title="Prometheus",
    packages=("github.com/prometheus/prometheus/cmd/prometheus",),
    programs=("prometheus",),
    release="github.com/prometheus/prometheus",
    version_in="github.com/prometheus/common/version.Version",
    is_library=True,
)
COLLECTOR = Module(
    name="collector",
    title="OpenTelemetry Collector",
    packages=(".",),
    programs=("otelcol",),
    release="go.opentelemetry.io/collector/otelcol",
)
LOKI = Module(
    name="loki",
    title="Loki",
    packages=("github.com/grafana/loki/v3/cmd/loki",),
    programs=("loki",),
    release="github.com/grafana/loki/v3",
    version_in="github.com/grafana/loki/v3/pkg/util/build.Version",
)
TEMPO = Module(
    name="tempo",
    title="Tempo",
    packages=("github.com/grafana/tempo/cmd/tempo",),
    programs=("tempo",),
    release="github.com/grafana/tempo",
    version_in="main.Version",
)
CORE = (PROMETHEUS,)
# Two are built at a time, and neither looks at what the other is just compiling. Prometheus has the fewest modules:
# what it shares with Loki is there when Loki's, three times as many, have been downloaded. What takes long comes then.
WHOLE = (PROMETHEUS, LOKI, TEMPO, COLLECTOR)


def _go_mod(source: Path) -> str:
    try:
        return (source / "go.mod").read_text()
    except FileNotFoundError:
        raise StackError(
            f"the checkout is not complete: {source / 'go.mod'} is missing; restore it with git checkout"
        ) from None


def _readable(version: str) -> str:
    """ "v3.7.8" → "3.7.8"; a commit → "20250529-87c2dc38"."""
    if commit := PSEUDO_VERSION.fullmatch(version):
        return "-".join(commit.groups())
    return version.removeprefix("v")
