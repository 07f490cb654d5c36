"""What a process says of itself is said once, with its resource."""

from odooops_otel.tools import semconv
from odooops_otel.tools.semconv.resource import RESOURCE


def test_what_is_of_the_process_is_on_the_resource():
    assert {attribute.name for attribute in RESOURCE} == semconv.attribute_names("resource")


def test_what_made_it_is_told_as_an_sdk_must():
    """https://opentelemetry.io/docs/specs/semconv/resource/#telemetry-sdk"""
    names = {attribute.name for attribute in RESOURCE if attribute.stability == "stable"}
    assert {f"telemetry.sdk.{what}" for what in ("name", "language", "version")} <= names
