"""odooops setting: the value that counts, and where it comes from."""

import json

import pytest

MODEL = "odooops.setting"
SETTING = {
    "name": "prometheus.url",
    "value": "http://127.0.0.1:9090",
    "default": "",
    "source": "environment",
    "where": "ODOOOPS_PROMETHEUS_URL",
    "problem": "",
}


@pytest.fixture
def settings(odoo):
    odoo.on(f"{MODEL}.get_settings", [SETTING]).on(f"{MODEL}.set_setting", SETTING)
    return odoo.on(f"{MODEL}.unset_setting", SETTING)


def test_each_value_says_where_it_comes_from(settings, run):
    assert run("setting", "list")[1].splitlines()[1].split() == [
        "prometheus.url",
        "http://127.0.0.1:9090",
        "environment",
        "ODOOOPS_PROMETHEUS_URL",
    ]
    assert json.loads(run("setting", "get", "prometheus.url", "--output", "json")[1]) == SETTING


def test_a_setting_that_there_is_not_is_named(settings, run):
    code, _output, errors = run("setting", "get", "x.y")

    assert code == 1
    assert errors == "odooops: there is no setting x.y: odooops setting list shows all of them\n"


def test_a_value_is_stored_and_forgotten(settings, run):
    assert run("setting", "set", "prometheus.url", "http://x")[0] == 0
    assert run("setting", "unset", "prometheus.url")[0] == 0

    assert settings.asked(f"{MODEL}.set_setting") == [{"name": "prometheus.url", "value": "http://x"}]
    assert settings.asked(f"{MODEL}.unset_setting") == [{"name": "prometheus.url"}]
