"""``post_load``: read the settings and put the recorder in place. Never raises.

The addon is loaded server-wide (``server_wide_modules = base,rpc,web,odooops_otel``), so this
runs once in the prefork master, once in the evented process, and once in a threaded server.
"""

import functools
import logging
import os
import socket
from pathlib import Path

from odoo import release
from odoo.tools import config

from .telemetry import cron, runtime, worker, wsgi
from .tools import settings

_logger = logging.getLogger(__name__)


def post_load() -> None:
    try:
        _install(current_settings())
    except Exception:
        _logger.exception("Telemetry could not be installed; Odoo runs without it.")


def _install(values: settings.Settings) -> None:
    for problem in values.problems:
        _logger.warning("Telemetry: %s", problem)
    if values.is_disabled:
        return
    _warn_if_late()
    wsgi.instrument()
    cron.instrument()
    worker.instrument(functools.partial(_start, values))


def _start(values: settings.Settings, worker_type: str) -> None:
    instance = f"{socket.gethostname()}:{config['http_port']}"
    directory = telemetry_dir(values)
    runtime.start(values, worker_type, instance, directory, release.version)


def current_settings() -> settings.Settings:
    """The settings of this process, which are those of its environment."""
    return settings.read(os.environ)


def telemetry_dir(values: settings.Settings) -> Path:
    """Where slots and counters of this Odoo are."""
    return Path(values.telemetry_dir or Path(config["data_dir"]) / "odooops" / "telemetry")


def _warn_if_late() -> None:
    if "odooops_otel" not in config["server_wide_modules"]:
        _logger.warning(
            "odooops_otel is not among server_wide_modules: workers may serve requests that are not recorded. "
            "Set server_wide_modules = base,rpc,web,odooops_otel in odoo.conf."
        )
