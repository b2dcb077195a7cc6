"""SOCKS5: the numbers and addresses of RFC 1928 and RFC 1929, and the side that asks a proxy for a stream."""

from __future__ import annotations

import re
from enum import IntEnum
from ipaddress import IPv4Address, IPv6Address, ip_address

from frp.errors import LocalWireError, RemoteWireError
from frp.wire.handshake import Handshake

__all__ = ["PASSWORD_VERSION", "VERSION", "Address", "Command", "Method", "Reply", "SOCKS5Connect", "packAddress"]
__all__ += ["readAddress"]

VERSION = 5

PASSWORD_VERSION = 1
"""Of the dialogue about user and password."""

_NAME = re.compile(r"[!-~]{1,255}")


class Method(IntEnum):
    """How a client proves who it is."""

    NONE = 0
    PASSWORD = 2
    UNACCEPTABLE = 0xFF


class Command(IntEnum):
    """What a client asks for."""

    CONNECT = 1
    BIND = 2
    ASSOCIATE = 3


class Address(IntEnum):
    """How an address is written."""

    IPV4 = 1
    NAME = 3
    IPV6 = 4


class Reply(IntEnum):
    """What a server answers to a request."""

    SUCCEEDED = 0
    FAILED = 1
    FORBIDDEN = 2
    NO_NETWORK = 3
    NO_HOST = 4
    REFUSED = 5
    EXPIRED = 6
    NO_COMMAND = 7
    NO_ADDRESS_TYPE = 8


# The words of Go's x/net, which users of the reference know.
_ASKING = "socks connect tcp"
_REASONS: dict[int, str] = {
    Reply.FAILED: "general SOCKS server failure",
    Reply.FORBIDDEN: "connection not allowed by ruleset",
    Reply.NO_NETWORK: "network unreachable",
    Reply.NO_HOST: "host unreachable",
    Reply.REFUSED: "connection refused",
    Reply.EXPIRED: "TTL expired",
    Reply.NO_COMMAND: "command not supported",
    Reply.NO_ADDRESS_TYPE: "address type not supported",
}


def packAddress(host: str, port: int) -> bytes:
    """
    Type, address and port. A host that is no IP address is left to the other side to look up.

    @raise LocalWireError: the name is empty, longer than 255, or not plain ASCII; or the port is none.
    """
    if not 0 <= port <= 65535:
        raise LocalWireError("the address cannot be written", f"SOCKS5 takes ports, not {port}")
    try:
        address = ip_address(host)
    except ValueError:
        return _packName(host) + port.to_bytes(2, "big")
    kind = Address.IPV4 if address.version == 4 else Address.IPV6
    return bytes([kind]) + address.packed + port.to_bytes(2, "big")


def _packName(name: str) -> bytes:
    if not _NAME.fullmatch(name):
        raise LocalWireError("the address cannot be written", f"SOCKS5 takes no host like {name!r}")
    return bytes([Address.NAME, len(name)]) + name.encode("ascii")


def readAddress(data: bytes | bytearray) -> tuple[str, int, int] | None:
    """
    @return: host, port, and how many bytes they took; None where more bytes are needed.
    @raise RemoteWireError: no such type of address, or no name.
    """
    size = _size(data)
    if size is None or len(data) < size:
        return None
    kind, port = data[0], int.from_bytes(data[size - 2 : size], "big")
    if kind == Address.IPV4:
        return str(IPv4Address(bytes(data[1:5]))), port, size
    if kind == Address.IPV6:
        return str(IPv6Address(bytes(data[1:17]))), port, size
    name = bytes(data[2 : size - 2]).decode("latin-1")
    if not _NAME.fullmatch(name):
        raise RemoteWireError("the address is no name", f"the SOCKS5 peer wants the host {name!r}")
    return name, port, size


