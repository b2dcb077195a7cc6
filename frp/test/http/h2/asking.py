"""Somebody who asks over HTTP/2, in a network in memory."""

from __future__ import annotations

from typing import Any

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived, Event, ResponseReceived, StreamEnded

from frp.testing.network import Network, User

__all__ = ["AskingHTTP2"]


class AskingHTTP2:
    """
    A connection over which requests are sent.

    @ivar events: what was heard.
    """

    def __init__(self, user: User, network: Network) -> None:
        self.user = user
        self.network = network
        self.events: list[Event] = []
        self.h2 = H2Connection(H2Configuration(client_side=True, header_encoding="utf-8"))
        self.h2.initiate_connection()

    def ask(
        self,
        number: int,
        more: Any = (),
        *,
        host: str = "example.test",
        method: str = "GET",
        path: str = "/x",
        body: bytes = b"",
    ) -> tuple[str, bytes]:
        """@return: status and body of the response to one request."""
        pseudo = [(":method", method), (":scheme", "http"), (":authority", host), (":path", path)]
        self.h2.send_headers(number, [*pseudo, *more], end_stream=not body)
        if body:
            self.h2.send_data(number, body, end_stream=True)
        for _ in range(100):
            self.exchange()
            if any(isinstance(event, StreamEnded) and event.stream_id == number for event in self.events):
                break
        (head,) = [e for e in self.events if isinstance(e, ResponseReceived) and e.stream_id == number]
        pieces = [e.data for e in self.events if isinstance(e, DataReceived) and e.stream_id == number]
        fields: dict[Any, Any] = dict(head.headers)
        return fields[":status"], b"".join(pieces)

    def exchange(self) -> None:
        """Let bytes go both ways for a while."""
        self.user.send(self.h2.data_to_send())
        self.network.advance(0.1)
        data, self.user.received = self.user.received, b""
        if data:
            self.events += self.h2.receive_data(data)
            for event in self.events:
                if isinstance(event, DataReceived) and event.flow_controlled_length:
                    self.h2.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                    event.flow_controlled_length = 0
