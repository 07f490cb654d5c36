"""Every option is read as the specification says; a wrong value costs one line, never Odoo."""

import copy

import pytest
from odooops_otel.tools import networks, settings

# field: variables in order of precedence, default, and texts with the values they stand for
OPTIONS = {
    "is_disabled": (["OTEL_SDK_DISABLED"], False, {"true": True, "TRUE": True, "False": False}),
    "service_name": (["OTEL_SERVICE_NAME"], "", {"odoo": "odoo", " shop ": "shop"}),
    "resource_attributes": (
        ["OTEL_RESOURCE_ATTRIBUTES"],
        {},
        {
            "a=b": {"a": "b"},
            "a=b,c.d=e": {"a": "b", "c.d": "e"},
            " a = b , c = ": {"a": "b", "c": ""},
            "a=b%2C%3D%25%20c,%2Cd=%C3%A9": {"a": "b,=% c", ",d": "é"},
            "a=b=c": {"a": "b=c"},
            "a=1,a=2": {"a": "2"},
            "a=b,,": {"a": "b"},
        },
    ),
    "traces_exporter": (["OTEL_TRACES_EXPORTER"], "otlp", {"none": "none", "OTLP": "otlp"}),
    "metrics_exporter": (["OTEL_METRICS_EXPORTER"], "otlp", {"none": "none"}),
    "logs_exporter": (["OTEL_LOGS_EXPORTER"], "otlp", {"none": "none"}),
    "metric_interval": (
        ["OTEL_METRIC_EXPORT_INTERVAL"],
        10.0,
        {"60000": 60.0, "1": 0.001, "86400000": 86400.0},
    ),
    "sampler": (
        ["OTEL_TRACES_SAMPLER"],
        "parentbased_traceidratio",
        {"always_on": "always_on", "AlWaYs_OfF": "always_off", "traceidratio": "traceidratio"},
    ),
    "sampler_ratio": (["OTEL_TRACES_SAMPLER_ARG"], 0.01, {"0": 0.0, "1": 1.0, "0.25": 0.25, "1e-3": 0.001}),
    "span_delay": (["OTEL_BSP_SCHEDULE_DELAY"], 5.0, {"1000": 1.0}),
    "queue_size": (["OTEL_BSP_MAX_QUEUE_SIZE"], 2048, {"1": 1, "0010": 10, "1000000": 1_000_000}),
    "batch_size": (["OTEL_BSP_MAX_EXPORT_BATCH_SIZE"], 512, {"64": 64}),
    "log_exporter": (["ODOOOPS_LOG_EXPORTER"], "none", {"otlp": "otlp"}),
    "log_format": (["ODOOOPS_LOG_FORMAT"], "text", {"json": "json", "JSON": "json"}),
    "log_delay": (["OTEL_BLRP_SCHEDULE_DELAY"], 1.0, {"5000": 5.0}),
    "log_queue_size": (["OTEL_BLRP_MAX_QUEUE_SIZE"], 2048, {"1": 1}),
    "log_batch_size": (["OTEL_BLRP_MAX_EXPORT_BATCH_SIZE"], 512, {"64": 64}),
    "slow_threshold": (["ODOOOPS_TRACES_SLOW_THRESHOLD"], 2.0, {"500": 0.5}),
    "slow_statement": (["ODOOOPS_TRACES_SLOW_STATEMENT"], 0.2, {"50": 0.05}),
    "statement_limit": (["ODOOOPS_TRACES_STATEMENT_LIMIT"], 500, {"0": 0, "10000": 10_000}),
    "sql": (["ODOOOPS_SQL"], "hooks", {"driver": "driver", "HOOKS": "hooks"}),
    "sql_processes": (["ODOOOPS_TRACES_SQL_PROCESSES"], "", {"http-0, 77": "http-0, 77"}),
    "orm": (["ODOOOPS_ORM"], True, {"false": False, "TRUE": True}),
    "native": (["ODOOOPS_NATIVE"], True, {"false": False, "TRUE": True}),
    "propagate_to": (
        ["ODOOOPS_PROPAGATE_TO"],
        ("*",),
        {"none": (), "*, .internal": ("*", ".internal"), "Shop.example": ("shop.example",)},
    ),
    "redact_names": (["ODOOOPS_REDACT_NAMES"], (), {"employee_no, X-Tenant": ("employee_no", "X-Tenant")}),
    "redact_patterns": (
        ["ODOOOPS_REDACT_PATTERNS"],
        (),
        {r"\bEMP-\d{6} KD\d{4}": (r"\bEMP-\d{6}", r"KD\d{4}")},
    ),
    "trusted_addresses": (
        ["ODOOOPS_TRACES_TRUSTED_ADDRESSES"],
        networks.parse("127.0.0.0/8,::1"),
        {"none": (), "None": (), "10.0.0.7, fd00::/8": networks.parse("10.0.0.7,fd00::/8")},
    ),
    "untrusted_rate": (["ODOOOPS_TRACES_UNTRUSTED_RATE"], 60, {"0": 0, "600": 600}),
    "telemetry_dir": (["ODOOOPS_TELEMETRY_DIR"], "", {"/run/odoo": "/run/odoo"}),
}
EXPORTER = {
    "protocol": ("http/protobuf", {"http/protobuf": "http/protobuf"}),
    "headers": (
        {},
        {"api-key=s3cr3t,Authorization=Bearer%20a=": {"api-key": "s3cr3t", "Authorization": "Bearer a="}},
    ),
    "timeout": (10.0, {"2500": 2.5}),
    "compression": ("auto", {"gzip": "gzip", "none": "none", "auto": "auto"}),
    "certificate": ("", {"/etc/ssl/ca.pem": "/etc/ssl/ca.pem"}),
}
for signal in settings.SIGNALS:
    for field, (default, texts) in EXPORTER.items():
        variables = [f"OTEL_EXPORTER_OTLP_{part}{field.upper()}" for part in (f"{signal.upper()}_", "")]
        OPTIONS[f"{signal}_{field}"] = (variables, default, texts)
