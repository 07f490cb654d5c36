"""The configuration files are accepted by the programs that read them, and say what we mean."""

import ipaddress
import json
import re
import subprocess
from pathlib import Path

import pytest
import without_odoo
import yaml

from odooops.stack import monitoring, whole

without_odoo.register_addons()

from odooops_base.tools import addresses, probes  # noqa: E402

MONITORING = Path(__file__).parents[2] / "monitoring"


def test_promtool_accepts_the_prometheus_configuration_with_the_rules(program, rendered):
    result = program("promtool", "check", "config", rendered("prometheus/prometheus.yml"))

    assert result.returncode == 0, result.stdout
    rule_files = len(list((MONITORING / "alerts").glob("*.yaml")))
    assert f"{rule_files} rule files found" in result.stdout


def test_promtool_refuses_a_configuration_with_a_wrong_key(program, rendered):
    broken = rendered("prometheus/prometheus.yml")
    broken.write_text(broken.read_text().replace("out_of_order_time_window", "late_samples_window"))

    result = program("promtool", "check", "config", broken)

    assert result.returncode != 0
    assert "late_samples_window" in result.stdout


def test_amtool_accepts_the_alertmanager_configuration(program, rendered):
    result = program("amtool", "check-config", rendered("alertmanager/alertmanager.yml"))

    assert result.returncode == 0, result.stdout


def test_every_alert_has_a_receiver(program, rendered):
    result = program(
        "amtool",
        "config",
        "routes",
        "test",
        f"--config.file={rendered('alertmanager/alertmanager.yml')}",
        "alertname=OdooUnreachable",
        "severity=critical",
    )

    assert (result.returncode, result.stdout.split()[-1]) == (0, "nobody")


def test_blackbox_exporter_accepts_its_modules(program, rendered):
    configuration = rendered("blackbox/blackbox.yml")

    result = program("prometheus-blackbox-exporter", f"--config.file={configuration}", "--config.check")

    assert result.returncode == 0, result.stdout


def test_the_probe_that_prometheus_asks_for_exists(rendered):
    jobs = yaml.safe_load(rendered("prometheus/prometheus.yml").read_text())["scrape_configs"]
    asked = {module for job in jobs for module in job.get("params", {}).get("module", [])}

    assert len(asked) == 2
    assert asked <= set(yaml.safe_load(rendered("blackbox/blackbox.yml").read_text())["modules"])


def scrape_jobs(rendered) -> list[dict]:
    files = [rendered(f"prometheus/{name}.yml") for name in ("prometheus", "whole")]
    return [job for file in files for job in yaml.safe_load(file.read_text())["scrape_configs"]]


def test_every_scraped_series_carries_its_environment(rendered):
    jobs = scrape_jobs(rendered)
    # Those that Odoo writes down: tests/unit/odooops_base/test_probes.py.
    own = [job for job in jobs if "file_sd_configs" not in job]

    labels = [target["labels"] for job in own for target in job["static_configs"]]

    assert [job["job_name"] for job in jobs if job not in own] == ["environments"]
    assert labels == [{"deployment_environment_name": "local"}] * len(own)


def test_prometheus_reads_what_odoo_writes_of_its_environments(program, rendered, state):
    target = addresses.parse("https://shop.example.com")
    entry = probes.entry("shop", "production", target, ipaddress.ip_address("192.0.2.1"))
    file = monitoring.probes_file(state)
    file.parent.mkdir(parents=True)
    file.write_text(probes.write([entry]))

    # It looks for as long as it may, whatever it finds.
    look = ["promtool", "check", "service-discovery", "--timeout=5s"]
    result = program(*look, rendered("prometheus/prometheus.yml"), "environments")

    [found] = json.loads(result.stdout[result.stdout.index("[") :])
    labels = found["labels"]
    assert labels["__address__"] == f"127.0.0.1:{state.ports['blackbox_exporter']}"
    assert labels["instance"] == "https://shop.example.com"
    assert labels["deployment_environment_name"] == "shop"
    assert labels["__param_target"] == "https://192.0.2.1:443/web/health"
    assert labels["__param_hostname"] == "shop.example.com"


