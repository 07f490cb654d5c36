"""The sections that come with the addon."""

import jsonschema
import pytest
from odooops_base.settings import SETTINGS
from odooops_base.tools.configuration import declared


@pytest.mark.parametrize(
    "section",
    [declared.ENVIRONMENTS, declared.GATES, declared.SECRETS, declared.ROLES, declared.settings(SETTINGS)],
)
def test_each_section_has_a_good_schema_and_a_description(section):
    jsonschema.Draft202012Validator.check_schema(section.schema())
    assert section.schema()["description"].endswith((".", "to."))


@pytest.mark.parametrize("text", ["plain", "$lower", "$", "file:relative", "file:", "Kept", "", "$A B"])
def test_what_is_no_reference_is_no_secret(text):
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"slack": text}, declared.SECRETS.schema())
