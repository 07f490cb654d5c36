"""Official OTLP messages on one side, ours on the other: the same content for both.

``encode`` takes a message of ``opentelemetry-proto`` and writes its content with
``odooops_otel.tools.otlp``; ``RandomMessages`` makes messages of everything that the recorder can say.
"""

from __future__ import annotations

import random

from google.protobuf.message import Message
from odooops_otel.tools import otlp
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, InstrumentationScope, KeyValue
from opentelemetry.proto.metrics.v1 import metrics_pb2
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

TYPES: dict[str, type[Message]] = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        AnyValue,
        ExportMetricsServiceRequest,
        ExportTraceServiceRequest,
        InstrumentationScope,
        metrics_pb2.Exemplar,
        metrics_pb2.HistogramDataPoint,
        metrics_pb2.Metric,
        metrics_pb2.NumberDataPoint,
        Resource,
        Span,
    )
}
# Lengths at which the varint before a body grows.
LENGTHS = (0, 1, 2, 7, 127, 128, 129, 300, 16_383, 16_384)
INTEGERS = (0, 1, -1, 127, 128, 200, 404, 2**31, -(2**31), 2**53 + 1, 2**63 - 1, -(2**63))
FLOATS = (0.0, -0.0, 1.0, 0.1, -2.5, 1e-9, 5e-324, 1.7e308, float("inf"), float("-inf"))
LETTERS = "aZ09 _-/'\"\\\0\n\té߀кあ中\u200b\ufeff\uffff😀\U0010ffff"


def encode(message: Message) -> bytes:
    """What ``tools/otlp.py`` writes for the content of an official message."""
    return _ENCODERS[type(message)](message)


def value_of(message: AnyValue):
    kind = message.WhichOneof("value")
    if kind == "array_value":
        return [value_of(item) for item in message.array_value.values]
    return getattr(message, kind)


def _attributes(field: int, message: Message) -> bytes:
    return otlp.attributes(field, [(pair.key, value_of(pair.value)) for pair in message.attributes])


def _span(message: Span) -> bytes:
    return otlp.span(
        trace_id=message.trace_id,
        span_id=message.span_id,
        parent_span_id=message.parent_span_id,
        trace_state=message.trace_state,
        name=message.name,
        kind=message.kind,
        start=message.start_time_unix_nano,
        end=message.end_time_unix_nano,
        attributes_body=_attributes(9, message),
        dropped_attributes=message.dropped_attributes_count,
        events=[_event(event) for event in message.events],
        dropped_events=message.dropped_events_count,
        status=message.status.code,
        status_message=message.status.message,
        flags=message.flags,
    )


def _event(message: Span.Event) -> bytes:
    attributes = {pair.key: value_of(pair.value) for pair in message.attributes}
    return otlp.event(message.time_unix_nano, message.name, attributes)


def _number_point(message: metrics_pb2.NumberDataPoint) -> bytes:
    is_recorded = not message.flags & metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
    value = getattr(message, message.WhichOneof("value")) if is_recorded else None
    return otlp.number_point(
        value, message.start_time_unix_nano, message.time_unix_nano, _attributes(7, message)
    )


def _exemplar(message: metrics_pb2.Exemplar) -> bytes:
    return otlp.exemplar(message.as_double, message.time_unix_nano, message.span_id, message.trace_id)


def _histogram_point(message: metrics_pb2.HistogramDataPoint) -> bytes:
    assert message.count == sum(message.bucket_counts)
    return otlp.histogram_point(
        buckets=message.bucket_counts,
        total=message.sum,
        bounds_body=otlp.bounds(message.explicit_bounds),
        start=message.start_time_unix_nano,
        time=message.time_unix_nano,
        attributes_body=_attributes(9, message),
        exemplars=map(_exemplar, message.exemplars),
    )


def _metric(message: metrics_pb2.Metric) -> bytes:
    head = (message.name, message.description, message.unit)
    kind = message.WhichOneof("data")
    points = map(encode, getattr(message, kind).data_points)
    if kind == "sum":
        return otlp.sum_(*head, points, monotonic=message.sum.is_monotonic)
    return {"gauge": otlp.gauge, "histogram": otlp.histogram}[kind](*head, points)


def _traces(message: ExportTraceServiceRequest) -> bytes:
    [resource] = message.resource_spans
    [scope] = resource.scope_spans
    return _request(resource, scope, scope.spans)


def _metrics(message: ExportMetricsServiceRequest) -> bytes:
    [resource] = message.resource_metrics
    [scope] = resource.scope_metrics
    return _request(resource, scope, scope.metrics)


def _request(resource: Message, scope: Message, items) -> bytes:
    return otlp.export_request(
        encode(resource.resource),
        encode(scope.scope),
        [otlp.message(2, encode(item)) for item in items],
        resource.schema_url,
    )


_ENCODERS = {
    AnyValue: lambda message: otlp.any_value(value_of(message)),
    ExportMetricsServiceRequest: _metrics,
    ExportTraceServiceRequest: _traces,
    InstrumentationScope: lambda message: otlp.scope(message.name, message.version),
    metrics_pb2.Exemplar: _exemplar,
    metrics_pb2.HistogramDataPoint: _histogram_point,
    metrics_pb2.Metric: _metric,
    metrics_pb2.NumberDataPoint: _number_point,
    Resource: lambda message: otlp.resource({pair.key: value_of(pair.value) for pair in message.attributes}),
    Span: _span,
}


