"""What a secret is, in plain text: the one way to it.

::

    from odoo.addons.odooops_base.secret_values import resolve

    headers = {"Authorization": f"Bearer {resolve(drain.secret_id)}"}

These are functions and no methods on purpose: server actions, templates and RPC can call methods, and import nothing.
So no method returns a vault either.
"""

import contextlib
import os
import stat
from pathlib import Path

from odoo.exceptions import UserError
from odoo.tools.translate import LazyTranslate

from .tools import references, vault as vaults
from .tools.vault import Vault, VaultError

_lt = LazyTranslate(__name__)

KEY, KEY_FILE, DIRECTORY = "ODOOOPS_SECRET_KEY", "ODOOOPS_SECRET_KEY_FILE", "ODOOOPS_SECRET_DIR"
MAX_BYTES = 65536

PROBLEMS = {
    "empty": _lt("It has neither a value nor a reference."),
    vaults.NO_KEY: _lt(
        "There is no key. Write one (openssl rand -base64 32 | tr '+/' '-_') into a file that only Odoo's user can "
        "read, and start Odoo with ODOOOPS_SECRET_KEY_FILE=/path/of/the/file."
    ),
    "key_unreadable": _lt("The file that ODOOOPS_SECRET_KEY_FILE names cannot be read by Odoo's user."),
    vaults.BAD_KEY: _lt(
        "Line %(line)s of the keys is no key: write 32 bytes as URL-safe base64, such as openssl rand -base64 32 | "
        "tr '+/' '-_' prints them."
    ),
    vaults.NOT_OPENED: _lt("No key opens it. Add the key that it was stored with, or set its value anew."),
    vaults.MISPLACED: _lt("What is stored belongs to another secret. Set its value anew."),
    references.FORM: _lt("Write the reference as $ODOOOPS_SECRET_NAME or file:/absolute/path."),
    references.VARIABLE: _lt(
        "Only variables whose name begins with ODOOOPS_SECRET_ may be used, and not those of the key itself."
    ),
    references.PATH: _lt("Write the path of the file in full, from / on and without '..'."),
    "unset": _lt("The environment variable is not set, or empty, in Odoo's process."),
    "no_directory": _lt(
        "Files may be used only below the directory that ODOOOPS_SECRET_DIR names; it names none."
    ),
    "outside": _lt("Only files below the directory that ODOOOPS_SECRET_DIR names may be used."),
    "unreadable": _lt("The file is not there, or Odoo's user cannot read it."),
    "too_long": _lt("The file is empty, no text, or longer than 64 KiB."),
}


class SecretProblem(Exception):
    """A secret cannot be used: ``reason`` is a key of PROBLEMS."""

    def __init__(self, reason, line=0):
        super().__init__(reason)
        self.reason = reason
        self.line = line

    def describe(self, env):
        """What is wrong and what to do, in the user's language."""
        text = env._(PROBLEMS[self.reason])
        return text % {"line": self.line}


def resolve(secret):
    """The plain text of an ``odooops.secret``, for the moment in which it is used: keep it nowhere.

    :raises UserError: names the secret and says what to do, when it cannot be used
    """
    try:
        return reveal(secret)
    except SecretProblem as problem:
        raise UserError(
            secret.env._(
                "Secret %(name)s: %(problem)s",
                name=secret.sudo().name,
                problem=problem.describe(secret.env),
            )
        ) from None


def reveal(secret):
    """As :func:`resolve`, but raises SecretProblem."""
    secret = secret.sudo()
    secret.ensure_one()
    if secret.reference:
        return follow(secret.reference)
    token = secret._get_tokens().get(secret.id)
    if not token:
        raise SecretProblem("empty")
    with _problems():
        return load_vault().open(token, str(secret.id))


def load_vault() -> Vault:
    """The vault with the keys of this process, read anew each time so that a rotation needs no restart.

    The file wins over the variable.
    """
    with _problems():
        return Vault(vaults.parse_keys(_keys()))


def require_vault(env) -> Vault:
    """As :func:`load_vault`, but raises UserError, which says what to do."""
    try:
        return load_vault()
    except SecretProblem as problem:
        raise UserError(problem.describe(env)) from None


def _keys() -> str:
    path = os.environ.get(KEY_FILE)
    if not path:
        return os.environ.get(KEY, "")
    try:
        return Path(path).read_text()
    except (OSError, ValueError):
        raise SecretProblem("key_unreadable") from None


def follow(text: str) -> str:
    """What a reference leads to; raises SecretProblem."""
    try:
        reference = references.parse(text)
    except references.InvalidReference as error:
        raise SecretProblem(error.reason) from None
    value = os.environ.get(reference.variable) if reference.variable else _read(reference.path)
    if not value:
        raise SecretProblem("unset")
    return value


def check_place(text: str) -> None:
    """Raises SecretProblem for a reference to what is no place of secrets, whatever may be there."""
    try:
        path = references.parse(text).path
    except references.InvalidReference as error:
        raise SecretProblem(error.reason) from None
    if path:
        _place(path)


def _place(path: str) -> str:
    """The path of the file behind all links."""
    directory = os.environ.get(DIRECTORY)
    if not directory:
        raise SecretProblem("no_directory")
    real = os.path.realpath(path)
    # Said of everything outside alike, whether there is such a file or not.
    if not Path(real).is_relative_to(os.path.realpath(directory)) or _is_key_file(real):
        raise SecretProblem("outside")
    return real


def _read(path: str) -> str:
    real = _place(path)
    try:
        content = _content(real)
    except OSError:
        raise SecretProblem("unreadable") from None
    try:
        text = content.decode().removesuffix("\n")
    except UnicodeDecodeError:
        text = ""
    if not text or len(content) > MAX_BYTES:
        raise SecretProblem("too_long")
    return text


def _is_key_file(real: str) -> bool:
    key_file = os.environ.get(KEY_FILE)
    return bool(key_file) and real == os.path.realpath(key_file)


def _content(real: str) -> bytes:
    """The beginning of a plain file that is no link by now; anything else raises OSError, at once."""
    descriptor = os.open(real, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(descriptor, "rb") as stream:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise IsADirectoryError(real)
        return stream.read(MAX_BYTES + 1)


@contextlib.contextmanager
def _problems():
    """What the vault raises, as a SecretProblem."""
    try:
        yield
    except VaultError as error:
        raise SecretProblem(error.reason, error.line) from None
