"""nginx.conf: one port, Odoo's deployment guide, static files."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from odooops.stack import nginx
from odooops.stack.packages import program


@pytest.fixture
def text(state, tree) -> str:
    return nginx.render(state, tree)


def block(text: str, start: str) -> str:
    """The text between the braces that follow ``start``."""
    return re.search(re.escape(start) + r" \{\n(.*?)\n *\}", text, re.DOTALL)[1]


def test_it_listens_on_the_user_s_port_on_loopback_only(text):
    assert re.findall(r"^\s*listen (.*);", text, re.MULTILINE) == ["127.0.0.1:8069"]


def test_websockets_go_to_the_evented_process_and_the_rest_to_the_workers(text):
    assert "http://odoo_evented" in block(text, "location /websocket")
    assert "http://odoo;" in block(text, "location /")
    assert "127.0.0.1:8172" in block(text, "upstream odoo_evented")
    assert "127.0.0.1:8170" in block(text, "upstream odoo")


def test_odoo_learns_the_client_s_host_address_and_scheme(text):
    for header in ("X-Forwarded-Host $http_host", "X-Forwarded-For $proxy_add", "X-Forwarded-Proto $scheme"):
        assert f"proxy_set_header {header}" in text


def test_no_query_string_goes_to_the_log(text):
    log_format = text[text.index("log_format") : text.index("access_log")]
    assert not re.search(r"\$(request|request_uri|args|query_string|http_cookie|http_referer)\b", log_format)


def test_static_files_are_looked_for_in_each_addon_directory_and_then_in_odoo():
    places = nginx.static_locations([(Path("/a"), "expires 7d;"), (Path("/b"), "expires 1d;")])
    assert re.findall(r"location (\S+ ?\S*) \{|root (\S+);|try_files \$uri (\S+);", places) == [
        ("~ ^/[^/]+/static/.+$", "", ""),
        ("", "/a", ""),
        ("", "", "@static1"),
        ("@static1", "", ""),
        ("", "/b", ""),
        ("", "", "@odoo"),
    ]


def test_everything_nginx_writes_is_below_the_state(state, text):
    paths = re.findall(r"(?:pid|_temp_path|alias)\s+(\S+);", text)
    assert len(paths) == 7
    assert all(path.startswith(str(state.directory)) for path in paths)


@pytest.mark.skipif(not program("nginx"), reason="nginx is not installed")
def test_nginx_accepts_the_configuration(state, tree):
    if not shutil.which("setpriv"):
        pytest.skip("setpriv is not installed")
    nginx.write(state, tree)
    assert subprocess.run([*nginx.command(state), "-t", "-q"], check=False).returncode == 0
