"""
The beginning of a logical connection in version 2: the magic, on a control connection the two hellos, and the first
message of each side.
"""

from __future__ import annotations

from collections.abc import Sequence

from frp.errors import Refused, RemoteWireError
from frp.wire.dialect import Bootstrap, MessageReader, Seal
from frp.wire.messages import Login, Message, fromJSON, toJSON
from frp.wire.sniff import V2_MAGIC
from frp.wire.v2 import hello
from frp.wire.v2.agreement import Agreement, transcript
from frp.wire.v2.frames import CLIENT_HELLO, MESSAGE, SERVER_HELLO, FrameReader, decode, encode, frame
from frp.wire.v2.hello import ClientHello, ServerHello

__all__ = ["Answering", "Opening"]


class _Beginning(FrameReader):
    """
    An L{Opening<frp.wire.dialect.Opening>} that is its own reader. What comes before the first message is read on the
    way to it.
    """

    _agreement: Agreement | None = None
    _server: bool

    @property
    def reader(self) -> MessageReader:
        return self

    def owed(self) -> bytes:
        return b""

    def seal(self, key: bytes) -> Seal | None:
        if self._agreement is None:
            raise Refused("missing v2 crypto negotiation")
        return self._agreement.seal(key, server=self._server)


class Opening(_Beginning):
    """
    The end that opens the connection. It says its hello without a question, and reads the answer to it.

    @param algorithms: what it offers, the best first.
    """

    _server = False

    def __init__(self, bootstrap: Bootstrap, algorithms: Sequence[str]) -> None:
        super().__init__()
        self._bootstrap = bootstrap
        self._algorithms = algorithms
        self._said: ClientHello | None = None  # and not answered
        self._payload = b""

    def first(self, message: Message) -> bytes:
        data = encode(message)
        if not isinstance(message, Login):
            return V2_MAGIC + data
        self._said = hello.offered(self._bootstrap, self._algorithms)
        self._payload = toJSON(self._said)
        return V2_MAGIC + frame(CLIENT_HELLO, self._payload) + data

    def _read(self, cls: type[Message] | None) -> Message | None:
        if self._said is not None:
            found = self._frame(SERVER_HELLO)
            if found is None:
                return None
            algorithm = hello.accepted(self._said, fromJSON(ServerHello, found[1]))
            self._agreement = Agreement(algorithm, transcript(self._payload, found[1]))
            self._said = None
        return super()._read(cls)


class Answering(_Beginning):
    """The end that finds out. A hello is answered wherever it comes, as the reference does."""

    _server = True
    _begun = False  # the magic was read
    _met = False  # the first frame was read, which may be a hello
    _owed = b""

    def first(self, message: Message) -> bytes:
        return encode(message)

    def owed(self) -> bytes:
        owed, self._owed = self._owed, b""
        return owed

    def _read(self, cls: type[Message] | None) -> Message | None:
        if not self._begun:
            if len(self._buffer) < len(V2_MAGIC):
                return None
            del self._buffer[: len(V2_MAGIC)]
            self._begun = True
        if not self._met:
            found = self._frame(CLIENT_HELLO, MESSAGE)
            if found is None:
                return None
            self._met = True
            kind, payload = found
            if kind == MESSAGE:
                return decode(payload, cls)
            self._meet(payload)
        return super()._read(cls)

    def _meet(self, payload: bytes) -> None:
        """
        The client has said hello.

        @raise RemoteWireError: it cannot be understood, or there is nothing to choose, which the peer is told.
        """
        offered = fromJSON(ClientHello, payload)
        try:
            answer = hello.answered(offered)
        except Refused as refusal:
            self._owed = frame(SERVER_HELLO, toJSON(hello.refused(refusal.brief)))
            raise RemoteWireError(refusal.brief, f"the client's hello is refused: {refusal.brief}") from None
        said = toJSON(answer)
        self._owed = frame(SERVER_HELLO, said)
        self._agreement = Agreement(answer.selected.crypto.algorithm, transcript(payload, said))
