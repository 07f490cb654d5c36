"""Which requests are kept: decided by the trace id at the start, by the outcome at the end."""

from __future__ import annotations

from .trace_context import Parent

# OTEL_TRACES_SAMPLER: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/
SAMPLERS = frozenset(
    {
        "always_on",
        "always_off",
        "traceidratio",
        "parentbased_always_on",
        "parentbased_always_off",
        "parentbased_traceidratio",
    }
)


def bound_of(sampler: str, ratio: float) -> int:
    """The value below which the lower 8 bytes of a trace id mean *keep* (TraceIdRatioBased).

    The same trace id then leads to the same decision in every service with this ratio.
    """
    name = sampler.removeprefix("parentbased_")
    share = {"always_on": 1.0, "always_off": 0.0}.get(name, ratio)
    return round(share * (1 << 64))


def is_sampled(trace_id: bytes, bound: int, parent: Parent | None, *, follow_parent: bool) -> bool:
    """Whether a trace is kept whatever becomes of it."""
    if parent and follow_parent:
        return parent.is_sampled
    return is_below(bound, trace_id[8:])


def is_below(bound: int, random_bytes: bytes) -> bool:
    """Whether 8 random bytes are among the share that a bound stands for."""
    return int.from_bytes(random_bytes, "big") < bound
