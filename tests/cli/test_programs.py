"""The supervised processes: their scripts, what restarts them, the supervisor's configuration."""

import configparser
import subprocess

import pytest

from odooops.stack import (
    components,
    monitoring,
    nginx,
    odoo_conf,
    postgres,
    programs,
    rendering,
    supervisor_conf,
)
from odooops.stack.programs import Program


@pytest.fixture
def plan(state, tree, binaries, fake_system) -> list[Program]:
    postgres._write_configuration(state, state.path("postgres"))
    odoo_conf.write(state, tree)
    for name in ("nginx", "prometheus", "alertmanager", "blackbox"):
        state.path(name).mkdir()
    state.path("nginx", "nginx.conf").write_text(nginx.render(state, tree))
    return programs.all_programs(state, tree, binaries)


def named(plan: list[Program], name: str) -> Program:
    return next(program for program in plan if program.name == name)


def test_the_database_starts_first_and_the_user_s_port_opens_last(plan):
    assert plan[0].name == "postgresql"
    assert plan[-1].name == "nginx"
    assert [program.priority for program in plan] == sorted(program.priority for program in plan)


def test_a_script_becomes_the_program_with_its_environment(tmp_path):
    program = Program(
        "x", ["sh", "-c", 'echo "$A $(pwd)"'], 1, environment={"A": "it's $HOME"}, directory=tmp_path
    )
    output = subprocess.run(["sh"], input=program.script(), capture_output=True, text=True, check=True).stdout
    assert output == f"it's $HOME {tmp_path}\n"
    assert "\nexec " in program.script()


def test_scripts_are_for_the_owner_s_eyes(state, plan):
    programs.write_scripts(state, plan)
    assert state.path("run", "programs", "odoo.sh").stat().st_mode & 0o777 == 0o700


def test_a_new_rule_reloads_prometheus_and_restarts_nothing(state, plan, tree, binaries):
    before = {program.name: (program.fingerprint(), program.reload_hash()) for program in plan}
    state.path("prometheus", "prometheus.yml").write_text("global: {}\n")
    after = {p.name: (p.fingerprint(), p.reload_hash()) for p in programs.all_programs(state, tree, binaries)}
    assert {name for name in after if after[name] != before[name]} == {"prometheus"}
    assert after["prometheus"][0] == before["prometheus"][0]


def test_a_changed_odoo_conf_restarts_odoo_alone(state, plan, tree, binaries):
    before = {program.name: program.fingerprint() for program in plan}
    with open(state.path("odoo", "odoo.conf"), "a") as file:
        file.write("limit_request = 1\n")
    after = {program.name: program.fingerprint() for program in programs.all_programs(state, tree, binaries)}
    assert {name for name in after if after[name] != before[name]} == {"odoo"}


def test_odoo_finds_the_python_of_the_state_when_it_re_executes_itself(state, plan):
    [odoo] = [program for program in plan if program.name == "odoo"]
    assert odoo.environment["PATH"].split(":")[0] == str(state.path("venv", "bin"))


def test_the_supervisor_restarts_all_and_stops_odoo_by_its_master(state, plan):
    parser = configparser.RawConfigParser()
    parser.read_string(supervisor_conf.render(state, plan))
    for program in plan:
        assert parser[f"program:{program.name}"]["autorestart"] == "true"
        assert parser[f"program:{program.name}"]["stdout_logfile_maxbytes"] == "20MB"
    odoo = parser["program:odoo"]
    assert (odoo["stopsignal"], odoo["stopasgroup"]) == ("TERM", "false")
    assert int(odoo["stopwaitsecs"]) >= 60
    assert parser["program:postgresql"]["stopsignal"] == "INT"


def test_no_secret_stands_in_a_configuration_that_names_the_processes(state, plan):
    password = state.path("odoo", "master_password").read_text().strip()
    texts = [supervisor_conf.render(state, plan), *(program.script() for program in plan)]
    assert not any(password in text for text in texts)
    assert "DATA_SOURCE_PASS_FILE" in named(plan, "postgres_exporter").script()


def test_every_part_listens_on_loopback_and_can_be_checked(state, tree, binaries, fake_system):
    parts = components.describe(state, tree, binaries)
    assert [part["name"] for part in parts][:4] == ["nginx", "odoo", "odoo-evented", "postgresql"]
    for part in parts:
        assert part["listen"] == f"127.0.0.1:{state.ports[part['name']]}"
        assert part["listen"] in (part["check"].get("url") or part["check"]["address"])
        assert part["version"]


def test_the_whole_stack_has_collector_loki_and_tempo_beside_the_core(
    state, whole_state, tree, binaries, fake_system, plan
):
    names = [part["name"] for part in components.describe(whole_state, tree, binaries)]
    assert names[-3:] == ["otelcol", "loki", "tempo"]
    order = [program.name for program in programs.all_programs(whole_state, tree, binaries)]
    assert order.index("loki") < order.index("otelcol") < order.index("odoo")


def test_an_unknown_placeholder_is_named(state, tmp_path):
    (tmp_path / "x.yml").write_text("a: ${nonsense}\n")
    with pytest.raises(Exception, match=r"x\.yml: unknown placeholder 'nonsense'"):
        rendering.render(state, tmp_path / "x.yml")


def test_prometheus_keeps_thirty_days_but_not_more_than_the_disk_is_planned_for(state, binaries):
    command = monitoring.prometheus_command(state, binaries)
    assert {"--storage.tsdb.retention.time=30d", "--storage.tsdb.retention.size=10GB"} <= set(command)


def test_the_exporter_trusts_whom_the_caller_of_setup_up_trusts(state, binaries, plan, tree, monkeypatch):
    monkeypatch.delenv("SSL_CERT_DIR", raising=False)
    monkeypatch.setenv("SSL_CERT_FILE", "/etc/ssl/own authorities.pem")

    exporter = named(programs.all_programs(state, tree, binaries), "blackbox_exporter")

    assert "export SSL_CERT_FILE='/etc/ssl/own authorities.pem'\n" in exporter.script()
    assert "SSL_CERT_DIR" not in exporter.script()