class RandomMessages:
    """Messages with random content, the same for the same seed."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)

    def any(self) -> Message:
        return self._random.choice([self.span, self.metric, self.traces, self.metrics, self.resource])()

    def text(self) -> str:
        return "".join(self._random.choices(LETTERS, k=self._random.choice(LENGTHS[:-2])))

    def value(self) -> AnyValue:
        kind = self._random.choice(["string", "bool", "int", "double", "array"])
        if kind == "array":
            items = [AnyValue(string_value=self.text()) for _ in range(self._random.randrange(4))]
            return AnyValue(array_value=ArrayValue(values=items))
        values = {"string": self.text(), "bool": self._coin(), "int": self._int(), "double": self._float()}
        return AnyValue(**{f"{kind}_value": values[kind]})

    def attributes(self) -> list[KeyValue]:
        return [KeyValue(key=self.text(), value=self.value()) for _ in range(self._random.randrange(6))]

    def resource(self) -> Resource:
        pairs = {pair.key: pair for pair in self.attributes()}
        return Resource(attributes=pairs.values())

    def scope(self) -> InstrumentationScope:
        return InstrumentationScope(name=self.text(), version=self.text())

    def span(self) -> Span:
        message = Span(
            trace_id=self._random.randbytes(16),
            span_id=self._random.randbytes(8),
            parent_span_id=self._random.choice([b"", self._random.randbytes(8)]),
            trace_state=self._random.choice(["", "vendor=value"]),
            name=self.text(),
            kind=self._random.randrange(6),
            start_time_unix_nano=self._time(),
            end_time_unix_nano=self._time(),
            attributes=self.attributes(),
            dropped_attributes_count=self._random.choice([0, 0, 1, 300]),
            events=[self._event() for _ in range(self._random.randrange(3))],
            dropped_events_count=self._random.choice([0, 0, 1, 300]),
            flags=self._random.choice([0, 1, 0x301]),
        )
        if self._coin():
            message.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=self.text()))
        return message

    def _event(self) -> Span.Event:
        pairs = {pair.key: pair for pair in self.attributes()}
        return Span.Event(time_unix_nano=self._time(), name=self.text(), attributes=pairs.values())

    def metric(self) -> metrics_pb2.Metric:
        message = metrics_pb2.Metric(name=self.text(), description=self.text(), unit=self.text())
        kind = self._random.choice(["gauge", "sum", "histogram"])
        make = self._histogram_point if kind == "histogram" else self._number_point
        data = getattr(message, kind)
        data.SetInParent()
        data.data_points.extend(make() for _ in range(self._random.randrange(4)))
        if kind != "gauge":
            data.aggregation_temporality = metrics_pb2.AGGREGATION_TEMPORALITY_CUMULATIVE
        if kind == "sum":
            data.is_monotonic = self._coin()
        return message

    def traces(self) -> ExportTraceServiceRequest:
        message = ExportTraceServiceRequest()
        resource = message.resource_spans.add(resource=self.resource(), schema_url=self.text())
        resource.scope_spans.add(scope=self.scope(), spans=[self.span() for _ in range(3)])
        return message

    def metrics(self) -> ExportMetricsServiceRequest:
        message = ExportMetricsServiceRequest()
        resource = message.resource_metrics.add(resource=self.resource(), schema_url=self.text())
        resource.scope_metrics.add(scope=self.scope(), metrics=[self.metric() for _ in range(3)])
        return message

    def _number_point(self) -> metrics_pb2.NumberDataPoint:
        value = self._random.choice(
            [
                {"as_int": self._int()},
                {"as_double": self._float()},
                {"flags": metrics_pb2.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK},
            ]
        )
        return metrics_pb2.NumberDataPoint(
            attributes=self.attributes(),
            start_time_unix_nano=self._time(),
            time_unix_nano=self._time(),
            **value,
        )

    def _histogram_point(self) -> metrics_pb2.HistogramDataPoint:
        size = self._random.randrange(20)
        buckets = [self._random.choice([0, 1, 127, 2**40]) for _ in range(size + 1)]
        return metrics_pb2.HistogramDataPoint(
            attributes=self.attributes(),
            start_time_unix_nano=self._time(),
            time_unix_nano=self._time(),
            count=sum(buckets),
            sum=self._float(),
            bucket_counts=buckets,
            explicit_bounds=sorted(self._random.random() for _ in range(size)),
            exemplars=[self._exemplar() for _ in range(self._random.randrange(3))],
        )

    def _exemplar(self) -> metrics_pb2.Exemplar:
        return metrics_pb2.Exemplar(
            time_unix_nano=self._time(),
            as_double=self._float(),
            span_id=self._random.randbytes(8),
            trace_id=self._random.randbytes(16),
        )

    def _coin(self) -> bool:
        return self._random.random() < 0.5

    def _int(self) -> int:
        return self._random.choice([*INTEGERS, self._random.randrange(-(2**63), 2**63)])

    def _float(self) -> float:
        return self._random.choice([*FLOATS, self._random.random()])

    def _time(self) -> int:
        return self._random.choice([0, 1, 2**63, self._random.randrange(2**64)])
