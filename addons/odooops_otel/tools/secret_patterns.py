"""How secrets look in free text: what the policy of :mod:`redact` looks for, and what it puts in place.

Every pattern begins where its first sign is, or behind a sign that cannot be part of it, and repeats at most a
fixed number of times or without a way back: the time grows with the length of the text, whoever chose it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

REDACTED = "REDACTED"

# Names whose values are nobody else's business: of parameters, fields, headers, attributes.
SECRET_NAME = (
    r"passw(?:or)?d|passphrase|passcode|secret|token|api[_-]?key|access[_-]?key|private[_-]?key|encryption[_-]?key"
    r"|credential|authorization|cookie|session[._-]?id|signature|enterprise[._]code"
    r"|\botp\b|\bpwd\b|\bcsrf|\bcvv2?\b|\bcvc\b"
)
SECRET_SIGNS = tuple(
    "pass secret token key cred auth cookie session sign enterprise otp pwd csrf cvv cvc".split()
)
# A value: quoted (in a text that is quoted itself: with backslashes), or a scheme with its credentials, or up to what
# ends a word.
_QUOTED = r"""\\"[^"\\]*+\\"|\\'[^'\\]*+\\'|b?"(?:[^"\\]|\\.)*+"|b?'(?:[^'\\]|\\.)*+'"""
VALUE = (
    # All values of a list, a tuple or a dictionary
    rf"""(?:(?<=[\[({{])(?:{_QUOTED}|\\.|[^\])}}"'\\\n])++"""
    rf"|{_QUOTED}"
    r"""|digest\s++[^\r\n'}]*+|(?:bearer|basic|token)\s++[^\s"',;]++|[^\s"',;&)}\]]++)"""
)


class Rule(NamedTuple):
    """``signs``: one of which a text must hold (in lower case) for the pattern to be tried."""

    signs: tuple[str, ...]
    pattern: re.Pattern
    replacement: str


def named(names: str) -> re.Pattern:
    """name=value, "name": value, ("name", value)

    :param names: a pattern of the names
    """
    return re.compile(
        rf"""((?:{names})[\w.-]{{0,40}}(?:\\?["']?\s{{0,3}}[:=]|["'],)\s{{0,3}}[\[({{]?){VALUE}""",
        re.IGNORECASE,
    )


def _kept(*signs: str, pattern: str, flags: int = 0, end: str = "") -> Rule:
    """A rule whose first group stays."""
    return Rule(signs, re.compile(pattern, flags), rf"\1{REDACTED}{end}")


def _whole(*signs: str, pattern: str) -> Rule:
    """A rule of which nothing stays."""
    return Rule(signs, re.compile(pattern), REDACTED)


