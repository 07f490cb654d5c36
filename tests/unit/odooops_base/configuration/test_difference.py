"""What changes, in which order, what it looks like, and how it is undone."""

from odooops_base.tools.configuration.difference import (
    Change,
    compare,
    count,
    digest,
    in_order,
    inverse,
    render,
)

CURRENT = {"a": {"x": 1, "names": ["one", "two"]}, "b": {"x": 2, "names": []}}


def test_what_is_the_same_changes_nothing():
    assert compare("s", CURRENT, CURRENT, prune=True) == []


def test_what_is_left_out_stays():
    assert compare("s", CURRENT, {"a": {"x": 1}}, prune=False) == []


def test_only_what_differs_is_changed():
    [change] = compare("s", CURRENT, {"a": {"x": 5, "names": ["two", "one"]}}, prune=False)
    assert change == Change("s", "a", "update", {"x": 1}, {"x": 5})


def test_true_is_not_one():
    assert compare("s", {"a": {"x": 1}}, {"a": {"x": True}}, prune=False)[0].after == {"x": True}


def test_what_is_new_is_made_and_what_is_gone_is_taken_away_when_pruned():
    wanted = {"a": {}, "c": {"x": 3}}
    assert [(c.key, c.action) for c in compare("s", CURRENT, wanted, prune=False)] == [("c", "create")]
    assert [(c.key, c.action) for c in compare("s", CURRENT, wanted, prune=True)] == [
        ("c", "create"),
        ("b", "delete"),
    ]


def test_what_is_taken_away_goes_last_and_in_the_opposite_order():
    changes = [Change("one", "a", "delete"), Change("one", "b", "create"), Change("two", "c", "delete")]
    assert [change.key for change in in_order(changes)] == ["b", "c", "a"]


def test_the_inverse_undoes():
    changes = [
        Change("s", "a", "update", {"x": 1}, {"x": 5}),
        Change("s", "c", "create", None, {"x": 3}),
        Change("s", "b", "delete", {"x": 2}, None),
    ]
    undone = inverse(changes)
    assert undone[0] == Change("s", "b", "create", None, {"x": 2})
    assert undone[1] == Change("s", "c", "delete", {"x": 3}, None)
    assert undone[2] == Change("s", "a", "update", {"x": 5}, {"x": 1})
    assert inverse(undone) == changes


def test_an_entry_without_values_is_shown_and_undone_as_any_other():
    changes = [Change("s", "a", "create", None, {}), Change("s", "2024-01-01", "delete", {}, None)]
    assert render(changes) == "  s:\n+   a: {}\n-   '2024-01-01': {}\n"
    assert render(inverse(changes)) == "  s:\n+   '2024-01-01': {}\n-   a: {}\n"


def test_every_action_is_counted():
    assert count([Change("s", "a", "update")]) == {"create": 0, "update": 1, "delete": 0}


def test_the_digest_is_that_of_text_and_state():
    one = digest("text", {"s": CURRENT})
    assert one == digest("text", {"s": dict(reversed(CURRENT.items()))})
    assert one != digest("text ", {"s": CURRENT})
    assert one != digest("text", {"s": {"a": CURRENT["a"]}})


def test_a_difference_reads_like_a_patch():
    changes = [
        Change("environments", "new", "create", None, {"kind": "staging"}),
        Change("environments", "old one", "delete", {"kind": "staging"}, None),
        Change("gates", "ratio", "update", {"threshold": 1, "names": []}, {"threshold": 2, "names": ["a"]}),
        Change("gates", "url", "update", {"url": ""}, {"url": "https://x"}),
    ]
    assert render(changes) == (
        "  environments:\n"
        "+   new:\n"
        "+     kind: staging\n"
        "-   old one:\n"
        "-     kind: staging\n"
        "  gates:\n"
        "    ratio:\n"
        "-     threshold: 1\n"
        "+     threshold: 2\n"
        "-     names: []\n"
        "+     names:\n"
        "+       - a\n"
        "    url:\n"
        "+     url: https://x\n"
    )


def test_what_is_one_value_stands_beside_its_name():
    changes = [
        Change("settings", "event.retention_days", "update", {"value": 90}, {"value": 30}),
        Change("settings", "x.flag", "create", None, {"value": False}),
        Change("secrets", "slack", "delete", {"reference": "kept"}, None),
    ]
    assert render(changes) == (
        "  settings:\n"
        "-   event.retention_days: 90\n"
        "+   event.retention_days: 30\n"
        "+   x.flag: false\n"
        "  secrets:\n"
        "-   slack: kept\n"
    )


def test_no_change_looks_like_nothing():
    assert render([]) == ""
