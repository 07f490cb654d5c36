"""The section of the rules of sampling."""

import jsonschema
import pytest
from odooops_base.tools.configuration.document import parse
from odooops_base.tools.configuration.validation import validate
from odooops_otel.tools.configuration.declared import SAMPLING

RULE = {"kind": "route", "pattern": "/web/login*", "ratio": 1}


def test_the_section_has_a_good_schema_and_a_description():
    jsonschema.Draft202012Validator.check_schema(SAMPLING.schema())
    assert SAMPLING.schema()["description"].endswith(".")


@pytest.mark.parametrize(
    "rule",
    [
        RULE,
        RULE | {"http_method": "POST"},
        RULE | {"http_method": ""},
        {"kind": "any", "ratio": 0.5, "sql": "driver", "environments": ["staging"]},
    ],
)
def test_a_rule_may_be_written(rule):
    jsonschema.validate({"Login page": rule}, SAMPLING.schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "url"},
        {"ratio": 1.5},
        {"ratio": -0.1},
        {"slow_threshold_ms": -1},
        {"slow_threshold_ms": 0.5},
        {"statement_limit": 10_001},
        {"sql": "orm"},
        {"http_method": "post"},
        {"http_method": "FROBNICATE"},
        {"pattern": "x" * 201},
        {"environment": "staging"},
    ],
)
def test_what_is_no_rule_is_refused(wrong):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"Login page": RULE | wrong}, SAMPLING.schema())


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ("http_method: FETCH", 'TRACE, or "" for every method, found "FETCH"'),
        ("sql: orm", 'expected one of driver, or "" for what the setting traces.sql says, found "orm"'),
        ("kind: url", 'expected one of route, method, job, any, found "url"'),
    ],
)
def test_a_wrong_choice_is_told_with_those_there_are_and_with_what_nothing_means(wrong, message):
    text = f"Login page: {{pattern: /web/login, ratio: 1, kind: route, {wrong}}}"
    document = parse(text.replace("kind: route, kind", "kind"))
    [problem] = validate(document, SAMPLING.schema())
    assert problem.message.endswith(message)
    assert "one of ," not in problem.message


@pytest.mark.parametrize("missing", ["kind", "ratio"])
def test_a_rule_says_what_it_is_for_and_what_is_kept(missing):
    rule = {name: value for name, value in RULE.items() if name != missing}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"Login page": rule}, SAMPLING.schema())
