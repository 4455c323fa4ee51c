"""Messages between the service and the process of a query."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from harlake.query.sql_messages import MessageChannel


@pytest.fixture
def ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    """A pair of connected sockets."""
    one, other = socket.socketpair()
    with one, other:
        yield one, other


def test_messages_keep_their_bounds(ends: tuple[socket.socket, socket.socket], threads: ThreadPoolExecutor) -> None:
    """Also where they are empty, or larger than what a socket holds."""
    messages = [b"a", b"", b"x" * 3_000_000, b"b"]
    sender, receiver = map(MessageChannel, ends)

    def send() -> None:
        for message in messages:
            sender.send(message[:1], message[1:])

    sending = threads.submit(send)
    assert [receiver.receive() for _ in messages] == messages
    sending.result()


def test_tables(ends: tuple[socket.socket, socket.socket]) -> None:
    """Paths and rows come in their order, up to the end of each table."""
    sender, receiver = map(MessageChannel, ends)
    sender.send_path("index/é.parquet")
    sender.send_rows(b"p")
    sender.end_table()
    sender.end_table()
    assert list(receiver.table()) == ["index/é.parquet", b"p"]
    assert list(receiver.table()) == []


def test_the_other_end_is_closed(ends: tuple[socket.socket, socket.socket]) -> None:
    """Neither is there anything to be read, nor anybody who reads; half a message is none."""
    one, other = ends
    MessageChannel(one).send(b"whole")
    one.sendall(b"\0\0\0\7half")
    one.close()
    channel = MessageChannel(other)
    assert channel.receive() == b"whole"
    with pytest.raises(EOFError):
        channel.receive()
    with pytest.raises(EOFError):
        channel.send(b"x")


def test_time_is_limited(ends: tuple[socket.socket, socket.socket]) -> None:
    """Whether nobody says anything, or nobody listens."""
    channel = MessageChannel(ends[0], 0.01)
    with pytest.raises(TimeoutError):
        channel.receive()
    with pytest.raises(TimeoutError):
        channel.send(b"x" * 10_000_000)


def test_no_message_is_sent_when_the_time_is_over(ends: tuple[socket.socket, socket.socket]) -> None:
    """Even where there is room for it: whoever sends a table would go on for as long as that takes."""
    sender = MessageChannel(ends[0], 0)
    with pytest.raises(TimeoutError):
        sender.send(b"a")
