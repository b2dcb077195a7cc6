"""Datagrams between two clients that do not have the same words for them, or not the same ways."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import cast

from twisted.internet.interfaces import IProducer, IProtocol, IPushProducer, IReactorTime, ITransport
from twisted.internet.protocol import Protocol
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import LocalWireError, RemoteWireError
from frp.hooks.wrapper import StreamWrapper
from frp.interfaces import IDatagramsProtocol, IStream
from frp.logs import Log
from frp.session.beside import Beside
from frp.session.datagrams import FULL, Losses
from frp.wire.dialect import Dialect, Packet
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
        if self._visitors is not self._proxys:
            self._log.info(
                "bridge mixed SUDP payload codecs, proxy wireProtocol [{proxy}], visitor wireProtocol [{visitor}]",
                proxy=self._proxys.name,
                visitor=self._visitors.name,
            )
        stream = cast(IStream, transport)  # visitors come by nothing else
        between = _Translation(stream, self._visitors, self._proxys, Losses(self._clock, self._log), self._log)
        between.protocol = self._protocol
        self._protocol.makeConnection(between)


class _Side:
    """
    One of the two clients.

    @ivar full: whether it takes no bytes now.
    @ivar size: how many bytes of a datagram can go beside its stream; 0 where none can.
    @ivar beside: what is said there.
    """

    def __init__(
        self,
        dialect: Dialect,
        write: Callable[[bytes], object],
        size: Callable[[], int],
        send: Callable[[Sequence[bytes]], int],
        losses: Losses,
    ) -> None:
        """
        @param write: sends bytes.
        @param send: sends datagrams beside them, and says how many were taken.
        """
        self.full = False
        self.dialect = dialect
        self.reader = dialect.packetReader()
        self.write = write
        self.size = size
        self.beside = Beside(size, send, self._dropped)
        self._send = send
        self._encode = dialect.packetWriter().encode
        self._losses = losses

    def _dropped(self, many: int) -> None:
        if many:
            self._losses.count(FULL, many)

    def encoded(self, packets: Sequence[Packet]) -> bytes:
        """@return: what says these packets over the stream."""
        pieces = []
        for packet in packets:
            try:
                pieces.append(self._encode(*packet))
            except LocalWireError as error:
                self._losses.count(error.brief.partition(":")[0] + " for the other client's wire protocol")
        return b"".join(pieces)

    def passOn(self, datagrams: Sequence[bytes], source: _Side, *, raw: bool) -> None:
        """
        Send what has come beside the stream of the other side; what does not fit, over the stream.

        @param raw: bytes pass there as they come, and half a message may have passed: nothing can be put in between.
        """
        size = self.size()
        packets = source.beside.received([each for each in datagrams if len(each) > size] if size else datagrams)
        if packets and not self.full and not raw:
            self.write(self.encoded(packets))
        elif packets:
            self._dropped(len(packets))
        if size:
            fitting = [each for each in datagrams if len(each) <= size] if packets else datagrams
            self._dropped(len(fitting) - self._send(fitting))


@implementer(IPushProducer)
class _Noting:
    """The producer of what is sent to one side: notes whether that is full."""

    def __init__(self, side: _Side, producer: IProducer) -> None:
        self._side = side
        self._producer: IPushProducer = producer  # type: ignore[assignment]  # those of joined streams are

    def pauseProducing(self) -> None:
        self._side.full = True
        self._producer.pauseProducing()

    def resumeProducing(self) -> None:
        self._side.full = False
        self._producer.resumeProducing()

    def stopProducing(self) -> None:
        self._producer.stopProducing()


@implementer(IDatagramsProtocol)
class _Translation(StreamWrapper):
    """
    Reads what one side says, and says it to the other: in its dialect, and beside the stream where that can be. Where
    neither has anything but its stream, and both speak alike, bytes pass as they are; datagrams do wherever they fit.

    The visitor is passed on the pings of the proxy's client, which tell it that somebody is there. Those of a visitor,
    if there were any, are not: the reference's frpc takes a ping for a datagram, or for the end.
    """

    def __init__(self, stream: IStream, visitors: Dialect, proxys: Dialect, losses: Losses, log: Log) -> None:
        super().__init__(stream)
        self._log = log
        self._losses = losses
        self._ping = visitors.encode(Ping())
        self._user = _Side(visitors, self.toUser, lambda: stream.datagramSize, stream.sendDatagrams, losses)
        self._service = _Side(proxys, self.toService, self._serviceSize, self._sendService, losses)
        self._same: bool | None = None  # nobody has said anything yet

    # Bytes

    def fromUser(self, data: bytes) -> None:
        self._said(data, self._user, self._service)

    def fromService(self, data: bytes) -> None:
        pings = self._service.reader.pings
        self._said(data, self._service, self._user)
        if self._service.reader.pings != pings:
            self.toUser(self._ping)

    def _said(self, data: bytes, source: _Side, target: _Side) -> None:
        if self._same is None:
            self._same = source.dialect is target.dialect and not source.size() and not target.size()
        if self._same:
            target.write(data)
            return
        try:
            packets = source.reader.receive(data)
        except RemoteWireError as error:
            self._log.warn("datagrams cannot be translated: {reason}", reason=error.detail)
            self.abortConnection()
            return
        if packets:
            if not target.size():
                source.beside.cameOver(packets)
            translated = target.encoded(target.beside.send(packets))
            if translated:
                target.write(translated)

    def pauseProducing(self) -> None:
        self._service.full = True
        super().pauseProducing()

    def resumeProducing(self) -> None:
        self._service.full = False
        super().resumeProducing()

    def registerProducer(self, producer: IProducer, streaming: bool) -> None:
        super().registerProducer(_Noting(self._user, producer), streaming)

    # Datagrams

    @property
    def datagramSize(self) -> int:
        """Whatever can be passed on, one way or the other."""
        return 0xFFFF

    def datagramsReceived(self, datagrams: Sequence[bytes]) -> int:
        self._service.passOn(datagrams, self._user, raw=bool(self._same))
        return len(datagrams)

    def sendDatagrams(self, datagrams: Sequence[bytes]) -> int:
        self._user.passOn(datagrams, self._service, raw=bool(self._same))
        return len(datagrams)

    def _serviceSize(self) -> int:
        taking = IDatagramsProtocol(self.protocol, None)
        return taking.datagramSize if taking is not None else 0

    def _sendService(self, datagrams: Sequence[bytes]) -> int:
        taking = IDatagramsProtocol(self.protocol, None)
        return taking.datagramsReceived(datagrams) if taking is not None else 0

    def ended(self, reason: Failure) -> None:
        self._losses.say()