VALID = [
    (field, variable, text, value)
    for field, (variables, _default, texts) in OPTIONS.items()
    for variable in variables
    for text, value in texts.items()
]
MALFORMED = [
    ("OTEL_SDK_DISABLED", ["yes", "1", "tru", "false;"]),
    ("OTEL_RESOURCE_ATTRIBUTES", ["a", "=b", "a=b,c", " =", "a=%ff"]),
    ("OTEL_TRACES_EXPORTER", ["console", "otlp,none"]),
    ("OTEL_METRICS_EXPORTER", ["prometheus"]),
    ("OTEL_LOGS_EXPORTER", ["console"]),
    ("ODOOOPS_LOG_EXPORTER", ["file"]),
    ("ODOOOPS_LOG_FORMAT", ["logfmt", "yes"]),
    ("ODOOOPS_SQL", ["orm", "hooks,driver"]),
    ("ODOOOPS_PROPAGATE_TO", ["https://shop.example", "shop.example:443", "none,*", ",", "a b"]),
    ("ODOOOPS_REDACT_NAMES", ["a b", "x", "name;other"]),
    ("ODOOOPS_REDACT_PATTERNS", [r"EMP-\d+", "(", r"a{0,9}", r"(a)\1"]),
    ("OTEL_EXPORTER_OTLP_PROTOCOL", ["grpc", "http/json", "http"]),
    (
        "OTEL_EXPORTER_OTLP_TIMEOUT",
        ["0", "-1", "10s", "1.5", "ten", "1e3", "+5", "²", "٣", "86400001", "9" * 5000],
    ),
    ("OTEL_EXPORTER_OTLP_COMPRESSION", ["zstd", "gzip,none"]),
    (
        "OTEL_EXPORTER_OTLP_HEADERS",
        ["token", "a b=c", "a=b%0d%0ac=d", "a=%00", "é=b", "a=%E4%B8%AD", "a=%ff", "%20=b"],
    ),
    ("OTEL_METRIC_EXPORT_INTERVAL", ["x", "0x10", "1_000", "\N{FULLWIDTH DIGIT ONE}"]),
    ("OTEL_TRACES_SAMPLER", ["jaeger_remote", "ratio"]),
    ("OTEL_TRACES_SAMPLER_ARG", ["nan", "inf", "-0.1", "1.01", "half", "1e400", "0,5"]),
    ("OTEL_BSP_MAX_QUEUE_SIZE", ["0", "-5", "many", "1000001"]),
    ("ODOOOPS_TRACES_STATEMENT_LIMIT", ["-1", "10001"]),
    ("ODOOOPS_TRACES_TRUSTED_ADDRESSES", ["all", "localhost", "10.0.0.7/8", "10.0.0.1;10.0.0.2", "none,::1"]),
    ("ODOOOPS_TRACES_UNTRUSTED_RATE", ["-1", "0.5", "1000001"]),
]
BAD_ENDPOINTS = [
    "localhost:4318",
    "//localhost:4318",
    "ftp://localhost",
    "grpc://localhost:4317",
    "http://",
    "http:///v1/traces",
    "http://:4318",
    "http://collector..example:4318",
    "http://localhost:0",
    "http://localhost:99999",
    "http://localhost:port",
    "http://[::1",
    "http://local host",
    "http://localhost/a b",
    "http://localhost/\nx",
    "http://locälhost",
    "http://user:s3cr3t@localhost",
    "http://s3cr3t@localhost",
    "http://:s3cr3t@localhost",
    "http://@localhost",
    "s3cr3t",
]


