"""What a database's rules add to the policy, which are refused, and that what was told before is told anew."""

import threading

import pytest
from finished import START, Extras, Record
from odooops_otel.tools import metrics, orm, redaction_rules, semconv, span
from odooops_otel.tools.convert import InvalidValue
from odooops_otel.tools.redact import Policy
from odooops_otel.tools.redaction_rules import Additions
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

NUMBERS = {"name": "Numbers", "kind": "pattern", "pattern": r"\bEMP-\d{6}\b"}
FIELDS = {"name": "Fields", "kind": "name", "pattern": "employee_no, X-Tenant"}
TEXT = "employee_no=77 of EMP-123456 to a@b.example"
CALLS = semconv.Metric("odoo.calls", "counter", "{call}", "Calls.", ("who", "code"))
SECONDS = semconv.Metric("odoo.calls.duration", "histogram", "s", "Time.", ("who",), (1.0, 10.0))


def worked(call):
    """The work of a record that has called the ORM once."""
    calls = orm.Calls()
    calls.append(call)
    return calls.longest(0.0, 5)


def test_rules_add_names_and_patterns():
    found, refused = redaction_rules.together([NUMBERS, FIELDS])

    assert refused == ()
    assert found == Additions(("employee_no", "X-Tenant"), (NUMBERS["pattern"],))
    assert found.policy().text(TEXT) == "employee_no=REDACTED of REDACTED to REDACTED"
    assert found.policy(names=("of",)).text("of=1") == "of=REDACTED"


@pytest.mark.parametrize(
    ("kind", "pattern", "reason"),
    [
        ("name", "  ", "nothing to look for"),
        ("name", "a b", "list of names"),
        ("name", " ,,, ", "names nothing"),
        ("name", "x" * 101, "list of names"),
        ("pattern", "", "nothing to look for"),
        ("pattern", "(", "that is none"),
        ("pattern", "(a+)+b", "without a limit"),
        ("pattern", "(?:a{0,40}){0,40}", "fits nothing"),
        ("pattern", "x(?:a{0,40}){0,40}", "more than 1000 ways"),
        ("pattern", r"(?:[\s\S]{1000}){1,999}Q", "looks too far"),
        ("pattern", r"(a)\1", "refers to what it found"),
        ("pattern", "a" * 301, "more than 300"),
    ],
)
def test_what_is_none_or_could_be_slow_is_refused(kind, pattern, reason):
    with pytest.raises(InvalidValue, match=reason):
        redaction_rules.read(kind, pattern)


def test_a_rule_that_would_not_be_taken_spoils_no_other():
    broken = {"name": "Broken", "kind": "pattern", "pattern": "("}

    found = redaction_rules.together([broken, NUMBERS])
    assert (
        found.additions.patterns == redaction_rules.taken([broken, NUMBERS]).patterns == (NUMBERS["pattern"],)
    )
    assert found.refused == ("Broken",)


def test_a_stored_pattern_that_looks_too_far_by_now_holds_while_there_is_room():
    wide = [{"name": each, "kind": "pattern", "pattern": rf"{each}[\s\S]{{0,900}}signed"} for each in "BCDE"]
    found = redaction_rules.together([*wide, NUMBERS])

    assert redaction_rules.taken(wide).patterns == ()
    assert found.additions.patterns == (*(rule["pattern"] for rule in wide[:3]), NUMBERS["pattern"])
    assert found.refused == ("E",)
    assert redaction_rules.steps(found.additions) <= redaction_rules.MAX_STEPS
    assert redaction_rules.fitting([*wide, NUMBERS], "B is signed") == ["B"]


def test_a_stored_pattern_that_would_hold_a_process_up_is_refused():
    slow = {"name": "Slow", "kind": "pattern", "pattern": r"(?:[\s\S]{1000}){1,999}Q"}

    assert redaction_rules.together([slow]) == (Additions(), ("Slow",))


def test_each_rule_that_is_not_in_force_has_its_reason():
    wide = [{"kind": "pattern", "pattern": rf"{each}[\s\S]{{0,900}}signed"} for each in "BCDE"]
    broken = {"kind": "pattern", "pattern": "("}
    *others, last, none = redaction_rules.refusals([NUMBERS, FIELDS, *wide, broken])

    assert others == [""] * 5
    assert last.startswith("has a pattern that looks too far")
    assert none.startswith("has a pattern that is none")


