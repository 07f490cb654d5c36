"""What the policy finds, what it leaves, what a site adds, and that no text makes it slow."""

import json
import random
import re
import string
from pathlib import Path

import pytest
from finished import START, Extras, Record
from odooops_otel.tools import otlp, semconv, span
from odooops_otel.tools.annotations import Link
from odooops_otel.tools.parts import Part
from odooops_otel.tools.redact import DEFAULT, Policy, is_withheld, redact
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

SECRET = "S3cr3t-Planted"
# Lines as somebody might log them, with a secret in each place that the policy promises to know, and such that
# hold none. The collector is held to the same in tests/monitoring/test_redaction.py.
CORPUS = json.loads((Path(__file__).parents[2] / "vectors" / "redaction.json").read_text(encoding="utf-8"))
PLANTED = {line["name"]: line for line in CORPUS["planted"]}
ORDINARY = [line["text"] for line in CORPUS["ordinary"]]


def planted(name: str) -> tuple[str, str]:
    """A line and the secret in it."""
    line = PLANTED[name]
    return line["text"], line.get("secret", SECRET)


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_not_there_any_more(name):
    line, secret = planted(name)
    found = redact(line)

    assert secret in line
    assert secret not in found
    assert "REDACTED" in found


@pytest.mark.parametrize("name", PLANTED)
def test_what_is_around_a_secret_stays(name):
    line, _secret = planted(name)
    around = f"before it\n{line}\nand behind it"

    assert redact(around).startswith("before it\n")
    assert redact(around).endswith("\nand behind it")


def test_the_session_id_of_odoo_is_known_by_its_length():
    sid = "aB3-_" * 16 + "aB3-"

    assert redact(f"no session {sid}.") == "no session REDACTED."
    assert redact(f"no session {sid}x.") == f"no session {sid}x."


@pytest.mark.parametrize(
    "number", ["4111111111111111", "4111 1111 1111 1111", "5500-0000-0000-0004", "378282246310005"]
)
def test_a_card_number_is_known_by_its_check_digit(number):
    assert redact(f"card {number} refused") == "card REDACTED refused"


@pytest.mark.parametrize(
    "line",
    ["4111111111111112", "1795566019123", "1795566019123456000", "4006381333931", "id 4.4111111111111111"],
)
def test_a_long_number_that_is_no_card_stays(line):
    assert redact(line) == line