def test_every_option_is_described_here():
    assert {option.field: list(option.variables) for option in settings.OPTIONS} == {
        field: variables for field, (variables, _default, _texts) in OPTIONS.items()
    }
    assert all(option.help for option in settings.OPTIONS)


@pytest.mark.parametrize("field", OPTIONS)
def test_without_a_variable_the_default_holds(field):
    assert settings.read({}).values[field] == OPTIONS[field][1]


@pytest.mark.parametrize(("field", "variable", "text", "value"), VALID)
def test_a_valid_value_is_understood(field, variable, text, value):
    read = settings.read({variable: text})

    assert read.values[field] == getattr(read, field) == value
    assert read.problems == ()


def test_what_a_variable_sets_is_told_apart_from_a_default():
    read = settings.read({"OTEL_TRACES_SAMPLER_ARG": "0.01", "OTEL_BSP_MAX_QUEUE_SIZE": "many"})

    assert read.given == {"sampler_ratio"}


@pytest.mark.parametrize("text", ["", " ", "\t"])
def test_an_empty_variable_is_an_unset_one(text):
    variables = [variable for option in settings.OPTIONS for variable in option.variables]

    assert settings.read(dict.fromkeys(variables, text)) == settings.read({})


@pytest.mark.parametrize(
    ("variable", "text"), [(variable, text) for variable, texts in MALFORMED for text in texts]
)
def test_a_malformed_value_is_one_line_and_the_default_is_used(variable, text):
    read = settings.read({variable: text})

    assert read.values == settings.read({}).values
    [problem] = read.problems
    assert problem.startswith(variable)
    assert problem.endswith(" is used instead. Correct it and restart Odoo.")
    assert len(problem) < 300
    assert problem.isprintable()


def test_a_problem_shows_the_value_and_what_was_expected():
    assert settings.read({"OTEL_BSP_MAX_QUEUE_SIZE": "many"}).problems == (
        "OTEL_BSP_MAX_QUEUE_SIZE='many' is not a whole number from 1 to 1000000; "
        "2048 is used instead. Correct it and restart Odoo.",
    )


def test_a_problem_of_what_the_database_may_say_as_well_promises_no_default():
    [problem] = settings.read({"ODOOOPS_TRACES_SLOW_THRESHOLD": "2s"}).problems

    assert "; what the server's file or the database says, else 2000, is used instead." in problem


def test_every_problem_is_reported():
    read = settings.read(
        {"OTEL_BSP_MAX_QUEUE_SIZE": "many", "OTEL_TRACES_SAMPLER": "some", "OTEL_SDK_DISABLED": "?"}
    )

    assert len(read.problems) == 3


def test_a_problem_of_a_common_variable_is_reported_once():
    read = settings.read({"OTEL_EXPORTER_OTLP_TIMEOUT": "x", "OTEL_EXPORTER_OTLP_ENDPOINT": "x"})

    assert len(read.problems) == 2


@pytest.mark.parametrize("name", ["TIMEOUT", "HEADERS", "COMPRESSION", "CERTIFICATE"])
def test_a_variable_of_the_signal_wins_over_the_common_one(name):
    first, second = {
        "TIMEOUT": ("1000", "2000"),
        "HEADERS": ("a=1", "a=2"),
        "COMPRESSION": ("gzip", "none"),
        "CERTIFICATE": ("/a", "/b"),
    }[name]
    read = settings.read({f"OTEL_EXPORTER_OTLP_TRACES_{name}": first, f"OTEL_EXPORTER_OTLP_{name}": second})
    field = name.lower()

    assert read.of("traces", field) == settings.read({f"OTEL_EXPORTER_OTLP_{name}": first}).of(
        "traces", field
    )
    assert read.of("metrics", field) == settings.read({f"OTEL_EXPORTER_OTLP_{name}": second}).of(
        "traces", field
    )


def test_after_a_malformed_variable_of_the_signal_the_common_one_is_used_and_the_problem_says_so():
    read = settings.read({"OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": "x", "OTEL_EXPORTER_OTLP_TIMEOUT": "3000"})

    assert read.of("traces", "timeout") == read.of("metrics", "timeout") == 3.0
    [problem] = read.problems
    assert problem.endswith("; OTEL_EXPORTER_OTLP_TIMEOUT is used instead. Correct it and restart Odoo.")


