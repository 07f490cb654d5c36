"""Which environments the stack tells apart."""

import pytest

from odooops.stack import environments
from odooops.stack.errors import StackError


def test_the_own_name_stays_what_it_was_until_said_otherwise(state):
    assert environments.own(state, {"ODOOOPS_ENVIRONMENT": "production"}) == "production"
    state.record["environment"] = "staging"
    assert environments.own(state, {}) == "staging"


def test_the_others_are_listed_remembered_and_given_up(state):
    assert environments.others(state, {}) == []
    assert environments.others(state, {"ODOOOPS_ENVIRONMENTS": "staging, test"}) == ["staging", "test"]
    state.record["other_environments"] = ["staging"]
    assert environments.others(state, {}) == ["staging"]
    assert environments.others(state, {"ODOOOPS_ENVIRONMENTS": ""}) == []


def test_the_own_comes_first_and_once(state):
    state.record.update(environment="production", other_environments=["production", "staging"])
    assert environments.known(state) == ["production", "staging"]


@pytest.mark.parametrize("name", ["a b", "a,b=c", "-x", "x" * 64, 'a"', environments.UNASSIGNED])
def test_a_name_that_cannot_be_a_label_or_a_tenant_is_refused(state, name):
    with pytest.raises(StackError, match=r"^ODOOOPS_ENVIRONMENT[:=]"):
        environments.own(state, {"ODOOOPS_ENVIRONMENT": name})


def test_a_bad_name_among_the_others_is_refused_by_its_variable(state):
    with pytest.raises(StackError, match="ODOOOPS_ENVIRONMENTS='x y'"):
        environments.others(state, {"ODOOOPS_ENVIRONMENTS": "staging,x y"})
