"""What other programs send by OTLP passes the policy in the real collector; what Odoo sends has passed it already."""

import json
import shutil
from pathlib import Path

import pytest
import without_odoo
from collector import Collector
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from other_program import set_attributes, spans_of

without_odoo.register_addons()

from odooops_otel.tests.otlp_receiver import OtlpReceiver  # noqa: E402

CORPUS = json.loads((Path(__file__).parents[1] / "vectors" / "redaction.json").read_text(encoding="utf-8"))
PLANTED = {line["name"]: line for line in CORPUS["planted"] if line.get("only") != "addon"}
ORDINARY = [line["text"] for line in CORPUS["ordinary"] if line.get("only") != "addon"]
SECRET = "S3cr3t-Planted"
# Attributes whose values say nothing of what they are, with what is left of each
NAMED = {
    "app.password": "****",
    "http.request.header.x-tenant": None,
    "url.query": None,
    "db.query.parameter.0": None,
    "enduser.id": None,
    "my_session_id": "****",
}
STATEMENT = "SELECT a1 FROM t WHERE name = 'S3cr3t-Planted''s \\' x' AND pin = 4711 AND id = $1"
BARE = "SELECT a1 FROM t WHERE name = ? AND pin = ? AND id = $1"


def logs_of(attributes: dict[str, str], body: dict[str, str]) -> bytes:
    request = ExportLogsServiceRequest()
    scoped = request.resource_logs.add().scope_logs.add()
    scoped.scope.name = "shop"
    record = scoped.log_records.add()
    set_attributes(record.attributes, **attributes)
    set_attributes(record.body.kvlist_value.values, **body)
    return request.SerializeToString()


@pytest.fixture(scope="module")
def sent(tmp_path_factory):
    """The receiver, after spans and log records of a shop and of Odoo have passed the collector."""
    program = shutil.which("otelcol")
    if not program:
        pytest.skip("otelcol is not on PATH; `setup/test config` provides it")
    texts = [*(line["text"] for line in PLANTED.values()), *ORDINARY]
    spans = [{"text": text} for text in texts]
    named = {"name": "named", "attributes": {**dict.fromkeys(NAMED, SECRET), "gen_ai.usage.input_tokens": 12}}
    sql = {"name": "sql", "attributes": {"db.query.text": STATEMENT, "db.statement": STATEMENT}}
    url = {"name": "url", "attributes": {"http.target": f"/shop?q={SECRET}"}}
    shop = {"service.name": "shop", "process.command_args": ["--password", SECRET]}
    odoo = {"service.name": "odoo", "telemetry.distro.name": "odooops"}
    with OtlpReceiver() as receiver:
        collector = Collector(program, tmp_path_factory.mktemp("others"), receiver.url)
        collector.start()
        try:
            collector.send("traces", spans_of(shop, *spans, named, sql, url))
            collector.send("traces", spans_of(odoo, {"text": "what the addon let through: ?a=b"}))
            collector.send(
                "logs", logs_of({"app.password": SECRET}, {"pwd": SECRET, "note": f"token={SECRET}"})
            )
            receiver.wait_for(lambda: len(receiver.spans()) > len(spans) + 3 and receiver.logs(), 30)
        finally:
            collector.stop()
        yield receiver


@pytest.fixture(scope="module")
def shown(sent):
    """By text, every text of the span that had it in each place."""
    texts = [*(line["text"] for line in PLANTED.values()), *ORDINARY]
    numbered = {int.from_bytes(span.data.span_id): span for span in of_the(sent, "shop")}
    return {text: texts_of(numbered[number]) for number, text in enumerate(texts, start=1)}


def of_the(receiver, service: str) -> list:
    return [span for span in receiver.spans() if span.resource["service.name"] == service]


def texts_of(span) -> list[str]:
    (event,) = span.data.events
    listed = span.attributes["test.list"]
    return [
        span.data.name,
        span.data.status.message,
        span.attributes["test.text"],
        listed if isinstance(listed, str) else listed[0],
        event.name,
        event.attributes[0].value.string_value,
    ]


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_nowhere_in_the_span(shown, name):
    line = PLANTED[name]
    secret = line.get("secret", SECRET)

    assert not [text for text in shown[line["text"]] if secret in text]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_text_stays_as_it_is(shown, text):
    assert set(shown[text]) == {text}


def test_no_byte_of_what_was_sent_holds_the_secret(sent):
    assert SECRET.encode() not in sent.everything()


def test_attributes_are_known_by_their_names(sent):
    (span,) = sent.spans("named")

    assert span.resource == {"service.name": "shop"}
    assert {name: span.attributes.get(name) for name in NAMED} == NAMED
    assert span.attributes["gen_ai.usage.input_tokens"] == 12
    assert not [name for name in span.attributes if name.startswith("odooops.")]


def test_statements_lose_their_literals(sent):
    (span,) = sent.spans("sql")

    assert (span.attributes["db.query.text"], span.attributes["db.statement"]) == (BARE, BARE)


def test_a_url_loses_its_query_and_a_span_what_a_vendor_says_of_it(sent):
    (span,) = sent.spans("url")

    assert (span.attributes["http.target"], span.data.trace_state) == ("/shop****", "")


def test_each_span_arrives_once_and_odoo_s_are_not_looked_at_again(sent):
    (span,) = of_the(sent, "odoo")

    assert set(texts_of(span)) == {"what the addon let through: ?a=b"}
    assert span.data.trace_state == "shop=1"
    assert len(of_the(sent, "shop")) == len(PLANTED) + len(ORDINARY) + 3


def test_fields_of_a_log_record_are_known_by_their_names(sent):
    (record,) = sent.logs()
    body = {item.key: item.value.string_value for item in record.data.body.kvlist_value.values}

    assert record.attributes == {"app.password": "****"}
    assert body == {"pwd": "****", "note": "****"}
