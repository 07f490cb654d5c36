"""Free, remembered and taken ports."""

import os
import socket

import pytest

from odooops.stack import listeners, ports


@pytest.fixture
def server():
    with socket.socket() as listening:
        listening.bind((ports.LOOPBACK, 0))
        listening.listen()
        yield listening.getsockname()[1]


def all_free(number: int) -> bool:
    return True


def all_but(*taken: int):
    return lambda number: number not in taken


def test_a_first_state_gets_the_customary_ports():
    assert ports.choose({}, None, all_free) == ports.WANTED


def test_a_second_state_keeps_all_its_ports_clear_of_the_first():
    chosen = ports.choose({}, None, all_but(8069, ports.WANTED["prometheus"]))
    assert chosen["nginx"] == 8070
    assert {chosen[name] - ports.WANTED[name] for name in chosen if name != "nginx"} == {10}


def test_remembered_ports_are_kept():
    remembered = dict(ports.WANTED, nginx=8123, prometheus=9555)
    assert ports.choose(remembered, None, all_free) == remembered


def test_only_the_port_that_was_taken_meanwhile_is_chosen_anew():
    chosen = ports.choose(ports.WANTED, None, all_but(9090))
    assert chosen["prometheus"] == 9100
    assert {name for name in chosen if chosen[name] != ports.WANTED[name]} == {"prometheus"}


def test_the_port_that_was_asked_for_is_the_user_s_even_when_another_part_had_it():
    chosen = ports.choose(ports.WANTED, 9090, all_free)
    assert chosen["nginx"] == 9090
    assert len(set(chosen.values())) == len(chosen)


def test_a_server_s_port_is_taken_and_its_owner_named(server):
    assert not ports.is_free(server)
    assert f"(process {os.getpid()})" in listeners.owner(server)


def test_a_port_that_moved_is_told_in_one_line_with_who_has_it(server):
    remembered = dict(ports.WANTED, nginx=server)

    told = ports.told_moves(remembered, dict(ports.WANTED, nginx=8071, loki=3110), {server})

    assert told.startswith(f"Taken: port {server} by ")
    assert f"(process {os.getpid()}), so Odoo has 8071; setup/cli status" in told
    assert "loki" not in told, "nobody else had its port"


def test_where_nothing_moved_there_is_nothing_to_tell():
    assert ports.told_moves({}, ports.WANTED, set()) == ""
    assert ports.told_moves({}, dict(ports.WANTED, nginx=8070), set()) == "", "it was asked for"


def test_a_held_port_is_refused_to_others_but_not_to_the_server_it_is_held_for():
    with ports.Reservation() as reservation, socket.socket() as ours:
        port = _take_any(reservation)
        assert not ports.is_free(port)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        ours.bind((ports.LOOPBACK, port))
        ours.listen()


def test_connections_that_are_winding_down_do_not_take_a_port():
    assert ports.is_free(_port_with_old_connections())


def test_of_two_that_choose_at_once_one_gets_the_port_also_where_connections_are_winding_down():
    port = _port_with_old_connections()
    with ports.Reservation() as one, ports.Reservation() as other:
        assert [one.take(port), other.take(port)] == [True, False]
    assert ports.is_free(port)


def _port_with_old_connections() -> int:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((ports.LOOPBACK, 0))
        listening.listen()
        port = listening.getsockname()[1]
        client = socket.create_connection((ports.LOOPBACK, port))
        accepted, _ = listening.accept()
        accepted.close()
        client.close()
    return port


def _take_any(reservation: ports.Reservation) -> int:
    return next(port for port in range(20000, 30000) if reservation.take(port))


def test_every_port_belongs_to_a_program_of_the_stack():
    assert {ports.LISTENS.get(name, name) for name in ports.WANTED} >= {"odoo", "otelcol", "loki", "tempo"}
    assert set(ports.LISTENS) <= set(ports.WANTED)


def test_a_port_of_a_part_that_is_no_more_is_let_go():
    assert "vmagent" not in ports.choose(dict(ports.WANTED, vmagent=8429), None, all_free)