def _size(data: bytes | bytearray) -> int | None:
    """@return: how many bytes the address at the beginning takes; None where that is not known yet."""
    if not data:
        return None
    if data[0] == Address.IPV4:
        return 1 + 4 + 2
    if data[0] == Address.IPV6:
        return 1 + 16 + 2
    if data[0] == Address.NAME:
        return 2 + data[1] + 2 if len(data) > 1 else None
    raise RemoteWireError(f"unknown address type {data[0]}")


class SOCKS5Connect(Handshake):
    """
    One C{CONNECT}: methods, then user and password where the proxy wants them, then the request.

    What is kept never exceeds the longest answer, 262 bytes, and what came together with it.
    """

    def __init__(self, host: str, port: int, credentials: tuple[bytes, bytes] | None = None) -> None:
        """
        @param credentials: user and password, shown only to a proxy that asks for them.
        @raise LocalWireError: one of these cannot be said in SOCKS5.
        """
        super().__init__()
        self._request = bytes([VERSION, Command.CONNECT, 0]) + packAddress(host, port)
        self._methods = [Method.NONE]
        self._proof = b""
        if credentials is not None:
            user, password = credentials
            if not 1 <= len(user) <= 255 or len(password) > 255:
                raise LocalWireError(
                    "invalid username/password",
                    "invalid username/password: SOCKS5 takes users of 1 to 255 bytes, and passwords of at most 255",
                )
            self._methods.append(Method.PASSWORD)
            self._proof = bytes([PASSWORD_VERSION, len(user)]) + user + bytes([len(password)]) + password
        self._next = self._chosen

    def begin(self) -> bytes:
        return bytes([VERSION, len(self._methods), *self._methods])

    def _step(self) -> bytes | None:
        return self._next()

    def _chosen(self) -> bytes | None:
        self._expect(VERSION, "version")
        if len(self._buffer) < 2:
            return None
        method = self._take(2)[1]
        if method == Method.UNACCEPTABLE:
            return self._denied("no acceptable authentication methods", self._howToProve(), unwelcome=True)
        if method not in self._methods:
            raise _broken(f"unsupported authentication method {method}")
        if method == Method.PASSWORD:
            self._next = self._proved
            return self._proof
        self._next = self._replied
        return self._request

    def _howToProve(self) -> str:
        if self._proof:
            return "the proxy wants another proof than a user and a password"
        return "the proxy wants a user and a password: socks5://USER:PASSWORD@HOST:PORT"

    def _proved(self) -> bytes | None:
        self._expect(PASSWORD_VERSION, "username/password version")
        if len(self._buffer) < 2:
            return None
        if self._take(2)[1] != 0:
            hint = "the proxy knows another user or password"
            return self._denied("username/password authentication failed", hint, unwelcome=True)
        self._next = self._replied
        return self._request

    def _replied(self) -> bytes | None:
        buffer = self._buffer
        self._expect(VERSION, "version")
        if len(buffer) < 4:
            return None
        if buffer[1] != Reply.SUCCEEDED:
            reason = _REASONS.get(buffer[1], f"unknown code: {buffer[1]}")
            return self._denied(f"unknown error {reason}")
        if buffer[2] != 0:
            raise _broken("non-zero reserved field")
        # The address is of no use to us, so that one which cannot be read does no harm.
        size = _size(buffer[3:])
        if size is None or len(buffer) < 3 + size:
            return None
        self._take(3 + size)
        self.done = True
        return b""

    def _expect(self, version: int, what: str) -> None:
        if self._buffer and self._buffer[0] != version:
            found = self._buffer[0]
            hint = "this looks like an HTTP server" if found == 0x48 else "this does not speak SOCKS5"
            raise _broken(f"unexpected protocol {what} {found}", hint)

    def _denied(self, why: str, hint: str = "", *, unwelcome: bool = False) -> bytes:
        return self._refuse(f"{_ASKING}: {why}", hint, unwelcome=unwelcome)


def _broken(what: str, hint: str = "") -> RemoteWireError:
    brief = f"{_ASKING}: {what}"
    return RemoteWireError(brief, f"{brief}: {hint}" if hint else "")
