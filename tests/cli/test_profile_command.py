"""odooops profile: a key is handed over unseen, tried once, and never shown."""

import json
import os

import pytest
from fake_odoo import KEY
from http_servers import serving

from odooops import profiles

URL = "https://odoo.example.com"


@pytest.fixture
def path(monkeypatch, tmp_path):
    """The operator's file, which is not there yet."""
    for name in ("ODOOOPS_URL", "ODOOOPS_API_KEY", "ODOOOPS_PROFILE", "ODOOOPS_STATE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "odooops" / "config.toml"


def test_a_key_that_works_is_kept_where_nobody_else_can_read_it(path, run, typed):
    typed(f"{KEY}\n")
    with serving(lambda request, _asked: request.answer(200, {"uid": 2})) as server:
        code, output, errors = run("profile", "add", "local", "--url", server.url)

    assert (code, output, errors) == (0, f"profile local is in {path}\n", "")
    assert server.asked[0]["path"] == "/json/2/res.users/context_get"
    assert profiles.read(path).get("local").read_key() == KEY
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_key_that_does_not_work_is_not_kept(path, run, typed):
    typed(KEY)
    with serving(lambda request, _asked: request.answer(401, {"message": "Invalid apikey"})) as server:
        code, _output, errors = run("profile", "add", "local", "--url", server.url)

    assert code == 4
    assert "does not know the API key" in errors
    assert KEY not in errors
    assert not path.exists()


def test_it_can_be_kept_without_trying(path, run, typed):
    typed(KEY, is_terminal=True)

    assert run("profile", "add", "prod", "--url", URL, "--database", "odoo", "--no-check")[0] == 0

    assert profiles.read(path).get("prod").database == "odoo"


def test_a_key_has_a_file_or_a_command_of_its_own(path, run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("profile", "add", "one", "--url", URL, "--key-file", "key.txt", "--no-check")
    run("profile", "add", "two", "--url", URL, "--key-command", "pass show 'my odoo'", "--no-check")

    found = profiles.read(path)
    assert found.get("one").key_file == str(tmp_path / "key.txt")
    assert found.get("two").key_command == ("pass", "show", "my odoo")


def test_a_key_cannot_be_an_argument(path, run, capsys):
    with pytest.raises(SystemExit) as stop:
        run("profile", "add", "prod", "--url", URL, "--key", KEY)
    assert stop.value.code == 2
    assert KEY not in capsys.readouterr().err.replace(f"--key {KEY}", "")


def test_a_profile_is_not_replaced_by_accident(path, run, typed):
    typed(KEY)
    run("profile", "add", "prod", "--url", URL, "--no-check")
    typed(KEY)
    assert run("profile", "add", "prod", "--url", "https://other.example.com", "--no-check")[0] == 2
    assert profiles.read(path).get("prod").url == URL
    assert (
        run("profile", "add", "prod", "--url", "https://other.example.com", "--no-check", "--replace")[0] == 0
    )
    assert profiles.read(path).get("prod").url == "https://other.example.com"


@pytest.mark.parametrize("output", ["table", "json", "yaml", "ndjson"])
def test_no_key_is_ever_shown(path, run, typed, output):
    typed(KEY)
    run("profile", "add", "prod", "--url", URL, "--no-check")
    for words in (("list",), ("show",), ("show", "prod"), ("use", "prod")):
        code, shown, errors = run("profile", *words, "--output", output)
        assert code == 0
        assert KEY not in shown + errors


def test_one_is_the_default_and_one_is_removed(path, run):
    for name in ("prod", "staging"):
        run("profile", "add", name, "--url", f"https://{name}", "--key-file", "/k", "--no-check")

    assert run("profile", "use", "staging") == (0, "staging is the default\n", "")
    assert json.loads(run("profile", "show", "--output", "json")[1])["name"] == "staging"
    assert run("profile", "remove", "prod") == (0, "profile prod is removed\n", "")
    assert [row["name"] for row in json.loads(run("profile", "list", "--output", "json")[1])] == ["staging"]


def test_the_one_for_a_command_alone_is_named_by_an_option(path, run):
    for name in ("prod", "staging"):
        run("profile", "add", name, "--url", f"https://{name}", "--key-file", "/k", "--no-check")

    assert (
        json.loads(run("--profile", "staging", "profile", "show", "--output", "json")[1])["url"]
        == "https://staging"
    )


def test_without_a_profile_there_is_a_hint(path, run):
    code, output, errors = run("profile", "list")

    assert (code, output) == (0, "")
    assert "odooops profile add" in errors


@pytest.mark.parametrize("words", [("status",), ("doctor",), ("query", "logs"), ("logs", "production")])
def test_what_asks_the_local_stack_takes_no_profile(path, run, words, capsys):
    try:
        code = run(*words, "--profile", "prod")[0]
    except SystemExit as stop:
        code = stop.code
    assert code == 2
    assert os.path.exists(path) is False
