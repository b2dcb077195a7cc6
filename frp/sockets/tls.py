"""
TLS between a raw transport and a protocol: every write leaves at once, every raw read is delivered as one piece.

Twisted's own TLS protocol gathers small writes until the next pass of the reactor, seals 16 KiB at a time with one raw
write each, and hands on what it opened in up to 16 KiB pieces. Here one write is one raw write, and one raw read is at
most one C{dataReceived}.
"""

from __future__ import annotations

from typing import Any

from OpenSSL import SSL
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IProtocol, IReactorTime
from twisted.python.failure import Failure

from frp.errors import FRPError, RemoteWireError
from frp.interfaces import IPlace, IStream, ITLSSide, ITurnstile
from frp.session.deadline import Later
from frp.session.turnstile import OUTSIDE
from frp.sockets.layer import Layer
from frp.sockets.records import PIECE, Records
from frp.sockets.tlsfaults import OPENING, closedFault, errorFault, slowFault

__all__ = ["TLSLayer", "startTLS"]

HANDSHAKE_SECONDS = 10.0
"""The reference's deadline for the first byte, which is also all that it gives a handshake."""


def startTLS(
    transport: IStream,
    side: ITLSSide,
    clock: IReactorTime,
    protocol: IProtocol | None = None,
    leftover: bytes = b"",
    timeout: float = HANDSHAKE_SECONDS,
    turnstile: ITurnstile | None = None,
) -> TLSLayer:
    """
    Put TLS on a connected transport, and start the handshake.

    @param transport: its C{protocol} becomes the layer.
    @param protocol: what gets C{makeConnection(layer)} once the handshake is done; without one, whoever waits for
        L{TLSLayer.ready} sets it, and calls C{resumeProducing} on the layer if that is later than the firing of
        C{ready}.
    @param leftover: what has been read from the transport already and belongs to TLS.
    @param timeout: seconds for the whole handshake.
    @param turnstile: where to wait for one's turn with what the peer has said, where many shake hands at once and
        users wait for none of it. The time for that is ours, not the peer's.
    """
    layer = TLSLayer(side, clock, protocol, timeout, turnstile)
    transport.protocol = layer
    layer.makeConnection(transport)
    if leftover:
        layer.dataReceived(leftover)
    return layer