_GENERAL = (
    # PEM (RFC 7468)
    _kept("private key-----", pattern=r"(-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----)[^-]*+"),
    # All of a header, whatever its cookies are called
    _kept(
        "cookie",
        pattern=r"(\b(?:set-)?cookie: {0,3})(?=[^\s\"'=;,]{1,60}=)[^\r\n\"']++",
        flags=re.IGNORECASE,
    ),
    Rule(SECRET_SIGNS, named(SECRET_NAME), rf"\1{REDACTED}"),
    # <password>…</password>, and XML-RPC's <name>password</name><value><string>…
    _kept(
        "</",
        pattern=rf"(<(?:\w{{1,20}}:)?[\w.-]{{0,40}}(?:{SECRET_NAME})[\w.-]{{0,40}}>)[^<\s][^<]*+",
        flags=re.IGNORECASE,
    ),
    _kept(
        "</name>",
        pattern=rf"((?:{SECRET_NAME})[\w.-]{{0,40}}</name>\s{{0,20}}<value>\s{{0,20}}(?:<\w{{1,20}}>)?)[^<\s][^<]*+",
        flags=re.IGNORECASE,
    ),
    # A field of a multipart body (RFC 7578)
    _kept(
        "form-data",
        pattern=rf"""(name=\\?"[\w.-]{{0,40}}(?:{SECRET_NAME})[\w.-]{{0,40}}\\?"[^\r\n]{{0,200}}+\s{{2,8}})[^\r\n]++""",
        flags=re.IGNORECASE,
    ),
    # RFC 6750, RFC 7617
    # but not "basic authentication": credentials have digits, or capitals inside
    _kept(
        "bearer",
        "basic",
        pattern=r"(\b(?i:bearer|basic) {1,3})(?=[\w.~+/=-]{8})[\w.~+/-]{0,200}?(?:[\d=]|[a-z][A-Z])[\w.~+/=-]*+",
    ),
    # JSON Web Token (RFC 7519): its head begins with {" in base64
    _whole("eyj", pattern=r"\beyJ[\w-]{8,}+\.[\w-]++(?:\.[\w-]*+)?"),
    # Keys that say whose they are: AWS, GitHub, GitLab, Slack, Stripe, Google, Standard Webhooks
    _whole(
        *"akia asia gh glpat- xox k_live_ k_test_ aiza whsec_".split(),
        pattern=r"\b(?:A(?:KIA|SIA)[0-9A-Z]{16}|gh[pousr]_\w{36}|github_pat_\w{22,}+|glpat-[\w-]{20,}+"
        r"|xox[abeoprs]-[\w-]{10,}+|[rs]k_(?:live|test)_\w{16,}+|AIza[\w-]{35}|whsec_[\w+/=]{24,}+)",
    ),
    # user:password@ of a URL (RFC 3986 §3.2.1)
    Rule(("://",), re.compile(r"://[^\s/@:\"']{0,100}+:[^\s/\"']{1,200}@"), f"://{REDACTED}@"),
    # The path of a webhook may be its password; urllib3 and requests quote it.
    _kept(" url: ", pattern=r"((?:with|for) url: (?:\w{1,10}+://[^\s/]{1,260}+)?/)[^\s)]++"),
    # The query of a path or URL: more than the signs that may follow the placeholder of a statement
    Rule(
        ("?",),
        re.compile(r"(?<=[^\s?])\?[,;:.?!)\]}]{0,20}+[^\s\"'<>#,;:.?!)\]}][^\s\"'<>#]*+"),
        f"?{REDACTED}",
    ),
    # Not vue@3.4.21
    _whole("@", pattern=r"(?<![\w.+-])[\w.+-]{1,64}+@(?:[\w-]{1,63}+\.){1,8}(?!\d)[\w-]{2,63}+"),
)

_ODOO = (
    # "Login failed for login:%s from %s"; people type passwords there, and whatever else.
    _kept(
        " for login:",
        pattern=r"(Login (?:failed|successful) for login:)[\s\S]{1,200}?(?= from \S{1,45}\s*\Z)",
    ),
    _kept("login:", pattern=r"(\blogin:)\S++"),
    # auth_signup, auth_totp_mail: "Password reset email sent for user <%s> to <%s>", "… attempt for <%s> by user <%s>"
    _kept(" <", pattern=r"(\b(?:attempt for|user) <)[^>\n]{1,200}+"),
    # auth_totp: "2FA check: FAIL for %s %r"; ir.cron: "… executed while the user %s is archived."
    _kept(
        "2fa ",
        pattern=r"(\b2FA [^\n]{1,60}? for [\w.]{1,40}\([\d, ]{0,200}\) )[^\n]{1,200}?(?= by uid |$)",
        flags=re.M,
    ),
    _kept("while the user ", pattern=r"(while the user )\S++"),
    # res.device.log: "User 2 inserts device log (…)", the half of a session id that the database knows
    _whole("device log (", pattern=r"(?<=device log \()[\w-]++"),
)

_PYTHON = (
    _kept(
        "with base ",
        "convert string to",
        "isoformat string",
        "data remains",
        pattern=r"(invalid literal for \w{1,10}\(\) with base \d{1,2}: |could not convert string to \w{1,10}: "
        r"|Invalid isoformat string: |unconverted data remains: )[^\n]++",
    ),
    _kept("time data ", pattern=r"(time data )[^\n]{1,200}?(?= does not match format)"),
)

