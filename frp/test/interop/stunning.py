"""A STUN server on the loopback, with the two addresses that clients ask."""

from __future__ import annotations

import selectors
import socket
import threading

from frp.errors import RemoteWireError
from frp.wire.address import authority
from frp.wire.stun import Binding, decodeQuestion, encodeAnswer

__all__ = ["STUNServer"]


class STUNServer:
    """
    Tells everybody where he is seen.

    @ivar address: where it is asked.
    """

    def __init__(self) -> None:
        self._sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
        for one in self._sockets:
            one.bind(("127.0.0.1", 0))
        self._names = [one.getsockname() for one in self._sockets]
        self.address = authority(*self._names[0])
        self._end, self._ending = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, name="STUN", daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        with selectors.DefaultSelector() as selector:
            for one in (*self._sockets, self._ending):
                selector.register(one, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._ending:
                        return
                    self._answer(self._sockets[self._sockets.index(key.fileobj)])  # type: ignore[arg-type]

    def _answer(self, asked: socket.socket) -> None:
        datagram, sender = asked.recvfrom(2048)
        try:
            question = decodeQuestion(datagram)
        except RemoteWireError:
            return
        other = self._names[1 - self._sockets.index(asked)]
        asked.sendto(encodeAnswer(question.number, Binding(mapped=sender, other=other)), sender)

    def close(self) -> None:
        """Answer nobody any more."""
        self._end.send(b".")
        self._thread.join()
        for one in (*self._sockets, self._end, self._ending):
            one.close()
