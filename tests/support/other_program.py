"""What a program that is none of ours sends by OTLP: spans with a text in every place that there is."""

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest


def set_attributes(attributes, **values) -> None:
    for key, value in values.items():
        item = attributes.add(key=key)
        if isinstance(value, list):
            for part in value:
                item.value.array_value.values.add().string_value = part
        elif isinstance(value, int):
            item.value.int_value = value
        else:
            item.value.string_value = value


def spans_of(resource: dict[str, str], *spans: dict) -> bytes:
    """A request with spans: ``name`` and ``text``, which stands in every place that there is, and ``attributes``."""
    request = ExportTraceServiceRequest()
    group = request.resource_spans.add()
    set_attributes(group.resource.attributes, **resource)
    scoped = group.scope_spans.add()
    scoped.scope.name = "shop"
    for number, given in enumerate(spans, start=1):
        text = given.get("text", "")
        span = scoped.spans.add(name=text or given["name"], trace_state=f"shop={number}")
        span.trace_id, span.span_id = number.to_bytes(16), number.to_bytes(8)
        span.status.message = text
        set_attributes(
            span.attributes, **{"test.text": text, "test.list": [text]}, **given.get("attributes", {})
        )
        event = span.events.add(name=text or "event")
        set_attributes(event.attributes, **{"exception.message": text})
    return request.SerializeToString()
