"""Rules one by one: each has a line that needs it, and numbers with check digits are told from others."""

import json
import re
from pathlib import Path

import pytest
from odooops_otel.tools import extra_pattern, redact, secret_patterns
from regex_steps import Steps

CORPUS = json.loads((Path(__file__).parents[2] / "vectors" / "redaction.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("rule", secret_patterns.RULES, ids=lambda rule: rule.pattern.pattern[:40])
def test_a_rule_has_a_line_in_the_corpus_that_is_told_otherwise_without_it(rule, monkeypatch):
    lines = [line["text"] for line in CORPUS["planted"]]
    found = list(map(redact.redact, lines))
    monkeypatch.setattr(redact, "RULES", [each for each in secret_patterns.RULES if each is not rule])
    without = redact.Policy()

    assert [without.text(line) for line in lines] != found


@pytest.mark.parametrize("rule", secret_patterns.RULES, ids=lambda rule: rule.pattern.pattern[:40])
def test_signs_are_in_lower_case_as_the_text_is_that_they_are_looked_for_in(rule):
    assert [sign for sign in rule.signs if sign != sign.lower()] == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4111 1111 1111 1111", "REDACTED"),
        ("2026 4111 1111 1111 1111 12", "2026 REDACTED 12"),
        ("4111-1111-1111-1111-1", "REDACTED-1"),
        ("3530111333300000", "REDACTED"),
        ("30569309025904", "REDACTED"),
        ("1111 1111 1111 1117", "1111 1111 1111 1117"),
        ("4111 1111 1111 1112", "4111 1111 1111 1112"),
    ],
)
def test_a_card_is_found_among_other_digits(text, expected):
    assert secret_patterns.CARD.sub(secret_patterns.card, text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("DE89 3704 0044 0532 0130 00", "REDACTED"),
        ("DE89370400440532013000 IS", "REDACTED IS"),
        ("NL91 ABNA 0417 1643 00 FAIL", "REDACTED FAIL"),
        ("DE88 3704 0044 0532 0130 00", "DE88 3704 0044 0532 0130 00"),
        ("FR1420041010050500013M02606", "REDACTED"),
    ],
)
def test_a_bank_account_is_known_by_its_check_digits(text, expected):
    assert secret_patterns.IBAN.sub(secret_patterns.iban, text) == expected


PATTERNS = {
    rule.pattern.pattern[:40]: (rule.pattern, rule.signs)
    for rule in (*secret_patterns.RULES, secret_patterns.Rule((), redact._WORD, ""))
} | {"card": (secret_patterns.CARD, ("4", "1 ")), "account": (secret_patterns.IBAN, ("AA11", "AA11 1111 "))}
# What makes a pattern begin, and go on, without coming to an end
OPENINGS = ("", ": ", "=['", '=["\\', '=[x\\"', ": bearer ", "a", "\n")
STRANGERS = (
    "x",
    "a@",
    "/?",
    "/????",
    "://a:",
    ")=(",
    "LINE 1: ",
    "eyJaaaaaaaaaa",
    "</a",
    "Key (a",
    "a-",
    " ",
    '\\"',
)


@pytest.mark.parametrize("name", PATTERNS)
def test_steps_grow_with_the_length_of_a_text_and_no_faster(name):
    """Three times the text: three times the steps, more until what is limited comes to its limits; nine
    times would be their square."""
    pattern, signs = PATTERNS[name]
    steps = Steps(pattern)
    texts = [sign + opening for sign in signs for opening in OPENINGS] + [*STRANGERS]
    for text in texts:
        short, long = (steps.sub(text * (length // len(text))) for length in (200, 600))

        assert long <= 7 * short, text


@pytest.mark.parametrize(
    "pattern",
    [
        r"[\s\S]{1,200}Q",
        r"a{1,30}[a ]{0,30}Q",
        r"(?:[as]{1,9}){1,3}Q",
        r"(?:a[\s\S]{9}){1,90}Q",
        r"(?:a|aa|\w{5}){1,4}Q",
        r"(?:aa){1,40}[\s\S]{1,9}Q",
        r"[\s\S]{50}[\s\S]{0,9}Q",
    ],
)
def test_a_pattern_of_a_site_takes_the_steps_that_it_was_taken_for_and_no_more(pattern):
    extra_pattern.check(pattern, "has a pattern")
    steps = Steps(re.compile(pattern))
    for text in ("a", "a ", "as", "a" * 40 + " "):
        text = text * (300 // len(text))

        # What is counted here is not only signs, but each part of the pattern.
        assert steps.sub(text) <= 2 * len(text) * extra_pattern.steps(pattern)


@pytest.mark.parametrize("name", PATTERNS)
def test_the_steps_that_are_counted_are_those_of_re(name):
    pattern, _signs = PATTERNS[name]
    steps = Steps(pattern)
    for line in (*CORPUS["planted"], *CORPUS["ordinary"]):
        found = [match.span() for match in pattern.finditer(line["text"]) if match[0]]

        assert list(steps.spans(line["text"])) == found


def test_a_pattern_that_tries_a_text_anew_from_each_sign_is_seen():
    short, long = (Steps(re.compile(r"a[^b]*b")).sub("a" * length) for length in (300, 900))

    assert long > 8 * short
