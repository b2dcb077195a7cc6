"""A channel that the SSH client opens: what it asks for is said there, and what we answer shown."""

from __future__ import annotations

from struct import pack, unpack
from typing import Any, Protocol

from twisted.conch.ssh.channel import SSHChannel

from frp.errors import RemoteWireError
from frp.ssh.quiet import QUIET

__all__ = ["Screen"]

#: What a terminal sends for Ctrl+C, where the client has one; without, the client itself takes it.
_INTERRUPT = b"\x03"


class _Audience(Protocol):
    """Who is told what is said there."""

    def command(self, line: bytes) -> None: ...

    def leave(self) -> None: ...


class Screen(SSHChannel):
    """One of them. What the client types is not kept."""

    _log = QUIET

    def __init__(self, guest: _Audience, window: int, packet: int, channels: Any) -> None:
        """@param window: the client's; @param packet: its longest."""
        super().__init__(remoteWindow=window, remoteMaxPacket=max(packet, 1), conn=channels)
        self._channels = channels
        self._guest = guest
        self._terminal = False

    def received(self, data: bytes) -> None:
        """@raise RemoteWireError: the client does not keep to our window."""
        if len(data) > self.localWindowLeft:
            raise RemoteWireError("ssh window", f"{len(data)} bytes came, and {self.localWindowLeft} were allowed")
        self.localWindowLeft -= len(data)
        if self.localWindowLeft < self.localWindowSize // 2:
            self._channels.adjustWindow(self, self.localWindowSize - self.localWindowLeft)
        if self._terminal and _INTERRUPT in data:
            self._guest.leave()

    def requestReceived(self, requestType: bytes, data: bytes) -> bool:
        if requestType == b"exec":
            (size,) = unpack(">L", data[:4])
            if size + 4 == len(data):
                self._guest.command(data[4:])
        elif requestType == b"pty-req":
            self._terminal = True
        return True

    def eofReceived(self) -> None:
        """Nothing more is typed."""

    def say(self, text: str) -> None:
        """Show a text."""
        data = f"{text}\n".encode()
        self.write(data.replace(b"\n", b"\r\n") if self._terminal else data)

    def finish(self, code: int) -> None:
        """Nothing more is shown; the client ends with this exit code."""
        if not self.localClosed:
            self._channels.sendRequest(self, b"exit-status", pack(">L", code))
            self._channels.sendEOF(self)
            self.loseConnection()
