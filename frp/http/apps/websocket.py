"""WebSockets of ASGI applications."""

from __future__ import annotations

import importlib.util
from asyncio import AbstractEventLoop

from twisted.internet.interfaces import IHalfCloseableProtocol
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.http.apps.bridge import Bridge
from frp.http.apps.request import Event, applicationFields, scopeOf
from frp.http.exchange import IExchange, IReceiver
from frp.http.server import HTTPServer
from frp.interfaces import IReactor, IStream
from frp.session.greeting import handOver
from frp.wire.http.fields import Fields
from frp.wire.websocket.upgrade import acceptKey

__all__ = ["LARGEST", "WebSocket", "wantsWebSocket"]

#: Bytes of a message.
LARGEST = 1 << 24

#: Bytes of a close frame.
_CONTROL = 125

_NOTHING, _ABNORMAL, _INTERNAL = 1005, 1006, 1011


def wantsWebSocket(exchange: IExchange) -> bool:
    """Whether the user asks for one, and this version of HTTP, and what is installed, can give it."""
    fields = exchange.head.fields
    asks = b"websocket" in fields.members(b"upgrade") and fields.get(b"sec-websocket-key") is not None
    return asks and exchange.canTakeOver and importlib.util.find_spec("websockets") is not None


@implementer(IReceiver)
class WebSocket(Bridge):
    """One WebSocket: a request until the application accepts it, frames from then on."""

    def __init__(self, server: HTTPServer, reactor: IReactor, loop: AbstractEventLoop, exchange: IExchange) -> None:
        asked = exchange.head.fields.get(b"sec-websocket-protocol") or b""
        common = scopeOf(exchange)
        scope = {
            **common,
            "type": "websocket",
            "scheme": common["scheme"].replace("http", "ws"),
            "subprotocols": [word.strip() for word in asked.decode("latin-1").split(",") if word.strip()],
        }
        end = {"type": "websocket.disconnect", "code": _ABNORMAL, "reason": ""}
        super().__init__(reactor, loop, scope, end)
        self._server = server
        self._exchange = exchange
        self._frames: _Frames | None = None
        self._accepted = False

    # Until it is accepted

    def bodyReceived(self, data: bytes) -> None:
        """There is none."""

    def bodyEnded(self, trailers: Fields | None) -> None:
        self.give({"type": "websocket.connect"})

    def exchangeLost(self, reason: Failure) -> None:
        self.tell(self.inLeft)

    def _accept(self, more: Fields) -> None:
        if self._exchange.over:
            return
        key = self._exchange.head.fields.get(b"sec-websocket-key") or b""
        fields = Fields([(b"Upgrade", b"websocket"), (b"Connection", b"Upgrade")])
        fields.add(b"Sec-WebSocket-Accept", acceptKey(key))
        for name, value in more:
            fields.add(name, value)
        stream, rest = self._exchange.takeOver(101, fields)
        self._frames = _Frames(self)
        handOver(stream, self._frames, rest)

    # From then on

    def hold(self, held: bool) -> None:
        if self._frames is not None:
            transport = self._frames.transport
            (transport.pauseProducing if held else transport.resumeProducing)()

    def stopProducing(self) -> None:
        """The end of the connection tells more."""

    def _send(self, data: bytes, text: bool) -> None:
        if self._frames is not None:
            self._frames.say(data, text)
            self.wrote(len(data))

    def _close(self, code: int, reason: str) -> None:
        if self._frames is not None:
            self._frames.close(code, reason)
        elif not self._exchange.over:
            self._exchange.reply(403)

    def broke(self, failure: Failure | None) -> None:
        if failure is not None:
            self._server.serving.log.failure("the application failed", failure)
        if self._frames is not None:
            self._frames.close(_INTERNAL if failure is not None else 1000, "")
        elif not self._exchange.over:
            self._server.serving.fail(self._exchange)

    async def send(self, event: Event) -> None:
        kind = event["type"]
        if kind == "websocket.accept" and not self._accepted:
            self._accepted = True
            fields = applicationFields(event.get("headers", ()))
            if event.get("subprotocol"):
                fields.add(b"Sec-WebSocket-Protocol", event["subprotocol"].encode("latin-1"))
            self.inReactor(self._accept, fields)
        elif kind == "websocket.send" and self._accepted:
            text = event.get("text")
            data = text.encode() if text is not None else bytes(event["bytes"])
            await self.inRoom(len(data))
            self.inReactor(self._send, data, text is not None)
        elif kind == "websocket.close":
            code, reason = event.get("code", 1000), event.get("reason") or ""
            if self._accepted and not self._gone:
                _checkEnd(code, reason)
            self.over = True
            self.inReactor(self._close, code, reason)
        else:
            raise RuntimeError(f"an event {kind!r} is not for a websocket now")


def _checkEnd(code: int, reason: str) -> None:
    """@raise ValueError: there can be no such close frame."""
    from websockets.exceptions import ProtocolError
    from websockets.frames import Close

    try:
        fits = len(Close(code, reason).serialize()) <= _CONTROL
    except ProtocolError:
        fits = False
    if not fits:
        raise ValueError(f"a websocket cannot be closed with code {code!r} and reason {reason!r}")


@implementer(IHalfCloseableProtocol)
class _Frames(Protocol):
    """What is behind the handshake."""

    transport: IStream

    def __init__(self, socket: WebSocket) -> None:
        from websockets.protocol import SERVER
        from websockets.protocol import Protocol as Codec

        self._socket = socket
        self._codec = Codec(SERVER, max_size=LARGEST)
        self._message = bytearray()
        self._text = False

    def connectionMade(self) -> None:
        transport = self.transport
        transport.registerProducer(self._socket, True)

    def dataReceived(self, data: bytes) -> None:
        self._codec.receive_data(data)
        for frame in self._codec.events_received():
            self._hear(frame)
        self._flush()

    def _hear(self, frame: object) -> None:
        from websockets.frames import Frame, Opcode

        if not isinstance(frame, Frame) or frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return  # the codec has answered
        if frame.opcode is not Opcode.CONT:
            self._text = frame.opcode is Opcode.TEXT
            self._message.clear()
        self._message += frame.data
        if not frame.fin:
            return
        message = bytes(self._message)
        self._message.clear()
        event: Event = {"type": "websocket.receive", "bytes": message}
        if self._text:
            try:
                event = {"type": "websocket.receive", "text": message.decode()}
            except UnicodeDecodeError:
                self._codec.fail(1007, "")
                return
        self._socket.give(event, len(event.get("text") or message))

    def say(self, data: bytes, text: bool) -> None:
        """Send a message, unless the end was sent."""
        if self._codec.state.name == "OPEN":
            (self._codec.send_text if text else self._codec.send_binary)(data)
            self._flush()

    def close(self, code: int, reason: str) -> None:
        if self._codec.state.name == "OPEN":
            self._codec.send_close(code, reason)
            self._flush()

    def _flush(self) -> None:
        for data in self._codec.data_to_send():
            if data:
                self.transport.write(data)
            else:
                self.transport.loseConnection()

    def readConnectionLost(self) -> None:
        """One who leaves without a close frame reads no more either: what waits to be sent would wait for ever."""
        transport = self.transport
        (transport.abortConnection if self._codec.state.name == "OPEN" else transport.loseConnection)()

    def writeConnectionLost(self) -> None:
        """Nothing of ours ends one half."""

    def connectionLost(self, reason: Failure | None = None) -> None:
        self._codec.receive_eof()
        code = int(self._codec.close_code or _NOTHING)
        self._socket.tell(lambda: self._socket.inLeft(code=code, reason=self._codec.close_reason or ""))
