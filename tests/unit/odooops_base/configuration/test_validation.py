"""Each wrong configuration is refused with one exact message for each mistake."""

import json
from pathlib import Path

import pytest
from odooops_base.settings import SETTINGS
from odooops_base.tools.configuration import declared, sections
from odooops_base.tools.configuration.document import parse
from odooops_base.tools.configuration.problems import ConfigurationError, lines
from odooops_base.tools.configuration.validation import suggestion, validate
from odooops_base.tools.settings import Setting

VECTORS = Path(__file__).parents[3] / "vectors" / "configuration"
EXPECTED = json.loads((VECTORS / "expected.json").read_text())
NUMBER = Setting("test.seconds", "number", 5, "How long.", minimum=0.1)
SECTIONS = [
    declared.ENVIRONMENTS,
    declared.settings([*SETTINGS, NUMBER]),
    declared.SECRETS,
    declared.GATES,
    declared.ROLES,
]
SCHEMA = sections.whole_schema(SECTIONS)


def problems_of(text):
    try:
        return lines(validate(parse(text), SCHEMA))
    except ConfigurationError as error:
        return lines(error.problems)


def test_every_vector_has_its_expectation_and_the_reverse():
    assert {path.stem for path in VECTORS.glob("*.yaml")} == EXPECTED.keys()
    assert len(EXPECTED) >= 20


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_a_wrong_configuration_gets_its_message(name):
    assert problems_of((VECTORS / f"{name}.yaml").read_text()) == EXPECTED[name]


def test_no_message_repeats_what_may_be_a_secret():
    for messages in EXPECTED.values():
        assert "planted" not in " ".join(messages)


@pytest.mark.parametrize(
    "text",
    [
        "version: 1\nenvironments:\n  https://user:planted@host/: {}\n",
        "version: 1\nenvironments:\n  berlin: {'https://user:planted@host/': x}\n",
        "version: 1\nenvironments:\n  berlin: {url: 'https://user:planted@host/'}\n",
        "version: 1\nenvironments:\n  berlin: {kind: 'https://user:planted@host/'}\n",
        "version: 1\n'https://user:planted@host/': x\n",
    ],
)
def test_no_message_repeats_the_password_of_an_address(text):
    messages = " ".join(problems_of(text))
    assert messages
    assert "planted" not in messages


def test_a_good_configuration_has_no_problem():
    text = """
version: 1
prune: [gates]
environments:
  production: &defaults
    kind: production
    url: https://odoo.example.com
    retention_days: 90
    sampling_ratio: 0.05
  copy: *defaults
settings:
  prometheus.url: http://127.0.0.1:9090
  configuration.check_drift: false
secrets:
  slack: $ODOOOPS_SECRET_SLACK
  pagerduty: file:/etc/odooops/secrets/pagerduty
  splunk: kept
gates:
  Error ratio:
    query: sum(rate(x[5m]))
    threshold: 0.01
    environments: [production]
roles:
  anna@example.com:
    admin: all
    auditor: [production]
"""
    assert problems_of(text) == []


def test_a_name_close_to_a_known_one_is_suggested():
    assert suggestion("enviroment", ["environments", "gates"]) == ' Did you mean "environments"?'
    assert suggestion("zzz", ["b", "a"]) == " Known are: a, b."
    assert suggestion("zzz", [f"n{number}" for number in range(31)]) == ""
