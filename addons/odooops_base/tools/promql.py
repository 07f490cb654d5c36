"""PromQL as people write it: what is wrong with a query, where, and what to write instead.

Prometheus and the package promql-parser say what is wrong in nearly the same words; only Prometheus says where. The
words are those of https://github.com/prometheus/prometheus/tree/main/promql/parser.
"""

from __future__ import annotations

import difflib
import re

try:
    import promql_parser
except ImportError:  # without it Prometheus can say, and brackets are looked at
    promql_parser = None

# The parser recurses: a text of a few thousand signs would end the process. A configuration's query is no longer.
MAX_PARSED = 2000
# What a query may be, by the names of the parser's classes, that is no number for each series.
_KINDS = {"MatrixSelector": "matrix", "SubqueryExpr": "matrix", "StringLiteral": "string"}
# Strings, comments and brackets: what has something open at its end, or closes what is not.
_TEXT = r"""(?P<text>"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*'|`[^`]*`|#[^\n]*)"""
_TOKEN = re.compile(rf"""{_TEXT}|["'`()\[\]{{}}]""")
_OPENING = {"(": ")", "[": "]", "{": "}"}
# As Prometheus begins what it says: "invalid parameter "query": 1:16: parse error: unclosed left parenthesis"
_PLACED = re.compile(r"(?:^|\s)(\d+):(\d+): parse error: (.*)", re.DOTALL)
_QUOTED = re.compile(r"""["'`]([^"'`]+)["'`]|(?:syntax:|regex for) (\S+)""")
_NO_FUNCTION = re.compile(r"""unknown function with name ["'](\w+)["']""")
_BASICS = "https://prometheus.io/docs/prometheus/latest/querying/basics/"
_MANUAL = "https://prometheus.io/docs/prometheus/latest/querying/functions/"
# What may be meant by a name that is none: https://prometheus.io/docs/prometheus/latest/querying/functions/
FUNCTIONS = tuple(
    """
    abs absent absent_over_time avg_over_time ceil changes clamp clamp_max clamp_min count_over_time day_of_month
    day_of_week day_of_year days_in_month delta deriv exp floor histogram_avg histogram_count histogram_fraction
    histogram_quantile histogram_stddev histogram_stdvar histogram_sum hour idelta increase irate label_join
    label_replace last_over_time ln log10 log2 max_over_time min_over_time minute month pi predict_linear
    present_over_time quantile_over_time rate resets round scalar sgn sort sort_desc sqrt stddev_over_time
    stdvar_over_time sum_over_time time timestamp vector year
    """.split()
)
AGGREGATIONS = tuple("avg bottomk count count_values group max min quantile stddev stdvar sum topk".split())
# What somebody should do about a message that says so; the first that fits.
_REMEDIES = (
    (r"not enabled|is experimental", "write it without, or have whoever runs Prometheus switch it on"),
    (r"expected type (?:range vector|matrix)", "write a range behind the selector, such as [$window]"),
    (
        r"got (?:range vector|matrix)",
        "put what has a range into a function such as rate() or max_over_time()",
    ),
    (r"regexp?\b", "correct the regular expression; inside of quotes a backslash is written twice"),
    (r"non-empty matcher", 'name a metric, or a label with a value that is not empty, such as {job="odoo"}'),
    (r"BOOL modifier", "write bool behind the comparison, or compare a metric"),
    (r"set operator", "have a metric on both sides; vector(1) makes one of a number"),
    (r"argument", f"see {_MANUAL}"),
    (r"unexpected end", "write what is missing at the end, or take away what waits for it"),
    (r"duration", "write a duration such as 30s, 5m or 1h30m"),
)


class GateError(ValueError):
    """The query or the answer cannot be used; the text says where, what is wrong, what to do; without a full stop."""


class KindError(GateError):
    """The query can be read, and gives no number for each series."""

    def __init__(self, kind: str):
        super().__init__(f"the query gives a {kind}; write one that gives a number for each series")


def place(query: str, at: int) -> str:
    """Where the sign with that index stands, as people count: from 1."""
    before = query[:at]
    return f"line {before.count(chr(10)) + 1}, column {at - before.rfind(chr(10))}"


def check_brackets(query: str) -> None:
    """Raises GateError for a query whose brackets or quotes do not fit together."""
    opened: list[tuple[str, int]] = []
    for token in _TOKEN.finditer(query):
        sign, where = token[0], place(query, token.start())
        if token["text"]:
            continue
        if sign in _OPENING:
            opened.append((sign, token.start()))
        elif sign not in _OPENING.values():
            raise GateError(f"{where}: {sign} opens a text that is not closed: write {sign} at its end")
        elif not opened:
            raise GateError(f"{where}: {sign} closes what is not open: take it away")
        elif sign != (wanted := _OPENING[opened.pop()[0]]):
            raise GateError(f"{where}: {sign} closes what is not open: write {wanted} before it")
    if opened:
        sign, at = opened[-1]
        raise GateError(f"{place(query, at)}: {sign} is opened and not closed: write {_OPENING[sign]}")


def parse(query: str) -> bool:
    """Whether the parser has read the query: it is not there on every server, and takes no long texts.

    What it knows is PromQL with all that is experimental; whether that is switched on only Prometheus can say.

    :raises GateError: when it cannot be read
    """
    if not promql_parser or len(query) > MAX_PARSED:
        return False
    try:
        found = promql_parser.parse(query)
    except ValueError as error:
        raise GateError(explain(query, str(error))) from None
    while isinstance(found, promql_parser.ParenExpr):
        found = found.expr
    if kind := _KINDS.get(type(found).__name__):
        raise KindError(kind)
    return True


def explain(query: str, said: str) -> str:
    """What Prometheus, or the parser, has said of a query, with its place as far as it is known, and what to do."""
    if placed := _PLACED.search(said):
        line, column, said = placed.groups()
        where = f"line {line}, column {column}"
    else:
        where = _seek(query, said)
    return f"{where}: {said}: {_remedy(said)}" if where else f"{said}: {_remedy(said)}"


def _seek(query: str, said: str) -> str:
    """Where that stands which the message quotes, if it stands in one place alone."""
    for match in _QUOTED.finditer(said):
        quoted = match[1] or match[2]
        edge = r"\b" if re.fullmatch(r"\w+", quoted) else ""
        found = [each.start() for each in re.finditer(rf"{edge}{re.escape(quoted)}{edge}", query)]
        if len(found) == 1:
            return place(query, found[0])
    return ""


def _remedy(said: str) -> str:
    if name := _NO_FUNCTION.search(said):
        close = difflib.get_close_matches(name[1], (*FUNCTIONS, *AGGREGATIONS), n=1)
        return f"write {close[0]} instead" if close else f"see {_MANUAL}"
    fitting = (remedy for pattern, remedy in _REMEDIES if re.search(pattern, said))
    return next(fitting, f"see {_BASICS}")
