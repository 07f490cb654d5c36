"""The file of profiles: read with care, changed without losing what its owner wrote, and which profile counts."""

import os

import pytest

from odooops import profile_file, profiles, target
from odooops.endpoints import NothingUp
from odooops.profiles import ProfileError, Profiles
from odooops.stack.errors import StackError

KEY = "0123456789abcdef0123456789abcdef01234567"
TEXT = f"""\
# Ours.
default = "staging"

[profiles.staging]
url = "https://staging.example.com"   # behind the VPN
key = "{KEY}"

[rollback.staging]
command = ["deploy", "--to"]
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "odooops" / "config.toml"
    path.parent.mkdir()
    return path


def written(path, text, mode=0o600):
    path.write_text(text)
    path.chmod(mode)
    return profiles.read(path)


def test_profiles_and_rollback_commands_are_read(file):
    found = written(file, TEXT)

    assert found.default == "staging"
    assert found.get("staging").url == "https://staging.example.com"
    assert found.get("staging").read_key() == KEY
    assert found.rollback == {"staging": ("deploy", "--to")}


def test_no_file_is_no_profile(file):
    assert profiles.read(file) == Profiles(file)


def test_the_file_is_where_the_xdg_specification_wants_it(monkeypatch):
    monkeypatch.setenv("HOME", "/home/x")
    assert str(profiles.config_file({"XDG_CONFIG_HOME": "/c"})) == "/c/odooops/config.toml"
    for environ in ({}, {"XDG_CONFIG_HOME": "relative"}, {"XDG_CONFIG_HOME": ""}):
        assert str(profiles.config_file(environ)) == "/home/x/.config/odooops/config.toml"


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660])
def test_a_file_that_others_can_read_is_refused_with_the_remedy(file, mode):
    with pytest.raises(ProfileError, match=f"chmod 600 {file}"):
        written(file, TEXT, mode)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = ", "is no TOML"),
        ('default = "x"', "default names a profile that is not there"),
        ("profiles = 1", "profiles has to be tables"),
        ("[profiles]\nx = 1", "profiles has to be tables"),
        ('[profiles.x]\nurl = "https://x"', "exactly one of key, key_file and key_command"),
        ('[profiles.x]\nkey = "k"', "needs url"),
        ('[profiles.x]\nurl = "https://x"\nkey = "k"\nkey_file = "/k"', "exactly one of"),
        ('[profiles.x]\nurl = "https://x"\nkey = 5', "key: write text"),
        ('[profiles.x]\nurl = "https://x"\nkey = "k"\ntoken = "t"', "has token, which is none of"),
        ('[profiles.x]\nurl = "https://x"\nkey_command = []', "key_command: write the program"),
        ('[profiles.x]\nurl = "https://x"\nkey_command = "pass show"', "key_command: write the program"),
        ('[profiles.x]\nurl = "https://x"\nkey_command = [1]', "key_command: write the program"),
        ('[profiles.x]\nurl = "https://x"\nkey = "k"\ninsecure = "yes"', "insecure: write true or false"),
        ("[rollback.x]", "needs command and nothing else"),
        ('[rollback.x]\ncommand = ["a"]\nshell = true', "needs command and nothing else"),
        ('[rollback.x]\ncommand = "rm -rf"', "command: write the program"),
    ],
)
def test_a_mistake_is_told_in_one_line_that_names_the_place(file, text, said):
    with pytest.raises(ProfileError) as failed:
        written(file, text)
    assert str(file) in str(failed.value)
    assert said in str(failed.value)
    assert "\n" not in str(failed.value)


def test_a_file_that_is_no_text_is_refused(file):
    file.write_bytes(b"\xff\xfe")
    file.chmod(0o600)
    with pytest.raises(ProfileError, match="cannot be read"):
        profiles.read(file)


def test_an_unknown_profile_is_answered_with_the_known_ones(file):
    with pytest.raises(ProfileError, match=r"no profile production in .*; known are: staging"):
        written(file, TEXT).get("production")


def profile(**options):
    return profiles.Profile("x", "https://x", **options)


def test_a_key_comes_from_a_file_of_its_own(tmp_path):
    (tmp_path / "key").write_text(f"{KEY}\n")
    (tmp_path / "key").chmod(0o600)
    assert profile(key_file=str(tmp_path / "key")).read_key() == KEY


def test_a_file_with_a_key_that_others_can_read_or_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ProfileError, match="is not there"):
        profile(key_file=str(tmp_path / "key")).read_key()
    (tmp_path / "key").write_text(KEY)
    (tmp_path / "key").chmod(0o644)
    with pytest.raises(ProfileError, match="chmod 600"):
        profile(key_file=str(tmp_path / "key")).read_key()


def test_a_key_comes_from_a_command():
    assert profile(key_command=("printf", "%s\n", KEY)).read_key() == KEY


@pytest.mark.parametrize(
    ("command", "said"),
    [(("false",), "false failed with exit code 1"), (("no-such-program",), "no-such-program cannot be run")],
)
def test_a_command_that_gives_no_key_is_named(command, said):
    with pytest.raises(ProfileError, match=said):
        profile(key_command=command).read_key()


def test_a_key_is_in_no_representation():
    assert KEY not in repr(profile(key=KEY))


def test_the_first_profile_becomes_the_default_and_nobody_else_can_read_it(tmp_path):
    path = tmp_path / "new" / "odooops" / "config.toml"
    profile_file.add(path, "production", url="https://x", key=KEY, database=None, insecure=False)
    profile_file.add(path, "staging", url="https://y", key_command=["pass", "show"])

    found = profiles.read(path)
    assert found.default == "production"
    assert set(found.profiles) == {"production", "staging"}
    assert found.get("staging").key_command == ("pass", "show")
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_change_keeps_comments_and_everything_else(file):
    written(file, TEXT)
    profile_file.add(file, "production", url="https://x", key=KEY)
    profile_file.use(file, "production")
    profile_file.remove(file, "staging")

    text = file.read_text()
    assert "# Ours." in text
    assert 'command = ["deploy", "--to"]' in text
    assert profiles.read(file).default == "production"
    assert set(profiles.read(file).profiles) == {"production"}


def test_without_its_default_a_file_has_none(file):
    written(file, TEXT)
    profile_file.remove(file, "staging")
    assert profiles.read(file).default is None


def test_a_file_with_a_mistake_is_not_written_over(file):
    file.write_text("x = ")
    file.chmod(0o600)
    with pytest.raises(ProfileError):
        profile_file.add(file, "x", url="https://x", key=KEY)
    assert file.read_text() == "x = "


def test_a_link_to_a_file_elsewhere_stays_a_link(file, tmp_path):
    real = tmp_path / "dotfiles.toml"
    written(real, TEXT)
    file.symlink_to(real)
    profile_file.add(file, "production", url="https://x", key=KEY)
    assert file.is_symlink()
    assert "production" in profiles.read(real).profiles


@pytest.mark.parametrize("name", ["", "a b", "-x", "ü", "a/b", "x" * 64, 'a"b'])
def test_a_name_that_no_profile_can_have_is_refused(file, name):
    with pytest.raises(ProfileError, match="use letters"):
        profile_file.add(file, name, url="https://x", key=KEY)


LOCAL_URL = {"ODOOOPS_URL": "http://127.0.0.1:1", "ODOOOPS_API_KEY": KEY}


@pytest.mark.parametrize(
    ("profile_option", "state", "environ", "chosen"),
    [
        (None, None, {}, "staging"),
        (None, None, {"ODOOOPS_STATE": "/srv/x"}, "local"),
        (None, "/srv/x", {}, "local"),
        (None, "/srv/x", {"ODOOOPS_PROFILE": "production"}, "local"),
        (None, "/srv/x", LOCAL_URL, "environment"),
        (None, None, LOCAL_URL, "environment"),
        (None, None, {**LOCAL_URL, "ODOOOPS_PROFILE": "production"}, "environment"),
        (None, None, {"ODOOOPS_PROFILE": "production", "ODOOOPS_STATE": "/srv/x"}, "production"),
        ("production", None, LOCAL_URL, "production"),
        ("production", "/srv/x", {}, "production"),
    ],
)
def test_the_nearest_choice_wins(file, profile_option, state, environ, chosen):
    known = written(file, f'{TEXT}\n[profiles.production]\nurl = "https://p"\nkey = "{KEY}"\n')
    found = target.choose(profile_option, state, environ, known)
    assert (found.profile.name if found.profile else found.source) == chosen


@pytest.mark.parametrize("alone", ["ODOOOPS_URL", "ODOOOPS_API_KEY"])
def test_an_address_and_a_key_go_together(file, alone):
    environ = {alone: LOCAL_URL[alone]}
    chosen = target.choose(None, None, environ, written(file, TEXT))
    with pytest.raises(StackError, match=f"{alone} is set and"):
        target.connect(chosen, environ)


def test_a_key_of_the_environment_is_not_sent_to_the_address_of_a_profile(file):
    chosen = target.choose("staging", None, LOCAL_URL, written(file, TEXT.replace(KEY, "b" * 40)))
    client = target.connect(chosen, LOCAL_URL)
    assert (client.url, client.key) == ("https://staging.example.com", "b" * 40)


def test_a_local_stack_that_does_not_run_is_nothing_up(state):
    chosen = target.choose(None, str(state.directory), {}, Profiles(state.directory))
    with pytest.raises(NothingUp):
        target.connect(chosen, dict(os.environ))


def test_a_local_stack_has_the_key_that_setup_up_made(state, monkeypatch):
    monkeypatch.setattr("odooops.endpoints.require_running", lambda directory: None)
    state.path("run", "components.json").write_text(
        '{"version": 1, "components": [{"name": "nginx", "listen": "127.0.0.1:8069"}]}'
    )
    chosen = target.choose(None, str(state.directory), {}, Profiles(state.directory))
    with pytest.raises(StackError, match="setup/up makes it"):
        target.connect(chosen, {})
    state.path("secrets").mkdir(mode=0o700)
    state.path("secrets", "api-key").write_text(f"{KEY}\n")
    state.path("secrets", "api-key").chmod(0o600)

    client = target.connect(chosen, {})
    assert (client.url, client.key) == ("http://127.0.0.1:8069", KEY)
