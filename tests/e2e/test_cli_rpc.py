"""The command line client against a real Odoo: every noun that calls it, by the key of setup/up and by other ones."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import requests

# Each noun starts processes of the command: of the slow tier.
pytestmark = pytest.mark.slow
CHECKOUT = Path(__file__).parents[2]
PASSWORD = "a password for tests"


class CommandLine:
    """``setup/cli`` of a stack, with a directory that its owner's files are in."""

    def __init__(self, stack, home: Path):
        self.stack, self.home = stack, home
        self.config = home / "odooops" / "config.toml"
        self.own(home)

    def own(self, path: Path, mode: int = 0o700) -> Path:
        """Gives a file to the owner of the stack, as whom the command runs."""
        owner = self.stack.directory.stat()
        path.chmod(mode)
        os.chown(path, owner.st_uid, owner.st_gid)
        return path

    def __call__(self, *words: str, text: str = "", **variables: str) -> subprocess.CompletedProcess:
        """Runs one command with ``text`` as its standard input."""
        command = ["sh", str(CHECKOUT / "setup" / "cli"), *words]
        environment = os.environ | {
            "ODOOOPS_STATE": str(self.stack.directory),
            "XDG_CONFIG_HOME": str(self.home),
        }
        return subprocess.run(
            command, env=environment | variables, cwd=self.home, input=text, capture_output=True, text=True,
            timeout=120, check=False,
        )  # fmt: skip

    def data(self, *words: str, **more: str):
        """What a command that succeeds returns."""
        done = self(*words, "--output", "json", **more)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def refusal(self, code: int, *words: str, **more: str) -> str:
        """The one line with which a command ends that does not succeed."""
        done = self(*words, **more)
        assert done.returncode == code, done.stdout + done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        return done.stderr

    @property
    def key(self) -> str:
        """The key that setup/up made."""
        return (self.stack.directory / "secrets" / "api-key").read_text().strip()


@pytest.fixture
def cli(stack, tmp_path_factory):
    # Not below a directory that is for the user of the tests alone.
    home = Path(f"/tmp/odooops-cli-{os.urandom(4).hex()}")
    home.mkdir()
    yield CommandLine(stack, home)
    subprocess.run(["rm", "-rf", str(home)], check=True)


@pytest.fixture
def viewer(cli):
    """The key of a user who is viewer and nothing else."""
    login = f"viewer-{os.urandom(4).hex()}"
    session = cli.stack.login()
    values = {"name": "Vera", "login": login, "password": PASSWORD}
    [user] = session.call("res.users", "create", [values])
    cli.data("role", "grant", login, "viewer")
    arguments = ["odoo", user, PASSWORD, "odooops.key", "create_key", ["tests"]]
    body = {"params": {"service": "object", "method": "execute_kw", "args": arguments}}
    answer = requests.post(f"{cli.stack.urls['odoo']}/jsonrpc", json=body, timeout=30).json()
    return {"ODOOOPS_URL": cli.stack.urls["odoo"], "ODOOOPS_API_KEY": answer["result"]["key"]}