class TLSLayer(Layer):
    """
    One TLS connection. Before L{ready} has fired nothing may be written.

    @ivar ready: fires with the layer after C{protocol} was connected and before its first bytes; fails with a
        L{RemoteWireError<frp.errors.RemoteWireError>} that says what the peer looks like, and then C{protocol} hears
        nothing at all. Cancel it to give up.
    @ivar serverName: what the client has called the server (SNI); empty where it has not, or is us.
    @ivar chosen: the application's protocol that both sides know (ALPN), or empty.
    """

    _shaking = True
    _opening = b""
    # TLS 1.2 answers attempts to renegotiate with warnings. They leave at once, or a peer could fill our memory.
    _answers = False

    def __init__(
        self,
        side: ITLSSide,
        clock: IReactorTime,
        protocol: IProtocol | None = None,
        timeout: float = HANDSHAKE_SECONDS,
        turnstile: ITurnstile | None = None,
    ) -> None:
        super().__init__(protocol)
        self.side = side
        self.ready: Deferred[TLSLayer] = Deferred(lambda _: self.abortConnection())
        self._timeout = timeout
        self._turnstile = turnstile
        self._place: IPlace = OUTSIDE
        self._deadline = Later(clock)
        self._deadline.set(timeout, self._tooSlow)

    # What the raw transport tells us.

    def makeConnection(self, transport: IStream) -> None:
        super().makeConnection(transport)
        self._tls: Any = self.side.connection()
        self._records: Any = Records(self._tls)
        self._shake()

    def dataReceived(self, data: bytes) -> None:
        if len(data) > PIECE:
            for start in range(0, len(data), PIECE):
                self.dataReceived(data[start : start + PIECE])
        elif self._paused:
            self._held.append(data)
        elif self._shaking:
            self._opening = (self._opening + data[:OPENING])[:OPENING]
            self._tls.bio_write(data)
            self._answer()
        elif self._reading:
            plain = self._records.open(data)
            if self._records.ended:
                self._reading = False
                self._ending = self._fault(self._records.error) if self._records.error else True
            if self._answers:
                self._flush()
            if plain:
                self.protocol.dataReceived(plain)
            if self._ending:
                self._end()

    def readConnectionLost(self) -> None:
        if self._shaking:
            self._fail(closedFault(self.side, self._opening, "end of stream"))
        else:
            super().readConnectionLost()

    def connectionLost(self, reason: Failure) -> None:
        if self._shaking:
            why = reason.value
            told = why if isinstance(why, FRPError) else closedFault(self.side, self._opening, reason.getErrorMessage())
            self._fail(told)
        super().connectionLost(reason)
        # OpenSSL's memory goes now, not when the collector comes by.
        self._tls = self._records = None

    # The handshake.

    def _answer(self) -> None:
        """The peer has said something. Until it is our turn to answer it is not to say more."""
        if self._turnstile is None:
            self._shake()
        elif not self._place.waiting:
            self._place = self._turnstile.enter(self._answerNow)
            if self._place.waiting:
                self._deadline.stop()  # it is we who take long
                self.transport.pauseProducing()

    def _answerNow(self) -> None:
        if not self._deadline.waiting:
            self._deadline.set(self._timeout, self._tooSlow)
            self.transport.resumeProducing()
        self._shake()

    def _shake(self) -> None:
        try:
            self._tls.do_handshake()
            self.side.checkName(self._tls)
        except SSL.WantReadError:
            self._flush()
        except SSL.Error as error:
            self._flush()
            self._fail(errorFault(error, self.side, self._tls, self._opening))
        except RemoteWireError as error:
            self._fail(error)
        else:
            self._flush()
            self._established()

    def _established(self) -> None:
        self._stopShaking()
        self._writable = self.connected = True
        if self.side.server:
            self.serverName = (self._tls.get_servername() or b"").decode("ascii", "replace")
        self.chosen = self._tls.get_alpn_proto_negotiated()
        self._answers = self.version != "TLSv1.3"
        if self.protocol is not None:
            self.protocol.makeConnection(self)
        self.ready.callback(self)
        if self.protocol is None and self._reading:
            self.pauseProducing()
        # What came together with the peer's last flight is already inside OpenSSL.
        self.dataReceived(b"")

    def _tooSlow(self) -> None:
        self._fail(slowFault(self.side, self._opening, self._timeout), abort=True)

    def _fail(self, error: FRPError, abort: bool = False) -> None:
        self._stopShaking()
        self._reading = False
        if abort:
            self.transport.abortConnection()
        else:
            self.transport.loseConnection()
        self.ready.errback(error)

    def _stopShaking(self) -> None:
        self._shaking = False
        self._opening = b""
        self._place.leave()
        self._deadline.stop()

    def _flush(self) -> None:
        sealed = self._records.drain()
        if sealed:
            self.transport.write(sealed)

    # What the protocol asks of us.

    def write(self, data: bytes) -> None:
        if not self._writable or not data:
            return
        if len(data) > PIECE:
            for start in range(0, len(data), PIECE):
                self.write(data[start : start + PIECE])
            return
        try:
            sealed = self._records.seal(data)
        except SSL.Error as error:
            self._lose(self._fault(error))
        else:
            self.transport.write(sealed)

    def loseConnection(self) -> None:
        """
        As with every layer. With TLS 1.3 a server always sends something, session tickets, right after the handshake: a
        client that means to be heard waits for an answer, or uses C{loseWriteConnection}, before it closes.
        """
        if self._shaking:
            self.abortConnection()
        else:
            super().loseConnection()

    def abortConnection(self) -> None:
        """Drop the connection at once, without a goodbye; in the middle of a handshake, L{ready} is cancelled."""
        shaking = self._shaking
        self._stopShaking()
        super().abortConnection()
        if shaking:
            self.ready.cancel()

    @property
    def closed(self) -> bool:
        return self.disconnecting or not (self.connected or self._shaking)

    @property
    def version(self) -> str:
        """Such as C{TLSv1.3}, while connected."""
        return str(self._tls.get_protocol_version_name())

    def keyingMaterial(self, label: bytes, size: int) -> bytes:
        """
        What only the two ends of this connection can know, while connected: somebody in the middle, who has a
        connection with each of them, has another one for each (RFC 5705).

        @param label: what it is for.
        @param size: how many bytes of it.
        """
        material: bytes = self._tls.export_keying_material(label, size)
        return material

    # Endings.

    def _fault(self, error: SSL.Error) -> RemoteWireError:
        return errorFault(error, self.side, self._tls, b"")

    def _tell(self, error: RemoteWireError) -> None:
        """By the alert that OpenSSL has made."""
        self._flush()

    def _farewell(self) -> None:
        """By close_notify."""
        try:
            self._tls.shutdown()
        except SSL.Error:
            pass
        self._flush()
