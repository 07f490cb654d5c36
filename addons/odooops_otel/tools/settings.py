"""Settings of the recorder, read from environment variables.

The standard names come first
(https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/), then ours
with ``ODOOOPS_``. A value that cannot be understood is reported in one line and its default is
used: telemetry never keeps Odoo from starting.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import urllib.parse
from collections.abc import Callable, Iterable, Mapping

from . import extra_pattern, propagation, sampling
from .convert import (
    InvalidValue,
    addresses,
    boolean,
    endpoint,
    headers,
    milliseconds,
    one_of,
    pairs,
    processes,
    ratio,
    string,
    whole,
)
from .redact import Policy

SIGNALS = ("traces", "metrics", "logs")
# As much of a wrong value is shown as makes it recognisable.
MAX_SHOWN = 60
# Seconds between two looks, at most: a half and a quarter of OpenTelemetry's delays of five and ten seconds. A thread
# that wakes finds nothing of its code in the processor's caches, and each request pays for that.
MAX_INTERVAL = 2.5


@dataclasses.dataclass(frozen=True, slots=True)
class Option:
    """One setting: its variables in order of precedence, its default, and how text becomes a value."""

    field: str
    variables: tuple[str, ...]
    default: str  # as it would stand in the variable
    convert: Callable[[str], object]
    help: str
    is_secret: bool = False
    is_stored: bool = False  # the server's file and the database may say it, too


def _otlp(field: str, suffix: str, default: str, convert: Callable, text: str, **extra) -> list[Option]:
    """An exporter option for each signal: the signal's own variable wins over the common one."""
    return [
        Option(
            f"{signal}_{field}",
            (f"OTEL_EXPORTER_OTLP_{signal.upper()}_{suffix}", f"OTEL_EXPORTER_OTLP_{suffix}"),
            default,
            convert,
            f"{text} ({signal})",
            **extra,
        )
        for signal in SIGNALS
    ]


