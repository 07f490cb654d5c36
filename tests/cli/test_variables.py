"""Misspelt settings are told."""

import pytest

from odooops.stack import odoo_conf, variables
from odooops.stack.errors import StackError


def test_a_misspelt_variable_is_told_with_the_name_that_was_meant():
    [line] = variables.warnings({"ODOOOPS_TRACE_SLOW_TRESHOLD": "5", "PATH": "/bin"})

    assert line == (
        "ODOOOPS_TRACE_SLOW_TRESHOLD is no setting of OdooOps and has no effect: "
        "is ODOOOPS_TRACES_SLOW_THRESHOLD meant?"
    )


def test_a_variable_that_resembles_none_leads_to_the_list():
    [line] = variables.warnings({"ODOOOPS_ZZZ": ""})

    assert line.endswith("docs/stack.md lists those that there are")


def test_what_is_known_is_not_told():
    assert variables.warnings(dict.fromkeys(variables.KNOWN, "x") | {"OTEL_SERVICE_NAME": "x"}) == []


def test_what_a_secret_is_read_from_is_the_operator_s_to_name():
    assert variables.warnings({"ODOOOPS_SECRET_SMTP": "x"}) == []


def test_what_is_internal_is_never_what_was_meant():
    [line] = variables.warnings({"ODOOOPS_SUPERVISE": "x"})

    assert "ODOOOPS_SUPERVISED" not in line


def test_what_is_for_setup_up_alone_does_not_reach_odoo():
    environ = dict.fromkeys(variables.KNOWN, "x")

    assert set(odoo_conf.forwarded(environ)) == set(variables.OF_ODOO)


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("foo", "'foo' is no key=value"),
        ("a=b,foo,c=d", "'foo' is no key=value"),
        ("=b", "'=b' is no key=value"),
        ("a=%ff", "'a=%ff' holds a percent-encoding that is not UTF-8"),
    ],
)
def test_resource_attributes_that_odoo_would_discard_with_ours_are_refused(value, said):
    with pytest.raises(StackError, match=f"^OTEL_RESOURCE_ATTRIBUTES: {said}"):
        variables.check({"OTEL_RESOURCE_ATTRIBUTES": value})


@pytest.mark.parametrize("value", ["", "a=b", " a = b , c=%20,,d= "])
def test_resource_attributes_that_can_be_read_are_taken(value):
    variables.check({"OTEL_RESOURCE_ATTRIBUTES": value})
