"""Every environment variable of OdooOps by name: what is misspelt would have no effect and nobody would know."""

import difflib
from collections.abc import Mapping

PREFIX = "ODOOOPS_"
# Read by setup/up itself; meaningless or wrong in Odoo's environment.
OF_THE_STACK = ("ODOOOPS_STATE", "ODOOOPS_CACHE", "ODOOOPS_ENVIRONMENT", "ODOOOPS_ENVIRONMENTS")
# Handed to Odoo, whose addons read them.
OF_ODOO = (
    "ODOOOPS_COMPONENTS_FILE",
    "ODOOOPS_LOG_EXPORTER",
    "ODOOOPS_LOG_FORMAT",
    "ODOOOPS_PROPAGATE_TO",
    "ODOOOPS_SQL",
    "ODOOOPS_TELEMETRY_DIR",
    "ODOOOPS_TRACES_SLOW_THRESHOLD",
    "ODOOOPS_TRACES_STATEMENT_LIMIT",
    "ODOOOPS_TRACES_TRUSTED_ADDRESSES",
    "ODOOOPS_TRACES_UNTRUSTED_RATE",
)
# Between our own programs.
INTERNAL = (
    "ODOOOPS_FAULT_SECONDS",
    "ODOOOPS_FINGERPRINT",
    "ODOOOPS_PERF_ENTERED",
    "ODOOOPS_SUPERVISED",
    "ODOOOPS_TEST_BASE",
    "ODOOOPS_TEST_STACKS",
)
KNOWN = (*OF_THE_STACK, *OF_ODOO, *INTERNAL)


def warnings(environ: Mapping[str, str]) -> list[str]:
    """A line for each variable with our prefix that nothing reads, with the name that was probably meant."""
    return [_warning(name) for name in sorted(environ) if name.startswith(PREFIX) and name not in KNOWN]


def _warning(name: str) -> str:
    # Without the prefix, by which they all resemble each other.
    settable = [known.removeprefix(PREFIX) for known in (*OF_THE_STACK, *OF_ODOO)]
    nearest = difflib.get_close_matches(name.removeprefix(PREFIX), settable, 1)
    remedy = f"is {PREFIX}{nearest[0]} meant?" if nearest else "docs/stack.md lists those that there are"
    return f"{name} is no setting of OdooOps and has no effect: {remedy}"
