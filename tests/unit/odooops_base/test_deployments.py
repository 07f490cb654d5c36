"""States of a deployment, and what changed in the modules."""

import pytest
from odooops_base.tools import deployments
from odooops_base.tools.deployments import INSTALLED, REMOVED, UPGRADED, ModuleChange

STATES = ("running", "succeeded", "failed", "rolled_back")


def test_states_follow_each_other_in_one_order_only():
    allowed = {(a, b) for a in STATES for b in STATES if deployments.may_become(a, b)}

    assert allowed == {
        ("running", "succeeded"),
        ("running", "failed"),
        ("succeeded", "rolled_back"),
        ("failed", "rolled_back"),
    }


def test_modules_are_read_with_what_is_known_of_them():
    given = [
        {"name": "sale", "version": "19.0.1.2", "previous_version": "19.0.1.1"},
        {"name": "stock", "version": False, "change": "installed"},
    ]

    assert deployments.parse_modules(given) == [
        ModuleChange("sale", "19.0.1.2", "19.0.1.1", UPGRADED),
        ModuleChange("stock", "", "", INSTALLED),
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"name": "sale"}, "modules: write a list such as"),
        ("sale", "modules: write a list such as"),
        (["sale"], 'modules[0]: write it as {"name": "sale"'),
        ([{"version": "1"}], "modules[0]: write it as"),
        ([{"name": "sale"}, {"name": "a b"}], "modules[1]: 'a b' is no name of a module"),
        ([{"name": "sale", "versoin": "1"}], "modules[0]: versoin is not known; use change, name,"),
        ([{"name": "sale", "version": 19}], "modules[0]: write versions as texts"),
        ([{"name": "sale", "version": "1" * 129}], "modules[0]: write versions as texts"),
        (
            [{"name": "sale", "change": "broken"}],
            "modules[0]: change 'broken' is none of installed, upgraded",
        ),
        ([{"name": "sale"}, {"name": "sale"}], "modules: sale is there twice"),
    ],
)
def test_modules_that_cannot_be_used_are_named(given, message):
    with pytest.raises(deployments.DeploymentError) as refused:
        deployments.parse_modules(given)

    assert str(refused.value).startswith(message)


def test_modules_are_compared_with_those_seen_before():
    before = {"base": "1", "sale": "1.0", "stock": "1.0", "gone": "1.0"}
    after = {"base": "1", "sale": "1.1", "stock": "1.0", "new": "1.0"}

    assert deployments.compare_modules(before, after, {"sale", "stock", "new"}) == [
        ModuleChange("new", "1.0", "", INSTALLED),
        ModuleChange("sale", "1.1", "1.0", UPGRADED),
        ModuleChange("stock", "1.0", "1.0", UPGRADED),
        ModuleChange("gone", "", "1.0", REMOVED),
    ]


def test_at_the_first_look_only_what_was_just_installed_is_new():
    found = deployments.compare_modules({}, {"base": "1", "sale": "1.0"}, {"sale"})

    assert found == [ModuleChange("sale", "1.0", "", INSTALLED)]


def test_nothing_changed_is_nothing():
    assert deployments.compare_modules({"base": "1"}, {"base": "1"}, set()) == []


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ([ModuleChange("sale", "1.1", "1.0", UPGRADED)], "sale 1.1"),
        ([ModuleChange("gone", "", "1.0", REMOVED)], "gone removed"),
        ([ModuleChange("a"), ModuleChange("b")], "2 modules"),
    ],
)
def test_modules_stand_for_a_version(modules, text):
    assert deployments.describe_modules(modules) == text


def test_what_waits_is_what_a_failed_upgrade_has_not_done():
    states = {"sale": "to install", "stock": "to upgrade", "gone": "to remove", "base": "installed"}

    assert deployments.find_pending(states, ["other"], ["all"]) == [
        ModuleChange("gone", change=REMOVED),
        ModuleChange("sale", change=INSTALLED),
        ModuleChange("stock", change=UPGRADED),
    ]


def test_where_nothing_waits_it_is_what_was_asked_for():
    assert deployments.find_pending({"base": "installed"}, ["sale"], ["stock", "sale"]) == [
        ModuleChange("sale", change=INSTALLED),
        ModuleChange("stock", change=UPGRADED),
    ]
    assert deployments.find_pending({}, (), ()) == []


@pytest.mark.parametrize(
    ("modules", "text"),
    [
        ([ModuleChange("sale", change=INSTALLED)], "sale not installed"),
        ([ModuleChange("a"), ModuleChange("b")], "2 modules not changed"),
        ([], "0 modules not changed"),
    ],
)
def test_what_failed_stands_for_a_version(modules, text):
    assert deployments.describe_pending(modules) == text


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("duplicate key\nDETAIL: Key (login)=(ann) exists"), "ValueError: duplicate key"),
        (ValueError("\n  late\n"), "ValueError: late"),
        (KeyError(), "KeyError"),
        (ValueError("x" * 1000), "ValueError: " + "x" * 288),
    ],
)
def test_an_error_is_told_by_its_kind_and_its_first_line(error, text):
    assert deployments.describe_error(error) == text
