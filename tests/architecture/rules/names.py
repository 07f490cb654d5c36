"""Names that two sides share: alerts and runbooks, metrics and who emits them."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import configuration_page
import telemetry_schema
import yaml
from telemetry_page import PAGE, page, semconvs

from odooops.stack import variables

from .source import finding, modules, strings

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
# A name of the conventions' form
DOTTED = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
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
    """Metrics in the rules that nothing emits: in no tools/semconv, no exporter's, no recording rule's."""
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
    for _addon, module in semconvs(root):
        for metric in module.METRICS:
            name = module.prometheus_name(metric)
            names |= {name + part for part in HISTOGRAM_PARTS} if metric.kind == "histogram" else {name}
    return names


def outdated_page(root: Path) -> list[str]:
    """The committed page of all names, when it is not what the declarations give."""
    path = root / PAGE
    if path.read_text(encoding="utf-8") == page(root):
        return []
    return [finding(root, path, 1, "is not what the declarations give: run python3 docs/telemetry_page.py")]


def broken_promises(root: Path) -> list[str]:
    """What the declarations break of what was promised, or have beyond the committed schema."""
    found = telemetry_schema.problems(root)
    path = root / telemetry_schema.SCHEMA
    if not found and path.read_text(encoding="utf-8") != telemetry_schema.text(root):
        found = [telemetry_schema.OUTDATED]
    return [finding(root, path, 1, line) for line in found]


def undeclared_keys(root: Path) -> list[str]:
    """Keys of dictionaries in the code that look like attributes of ours or of the conventions and are not declared.

    Only where the code writes them itself: what is made at run time is seen by the receiver of the addons' tests.
    """
    known: set[str] = set()
    for _addon, module in semconvs(root):
        known |= {declared.name for declared in (*module.METRICS, *module.ATTRIBUTES, *module.EVENTS)}
    spaces = {name.partition(".")[0] for name in known}
    return [
        finding(root, path, line, f"{text} is declared in no tools/semconv")
        for layer in ("telemetry", "tools")
        for folder in sorted((root / "addons").glob(f"*/{layer}"))
        for path, tree in modules(folder)
        for line, text, value in _pairs(tree)
        # {"db.name": "db.namespace"} brings an old name of somebody else up to date
        if value not in known
        if DOTTED.fullmatch(text) and text.partition(".")[0] in spaces and text not in known
    ]


def _pairs(tree: ast.Module) -> Iterator[tuple[int, str, object]]:
    """Line, key and value of the entries of dictionaries; the value is None where it is no constant."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.lineno, key.value, value.value if isinstance(value, ast.Constant) else None


def metric_names(expression: str) -> set[str]:
    """The metrics that a PromQL expression reads."""
    text = re.sub(r"#.*", "", expression)
    text = re.sub(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', '""', text)
    text = re.sub(r"\{[^}]*\}|\[[^\]]*\]", " ", text)
    text = re.sub(r"\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)", " ", text)
    words = re.findall(r"(?<![\w.:])([a-zA-Z_:][\w:]*)(?!\s*\()(?![\w:])", text)
    return {word for word in words if word.lower() not in KEYWORDS}


# Where variables are read; other tests make some up.
READERS = ("setup", "addons", "tests/e2e", "tests/perf")
VARIABLE = re.compile(r"\bODOOOPS_[A-Z][A-Z_]*[A-Z]\b")
LIST = "setup/odooops/src/odooops/stack/variables.py"


def unlisted_variables(root: Path) -> list[str]:
    """Environment variables that the code names and setup/up would call unknown."""
    return [
        finding(root, path, line, f"{name} is not in {LIST}")
        for path, line, name in _variables(root)
        if not variables.is_known(name)
    ]


def unread_variables(root: Path) -> list[str]:
    """Environment variables that setup/up knows and nothing reads."""
    read = {name for _path, _line, name in _variables(root)}
    return [f"{LIST}:1: nothing reads {name}" for name in variables.KNOWN if name not in read]


def _variables(root: Path) -> Iterator[tuple[Path, int, str]]:
    for setting in configuration_page.settings(root):
        yield root / "addons", 1, setting.env
    for folder in READERS:
        for path, tree in modules(root / folder):
            is_code = "tests" not in path.relative_to(root / folder).parts and not path.match(LIST)
            for line, text in strings(tree) if is_code else ():
                for name in VARIABLE.findall(text):
                    yield path, line, name
