"""Log files of every program of the stack, read by the real collector with monitoring/collector/logs.yaml.

``tests/vectors/logs`` has lines as the programs wrote them, some with a planted secret, and ``logs.json`` the record
that each must become.
"""

import contextlib
import json
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import without_odoo
from collector import Collector
from supervisor import loggers

without_odoo.register_addons()

from odooops_otel.tests.otlp_receiver import OtlpReceiver  # noqa: E402
from odooops_otel.tools import log, semconv  # noqa: E402

VECTORS = Path(__file__).parents[1] / "vectors"
FILES = sorted((VECTORS / "logs").glob("*.log"))
EXPECTED = json.loads((VECTORS / "logs.json").read_text(encoding="utf-8"))
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TEXT = "2026-11-25 00:19:31,932 9898 INFO ? odoo: line {:06d}\n"


@pytest.fixture
def receiver():
    with OtlpReceiver() as found:
        yield found


def otelcol() -> str:
    program = shutil.which("otelcol")
    if not program:
        pytest.skip("otelcol is not on PATH; `setup/test config` provides it")
    return program


@pytest.fixture
def collector(tmp_path, receiver):
    found = Collector(otelcol(), tmp_path, receiver.url)
    yield found
    found.stop()


@contextlib.contextmanager
def read_once(directory: Path, write: Callable[[Path], None], count: int) -> Iterator[OtlpReceiver]:
    """The receiver after a collector has read what ``write(directory)`` puts there: so many records at least."""
    with OtlpReceiver() as receiver:
        collector = Collector(otelcol(), directory, receiver.url)
        write(collector.logs)
        collector.start()
        try:
            receiver.wait_for(lambda: len(receiver.logs()) >= count, 30)
        finally:
            collector.stop()  # sends what is left
        yield receiver


@pytest.fixture(scope="module")
def of_samples(tmp_path_factory):
    """The receiver after all sample files were read."""

    def write(directory: Path) -> None:
        for file in FILES:
            shutil.copy(file, directory)

    with read_once(tmp_path_factory.mktemp("samples"), write, sum(map(len, EXPECTED.values()))) as receiver:
        yield receiver