def test_the_alert_for_a_dead_part_watches_every_scraped_job(rendered):
    rule = (MONITORING / "alerts" / "stack.yaml").read_text()

    watched = re.search(r'up\{job=~"(.*?)"\}', rule)[1].split("|")

    assert sorted(watched) == sorted(job["job_name"] for job in scrape_jobs(rendered))


def test_promtool_refuses_a_scrape_file_with_a_wrong_key(program, rendered, state):
    scrapes = state.path("prometheus", "scrape", "whole.yml")
    scrapes.write_text(scrapes.read_text().replace("static_configs", "fixed_targets"))

    result = program("promtool", "check", "config", rendered("prometheus/prometheus.yml"))

    assert result.returncode != 0
    assert "fixed_targets" in result.stdout


def test_loki_accepts_its_configuration_and_refuses_a_wrong_key(program, rendered):
    file = rendered("loki/loki.yaml")
    assert program("loki", "-verify-config", f"-config.file={file}").returncode == 0

    file.write_text(file.read_text().replace("retention_period", "retention_time"))

    refused = program("loki", "-verify-config", f"-config.file={file}")
    assert refused.returncode != 0
    assert "retention_time" in refused.stdout


def test_tempo_accepts_its_configuration_and_refuses_a_wrong_key(program, rendered):
    file = rendered("tempo/tempo.yaml")
    assert program("tempo", "-config.verify", f"-config.file={file}").returncode == 0

    file.write_text(file.read_text().replace("block_retention", "block_age"))

    refused = program("tempo", "-config.verify", f"-config.file={file}")
    assert refused.returncode != 0
    assert "block_age" in refused.stdout


@pytest.fixture
def collector(state, program):
    """Has the collector validate its configuration after ``change`` was made to the text of one part."""

    def validate(part: str = "gateway.yaml", change=lambda text: text) -> subprocess.CompletedProcess:
        directory = state.path("collector", "config")
        directory.mkdir(parents=True, exist_ok=True)
        texts = whole.collector_texts(state)
        texts[part] = change(texts[part])
        for name, text in texts.items():
            (directory / name).write_text(text)
        return program("otelcol", "validate", *(f"--config={directory / name}" for name in texts))

    return validate


def test_the_collector_accepts_all_parts_of_its_configuration_together(collector):
    result = collector()

    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize(
    ("part", "right", "wrong"),
    [
        ("gateway.yaml", "limit_mib: 400", "limit_bytes: 400"),
        ("gateway.yaml", "metrics_endpoint", "metrics_url"),
        ("environment-staging.yaml", "resource.attributes", "nonsense.attributes"),
        ("environment-staging.yaml", "max_elapsed_time", "maximal_time"),
    ],
)
def test_the_collector_refuses_what_it_does_not_know(collector, part, right, wrong):
    result = collector(part, lambda text: text.replace(right, wrong))

    assert result.returncode != 0
    assert re.match(r"\w+", wrong)[0] in result.stdout


def test_every_queue_is_on_disk_bounded_and_retried_without_end(state):
    exporters = [
        exporter
        for text in whole.collector_texts(state).values()
        for exporter in (yaml.safe_load(text).get("exporters") or {}).values()
    ]

    assert len(exporters) == 1 + 2 * 3  # metrics; traces and logs of local, staging and unassigned
    for exporter in exporters:
        queue = exporter["sending_queue"]
        assert (queue["storage"], queue["sizer"]) == ("file_storage/queue", "bytes")
        assert exporter["retry_on_failure"]["max_elapsed_time"] == "0s"


def test_the_memory_limiter_comes_first_in_every_pipeline_that_receives(state):
    pipelines = yaml.safe_load(whole.collector_texts(state)["gateway.yaml"])["service"]["pipelines"]

    assert {pipeline["processors"][0] for pipeline in pipelines.values()} == {"memory_limiter"}


@pytest.mark.parametrize("name", ["loki/loki.yaml", "tempo/tempo.yaml", "collector/gateway.yaml"])
def test_nothing_listens_beyond_loopback(rendered, name):
    text = rendered(name).read_text()

    assert "0.0.0.0" not in text
    assert not re.search(r"(?:endpoint|listen\w*|host): (?!http://127|127\.0\.0\.1)\S*:\d", text)
