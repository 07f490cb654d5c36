"""What must not stand in a log line, and what stands there instead.

One policy for text that is free (messages, tracebacks) and so may hold anything: passwords, tokens, session ids
and the like, query strings, e-mail addresses, logins, card numbers, and the values that PostgreSQL quotes.
After the data that the OWASP Logging Cheat Sheet says to leave out
(https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude). It recognises by
form, so it is a net and not a proof: what nobody would recognise is not found.

Every pattern begins where its first sign is, or behind a sign that cannot be part of it, and repeats at most a
fixed number of times: the time grows with the length of the text, whoever chose it.
"""

from __future__ import annotations

import re

REDACTED = "REDACTED"

_SECRET_NAME = (
    r"passw(?:or)?d|passphrase|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|credential"
    r"|authorization|cookie|session[_-]?id|signature|\botp\b|\bpwd\b|\bcsrf"
)
_SECRET_SIGNS = (
    "pass",
    "secret",
    "token",
    "key",
    "cred",
    "auth",
    "cookie",
    "session",
    "sign",
    "otp",
    "pwd",
    "csrf",
)
# A value: quoted (in a text that is quoted itself: with backslashes), or a scheme with its credentials, or up to what
# ends a word.
_QUOTED = r"""\\"[^"\\]*+\\"|b?"(?:[^"\\]|\\.)*+"|b?'(?:[^'\\]|\\.)*+'"""
_VALUE = (
    # All values of a list, a tuple or a dictionary
    rf"""(?:(?<=[\[({{])(?:{_QUOTED}|\\.|[^\])}}"'\\\n])++"""
    rf"|{_QUOTED}"
    r"""|(?:bearer|basic|digest|token)\s++[^\s"',;]++|[^\s"',;&)}\]]++)"""
)
# Signs, one of which a text must hold (in lower case) for the rule to be tried; the rule; what it puts in place.
_RULES: tuple[tuple[tuple[str, ...], re.Pattern, str], ...] = (
    # PEM (RFC 7468)
    (("private key-----",), re.compile(r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-]*+"), r"\1" + REDACTED),
    # name=value, "name": value, ("name", value)
    (
        _SECRET_SIGNS,
        re.compile(
            rf"""((?:{_SECRET_NAME})[\w.-]{{0,40}}(?:\\?["']?\s{{0,3}}[:=]|["'],)\s{{0,3}}[\[({{]?){_VALUE}""",
            re.IGNORECASE,
        ),
        r"\1" + REDACTED,
    ),
    # RFC 6750, RFC 7617
    (
        ("bearer", "basic"),
        re.compile(r"\b(bearer|basic)\s{1,3}[\w.~+/=-]{8,}+", re.IGNORECASE),
        r"\1 " + REDACTED,
    ),
    # JSON Web Token (RFC 7519): its head begins with {" in base64
    (("eyj",), re.compile(r"\beyJ[\w-]{8,}+\.[\w-]++(?:\.[\w-]*+)?"), REDACTED),
    # user:password@ of a URL (RFC 3986 §3.2.1)
    (("://",), re.compile(r"://[^\s/@:\"']{0,100}+:[^\s/\"']{1,200}@"), f"://{REDACTED}@"),
    # The query of a path or URL: more than the signs that may follow the placeholder of a statement
    (
        ("?",),
        re.compile(r"(?<=[^\s?])\?[,;:.?!)\]}]{0,20}+[^\s\"'<>#,;:.?!)\]}][^\s\"'<>#]*+"),
        f"?{REDACTED}",
    ),
    (("@",), re.compile(r"(?<![\w.+-])[\w.+-]{1,64}+@(?:[\w-]{1,63}+\.){1,8}[\w-]{2,63}+"), REDACTED),
    # Odoo: "Login failed for login:%s from %s"; people type passwords there.
    (
        ("login:",),
        re.compile(r"\blogin:[^\s].{0,200}?(?= from |$)", re.MULTILINE),
        f"login:{REDACTED}",
    ),
    # Odoo's res.device.log: "User 2 inserts device log (…)", the half of a session id that the database knows
    (("device log (",), re.compile(r"(?<=device log \()[\w-]++"), REDACTED),
    # PostgreSQL: the values of a key, a row, the line that a syntax error shows, bound parameters
    ((")=(",), re.compile(r"\)=\([^)]*+\)"), f")=({REDACTED})"),
    (("failing row",), re.compile(r"(Failing row contains \().*"), r"\1" + REDACTED),
    # … also where the message is quoted as Python writes it, with \\n for a new line
    (
        ("line ",),
        re.compile(r"((?:^|\\n)LINE \d{1,9}: )(?:[^\\\n]|\\(?!n))*(\n[ ]{0,200}\^)?", re.MULTILINE),
        r"\1" + REDACTED,
    ),
    # invalid input syntax for type integer: "…", date/time field value out of range: "…"
    (
        ("invalid ", "malformed ", "out of range"),
        re.compile(r"""((?:invalid|malformed|out of range)[^"\n]{0,120}: \\?")[^"\n]{1,1000}"""),
        r"\1" + REDACTED,
    ),
    (("parameters: $",), re.compile(r"(?<=parameters: )\$1 = .*"), REDACTED),
)
# The session id of Odoo: 63 random bytes in base64url (odoo/http.py, FilesystemSessionStore)
_SESSION_ID = re.compile(r"(?<![\w-])[\w-]{84}(?![\w-])")
_DIGITS = re.compile(r"(?<![\w.-])\d(?:[ -]?\d){12,18}(?![\w-])")


def redact(text: str) -> str:
    """The text with ``REDACTED`` in place of what the rules above find."""
    signs = text.lower()
    for needles, pattern, replacement in _RULES:
        for needle in needles:
            if needle in signs:
                text = pattern.sub(replacement, text)
                break
    if len(text) >= 84:
        text = _SESSION_ID.sub(REDACTED, text)
    return _DIGITS.sub(_card, text)


def _card(match: re.Match) -> str:
    """A payment card number has a check digit (ISO/IEC 7812-1, Luhn); other long numbers are left."""
    digits = [int(sign) for sign in match[0] if sign.isdigit()][::-1]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return match[0] if (sum(digits[::2]) + doubled) % 10 else REDACTED
