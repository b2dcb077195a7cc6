"""frps' end: one UDP port for the conversations of all clients."""

from __future__ import annotations

from itertools import groupby
from operator import itemgetter
from typing import Any

from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IListeningPort, IProtocolFactory, IReactorTime
from zope.interface import implementer

from frp.logs import Log
from frp.sockets.datagram import sendMany
from frp.sockets.trains import Train
from frp.transports.kcp.exchange import LONGEST_DATAGRAM, Exchange, address
from frp.transports.kcp.stream import KCPStream
from frp.wire.address import hostPort
from frp.wire.kcp.conversation import Conversation
from frp.wire.kcp.first import begins, conversationOf, unknown

__all__ = ["Listener"]

#: How many segments we may have under way, and each client: the reference's windows for servers.
_WINDOW = 1024

#: Seconds in which a client must have said something.
_FIRST_BYTES = 10

#: How many conversations there may be of peers who have not answered to anything of ours, and have not proven who they
#: are. Their addresses may be made up; when one more comes, the oldest goes.
MAX_UNPROVEN = 1024

#: And how many in all.
MAX_CONVERSATIONS = 1 << 16

Address = tuple[str, int]


@implementer(IListeningPort)
class Listener(Exchange):
    """
    All conversations by the addresses of their peers and their numbers: a client that was started again may have the
    same port as before.

    As a port, it takes nobody any more once it is stopped; the socket goes with the last conversation.
    """

    def __init__(self, clock: IReactorTime, carriers: IProtocolFactory, log: Log) -> None:
        """@param carriers: answers conversations."""
        super().__init__(clock)
        self._carriers = carriers
        self._log = log
        self._peers: dict[Address, dict[int, KCPStream]] = {}
        self._unproven: dict[KCPStream, None] = {}
        self._closing = False

    def trainsReceived(self, trains: list[Train]) -> None:
        now = self.now()
        for sender, group in groupby(trains, itemgetter(2)):
            fitting = [train for train in group if train[1] <= LONGEST_DATAGRAM]
            if fitting:
                self._came(sender, fitting, now)

    def _came(self, sender: Address, trains: list[Train], now: int) -> None:
        streams = self._peers.get(sender)
        if streams is not None and len(streams) == 1:
            (stream,) = streams.values()
            first, size, _ = trains[0]
            if conversationOf(first[:size]) in (stream.conversation.number, None):
                self._give(stream, trains, now)
                return
        for train, size, _ in trains:
            for at in range(0, len(train), size):
                self._single(sender, train[at : at + size], now)

    def _single(self, sender: Address, datagram: bytes, now: int) -> None:
        """One datagram that may be anybody's."""
        number = conversationOf(datagram)
        streams = self._peers.get(sender, {})
        stream = streams.get(number) if number is not None else next(reversed(streams.values()), None)
        if stream is None and number is not None:
            if not begins(datagram):
                answer = unknown(datagram)
                if answer is not None:
                    self._answer([answer], sender)
                return
            stream = self._accept(sender, number, now)
        if stream is not None:
            self._give(stream, [(datagram, len(datagram), sender)], now)

    def _give(self, stream: KCPStream, trains: list[Train], now: int) -> None:
        self.guarded(stream, stream.trainsReceived, trains, now)
        if stream in self._unproven and stream.conversation.outbound.proven:
            self.welcome(stream)

    def _accept(self, sender: Address, number: int, now: int) -> KCPStream | None:
        if self._closing or len(self._streams) >= MAX_CONVERSATIONS:
            return None
        if len(self._unproven) >= MAX_UNPROVEN:
            oldest = next(iter(self._unproven))
            self._log.debug("a conversation with {peer} makes room for another", peer=hostPort(oldest.getPeer()))
            oldest.abortConnection()
        conversation = Conversation(number, now, sends=_WINDOW, receives=_WINDOW)
        stream = KCPStream(conversation, self, self.getHost(), address(*sender))
        protocol = self._carriers.buildProtocol(stream.getPeer())
        if protocol is None:
            return None
        self._peers.setdefault(sender, {})[number] = stream
        self._unproven[stream] = None
        self.add(stream)
        stream.begin(protocol, _FIRST_BYTES)
        return stream

    def welcome(self, stream: KCPStream) -> None:
        self._unproven.pop(stream, None)

    def way(self, stream: KCPStream) -> Address:
        peer = stream.getPeer()
        return peer.host, peer.port

    def _answer(self, datagrams: list[bytes], sender: Address) -> None:
        try:
            sendMany(self.transport, datagrams, sender)
        except OSError:
            pass

    def forget(self, stream: KCPStream) -> None:
        super().forget(stream)
        self._unproven.pop(stream, None)
        peer = self.way(stream)
        streams = self._peers.get(peer, {})
        if streams.get(stream.conversation.number) is stream:
            del streams[stream.conversation.number]
            if not streams:
                del self._peers[peer]
        self._stopIfDone()

    # A port

    def startListening(self) -> None:
        """It listens already."""

    def stopListening(self) -> None:
        self._closing = True
        self._stopIfDone()

    def _stopIfDone(self) -> None:
        if self._closing and not self._streams and self.transport is not None:
            self.transport.stopListening()

    def getHost(self) -> IPv4Address | IPv6Address:
        host: Any = self.transport.getHost()
        return address(host.host, host.port)
