"""Every environment variable of OdooOps by name: what is misspelt would have no effect and nobody would know."""

import difflib
from collections.abc import Mapping
from urllib.parse import unquote

from ..text import one_line
from .errors import StackError

PREFIX = "ODOOOPS_"
RESOURCE = "OTEL_RESOURCE_ATTRIBUTES"
# Read by setup/up itself; meaningless or wrong in Odoo's environment.
OF_THE_STACK = ("ODOOOPS_STATE", "ODOOOPS_CACHE", "ODOOOPS_ENVIRONMENT", "ODOOOPS_ENVIRONMENTS")
# Read by setup/cli: which Odoo, and as whom.
OF_THE_CLIENT = ("ODOOOPS_API_KEY", "ODOOOPS_DATABASE", "ODOOOPS_PROFILE", "ODOOOPS_URL")
# Handed to Odoo, whose addons read them.
OF_ODOO = (
    "ODOOOPS_BROWSER_ENABLED",
    "ODOOOPS_BROWSER_SAMPLING_RATIO",
    "ODOOOPS_COMPONENTS_FILE",
    "ODOOOPS_CONFIGURATION_CHECK_DRIFT",
    "ODOOOPS_CONFIG_FILE",
    "ODOOOPS_DEPLOYMENT_ABANDON_HOURS",
    "ODOOOPS_EVENT_RETENTION_DAYS",
    "ODOOOPS_KEY_MAX_DAYS",
    "ODOOOPS_LOG_EXPORTER",
    "ODOOOPS_LOG_FORMAT",
    "ODOOOPS_NATIVE",
    "ODOOOPS_OUTBOUND_ALLOWED_NETWORKS",
    "ODOOOPS_OUTBOUND_CA_FILE",
    "ODOOOPS_PROBES_FILE",
    "ODOOOPS_PROMETHEUS_URL",
    "ODOOOPS_ORM",
    "ODOOOPS_PROPAGATE_TO",
    "ODOOOPS_REDACT_NAMES",
    "ODOOOPS_REDACT_PATTERNS",
    "ODOOOPS_SECRET_DIR",
    "ODOOOPS_SECRET_KEY",
    "ODOOOPS_SECRET_KEY_FILE",
    "ODOOOPS_SQL",
    "ODOOOPS_TELEMETRY_DIR",
    "ODOOOPS_TRACES_SLOW_STATEMENT",
    "ODOOOPS_TRACES_SLOW_THRESHOLD",
    "ODOOOPS_TRACES_SQL_PROCESSES",
    "ODOOOPS_TRACES_STATEMENT_LIMIT",
    "ODOOOPS_TRACES_TRUSTED_ADDRESSES",
    "ODOOOPS_TRACES_UNTRUSTED_RATE",
)
# References to secrets, whose names are the operator's: addons/odooops_base/tools/references.py.
SECRETS = "ODOOOPS_SECRET_"
# Between our own programs.
INTERNAL = (
    "ODOOOPS_FAULT_SECONDS",
    "ODOOOPS_FINGERPRINT",
    "ODOOOPS_PERF_ENTERED",
    "ODOOOPS_PERF_PACKAGES",
    "ODOOOPS_ROLLBACK_DEPLOYMENT",
    "ODOOOPS_ROLLBACK_ENVIRONMENT",
    "ODOOOPS_ROLLBACK_FROM_COMMIT",
    "ODOOOPS_ROLLBACK_FROM_VERSION",
    "ODOOOPS_ROLLBACK_TO_COMMIT",
    "ODOOOPS_ROLLBACK_TO_VERSION",
    "ODOOOPS_SUPERVISED",
    "ODOOOPS_TEST_BASE",
    "ODOOOPS_TEST_STACKS",
)
SETTABLE = (*OF_THE_STACK, *OF_THE_CLIENT, *OF_ODOO)
KNOWN = (*SETTABLE, *INTERNAL)


def check(environ: Mapping[str, str]) -> None:
    """Raises StackError for what Odoo would discard as a whole, and with it what the stack adds and lives by.

    https://opentelemetry.io/docs/specs/otel/resource/sdk/#specifying-resource-information-via-an-environment-variable
    """
    for part in filter(None, (part.strip() for part in environ.get(RESOURCE, "").split(","))):
        key, equals, value = part.partition("=")
        if not equals or not key.strip():
            raise StackError(
                f"{RESOURCE}: {one_line(part, 100)!r} is no key=value: write pairs with commas between, "
                "such as service.version=1.2,team=web"
            )
        try:
            unquote(key + value, errors="strict")
        except UnicodeDecodeError:
            raise StackError(
                f"{RESOURCE}: {one_line(part, 100)!r} holds a percent-encoding that is not UTF-8"
            ) from None


def warnings(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable with our prefix that nothing reads, with the name that was probably meant."""
    return [_warning(name) for name in sorted(environ) if name.startswith(PREFIX) and not is_known(name)]


def is_known(name: str) -> bool:
    """Whether something of ours reads that variable."""
    return name in KNOWN or name.startswith(SECRETS)


def _warning(name: str) -> str:
    # Without the prefix, by which they all resemble each other.
    settable = [known.removeprefix(PREFIX) for known in SETTABLE]
    nearest = difflib.get_close_matches(name.removeprefix(PREFIX), settable, 1)
    remedy = f"is {PREFIX}{nearest[0]} meant?" if nearest else "docs/stack.md lists those that there are"
    return f"{name} is no setting of OdooOps and has no effect: {remedy}"
