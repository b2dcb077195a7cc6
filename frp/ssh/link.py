"""One SSH connection, from its first byte: packets, their ciphers, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from struct import pack, unpack
from typing import Any, Protocol

from twisted.conch.ssh.transport import DISCONNECT_BY_APPLICATION, SSHServerTransport
from twisted.internet.interfaces import IPushProducer, IReactorTime
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.errors import RemoteWireError
from frp.interfaces import IStream
from frp.logs import Log
from frp.session.bounds import Bounds
from frp.session.deadline import Later
from frp.ssh.packets import Incoming, sealed
from frp.ssh.quiet import QUIET
from frp.wire.address import hostPort

__all__ = ["DATA", "Link"]

#: SSH_MSG_CHANNEL_DATA: what nearly all packets are.
DATA = 94

#: What else serves users: answers to channels that we open, their windows and their ends.
_SERVING = frozenset({91, 92, 93, 96, 97})

#: How the keys of clients may sign.
_SIGNATURES = (
    b"ssh-ed25519",
    b"sk-ssh-ed25519@openssh.com",
    b"ecdsa-sha2-nistp256",
    b"ecdsa-sha2-nistp384",
    b"ecdsa-sha2-nistp521",
    b"sk-ecdsa-sha2-nistp256@openssh.com",
    b"rsa-sha2-512",
    b"rsa-sha2-256",
    b"ssh-rsa",
)

#: Bytes of the longest packet that is read: of a stranger, and of a client. No client of today sends longer ones.
MAX_STRANGE = 35_000
MAX_PACKET = 262_144

#: How many packets a stranger may send.
MAX_STRANGE_PACKETS = 200

#: Seconds that a stranger has to become a client of frps, and a peer to take what was said last.
PATIENCE = 30
FLUSH = 5

#: How many messages may wait for the end of a key exchange.
MAX_HELD = 4096


class _Service(Protocol):
    """What is above: the channels, once the client is in."""

    def dataReceived(self, channel: int, data: bytes) -> None: ...

    def flowing(self) -> None: ...


@implementer(IPushProducer)
class Link(SSHServerTransport):
    """
    The transport layer. Its key exchanges, and the services above, are Twisted's; packets are read and written here,
    with few copies. Whatever goes wrong is said in one line, and ends this connection alone.

    @ivar avatar: the user, once the client is in; see L{Admission<frp.ssh.admission.Admission>}.
    @ivar known: whether it is. It may not be a client of frps yet.
    @ivar blocked: the carrier, or a key exchange that is not over, takes no more for now.
    """

    transport: IStream
    ourVersionString = b"SSH-2.0-txfrp"
    # The rest of what Twisted has is older than any client that is in use.
    supportedCiphers = [b"aes128-ctr", b"aes256-ctr", b"aes192-ctr"]
    supportedMACs = [b"hmac-sha2-256", b"hmac-sha2-512"]
    supportedCompressions = [b"none"]
    supportedKeyExchanges = [
        name for name in SSHServerTransport.supportedKeyExchanges if b"sha1" not in name and b"group" not in name
    ]
    known = False
    _log = QUIET

    def __init__(self, clock: IReactorTime, log: Log, gone: Callable[[Link], object]) -> None:
        """@param gone: is called when it is over, or L{settled}."""
        self.clock = clock
        self.log = log
        self.blocked = False
        self.bounds = Bounds(clock, "ssh")
        self._gone = gone
        self._over = self._full = False
        self._strange = 0  # packets of a stranger
        self._incoming = Incoming()
        self._channel = 0  # for which data is gathered
        self._gathered: list[bytes | memoryview] = []
        self._timer = Later(clock)
        self._timer.set(PATIENCE, self.drop, f"nobody logged in within {PATIENCE} s")

    def connectionMade(self) -> None:
        self.transport.registerProducer(self, True)
        super().connectionMade()

    def settled(self) -> None:
        """It is a client of frps, and no stranger any more."""
        self._timer.stop()
        self._gone(self)

    # Reading

    def dataReceived(self, data: bytes) -> None:
        if self._over:
            return
        try:
            if self.gotVersion:
                self._read(data)
            else:
                super().dataReceived(data)
        except RemoteWireError as error:
            self.drop(error.detail)
        except Exception as error:
            # Twisted takes messages apart without looking whether they are whole.
            self.drop(f"what it sent makes no sense: {type(error).__name__}: {error}")

    def getPacket(self) -> None:
        """Called by Twisted when the peer has said which version it speaks. From here packets are ours."""
        data, self.buf = self.buf, b""
        self._read(data)

    def _read(self, data: bytes) -> None:
        incoming = self._incoming
        incoming.receive(data)
        while not self._over:
            longest = MAX_PACKET if self.known else MAX_STRANGE
            packet = incoming.next(self.currentEncryptions, self.incomingPacketSequence, longest)
            if packet is None:
                break
            self.incomingPacketSequence += 1
            first, rest = packet
            if first[0] == DATA and len(first) >= 9 and self.known:
                self._gather(first, rest)
            else:
                self._deliver()
                self._dispatch(first[0], first[1:] + rest)
        self._deliver()

    def _gather(self, first: bytes, rest: memoryview) -> None:
        """
        Data has come. What has come at once for one channel is handed on at once.

        @raise RemoteWireError: the packet is not as long as it says.
        """
        channel, size = unpack("!LL", first[1:9])
        if size != len(first) - 9 + len(rest):
            raise RemoteWireError("ssh packet", f"a packet says that it carries {size} bytes, and carries others")
        if channel != self._channel:
            self._deliver()
            self._channel = channel
        self._gathered += first[9:], rest

    def _deliver(self) -> None:
        gathered, self._gathered = self._gathered, []
        if gathered and not self._over:
            service: Any = self.service
            service.dataReceived(self._channel, b"".join(gathered))

    def _dispatch(self, kind: int, payload: bytes) -> None:
        """@raise RemoteWireError: these are too many."""
        if not self.known:
            self._strange += 1
            if self._strange > MAX_STRANGE_PACKETS:
                raise RemoteWireError("ssh flood", f"{self._strange} packets came before a login")
        if kind not in _SERVING:
            self.bounds.asked("messages that serve no user")
            self.bounds.owe(self._full)
        self.dispatchMessage(kind, payload)

    # Writing

    def sendPacket(self, messageType: int, payload: bytes) -> None:
        if self._over:
            return
        held = self._blockedByKeyExchange
        if held is not None and not self._allowedKeyExchangeMessageType(messageType):
            held.append((messageType, payload))
            if len(held) > MAX_HELD:
                self.drop(f"{len(held)} messages wait for the end of a key exchange")
            return
        self.transport.write(b"".join(self._sealed(bytes((messageType,)), payload)))

    def sendData(self, channel: int, pieces: list[bytes]) -> None:
        """
        Send data on a channel, in one write. Not to be called while L{blocked}.

        @param channel: the peer's number of it.
        @param pieces: one packet each.
        """
        sealed: list[bytes] = []
        for piece in pieces:
            sealed += self._sealed(pack("!BLL", DATA, channel, len(piece)), piece)
        self.transport.write(b"".join(sealed))

    def _sealed(self, head: bytes, body: bytes) -> tuple[bytes, ...]:
        self.outgoingPacketSequence += 1
        return sealed(self.currentEncryptions, self.outgoingPacketSequence - 1, head, body)

    def sendExtInfo(self, extensions: list[tuple[bytes, bytes]]) -> None:
        """Twisted names the algorithms of our own key."""
        super().sendExtInfo([(b"server-sig-algs", b",".join(_SIGNATURES))])

    # When nothing may be written

    def pauseProducing(self) -> None:
        self._full = self.blocked = True

    def resumeProducing(self) -> None:
        self._full = False
        self.bounds.drained()
        self._regulate()

    def stopProducing(self) -> None:
        """C{connectionLost} follows."""

    def sendKexInit(self) -> None:
        super().sendKexInit()
        self.blocked = True

    def _newKeys(self) -> None:
        super()._newKeys()
        self._regulate()

    def _regulate(self) -> None:
        self.blocked = self._full or self._blockedByKeyExchange is not None
        if not self.blocked and self.known and self.service is not None:
            service: Any = self.service
            service.flowing()

    # The end

    def drop(self, reason: str) -> None:
        """End it now."""
        if not self._over:
            self._say(reason)
            self._finish()
            self.transport.abortConnection()

    def close(self) -> None:
        """
        End it when all is sent. The peer closes first: bytes of its that nobody reads would make the system reset the
        connection, and the peer lose what was said last.
        """
        if not self._over:
            self._finish()
            self._timer.set(FLUSH, self.transport.abortConnection)
            # A transport that has a producer waits for it.
            self.transport.unregisterProducer()
            self.transport.loseWriteConnection()

    def dismiss(self, why: str) -> None:
        """The same, and tell the peer why."""
        self.sendDisconnect(DISCONNECT_BY_APPLICATION, why.encode())

    def sendDisconnect(self, reason: int, desc: bytes) -> None:
        if not self._over:
            self._say(desc.decode("ascii", "replace"))
            self.sendPacket(1, pack(">L", reason) + pack(">L", len(desc)) + desc + bytes(4))
            self.close()

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.log.debug("the SSH client leaves: {reason}", reason=description.decode("utf-8", "replace"))
        self.close()

    def loseConnection(self) -> None:
        self.close()

    def _say(self, reason: str) -> None:
        self.log.info(
            "the SSH connection with {peer} is closed: {reason}", peer=hostPort(self.transport.getPeer()), reason=reason
        )

    def _finish(self) -> None:
        self._over = True
        self._timer.stop()
        self._gone(self)

    def connectionLost(self, reason: Failure | None = None) -> None:
        if not self._over:
            self._finish()
        self._timer.stop()
        service, self.service = self.service, None
        if service is not None:
            service.serviceStopped()