def test_several_databases_are_looked_after_at_once():
    found = redaction_rules.union([Additions(("b", "a"), ("x",)), Additions(("a",), ()), Additions()])

    assert found == (Additions(("a", "b"), ("x",)), 0)


def test_each_database_has_its_share_of_the_room():
    many = [Additions(tuple(f"{where}{number:03}" for number in range(400))) for where in "ab"]
    found = redaction_rules.union([*many, Additions(("c000", "a000"), ("x",))])

    assert (len(found.additions.names), found.left_out) == (redaction_rules.MAX_NAMES, 301)
    assert {"a000", "b000", "c000", "a200", "b200"} <= set(found.additions.names)
    assert found.additions.patterns == ("x",)


def test_a_process_of_many_databases_looks_no_further_than_one_may_have_it():
    far = [Additions(patterns=(rf"\w{{1,900}}{at}x", f"x{at:02}")) for at in range(20)]
    found = redaction_rules.union(far)

    assert redaction_rules.steps(found.additions) <= redaction_rules.MAX_STEPS
    assert found.left_out == 14
    assert {f"x{at:02}" for at in range(20)} <= set(found.additions.patterns)
    assert len(found.additions.patterns) == 26


def test_the_rules_that_find_something_are_named():
    assert redaction_rules.fitting([NUMBERS, FIELDS], TEXT) == ["Numbers", "Fields"]
    assert redaction_rules.fitting([NUMBERS, FIELDS], "to a@b.example") == []
    assert redaction_rules.fitting([NUMBERS, FIELDS], "acme", "x-tenant") == ["Fields"]
    assert redaction_rules.fitting([NUMBERS, FIELDS], "x%2Ftenant%3Demployee%5Fno%3D77") == ["Fields"]


def test_a_rule_is_named_only_where_more_would_leave_without_it():
    same = {"name": "Same", "kind": "pattern", "pattern": r"EMP-\d{1,6}"}
    word = {"name": "Word", "kind": "pattern", "pattern": "of REDACTED"}

    assert redaction_rules.fitting([NUMBERS, same], TEXT) == []
    assert redaction_rules.fitting([NUMBERS, same], "EMP-12 and EMP-123456") == ["Same"]
    assert redaction_rules.fitting([NUMBERS, word], "of EMP-123456") == ["Numbers", "Word"]


def test_a_rule_is_not_named_for_what_the_environment_finds():
    def make(additions):
        return additions.policy(("employee_no",), ("EMP-1",))

    assert redaction_rules.fitting([FIELDS], "employee_no=77", make=make) == []
    assert redaction_rules.fitting([NUMBERS, FIELDS], "EMP-123456 X-Tenant=1", make=make) == ["Fields"]


def test_a_policy_in_use_follows_what_is_added_and_keeps_what_it_had():
    policy = Policy(names=("pin",))
    text, shown, is_secret = policy.text, policy.shown, policy.is_secret
    assert (text(TEXT), is_secret("employee_no")) == ("employee_no=77 of EMP-123456 to REDACTED", False)
    assert shown("EMP-123456") == "EMP-123456"

    assert policy.add(*redaction_rules.together([NUMBERS, FIELDS]).additions)
    assert text(TEXT) == "employee_no=REDACTED of REDACTED to REDACTED"
    assert (shown("EMP-123456"), policy.is_secret("employee_no")) == ("REDACTED", True)
    assert policy.text("pin=1 password=2") == "pin=REDACTED password=REDACTED"

    assert policy.add((), ())
    assert policy.text("EMP-123456 pin=1 password=2") == "EMP-123456 pin=REDACTED password=REDACTED"
    assert policy.changes == 2


def test_a_name_that_is_kept_is_found_by_no_pattern_where_it_stands_alone():
    policy = Policy(patterns=(r"\w{1,100}",))
    assert policy.shown("shop") == "REDACTED"
    policy.keep({"shop", "bob@example.com"})
    policy.keep({"shop", "bob@example.com"})

    assert (policy.shown("shop"), policy.text("bob@example.com")) == ("shop", "REDACTED")
    assert policy.text("of shop") == "REDACTED REDACTED"
    assert policy.value("password", "shop") == "REDACTED"
    assert policy.changes == 1


