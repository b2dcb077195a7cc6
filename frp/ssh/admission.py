"""Who may come in: the service C{ssh-userauth}."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from twisted.conch.error import ConchError, ValidPublicKey
from twisted.conch.interfaces import IConchUser
from twisted.conch.ssh.keys import Key
from twisted.conch.ssh.userauth import SSHUserAuthServer
from twisted.cred.error import UnauthorizedLogin
from twisted.internet.defer import Deferred, execute, succeed
from twisted.internet.interfaces import IReactorTime

from frp.errors import reasonOf
from frp.ssh.authorized import authorizedUsers
from frp.ssh.quiet import QUIET
from frp.ssh.refusals import Refusals, fingerprint
from frp.wire.address import hostPort

__all__ = ["Admission"]

_Admitted = tuple[Any, str, Callable[[], None]]


class Admission(SSHUserAuthServer):
    """
    Lets everybody in, or whose key stands in C{authorizedKeysFile}. What comes of it is the C{avatar} of the transport:
    the user that goes with the key, or empty. The name in the SSH login says nothing.
    """

    _log = QUIET
    attemptsBeforeDisconnect = 6

    def __init__(self, clock: IReactorTime, refusals: Refusals, file: str) -> None:
        """@param file: C{authorizedKeysFile}; empty lets everybody in."""
        self.clock = clock
        self._file = file
        self._refusals = refusals
        self._unknown: dict[str, None] = {}  # the fingerprints of keys that were offered
        self._why = f"no such key stands in {file}"

    def serviceStarted(self) -> None:
        """Nothing of Twisted's C{cred} is needed, and the time for it all is the transport's to keep."""
        self.authenticatedWith = []
        self.loginAttempts = 0
        self.user = self.nextService = None
        self.portal = self
        self.supportedAuthentications = [b"publickey"] if self._file else [b"none", b"publickey"]
        self._cancelLoginTimeout = None  # type: ignore[assignment]  # Twisted's own word for none

    def serviceStopped(self) -> None:
        """The client is in, or gone."""
        super().serviceStopped()
        link: Any = self.transport
        if self._unknown and not hasattr(link, "avatar"):
            self._refusals.tell(hostPort(link.transport.getPeer()), self._unknown, self._why)

    def auth_none(self, packet: bytes) -> Deferred[_Admitted]:
        return succeed(_admitted(""))

    def login(self, credentials: Any, mind: object, *interfaces: object) -> Deferred[_Admitted]:
        """What a portal does; asked with a public key, and with the signature once the key was said to be good."""
        return execute(self._judge, credentials)

    def _judge(self, credentials: Any) -> _Admitted:
        """@raise Exception: the key is not known, or is not the client's."""
        user = self._user(credentials.blob) if self._file else ""
        if user is None:
            self._unknown[fingerprint(credentials.blob)] = None
            raise UnauthorizedLogin("unknown public key")
        if not credentials.signature:
            raise ValidPublicKey
        if not Key.fromString(credentials.blob).verify(credentials.signature, credentials.sigData):
            raise UnauthorizedLogin("the signature is wrong")
        if self.nextService != b"ssh-connection":
            raise ConchError("no such service")
        return _admitted(user)

    def _user(self, key: bytes) -> str | None:
        try:
            return authorizedUsers(self._file).get(key)
        except OSError as error:
            self._why = f"open {self._file}: {reasonOf(error)}"
            return None


def _admitted(user: str) -> _Admitted:
    return IConchUser, user, lambda: None
