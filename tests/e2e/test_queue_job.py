"""Jobs of OCA's queue_job, run by its own runner in a stack of its own: measured, and linked to who asked for them."""

import configparser
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import without_odoo
from stacks import wait_for as wait_until

from odooops.stack import uv
from odooops.stack.run import run
from odooops.stack.state import State, cache_directory, read_record

without_odoo.register_addons()

from odooops_otel.tests.otlp_receiver import OtlpReceiver  # noqa: E402

pytestmark = pytest.mark.slow

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FUNCTION = "queue.job._test_job"


class Queueing:
    """A stack with queue_job whose telemetry goes to ``receiver``."""

    def __init__(self, stack, receiver: OtlpReceiver):
        self.stack, self.receiver = stack, receiver

    def up(self) -> None:
        self.stack.up(OTEL_EXPORTER_OTLP_ENDPOINT=self.receiver.url, OTEL_TRACES_SAMPLER="always_on")

    def install(self) -> None:
        """Adds the package to the addons of the stack, and its addon to the database."""
        cache = cache_directory(dict(os.environ), root=os.geteuid() == 0)
        state = State(self.stack.directory, cache, self.stack.checkout, read_record(self.stack.directory))
        packages = self.stack.directory / "packages"
        install = [
            uv.ensure(state),
            "pip",
            "install",
            "--python",
            state.python,
            "--no-deps",
            "-r",
            REQUIREMENTS,
        ]
        environment = uv.environment(state)
        run(state, "installing queue_job", [*install, "--target", packages], env=environment)
        for path in (packages, *packages.rglob("*")):
            path.chmod(0o755 if path.is_dir() else 0o644)
        site = next(state.path("venv", "lib").glob("python3.*/site-packages"))
        (site / "openupgradelib").symlink_to(packages / "openupgradelib")
        self._configure(packages / "odoo" / "addons")
        self.up()
        session = self.stack.login()
        session.call("ir.module.module", "update_list")
        [module] = session.call("ir.module.module", "search", [("name", "=", "queue_job")])
        session.call("ir.module.module", "button_immediate_install", [module])
        # Its runner looks once, when it starts, which databases have it.
        self.stack.supervisorctl("restart", "odoo")
        wait_until("the stack is healthy", self.stack.is_healthy, 120, interval=2)

    def _configure(self, addons: Path) -> None:
        home = self.stack.directory / "odoo"
        parser = configparser.RawConfigParser()
        parser.read(home / "odoo.conf")
        paths, loaded = parser["options"]["addons_path"], parser["options"]["server_wide_modules"]
        text = f"[options]\naddons_path = {paths},{addons}\nserver_wide_modules = {loaded},queue_job\n"
        (home / "odoo.local.conf").write_text(text)
        (home / "odoo.local.conf").chmod(0o644)

    def ask(self, **options) -> None:
        """Asks for a job, as queue_job's own page for tests does."""
        session = self.stack.login()
        answer = session.get(f"{session.address}/queue_job/create_test_job", params=options, timeout=30)
        assert answer.text.startswith("job uuid"), answer.text[:300]


@pytest.fixture(scope="module")
def queueing(base, emptied) -> Iterator[Queueing]:
    with OtlpReceiver() as receiver, emptied(base / "queueing") as stack:
        found = Queueing(stack, receiver)
        found.up()
        found.install()
        yield found


def runs(queueing, outcome: str) -> float:
    points = queueing.receiver.points("odoo.queue_job.duration", **{"odoo.queue_job.outcome": outcome})
    return sum(point.value for point in points if point.attributes["odoo.queue_job.function"] == FUNCTION)


def test_a_job_is_measured_and_linked_to_the_request_that_asked_for_it(queueing, wait_for):
    queueing.ask(description="Linked")

    wait_for("the job was run", lambda: runs(queueing, "done"), 90)
    [latency] = wait_for(
        "its waiting is told", lambda: queueing.receiver.points("odoo.queue_job.latency"), 30
    )
    assert latency.attributes["odoo.queue_job.function"] == FUNCTION
    assert latency.attributes["odoo.queue_job.channel"] == "root"
    [job] = wait_for("its span arrived", lambda: queueing.receiver.spans(f"queue_job {FUNCTION}"), 30)
    spans = queueing.receiver.spans()
    [running] = [span for span in spans if span.data.span_id == job.data.parent_span_id]
    [asking] = [span for span in spans if span.attributes.get("http.route") == "/queue_job/create_test_job"]
    [link] = running.data.links
    assert running.attributes["http.route"] == "/queue_job/runjob"
    assert (link.trace_id, link.span_id) == (asking.data.trace_id, asking.data.span_id)
    assert running.data.trace_id != asking.data.trace_id


def test_a_job_that_fails_or_is_run_again_is_told_as_such(queueing, wait_for):
    queueing.ask(failure_rate=1, max_retries=1)
    queueing.ask(failure_rate=1, failure_retry_seconds=600)

    wait_for("one has failed", lambda: runs(queueing, "failed"), 90)
    wait_for("one is to be run again", lambda: runs(queueing, "retried"), 90)

    def waiting() -> dict[str, float]:
        points = queueing.receiver.points("odoo.queue_job.count")
        return {point.attributes["odoo.queue_job.state"]: point.value for point in points}

    wait_for("the leader tells what is not done", lambda: {"failed", "pending"} <= waiting().keys(), 90)
    assert queueing.receiver.points("odoo.queue_job.age")
