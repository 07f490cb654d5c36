"""Rules of redaction in the real collector: what nginx and another program say is hidden once there is a rule."""

import shutil

import pytest
import without_odoo
from collector import SOURCE, Collector
from other_program import spans_of

without_odoo.register_addons()

from odooops_otel.tests.otlp_receiver import OtlpReceiver  # noqa: E402
from odooops_otel.tools import collector_rules  # noqa: E402
from odooops_otel.tools.secret_patterns import SECRET_NAME  # noqa: E402

from odooops.stack import redaction_rules  # noqa: E402

FIELDS = {"name": "Fields", "kind": "name", "pattern": "employee_no, X-Tenant"}
# Pattern, a text, and what must not be left of it.
TEXTS = [
    (r"\bEMP-\d{6}\b", "of EMP-123456 it is", "EMP-123456"),
    (r"(?i)contract\s{1,3}[a-z]\d{3,8}", "the CONTRACT  Q4711 of", "Q4711"),
    ("M\u00fcller[- ]{1,2}\\w{2,20}", "Anna M\u00fcller-L\u00fcdenscheid called", "L\u00fcdenscheid"),
    (r"\$\{[A-Z]{3,9}\}", "price ${AMOUNT} of it", "AMOUNT"),
    (r"(?m)^ref: .{1,20}$", "first\nref: 77-x\nlast", "77-x"),
    (r"(?P<a>kd|kunde)_(?:x{2,4}+|\d{3})\Z", "end kunde_777", "kunde_777"),
    (r"[\W_]{2}q\d{4}", "x ##q4711 y", "q4711"),
    (r"id\.[^.\s]{3,9}\.", "an id.geheim. is", "geheim"),
]
SECRETS = [(at, secret) for at, (_pattern, _text, secret) in enumerate(TEXTS)]
ANCHORED = {4, 5}
PATTERNS = [
    {"name": f"Pattern {at}", "kind": "pattern", "pattern": pattern}
    for at, (pattern, *_rest) in enumerate(TEXTS)
]
NGINX = '2026/11/25 00:20:19 [error] 12#12: *1 open() "/srv/EMP-123456" failed, employee_no=4711, x: "y"\n'
SHOP = {"service.name": "shop", "db.namespace": "EMP-123456", "deployment.environment.name": "EMP-654321"}
PLANTED = {"employee_no": 4711, "x-tenant": "acme", "note": '{"employee_no": "4711"}'}


@pytest.fixture(scope="module")
def program() -> str:
    path = shutil.which("otelcol")
    if not path:
        pytest.skip("otelcol is not on PATH; `setup/test config` provides it")
    return path


@pytest.fixture(scope="module")
def told(program, tmp_path_factory):
    """``told(rules)``: the lines of nginx, and the spans of a shop, that a collector with these rules sends."""

    def tell(*rules: dict) -> tuple[list[str], list]:
        text = redaction_rules.render(collector_rules.collect(rules)._asdict())
        with OtlpReceiver() as receiver:
            collector = Collector(program, tmp_path_factory.mktemp("rules"), receiver.url, text)
            collector.write("nginx-error.log", NGINX)
            collector.start()
            try:
                spans = [{"text": text, "attributes": PLANTED} for _pattern, text, _secret in TEXTS]
                collector.send("traces", spans_of(SHOP, *spans))
                receiver.wait_for(lambda: receiver.logs() and len(receiver.spans()) == len(TEXTS), 30)
            finally:
                collector.stop()
            return [log.data.body.string_value for log in receiver.logs()], receiver.spans()

    return tell


@pytest.fixture(scope="module")
def before(told):
    return told()


@pytest.fixture(scope="module")
def after(told):
    return told(FIELDS, *PATTERNS)


def test_a_line_of_nginx_shows_what_it_says_until_there_is_a_rule(before, after):
    (shown,), (hidden,) = before[0], after[0]

    assert "EMP-123456" in shown
    assert "employee_no=4711" in shown
    assert "EMP-123456" not in hidden
    assert "4711" not in hidden
    assert hidden.startswith('*1 open() "/srv/****" failed, ****')


@pytest.mark.parametrize("at", range(len(TEXTS)))
def test_a_span_of_another_program_shows_what_it_says_until_there_is_a_rule(before, after, at):
    _pattern, text, secret = TEXTS[at]
    shown, hidden = before[1][at], after[1][at]

    assert shown.data.name == shown.attributes["test.text"] == text
    assert secret in shown.data.events[0].attributes[0].value.string_value
    places = (
        hidden.data.name,
        hidden.data.status.message,
        str(hidden.data.events),
        hidden.attributes["test.text"],
    )
    assert [secret in place for place in places] == [False] * len(places)


def test_a_list_is_looked_at_as_a_whole(after):
    """What begins or ends a text is not found in one of several."""
    shown = [any(secret in each for each in after[1][at].attributes["test.list"]) for at, secret in SECRETS]

    assert shown == [at in ANCHORED for at, _secret in SECRETS]


def test_the_values_of_names_are_withheld_in_attributes_and_in_texts(before, after):
    shown, hidden = before[1][0].attributes, after[1][0].attributes

    assert (shown["employee_no"], shown["x-tenant"], shown["note"]) == (
        4711,
        "acme",
        '{"employee_no": "4711"}',
    )
    assert (hidden["employee_no"], hidden["x-tenant"]) == ("****", "****")
    assert "4711" not in hidden["note"]


def test_whose_telemetry_it_is_stays(after):
    assert SHOP.items() <= after[1][0].resource.items()


def test_the_values_behind_a_name_are_looked_for_in_the_notations_of_the_net():
    text = (SOURCE / "redaction.yaml").read_text(encoding="utf-8").replace("''", "'")

    for notation in collector_rules.NOTATIONS:
        assert notation.replace("NAMES", SECRET_NAME) in text


def test_a_pattern_that_the_collector_does_not_read_is_refused_by_its_check(program, tmp_path):
    found = {"keys": [], "values": ["(?=x)"], "rules": []}
    collector = Collector(program, tmp_path, "http://127.0.0.1:1", redaction_rules.render(found))

    with pytest.raises(AssertionError, match="invalid or unsupported Perl syntax"):
        collector.start()
