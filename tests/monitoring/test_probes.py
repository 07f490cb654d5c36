"""The probe of an environment, by the real exporter against real TLS servers: what counts as well, and what is told."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
import without_odoo
from tls_server import HEALTHY, Server

without_odoo.register_addons()

from odooops_base.tests.certificates import Authority  # noqa: E402

EXPORTER = "prometheus-blackbox-exporter"
NAME, DAY = "shop.example.com", 86400


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    """Whom the exporter trusts, and nobody else."""
    return Authority(tmp_path)


@pytest.fixture
def exporter(rendered, authority) -> Iterator[str]:
    """The address of the exporter with our configuration."""
    if not (program := shutil.which(EXPORTER)):
        pytest.skip(f"{EXPORTER} is not on PATH; `setup/test config` provides it")
    with socket.create_server(("127.0.0.1", 0)) as free:
        listen = "{}:{}".format(*free.getsockname())
    command = [
        program,
        f"--config.file={rendered('blackbox/blackbox.yml')}",
        f"--web.listen-address={listen}",
    ]
    environment = os.environ | {
        "SSL_CERT_FILE": str(authority.file),
        "SSL_CERT_DIR": str(authority.file.parent / "no"),
    }
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _until_it_answers(f"http://{listen}/-/healthy")
        yield f"http://{listen}"
    finally:
        process.terminate()
        process.wait(timeout=20)


def _until_it_answers(address: str) -> None:
    for _attempt in range(200):
        with contextlib.suppress(requests.ConnectionError):
            return requests.get(address, timeout=5).raise_for_status()
        time.sleep(0.05)
    pytest.fail("the exporter does not answer")


def probe(exporter: str, server: Server, name: str = NAME) -> dict[str, float]:
    """What a probe told, as Prometheus asks for it: at an address, under a name."""
    target = f"https://127.0.0.1:{server.port}/web/health"
    asked = {"module": "environment", "target": target, "hostname": name}
    text = requests.get(f"{exporter}/probe", params=asked, timeout=20).text
    return {found[1]: float(found[2]) for found in re.finditer(r"^(probe_\w+) (\S+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("days", [3, 30])
def test_a_certificate_tells_when_it_expires(exporter, authority, days):
    with Server(authority.issue(NAME, days)) as server:
        told = probe(exporter, server)

    assert told["probe_success"] == 1
    assert told["probe_http_status_code"] == 200
    assert abs(told["probe_ssl_earliest_cert_expiry"] - time.time() - days * DAY) < 600


def test_the_address_is_asked_under_the_name_of_the_environment(exporter, authority):
    with Server(authority.issue(NAME)) as server:
        probe(exporter, server)

    assert server.asked == [("/web/health", NAME)]


def test_a_certificate_for_another_name_is_no_success(exporter, authority):
    with Server(authority.issue("other.example.com")) as server:
        assert probe(exporter, server)["probe_success"] == 0


def test_a_certificate_that_has_expired_is_no_success(exporter, authority):
    with Server(authority.issue(NAME, -1)) as server:
        assert probe(exporter, server)["probe_success"] == 0


def test_a_certificate_of_somebody_else_is_no_success(exporter, tmp_path):
    (tmp_path / "stranger").mkdir()
    with Server(Authority(tmp_path / "stranger").issue(NAME)) as server:
        assert probe(exporter, server)["probe_success"] == 0


@pytest.mark.parametrize(
    "answer", [(302, b""), (503, HEALTHY[1]), (200, b"<html>"), (200, b'{"status": "fail"}')]
)
def test_another_answer_is_no_success_and_leads_nowhere(exporter, authority, answer):
    with Server(authority.issue(NAME), answer) as server:
        told = probe(exporter, server)

    assert told["probe_success"] == 0
    assert len(server.asked) == 1