def test_the_same_once_more_is_no_change():
    policy = Policy()
    policy.add(("a",), ())

    assert not policy.add(["a"], [])
    assert policy.changes == 1


def shown(encoder):
    """A record that says the same each time, wherever a text may stand and is remembered: by where it stands."""
    who = {"who": "EMP-123456", "employee_no": 471199}
    work = worked(("write", "EMP-123456", 1, 2.0, 3.0))
    record = Record(name="GET /EMP-123456", own=who, events=[(START, "EMP-123456", who)], work=work)
    own, of_orm = ScopeSpans.FromString(b"".join(encoder.encode(record).bodies)).spans
    annotated = Record(own=who, extras=Extras())
    annotated.extras.annotations.set_attribute("all", ("EMP-123456",))
    [said] = ScopeSpans.FromString(b"".join(encoder.encode(annotated).bodies)).spans
    parts = {"traits": own.attributes, "said": said.attributes, "event": own.events[0].attributes}
    parts["orm"] = [pair for pair in of_orm.attributes if pair.key == "odoo.model"]
    return {"names": f"{own.name} {own.events[0].name}"} | {where: str(part) for where, part in parts.items()}


def test_an_encoder_in_use_repeats_nothing_that_it_was_shown_before():
    policy = Policy()
    encoder = span.SpanEncoder(lambda size: b"1" * size, policy)
    for _ in range(2):
        assert all("EMP-123456" in text for text in shown(encoder).values())
        assert "471199" in shown(encoder)["traits"]
    policy.add(("employee_no",), (NUMBERS["pattern"],))

    for _ in range(2):
        found = shown(encoder)
        assert [text for text in found.values() if "EMP-123456" in text or "471199" in text] == []
        assert all("REDACTED" in text for text in found.values())


def test_the_times_of_a_frame_stay_whatever_is_withheld():
    encoder = span.SpanEncoder(lambda size: b"1" * size, Policy(("odoo.orm.time", "odoo.orm.count")))
    work = worked(("write", "partner", 1, 2.0, 3.0))
    _own, of_orm = ScopeSpans.FromString(b"".join(encoder.encode(Record(work=work)).bodies)).spans
    values = {pair.key: pair.value for pair in of_orm.attributes}

    assert values["odoo.orm.time"].double_value == 1.0
    assert values["odoo.orm.count"].string_value == "REDACTED"


def test_series_that_were_there_are_redacted_and_added_up():
    policy = Policy()
    instrument = metrics.Instrument(CALLS, redact=policy.label)
    for who in ("EMP-111111", "EMP-222222", "nobody"):
        instrument.add((who, 1), 2)
    kept = instrument.find(("nobody", 1))
    policy.add((), (NUMBERS["pattern"],))
    instrument.redact_again()
    instrument.add(("EMP-111111", 1), 1)
    body = instrument.export(1, 2, 3, threading.Lock()).body

    assert b"EMP" not in body
    totals = {
        point.attributes[0].value.string_value: point.as_int
        for point in Metric.FromString(body).sum.data_points
    }
    assert totals == {"REDACTED": 5, "nobody": 2}
    assert instrument.find(("nobody", 1)) is kept
    assert [values for _attribute, values, _limit in instrument.cardinality()] == [2, 1, 2]


def values_told(instrument: metrics.Instrument, previous: int, now: int) -> dict[str, list[int]]:
    """By the value of the first attribute, what an export says, in the order of its points."""
    body = instrument.export(1, previous, now, threading.Lock()).body
    instrument.settle(arrived=True)
    told: dict[str, list[int]] = {}
    for point in Metric.FromString(body).sum.data_points:
        told.setdefault(point.attributes[0].value.string_value, []).append(point.as_int)
    return told


