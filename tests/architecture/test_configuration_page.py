"""What is generated about configuration is what the declarations give."""

import configuration_page

AGAIN = "write it anew: python3 docs/configuration_page.py"


def test_the_schema_is_up_to_date():
    assert configuration_page.SCHEMA.read_text(encoding="utf-8") == configuration_page.schema(), AGAIN


def test_the_page_is_up_to_date():
    text = configuration_page.PAGE.read_text(encoding="utf-8")
    assert configuration_page.page(text) == text, AGAIN


def test_the_page_tells_every_setting_and_section():
    text = configuration_page.page(
        "<!-- settings -->\n<!-- /settings -->\n<!-- sections -->\n<!-- /sections -->\n"
    )
    for name in (
        "`event.retention_days`",
        "`ODOOOPS_PROMETHEUS_URL`",
        "**`environments`**",
        "`sampling_ratio`",
    ):
        assert name in text
