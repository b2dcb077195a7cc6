"""HTTP/1.1 messages with something wrong in them: valid ones, mutated at random but always in the same way."""

from __future__ import annotations

from random import Random
from typing import Any

from twisted.trial.unittest import SynchronousTestCase

from frp.test.wire.strategies import pieces
from frp.wire.http.body import BodyReader, bodyReader
from frp.wire.http.connection import keepsAlive, removeHopByHop, upgrade
from frp.wire.http.error import HTTPWireError
from frp.wire.http.reader import requestReader
from frp.wire.http.target import readBasic, readTarget

_SEEDS = (
    b"GET /api?x HTTP/1.1\r\nHost: a.example:80\r\nConnection: keep-alive, Upgrade\r\nUpgrade: websocket\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"5\r\nhello\r\n0;x=y\r\nX: y\r\n\r\nGET / HTTP/1.0\r\n\r\n",
    b"\r\nPUT http://h:1/p HTTP/1.1\r\nhost: h\r\nContent-Length: 5\r\n\r\nhello"
    b"CONNECT [::1]:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dTpw\r\n\r\n",
)
_WORDS = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b" ",
        b"\t",
        b":",
        b";",
        b",",
        b"5",
        b"+",
        b"-",
        b"_",
        b"0x",
        b"\xff",
        b"\x0b",
        b"@",
    ),
    *(
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\n",
        b"0\r\n\r\n",
        b"HTTP/1.1",
        b"Host: x\r\n",
        b"chunked",
    ),
    *(b"[", b"]", b"%", b"\r\n\r\n", b"f" * 17),
)


def _mutated(random: Random) -> bytes:
    data = bytearray(random.choice(_SEEDS))
    for _ in range(random.choice((1, 1, 2, 3, 6))):
        place, what = random.randrange(len(data) + 1), random.random()
        if what < 0.5:
            data[place:place] = random.choice(_WORDS)
        elif what < 0.65:
            data[place : place + 1] = bytes([random.randrange(256)])
        elif what < 0.8:
            del data[place : place + random.randrange(1, 9)]
        else:
            start = random.randrange(len(data) + 1)
            data[place:place] = data[start : start + random.randrange(30)]
    return bytes(data)


def _understood(parts: list[bytes]) -> tuple[list[object], int]:
    """All that is made of these bytes, and the status of an error; then without the bodies, which depend on the cut."""
    heads, bodies = [], b""
    reader = requestReader()
    body: BodyReader | None = None
    try:
        for part in parts:
            rest = part
            while rest:
                if body is not None:
                    bodies += b"".join(body.receive(rest))
                    rest = body.rest
                    body = None if body.done else body
                    continue
                head = reader.receive(rest)
                rest = reader.rest
                if head is not None:
                    heads.append(head)
                    body = bodyReader(head.framing())
                    body = None if body.done else body
    except HTTPWireError as error:
        return [*heads], error.status
    return [*heads, bodies], 0


class FuzzTests(SynchronousTestCase):
    """Nothing but refusals."""

    def test_mutated(self) -> None:
        """Whatever is wrong is refused, in the same way however it is cut; and what is not can be sent on."""
        random = Random(1)
        for _ in range(3000):
            data = _mutated(random)
            whole = _understood([data])
            marks = [random.randrange(len(data) + 1) for _ in range(random.choice((1, 5, len(data))))]
            self.assertEqual(_understood(pieces(data, marks)), whole, data)
            for head in whole[0]:
                if not isinstance(head, bytes):
                    self._use(head)

    def _use(self, head: Any) -> None:
        keepsAlive(head)
        upgrade(head)
        readBasic(head.fields.get(b"authorization"))
        head.encode()
        try:
            readTarget(head)
        except HTTPWireError:
            pass
        removeHopByHop(head.fields)
