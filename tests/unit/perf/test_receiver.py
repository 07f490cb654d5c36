"""The receivers that do not do well are as bad as they say."""

import socket

import pytest
import receiver


def test_nobody_answers_the_first_packet_to_a_black_hole():
    with receiver.black_hole() as hole, pytest.raises(TimeoutError):
        socket.create_connection(hole.getsockname(), timeout=0.3).close()
