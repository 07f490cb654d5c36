"""Around Odoo: environments that are probed at their addresses, and what the exporter of PostgreSQL may see."""

import json
import os
import secrets
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import requests
import without_odoo
from tls_server import Server

from odooops.stack import postgres
from odooops.stack.state import State, read_record

without_odoo.register_addons()

from odooops_base.tests.certificates import Authority  # noqa: E402

DAYS, DAY = 3, 86_400

ALLOW = "\n[odooops]\noutbound_allowed_networks = 127.0.0.0/8\n"


def action(session, module: str, name: str) -> int:
    """The id of a scheduled action."""
    domain = [("module", "=", module), ("name", "=", name)]
    [data] = session.call("ir.model.data", "search_read", domain, ["res_id"])
    return data["res_id"]


@pytest.fixture
def environment(stack) -> Iterator[str]:
    """An environment whose address is the stack's own."""
    session, name = stack.login(), f"probed-{secrets.token_hex(4)}"
    [made] = session.call(
        "odooops.environment", "create", [{"name": name, "kind": "development", "url": stack.urls["odoo"]}]
    )
    yield name
    session.call("odooops.environment", "unlink", [made])


@pytest.fixture
def renew(stack) -> Callable[[], None]:
    """Has the targets looked up now."""
    session = stack.login()
    found = action(session, "odooops_base", "ir_cron_renew_probes")
    return lambda: session.run_job(found)


@pytest.fixture
def allowed(stack) -> Iterator[None]:
    """The operator of the server allows the loopback; Odoo reads it each time."""
    file = stack.directory / "odoo" / "odoo.conf"
    before = file.read_text()
    file.write_text(before + ALLOW)
    try:
        yield
    finally:
        file.write_text(before)


def targets(stack) -> set[str]:
    """The environments that are probed."""
    text = (stack.directory / "prometheus" / "probes" / "environments.json").read_text()
    return {entry["labels"]["deployment_environment_name"] for entry in json.loads(text)}


@pytest.mark.slow
def test_an_environment_is_probed_at_its_address(stack, environment, renew, allowed, wait_for):
    renew()
    assert environment in targets(stack)

    query = f'probe_success{{job="environments", deployment_environment_name="{environment}"}}'
    [(labels, value)] = wait_for("the environment is probed", lambda: stack.query(query), 150)

    assert (labels["instance"], value) == (stack.urls["odoo"], 1)


def test_an_address_of_this_machine_is_not_probed_by_itself(stack, environment, renew):
    renew()

    assert environment not in targets(stack)


@pytest.fixture
def shop(stack, tmp_path) -> Iterator[str]:
    """The address of a server whose certificate has three days left, from an authority that the exporter trusts."""
    authority = Authority(tmp_path)
    # The account of the stack reads it.
    trusted = stack.directory / "authority.pem"
    trusted.write_bytes(authority.file.read_bytes())
    trusted.chmod(0o644)
    stack.up(SSL_CERT_FILE=str(trusted))
    with Server(authority.issue("127.0.0.1", DAYS)) as server:
        yield f"https://127.0.0.1:{server.port}"
    trusted.unlink()
    stack.up()


@pytest.mark.slow
def test_a_certificate_that_expires_soon_is_seen_and_becomes_an_alert(
    stack, shop, environment, renew, allowed, wait_for
):
    session = stack.login()
    [found] = session.call("odooops.environment", "search", [["name", "=", environment]])
    session.call("odooops.environment", "write", [found], {"url": shop})
    renew()

    selector = f'{{job="environments", deployment_environment_name="{environment}", instance="{shop}"}}'
    [(_labels, expiry)] = wait_for(
        "the certificate is seen", lambda: stack.query(f"probe_ssl_earliest_cert_expiry{selector}"), 150
    )
    assert abs(expiry - time.time() - DAYS * DAY) < DAY / 2
    assert stack.query(f"probe_success{selector}")[0][1] == 1

    def alert() -> dict | None:
        """It is pending for ten minutes before it fires; tests/monitoring has what follows."""
        answer = requests.get(f"{stack.urls['prometheus']}/api/v1/alerts", timeout=10).json()
        return next(
            (each for each in answer["data"]["alerts"] if each["labels"].get("instance") == shop), None
        )

    labels = wait_for("the alert", alert, 60)["labels"]
    assert (labels["alertname"], labels["severity"]) == ("OdooCertificateExpiring", "critical")


class Monitor:
    """The role of postgres_exporter, connected as it is."""

    def __init__(self, stack):
        self._state = State(stack.directory, stack.directory, stack.checkout, read_record(stack.directory))
        self._database = stack.status()["database"]

    def ask(self, statement: str, **environment: str) -> subprocess.CompletedProcess:
        port = str(self._state.record["ports"]["postgresql"])
        program = [postgres.bin_directory(self._state) / "psql", "-h", "127.0.0.1", "-p", port]
        password = Path(self._state.path("postgres", "monitor_password")).read_text().strip()
        return subprocess.run(
            [
                *program,
                "-U",
                postgres.MONITOR_ROLE,
                "-XAtq",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                statement,
                self._database,
            ],
            capture_output=True,
            text=True,
            cwd="/",
            env=os.environ | {"PGPASSWORD": password} | environment,
            timeout=30,
            check=False,
        )


@pytest.fixture
def monitor(stack) -> Monitor:
    return Monitor(stack)


def test_the_exporter_sees_what_postgresql_counts(monitor):
    found = monitor.ask(
        "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'odoo' AND query IS NOT NULL"
    )

    assert (found.returncode, found.stdout.strip()) == (0, "t"), found.stderr


@pytest.mark.parametrize("table", ["res_users", "res_partner", "ir_config_parameter", "odooops_secret"])
def test_the_exporter_reads_nothing_of_the_business(monitor, table):
    refused = monitor.ask(f"SELECT * FROM {table} LIMIT 1")

    assert refused.returncode != 0
    assert f"permission denied for table {table}" in refused.stderr


def test_the_exporter_has_no_right_on_any_table(monitor):
    may_read = "has_table_privilege(oid, 'SELECT, INSERT, UPDATE, DELETE')"
    tables = "relkind IN ('r', 'p', 'v', 'm', 'S') AND relnamespace = 'public'::regnamespace"

    found = monitor.ask(f"SELECT count(*), count(*) FILTER (WHERE {may_read}) FROM pg_class WHERE {tables}")

    total, readable = map(int, found.stdout.strip().split("|"))
    assert total > 100
    assert readable == 0


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (a int)",
        "CREATE DATABASE mine",
        "CREATE ROLE mine",
        "SET ROLE odoo",
        "SET ROLE postgres",
        "COPY (SELECT 1) TO PROGRAM 'true'",
        "SELECT pg_read_file('/etc/passwd')",
    ],
)
def test_the_exporter_changes_nothing(monitor, statement):
    # What a role sets for itself it can take back.
    refused = monitor.ask(statement, PGOPTIONS="-c default_transaction_read_only=off")

    assert refused.returncode != 0
    assert "permission denied" in refused.stderr or "must be" in refused.stderr


def test_the_exporter_has_no_role_but_the_one_for_monitoring(monitor):
    held = "SELECT string_agg(r.rolname, ',') FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid"
    found = monitor.ask(f"{held} WHERE m.member = (SELECT oid FROM pg_roles WHERE rolname = current_user)")
    flags = "rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls"
    own = monitor.ask(f"SELECT {flags} FROM pg_roles WHERE rolname = current_user")

    assert found.stdout.strip() == "pg_monitor"
    assert own.stdout.strip() == "f|f|f|f|f"
