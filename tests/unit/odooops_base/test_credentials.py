"""What in an address lets somebody in, and how an address is shown without it."""

import pytest
from odooops_base.tools.credentials import has_credentials, without_userinfo


@pytest.mark.parametrize(
    "address",
    [
        "s3://key:secret@bucket/x",
        "HTTPS://u:@h/",
        "sftp://a:b@c",
        "https://ghp_0123456789abcdef@github.com/x",
        "https://a@b:c@h/",
        "https://h/job?token=x",
        "https://h/job?a=1&access_token=x",
        "https://h/job?private-token=x",
        "https://h/job?a=1;api_key=x",
        "https://h/cb#access_token=x",
        "https://h/job?pass%77ord=x",
        "https://b.s3.amazonaws.com/x?X-Amz-Credential=a&X-Amz-Signature=b",
        "https://a.blob.core.windows.net/x?sv=2024-01-01&sig=b",
        "https://storage.googleapis.com/b/x?X-Goog-Signature=b",
    ],
)
def test_an_address_that_lets_somebody_in_is_found(address):
    assert has_credentials(address)


@pytest.mark.parametrize(
    "address",
    [
        "/backup/a:b@c.zip",
        "s3://bucket/x",
        "sftp://user@host/x",
        "ssh://backup@host:22/x",
        "backup@host:/srv/x",
        "https://h/a:b@c",
        "https://h/?a=b@c",
        "https://h/job/5?tab=log&keyword=x&monkey=1&page=2#step:3:1",
        "https://h/job?token",
        "",
    ],
)
def test_an_address_that_does_not_is_not(address):
    assert not has_credentials(address)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://user:pw@x/", "https://…@x/"),
        ("https://user:p@w@x/", "https://…@x/"),
        ("from ftp://a@b to HTTP://c:d@e", "from ftp://…@b to HTTP://…@e"),
        ("https://x/a@b", "https://x/a@b"),
        ("me@example.com", "me@example.com"),
    ],
)
def test_an_address_is_shown_without_user_and_password(text, shown):
    assert without_userinfo(text) == shown
