"""The policy of the addon and that of the collector are one: the same corpus, by the real collector."""

import json
import shutil
from pathlib import Path

import pytest
import without_odoo
from collector import SOURCE, Collector

without_odoo.register_addons()

from odooops_otel.tests.otlp_receiver import OtlpReceiver  # noqa: E402
from odooops_otel.tools.secret_patterns import SECRET_NAME  # noqa: E402

CORPUS = json.loads((Path(__file__).parents[1] / "vectors" / "redaction.json").read_text(encoding="utf-8"))
PLANTED = {line["name"]: line for line in CORPUS["planted"] if line.get("only") != "addon"}
ORDINARY = [line["text"] for line in CORPUS["ordinary"] if line.get("only") != "addon"]
SECRET = "S3cr3t-Planted"


def written(text: str) -> str:
    """A line of odoo.log that nobody has redacted."""
    fields = {
        "timestamp": "2026-11-25T00:20:19.123456Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "logger": "odoo",
        "body": text,
        "test.text": text.partition("?")[0],
    }
    return json.dumps(fields) + "\n"


@pytest.fixture(scope="module")
def shown(tmp_path_factory):
    """By text, what the collector sent of a line: its body and an attribute."""
    program = shutil.which("otelcol")
    if not program:
        pytest.skip("otelcol is not on PATH; `setup/test config` provides it")
    texts = [*(line["text"] for line in PLANTED.values()), *ORDINARY]
    with OtlpReceiver() as receiver:
        collector = Collector(program, tmp_path_factory.mktemp("redaction"), receiver.url)
        for text in texts:
            collector.write("odoo.log", written(text))
        collector.start()
        try:
            receiver.wait_for(lambda: len(receiver.logs()) >= len(texts), 30)
        finally:
            collector.stop()
        found = [(log.data.body.string_value, log.attributes["test.text"]) for log in receiver.logs()]
    # One file, one scope: they arrive in their order.
    return dict(zip(texts, found, strict=True))


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_secret_is_not_there_any_more(shown, name):
    line = PLANTED[name]
    secret = line.get("secret", SECRET)

    assert [secret in text for text in shown[line["text"]]] == [False, False]


@pytest.mark.parametrize("text", ORDINARY)
def test_an_ordinary_line_stays_as_it_is(shown, text):
    assert shown[text] == (text, text.partition("?")[0])


def test_the_collector_knows_the_same_names():
    """Of fields and headers, in XML, XML-RPC and forms, of attributes, and within quotes within quotes."""
    text = (SOURCE / "redaction.yaml").read_text(encoding="utf-8")

    assert text.count(SECRET_NAME) == text.count("passphrase") == 6


def test_only_what_the_collector_cannot_know_is_left_to_the_addon():
    """RE2 has no arithmetic, and the addon has seen every line of Odoo before."""
    left = [line["name"] for line in CORPUS["planted"] if line.get("only") == "addon"]

    assert left == [
        "bank account",
        "bank account without spaces",
        "e-mail address in a path",
        "password in an encoded path",
    ]
