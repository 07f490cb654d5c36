"""Lines of Odoo's log, of both forms: Odoo's own text, and JSON (ODOOOPS_LOG_FORMAT)."""

import json
import re
from typing import Any

SETTINGS_LOGGER = "odoo.addons.odooops_otel.hooks"


def warning_about_settings(line: str, pid: int) -> str:
    """What process ``pid`` said with this line about its telemetry settings; empty when it did not."""
    if entry := parse(line):
        wanted = {"severity_text": "WARNING", "logger": SETTINGS_LOGGER, "process.pid": pid}
        return entry.get("body", "") if wanted.items() <= entry.items() else ""
    match = re.search(rf" {pid} WARNING \S+ {re.escape(SETTINGS_LOGGER)}: (.*)", line)
    return match[1].strip() if match else ""


def readable(text: str) -> str:
    """A piece of a log with message and traceback in place of each line of JSON."""
    return "\n".join(_message(line) for line in text.splitlines())


def parse(line: str) -> dict[str, Any]:
    """The fields of a line of JSON; {} for any other line."""
    if not line.startswith("{"):
        return {}
    try:
        return json.loads(line)
    except ValueError:
        return {}


def _message(line: str) -> str:
    entry = parse(line)
    told = [entry[name] for name in ("body", "exception.stacktrace") if name in entry]
    return "\n".join(told) if told else line
