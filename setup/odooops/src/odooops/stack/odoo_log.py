"""Lines of Odoo's log, of both forms: Odoo's own text, and JSON (ODOOOPS_LOG_FORMAT)."""

import json
import re
from collections.abc import Iterable
from typing import Any

# Of what telemetry reads when a process starts, and of what can change while it runs.
TELEMETRY_LOGGER = "odoo.addons.odooops_otel.hooks"
SETTINGS_LOGGER = "odoo.addons.odooops_base.models.odooops_setting"
LOGGERS = (TELEMETRY_LOGGER, SETTINGS_LOGGER)
_VARIABLE = re.compile(r"(Telemetry: )?([A-Z][A-Z0-9_]+)")


def warning_about_settings(line: str, pid: int) -> str:
    """What process ``pid`` said with this line about its settings; empty when it did not."""
    if entry := parse(line):
        is_wanted = {"severity_text": "WARNING", "process.pid": pid}.items() <= entry.items()
        return entry.get("body", "") if is_wanted and entry.get("logger") in LOGGERS else ""
    match = re.search(rf" {pid} WARNING \S+ (?:{'|'.join(map(re.escape, LOGGERS))}): (.*)", line)
    return match[1].strip() if match else ""


def warnings_of_settings(lines: Iterable[str], pid: int) -> list[str]:
    """What process ``pid`` said about its settings, each thing once, and what to do where ``setup/up`` starts it.

    Of a variable that telemetry reads as well as the settings do, what the settings say: they know what counts instead.
    """
    found = list(dict.fromkeys(said for line in lines if (said := warning_about_settings(line, pid))))
    of_settings = {
        variable for said in found for is_telemetry, variable in _subject(said) if not is_telemetry
    }
    twice = {("Telemetry: ", variable) for variable in of_settings}
    return [_advice(said) for said in found if twice.isdisjoint(_subject(said))]


def _subject(said: str) -> list[tuple[str, str]]:
    """Who said it ("Telemetry: ", or nothing for the settings), and of which variable; of none nothing."""
    match = _VARIABLE.match(said)
    return [(match[1] or "", match[2])] if match else []


def _advice(said: str) -> str:
    said = said.replace("Correct it and restart Odoo.", "Correct it and run setup/up again.")
    return said.replace("no effect until it is corrected.", "no effect: correct it and run setup/up again.")


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
