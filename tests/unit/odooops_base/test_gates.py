"""From a PromQL query and Prometheus' answer to a verdict."""

import math

import pytest
from odooops_base.tools import gates
from odooops_base.tools.gates import GateError, Sample


def vector(*values):
    result = [{"metric": {"i": str(i)}, "value": [1.5, value]} for i, value in enumerate(values)]
    return {"status": "success", "data": {"resultType": "vector", "result": result}}


def test_environment_and_window_are_filled_in():
    query = 'sum(rate(x{env="$environment"}[$window])) * 2'

    assert gates.render(query, "shop.prod-1", 300) == 'sum(rate(x{env="shop.prod-1"}[300s])) * 2'


@pytest.mark.parametrize("name", ['a"} or vector(1) #', "a'b", "a\\", "a\nb"])
def test_no_name_of_an_environment_ends_the_string_it_is_in(name):
    rendered = gates.render('x{e="$environment"}', name, 60)
    inside = rendered.removeprefix('x{e="').removesuffix('"}')

    # Every quote and every backslash inside is one that is escaped.
    assert '"' not in inside.replace("\\\\", "").replace('\\"', "")
    assert "\n" not in inside


def test_what_is_promqls_own_stays():
    query = 'label_replace(x{a=~"b$"}, "c", "$1", "d", "(.*)")'

    assert gates.render(query, "e", 60) == query


def test_what_stands_in_for_a_placeholder_is_as_long():
    query = 'x{e="$environment"}[$window]'

    assert gates.stand_in(query) == 'x{e="____________"}[000060s]'
    assert len(gates.stand_in(query)) == len(query)


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"status": "error", "errorType": "bad_data", "error": "1:1: parse error"}, False),
        (vector("1"), False),
        ({"status": "error", "errorType": "unavailable"}, True),
        ({"status": "error"}, True),
        ([], True),
    ],
)
def test_an_answer_that_says_nothing_of_the_query_is_told_apart(document, expected):
    assert gates.is_failure(document) is expected


def test_an_unknown_placeholder_is_named():
    with pytest.raises(GateError, match=r"^line 1, column 6: \$enviroment is not known; use \$environment"):
        gates.render('x{e="$enviroment"}', "e", 60)


@pytest.mark.parametrize(("seconds", "expected"), [(3, 60), (61.4, 61), (299, 299), (9000, 300)])
def test_a_window_reaches_back_to_the_beginning_of_the_deployment_within_limits(seconds, expected):
    assert gates.window(seconds, 300) == expected


def test_vectors_and_scalars_are_read():
    assert gates.read_answer(vector("1.5", "NaN"))[0] == Sample({"i": "0"}, 1.5)
    scalar = {"status": "success", "data": {"resultType": "scalar", "result": [1.5, "2"]}}
    assert gates.read_answer(scalar) == [Sample({}, 2.0)]


def test_what_prometheus_refuses_is_said_in_its_words():
    with pytest.raises(GateError, match=r"^1:3: parse error$"):
        gates.read_answer({"status": "error", "errorType": "bad_data", "error": "1:3: parse error"})


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        {},
        {"status": "fine"},
        {"status": "success"},
        {"status": "success", "data": {"resultType": "vector", "result": [{"metric": {}}]}},
        {"status": "success", "data": {"resultType": "scalar", "result": [1]}},
        vector("many"),
    ],
)
def test_an_answer_of_something_else_is_refused(document):
    with pytest.raises(GateError, match=r"^this is no answer of Prometheus$"):
        gates.read_answer(document)


def test_a_query_that_gives_no_number_a_series_is_refused():
    answer = {"status": "success", "data": {"resultType": "matrix", "result": []}}
    with pytest.raises(GateError, match="gives a matrix"):
        gates.read_answer(answer)


def judge(values, comparison="<", threshold=1.0, *, passes_without=False):
    samples = [Sample({"i": str(i)}, value) for i, value in enumerate(values)]
    return gates.judge(samples, comparison, threshold, passes_without=passes_without)


@pytest.mark.parametrize(
    ("comparison", "value", "is_passed"),
    [
        ("<", 0.9, True),
        ("<", 1.0, False),
        ("<=", 1.0, True),
        (">", 1.0, False),
        (">=", 1.0, True),
        (">", 1.1, True),
        ("<", math.inf, False),
        (">", -math.inf, False),
    ],
)
def test_a_value_is_compared_with_the_threshold(comparison, value, is_passed):
    assert judge([value], comparison).is_passed is is_passed


@pytest.mark.parametrize(("comparison", "worst"), [("<", 5.0), ("<=", 5.0), (">", 0.5), (">=", 0.5)])
def test_the_value_that_is_farthest_off_decides(comparison, worst):
    verdict = judge([2.0, 5.0, 0.5], comparison)

    assert verdict.worst.value == worst
    assert not verdict.is_passed


@pytest.mark.parametrize("values", [[], [math.nan]])
def test_without_data_the_gate_says_itself_what_holds(values):
    assert judge(values, passes_without=True) == (True, None)
    assert judge(values, passes_without=False) == (False, None)


def test_a_series_without_data_does_not_hide_the_others():
    assert judge([math.nan, 3.0]).worst.value == 3.0


def test_a_series_is_named_as_in_promql():
    assert gates.series_text({"b": "2", "a": "1"}) == '{a="1", b="2"}'
    assert gates.series_text({}) == ""
