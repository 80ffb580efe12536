"""The fast transport's own corners, its event loop's calls made by hand."""

from unittest.mock import Mock

import pytest

from stress.client.http1 import Connection, Origin

WHOLE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


def connected() -> Connection:
    connection = Connection(Origin("http://h/v1"), lambda: 0.0)
    connection.connection_made(Mock())
    return connection


async def test_a_response_that_ends_while_its_request_is_cancelled_is_no_bug() -> None:
    connection = connected()
    connection.send(b"", Mock(head=lambda *_: lambda *_: False)).cancel()
    connection.data_received(WHOLE)
    assert connection._origin.idle == []


async def test_a_bug_that_nobody_waits_for_any_more_is_raised() -> None:
    def take(*_: object) -> bool:
        raise ValueError("a bug")

    connection = connected()
    connection.send(b"", Mock(head=lambda *_: take)).cancel()
    with pytest.raises(ValueError, match="a bug"):
        connection.data_received(WHOLE)
