"""The client of /json/2: what it sends, what it makes of every kind of answer, and that the key stays with us."""

import datetime
import functools
import http.server
import ipaddress
import json
import ssl
import threading

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from fake_odoo import KEY, FakeOdoo, Refusal
from http_servers import dripping, huge, serving, silent

from odooops import http_transport
from odooops.client import BadTarget, Client, NotAllowed, NotInstalled, OdooError, check_url
from odooops.http_transport import NotReached, post
from odooops.stack.errors import StackError


def ask(server, **options):
    return Client(server.url, KEY, **options).call("odooops.event", "search_read", domain=[])


def answering(status, body):
    return lambda request, _asked: request.answer(status, body)


def refused(server) -> str:
    """The one line with which a call fails; neither the key nor a traceback is in it."""
    with pytest.raises(StackError) as failed:
        ask(server)
    said = str(failed.value)
    assert KEY not in said
    assert "planted" not in said
    assert "\n" not in said
    return said


def test_a_call_has_the_key_the_arguments_and_the_records_it_is_called_on():
    with serving(answering(200, [{"id": 1}])) as server:
        found = Client(server.url, KEY, "odoo").call("res.partner", "read", [1, 2], fields=["name"])

    (asked,) = server.asked
    assert found == [{"id": 1}]
    assert asked["path"] == "/json/2/res.partner/read"
    assert asked["headers"]["Authorization"] == f"bearer {KEY}"
    assert asked["headers"]["X-Odoo-Database"] == "odoo"
    assert json.loads(asked["body"]) == {"ids": [1, 2], "fields": ["name"]}


def test_without_a_database_none_is_asked_for():
    with serving(answering(200, [])) as server:
        ask(server)

    assert "X-Odoo-Database" not in server.asked[0]["headers"]


@pytest.mark.parametrize(
    ("status", "name", "message", "kind", "said"),
    [
        (401, "werkzeug.exceptions.Unauthorized", "Invalid apikey", NotAllowed, "does not know the API key"),
        (
            403,
            "odoo.exceptions.AccessError",
            "You may not.\nAsk somebody.",
            NotAllowed,
            "You may not. Ask somebody.",
        ),
        (404, "odoo.exceptions.MissingError", "Record is gone", OdooError, "Record is gone"),
        (404, "werkzeug.exceptions.NotFound", "the model does not exist", NotInstalled, "addon odooops_base"),
        (422, "odoo.exceptions.UserError", "Name it.", OdooError, "Name it."),
        (
            500,
            "builtins.ValueError",
            "Invalid field 'x'",
            OdooError,
            "ValueError): Invalid field 'x'; its log",
        ),
    ],
)
def test_each_error_of_odoo_is_one_line_without_its_traceback(status, name, message, kind, said):
    odoo = FakeOdoo().on("odooops.event.search_read", Refusal(status, name, message))

    with pytest.raises(kind) as failed:
        odoo.client.call("odooops.event", "search_read")

    assert said in str(failed.value)
    assert "planted" not in str(failed.value)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize("status", [403, 404, 422])
def test_what_odoo_says_against_a_call_comes_whole(status):
    sentence = "Write one of " + ", ".join(f"choice-{number}" for number in range(100)) + "."
    refusal = Refusal(status, "odoo.exceptions.MissingError", sentence)
    odoo = FakeOdoo().on("odooops.event.search_read", refusal)

    with pytest.raises(OdooError) as failed:
        odoo.client.call("odooops.event", "search_read")

    assert str(failed.value) == sentence


def test_what_is_too_long_for_a_terminal_ends_behind_a_word_and_says_so():
    with serving(answering(422, {"message": "word " * 10_000})) as server:
        said = refused(server)
    assert said.endswith("word word …")
    assert len(said) < 5000


def test_a_key_that_odoo_repeats_is_not_printed():
    said = {"name": "x", "message": f"Wrong: {KEY}", "debug": "planted"}
    with serving(answering(422, said)) as server:
        assert refused(server) == "Wrong: …"


def test_what_odoo_says_cannot_steer_the_terminal():
    with serving(answering(422, {"message": "a\x1b[2Jb\r\nc"})) as server:
        assert refused(server) == "a\\x1b[2Jb c"


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (200, "<html>login</html>", "has no /json/2 (200)"),
        (404, "<html>not found</html>", "ODOOOPS_DATABASE"),
        (502, "<html>Bad Gateway</html>", "has no answer from it (502)"),
        (504, "", "has no answer from it (504)"),
        (500, [], "failed in Odoo (500): no reason given"),
    ],
)
def test_what_is_not_odoo_is_told_as_such(status, body, said):
    with serving(answering(status, body)) as server:
        assert said in refused(server)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_the_key_follows_no_redirect(status):
    with serving(answering(200, [])) as other:

        def elsewhere(request, _asked):
            request.send_response(status)
            request.send_header("Location", f"{other.url}/json/2/odooops.event/search_read")
            request.send_header("Content-Length", "0")
            request.end_headers()

        with serving(elsewhere) as server:
            assert "a key follows no redirect" in refused(server)

    assert other.asked == []


