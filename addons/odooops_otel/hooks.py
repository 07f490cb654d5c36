"""``post_load``: read the settings and put the recorder in place. Never raises.

The addon is loaded server-wide (``server_wide_modules = base,rpc,web,odooops_otel``), so this
runs once in the prefork master, once in the evented process, and once in a threaded server.
"""

import contextlib
import functools
import logging
import os
import socket
import sys
from pathlib import Path

import psutil

import odoo
from odoo import release
from odoo.tools import config

from .telemetry import (
    context,
    coverage,
    cron,
    evented,
    logging as log_entries,
    outbound,
    pool,
    retry,
    rpc,
    runtime,
    worker,
    wsgi,
)
from .tools import settings

_logger = logging.getLogger(__name__)


def post_load() -> None:
    try:
        _install(current_settings())
    except Exception:
        _logger.exception("Telemetry could not be installed; Odoo runs without it.")


def _install(values: settings.Settings) -> None:
    if not _is_started_by_a_server():
        for problem in values.problems:
            _logger.warning("Telemetry: %s", problem)
    log_entries.instrument(values)
    if values.is_disabled:
        return
    _warn_if_late()
    context.instrument()
    outbound.instrument()
    wsgi.instrument()
    rpc.instrument()
    retry.instrument()
    cron.instrument()
    pool.instrument()
    coverage.instrument(values)
    evented.instrument()
    worker.instrument(functools.partial(_start, values))


def _is_started_by_a_server() -> bool:
    """Whether this is the evented process of a prefork server, which has told what is wrong already."""
    with contextlib.suppress(psutil.Error):
        return odoo.evented and sys.argv[0] in psutil.Process(os.getppid()).cmdline()
    return False


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


def current_directory() -> Path:
    """Where the processes of this Odoo tell how they are."""
    return runtime.active.directory if runtime.active else telemetry_dir(current_settings())


def _warn_if_late() -> None:
    if "odooops_otel" not in config["server_wide_modules"]:
        _logger.warning(
            "odooops_otel is not among server_wide_modules: workers may serve requests that are not recorded. "
            "Set server_wide_modules = base,rpc,web,odooops_otel in odoo.conf."
        )