def described(record) -> dict:
    """A record in the form of ``logs.json``; what is empty is left out."""
    data = record.data
    moment = EPOCH + timedelta(microseconds=data.time_unix_nano // 1000) if data.time_unix_nano else None
    fields = {
        "service": record.resource["service.name"],
        "time": moment and f"{moment:%Y-%m-%dT%H:%M:%S.%fZ}",
        "severity": [data.severity_number, data.severity_text] if data.severity_number else None,
        "logger": record.logger,
        "body": data.body.string_value,
        "attributes": dict(sorted(record.attributes.items())),
        "trace": f"{data.trace_id.hex()} {data.span_id.hex()}" if data.trace_id else "",
    }
    return {name: value for name, value in fields.items() if value}


def bodies(receiver) -> Counter:
    return Counter(record.data.body.string_value for record in receiver.logs())


def distinct(receiver) -> Callable[[], int]:
    """How many different bodies have arrived by now: of tens of thousands, each is looked at once."""
    found, seen = set(), 0

    def count() -> int:
        nonlocal seen
        new = receiver.received[seen:]
        seen += len(new)
        found.update(record.data.body.string_value for request in new for record in request.logs)
        return len(found)

    return count


def lines(first: int, last: int) -> str:
    return "".join(TEXT.format(number) for number in range(first, last))


def wait_until(happens) -> None:
    deadline = time.monotonic() + 30
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_each_line_becomes_the_record_that_it_should(of_samples, file):
    records = [each for each in of_samples.logs() if each.attributes.get("log.file.name") == file.name]

    # Loggers are scopes, which are sent one after the other.
    assert sorted(map(described, records), key=str) == sorted(EXPECTED[file.name], key=str)


def test_each_program_has_samples_and_nothing_else_arrived(of_samples):
    assert {file.name for file in FILES} == EXPECTED.keys()
    assert len(of_samples.logs()) == sum(map(len, EXPECTED.values()))


def test_every_record_names_the_environment(of_samples):
    services = {record.resource["service.name"] for record in of_samples.logs()}
    common = {"service.namespace": "odooops", "deployment.environment.name": "test"}

    assert len(services) > 5
    for record in of_samples.logs():
        assert record.resource == {"service.name": record.resource["service.name"], **common}


def test_every_attribute_is_declared(of_samples):
    assert {name for record in of_samples.logs() for name in record.attributes} <= semconv.attribute_names(
        "log"
    )


def test_no_planted_secret_arrives(of_samples):
    assert sum(file.read_text().count("planted") for file in FILES) > 15
    assert b"planted" not in of_samples.everything()


BODIES = (
    "plain",
    "two\nlines",
    '"quoted" {"timestamp": 1}',
    "é中😀",
    "\x1b[1mcolour\x1b[0m",
    "tab\tand \\ backslash",
)
ATTRIBUTES = {"process.pid": 77, "user.id": "2", "odoo.sql.time": 0.25}
ENTRIES = {
    body: log.Entry(
        1_795_566_019_123_456_000, "ERROR", 17, "odoo.http", body, ATTRIBUTES, bytes([number]) * 16, b"\2" * 8
    )
    for number, body in enumerate(BODIES, 1)
}


@pytest.fixture(scope="module")
def of_entries(tmp_path_factory):
    """The records that have become of all entries."""

    def write(directory: Path) -> None:
        lines = "".join(f"{log.json_line(entry)}\n" for entry in ENTRIES.values())
        (directory / "odoo.log").write_text(lines)

    with read_once(tmp_path_factory.mktemp("entries"), write, len(ENTRIES)) as receiver:
        yield receiver.logs()


@pytest.mark.parametrize("body", BODIES)
def test_an_entry_arrives_as_the_addon_wrote_it(of_entries, body):
    entry = ENTRIES[body]
    (record,) = [each for each in of_entries if each.data.trace_id == entry.trace_id]

    assert record.data.body.string_value == body
    assert (record.data.time_unix_nano, record.data.severity_number) == (entry.time, 17)
    assert (record.data.span_id, record.logger) == (b"\2" * 8, "odoo.http")
    assert record.attributes == {**ATTRIBUTES, "log.file.name": "odoo.log"}


def test_entries_become_one_record_each(of_entries):
    assert len(of_entries) == len(ENTRIES)


def test_a_line_that_is_written_in_parts_is_one_record(collector, receiver):
    collector.start()
    line = log.json_line(log.Entry(1_795_566_019_123_456_000, "INFO", 9, "odoo", "x" * 20_000, {}))
    collector.write("odoo.log", line[:7000])
    time.sleep(0.1)
    collector.write("odoo.log", line[7000:] + "\n")
    receiver.wait_for(receiver.logs, 30)

    assert bodies(receiver) == {"x" * 20_000: 1}


def test_a_collector_that_is_killed_while_it_reads_loses_no_line(collector, receiver):
    """At least once: a line may come twice that was handed on before its offset was written down."""
    done = threading.Event()

    def write():
        for number in range(300):
            collector.write("odoo.log", lines(100 * number, 100 * number + 100))
            time.sleep(0.01)
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    for _ in range(3):
        collector.start()
        time.sleep(0.5)
        collector.kill()
    writer.join()
    collector.start()
    arrived = distinct(receiver)
    receiver.wait_for(lambda: arrived() >= 30_000, 60)

    found = bodies(receiver)
    assert set(found) == {TEXT.format(number).rpartition(": ")[2].strip() for number in range(30_000)}


def test_a_collector_that_is_stopped_reads_on_where_it_was(collector, receiver):
    collector.write("odoo.log", lines(0, 1000))
    collector.start()
    receiver.wait_for(lambda: len(receiver.logs()) >= 1000, 30)
    collector.stop()
    collector.write("odoo.log", lines(1000, 2000))
    collector.start()
    receiver.wait_for(lambda: len(receiver.logs()) >= 2000, 30)
    collector.stop()

    assert set(bodies(receiver).values()) == {1}
    assert len(receiver.logs()) == 2000


def test_a_receiver_that_is_down_costs_no_line(collector, receiver):
    receiver.stop()
    collector.start()
    collector.write("odoo.log", lines(0, 2000))
    wait_until(lambda: collector.has_queued("line 000000"))
    collector.kill()
    collector.start()
    receiver.start()
    receiver.wait_for(lambda: len(bodies(receiver)) >= 2000, 30)

    assert len(bodies(receiver)) == 2000


def test_what_the_collector_says_about_logs_is_not_sent(collector, receiver):
    """Or each failure to send would be one more thing to send."""
    collector.output = collector.logs / "otelcol.log"
    receiver.answer_always(503)
    collector.write("odoo.log", lines(0, 10))
    collector.start()
    receiver.wait_for(lambda: receiver.attempts >= 5, 30)
    receiver.answer_always(None)
    receiver.wait_for(lambda: len(bodies(receiver)) > 10, 30)
    collector.stop()

    assert "Exporting failed" in collector.output.read_text()
    own = [body for body in bodies(receiver) if body.startswith("{")]
    assert any("Everything is ready" in body for body in own)
    assert not [body for body in own if '"otelcol.signal":"logs"' in body]


@pytest.fixture
def rotated(collector):
    found = Rotated(collector.logs / "odoo.log")
    yield found
    found.close()


class Rotated:
    """A log file as the supervisor keeps it: renamed when it is full, so many old ones kept."""

    def __init__(self, path: Path):
        self._logger = loggers.getLogger()
        self.close = self._logger.close
        loggers.handle_file(
            self._logger, str(path), fmt="%(message)s", rotating=True, maxbytes=20_000, backups=5
        )

    def write(self, text: str) -> None:
        for line in text.splitlines(keepends=True):
            self._logger.info(line)


def test_rotation_neither_loses_nor_doubles_a_line(collector, receiver, rotated):
    rotated.write(lines(0, 100))
    collector.start()
    for first in range(100, 1500, 100):
        rotated.write(lines(first, first + 100))
        time.sleep(0.25)
    receiver.wait_for(lambda: len(receiver.logs()) >= 1500, 30)
    collector.stop()

    assert (collector.logs / "odoo.log.2").exists()
    assert len(bodies(receiver)) == len(receiver.logs()) == 1500


def test_what_was_rotated_while_the_collector_was_dead_is_read(collector, receiver, rotated):
    rotated.write(lines(0, 100))
    collector.start()
    receiver.wait_for(lambda: len(receiver.logs()) >= 100, 30)
    collector.stop()
    rotated.write(lines(100, 1200))
    assert (collector.logs / "odoo.log.2").exists()
    collector.start()
    receiver.wait_for(lambda: len(bodies(receiver)) >= 1200, 30)
    collector.stop()

    assert len(bodies(receiver)) == len(receiver.logs()) == 1200
    assert {record.attributes["log.file.name"] for record in receiver.logs()} == {"odoo.log"}
