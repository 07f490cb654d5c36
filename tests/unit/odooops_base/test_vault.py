"""What is sealed with a key, and opened with it alone."""

import base64

import pytest
from cryptography.fernet import Fernet
from odooops_base.tools import vault
from odooops_base.tools.vault import Vault, VaultError, parse_keys

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
PLANTED = "pl4nted-secret"


def reason(function, *args):
    with pytest.raises(VaultError) as caught:
        function(*args)
    assert caught.value.__cause__ is None
    return caught.value.reason


def test_what_is_sealed_opens_again():
    for value in (PLANTED, "", "zwei\nZeilen\0und ein Nullzeichen", "密码" * 10_000):
        assert Vault([OLD]).open(Vault([OLD]).seal(value, "7"), "7") == value


def test_what_is_sealed_does_not_show_it():
    token = Vault([OLD]).seal(PLANTED, "7")

    assert PLANTED not in token
    assert PLANTED.encode() not in base64.urlsafe_b64decode(token)
    assert token != Vault([OLD]).seal(PLANTED, "7")


def test_each_of_several_keys_opens_and_the_first_seals():
    old = Vault([OLD]).seal(PLANTED, "7")
    both = Vault([NEW, OLD])

    assert both.open(old, "7") == PLANTED
    assert Vault([NEW]).open(both.seal(PLANTED, "7"), "7") == PLANTED


def test_what_is_rotated_needs_the_old_key_no_more():
    both = Vault([NEW, OLD])
    old = Vault([OLD]).seal(PLANTED, "7")
    new = both.rotate(old)

    assert (both.is_current(old), both.is_current(new)) == (False, True)
    assert Vault([NEW]).open(new, "7") == PLANTED


def test_what_no_key_opens_is_said_without_its_content():
    token = Vault([OLD]).seal(PLANTED, "7")
    changed = token[:-10] + ("A" if token[-10] != "A" else "B") + token[-9:]
    for foreign in (Vault([OTHER]).seal(PLANTED, "7"), changed, "", "no token", "€", PLANTED):
        assert reason(Vault([OLD]).open, foreign, "7") == vault.NOT_OPENED
        assert reason(Vault([OLD]).rotate, foreign) == vault.NOT_OPENED


def test_what_was_sealed_for_another_owner_does_not_open():
    token = Vault([OLD]).seal(PLANTED, "7")

    for owner in ("8", "77", "", "7\0p"):
        assert reason(Vault([OLD]).open, token, owner) == vault.MISPLACED


def test_an_owner_cannot_be_feigned_by_a_value():
    token = Vault([OLD]).seal("8\0" + PLANTED, "7")

    assert reason(Vault([OLD]).open, token, "7\08") == vault.MISPLACED


def test_keys_are_one_a_line_with_comments():
    assert parse_keys(f"# 2026-11\n{NEW}\n\n  {OLD}  # 2025\r\n") == (NEW, OLD)
    assert parse_keys(f"{NEW} {OLD}") == (NEW, OLD)


def test_the_command_of_the_documentation_makes_a_key():
    made = base64.b64encode(bytes(range(248, 256)) * 4).decode().translate(str.maketrans("+/", "-_"))

    assert parse_keys(made + "\n") == (made,)


def test_no_key_is_said():
    for text in ("", "\n\n", "# only a comment"):
        assert reason(parse_keys, text) == vault.NO_KEY


def test_a_bad_key_is_said_with_its_line_and_not_shown():
    for bad in ("short", NEW[:-1], NEW[:-2] + "!=", NEW + "A", "ключ"):
        with pytest.raises(VaultError) as caught:
            parse_keys(f"{OLD}\n{bad}\n")
        assert (caught.value.reason, caught.value.line) == (vault.BAD_KEY, 2)
        assert bad not in str(caught.value)


def test_a_vault_shows_no_key():
    shown = repr(Vault([OLD, NEW])) + str(Vault([OLD]))

    assert OLD not in shown
    assert NEW not in shown
