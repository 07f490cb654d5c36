"""The API key of the local odooops command: the administrator's, in a file of the state beside his password."""

import re
import secrets

from . import postgres
from .files import write_atomic
from .run import run
from .state import State

DIRECTORY, FILE = "secrets", "api-key"
NAME = "odooops command on this machine"
# As Odoo makes them (res.users.apikeys): 20 bytes in hexadecimal digits, found by the first eight.
BYTES, INDEX = 20, 8
FORM = re.compile(r"[0-9a-f]{40}")
# The hash and the number of rounds are Odoo's own (KEY_CRYPT_CONTEXT); keys and hash come by standard input.
HASH_KEY = """\
import sys
from passlib.context import CryptContext
key, known = (sys.stdin.read().split("\\n") + [""])[:2]
context = CryptContext(["pbkdf2_sha512"], pbkdf2_sha512__rounds=6000)
print("works" if known and context.verify(key, known) else context.hash(key))
"""
FIND = """
SELECT key FROM res_users_apikeys
WHERE user_id = 2 AND index = :'index' AND (scope IS NULL OR scope = 'rpc')
    AND (expiration_date IS NULL OR expiration_date > now() at time zone 'utc')
LIMIT 1"""
# base.user_admin has id 2 in every database of Odoo. Without an end: whoever reads the file has the password, too.
REPLACE = """
DELETE FROM res_users_apikeys WHERE user_id = 2 AND name = :'name';
INSERT INTO res_users_apikeys (name, user_id, scope, expiration_date, key, index)
VALUES (:'name', 2, 'rpc', NULL, :'hashed', :'index')"""


def ensure(state: State) -> str:
    """Makes the key when the one in the file is none that Odoo takes; returns a short note. PostgreSQL must run."""
    directory = state.path(DIRECTORY)
    directory.mkdir(mode=0o700, exist_ok=True)
    key = _read(state)
    if key and _works(state, key):
        return "there"
    key = secrets.token_hex(BYTES)
    hashed = _hash(state, key)
    # The file first: a key that is in the database alone would be nobody's.
    write_atomic(directory / FILE, key + "\n", mode=0o600)
    postgres.sql(state, REPLACE, state.database, name=NAME, hashed=hashed, index=key[:INDEX])
    return "made"


def _read(state: State) -> str:
    path = state.path(DIRECTORY, FILE)
    key = path.read_text().strip() if path.exists() else ""
    return key if FORM.fullmatch(key) else ""


def _works(state: State, key: str) -> bool:
    known = postgres.sql(state, FIND, state.database, index=key[:INDEX])
    return bool(known) and _hash(state, key, known) == "works"


def _hash(state: State, key: str, known: str = "") -> str:
    command = [state.python, "-c", HASH_KEY]
    output = run(state, "hashing the API key", command, text=f"{key}\n{known}", secret=True)
    return output.split()[-1]
