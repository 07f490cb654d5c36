"""The section of the rules of sampling."""

import jsonschema
import pytest
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


@pytest.mark.parametrize("missing", ["kind", "ratio"])
def test_a_rule_says_what_it_is_for_and_what_is_kept(missing):
    rule = {name: value for name, value in RULE.items() if name != missing}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"Login page": rule}, SAMPLING.schema())
