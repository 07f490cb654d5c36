r"""Python's regular expressions as RE2 reads them; tests/monitoring/test_redaction_rules.py has the real collector."""

import re

import pytest
from odooops_otel.tools import re2
from odooops_otel.tools.convert import InvalidValue


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"\bEMP-\d{6}\b", r"\bEMP\x{2d}[\p{Nd}]{6}\b"),
        (r"(?i)no\s{1,3}[a-z0-9]{5,40}", r"(?i)no[\s\x0b\x1c-\x1f\x{85}\p{Z}]{1,3}[a-z0-9]{5,40}"),
        (r"(?a)\d\w", r"[0-9][\w]"),
        (r"(?P<kind>ab|cd)x{2,}?", r"(?:(?:ab|cd))x{2,}?"),
        (r"(?:ab){1,2}", r"(?:ab){1,2}"),
        (r"(?s-i:.)x", r"(?s-i:.)x"),
        (r"\$\{x\}", r"\x{24}\x{7b}x\x{7d}"),
        (r"^a$", r"^a\n?\z"),
        (r"(?m)^a$", r"(?m)^a$"),
        (r"\Aa\Z", r"\Aa\z"),
        (r"[^a-z]", r"[^a-z]"),
        (r"[\W_]x", r"(?:[_]|[^\p{L}\p{N}_])x"),
        ("M\u00fcller", r"M\x{fc}ller"),
    ],
)
def test_a_pattern_is_said_in_the_words_of_re2(pattern, expected):
    assert re2.translate(pattern) == expected


@pytest.mark.parametrize(("pattern", "expected"), [(r"x{3,5}+y", "x{3,5}y"), (r"(?>x{1,3})y", "(?:x{1,3})y")])
def test_what_gives_nothing_back_fits_a_little_more(pattern, expected):
    assert re2.translate(pattern) == expected


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"x(?=y)", "looks ahead or behind"),
        (r"(?<!a)x", "looks ahead or behind"),
        (r"(a|b)\1", "refers to what it found before"),
        (r"(a)?(?(1)b|c)", "refers to what it found before"),
        (r"[^\W\d_]{2,5}", r"has \W or \S within [^…]"),
        ("\\b\u00e4", r"has \b and letters beyond ASCII"),
        (r"(?:x{1,200}y){1,6}", "repeats more than 1000 times"),
    ],
)
def test_what_re2_cannot_do_is_refused_by_its_name(pattern, reason):
    with pytest.raises(InvalidValue, match=re.escape(reason)):
        re2.translate(pattern)


def test_no_dollar_is_left_that_the_collector_would_take_for_a_variable():
    assert re2.quote("a.$b") == r"a\x{2e}\x{24}b"