@pytest.mark.parametrize(
    "environ",
    [
        {"OTEL_EXPORTER_OTLP_HEADERS": "s3cr3t"},
        {"OTEL_EXPORTER_OTLP_HEADERS": "api key=s3cr3t"},
        {"OTEL_EXPORTER_OTLP_TRACES_HEADERS": "a=s3cr3t%0a"},
        {"OTEL_EXPORTER_OTLP_METRICS_HEADERS": "=s3cr3t"},
        *({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint} for endpoint in BAD_ENDPOINTS if "s3cr3t" in endpoint),
        *(
            {"OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": endpoint}
            for endpoint in BAD_ENDPOINTS
            if "s3cr3t" in endpoint
        ),
    ],
)
def test_a_secret_is_not_repeated_in_a_problem(environ):
    problems = settings.read(environ).problems

    assert len(problems) == 1
    assert "s3cr3t" not in problems[0]


@pytest.mark.parametrize("signal", settings.SIGNALS)
@pytest.mark.parametrize(
    ("common", "endpoint"),
    [
        ("", "http://localhost:4318/v1/{}"),
        ("http://collector:4318", "http://collector:4318/v1/{}"),
        ("http://collector:4318/", "http://collector:4318/v1/{}"),
        ("https://collector/otlp", "https://collector/otlp/v1/{}"),
        ("https://collector/otlp/", "https://collector/otlp/v1/{}"),
        ("https://collector/otlp?tenant=a", "https://collector/otlp/v1/{}?tenant=a"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/{}"),
    ],
)
def test_the_common_endpoint_gets_the_path_of_the_signal(signal, common, endpoint):
    read = settings.read({"OTEL_EXPORTER_OTLP_ENDPOINT": common})

    assert read.endpoints[signal] == endpoint.format(signal)
    assert read.problems == ()


def test_the_endpoint_of_a_signal_is_used_as_it_is():
    read = settings.read(
        {
            "OTEL_EXPORTER_OTLP_METRICS_ENDPOINT": "http://prometheus:9090/api/v1/otlp/v1/metrics",
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318",
        }
    )

    assert read.endpoints == {
        "metrics": "http://prometheus:9090/api/v1/otlp/v1/metrics",
        "traces": "http://collector:4318/v1/traces",
        "logs": "http://collector:4318/v1/logs",
    }


@pytest.mark.parametrize("endpoint", BAD_ENDPOINTS)
@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"])
def test_a_bad_endpoint_is_one_line_and_the_default_is_used(variable, endpoint):
    read = settings.read({variable: endpoint})

    assert read.endpoints == settings.read({}).endpoints
    [problem] = read.problems
    assert problem.startswith(f"{variable} ")
    assert "; http://localhost:4318 is used instead." in problem


def test_after_a_bad_endpoint_of_the_signal_the_common_one_is_used():
    read = settings.read(
        {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "x", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}
    )

    assert read.endpoints["traces"] == "http://collector:4318/v1/traces"


@pytest.mark.parametrize(
    ("environ", "sent"),
    [
        ({}, {"traces", "metrics", "logs"}),
        ({"OTEL_TRACES_EXPORTER": "none"}, {"metrics", "logs"}),
        ({"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}, {"traces"}),
        ({"OTEL_SDK_DISABLED": "true"}, set()),
    ],
)
def test_signals_are_sent_unless_turned_off(environ, sent):
    read = settings.read(environ)

    assert {signal for signal in settings.SIGNALS if read.sends(signal)} == sent


def test_settings_shown_in_a_log_show_no_secret():
    assert "s3cr3t" not in repr(settings.read({"OTEL_EXPORTER_OTLP_HEADERS": "api-key=s3cr3t"}))


def test_settings_can_be_copied():
    read = settings.read({})

    assert copy.copy(read) == copy.deepcopy(read) == read


def test_an_unknown_setting_is_an_attribute_error():
    with pytest.raises(AttributeError, match="colour"):
        settings.read({}).colour  # noqa: B018


@pytest.mark.parametrize(
    ("environ", "signals", "seconds"),
    [
        ({}, ["traces", "metrics"], settings.MAX_INTERVAL),
        ({}, [], settings.MAX_INTERVAL),
        ({}, ["traces", "metrics", "logs"], 1.0),
        ({"OTEL_BSP_SCHEDULE_DELAY": "200"}, ["traces", "metrics"], 0.2),
        ({"OTEL_BSP_SCHEDULE_DELAY": "200"}, ["metrics"], settings.MAX_INTERVAL),
        ({"OTEL_BSP_SCHEDULE_DELAY": "3000"}, ["traces"], 1.5),
    ],
)
def test_somebody_looks_when_something_is_due(environ, signals, seconds):
    assert settings.read(environ).interval(signals) == seconds


@pytest.mark.parametrize("delay", ["1", "999", "2500", "2501", "5000", "7300", "10000", "86400000"])
def test_a_delay_is_a_whole_number_of_looks(delay):
    found = settings.read({"OTEL_BSP_SCHEDULE_DELAY": delay})
    looks = found.span_delay / found.interval(["traces"])

    assert looks == pytest.approx(round(looks))
    assert found.interval(["traces"]) <= settings.MAX_INTERVAL
