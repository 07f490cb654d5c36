"""Names that two sides share: alerts and runbooks, metrics and who emits them."""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import yaml

from .source import finding

SEVERITIES = ("critical", "warning", "info")
# Metrics of the programs that Prometheus scrapes, and the collector's of the host, by the first part of their name.
EXPORTERS = (
    "alertmanager_",
    "loki_",
    "otelcol_",
    "pg_",
    "probe_",
    "prometheus_",
    "scrape_",
    "system_",
    "tempo_",
)
# Made by Prometheus itself for each target and alert.
BUILT_IN = frozenset({"ALERTS", "ALERTS_FOR_STATE", "up"})
HISTOGRAM_PARTS = ("_bucket", "_count", "_sum")
# https://prometheus.io/docs/prometheus/latest/querying/operators/ : words that are no metric
KEYWORDS = frozenset(
    "and bool by group_left group_right ignoring inf nan offset on or unless without".split()
)


def rules(root: Path) -> Iterator[tuple[Path, dict]]:
    """Each rule of monitoring/alerts with its file."""
    for path in sorted((root / "monitoring" / "alerts").glob("*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            for rule in group["rules"]:
                yield path, rule


def alerts_without_runbook(root: Path) -> list[str]:
    """Alerts that have no runbook, or whose annotation does not lead to it, and runbooks of no alert."""
    folder = root / "monitoring" / "runbooks"
    found, names = [], set()
    for path, rule in rules(root):
        if name := rule.get("alert"):
            names.add(name)
            if not (folder / f"{name}.md").is_file():
                found.append(finding(root, path, 1, f"{name} has no runbook"))
            if (
                not rule.get("annotations", {})
                .get("runbook_url", "")
                .endswith(f"/monitoring/runbooks/{name}.md")
            ):
                found.append(
                    finding(root, path, 1, f"the runbook_url of {name} does not lead to its runbook")
                )
    for path in sorted(folder.glob("*.md")):
        if path.stem not in names:
            found.append(finding(root, path, 1, "is the runbook of no alert"))
    return found


def incomplete_alerts(root: Path) -> list[str]:
    """Alerts that lack a label or an annotation that routing and readers count on."""
    found = []
    for path, rule in rules(root):
        if name := rule.get("alert"):
            labels, annotations = rule.get("labels", {}), rule.get("annotations", {})
            missing = [key for key in ("severity", "team", "area") if key not in labels]
            missing += [key for key in ("summary", "description", "runbook_url") if key not in annotations]
            found += [finding(root, path, 1, f"{name} lacks {key}") for key in missing]
            if labels.get("severity", "info") not in SEVERITIES:
                found.append(finding(root, path, 1, f"{name} has severity {labels['severity']}"))
    return found


def undeclared_metrics(root: Path) -> list[str]:
    """Metrics in the rules that nothing emits: not in a semconv.py, no exporter's, no recording rule's."""
    known = (
        BUILT_IN | declared_metrics(root) | {rule["record"] for _, rule in rules(root) if "record" in rule}
    )
    return [
        finding(root, path, 1, f"{rule.get('alert') or rule['record']} reads {name}, which nothing emits")
        for path, rule in rules(root)
        for name in sorted(metric_names(str(rule["expr"])))
        if name not in known and not name.startswith(EXPORTERS)
    ]


def declared_metrics(root: Path) -> set[str]:
    """The series names in Prometheus of every metric that an addon declares."""
    names: set[str] = set()
    for path in sorted((root / "addons").glob("*/tools/semconv.py")):
        module = _load(path)
        for metric in module.METRICS:
            name = module.prometheus_name(metric)
            names |= {name + part for part in HISTOGRAM_PARTS} if metric.kind == "histogram" else {name}
    return names


def metric_names(expression: str) -> set[str]:
    """The metrics that a PromQL expression reads."""
    text = re.sub(r"#.*", "", expression)
    text = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', '""', text)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    words = re.findall(r"(?<![\w.:])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])", text)
    return {word for word in words if word.lower() not in KEYWORDS}


def _load(path: Path) -> ModuleType:
    """The module of a file, without its package: semconv.py imports none of its neighbours."""
    spec = importlib.util.spec_from_file_location(f"semconv_of_{path.parts[-3]}", path)
    module = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
