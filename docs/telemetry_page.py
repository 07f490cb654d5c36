"""Writes docs/telemetry.md from the declarations in addons/*/tools/semconv: ``python3 docs/telemetry_page.py``.

Needs nothing but Python. A test in tests/architecture fails when the committed page is another.
"""

import importlib.util
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import ModuleType

from markdown_table import table

ROOT = Path(__file__).parents[1]
PAGE = "docs/telemetry.md"
SIGNALS = ("resource", "metric", "span", "event", "log")
HEAD = """\
# Telemetry

Every name that an addon of ours emits. This page is made of the declarations in `addons/*/tools/semconv`
by `python3 docs/telemetry_page.py`: edit them, not this page.

A name is **stable** when the [semantic conventions](https://opentelemetry.io/docs/specs/semconv/) of OpenTelemetry
call it so, **release_candidate** when it is about to become so, **development** when they know it but may still change
it, and **odooops** when they have none and it is ours. All of them are kept by the same rules:
[compatibility](compatibility.md).

## Metrics

In Prometheus dots become underscores, seconds, bytes and `_total` are added, and a histogram has `_bucket`, `_sum` and
`_count`. Each series bears `job` (`service.namespace/service.name`), `instance` (`service.instance.id`),
`deployment_environment_name` and `odoo_worker_type`; all other attributes of the resource are on `target_info`. The
names and labels are the same whether Odoo sends to Prometheus itself (core) or to the collector (whole stack).

Counters and histograms are cumulative since the process started, `odooops.telemetry.*` and `odoo.worker.exits` over all
processes that had the same slot. A state (gauge, updowncounter) ends with its process: one that ends by itself says
so, and its series are stale at once. After one that was killed they stay at their last value until the next process
takes its slot, which in Odoo's prefork mode is at once; when none does, for Prometheus'
`--query.lookback-delta`: 90 s in the stack of `setup/up`, five minutes where it is left at its
default. Exemplars lead to traces that were kept, never to others.

Beside these there are the metrics that administrators define: [business gauges](gauges.md), all called
`odoo.business.*`, told apart by `odoo.field.<field>` and `db.namespace`.
"""


def page(root: Path) -> str:
    """The text of docs/telemetry.md for the addons below ``root``."""
    declared = [module for _addon, module in semconvs(root)]
    metrics = [(metric, module) for module in declared for metric in module.METRICS]
    parts = [
        HEAD,
        _metrics(metrics),
        "### Buckets\n\nUpper bounds of the histograms' buckets, in the metric's unit.\n",
        _buckets(metrics),
        "## Attributes\n",
        _attributes(declared),
        "## Spans\n",
        _spans(declared),
        *_events(declared),
    ]
    return "\n".join(parts)


def semconvs(root: Path) -> Iterator[tuple[str, ModuleType]]:
    """Each addon with its declarations: tools/semconv.py or a package of that name, which imports nothing else."""
    for tools in sorted((root / "addons").glob("*/tools")):
        package, module = tools / "semconv" / "__init__.py", tools / "semconv.py"
        if package.is_file():
            yield tools.parent.name, _load(tools.parent.name, package, [str(package.parent)])
        elif module.is_file():
            yield tools.parent.name, _load(tools.parent.name, module, None)


def _load(addon: str, path: Path, places: list[str] | None) -> ModuleType:
    """The module of a file without its addon, whose import needs Odoo."""
    spec = importlib.util.spec_from_file_location(
        f"semconv_of_{addon}", path, submodule_search_locations=places
    )
    # Another tree's may have been read before.
    for name in [name for name in sys.modules if name.startswith(f"{spec.name}.")]:
        del sys.modules[name]
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def _metrics(metrics: Iterable[tuple]) -> str:
    rows = [
        (
            _code(metric.name),
            _code(module.prometheus_name(metric)),
            metric.kind,
            _code(metric.unit),
            ", ".join(map(_code, metric.attributes)),
            metric.stability,
            metric.description + _deprecation(metric),
        )
        for metric, module in sorted(metrics, key=lambda pair: pair[0].name)
    ]
    return table(("Name", "In Prometheus", "Kind", "Unit", "Attributes", "Stability", "Meaning"), rows)


def _buckets(metrics: Iterable[tuple]) -> str:
    rows = [
        (_code(metric.name), ", ".join(map(str, metric.bounds)))
        for metric, _module in sorted(metrics, key=lambda pair: pair[0].name)
        if metric.bounds
    ]
    return table(("Metric", "Bounds"), rows)


def _attributes(declared: Iterable[ModuleType]) -> str:
    rows = [
        (
            _code(attribute.name),
            ", ".join(signal for signal in SIGNALS if _is_on(attribute.name, signal, declared)),
            attribute.stability,
            attribute.meaning + _deprecation(attribute),
            _code(attribute.example),
        )
        for module in declared
        for attribute in module.ATTRIBUTES
    ]
    return table(("Name", "On", "Stability", "Meaning", "Example"), sorted(rows))


def _is_on(name: str, signal: str, declared: Iterable[ModuleType]) -> bool:
    """Whether an addon has it on a signal; it may be declared by another one."""
    return any(name in module.attribute_names(signal) for module in declared)


def _spans(declared: Iterable[ModuleType]) -> str:
    rows = [
        (_code(span.pattern), span.kind, span.stability, span.meaning + _deprecation(span))
        for module in declared
        for span in module.SPAN_NAMES
    ]
    return table(("Name", "Kind", "Stability", "Meaning"), rows)


def _events(declared: Iterable[ModuleType]) -> list[str]:
    rows = [
        (
            _code(event.name),
            ", ".join(map(_code, event.attributes)),
            event.stability,
            event.meaning + _deprecation(event),
        )
        for module in declared
        for event in module.EVENTS
    ]
    return ["## Events\n", table(("Name", "Attributes", "Stability", "Meaning"), rows)] if rows else []


def _deprecation(declared) -> str:
    if not declared.deprecated:
        return ""
    instead = f", use `{declared.replaced_by}`" if declared.replaced_by else ""
    return f" **Deprecated** since {declared.deprecated}{instead}."


def _code(text: str) -> str:
    return f"`{text}`"


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(ROOT), encoding="utf-8")
