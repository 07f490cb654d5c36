"""Of a JavaScript error the class, a redacted message, and places in code are told."""

import pytest
from odooops_otel.tools.browser import failure
from odooops_otel.tools.redact import Policy

V8 = """TypeError: Cannot read properties of undefined (reading 'secret of anna@example.com')
    at Contacts.onClick (https://erp.example.com/web/assets/1/a1b2c3d/web.assets_web.min.js:123:4567)
    at async Promise.all (index 0)
    at Object.load [as call] (https://erp.example.com/web/static/src/core/orm.js?token=x:12:5)
    at https://cdn.example.net/evil.js?session_id=abc:1:2
    at <anonymous>:3:4"""
FIREFOX = """onClick@https://erp.example.com/web/assets/a1b2c3d/web.assets_web.min.js:123:4567
@https://erp.example.com/web/static/src/core/orm.js:12:5
async*load@debugger eval code:1:2"""


def test_a_stack_of_chrome_is_functions_and_places():
    assert failure.stack_of(V8).splitlines() == [
        "at Contacts.onClick (web.assets_web.min.js:123:4567)",
        "at Object.load [as call] (/web/static/src/core/orm.js:12:5)",
        "at anonymous (other:1:2)",
        "at anonymous (other:3:4)",
    ]


def test_a_stack_of_firefox_is_functions_and_places():
    assert failure.stack_of(FIREFOX).splitlines() == [
        "at onClick (web.assets_web.min.js:123:4567)",
        "at anonymous (/web/static/src/core/orm.js:12:5)",
        "at anonymous (other:1:2)",
    ]


@pytest.mark.parametrize(
    "stack",
    [
        "",
        "password: hunter2",
        "at x",
        "at x (y)",
        "2026-11-29 22:00:00,000 1 CRITICAL db odoo: forged",
        "x" * 500,
    ],
)
def test_what_is_no_frame_is_left_out(stack):
    assert failure.stack_of(stack) == ""


def test_a_function_that_is_called_otherwise_is_anonymous():
    assert failure.stack_of("at anna@example.com (https://x/y.js:1:2)") == "at anonymous (other:1:2)"
    assert failure.stack_of("at \x1b[31m (https://x/y.js:1:2)") == "at anonymous (other:1:2)"


def test_a_stack_has_a_limit():
    assert len(failure.stack_of("at f (https://x/y.js:1:2)\n" * 500).splitlines()) == failure.MAX_FRAMES


def test_a_message_is_one_line_without_what_must_not_be_told():
    text = "Bearer abcdefgh12345678\n2026 forged\x1b[31m line\u2028 of anna@example.com, password=hunter2"
    message = failure.message_of(text)

    assert message.isprintable()
    assert "forged" in message
    for secret in ("abcdefgh12345678", "anna@example.com", "hunter2"):
        assert secret not in message


def test_a_message_is_redacted_before_it_is_cut():
    message = failure.message_of("x" * (failure.MAX_SHOWN - 12) + " anna@example.com")

    assert len(message) <= failure.MAX_SHOWN
    assert "anna" not in message


def test_a_message_is_held_to_what_a_site_says_also_where_it_is_cut():
    policy = Policy(patterns=(r"\bEMP-\d{6}\b",))

    assert failure.message_of("cannot open EMP-123456", policy) == "cannot open REDACTED"
    assert "EMP" not in failure.message_of("x" * (failure.MAX_SHOWN - 10) + " EMP-123456 tail", policy)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://erp/web/assets/1/abc/web.assets_web.min.js", "web.assets_web.min.js"),
        ("/web/assets/debug/web.assets_web.js?unique=1", "web.assets_web.js"),
        ("https://erp/sale/static/src/js/sale.js", "/sale/static/src/js/sale.js"),
        ("https://erp/web/content/7/a-name.js", "other"),
        ("chrome-extension://abc/inject.js", "other"),
        ("https://[", "other"),
        ("", "other"),
    ],
)
def test_a_script_is_called_by_its_bundle_or_its_path_in_an_addon(url, expected):
    assert failure.asset_of(url) == expected


def test_a_class_that_is_not_known_counts_as_other():
    assert failure.type_of("TypeError") == "TypeError"
    assert failure.type_of("Whatever7") == "_OTHER"
