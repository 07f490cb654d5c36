"""The disk of the collector's queue is full: Odoo does not wait for it, and telemetry comes back by itself."""

import os
import subprocess
import time
from collections.abc import Iterator

import pytest
from counting import Counted, sampled_traceparents, send, trace_id

ROUTE = "/web/version"
SELECTOR = f'http_route="{ROUTE}"'
SIZE = "2m"
BURST = 60
RECOVERY = 120

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a small disk: run as root")


@pytest.fixture
def full_disk(whole, control) -> Iterator[None]:
    """A file system of two megabytes under the queue, filled to its last byte."""
    queue = whole.directory / "collector" / "queue"
    status = queue.stat()
    control("stop", "otelcol")
    options = f"size={SIZE},uid={status.st_uid},gid={status.st_gid},mode=0750"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "odooops-test", queue], check=True)
    filler = queue / "filler"
    try:
        control("start", "otelcol")
        time.sleep(3)
        with open(filler, "wb") as file:
            subprocess.run(
                ["dd", "if=/dev/zero", "bs=4k"], stdout=file, stderr=subprocess.DEVNULL, check=False
            )
        yield filler
    finally:
        filler.unlink(missing_ok=True)
        control("stop", "otelcol")
        subprocess.run(["umount", queue], check=True)
        control("start", "otelcol")


def test_requests_go_on_and_telemetry_returns_when_there_is_room(whole, wait_for, since, full_disk):
    while_full, afterwards = sampled_traceparents(BURST), sampled_traceparents(BURST)

    statuses = send(whole, ROUTE, BURST, traceparents=while_full)
    time.sleep(10)
    full_disk.unlink()
    statuses += send(whole, ROUTE, BURST, traceparents=afterwards)

    assert statuses == {200: 2 * BURST}
    wait_for("each request counted", lambda: Counted(whole, SELECTOR, since, 2 * BURST), RECOVERY)
    wait_for(
        "what came when there was room",
        lambda: all(whole.tempo_trace(trace_id(each)) for each in afterwards),
        RECOVERY,
    )
