"""Jobs of OCA's queue_job, run by its own runner in an Odoo of its own, whose telemetry goes to the shared stack.

They are measured, and linked to who asked for them.
"""

import base64
import configparser
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from stacks import wait_for as wait_until

from odooops.stack import uv
from odooops.stack.run import run
from odooops.stack.state import State, cache_directory, read_record

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
FUNCTION = "queue.job._test_job"
# Another name than that of the stack's own Odoo, which other tests count.
SERVICE = "queueing"
ARRIVED = 60


class Queueing:
    """A stack with queue_job whose telemetry goes to the collector of ``whole``."""

    def __init__(self, stack, whole):
        self.stack, self.whole = stack, whole

    def up(self) -> None:
        self.stack.up(
            OTEL_EXPORTER_OTLP_ENDPOINT=self.whole.urls["otelcol"],
            OTEL_SERVICE_NAME=SERVICE,
            OTEL_TRACES_SAMPLER="always_on",
        )

    def query(self, metric: str, **labels: str) -> list[tuple[dict[str, str], float]]:
        """The series of a metric in Prometheus."""
        told = {"job": f"odooops/{SERVICE}", **labels}
        conditions = ",".join(f'{name}="{value}"' for name, value in told.items())
        return self.whole.query(f"{metric}{{{conditions}}}")

    def traces(self, conditions: str) -> list[list[dict]]:
        """The traces in Tempo that have a span of these conditions, each with all of its spans."""
        found = self.whole.tempo_search(f'{{ resource.service.name = "{SERVICE}" && {conditions} }}')
        return [self.whole.tempo_trace(each["traceID"].zfill(32)) for each in found]

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
def queueing(base, emptied, whole) -> Iterator[Queueing]:
    with emptied(base / "queueing") as stack:
        found = Queueing(stack, whole)
        found.up()
        found.install()
        yield found


def runs(queueing, outcome: str) -> float:
    labels = {"odoo_queue_job_outcome": outcome, "odoo_queue_job_function": FUNCTION}
    return sum(value for _labels, value in queueing.query("odoo_queue_job_duration_seconds_count", **labels))


def test_a_job_is_measured_and_linked_to_the_request_that_asked_for_it(queueing, whole, wait_for):
    queueing.ask(description="Linked")

    wait_for("the job was run", lambda: runs(queueing, "done"), 90)
    [(latency, _value)] = wait_for(
        "its waiting is told", lambda: queueing.query("odoo_queue_job_latency_seconds_count"), ARRIVED
    )
    assert latency["odoo_queue_job_function"] == FUNCTION
    assert latency["odoo_queue_job_channel"] == "root"
    name = f"queue_job {FUNCTION}"
    [spans] = wait_for("its span arrived", lambda: queueing.traces(f'name = "{name}"'), ARRIVED)
    [job] = [span for span in spans if span["name"] == name]
    [running] = [span for span in spans if span["spanId"] == job["parentSpanId"]]
    assert running["attributes"]["http.route"] == "/queue_job/runjob"
    [link] = running["links"]
    assert link["traceId"] != running["traceId"]
    asked_in = base64.b64decode(link["traceId"]).hex()
    asking = wait_for("the trace of who asked", lambda: whole.tempo_trace(asked_in), ARRIVED)
    [span] = [each for each in asking if each["spanId"] == link["spanId"]]
    assert span["attributes"]["http.route"] == "/queue_job/create_test_job"


def test_a_job_that_fails_or_is_run_again_is_told_as_such(queueing, wait_for):
    queueing.ask(failure_rate=1, max_retries=1)
    queueing.ask(failure_rate=1, failure_retry_seconds=600)

    wait_for("one has failed", lambda: runs(queueing, "failed"), 90)
    wait_for("one is to be run again", lambda: runs(queueing, "retried"), 90)

    def waiting() -> set[str]:
        found = queueing.query("odoo_queue_job_count")
        return {labels["odoo_queue_job_state"] for labels, value in found if value}

    wait_for("the leader tells what is not done", lambda: {"failed", "pending"} <= waiting(), 90)
    assert queueing.query("odoo_queue_job_age_seconds")
