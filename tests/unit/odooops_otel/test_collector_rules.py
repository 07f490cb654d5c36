"""Which rules of redaction the collector can have, and as what."""

from odooops_otel.tools import collector_rules

NUMBERS = {"name": "Numbers", "kind": "pattern", "pattern": r"EMP-\d{6}"}
FIELDS = {"name": "Fields", "kind": "name", "pattern": "employee_no, X-Tenant,shop.ref:"}
BEHIND = {"name": "Behind", "kind": "pattern", "pattern": r"(?<=PIN )\d{4}"}


def test_patterns_are_taken_out_of_texts():
    found = collector_rules.collect([NUMBERS])

    assert found == collector_rules.CollectorRules((), (r"EMP\x{2d}[\p{Nd}]{6}",), ("Numbers",))


def test_names_are_those_of_attributes_and_of_values_within_texts():
    found = collector_rules.collect([FIELDS])

    assert found.keys == (r"(?i)\A(?:employee_no|x\x{2d}tenant|shop\x{2e}ref\x{3a})\z",)
    assert len(found.values) == len(collector_rules.NOTATIONS)
    assert all(
        r"(?:\bemployee_no\b|\bx\x{2d}tenant\b|\bshop\x{2e}ref\x{3a})" in each for each in found.values
    )


def test_what_the_collector_cannot_have_is_named_with_the_reason():
    found = collector_rules.collect([NUMBERS, BEHIND])

    assert found.rules == ("Numbers",)
    assert [(each.name, each.reason[:21]) for each in found.left_out] == [("Behind", "looks ahead or behind")]
    assert collector_rules.problem("pattern", BEHIND["pattern"]).startswith("looks ahead or behind")
    assert collector_rules.problem("name", "employee_no") == ""


def test_the_order_of_the_rules_changes_nothing():
    rules = [NUMBERS, FIELDS, NUMBERS | {"name": "Again"}]

    assert collector_rules.collect(rules) == collector_rules.collect(rules[::-1])
    assert len(collector_rules.collect(rules).values) == 3


def test_without_rules_nothing_is_looked_for():
    assert collector_rules.collect([]) == collector_rules.CollectorRules()