def test_what_was_told_under_a_name_is_not_told_again_as_if_it_had_just_happened():
    policy = Policy()
    instrument = metrics.Instrument(CALLS, redact=policy.label)
    for who, count in (("EMP-111111", 1000), ("EMP-222222", 500), ("REDACTED", 10)):
        instrument.add((who, 1), count)
    values_told(instrument, 1, 100)
    instrument.add(("EMP-111111", 1), 3)
    policy.add((), (NUMBERS["pattern"],))
    instrument.redact_again()
    instrument.add(("EMP-222222", 1), 4)

    assert values_told(instrument, 100, 200) == {"REDACTED": [17]}


def test_a_series_that_begins_by_a_rule_begins_at_zero():
    policy = Policy()
    instrument = metrics.Instrument(CALLS, redact=policy.label)
    instrument.add(("EMP-111111", 1), 1000)
    values_told(instrument, 1, 100)
    instrument.add(("EMP-111111", 1), 3)
    policy.add((), (NUMBERS["pattern"],))
    instrument.redact_again()

    assert values_told(instrument, 100, 200) == {"REDACTED": [0, 3]}


def test_buckets_that_were_told_are_not_told_again():
    policy = Policy()
    instrument = metrics.Instrument(SECONDS, redact=policy.label)
    instrument.record(("EMP-111111",), 0.5)
    instrument.export(1, 2, 3, threading.Lock())
    instrument.record(("EMP-111111",), 50.0)
    policy.add((), (NUMBERS["pattern"],))
    instrument.redact_again()

    [point] = instrument.points.values()
    assert (point.buckets, point.total) == ([0, 0, 1], 50.0)


def test_a_series_that_bears_the_placeholder_already_takes_the_others_in():
    policy = Policy()
    instrument = metrics.Instrument(CALLS, redact=policy.label)
    for who in ("EMP-111111", "a@b.example"):
        instrument.add((who, 1), 1)
    policy.add((), (NUMBERS["pattern"],))
    instrument.redact_again()

    assert {key: point.total for key, point in instrument.points.items()} == {("REDACTED", 1): 2}


def test_what_may_be_shown_is_asked_once_for_each_value():
    asked = []
    instrument = metrics.Instrument(CALLS, redact=lambda *what: asked.append(what) or what[1])
    for key in (("a", 1), ("a", 1), ("b", 1), ("a", 2), (None, 2)):
        instrument.add(key, 1)

    assert asked == [("who", "a"), ("code", 1), ("who", "b"), ("code", 2)]


def test_a_rule_of_names_holds_for_attributes_of_metrics_whatever_their_values_are():
    policy = Policy()
    instrument = metrics.Instrument(CALLS, redact=policy.label)
    for key in (("bob", 200), ("ann", 404), ("ann", None)):
        instrument.add(key, 1)
    policy.add(("who", "code"), ())
    instrument.redact_again()
    instrument.add(("eve", 500), 1)

    totals = {key: point.total for key, point in instrument.points.items()}
    assert totals == {("REDACTED", "REDACTED"): 3, ("REDACTED", None): 1}


def test_values_that_a_rule_of_names_withholds_take_no_room(monkeypatch):
    monkeypatch.setattr(metrics, "MAX_VALUES", 2)
    overflowed = []
    instrument = metrics.Instrument(CALLS, lambda *what: overflowed.append(what), Policy(("who",)).label)
    for number in range(5):
        instrument.add((f"user {number}", 1), 1)

    assert (overflowed, [point.total for point in instrument.points.values()]) == ([], [5])


def test_no_rule_of_names_holds_for_the_database_of_a_series():
    label = Policy(("db.namespace", "user.id")).label

    assert (label("db.namespace", "shop"), label("user.id", 7), label("user.id", None)) == (
        "shop",
        "REDACTED",
        None,
    )
    assert (label("user.id", ""), label("http.route", "/web?token=1")) == ("", "/web?REDACTED")


def test_the_label_of_a_span_of_the_orm_is_made_of_what_may_be_shown():
    policy = Policy()
    encoder = span.SpanEncoder(lambda size: b"1" * size, policy)
    work = worked(("write", "hr.contract", 1, 2.0, 3.0))

    def name():
        _own, of_orm = ScopeSpans.FromString(b"".join(encoder.encode(Record(work=work)).bodies)).spans
        return of_orm.name

    assert name() == "write hr.contract"
    policy.add(("odoo.model",), ())
    assert name() == "write REDACTED"