@pytest.mark.parametrize("line", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(line):
    assert redact(line) == line


def test_redacting_again_changes_nothing():
    once = [redact(line["text"]) for line in PLANTED.values()]

    assert [redact(line) for line in once] == once


def test_any_text_is_redacted_without_an_error():
    chance = random.Random(4)
    pieces = [
        *(line["text"] for line in PLANTED.values()),
        *string.punctuation,
        "é",
        "\udc80",
        "\0",
        "\n",
        "4111111111111111",
    ]
    for _ in range(300):
        text = "".join(chance.choices(pieces, k=12))
        assert isinstance(redact(text), str)


def test_a_secret_beside_another_is_found_as_well():
    line = "; ".join(f"password={SECRET}{number}" for number in range(20))

    assert not re.search(SECRET, redact(line))


def test_the_value_of_an_attribute_that_is_called_a_secret_is_not_shown():
    given = {
        "shop.api_key": "x",
        "shop.password": ("x", "y"),
        "session.id": "x",
        "gen_ai.usage.input_tokens": 12,
    }

    assert DEFAULT.values(given) == {
        "shop.api_key": "REDACTED",
        "shop.password": ("REDACTED", "REDACTED"),
        "session.id": "REDACTED",
        "gen_ai.usage.input_tokens": 12,
    }


@pytest.mark.parametrize("value", [471199, 0, 47.5, True, "471199"])
def test_a_name_of_the_site_holds_for_whatever_the_value_is(value):
    policy = Policy(("employee_no",))

    assert policy.value("employee_no", value) == "REDACTED"
    assert policy.value("employee_no", (value, [value])) == ("REDACTED", ("REDACTED",))
    assert policy.value("employee", value) == value
    assert policy.value("employee_no", None) is None


def test_a_number_is_redacted_that_is_a_secret_and_not_one_that_counts_secrets():
    given = {"shop.otp": 471199, "cvv": 123, "sms.password": 1, "token_count": 3, "tokens": 4}

    assert DEFAULT.values(given) == dict.fromkeys(("shop.otp", "cvv", "sms.password"), "REDACTED") | {
        "token_count": 3,
        "tokens": 4,
    }


def test_the_name_of_the_database_is_withheld_by_no_name():
    policy = Policy(("db.namespace", "user.id"))

    assert policy.values({"db.namespace": "shop", "user.id": "7"}) == {
        "db.namespace": "shop",
        "user.id": "REDACTED",
    }


def test_texts_of_other_attributes_are_redacted_also_within_sequences():
    assert DEFAULT.value("shop.notes", ["to bob@example.com", 3, True]) == ("to REDACTED", 3, True)


def test_no_attribute_that_we_declare_is_called_a_secret():
    """Or its values would never be seen."""
    declared = {attribute.name for attribute in semconv.ATTRIBUTES} | semconv.attribute_names("metric")

    assert not [name for name in declared if DEFAULT.is_secret(name)]


@pytest.mark.parametrize(
    "key",
    [
        "http.request.header.x-tenant",
        "http.response.header.set-cookie",
        "http.request.body.content",
        "rpc.grpc.request.metadata.tenant",
        "db.statement.parameters",
        "db.query.parameter.1",
        "db.user",
        "url.query",
        "exception.message",
        "messaging.message.body",
        "enduser.id",
        "user.email",
        "process.command_line",
    ],
)
def test_what_libraries_write_and_nobody_may_see_is_withheld(key):
    assert is_withheld(key)


@pytest.mark.parametrize("key", ["http.request.method", "http.request.body.size", "url.path", "user.id"])
def test_what_libraries_write_and_everybody_may_see_is_not_withheld(key):
    assert not is_withheld(key)


def test_names_of_the_site_are_secret_in_texts_and_as_attributes():
    policy = Policy(names=("employee_no", "x-tenant"))

    assert policy.text("employee_no=77 of {'X-Tenant': 'acme', 'pin': 1}") == (
        "employee_no=REDACTED of {'X-Tenant': REDACTED, 'pin': 1}"
    )
    assert policy.text("my_employee_no=77") == "my_employee_no=77"
    assert policy.values({"Employee_No": "77", "employee": "77"}) == {
        "Employee_No": "REDACTED",
        "employee": "77",
    }


def test_patterns_of_the_site_are_taken_out_of_every_text():
    policy = Policy(patterns=(r"\bEMP-\d{6}\b",))

    assert policy.text("EMP-123456 and EMP-1 to a@b.example") == "REDACTED and EMP-1 to REDACTED"
    assert redact("EMP-123456") == "EMP-123456"


def test_a_text_that_means_nothing_in_part_is_shown_whole_or_not_at_all():
    assert DEFAULT.unless_secret("vendor=a,other=b") == "vendor=a,other=b"
    assert DEFAULT.unless_secret("vendor=bob@example.com") == ""


def test_what_is_not_looked_at_closely_has_nothing_to_be_found():
    """A policy with a pattern of its own tries every rule on every text."""
    thorough = Policy(patterns=("never to be found",))
    chance = random.Random(6)
    pieces = [piece for line in CORPUS["planted"] for piece in re.split(r"([\s:=@?\"'(<])", line["text"])]
    texts = ["".join(chance.choices(pieces, k=chance.randint(1, 3))) for _ in range(5000)]

    assert [redact(text) for text in texts] == [thorough.text(text) for text in texts]


# --- spans --------------------------------------------------------------------------------


def decoded(encoder, record):
    return list(ScopeSpans.FromString(b"".join(encoder.encode(record).bodies)).spans)


def attributes(message):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in message.attributes}


def encoder_of(*names):
    return span.SpanEncoder(lambda size: b"1" * size, Policy(names=names))


def test_an_event_that_repeats_is_redacted_each_time():
    encoder = encoder_of()
    said = {
        "to": "bob@example.com",
        "exception.stacktrace": "bob@example.com " + "x" * 3000,
        "odoo.sql.count": 7,
    }
    for number in range(3):
        [message] = decoded(encoder, Record(events=[(START + number, "mail", said)]))
        [event] = message.events
        assert (event.time_unix_nano, event.name) == (START + number, "mail")
        assert attributes(event) == said | {
            "to": "REDACTED",
            "exception.stacktrace": "REDACTED " + "x" * 3000,
        }


def test_every_text_of_a_span_is_redacted():
    bob, extras = "bob@example.com", Extras()
    extras.calls = [Part(b"\x09" * 8, b"\x02" * 8, f"report {bob}", 1, START, 0.1, {"a": bob})]
    extras.annotations.set_attribute("shop.mails", [bob, f"to {bob} {'x' * 300}"])
    extras.annotations.set_status(otlp.STATUS_ERROR, f"no mail to {bob}")
    extras.annotations.add_link(Link(b"\x07" * 16, b"\x08" * 8, 1, {"why": bob}))
    own = {
        "user_agent.original": f"Client ({bob})",
        "user.id": "2",
        "tenant": "acme",
        "long": bob + "x" * 300,
    }
    events = [(START, f"sent to {bob}", {"to": bob})]
    record = Record(name=f"cron {bob}", own=own, trace_state=f"v={bob}", events=events, extras=extras)
    encoder = encoder_of("tenant")
    [own, part] = decoded(encoder, record)

    assert b"bob" not in b"".join(encoder.encode(record).bodies)
    assert (own.name, own.trace_state, own.status.message) == ("cron REDACTED", "", "no mail to REDACTED")
    assert (part.name, attributes(part), part.trace_state) == ("report REDACTED", {"a": "REDACTED"}, "")
    found = attributes(own)
    assert (found["user_agent.original"], found["user.id"], found["tenant"]) == (
        "Client (REDACTED)",
        "2",
        "REDACTED",
    )
