"""YAML and entries become each other."""

import jsonschema
import pytest
from odooops_base.settings import SETTINGS
from odooops_base.tools.configuration import declared
from odooops_base.tools.configuration.sections import Field, Section, whole_schema

DATA = [
    (declared.ENVIRONMENTS, {"production": {"kind": "production", "retention_days": 30}}),
    (declared.settings(SETTINGS), {"event.retention_days": 5, "prometheus.url": ""}),
    (declared.SECRETS, {"slack": "$ODOOOPS_SECRET_SLACK", "splunk": "kept"}),
    (declared.ROLES, {"a b@x": {"admin": "all", "auditor": ["production"]}, "c": {"viewer": "all"}}),
]


@pytest.mark.parametrize(("section", "data"), DATA)
def test_data_becomes_entries_and_data_again(section, data):
    jsonschema.validate(data, section.schema())
    assert section.document(section.entries(data)) == data


def test_what_is_empty_is_not_written():
    entries = {"b": {"url": "", "kind": "staging", "note": None}, "a": {}}
    assert declared.ENVIRONMENTS.document(entries) == {"a": {}, "b": {"kind": "staging"}}
    assert list(declared.ENVIRONMENTS.document(entries)) == ["a", "b"]


def test_a_role_is_an_entry_of_its_own():
    entries = declared.ROLES.entries({"anna@x": {"admin": "all", "auditor": ["staging"]}})
    assert entries == {
        "anna@x admin": {"environments": "all"},
        "anna@x auditor": {"environments": ["staging"]},
    }
    assert declared.ROLES.path("anna@x admin") == ("anna@x", "admin")


def test_the_schema_is_one_and_says_what_is_required():
    section = Section("things", "Things.", (Field("query", {"type": "string"}, required=True),))
    schema = whole_schema([section])
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["properties"]["prune"]["items"] == {"enum": ["things"]}
    assert schema["properties"]["things"]["additionalProperties"]["required"] == ["query"]
