"""The configuration files are accepted by the programs that read them, and say what we mean."""

import re
from pathlib import Path

import yaml

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

    assert asked <= set(yaml.safe_load(rendered("blackbox/blackbox.yml").read_text())["modules"])


def test_every_scraped_series_carries_its_environment(rendered):
    jobs = yaml.safe_load(rendered("prometheus/prometheus.yml").read_text())["scrape_configs"]

    labels = [target["labels"] for job in jobs for target in job["static_configs"]]

    assert labels == [{"deployment_environment_name": "local"}] * len(jobs)


def test_the_alert_for_a_dead_part_watches_every_scraped_job(rendered):
    jobs = yaml.safe_load(rendered("prometheus/prometheus.yml").read_text())["scrape_configs"]
    rule = (MONITORING / "alerts" / "stack.yaml").read_text()

    watched = re.search(r'up\{job=~"(.*?)"\}', rule)[1].split("|")

    assert sorted(watched) == sorted(job["job_name"] for job in jobs)
