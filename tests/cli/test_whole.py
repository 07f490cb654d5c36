"""Collector, Loki and Tempo: their parts of the configuration, their command lines."""

import pytest
import yaml

from odooops.stack import programs, redaction_rules, rendering, whole
from odooops.stack.errors import StackError


def parsed(state) -> dict[str, dict]:
    return {name: yaml.safe_load(text) for name, text in whole.collector_texts(state).items()}


def test_each_environment_has_pipelines_of_its_own_and_so_has_what_has_none(whole_state):
    assert list(parsed(whole_state)) == [
        "gateway.yaml",
        "environment-local.yaml",
        "environment-staging.yaml",
        "environment-unassigned.yaml",
        "logs.yaml",
        "redaction.yaml",
        "redaction-rules.yaml",
    ]


def test_a_tenant_is_sent_its_environment_s_records_alone():
    assert whole.conditions(["local", "staging"]) == {
        "local": 'resource.attributes["deployment.environment.name"] != "local"',
        "staging": 'resource.attributes["deployment.environment.name"] != "staging"',
        "unassigned": 'resource.attributes["deployment.environment.name"] == "local"'
        ' or resource.attributes["deployment.environment.name"] == "staging"',
    }


def test_the_header_names_the_tenant(whole_state):
    exporters = parsed(whole_state)["environment-staging.yaml"]["exporters"]
    assert {exporter["headers"]["X-Scope-OrgID"] for exporter in exporters.values()} == {"staging"}


def test_the_collector_is_given_every_part_with_the_rules_of_redaction_last(whole_state, binaries):
    command = [str(part) for part in whole.collector_command(whole_state, binaries)]
    files = [part for part in command if part.startswith("--config=")]
    assert files[0].endswith("collector/config/gateway.yaml")
    assert files[-1].endswith("collector/config/redaction-rules.yaml")
    assert [file.rpartition("/")[2] for file in files] == list(whole.collector_texts(whole_state))


def test_the_collector_notes_what_it_has_read_when_it_is_in_the_queue(whole_state, binaries):
    assert "--feature-gates=stanza.synchronousLogEmitter" in whole.collector_command(whole_state, binaries)


def test_memory_is_limited(whole_state, binaries):
    limits = {p.name: p.environment["GOMEMLIMIT"] for p in programs._whole(whole_state, binaries)}
    assert set(limits) == {"otelcol", "loki", "tempo"}


def test_a_changed_configuration_restarts_its_program_alone(whole_state, binaries):
    def fingerprints() -> dict[str, str]:
        return {p.name: p.fingerprint() for p in programs._whole(whole_state, binaries)}

    whole_state.path("loki").mkdir()
    before = fingerprints()
    whole_state.path("loki", "loki.yaml").write_text("server: {}\n")
    assert {name for name, new in fingerprints().items() if new != before[name]} == {"loki"}


def test_rules_of_redaction_stay_when_all_is_rendered_anew_and_restart_nothing(whole_state, binaries):
    def fingerprints() -> list[str]:
        return [program.fingerprint() for program in programs._whole(whole_state, binaries)]

    file = redaction_rules.file(whole_state)
    file.parent.mkdir(parents=True)
    before = fingerprints()
    file.write_text("processors: {}\n")

    assert whole.collector_texts(whole_state)[redaction_rules.FILE] == "processors: {}\n"
    assert fingerprints() == before


def test_every_placeholder_of_the_monitoring_files_is_known(whole_state):
    more = {"tenant": "local", "not_of_tenant": "true"}
    for source in sorted((whole_state.checkout / "monitoring").glob("*/*.y*ml")):
        if source.parent.name != "alerts":
            assert rendering.render(whole_state, source, more)


def test_a_dollar_sign_is_written_twice(state, tmp_path):
    (tmp_path / "x.yaml").write_text("regex: ^a$$\n")
    assert rendering.render(state, tmp_path / "x.yaml") == "regex: ^a$\n"


def test_a_configuration_that_its_program_refuses_changes_nothing(state, tmp_path):
    state.checkout = tmp_path / "checkout"
    for directory in (state.path("loki"), state.checkout / "monitoring" / "loki"):
        directory.mkdir(parents=True)
    state.path("loki", "loki.yaml").write_text("old\n")
    (state.checkout / "monitoring" / "loki" / "loki.yaml").write_text("new\n")
    with pytest.raises(StackError, match=r"check of monitoring/loki/loki\.yaml failed"):
        rendering.write_checked(state, "loki/loki.yaml", ["grep", "-q", "old"])
    assert state.path("loki", "loki.yaml").read_text() == "old\n"
    assert [file.name for file in state.path("loki").iterdir()] == ["loki.yaml"]