def test_a_password_file_of_the_user_does_not_replace_the_key(tmp_path, monkeypatch):
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login admin password planted\n")
    (tmp_path / ".netrc").chmod(0o600)
    monkeypatch.setenv("NETRC", str(tmp_path / ".netrc"))
    with serving(answering(200, [])) as server:
        ask(server)

    assert server.asked[0]["headers"]["Authorization"] == f"bearer {KEY}"


def test_nobody_there_is_told_apart_from_a_refusal():
    with serving(answering(200, [])) as server:
        pass  # gone again
    with pytest.raises(NotReached, match="does not answer: connection refused"):
        ask(server)


@pytest.mark.parametrize("behave", [dripping, silent])
def test_an_answer_that_does_not_come_is_not_waited_for(behave):
    def impatient(url, headers, body, _seconds):
        return post(url, headers, body, 0.3)

    with serving(behave) as server, pytest.raises(NotReached, match=r"did not answer within 0\.3 s"):
        ask(server, transport=impatient)


def test_an_answer_without_an_end_is_cut(monkeypatch):
    monkeypatch.setattr(http_transport, "MAX_BYTES", 1_000_000)
    with serving(huge) as server:
        assert "larger than 1 MB" in refused(server)


def test_records_come_in_pages_until_there_are_no_more(monkeypatch):
    monkeypatch.setattr("odooops.client.PAGE", 2)
    everything = [{"id": number} for number in range(5)]
    odoo = FakeOdoo().on("x.search_read", lambda offset, limit, **_: everything[offset : offset + limit])

    assert odoo.client.search_all("x") == everything
    assert [(asked["offset"], asked["limit"]) for asked in odoo.asked("x.search_read")] == [
        (0, 2),
        (2, 2),
        (4, 2),
    ]


def test_no_more_records_are_asked_for_than_are_wanted(monkeypatch):
    monkeypatch.setattr("odooops.client.PAGE", 2)
    odoo = FakeOdoo().on("x.search_read", lambda limit, **_: [{"id": 1}] * limit)

    assert len(odoo.client.search_all("x", limit=3)) == 3
    assert [asked["limit"] for asked in odoo.asked("x.search_read")] == [2, 1]


def test_the_key_is_not_in_what_a_debugger_or_log_would_show():
    assert KEY not in repr(Client("https://odoo.example.com", KEY))


@pytest.mark.parametrize("key", ["", " ", "short", "a b" * 10, "x\r\nHost: evil" * 3, "ключ" * 5, "x" * 513])
def test_what_no_key_can_be_is_never_sent(key):
    with pytest.raises(BadTarget) as failed:
        Client("https://odoo.example.com", key)
    assert not key.strip() or key not in str(failed.value)


@pytest.mark.parametrize(
    "url", ["https://odoo.example.com/", "http://127.0.0.1:8069", "http://[::1]:8069", "http://localhost"]
)
def test_an_address_that_keeps_the_key_to_itself_is_taken(url):
    assert check_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url", ["http://odoo.example.com", "http://10.0.0.1", "http://localhost.example.com"]
)
def test_an_unencrypted_way_to_another_machine_has_to_be_allowed(url):
    with pytest.raises(BadTarget, match="insecure = true"):
        check_url(url)
    assert check_url(url, is_plain_allowed=True) == url


@pytest.mark.parametrize(
    "url",
    [
        "odoo.example.com",
        "ftp://odoo.example.com",
        "https://",
        "https://user:secret@odoo.example.com",
        "https://odoo.example.com/?key=secret",
        "https://odoo.example.com/#x",
        "https://odoo.example.com:port",
        "https://odoo.example.com:99999",
        "https://odoo example.com",
        "https://odoo.example.com\\@evil.example.com",
        "file:///etc/passwd",
        "",
    ],
)
def test_what_is_no_address_of_an_odoo_is_refused(url):
    with pytest.raises(BadTarget) as failed:
        check_url(url, is_plain_allowed=True)
    assert "secret" not in str(failed.value) or "user" not in url


@pytest.fixture
def own_authority(tmp_path):
    """A server for 127.0.0.1 whose certificate nobody has heard of; yields its address and that certificate."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own authority")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    encoded, file = serialization.Encoding.PEM, tmp_path / "server.pem"
    private = key.private_bytes(encoded, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file.write_bytes(private + certificate.public_bytes(encoded))
    (tmp_path / "authority.pem").write_bytes(certificate.public_bytes(encoded))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = http.server.HTTPServer(("127.0.0.1", 0), Empty)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"https://127.0.0.1:{server.server_port}", str(tmp_path / "authority.pem")
    server.shutdown()
    thread.join()
    server.server_close()


class Empty(http.server.BaseHTTPRequestHandler):
    """Answers with an empty list."""

    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, *arguments):
        """Tests print nothing."""


def test_a_certificate_that_is_not_trusted_ends_it_before_the_key_is_sent(own_authority):
    url, _authority = own_authority
    with pytest.raises(
        StackError, match=r"certificate of https://127\.0\.0\.1:\d+ is not trusted \(self-signed"
    ):
        Client(url, KEY).call("x", "y")


def test_an_authority_of_ones_own_can_be_trusted(own_authority):
    url, authority = own_authority
    client = Client(url, KEY, transport=functools.partial(post, ca_file=authority))

    assert client.call("x", "y") == []
