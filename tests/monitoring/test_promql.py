"""The parser that reads queries of health gates agrees with Prometheus: about all that we ask, and what is wrong."""

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import pytest
import without_odoo
import yaml

without_odoo.register_addons()

from odooops_base.tools import gates, promql  # noqa: E402

CHECKOUT = Path(__file__).parents[2]
# What Prometheus has switched off unless it is told otherwise; the parser knows it.
EXPERIMENTAL = ["limitk(1, x)", "mad_over_time(x[5m])", 'sort_by_label(x, "a")']
WRONG = """
sum(rate(x[5m])
ratee(x[5m])
sum(raet(x[5m]))
rate(x)
abs(x[5m])
rate(x[5m]) by (a)
x{a=~"("}
x{a=~"(?=b)"}
x{a="b"
x{a=b}
x{a="b",,}
x{1a="b"}
x{=~"a"}
{}
{a=~".*"}
x and 1
1 == 2
x + bool y
x =~ y
vector("a")
histogram_quantile(x)
abs(x, y)
topk(x)
count_values(1, x)
x[5x]
x[5m][5m]
(x)[5m]
x offset
x @
1 +
x y
()
sum(x) without
sum(x[5m])
foo.bar
time()[5m]
label_replace(x, "a")
holt_winters(x[5m], 0.5, 0.5)
""".strip().splitlines()
PROBLEM = re.compile(r'rule \d+, "q(\d+)": could not parse expression: (\d+):(\d+): parse error: (.*)')


def queries() -> Iterator[str]:
    """All that this repository has: rules, what their tests ask, gates, examples of the documentation."""
    for file in sorted((CHECKOUT / "monitoring" / "alerts").glob("*.yaml")):
        for group in yaml.safe_load(file.read_text())["groups"]:
            yield from (rule["expr"] for rule in group["rules"])
    for file in sorted((CHECKOUT / "tests" / "monitoring").glob("*.test.yaml")):
        for test in yaml.safe_load(file.read_text())["tests"]:
            yield from (each["expr"] for each in test.get("promql_expr_test", ()))
    data = ElementTree.parse(CHECKOUT / "addons" / "odooops_base" / "data" / "odooops_gate_data.xml")
    yield from (gates.stand_in(field.text) for field in data.iterfind(".//field[@name='query']"))
    for file in sorted(CHECKOUT.glob("docs/*.md")):
        for block in re.findall(r"^ *```promql\n(.*?)^ *```", file.read_text(), re.MULTILINE | re.DOTALL):
            # A query begins where a line does; what goes on with it is indented.
            yield from filter(None, map(str.strip, re.split(r"\n(?=\S)", block)))


@pytest.fixture
def said(program, tmp_path):
    """``said(queries)``: query → line, column and message of what the real promtool finds wrong with it."""

    def ask(several: list[str]) -> dict[str, tuple[int, int, str]]:
        rules = [{"record": f"q{number}", "expr": query} for number, query in enumerate(several)]
        file = tmp_path / "rules.yaml"
        file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": rules}]}))
        found = PROBLEM.findall(program("promtool", "check", "rules", file).stdout)
        return {several[int(at)]: (int(line), int(column), text) for at, line, column, text in found}

    return ask


def refusal(query: str) -> str:
    """What is told of a query without Prometheus; empty when it is taken."""
    try:
        promql.check_brackets(query)
        assert promql.parse(query)
    except promql.KindError:
        return ""
    except gates.GateError as error:
        return str(error)
    return ""


def test_both_read_all_that_this_repository_asks(said):
    found = list(dict.fromkeys(queries()))

    assert len(found) > 40
    assert said(found) == {}
    assert {query: refusal(query) for query in found if refusal(query)} == {}


def test_both_refuse_what_is_wrong(said):
    found = said(WRONG)

    assert [query for query in WRONG if query not in found] == []
    assert [query for query in WRONG if not refusal(query)] == []


@pytest.mark.parametrize(
    "query",
    [
        "ratee(x[5m])",
        "sum(raet(x[5m]))",
        "holt_winters(x[5m], 0.5, 0.5)",
        "abs(x, y)",
        "histogram_quantile(x)",
    ],
)
def test_both_name_the_same_place_of_a_function(said, query):
    line, column, _text = said([query])[query]

    assert refusal(query).startswith(f"line {line}, column {column}: ")


def test_what_is_experimental_prometheus_alone_refuses(said):
    found = said(EXPERIMENTAL)

    assert list(found) == EXPERIMENTAL
    for query, (_line, _column, text) in found.items():
        assert not refusal(query)
        assert "have whoever runs Prometheus switch it on" in promql.explain(query, text)


def test_each_function_that_is_proposed_is_one(said):
    calls = [f"{name}()" for name in (*promql.FUNCTIONS, *promql.AGGREGATIONS)]

    assert [
        query for query, (*_place, text) in said(calls).items() if re.search("unknown|not enabled", text)
    ] == []
