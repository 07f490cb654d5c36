"""Which names and patterns a site may add, and why others are refused."""

import pytest
from odooops_otel.tools import extra_pattern
from odooops_otel.tools.convert import InvalidValue


@pytest.mark.parametrize(
    "value",
    [
        r"\bEMP-\d{6}\b",
        r"(?i)contract\s{1,3}[a-z0-9]{5,40}",
        r"(?:DE|AT)\d{9}",
        r"[^\s]{1,500}@intra",
        r"(?<!\w)KD[0-9]{1,12}(?!\w) tenant-[a-f0-9]{8,32}",
        r"(?>A\d{1,9})x",
        r"(?:ab){1,100}",
    ],
)
def test_patterns_that_are_bounded_are_taken(value):
    assert extra_pattern.patterns(value) == tuple(value.split())


def test_nothing_is_no_pattern():
    assert extra_pattern.patterns("") == extra_pattern.names("") == ()


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (
            r"\d+x",
            "has a pattern (number 1) that repeats without a limit: write {0,100} for *, {1,100} for +",
        ),
        (
            r"ok x\w*",
            "has a pattern (number 2) that repeats without a limit: write {0,100} for *, {1,100} for +",
        ),
        (r"x{1,5000}", "has a pattern (number 1) that repeats without a limit"),
        (r"(a{1,9}){1,9}b", "that can be read in more than 1000 ways: give repetitions a lower limit"),
        (r"\w{1,90}\w{1,90}x", "that can be read in more than 1000 ways"),
        (r"(?:a|a){1,30}b", "that can be read in more than 1000 ways"),
        (
            r"(?:[\s\S]{1000}){1,999}Q",
            "that looks too far: at most 1000 signs in one way, and 5000 in all its ways",
        ),
        (r"[\s\S]{1,30}[\s\S]{1,30}[\s\S]{900}Q", "that looks too far"),
        (r"(?:ab){1,600}", "that looks too far"),
        (" ".join(rf"[\s\S]{{1,900}}Q{at}" for at in range(10)), "has patterns that together look too far"),
        (r"(a)\1", "that refers to what it found before"),
        (r"a{0,5}", "that fits nothing at all"),
        (r"(x", "that is none: missing ), unterminated subpattern"),
        ("x" * 301, "of more than 300 signs"),
        ("x " * 21, "has more than 20 patterns"),
    ],
)
def test_a_pattern_that_could_be_slow_or_is_none_is_refused_with_the_reason(value, reason):
    with pytest.raises(InvalidValue) as refused:
        extra_pattern.patterns(value)

    assert reason in str(refused.value)


def test_names_are_separated_by_commas():
    assert extra_pattern.names("employee_no, X-Tenant,shop.customer.ref") == (
        "employee_no",
        "X-Tenant",
        "shop.customer.ref",
    )


@pytest.mark.parametrize("value", ["a b", "x", "a.*", "ü" * 3, "n" * 101])
def test_what_is_no_name_is_refused(value):
    with pytest.raises(InvalidValue):
        extra_pattern.names(value)
