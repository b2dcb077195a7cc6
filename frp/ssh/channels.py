"""What an SSH client says once it is in: requests, the channels that it opens, and those that we open for its users."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack, unpack
from typing import Any, TypeVar

from twisted.conch.error import ConchError
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import (
    MSG_CHANNEL_SUCCESS,
    OPEN_RESOURCE_SHORTAGE,
    SSHConnection,
)
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IProtocol, IReactorTime
from twisted.python.failure import Failure

from frp.errors import TunnelLost
from frp.logs import Log
from frp.session.deadline import Later
from frp.ssh.guest import Guest
from frp.ssh.link import Link
from frp.ssh.quiet import QUIET
from frp.ssh.screen import Screen
from frp.ssh.stream import SSHStream

__all__ = ["Channels"]

T = TypeVar("T")

#: How many channels a client may have opened.
MAX_SCREENS = 10

#: How many of ours may be open, or closed by us alone.
MAX_CHANNELS = 16384

#: How often a client is asked whether it lives, and how often it need not answer.
ALIVE = 30
MISSED = 3

#: The port that a client is told where it lets us choose: users come to that of its proxy anyhow.
ANY_PORT = 1


class Channels(SSHConnection):
    """
    The service C{ssh-connection} of one client. Every request is granted and every kind of channel is accepted, as by
    the reference.

    @ivar guest: the client, as frps sees it.
    """

    transport: Link
    _log = QUIET

    def __init__(self, guest: Callable[[Channels], Guest]) -> None:
        """@param guest: makes the client, once the connection is ours."""
        super().__init__()
        self._make = guest
        self._stalled: dict[SSHStream, None] = {}  # whose bytes wait for the carrier
        self._screens = 0
        self._missed = 0

    def serviceStarted(self) -> None:
        link = self.transport
        link.known = True
        self._alive = Later(link.clock)
        self._alive.set(ALIVE, self._beat)
        self.guest = self._make(self)

    def serviceStopped(self) -> None:
        self._alive.stop()
        reason = Failure(TunnelLost("the SSH connection has ended"))
        for channel in list(self.channels.values()):
            if isinstance(channel, SSHStream):
                channel.sessionLost(reason)
        self.channels.clear()
        self.channelsToRemoteChannel.clear()
        self.deferreds["global"].clear()
        self.guest.left()

    def _beat(self) -> None:
        self._missed += 1
        if self._missed > MISSED:
            self.transport.drop(f"the client did not answer for {MISSED * ALIVE} s")
            return
        for channel in list(self.channelsToRemoteChannel):
            if isinstance(channel, Screen):
                self.sendRequest(channel, b"heartbeat", b"")
        self.sendGlobalRequest(b"keepalive@openssh.com", b"", wantReply=1).addBoth(self._lives)
        self._alive.set(ALIVE, self._beat)

    def _lives(self, _: object) -> None:
        """Whatever it answers."""
        self._missed = 0

    # Requests, and channels of the client

    def gotGlobalRequest(self, requestType: bytes, data: bytes) -> Any:
        if requestType != b"tcpip-forward":
            return 1
        host, rest = getNS(data)
        (port,) = unpack(">L", rest[:4])
        self.guest.forward(host, port or ANY_PORT)
        return 1 if port else (1, pack(">L", ANY_PORT))

    def getChannel(self, channelType: bytes, windowSize: int, maxPacket: int, data: bytes) -> Screen:
        if self._screens >= MAX_SCREENS:
            raise ConchError("too many channels", OPEN_RESOURCE_SHORTAGE)
        self._screens += 1
        screen = Screen(self.guest, windowSize, maxPacket, self)
        self.guest.shows(screen)
        return screen

    def ssh_CHANNEL_REQUEST(self, packet: bytes) -> None:
        (local,) = unpack(">L", packet[:4])
        name, rest = getNS(packet[4:])
        channel = self.channels[local]
        channel.requestReceived(name, rest[1:])
        if rest[0] and channel in self.channelsToRemoteChannel:
            self.transport.sendPacket(MSG_CHANNEL_SUCCESS, pack(">L", self.channelsToRemoteChannel[channel]))

    # Channels for users

    def open(self, protocol: IProtocol, host: bytes, port: int, origin: tuple[str, int]) -> SSHStream:
        """
        Open a channel, and give it to a protocol. It can be written to at once.

        @param host: with C{port} where the client listens, as it has said it.
        @param origin: the user.
        """
        stream = SSHStream(self, protocol)
        self.openChannel(stream, NS(host) + pack(">L", port) + NS(origin[0].encode()) + pack(">L", origin[1]))
        protocol.makeConnection(stream)
        return stream

    def settled(self) -> None:
        self.transport.settled()

    def dismiss(self, why: str) -> None:
        self.transport.dismiss(why)

    def close(self) -> None:
        self.transport.close()

    def dataReceived(self, channel: int, data: bytes) -> None:
        """Data has come on a channel."""
        if data:
            self.channels[channel].received(data)

    def flowing(self) -> None:
        """The connection takes more again."""
        stalled, self._stalled = self._stalled, {}
        for stream in stalled:
            stream.flush()

    def channelClosed(self, channel: Any) -> None:
        """Both have closed it."""
        self._screens -= isinstance(channel, Screen)
        remote = self.channelsToRemoteChannel.pop(channel, None)
        if remote is not None:
            channel.localClosed = channel.remoteClosed = True
            del self.localToRemoteChannel[channel.id], self.channels[channel.id]

    # What streams ask

    @property
    def clock(self) -> IReactorTime:
        return self.transport.clock

    @property
    def log(self) -> Log:
        return self.transport.log

    @property
    def blocked(self) -> bool:
        return self.transport.blocked

    def stalled(self, stream: SSHStream) -> None:
        self._stalled[stream] = None

    def sendPieces(self, stream: SSHStream, pieces: list[bytes]) -> None:
        self.transport.sendData(self.channelsToRemoteChannel[stream], pieces)

    def sendClose(self, channel: Any) -> None:
        if channel in self.channelsToRemoteChannel:
            super().sendClose(channel)

    def forget(self, stream: SSHStream) -> None:
        """It has ended for us; the client may not have heard of it."""
        self._stalled.pop(stream, None)
        if len(self.channels) > MAX_CHANNELS:
            self.transport.drop(f"{len(self.channels)} channels are open, or were not closed by the client")

    def together(self, act: Callable[[], T]) -> T:
        return act()

    def roundTrip(self) -> float:
        return self.transport.transport.roundTrip()

    def getPeer(self) -> IPv4Address | IPv6Address:
        return self.transport.transport.getPeer()

    def getHost(self) -> IPv4Address | IPv6Address:
        return self.transport.transport.getHost()
