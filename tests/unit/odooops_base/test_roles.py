"""Which role includes which."""

import pytest
from odooops_base.tools.roles import ROLES, included_in, largest, smallest


def test_administrators_do_what_operators_do_and_operators_see_what_viewers_see():
    assert {role for role in ROLES if "admin" in included_in(role)} == {"viewer", "operator", "admin"}
    assert {role for role in ROLES if "operator" in included_in(role)} == {"viewer", "operator"}


def test_auditors_see_and_do_not_operate():
    assert {role for role in ROLES if "auditor" in included_in(role)} == {"viewer", "auditor"}


def test_nobody_else_judges_what_was_done():
    assert included_in("auditor") == ("auditor",)


def test_what_is_no_role_is_an_error():
    with pytest.raises(KeyError):
        included_in("root")


def test_the_smallest_roles_stand_for_those_that_include_them():
    assert smallest(ROLES) == ["viewer"]
    assert smallest({"admin", "operator"}) == ["operator"]
    assert smallest(["auditor", "operator", "admin"]) == ["operator", "auditor"]
    assert smallest([]) == []


def test_the_largest_roles_stand_for_those_that_they_include():
    assert largest(ROLES) == ["auditor", "admin"]
    assert largest({"viewer", "operator"}) == ["operator"]
    assert largest(["viewer"]) == ["viewer"]
    assert largest([]) == []
