"""Tokens that Odoo puts into paths do not leave the process."""

import subprocess
import sys
from pathlib import Path

import pytest
from odooops_otel.tools.url import known_scheme, path_without_secrets, target

PATHS = [
    ("/survey/start/<string:survey_token>", "/survey/start/abc", "/survey/start/REDACTED"),
    (
        "/survey/print/<string:survey_token>/<string:answer_token>",
        "/survey/print/abc/def/",
        "/survey/print/REDACTED/REDACTED/",
    ),
    ("/web/content/<int:id>-<string:unique>", "/web/content/12-5f2e", "/web/content/12-REDACTED"),
    ("/r/<string:code>/m/<int:mail_id>", "/r/x9/m/7", "/r/REDACTED/m/7"),
    ("/a/<any(x, y):kind>/<api_key>", "/a/x/k1", "/a/x/REDACTED"),
    ("/files/<path:token_path>", "/files/a/b/c", "/files/REDACTED"),
    ("/web/hook/<string:rule_uuid>", "/web/hook/5f2e-11", "/web/hook/REDACTED"),
    (
        "/web/image/<int:id>-<string:unique>/<int:width>x<int:height>/<string:filename>",
        "/web/image/7-a-b/10x20/c-x.png",
        "/web/image/7-REDACTED/10x20/c-x.png",
    ),
]


@pytest.mark.parametrize(("route", "path", "shown"), PATHS)
def test_placeholders_named_like_secrets_are_redacted(route, path, shown):
    assert path_without_secrets(path, route) == shown


@pytest.mark.parametrize(
    ("route", "path"),
    [
        ("/web/login", "/web/login"),
        ("/web/dataset/call_kw/<path:path>", "/web/dataset/call_kw/res.partner/read"),
        (None, "/anything"),
        (None, "/web/health"),
        ("/<path:path>", "/no/such/page/1234"),
        ("/odoo/<path:path>", "/odoo/action-123/aB3xQ9"),
        ("/x/<string:token>", None),
    ],
)
def test_other_paths_are_shown_as_they_are(route, path):
    assert path_without_secrets(path, route) == path


@pytest.mark.parametrize("route", [None, "", "/<path:path>"])
def test_without_a_route_only_words_and_small_numbers_are_shown(route):
    """The database is down, or nothing fits: nobody tells which part is a token."""
    assert path_without_secrets("/survey/start/8f7a-planted0", route) == "/survey/start/REDACTED"
    assert path_without_secrets("/my/orders/12/aB3xQ9", route) == "/my/orders/12/REDACTED"


def test_path_that_does_not_fit_its_route_is_not_shown_at_all():
    assert path_without_secrets("/elsewhere/abc", "/survey/start/<string:survey_token>") == "REDACTED"


def test_no_token_of_any_form_is_left():
    for token in ("abc", "a%2Fb", "ü", "a b", "a-b", "<x>", "a\nb"):
        shown = path_without_secrets(f"/survey/start/{token}", "/survey/start/<string:survey_token>")
        assert shown == "/survey/start/REDACTED"


@pytest.mark.parametrize("path", ["/a/" + "-x" * 30_000 + "/", "/a/" + "x/" * 30_000 + "\n"])
def test_a_hostile_path_does_not_make_the_expression_run_away(path):
    """With backtracking over all ways to part it, four thousand characters take most of a minute."""
    program = (
        "import sys; sys.path.insert(0, sys.argv[1]); from tools import url\n"
        "path = sys.stdin.read()\n"
        "for route in ('/a/<w>-<x>-<y>-<token>/b', '/a/<path:x>/<path:token>/b'):\n"
        "    assert url.path_without_secrets(path, route) == 'REDACTED'"
    )
    addon = Path(__file__).parents[3] / "addons/odooops_otel"
    subprocess.run([sys.executable, "-c", program, str(addon)], input=path, text=True, check=True, timeout=30)


TARGETS = [
    (
        "https://api.shop.example/v2/orders?key=s3cr3t#x",
        "https://api.shop.example/v2/orders",
        "api.shop.example",
        443,
    ),
    ("http://user:s3cr3t@shop.example:8080/", "http://shop.example:8080/", "shop.example", 8080),
    ("http://[::1]:8069/jsonrpc", "http://[::1]:8069/jsonrpc", "::1", 8069),
    ("HTTPS://SHOP.example", "https://shop.example", "shop.example", 443),
    ("https://a.example/web/dataset/call_kw/res.partner/read", None, "a.example", 443),
    ("https://a.example/orders/1234/lines.json", None, "a.example", 443),
    (
        "https://hooks.slack.com/services/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",
        "REDACTED",
        "hooks.slack.com",
        443,
    ),
    (
        "https://api.telegram.org/bot110201543:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe",
        "REDACTED",
        "api.telegram.org",
        443,
    ),
    ("https://a.example/reset/9f86d081884c7d659a2feaa0c55ad015", "REDACTED", "a.example", 443),
    ("https://a.example/users/jane.doe@mail.example", "REDACTED", "a.example", 443),
    ("https://a.example/x/eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc", "REDACTED", "a.example", 443),
]


@pytest.mark.parametrize(("url", "shown", "host", "port"), TARGETS)
def test_the_target_of_a_request_is_told_without_what_may_be_a_secret(url, shown, host, port):
    found = target(url)

    assert (found.host, found.port) == (host, port)
    if shown == "REDACTED":
        assert "REDACTED" in found.url
        assert not any(part in found.url for part in url.split("/")[-1:] if part != "getMe")
    else:
        assert found.url == (shown or url)
    assert "s3cr3t" not in found.url


@pytest.mark.parametrize("url", ["http://[", "http://a.example:port/", "http://a.example:99999/"])
def test_what_is_no_url_is_not_shown(url):
    assert target(url) == ("REDACTED", "", None)


def test_the_longest_path_is_read_in_no_time():
    assert target("https://a.example/" + "aA" * 500_000).url.startswith("https://a.example/REDACTED")


@pytest.mark.parametrize(
    ("scheme", "known"),
    [("http", "http"), ("https", "https"), ("made-up", "other"), ("", "other"), (None, None)],
)
def test_a_scheme_is_one_of_few(scheme, known):
    assert known_scheme(scheme) == known
