"""Passwords and tokens in addresses, where everybody who sees the address would read them."""

from __future__ import annotations

import re
import urllib.parse

# scheme://user:password@ (RFC 3986, section 3.2.1); of what is written wrong, too, such as with two "@".
_USERINFO = re.compile(r"([a-z][a-z0-9+.-]*://)([^/?#\s]*)@", re.IGNORECASE)
# Who signs in there with a key of his own names himself, and that is no secret.
_NAMES_A_USER = frozenset({"ssh", "sftp", "scp", "rsync", "git+ssh"})
# Parameters by which stores and services let somebody in: signed addresses of S3, Azure and Google among them.
_LETS_IN = re.compile(
    r"(x-amz-|x-goog-)?(signature|credential|security-token)|sig|awsaccesskeyid|auth(orization)?|pass(word|wd)?|pwd"
    r"|([a-z0-9]+[-_])*(token|secret|api_?key|key)",
    re.IGNORECASE,
)


def has_credentials(address: str) -> bool:
    """Whether an address holds a password, a token, or a parameter that lets somebody in."""
    match = _USERINFO.match(address)
    if match and (":" in match[2] or match[1][:-3].lower() not in _NAMES_A_USER):
        return True
    names = (pair.partition("=")[0] for pair in re.split("[?#&;]", address)[1:] if "=" in pair)
    return any(_LETS_IN.fullmatch(urllib.parse.unquote(name)) for name in names)


def without_userinfo(text: str) -> str:
    """``text`` with what stands before the host of each address in it cut out."""
    return _USERINFO.sub(r"\1…@", text)
