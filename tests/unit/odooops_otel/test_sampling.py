"""The decision at the start of a trace is the one that every OpenTelemetry SDK takes."""

import random

import pytest
from odooops_otel.tools import sampling, trace_context
from opentelemetry import trace
from opentelemetry.sdk.trace import sampling as sdk

RATIOS = [0.0, 1e-9, 0.01, 0.1, 1 / 3, 0.5, 0.999, 1.0]
GENERATOR = random.Random(7)
TRACE_IDS = [
    b"\xff" * 8 + bytes(8),
    bytes(8) + b"\xff" * 8,
    b"\xff" * 16,
    bytes(15) + b"\x01",
    *(GENERATOR.randbytes(16) for _ in range(200)),
]
PARENTS = {flags: trace_context.Parent(b"t" * 16, b"s" * 8, flags) for flags in (0, 1)}
SDK_SAMPLERS = {
    "always_on": lambda ratio: sdk.ALWAYS_ON,
    "always_off": lambda ratio: sdk.ALWAYS_OFF,
    "traceidratio": sdk.TraceIdRatioBased,
    "parentbased_always_on": lambda ratio: sdk.DEFAULT_ON,
    "parentbased_always_off": lambda ratio: sdk.DEFAULT_OFF,
    "parentbased_traceidratio": sdk.ParentBasedTraceIdRatio,
}


def sdk_keeps(sampler, ratio, trace_id, parent):
    number = int.from_bytes(trace_id, "big")
    context = None
    if parent:
        span_context = trace.SpanContext(
            number, 1, is_remote=True, trace_flags=trace.TraceFlags(parent.flags)
        )
        context = trace.set_span_in_context(trace.NonRecordingSpan(span_context))
    result = SDK_SAMPLERS[sampler](ratio).should_sample(context, number, "name")
    return result.decision.is_sampled()


def keeps(sampler, ratio, trace_id, parent):
    bound = sampling.bound_of(sampler, ratio)
    return sampling.is_sampled(trace_id, bound, parent, follow_parent=sampler.startswith("parentbased_"))


def test_the_samplers_are_those_of_the_specification():
    assert SDK_SAMPLERS.keys() == sampling.SAMPLERS


@pytest.mark.parametrize("sampler", sorted(SDK_SAMPLERS))
@pytest.mark.parametrize(
    "parent", [None, *PARENTS.values()], ids=["no parent", "parent dropped", "parent kept"]
)
def test_a_trace_is_kept_where_the_sdk_keeps_it(sampler, parent):
    for ratio in (0.0, 0.5, 1.0):
        for trace_id in TRACE_IDS[:40]:
            assert keeps(sampler, ratio, trace_id, parent) == sdk_keeps(sampler, ratio, trace_id, parent)


@pytest.mark.parametrize("ratio", RATIOS)
def test_the_share_is_cut_at_the_same_trace_id_as_in_the_sdk(ratio):
    assert sampling.bound_of("traceidratio", ratio) == sdk.TraceIdRatioBased.get_bound_for_rate(ratio)


@pytest.mark.parametrize("ratio", RATIOS)
def test_a_ratio_keeps_about_its_share(ratio):
    generator = random.Random(1)
    kept = sum(keeps("traceidratio", ratio, generator.randbytes(16), None) for _ in range(5000))

    assert abs(kept / 5000 - ratio) < 0.03


def test_what_a_lower_ratio_keeps_a_higher_one_keeps_too():
    for trace_id in TRACE_IDS:
        decisions = [keeps("traceidratio", ratio, trace_id, None) for ratio in RATIOS]
        assert decisions == sorted(decisions)


def test_without_parentbased_the_caller_decides_nothing():
    assert keeps("always_on", 0, TRACE_IDS[0], PARENTS[0])
    assert not keeps("always_off", 0, TRACE_IDS[0], PARENTS[1])


def test_eight_bytes_of_ones_own_are_measured_as_a_trace_id_is():
    for trace_id in TRACE_IDS:
        bound = sampling.bound_of("traceidratio", 0.1)
        assert sampling.is_below(bound, trace_id[8:]) == keeps("traceidratio", 0.1, trace_id, None)
