"""The rules of https://www.w3.org/TR/trace-context-2/, one by one."""

import pytest
from odooops_otel.tools import trace_context
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
VALID = f"00-{TRACE}-{SPAN}-01"
MALFORMED = {
    "nothing": "",
    "only white space": " \t",
    "no dashes": VALID.replace("-", ""),
    "other separators": VALID.replace("-", "_"),
    "a part missing": f"00-{TRACE}-{SPAN}",
    "version missing": f"{TRACE}-{SPAN}-01",
    "version of one digit": f"0-{TRACE}-{SPAN}-01",
    "version of three digits": f"000-{TRACE}-{SPAN}-01",
    "version that is no hexadecimal": f"0g-{TRACE}-{SPAN}-01",
    "version in upper case": f"CC-{TRACE}-{SPAN}-01",
    "version ff": f"ff-{TRACE}-{SPAN}-01",
    "version ff with more": f"ff-{TRACE}-{SPAN}-01-more",
    "more than version 00 has": f"{VALID}-more",
    "a dash at the end": f"{VALID}-",
    "a sign at the end": f"{VALID}.",
    "trace id of zeros": f"00-{'0' * 32}-{SPAN}-01",
    "trace id in upper case": f"00-{TRACE.upper()}-{SPAN}-01",
    "trace id too short": f"00-{TRACE[1:]}-{SPAN}-01",
    "trace id too long": f"00-{TRACE}0-{SPAN}-01",
    "trace id with another sign": f"00-.{TRACE[1:]}-{SPAN}-01",
    "span id of zeros": f"00-{TRACE}-{'0' * 16}-01",
    "span id in upper case": f"00-{TRACE}-{SPAN.upper()}-01",
    "span id too short": f"00-{TRACE}-{SPAN[1:]}-01",
    "span id too long": f"00-{TRACE}-{SPAN}0-01",
    "flags of one digit": f"00-{TRACE}-{SPAN}-1",
    "flags of three digits": f"00-{TRACE}-{SPAN}-001",
    "flags in upper case": f"00-{TRACE}-{SPAN}-0A",
    "flags that are no hexadecimal": f"00-{TRACE}-{SPAN}-.0",
    "digits beyond ASCII": VALID.replace("4", "\N{ARABIC-INDIC DIGIT FOUR}"),
    "white space inside": VALID.replace("-", " - "),
    "a line break at the end": f"{VALID}\n",
    "twice": f"{VALID},{VALID}",
    "twice, with a space": f"{VALID}, {VALID}",
    "twice, of a version to come": f"cc-{TRACE}-{SPAN}-01-x,cc-{TRACE}-{SPAN}-01-x",
    "a later version whose fourth part goes on": f"cc-{TRACE}-{SPAN}-01.more",
    "very long": f"{VALID}{'0' * 100_000}",
}


def test_a_valid_header_names_the_parent():
    parent = trace_context.parse(VALID)

    assert parent == (bytes.fromhex(TRACE), bytes.fromhex(SPAN), 1)
    assert parent.is_sampled


@pytest.mark.parametrize("header", [None, *MALFORMED.values()], ids=["absent", *MALFORMED])
def test_a_header_against_the_rules_is_no_parent(header):
    assert trace_context.parse(header) is None


@pytest.mark.parametrize("header", [f" {VALID}", f"{VALID} ", f"\t{VALID} \t"])
def test_white_space_around_the_value_is_not_part_of_it(header):
    assert trace_context.parse(header) == trace_context.parse(VALID)


@pytest.mark.parametrize(
    ("flags", "is_sampled"),
    [("00", False), ("01", True), ("02", False), ("03", True), ("ff", True), ("fe", False)],
)
def test_only_the_lowest_flag_means_sampled(flags, is_sampled):
    parent = trace_context.parse(f"00-{TRACE}-{SPAN}-{flags}")

    assert parent.is_sampled is is_sampled
    assert parent.flags == int(flags, 16)


@pytest.mark.parametrize(
    "header",
    [f"cc-{TRACE}-{SPAN}-01", f"01-{TRACE}-{SPAN}-01-what-the-future-will-be-like", f"fe-{TRACE}-{SPAN}-01-"],
)
def test_a_later_version_is_read_as_far_as_it_is_known(header):
    assert trace_context.parse(header) == trace_context.parse(VALID)