# fmt: off
OPTIONS: tuple[Option, ...] = (
    Option("is_disabled", ("OTEL_SDK_DISABLED",), "false", boolean, "true: nothing is recorded"),
    Option("service_name", ("OTEL_SERVICE_NAME",), "", string, "service.name; wins over OTEL_RESOURCE_ATTRIBUTES"),
    Option("resource_attributes", ("OTEL_RESOURCE_ATTRIBUTES",), "", pairs, "attributes of every signal"),
    *(Option(f"{signal}_exporter", (f"OTEL_{signal.upper()}_EXPORTER",), "otlp", one_of("otlp", "none"),
             f"none: no {signal} are sent") for signal in SIGNALS),
    *_otlp("protocol", "PROTOCOL", "http/protobuf", one_of("http/protobuf"), "the one protocol spoken"),
    *_otlp("headers", "HEADERS", "", headers, "headers of each request", is_secret=True),
    *_otlp("timeout", "TIMEOUT", "10000", milliseconds, "milliseconds that a request may take"),
    *_otlp("compression", "COMPRESSION", "auto", one_of("auto", "gzip", "none"),
           "compression of the body; auto: gzip unless the receiver is on this machine"),
    *_otlp("certificate", "CERTIFICATE", "", string, "file with the certificates to trust, for https"),
    Option("metric_interval", ("OTEL_METRIC_EXPORT_INTERVAL",), "10000", milliseconds,
           "milliseconds between exports of metrics"),
    Option("sampler", ("OTEL_TRACES_SAMPLER",), "parentbased_traceidratio", one_of(*sampling.SAMPLERS),
           "which requests are kept whatever becomes of them"),
    Option("sampler_ratio", ("OTEL_TRACES_SAMPLER_ARG",), "0.01", ratio, "share that a ratio sampler keeps"),
    Option("span_delay", ("OTEL_BSP_SCHEDULE_DELAY",), "5000", milliseconds, "milliseconds between exports of traces"),
    Option("queue_size", ("OTEL_BSP_MAX_QUEUE_SIZE",), "2048", whole(1, 1_000_000),
           "kept requests that may wait; more are dropped and counted"),
    Option("batch_size", ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE",), "512", whole(1, 1_000_000),
           "kept requests in one export"),
    Option("log_exporter", ("ODOOOPS_LOG_EXPORTER",), "none", one_of("otlp", "none"),
           "otlp: Odoo's own log is sent, too; none: it stays where Odoo writes it"),
    Option("log_format", ("ODOOOPS_LOG_FORMAT",), "text", one_of("text", "json"),
           "json: Odoo's log in lines of JSON, with trace ids; text: as Odoo writes it"),
    Option("log_delay", ("OTEL_BLRP_SCHEDULE_DELAY",), "1000", milliseconds, "milliseconds between exports of logs"),
    Option("log_queue_size", ("OTEL_BLRP_MAX_QUEUE_SIZE",), "2048", whole(1, 1_000_000),
           "log records that may wait; more are dropped and counted"),
    Option("log_batch_size", ("OTEL_BLRP_MAX_EXPORT_BATCH_SIZE",), "512", whole(1, 1_000_000),
           "log records in one export"),
    Option("slow_threshold", ("ODOOOPS_TRACES_SLOW_THRESHOLD",), "2000", milliseconds,
           "milliseconds; a request that took as long is always kept", is_stored=True),
    Option("slow_statement", ("ODOOOPS_TRACES_SLOW_STATEMENT",), "200", milliseconds,
           "milliseconds; a statement that took as long is told with its line of code, and what it waited for"),
    Option("statement_limit", ("ODOOOPS_TRACES_STATEMENT_LIMIT",), "500", whole(0, 10_000),
           "statements of a request that become spans; more are put together by operation and table",
           is_stored=True),
    Option("sql", ("ODOOOPS_SQL",), "hooks", one_of("hooks", "driver"),
           "where spans of statements come from: Odoo's own hooks, or the driver, for every connection",
           is_stored=True),
    Option("sql_processes", ("ODOOOPS_TRACES_SQL_PROCESSES",), "", processes,
           "slots (http-0) and process ids in which the driver is used, separated by commas; by default all",
           is_stored=True),
    Option("orm", ("ODOOOPS_ORM",), "true", boolean,
           "false: calls of the ORM within requests and jobs are not counted"),
    Option("native", ("ODOOOPS_NATIVE",), "true", boolean,
           "false: the compiled part of the recorder is left alone where it is installed"),
    Option("propagate_to", ("ODOOOPS_PROPAGATE_TO",), "*", propagation.audience,
           "servers that are told of the trace: *, none, or hosts (.example.com: all below), which also get baggage"),
    Option("redact_names", ("ODOOOPS_REDACT_NAMES",), "", extra_pattern.names,
           "names of fields, parameters and attributes whose values leave no process either, separated by commas"),
    Option("redact_patterns", ("ODOOOPS_REDACT_PATTERNS",), "", extra_pattern.patterns,
           "regular expressions of what is taken out of every text as well, separated by spaces, with limits"),
    Option("trusted_addresses", ("ODOOOPS_TRACES_TRUSTED_ADDRESSES",), "127.0.0.0/8,::1", addresses,
           "callers whose traceparent decides what is kept: addresses and networks; none: nobody"),
    Option("untrusted_rate", ("ODOOOPS_TRACES_UNTRUSTED_RATE",), "60", whole(0, 1_000_000),
           "requests a minute and process that are kept because another caller's traceparent says so"),
    Option("telemetry_dir", ("ODOOOPS_TELEMETRY_DIR",), "", string,
           "directory of slots and counters; by default below Odoo's data directory"),
)
# fmt: on

# Paths that the specification appends to the common endpoint.
_PATHS = {signal: f"v1/{signal}" for signal in SIGNALS}
_DELAYS = {"traces": "span_delay", "metrics": "metric_interval", "logs": "log_delay"}
_DEFAULT_ENDPOINT = "http://localhost:4318"


