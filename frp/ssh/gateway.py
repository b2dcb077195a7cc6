"""The SSH server: who comes in, and how many of those who are not known."""

from __future__ import annotations

from collections.abc import Callable

from twisted.conch.ssh.keys import Key
from twisted.internet.interfaces import IAddress
from twisted.internet.protocol import Factory

from frp.interfaces import IListenSite
from frp.ssh.admission import Admission
from frp.ssh.channels import Channels
from frp.ssh.guest import Guest
from frp.ssh.link import Link
from frp.ssh.refusals import Refusals
from frp.ssh.standing import Standing

__all__ = ["MAX_STRANGERS", "Gateway"]

#: How many connections may be on the way to being a client of frps. One more is let in, and the oldest, who has had his
#: time, goes.
MAX_STRANGERS = 256


class Gateway(Factory):
    """
    Answers SSH connections. To Twisted's SSH it is the factory that has the keys and knows the services.

    @ivar strangers: the connections that are on the way, the oldest first.
    """

    noisy = False

    def __init__(self, site: IListenSite, key: Key) -> None:
        """@param key: by which clients know us again."""
        self.strangers: dict[Link, None] = {}
        self._site = site
        self._refusals = Refusals(site.clock, site.log)
        self._algorithms = key.supportedSignatureAlgorithms()
        self.privateKeys = {key.sshType(): key}
        self.publicKeys = {key.sshType(): key.public()}

    def buildProtocol(self, addr: IAddress | None) -> Link:
        if len(self.strangers) >= MAX_STRANGERS:
            next(iter(self.strangers)).drop(f"{MAX_STRANGERS} connections came after it, and it has not logged in")
        link = Link(self._site.clock, self._site.log, self._settled)
        link.factory = self  # type: ignore[assignment]  # all that is asked of one
        link.supportedPublicKeys = self._algorithms
        self.strangers[link] = None
        return link

    def _settled(self, link: Link) -> None:
        self.strangers.pop(link, None)

    def stopFactory(self) -> None:
        """The server stops. It ends the sessions of its clients itself."""
        for link in list(self.strangers):
            link.drop("the server stops")

    def getService(self, link: Link, name: bytes) -> Callable[[], object] | None:
        """@return: what makes a service; None where there is none of that name, or the client may not have it yet."""
        site = self._site
        if name == b"ssh-userauth" and not link.known:
            file = site.config.sshTunnelGateway.authorizedKeysFile
            return lambda: Admission(site.clock, self._refusals, file)
        if name == b"ssh-connection" and hasattr(link, "avatar") and not link.known:
            return lambda: Channels(self._guest)
        return None

    def _guest(self, channels: Channels) -> Guest:
        site, link = self._site, channels.transport
        vouched = bool(site.config.sshTunnelGateway.authorizedKeysFile)
        standing = Standing(str(link.avatar), vouched, link.transport, site)
        return Guest(channels, standing, site, site.log.about(f"ssh {link.transport.getPeer().host}"))