def test_the_two_minutes_of_the_documentation(cli):
    page = (CHECKOUT / "docs" / "cli.md").read_text()
    block = re.search(r"## Two minutes\n\n```sh\n(.*?)```", page, re.DOTALL)[1]
    environment = os.environ | {"ODOOOPS_STATE": str(cli.stack.directory), "XDG_CONFIG_HOME": str(cli.home)}
    for line in block.splitlines():
        done = subprocess.run(
            ["sh", "-c", line], cwd=CHECKOUT, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
        assert done.stdout, line


def test_an_environment_is_made_changed_and_deleted(cli):
    name = f"env-{os.urandom(4).hex()}"
    cli.data("environment", "create", name, "--kind", "staging", "--url", "https://odoo.example.com")
    assert cli.data("environment", "update", name, "--retention-days", "7")["retention_days"] == 7
    assert cli.data("environment", "get", name)["kind"] == "staging"
    assert name in {row["name"] for row in cli.data("environment", "list")}

    assert "--yes" in cli.refusal(2, "environment", "delete", name)
    cli.data("environment", "delete", name, "--yes")
    assert "no environment" in cli.refusal(1, "environment", "get", name)


def test_the_environment_of_the_stack_knows_its_database(cli):
    [current] = [row for row in cli.data("environment", "list") if row["current"]]
    assert (current["name"], current["databases"]) == ("local", "odoo")


def test_what_odoo_does_not_take_is_its_one_line(cli):
    assert "use letters, digits" in cli.refusal(1, "environment", "create", "a b")
    assert "from 1 to 3650" in cli.refusal(1, "environment", "update", "local", "--retention-days", "0")


def test_a_viewer_sees_and_changes_nothing(cli, viewer):
    assert cli.data("environment", "list", **viewer)
    assert "role" in cli.refusal(4, "deployment", "start", "local", "1.0", **viewer)
    assert cli.refusal(4, "environment", "create", "x", **viewer)
    assert cli.refusal(4, "secret", "rotate", **viewer)
    assert cli.refusal(4, "config", "apply", "-", "--yes", text="version: 1\n", **viewer)
    assert {row["name"] for row in cli.data("key", "list", **viewer)} == {"tests"}


def test_a_role_is_given_and_taken(cli, viewer):
    login = cli.data("key", "list", **viewer)[0]["user"]
    assert cli.data("role", "grant", login, "operator", "--environment", "local")["environments"] == ["local"]
    started = cli.data("deployment", "start", "local", "9.9", "--force", **viewer)
    cli("deployment", "finish", str(started["id"]), "--failed", **viewer)
    cli.data("role", "revoke", login, "operator", "--yes")
    assert cli.refusal(4, "deployment", "start", "local", "1.0", **viewer)


def test_the_page_of_who_may_do_what_is_what_odoo_says(cli):
    assert (
        cli("role", "access", "--output", "markdown").stdout == (CHECKOUT / "docs" / "access.md").read_text()
    )


def test_a_key_works_until_it_is_revoked(cli):
    key = cli("key", "create", "for a test", "--days", "2").stdout.strip()
    target = {"ODOOOPS_URL": cli.stack.urls["odoo"], "ODOOOPS_API_KEY": key}
    [found] = [row for row in cli.data("key", "list", **target) if row["name"] == "for a test"]
    assert found["state"] == "expiring"

    cli.data("key", "revoke", str(found["id"]), "--yes", **target)

    assert "does not know the API key" in cli.refusal(4, "key", "list", **target)


def test_a_key_outlives_the_policy_by_no_way(cli):
    for days in ("91", "100000", "0", "-1"):
        assert "from 1 to 90" in cli.refusal(1, "key", "create", "x", "--days", days)


def test_a_revoked_key_of_this_machine_is_made_anew_by_setup_up(cli):
    before = cli.key
    [own] = [row for row in cli.data("key", "list") if "this machine" in row["name"]]
    cli.data("key", "revoke", str(own["id"]), "--yes")
    assert cli.refusal(4, "key", "list")

    cli.stack.up()

    assert cli.key != before
    assert cli.data("key", "list")
    mode = (cli.stack.directory / "secrets" / "api-key").stat().st_mode
    assert mode & 0o777 == 0o600


def test_a_profile_keeps_address_and_key(cli):
    done = cli("profile", "add", "here", "--url", cli.stack.urls["odoo"], text=f"{cli.key}\n")
    assert done.returncode == 0, done.stderr
    assert cli.config.stat().st_mode & 0o777 == 0o600

    assert cli.data("--profile", "here", "environment", "list")
    assert cli.key not in cli("profile", "show", "here").stdout
    wrong = "f" * 40
    assert cli("profile", "add", "wrong", "--url", cli.stack.urls["odoo"], text=wrong).returncode == 4
    assert "no profile wrong" in cli.refusal(1, "--profile", "wrong", "environment", "list")


def test_a_deployment_is_started_and_finished(cli):
    number = cli(
        "deployment", "start", "local", "2.0", "--commit", "abc", "--key", "job-1", "--force"
    ).stdout.strip()
    assert cli("deployment", "start", "local", "2.0", "--key", "job-1").stdout.strip() == number
    assert f"odooops deployment finish {number}" in cli.refusal(1, "deployment", "start", "local", "2.1")

    done = cli("deployment", "finish", number, "--failed", "--note", "by hand", "--output", "json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["state"] == "failed"
    [found] = [row for row in cli.data("deployment", "list") if str(row["id"]) == number]
    assert (found["state"], found["commit"], found["source"], found["user"]) == (
        "failed",
        "abc",
        "cli",
        "admin",
    )


def good_deployment(cli, version: str) -> int:
    """A deployment that passed its gates, which may need some seconds of telemetry."""
    number = cli.data("deployment", "start", "local", version, "--force")["id"]
    found = cli.data("deployment", "finish", str(number), "--wait", "60s")
    assert found["state"] == "succeeded"
    return number


def test_a_rollback_runs_the_operator_s_command_and_takes_the_last_deployment_back(cli):
    good_deployment(cli, "3.0")
    bad = good_deployment(cli, "3.1")
    told = cli.home / "told"
    cli.config.parent.mkdir()
    cli.own(cli.config.parent)
    command = f'["sh", "-c", "echo $ODOOOPS_ROLLBACK_FROM_VERSION $ODOOOPS_ROLLBACK_TO_VERSION > {told}"]'
    cli.config.write_text(f"[rollback.local]\ncommand = {command}\n")
    cli.own(cli.config, 0o600)

    found = cli.data("rollback", "local", "--yes", "--wait", "60s")

    assert told.read_text() == "3.1 3.0\n"
    assert (found["version"], found["state"], found["rollback_of"]) == ("3.0", "succeeded", bad)
    assert cli.data("deployment", "get", str(bad))["state"] == "rolled_back"


def test_the_gates_can_be_tried(cli):
    gates = cli.data("gate", "list")
    assert gates
    done = cli("gate", "try", gates[0]["name"], "--environment", "local", "--output", "json")
    assert json.loads(done.stdout)["outcome"] in ("passed", "failed")


def test_sampling_is_explained_for_a_route_a_method_and_a_scheduled_action(cli):
    for option, value in (
        ("--route", "/web/login"),
        ("--method", "res.partner.web_search_read"),
        ("--job", "Mail: Email Queue Manager"),
    ):
        assert cli.data("sampling", "explain", option, value)["environment"] == "local"
    for method, rule in (("POST", "Logins"), ("GET", None)):
        found = cli.data("sampling", "explain", "--route", "/web/login", "--http-method", method)
        assert (found["rule"], found["http_method"]) == (rule, method)


def test_a_backup_is_recorded_from_its_file(cli):
    file = cli.home / "odoo.dump"
    file.write_text("a backup")
    cli.own(file, 0o600)
    found = cli.data("backup", "record", "local", "--file", file.name, "--kind", "dump", "--tool", "pg_dump")

    assert (found["size"], found["location"]) == (8, str(file))
    cli.data("backup", "restore-test", str(found["id"]), "--note", "restored")
    [listed] = [
        row for row in cli.data("backup", "list", "--environment", "local") if row["id"] == found["id"]
    ]
    assert (listed["checksum"], listed["restore_outcome"]) == (found["checksum"], "success")


def test_a_secret_is_set_by_standard_input_and_never_shown(cli):
    planted = f"planted-{os.urandom(8).hex()}"
    name = f"secret-{os.urandom(4).hex()}"
    done = cli("secret", "set", name, text=f"{planted}\n")
    assert done.returncode == 0, done.stderr

    [found] = [row for row in cli.data("secret", "list") if row["name"] == name]
    assert found["usable"] is True
    printed = [done, cli("secret", "list"), cli("event", "list", "--output", "json"), cli("config", "export")]
    assert not [result for result in printed if planted in result.stdout + result.stderr]
    assert cli.data("secret", "rotate")["unreadable"] == []
    cli.data("secret", "delete", name, "--yes")


def test_a_setting_is_stored_and_forgotten(cli):
    assert cli.data("setting", "set", "event.retention_days", "77")["value"] == 77
    assert cli.data("setting", "get", "event.retention_days")["source"] == "record"
    assert cli.data("setting", "unset", "event.retention_days")["source"] == "default"
    assert "expected a whole number" in cli.refusal(1, "setting", "set", "event.retention_days", "many")


def test_a_configuration_goes_out_and_in_without_a_change(cli):
    text = cli("config", "export").stdout
    name = f"env-{os.urandom(4).hex()}"
    file = cli.home / "observability.yaml"
    file.write_text(text)
    cli.own(file, 0o600)
    assert cli("config", "validate", file.name).stdout == "observability.yaml is valid\n"
    assert cli("config", "plan", file.name, "--check").returncode == 0

    file.write_text(f"version: 1\nenvironments:\n  {name}:\n    kind: staging\n")
    assert cli("config", "plan", file.name, "--check").returncode == 2
    planned = cli.data("config", "plan", file.name)
    assert cli.data("config", "apply", file.name, "--digest", planned["digest"])["changed"] is True
    assert cli.data("config", "apply", file.name, "--yes")["changed"] is False
    assert cli("config", "drift", "--check").returncode == 0
    cli.data("environment", "update", name, "--kind", "production")
    assert cli("config", "drift", "--check").returncode == 2


def test_a_mistake_in_a_configuration_has_its_line_and_column(cli):
    done = cli("config", "validate", "-", text="version: 1\nenvironments:\n  x:\n    kind: stagin\n")
    assert done.returncode == 1
    assert done.stdout.startswith("-:4:11: environments.x.kind: expected one of ")


def test_a_plan_and_an_apply_tell_every_mistake_in_a_line_of_its_own(cli):
    entries = "".join(f"  x{number}:\n    kind: stagin{'g' * 40}\n" for number in range(12))

    for command in (["plan"], ["apply", "--yes"]):
        done = cli("config", *command, "-", text=f"version: 1\nenvironments:\n{entries}")
        head, *lines = done.stderr.splitlines()
        assert (done.returncode, head) == (1, "odooops: - cannot be used, nothing was done:")
        assert [line.partition(": expected one of production, ")[0] for line in lines] == [
            f"-:{2 * number + 4}:11: environments.x{number}.kind" for number in range(12)
        ]


def test_events_tell_who_did_what_by_which_way_and_are_followed(cli):
    name = f"env-{os.urandom(4).hex()}"
    process = cli.stack.start("cli", "event", "list", "--follow", "--output", "ndjson", "--since", "1m")
    cli.data("environment", "create", name)

    line = next(json.loads(line) for line in process.stdout if name in line)

    process.terminate()
    process.communicate(timeout=30)
    assert (line["name"], line["user"], line["interface"]) == ("environment.created", "admin", "json2")
    [found] = cli.data("event", "list", "--name", "environment.created", "--target", name)
    assert found["id"] == line["id"]


def test_the_lines_of_an_environment_are_found_by_their_text(whole, wait_for):
    # No word of chance: what looks like a token is left out of paths.
    text, arguments = "GET /web/login", ("--since", "5m", "--service", "nginx", "--output", "json")
    requests.get(f"{whole.urls['odoo']}/web/login", timeout=30)

    def lines():
        return json.loads(whole.run("cli", "logs", "local", "--grep", text, *arguments).stdout)

    assert all(text in line["text"] for line in wait_for("the line of nginx", lines))


def test_no_key_is_in_a_log(cli):
    for file in (cli.stack.directory / "log").glob("*.log"):
        assert cli.key not in file.read_text(errors="replace"), file