@dataclasses.dataclass(frozen=True)
class Settings:
    """The values of OPTIONS as attributes, and an endpoint for each signal."""

    values: Mapping[str, object] = dataclasses.field(repr=False)  # headers hold secrets
    endpoints: Mapping[str, str]
    problems: tuple[str, ...] = ()
    given: frozenset[str] = frozenset()
    """Names of those that a variable sets."""

    def __getattr__(self, name: str):
        try:
            return self.__dict__["values"][name]
        except KeyError:
            raise AttributeError(name) from None

    def sends(self, signal: str) -> bool:
        return not self.is_disabled and self.values[f"{signal}_exporter"] == "otlp"

    def address(self, signal: str) -> str:
        """Where a signal goes, without the query, in which some vendors put a key."""
        return self.endpoints[signal].partition("?")[0]

    @property
    def sends_own_log(self) -> bool:
        """Whether Odoo's own log is sent by OTLP, and not only what other libraries log through OpenTelemetry."""
        return self.sends("logs") and self.values["log_exporter"] == "otlp"

    def interval(self, signals: Iterable[str]) -> float:
        """Seconds between two looks at what is due of some signals; a look comes when each of them is due."""
        delays = [self.values[_DELAYS[signal]] for signal in signals]
        return min([MAX_INTERVAL, *(delay / math.ceil(delay / MAX_INTERVAL) for delay in delays)])

    @functools.cached_property
    def policy(self) -> Policy:
        """What is redacted: what is by default, and what the site says."""
        return Policy(self.values["redact_names"], self.values["redact_patterns"])

    def of(self, signal: str, field: str):
        """An exporter option of one signal: ``of("traces", "timeout")``."""
        return self.values[f"{signal}_{field}"]


def read(environ: Mapping[str, str]) -> Settings:
    """Settings from environment variables; what could not be used is in ``problems``, a line each."""
    problems: dict[str, str] = {}
    found = {option.field: _value(option, environ, problems) for option in OPTIONS}
    given = frozenset(field for field, value in found.items() if value is not None)
    defaults = {option.field: option.convert(option.default) for option in OPTIONS}
    endpoints = {signal: _endpoint(signal, environ, problems) for signal in SIGNALS}
    return Settings(
        defaults | {field: found[field] for field in given}, endpoints, tuple(problems.values()), given
    )


def _value(option: Option, environ: Mapping[str, str], problems: dict[str, str]):
    return _first(
        option.variables,
        environ,
        lambda _variable, text: option.convert(text),
        option.default,
        problems,
        is_secret=option.is_secret,
        is_stored=option.is_stored,
    )


def _endpoint(signal: str, environ: Mapping[str, str], problems: dict[str, str]) -> str:
    """The signal's own endpoint is used as it is; the common one gets the signal's path."""
    own, common = f"OTEL_EXPORTER_OTLP_{signal.upper()}_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"

    def convert(variable: str, text: str) -> str:
        url = endpoint(text)
        return url if variable == own else _below(url, _PATHS[signal])

    # What is no URL may hold a password all the same.
    found = _first((own, common), environ, convert, _DEFAULT_ENDPOINT, problems, is_secret=True)
    return found or _below(_DEFAULT_ENDPOINT, _PATHS[signal])


def _below(url: str, path: str) -> str:
    parts = urllib.parse.urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{path}").geturl()


def _first(
    variables: tuple[str, ...],
    environ: Mapping[str, str],
    convert: Callable[[str, str], object],
    default: str,
    problems: dict[str, str],
    *,
    is_secret: bool,
    is_stored: bool = False,
):
    """The first usable value, or None; each variable before it that is set gets a line in ``problems``."""
    refused: dict[str, str] = {}
    found, used = None, default or "nothing"
    if is_stored:
        used = f"what the server's file or the database says, else {used},"
    for variable in variables:
        # An empty variable is an unset one, says the specification.
        text = environ.get(variable, "").strip()
        if not text:
            continue
        try:
            found, used = convert(variable, text), variable
            break
        except InvalidValue as problem:
            refused[variable] = f"{variable}{'' if is_secret else _shown(text)} {problem}"
    for variable, complaint in refused.items():
        problems[variable] = f"{complaint}; {used} is used instead. Correct it and restart Odoo."
    return found


def _shown(text: str) -> str:
    return f"={text!r}" if len(text) <= MAX_SHOWN else f"={text[:MAX_SHOWN]!r}…"
