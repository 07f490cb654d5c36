"""Each converter takes what it is meant for and says what it expected of anything else.

``test_settings.py`` holds the malformed values of each option.
"""

import pytest
from odooops_otel.tools import convert, networks


@pytest.mark.parametrize(
    ("converter", "text", "value"),
    [
        (convert.boolean, "True", True),
        (convert.boolean, "false", False),
        (convert.ratio, "0.5", 0.5),
        (convert.milliseconds, "1500", 1.5),
        (convert.whole(5, 7), "5", 5),
        (convert.whole(5, 7), "0000007", 7),
        (convert.whole(0, 7), "000", 0),
        (convert.one_of("a", "b"), "B", "b"),
        (convert.string, "any thing", "any thing"),
        (convert.addresses, "10.0.0.7,::1", networks.parse("10.0.0.7,::1")),
        (convert.addresses, "NONE", ()),
        (convert.pairs, "a=b,c=d", {"a": "b", "c": "d"}),
        (convert.headers, "A-b=c", {"A-b": "c"}),
        (convert.endpoint, "HTTPS://[::1]:4318/path?query", "HTTPS://[::1]:4318/path?query"),
    ],
)
def test_a_text_becomes_a_value(converter, text, value):
    assert converter(text) == value
    assert type(converter(text)) is type(value)


@pytest.mark.parametrize(
    ("converter", "text", "expected"),
    [
        (convert.boolean, "1", "is neither true nor false"),
        (convert.ratio, "nan", "is not a number from 0 to 1"),
        (convert.milliseconds, "0", "is not a whole number of milliseconds from 1 to 86400000"),
        (convert.whole(5, 7), "4", "is not a whole number from 5 to 7"),
        (convert.whole(5, 7), "8", "is not a whole number from 5 to 7"),
        (convert.whole(5, 7), "50", "is not a whole number from 5 to 7"),
        (convert.one_of("b", "a"), "c", "is none of a, b"),
        (convert.pairs, "b=1,a", "is not a list of key=value, separated by commas (see part 2)"),
        (convert.pairs, "a=%fe", "holds a percent-encoding that is not UTF-8"),
        (convert.headers, "a=%0a", "holds a name or a value that no HTTP header may have"),
        (
            convert.addresses,
            "localhost",
            "is neither none nor a list of addresses and networks (10.0.0.7,192.168.0.0/16) with commas between",
        ),
        (convert.endpoint, "collector", "is not an http:// or https:// URL"),
        (convert.endpoint, "http://a:b@c", "carries credentials; put them into OTEL_EXPORTER_OTLP_HEADERS"),
    ],
)
def test_what_was_expected_is_said(converter, text, expected):
    with pytest.raises(convert.InvalidValue) as caught:
        converter(text)

    assert str(caught.value) == expected
