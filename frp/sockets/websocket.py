"""
WebSocket between a stream and a protocol, once the upgrade is done: every write is one frame and leaves at once, every
raw read is delivered as one piece.
"""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.session.bounds import Bounds
from frp.session.greeting import handOver
from frp.sockets.layer import Layer
from frp.wire.websocket.frames import CloseCode, FrameReader, Kind, MaskingWriter, PlainWriter, closeBody

__all__ = ["WebSocketLayer", "startWebSocket"]


def startWebSocket(transport: IStream, clock: IReactorTime, *, client: bool, rest: bytes = b"") -> WebSocketLayer:
    """
    Put frames on a connected transport.

    @param client: whether we have asked for the upgrade.
    @param rest: what has been read from the transport already, behind the upgrade.
    @return: a stream, paused, which whoever asked for it L{hands over<frp.session.greeting.handOver>} at once.
    """
    layer = WebSocketLayer(clock, client=client)
    handOver(transport, layer, rest)
    return layer


class WebSocketLayer(Layer):
    """
    One WebSocket as a stream of bytes. Its goodbye is a close frame; as in the reference nobody answers one with
    another, unless it is done as well.
    """

    _paused = True

    def __init__(self, clock: IReactorTime, *, client: bool) -> None:
        super().__init__()
        self._reader = FrameReader(masked=not client)
        self._writer: MaskingWriter | PlainWriter = MaskingWriter() if client else PlainWriter()
        self._bounds = Bounds(clock, "websocket")

    # What the raw transport tells us.

    def makeConnection(self, transport: IStream) -> None:
        super().makeConnection(transport)
        self.serverName, self.chosen = transport.serverName, transport.chosen
        self._writable = self.connected = True

    def dataReceived(self, data: bytes) -> None:
        if self._paused:
            self._held.append(data)
        elif self._reading:
            reader = self._reader
            plain = reader.read(data)
            if reader.ping is not None:
                self._pong()
            if reader.ended:
                self._reading = False
                self._ending = self._ending or reader.error or True
            if plain:
                self.protocol.dataReceived(plain)
            if self._ending:
                self._end()

    def _pong(self) -> None:
        reader = self._reader
        ping, reader.ping = reader.ping, None
        try:
            self._bounds.asked("pings")
        except RemoteWireError as error:
            reader.ended, reader.error = True, error
            return
        if self._writable and ping is not None:
            self.transport.write(self._writer.control(Kind.PONG, ping))

    # What the protocol asks of us.

    def write(self, data: bytes) -> None:
        if self._writable and data:
            self.transport.writeVector(*self._writer.payload(data))

    def writeVector(self, head: bytes, body: bytes) -> None:
        if self._writable:
            self.transport.writeVector(*self._writer.vector(head, body))

    # Endings.

    def _farewell(self) -> None:
        self._sayClose(CloseCode.NORMAL)

    def _tell(self, error: RemoteWireError) -> None:
        self._sayClose(CloseCode.NORMAL if self._reader.closed else CloseCode.PROTOCOL_ERROR)

    def _sayClose(self, code: CloseCode) -> None:
        self.transport.write(self._writer.control(Kind.CLOSE, closeBody(code)))
