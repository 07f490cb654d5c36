"""odoo.conf and the environment of Odoo's processes."""

import configparser
import json

import pytest
import without_odoo

from odooops.stack import odoo_conf, odoo_options
from odooops.stack.errors import StackError

without_odoo.register_addons()

from odooops_otel.tools import convert  # noqa: E402


def written(state, tree) -> configparser.SectionProxy:
    odoo_conf.write(state, tree)
    parser = configparser.RawConfigParser()
    parser.read(state.path("odoo", "odoo.conf"))
    return parser["options"]


@pytest.fixture
def odoo_reads(monkeypatch):
    """``odoo_reads(wrong)``: Odoo's parser takes all options but these, by name with what it expects."""

    def answer(wrong):
        said = f"a warning of Odoo's {{}}\n{odoo_options.MARK}{json.dumps(wrong)}\n"
        monkeypatch.setattr(odoo_options, "run", lambda *arguments, **options: said)

    return answer


@pytest.fixture
def state(state, checkout, odoo_reads):
    state.checkout = checkout
    odoo_reads({})
    return state


def test_odoo_listens_on_loopback_behind_the_proxy_with_one_database(state, tree):
    options = written(state, tree)
    assert options["http_interface"] == "127.0.0.1"
    assert options["proxy_mode"] == "True"
    assert (options["db_name"], options["list_db"]) == ("odoo", "False")
    assert (options["workers"], options["max_cron_threads"]) == ("2", "1")


def test_the_configuration_is_for_the_owner_s_eyes_and_its_master_password_is_random(state, tree):
    options = written(state, tree)
    assert state.path("odoo", "odoo.conf").stat().st_mode & 0o777 == 0o600
    assert len(options["admin_passwd"]) >= 24


def test_only_addons_of_the_checkout_are_loaded(state, tree, checkout):
    assert written(state, tree)["server_wide_modules"] == "base,rpc,web"
    (checkout / "addons" / "odooops_otel").mkdir()
    (checkout / "addons" / "odooops_otel" / "__manifest__.py").touch()
    options = written(state, tree)
    assert options["server_wide_modules"] == "base,rpc,web,odooops_otel"
    assert options["addons_path"] == f"{tree.root}/odoo/addons,{checkout}/addons"


def test_the_operator_s_own_options_win(state, tree):
    state.path("odoo", "odoo.local.conf").write_text(
        "[options]\nlimit_request = 100\nworkers = 4\nlog = 10%\n"
    )
    options = written(state, tree)
    assert (options["limit_request"], options["workers"], options["log"]) == ("100", "4", "10%")


def test_the_operator_s_section_for_our_addons_is_handed_on(state, tree):
    local = "[odooops]\noutbound_allowed_networks = 10.0.0.0/8\n"
    state.path("odoo", "odoo.local.conf").write_text(local)
    odoo_conf.write(state, tree)

    assert local.strip() in state.path("odoo", "odoo.conf").read_text()


def test_a_malformed_local_file_is_named(state, tree):
    state.path("odoo", "odoo.local.conf").write_text("workers = 4\n")
    with pytest.raises(StackError, match=r"odoo\.local\.conf is not a configuration file"):
        written(state, tree)


def test_options_that_odoo_cannot_read_are_named_and_the_configuration_stays_as_it_is(
    state, tree, odoo_reads
):
    odoo_conf.write(state, tree)
    before = state.path("odoo", "odoo.conf").read_text()
    file = state.path("odoo", "odoo.local.conf")
    file.write_text("[options]\nworkers = many\nlimit_request = 5\nproxy_mode = perhaps\n")
    odoo_reads({"workers": "a whole number", "proxy_mode": "True or False"})

    with pytest.raises(StackError) as refused:
        odoo_conf.write(state, tree)

    assert str(refused.value).splitlines() == [
        f'{file}: workers: expected a whole number, found "many"',
        f'{file}: proxy_mode: expected True or False, found "perhaps"; correct the file and run setup/up again',
    ]
    assert state.path("odoo", "odoo.conf").read_text() == before


def test_telemetry_settings_of_the_caller_win_over_the_defaults(state):
    environ = {"OTEL_METRIC_EXPORT_INTERVAL": "1000", "ODOOOPS_X": "y", "ODOOOPS_STATE": "no", "HOME": "no"}
    environment = odoo_conf.environment(state, environ)
    assert environment["OTEL_METRIC_EXPORT_INTERVAL"] == "1000"
    assert environment["OTEL_SERVICE_NAME"] == "odoo"
    assert environment["ODOOOPS_X"] == "y"
    assert not {"ODOOOPS_STATE", "HOME"} & set(environment)


def test_odoo_is_told_where_prometheus_answers_unless_the_caller_names_another(state):
    assert odoo_conf.environment(state, {})["ODOOOPS_PROMETHEUS_URL"] == "http://127.0.0.1:9090"
    own = {"ODOOOPS_PROMETHEUS_URL": "https://metrics.example.com"}
    assert odoo_conf.environment(state, own)["ODOOOPS_PROMETHEUS_URL"] == "https://metrics.example.com"


def test_a_receiver_for_all_signals_is_not_overruled_by_ours(state):
    state.record["environment"] = "local"
    given = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    found = odoo_conf.environment(state, given)
    assert found["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert not {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_TRACES_EXPORTER"} & set(found)


def test_in_the_core_stack_metrics_go_to_prometheus_and_nothing_else_goes_anywhere(state):
    found = odoo_conf.environment(state, {})
    assert found["OTEL_EXPORTER_OTLP_METRICS_ENDPOINT"] == "http://127.0.0.1:9090/api/v1/otlp/v1/metrics"
    assert (found["OTEL_TRACES_EXPORTER"], found["OTEL_LOGS_EXPORTER"]) == ("none", "none")
    assert "ODOOOPS_LOG_FORMAT" not in found


def test_in_the_whole_stack_metrics_and_traces_go_to_the_collector_and_logs_are_json(whole_state):
    found = odoo_conf.environment(whole_state, {})
    assert found["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://127.0.0.1:4318"
    assert found["ODOOOPS_LOG_FORMAT"] == "json"
    assert not {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT", "OTEL_TRACES_EXPORTER"} & set(found)


def test_a_resource_attribute_of_the_caller_is_put_beside_ours_and_wins_over_ours(state):
    def attributes(given: str) -> dict[str, str]:
        found = odoo_conf.environment(state, {"OTEL_RESOURCE_ATTRIBUTES": given})
        return dict(convert.pairs(found["OTEL_RESOURCE_ATTRIBUTES"]))

    ours = {"service.namespace": "odooops", "deployment.environment.name": "local"}
    assert attributes("team=shop") == ours | {"team": "shop"}
    assert attributes("service.namespace=shop") == ours | {"service.namespace": "shop"}
    assert attributes("") == ours


def test_the_settings_file_of_the_state_is_named_to_odoo_when_there_is_one(state):
    assert "ODOOOPS_CONFIG_FILE" not in odoo_conf.environment(state, {})
    file = state.path("observability.yaml")
    file.write_text("version: 1\n")
    assert odoo_conf.environment(state, {})["ODOOOPS_CONFIG_FILE"] == str(file)
    own = {"ODOOOPS_CONFIG_FILE": "/etc/odooops.yaml"}
    assert odoo_conf.environment(state, own)["ODOOOPS_CONFIG_FILE"] == "/etc/odooops.yaml"