# OpenTelemetry takes these two, which no server hands on and no caller sends.
STRICTER = ("a line break at the end", "twice, of a version to come")


@pytest.mark.parametrize(
    "header",
    [VALID, f"00-{TRACE}-{SPAN}-00", f"cc-{TRACE}-{SPAN}-01"]
    + [header for name, header in MALFORMED.items() if name not in STRICTER],
)
def test_opentelemetry_reads_the_header_in_the_same_way(header):
    context = TraceContextTextMapPropagator().extract({"traceparent": header})
    theirs = trace.get_current_span(context).get_span_context()
    ours = trace_context.parse(header)

    assert (ours is not None) == theirs.is_valid
    if ours:
        assert (int.from_bytes(ours.trace_id, "big"), ours.flags) == (theirs.trace_id, theirs.trace_flags)


# --- tracestate -----------------------------------------------------------------------------

# What arrived, and what is passed on
STATES = {
    "one member": ("congo=t61rcWkgMzE", "congo=t61rcWkgMzE"),
    "members in order": (
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
        "rojo=00f067aa0ba902b7,congo=t61rcWkgMzE",
    ),
    "white space around members": ("a=1 , b=2\t,\tc=3 ", "a=1,b=2,c=3"),
    "empty members": ("a=1,,  ,b=2,", "a=1,b=2"),
    "empty": ("", ""),
    "only white space": (" \t", ""),
    "only commas": (",,", ""),
    "headers that came twice": ("a=1,b=2,c=3", "a=1,b=2,c=3"),
    "every sign of a key": ("a0_-*/@z=1", "a0_-*/@z=1"),
    "a digit first": ("0a=1", "0a=1"),
    "a tenant": ("tenant@vendor=1", "tenant@vendor=1"),
    "every sign of a value": (
        "a=" + "".join(map(chr, range(0x20, 0x7F))).replace(",", "").replace("=", ""),
        "a=" + "".join(map(chr, range(0x20, 0x7F))).replace(",", "").replace("=", ""),
    ),
    "a space inside a value": ("a=1 2", "a=1 2"),
    "a space before a value": ("a= 1", "a= 1"),
    "the longest key": ("k" * 256 + "=v", "k" * 256 + "=v"),
    "the longest value": ("k=" + "v" * 256, "k=" + "v" * 256),
    "32 members": (",".join(f"k{n}=v" for n in range(32)), ",".join(f"k{n}=v" for n in range(32))),
    "512 characters": ("a=" + "x" * 253 + ",b=" + "x" * 254 + ",", "a=" + "x" * 253 + ",b=" + "x" * 254),
}
BAD_STATES = {
    "no value": "a=",
    "no equals sign": "a",
    "no key": "=1",
    "a space in a key": "a b=1",
    "a space after a key": "a =1",
    "upper case in a key": "Foo=1",
    "a sign first in a key": "_a=1",
    "a dot in a key": "a.b=1",
    "a key too long": "k" * 257 + "=v",
    "a value too long": "k=" + "v" * 257,
    "two equals signs": "a=1=2",
    "beyond ASCII": "a=é",
    "a control sign": "a=1\x07",
    "a line break": "a=1\n",
    "one bad member among good ones": "a=1,B=2,c=3",
    "a key twice": "a=1,b=2,a=3",
    "a member twice": "a=1,a=1",
    "33 members": ",".join(f"k{n}=v" for n in range(33)),
    "513 characters": "a=" + "x" * 254 + ",b=" + "x" * 254,
    "very long": "a=" + "x" * 1_000_000,
    "very many commas": "," * 1_000_000,
}


@pytest.mark.parametrize(("header", "passed"), STATES.values(), ids=STATES)
def test_a_valid_tracestate_is_passed_on(header, passed):
    assert trace_context.parse_state(header) == passed


@pytest.mark.parametrize("header", [None, *BAD_STATES.values()], ids=["absent", *BAD_STATES])
def test_a_tracestate_against_the_rules_is_dropped_whole(header):
    assert trace_context.parse_state(header) == ""


# OpenTelemetry has the keys of level 1, which begin with a letter unless they name a tenant.
@pytest.mark.parametrize("name", sorted(STATES.keys() - {"a digit first"}))
def test_opentelemetry_reads_a_tracestate_in_the_same_way(name):
    header, passed = STATES[name]
    state = trace.TraceState.from_header([header])

    assert state.to_header() == passed
