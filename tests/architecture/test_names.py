"""Alerts and runbooks, metrics and who emits them, are declared once and agree."""

import pytest
from rules import names

RULES = [
    names.alerts_without_runbook,
    names.incomplete_alerts,
    names.outdated_page,
    names.broken_promises,
    names.undeclared_keys,
    names.undeclared_metrics,
    names.unlisted_variables,
    names.unread_variables,
]
SEMCONV = """
    from collections import namedtuple

    Metric = namedtuple("Metric", "name kind")
    METRICS = (Metric("http.server.request.duration", "histogram"), Metric("odooops.telemetry.sent", "counter"))
    ATTRIBUTES = EVENTS = ()

    def prometheus_name(metric):
        return metric.name.replace(".", "_") + {"histogram": "_seconds", "counter": "_total"}[metric.kind]
"""
ALERT = """
    groups:
      - name: odoo
        rules:
          - alert: OdooSlow
            expr: {expr}
            labels: {{severity: {severity}, team: platform, area: odoo}}
            annotations: {{summary: s, description: d, runbook_url: https://example.com/monitoring/runbooks/OdooSlow.md}}
"""


def alert(expr: str = "up == 0", severity: str = "critical") -> dict[str, str]:
    return {"monitoring/alerts/odoo.yaml": ALERT.format(expr=expr, severity=severity)}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_agrees_with_itself(rule, repository):
    assert rule(repository) == []


def test_the_repository_has_alerts_and_metrics_to_check(repository):
    assert any("alert" in rule for _path, rule in names.rules(repository))
    assert "http_server_request_duration_seconds_count" in names.declared_metrics(repository)


def test_an_alert_without_runbook_is_found(tree):
    found = names.alerts_without_runbook(tree(alert()))

    assert found == ["monitoring/alerts/odoo.yaml:1: OdooSlow has no runbook"]


def test_a_runbook_without_alert_is_found(tree):
    root = tree(alert() | {f"monitoring/runbooks/{name}.md": "x" for name in ("OdooSlow", "OdooGone")})

    assert names.alerts_without_runbook(root) == [
        "monitoring/runbooks/OdooGone.md:1: is the runbook of no alert"
    ]


def test_a_runbook_url_that_leads_elsewhere_is_found(tree):
    files = alert() | {"monitoring/runbooks/OdooSlow.md": "x"}
    files["monitoring/alerts/odoo.yaml"] = files["monitoring/alerts/odoo.yaml"].replace(
        "OdooSlow.md", "Other.md"
    )

    assert len(names.alerts_without_runbook(tree(files))) == 1


def test_a_missing_label_or_annotation_and_an_unknown_severity_are_found(tree):
    text = (
        alert(severity="page")["monitoring/alerts/odoo.yaml"]
        .replace("team: platform, ", "")
        .replace("summary: s, ", "")
    )

    found = names.incomplete_alerts(tree({"monitoring/alerts/odoo.yaml": text}))

    assert [line.split(": ")[1] for line in found] == [
        "OdooSlow lacks team",
        "OdooSlow lacks summary",
        "OdooSlow has severity page",
    ]


def test_a_metric_that_nothing_emits_is_found(tree):
    files = alert("rate(http_server_request_duration_seconds_count[5m]) / rate(made_up_total[5m]) > pg_up")

    found = names.undeclared_metrics(tree(files | {"addons/odooops_otel/tools/semconv.py": SEMCONV}))

    assert found == ["monitoring/alerts/odoo.yaml:1: OdooSlow reads made_up_total, which nothing emits"]


def test_a_page_that_is_not_made_of_the_declarations_is_found(tree):
    root = tree({"docs/telemetry.md": "# Telemetry\n"})

    assert names.outdated_page(root) == [
        "docs/telemetry.md:1: is not what the declarations give: run python3 docs/telemetry_page.py"
    ]


def test_an_attribute_in_the_code_that_is_declared_nowhere_is_found(tree):
    code = '''
        """{"odooops.prose": 1}"""
        logger = "odooops.stack"
        attributes = {"odooops.telemetry.sent": 1, "other.name": 2, "odooops": 3, "odooops.telemetry.sentt": 4}
        renames = {"odooops.telemetry.gone": "odooops.telemetry.sent"}
    '''
    files = {"addons/odooops_otel/tools/semconv.py": SEMCONV, "addons/odooops_otel/telemetry/x.py": code}

    assert names.undeclared_keys(tree(files)) == [
        "addons/odooops_otel/telemetry/x.py:4: odooops.telemetry.sentt is declared in no tools/semconv"
    ]


def test_declarations_may_be_a_package(tree):
    package = "addons/odooops_otel/tools/semconv"
    files = {
        f"{package}/made.py": SEMCONV,
        f"{package}/__init__.py": "from .made import METRICS, prometheus_name",
    }

    assert "odooops_telemetry_sent_total" in names.declared_metrics(tree(files))


def test_the_bare_name_of_a_histogram_is_no_series(tree):
    files = alert("http_server_request_duration_seconds > 1")

    assert len(names.undeclared_metrics(tree(files | {"addons/odooops_otel/tools/semconv.py": SEMCONV}))) == 1


@pytest.mark.parametrize(
    ("expression", "metrics"),
    [
        ("vector(1)", set()),
        ('up{job="a{b}"} == 0 unless on (job) absent(down{x=~"y"})', {"up", "down"}),
        ("sum by (job, instance) (rate(a_total[5m] offset 1h)) > bool 0.5e3", {"a_total"}),
        ("level:a_total:rate5m and ignoring(le) b # c_total", {"level:a_total:rate5m", "b"}),
        ("histogram_quantile(0.95, sum without (pod) (rate(x_bucket[1m])))", {"x_bucket"}),
        ('label_replace(a, "dst", "$1", "src", "(.*)") * on(x) group_left(y) b', {"a", "b"}),
    ],
)
def test_metric_names_are_read_from_promql(expression, metrics):
    assert names.metric_names(expression) == metrics


def test_a_variable_that_setup_up_would_call_unknown_is_found(tree):
    root = tree({"addons/odooops_otel/tools/settings.py": 'NAME = "ODOOOPS_SQLL"\n'})

    assert names.unlisted_variables(root) == [
        f"addons/odooops_otel/tools/settings.py:1: ODOOOPS_SQLL is not in {names.LIST}"
    ]


def test_a_variable_that_is_read_no_more_is_found(tree):
    root = tree(
        {
            "setup/odooops/src/odooops/x.py": 'NAME = "ODOOOPS_STATE=$HOME"\n',
            names.LIST: 'X = "ODOOOPS_SQL"\n',
        }
    )

    found = names.unread_variables(root)
    assert f"{names.LIST}:1: nothing reads ODOOOPS_SQL" in found
    assert f"{names.LIST}:1: nothing reads ODOOOPS_STATE" not in found
