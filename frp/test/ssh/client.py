"""An SSH client in the hands of a test, made of Twisted's own."""

from __future__ import annotations

from struct import pack, unpack
from typing import Any

from twisted.conch.ssh.channel import SSHChannel
from twisted.conch.ssh.common import NS, getNS
from twisted.conch.ssh.connection import SSHConnection
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.transport import SSHClientTransport
from twisted.conch.ssh.userauth import SSHUserAuthClient
from twisted.internet.defer import Deferred, succeed
from twisted.python.failure import Failure

from frp.testing.links import End

__all__ = ["KEY", "Client", "Forwarded", "privateKey"]

#: A host key, which takes long to make.
KEY = """-----BEGIN OPENSSH PRIVATE KEY-----
b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
QyNTUxOQAAACC0ziafkidjRJ5xD3qFf7m7JsUSnsYE4GV56ZcfzSQCTgAAAIiBDDWQgQw1
kAAAAAtzc2gtZWQyNTUxOQAAACC0ziafkidjRJ5xD3qFf7m7JsUSnsYE4GV56ZcfzSQCTg
AAAEAYsTRtRakfTakIgPRAZaNq9AKT3RaM63nY1Yg5B8iOD7TOJp+SJ2NEnnEPeoV/ubsm
xRKexgTgZXnplx/NJAJOAAAABHRlc3QB
-----END OPENSSH PRIVATE KEY-----
"""


def privateKey(pem: str = KEY) -> Key:
    key: Key = Key.fromString(pem.encode())
    return key


class Forwarded(SSHChannel):
    """
    A user of the client.

    @ivar received: what has come; @ivar ended: nothing more will; @ivar gone: it is closed.
    @ivar where: what the server says of it: where the client listens, and who the user is.
    """

    def __init__(self, echo: bool, where: tuple[bytes, int, bytes, int], **options: Any) -> None:
        super().__init__(**options)
        self.conn: Any
        self.received = b""
        self.ended = self.gone = False
        self.where = where
        self._echo = echo

    def dataReceived(self, data: bytes) -> None:
        self.received += data
        if self._echo:
            self.write(data)

    def eofReceived(self) -> None:
        self.ended = True

    def closed(self) -> None:
        self.gone = True

    def end(self) -> None:
        """Say that no more will come from here."""
        self.conn.sendEOF(self)


class _Session(SSHChannel):
    name = b"session"

    def __init__(self, client: Client, requests: list[tuple[bytes, bytes]]) -> None:
        super().__init__()
        self.conn: Any
        self._client = client
        self._requests = requests

    def channelOpen(self, specificData: bytes) -> None:
        for name, data in self._requests:
            self.conn.sendRequest(self, name, data)

    def dataReceived(self, data: bytes) -> None:
        self._client.shown += data.decode()

    def request_exit_status(self, data: bytes) -> bool:
        (self._client.code,) = unpack(">L", data)
        return True

    def request_heartbeat(self, data: bytes) -> bool:
        self._client.heartbeats += 1
        return True


class _Connection(SSHConnection):
    def __init__(self, client: Client) -> None:
        super().__init__()
        self._client = client

    def serviceStarted(self) -> None:
        self._client.begin(self)

    def channel_forwarded_tcpip(self, window: int, packet: int, data: bytes) -> Forwarded | None:
        client = self._client
        if not client.serves:
            return None
        host, rest = getNS(data)
        (port,) = unpack(">L", rest[:4])
        origin, rest = getNS(rest[4:])
        where = host, port, origin, unpack(">L", rest)[0]
        channel = Forwarded(client.echoes, where, remoteWindow=window, remoteMaxPacket=packet)
        client.users.append(channel)
        return channel

    def gotGlobalRequest(self, requestType: bytes, data: bytes) -> int:
        self._client.asked.append(requestType)
        return 0


class _Login(SSHUserAuthClient):
    def __init__(self, key: Key | None, instance: SSHConnection) -> None:
        super().__init__(b"v0", instance)
        self._key: Any = key
        self._offers = key

    def getPublicKey(self) -> Key | None:
        key, self._offers = self._offers, None
        return key.public() if key is not None else None

    def getPrivateKey(self) -> Deferred[Any]:
        return succeed(self._key)


class Client(SSHClientTransport):
    """
    Logs in, asks for a forwarded port, and gives a command.

    @ivar shown: what it was shown; @ivar code: what it should end with.
    @ivar users: the channels of its users.
    @ivar asked: the requests that the server made of it.
    @ivar lost: why it is over, or None; @ivar refused: why it never was.
    @ivar connection: the channels, once it is in.
    """

    transport: End
    echoes = True
    serves = True

    def __init__(self, command: str | None = "", key: Key | None = None, forward: tuple[bytes, int] | None = (b"", 80)):
        self.shown = ""
        self.code: int | None = None
        self.heartbeats = 0
        self.users: list[Forwarded] = []
        self.asked: list[bytes] = []
        self.lost: Failure | None = None
        self.refused: Failure | None = None
        self.goodbye = ""
        self.connection: SSHConnection | None = None
        self.requests = [] if command is None else [(b"exec", NS(command.encode()))]
        self._key = key
        self._forward = forward

    def verifyHostKey(self, hostKey: bytes, fingerprint: bytes) -> Deferred[bool]:
        return succeed(True)

    def connectionSecure(self) -> None:
        if self.connection is None:  # else these are new keys
            self.requestService(_Login(self._key, _Connection(self)))

    def begin(self, connection: SSHConnection) -> None:
        """It is in."""
        self.connection = connection
        if self._forward is not None:
            host, port = self._forward
            connection.sendGlobalRequest(b"tcpip-forward", NS(host) + pack(">L", port))
        if self.requests:
            connection.openChannel(_Session(self, self.requests))

    def receiveError(self, reasonCode: int, description: bytes) -> None:
        self.goodbye = description.decode()

    def connectionLost(self, reason: Failure | None = None) -> None:
        super().connectionLost(reason)
        self.lost = reason
