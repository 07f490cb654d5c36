"""What is told of a request that Odoo sent."""

import pytest
from odooops_otel.tools import semconv
from odooops_otel.tools.calls import Call


def call(**changed):
    values = {
        "span_id": b"\x02" * 8,
        "parent_span_id": b"\x03" * 8,
        "method": "POST",
        "url": "https://user:s3cr3t@shop.example/v2/orders?key=s3cr3t",
        "started_at": 1_764_000_000_000_000_000,
        "duration": 0.25,
        "status": 201,
        "error_type": None,
    }
    return Call(**values | changed)


def test_it_says_where_the_request_went_and_what_was_answered():
    assert call().attributes() == {
        "http.request.method": "POST",
        "server.address": "shop.example",
        "server.port": 443,
        "url.full": "https://shop.example/v2/orders",
        "http.response.status_code": 201,
        "error.type": None,
    }
    assert call().name == "POST"


@pytest.mark.parametrize(
    ("status", "error_type", "failure"),
    [
        (200, None, None),
        (302, None, None),
        (404, None, "404"),
        (500, None, "500"),
        (0, "requests.exceptions.ConnectionError", "requests.exceptions.ConnectionError"),
    ],
)
def test_every_status_from_400_on_is_a_failure_to_a_client(status, error_type, failure):
    assert call(status=status, error_type=error_type).failure == failure


def test_the_key_has_a_value_for_each_attribute_of_the_metric():
    key = dict(zip(semconv.HTTP_CLIENT_REQUEST_DURATION.attributes, call(status=0).metric_key(), strict=True))

    assert key == {
        "http.request.method": "POST",
        "server.address": "shop.example",
        "server.port": 443,
        "http.response.status_code": None,
        "error.type": None,
    }


def test_an_unknown_method_is_other():
    assert call(method="BREW").attributes()["http.request.method"] == "_OTHER"
    assert call(method="BREW").metric_key()[0] == "_OTHER"
    assert call(method="BREW").name == "HTTP"
