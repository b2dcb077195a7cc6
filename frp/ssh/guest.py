"""An SSH client as a client of frps: what it asks for, the client that runs for it, and what it is told."""

from __future__ import annotations

from typing import Protocol

from twisted.internet.interfaces import IProtocol
from twisted.python.failure import Failure

from frp.client.running import Phase, RunningProxy
from frp.client.service import FRPClient
from frp.errors import ConfigErrors, FRPError
from frp.interfaces import IListenSite
from frp.logs import Log
from frp.session.deadline import Later
from frp.ssh.command import asked
from frp.ssh.screen import Screen
from frp.ssh.standing import Standing
from frp.ssh.stream import SSHStream

__all__ = ["Guest", "Host"]

#: Seconds within which a client says what it wants. The reference has 3, which is little for a busy machine.
ASKING = 10

#: Seconds until its proxy is open. The reference has 1, which is less than a hook may take.
READY = 20

#: Seconds that a client has to leave when it was told that it is over.
LEAVING = 1


class Host(Protocol):
    """The SSH connection of a guest."""

    def open(self, protocol: IProtocol, host: bytes, port: int, origin: tuple[str, int]) -> SSHStream: ...

    def settled(self) -> None: ...

    def dismiss(self, why: str) -> None: ...

    def close(self) -> None: ...


class Guest:
    """
    Waits for the two things that an SSH client says, in any order: where it listens, and the command. Then a client of
    frps runs for it until either of them is gone.
    """

    def __init__(self, host: Host, standing: Standing, site: IListenSite, log: Log) -> None:
        """@param standing: who it is."""
        self._host = host
        self._standing = standing
        self._site = site
        self._log = log
        self._where: tuple[bytes, int] | None = None
        self._line = ""
        self._screen: Screen | None = None
        self._client: FRPClient | None = None
        self._over = False
        self._timer = Later(site.clock)
        self._timer.set(ASKING, host.dismiss, "get addr and extra payload timeout")

    # What it says

    def forward(self, host: bytes, port: int) -> None:
        """Where it listens, in its own words. The first counts."""
        if self._where is None:
            self._where = host, port
            self._begin()

    def command(self, line: bytes) -> None:
        """What it wants. The same."""
        if not self._line:
            self._line = line.decode("utf-8", "replace")
            self._begin()

    def shows(self, screen: Screen) -> None:
        """There it can be told something. The same."""
        self._screen = self._screen or screen

    def _begin(self) -> None:
        if self._where is None or not self._line or self._over:
            return
        self._timer.set(READY, self._end, "wait proxy status ready timeout")
        try:
            self._ask()
        except FRPError as error:
            self._end(error.brief)
        except Exception:
            self._log.failure("a client could not be made")
            self._end("internal error")

    def _ask(self) -> None:
        command = asked(self._line, self._site.registry)
        if command.help:
            self._end(command.help, 0)
            return
        try:
            client = self._standing.client(command.values, self)
        except ConfigErrors as errors:
            # As the reference says it where there is but one proxy.
            self._end(errors.problems[0].problem.removeprefix(f"proxy {command.values['proxies'][0]['name']}: "))
        else:
            self._run(client)

    # The client

    def _run(self, client: FRPClient) -> None:
        self._client = client
        client.log = self._log
        client.watchers.append(self._changed)
        client.ended.addErrback(self._gaveUp)
        client.startService()

    def connect(self, protocol: IProtocol, user: tuple[str, int] | None) -> SSHStream:
        """
        Reach the service behind the SSH client.

        @param user: for whom; None where nobody says.
        """
        assert self._where is not None, "it is running"
        host, port = self._where
        return self._host.open(protocol, host, port, user or (host.decode("ascii", "replace"), port))

    def _changed(self, running: RunningProxy) -> None:
        if running.phase is Phase.RUNNING:
            self._timer.stop()
            self._host.settled()
            self._say(self._welcome(running))
        elif running.phase is Phase.START_ERROR:
            self._end(running.error)

    def _welcome(self, running: RunningProxy) -> str:
        assert self._client is not None, "it is running"
        lines = (
            "",
            "frp (via SSH) (Ctrl+C to quit)",
            "",
            f"User: {self._client.config.user}",
            f"ProxyName: {running.config.name}",
            f"Type: {running.config.type}",
            f"RemoteAddress: {running.remoteAddress}",
            f"Addresses: {', '.join(running.addresses)}",
            "",
        )
        return "\n".join(lines)

    def _gaveUp(self, failure: Failure) -> None:
        self._end(failure.value.brief if isinstance(failure.value, FRPError) else "internal error")

    def lost(self, error: BaseException) -> BaseException:
        """The session with frps is over. What there is to say of a login comes in the same turn."""
        self._site.clock.callLater(0, self._end, "ssh tunnel server closed", leaving=0)
        return error

    # The end

    def _say(self, text: str) -> None:
        if self._screen is not None:
            self._screen.say(text)

    def _end(self, text: str, code: int = 1, leaving: float = LEAVING) -> None:
        """
        Tell the client that it is over, and let it go.

        @param code: what its program ends with.
        @param leaving: seconds that it has for that.
        """
        if self._over:
            return
        self._stop()
        if code:
            self._log.info("the SSH client is sent away: {reason}", reason=text)
        self._say(text)
        if self._screen is not None:
            self._screen.finish(code)
        if leaving:
            self._timer.set(leaving, self._host.close)
        else:
            self._host.close()

    def leave(self) -> None:
        """The client wants to go."""
        if not self._over:
            self._stop()
            self._host.close()

    def left(self) -> None:
        """The SSH connection has ended."""
        self._stop()

    def _stop(self) -> None:
        self._over = True
        self._timer.stop()
        client, self._client = self._client, None
        if client is not None:
            # A turn later: the client may be in the middle of what this is about.
            self._site.clock.callLater(0, client.stopService)
