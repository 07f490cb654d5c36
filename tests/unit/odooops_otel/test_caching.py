"""What caches did not have is told by method, the worst first."""

from odooops_otel.tools import caching


def _get_group_ids():
    pass


def _xmlid_lookup():
    pass


def overriding():
    pass


overriding.__name__ = "_get_group_ids"
USERS, DATA = ("res.users", _get_group_ids), ("ir.model.data", _xmlid_lookup)


def test_nothing_is_told_of_nothing():
    assert caching.attributes(0, {}) == {}


def test_where_all_was_there_only_how_much_was_asked_for_is_told():
    assert caching.attributes(12, {}) == {"odoo.cache.lookup.count": 12}


def test_methods_are_told_with_their_counts_the_one_that_missed_most_first():
    assert caching.attributes(40, {USERS: 2, DATA: 7}) == {
        "odoo.cache.lookup.count": 40,
        "odoo.cache.miss.count": 9,
        "odoo.cache.miss.methods": ("ir.model.data._xmlid_lookup", "res.users._get_group_ids"),
        "odoo.cache.miss.counts": (7, 2),
    }


def test_a_method_and_what_overrides_it_are_one():
    told = caching.attributes(0, {USERS: 2, ("res.users", overriding): 3})

    assert told["odoo.cache.miss.methods"] == ("res.users._get_group_ids",)
    assert told["odoo.cache.miss.counts"] == (5,)


def test_no_more_than_five_methods_are_named_and_all_are_counted():
    told = caching.attributes(0, {(f"model.{number}", _xmlid_lookup): number for number in range(1, 9)})

    assert told["odoo.cache.miss.count"] == 36
    assert told["odoo.cache.miss.counts"] == (8, 7, 6, 5, 4)