# What a message of PostgreSQL quotes of what it was given
_POSTGRESQL = (
    # The values of a key, up to the words behind them, or what is left of the line: a value may hold a bracket
    _kept(
        "key (",
        pattern=r"(Key \([^=\n]{1,200}+(?<=\))=\()"
        r"(?:[\s\S]{0,200}?(?=\) (?:already exists|is not present|is still referenced|conflicts with))|[^\n]*)",
    ),
    Rule((")=(",), re.compile(r"\)=\((?!REDACTED\))[^)]*+\)"), f")=({REDACTED})"),
    _kept("failing row", pattern=r"(Failing row contains \().*"),
    # The line that a syntax error shows, also where the message is quoted as Python writes it, with \\n for a new line
    _kept(
        "line ",
        pattern=r"((?:\b|\\n)LINE \d{1,9}: )[^\\\n]*(?:\\(?!n)[^\\\n]*)*(\n[ ]{0,200}\^)?",
        flags=re.MULTILINE,
    ),
    # invalid input syntax for type integer: "…", date/time field value out of range: "…"
    _kept(
        "invalid ",
        "malformed ",
        "out of range",
        pattern=r"""((?:invalid|malformed|out of range)[^"\n]{0,120}: \\?")[^"]{1,1000}""",
    ),
    _kept("at or near ", pattern=r"""(at or near \\?")[^"]{1,1000}"""),
    _kept("is out of range", pattern=r"""(\bvalue \\?")[^"\\\n]{1,1000}+(?=\\?" is out of range)"""),
    _kept("is invalid", pattern=r"""(\bToken \\?")[^"\\\n]{1,1000}+(?=\\?" is invalid)"""),
    _kept("json data, line", pattern=r"(JSON data, line \d{1,9}: )[^\n]++"),
    _kept(
        "copy ",
        pattern=r"""(\bCOPY [^\n:,]{1,200}+, line \d{1,9}(?:, column [^\n:]{1,100}+)?: \\?")[^\n]++""",
    ),
    _kept("parameter $", "parameters: $", pattern=r"(parameters?:? \$\d{1,5} = ).*"),
)

RULES: tuple[Rule, ...] = (*_GENERAL, *_ODOO, *_PYTHON, *_POSTGRESQL)

# The session id of Odoo: 63 random bytes in base64url (odoo/http.py, FilesystemSessionStore)
SESSION_ID = re.compile(r"(?<![\w-])[\w-]{84}(?![\w-])")
# What stands before the first sign is looked at behind it: `re` finds a first sign quickly.
CARD = re.compile(
    r"\d(?<![\w-]\d)(?<!\d\.\d)(?:\d{12,18}|\d{3}(?:[ -]\d{4}){2,5}(?:[ -]\d{1,3})?|\d{3}[ -]\d{6}[ -]\d{4,5})(?![\w-])"
)
# Numbers that payment networks give out, by their first digits and their length: not those of clocks
_ISSUED = re.compile(
    r"4\d{12}(?:\d{3}){0,2}|3(?:[0689]\d{12}|[47]\d{13}|5\d{14})|(?:5\d|6\d|2[2-7])\d{14}(?:\d{3})?"
)
IBAN = re.compile(
    r"[A-Z](?<![\w-][A-Z])[A-Z]\d{2}(?:[A-Z0-9]{11,30}|(?: [A-Z0-9]{4}){2,7}(?: [A-Z0-9]{1,4})?)(?![\w-])"
)


def card(match: re.Match) -> str:
    """The match without the payment card number in it; other long numbers are left."""
    parts = re.split(r"([ -])", match[0])  # digits at even places
    for start in range(0, len(parts), 2):
        for end in range(len(parts), start, -2):
            if _is_card("".join(parts[start:end:2])):
                return "".join((*parts[:start], REDACTED, *parts[end:]))
    return match[0]


def _is_card(number: str) -> bool:
    """Whether it is one that is given out, with the right check digit (ISO/IEC 7812-1, Luhn)."""
    digits = [int(sign) for sign in reversed(number)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return bool(_ISSUED.fullmatch(number)) and (sum(digits[::2]) + doubled) % 10 == 0


def iban(match: re.Match) -> str:
    """The match without the bank account in it; other words are left. The last group may be the next word."""
    text = match[0]
    for end in (len(text), text.rfind(" ")):
        if _is_iban(text[:end].replace(" ", "")):
            return REDACTED + text[end:]
    return text


def _is_iban(text: str) -> bool:
    """Whether it has the right check digits (ISO 13616, modulo 97)."""
    return len(text) >= 15 and int("".join(str(int(sign, 36)) for sign in text[4:] + text[:4])) % 97 == 1
