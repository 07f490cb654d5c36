"""The Go modules of this checkout."""

import re

import pytest

from odooops.stack import go_modules, golang

# What nearly everything in these programs stands on: in another version all that is above it is compiled once more.
# Tempo, of an older year, works with no newer grpc and otel.
NEWER = (go_modules.PROMETHEUS, go_modules.COLLECTOR, go_modules.LOKI)
IN_ALL = ("golang.org/x/net", "golang.org/x/sys", "golang.org/x/text", "google.golang.org/protobuf")
IN_NEWER = (
    "google.golang.org/grpc",
    "go.opentelemetry.io/otel",
    "go.opentelemetry.io/collector/pdata",
    "github.com/prometheus/client_golang",
    "github.com/prometheus/common",
    "github.com/klauspost/compress",
)


@pytest.mark.parametrize("module", go_modules.WHOLE, ids=lambda module: module.name)
def test_the_modules_of_this_checkout_have_a_version_and_ask_for_a_go(state, module):
    assert re.fullmatch(r"\d+\.\d+\.\d+|\d{8}-[0-9a-f]{8}", module.version(state.checkout))
    assert golang.parse(f"go{module.needs_go(state.checkout)}") >= (1, 25, 0)
    assert (module.source(state.checkout) / "go.sum").stat().st_size > 10_000


def test_prometheus_has_the_version_that_it_is_known_by(state):
    assert re.match(r"3\.\d+\.\d+$", go_modules.PROMETHEUS.version(state.checkout))


@pytest.mark.parametrize(
    ("name", "modules"),
    [*((name, go_modules.WHOLE) for name in IN_ALL), *((name, NEWER) for name in IN_NEWER)],
)
def test_what_the_programs_stand_on_has_one_version(state, name, modules):
    line = re.compile(rf"^\s*{re.escape(name)} (v\S+)", re.MULTILINE)
    texts = {module.name: (module.source(state.checkout) / "go.mod").read_text() for module in modules}
    versions = {program: line.search(text)[1] for program, text in texts.items()}
    assert len(set(versions.values())) == 1, versions
