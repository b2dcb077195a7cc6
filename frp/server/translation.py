"""Datagrams between two clients that speak different dialects."""

from __future__ import annotations

from twisted.internet.interfaces import IProtocol, IReactorTime, ITransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure

from frp.errors import LocalWireError, RemoteWireError
from frp.hooks.wrapper import StreamWrapper
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.datagrams import Losses
from frp.wire.dialect import Dialect, PacketReader, PacketWriter
from frp.wire.messages import Ping

__all__ = ["Translating"]


class Translating(Protocol):
    """Stands for the protocol of a visitor until it has its connection, and puts the translation in between."""

    def __init__(self, protocol: IProtocol, visitors: Dialect, proxys: Dialect, clock: IReactorTime, log: Log) -> None:
        """
        @param protocol: hears datagrams in the dialect of the proxy's client.
        @param visitors: the dialect of the visitor's client.
        """
        self._protocol = protocol
        self._visitors = visitors
        self._proxys = proxys
        self._clock = clock
        self._log = log

    def makeConnection(self, transport: ITransport) -> None:
        self._log.info(
            "bridge mixed SUDP payload codecs, proxy wireProtocol [{proxy}], visitor wireProtocol [{visitor}]",
            proxy=self._proxys.name,
            visitor=self._visitors.name,
        )
        stream: IStream = transport  # type: ignore[assignment]  # visitors come by nothing else
        between = _Translation(stream, self._visitors, self._proxys, Losses(self._clock, self._log), self._log)
        between.protocol = self._protocol
        self._protocol.makeConnection(between)


class _Translation(StreamWrapper):
    """
    Reads what one side says, and writes it for the other. The visitor is passed on the pings of the proxy's client,
    which tell it that somebody is there. Those of a visitor, if there were any, are not: the reference's frpc takes a
    ping for a datagram, or for the end.
    """

    def __init__(self, stream: IStream, visitors: Dialect, proxys: Dialect, losses: Losses, log: Log) -> None:
        super().__init__(stream)
        self._log = log
        self._losses = losses
        self._ping = visitors.encode(Ping())
        self._fromUser, self._toUser = visitors.packetReader(), visitors.packetWriter()
        self._fromService, self._toService = proxys.packetReader(), proxys.packetWriter()

    def fromUser(self, data: bytes) -> None:
        translated = self._translated(data, self._fromUser, self._toService)
        if translated:
            self.toService(translated)

    def fromService(self, data: bytes) -> None:
        pings = self._fromService.pings
        translated = self._translated(data, self._fromService, self._toUser)
        if self._fromService.pings != pings:
            translated += self._ping
        if translated:
            self.toUser(translated)

    def _translated(self, data: bytes, reader: PacketReader, writer: PacketWriter) -> bytes:
        try:
            packets = reader.receive(data)
        except RemoteWireError as error:
            self._log.warn("datagrams cannot be translated: {reason}", reason=error.detail)
            self.abortConnection()
            return b""
        pieces = []
        for packet in packets:
            try:
                pieces.append(writer.encode(*packet))
            except LocalWireError as error:
                self._losses.count(error.brief.partition(":")[0] + " for the other client's wire protocol")
        return b"".join(pieces)

    def ended(self, reason: Failure) -> None:
        self._losses.say()
