"""What the running process was told about itself when it was started."""

import os
from urllib.parse import unquote

ATTRIBUTE = "deployment.environment.name"
DEFAULT = "local"


def environment_name() -> str:
    """The environment of this process: ``OTEL_RESOURCE_ATTRIBUTES``, as all its telemetry says; else "local".

    https://opentelemetry.io/docs/specs/otel/resource/sdk/: of two pairs with the same key the later counts.
    """
    pairs = (pair.partition("=") for pair in os.environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","))
    named = [unquote(value.strip()) for key, _sign, value in pairs if key.strip() == ATTRIBUTE]
    return next(filter(None, reversed(named)), DEFAULT)
