"""What is wrong with a query, where, and what to write instead."""

import re

import pytest
from odooops_base.tools import promql
from odooops_base.tools.promql import GateError, KindError


@pytest.mark.parametrize(
    "query",
    [
        "up",
        'sum(x{a="b)"}) # (',
        "x{a='\\''} > bool 1",
        'x{a=`"`}[5m]',
        'label_replace(x{a=~"b$"}, "c", "$1", "d", "(.*)")',
    ],
)
def test_a_query_whose_brackets_fit_together_is_taken(query):
    promql.check_brackets(query)


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("sum(", r"line 1, column 4: ( is opened and not closed: write )"),
        ("sum(\n  x{a='b'}[5m", r"line 2, column 11: [ is opened and not closed: write ]"),
        ("x]", r"line 1, column 2: ] closes what is not open: take it away"),
        ("rate(x[5m)]", r"line 1, column 10: ) closes what is not open: write ] before it"),
        ('x{a="b}', 'line 1, column 5: " opens a text that is not closed: write " at its end'),
        ('x{a="b # "} )', r"line 1, column 13: ) closes what is not open: take it away"),
    ],
)
def test_brackets_and_quotes_that_do_not_fit_together_are_told_with_their_place(query, said):
    with pytest.raises(GateError) as told:
        promql.check_brackets(query)
    assert str(told.value) == said


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "sum(\n raet(x[5m]))",
            "line 2, column 2: unknown function with name 'raet': write rate instead",
        ),
        ("xyzzy(x)", f"line 1, column 1: unknown function with name 'xyzzy': see {promql._MANUAL}"),
        (
            "rate(x)",
            "line 1, column 1: expected type matrix in call to function 'rate', got vector: "
            "write a range behind the selector, such as [$window]",
        ),
        (
            "abs(x[5m])",
            "line 1, column 1: expected type vector in call to function 'abs', got matrix: "
            "put what has a range into a function such as rate() or max_over_time()",
        ),
        (
            'x{a=~"*b"}',
            "line 1, column 7: illegal regex for *b: "
            "correct the regular expression; inside of quotes a backslash is written twice",
        ),
        (
            '{a=""}',
            "vector selector must contain at least one non-empty matcher: "
            'name a metric, or a label with a value that is not empty, such as {job="odoo"}',
        ),
        ("x +", f"invalid promql query: see {promql._BASICS}"),
        # It stands in two places, of which one is wrong: neither is told.
        ("rate(x) + rate(x[5m])", None),
    ],
)
def test_the_parser_says_what_is_wrong_and_it_is_told_where(query, said):
    with pytest.raises(GateError) as told:
        promql.parse(query)
    assert str(told.value) == said if said else not str(told.value).startswith("line")


@pytest.mark.parametrize(
    ("query", "kind"), [("x[5m]", "matrix"), ("(x[5m:1m])", "matrix"), ('"x"', "string")]
)
def test_what_gives_no_number_is_refused(query, kind):
    with pytest.raises(KindError, match=f"^the query gives a {kind}; write one"):
        promql.parse(query)


@pytest.mark.parametrize("query", ["1", "time()", "(x > 0.5) or vector(0)", "sum by (a) (rate(x[5m]))"])
def test_numbers_are_taken(query):
    assert promql.parse(query)


def test_a_text_that_is_too_long_for_the_parser_is_not_given_to_it():
    assert not promql.parse("-" * promql.MAX_PARSED + "x +")


def test_where_the_parser_is_not_there_nothing_is_said(monkeypatch):
    monkeypatch.setattr(promql, "promql_parser", None)
    assert not promql.parse("raet(x)")


def test_prometheus_says_itself_where_it_is():
    said = 'invalid parameter "query": 1:16: parse error: unexpected end of input'

    assert promql.explain("sum(rate(x[5m])", said) == (
        "line 1, column 16: unexpected end of input: "
        "write what is missing at the end, or take away what waits for it"
    )


@pytest.mark.parametrize(
    ("said", "remedy"),
    [
        ('function "info" is not enabled', "have whoever runs Prometheus switch it on"),
        ("limitk() is experimental and must be enabled with --enable-feature=…", "switch it on"),
        ("comparisons between scalars must use BOOL modifier", "write bool"),
        ('set operator "and" not allowed in binary scalar expression', r"vector\(1\)"),
        ('expected 2 argument(s) in call to "x", got 1', "see https.*functions"),
        ('bad number or duration syntax: "5"', "such as 30s"),
    ],
)
def test_each_kind_of_mistake_has_its_remedy(said, remedy):
    assert re.search(remedy, promql.explain("q", said))
