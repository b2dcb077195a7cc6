"""C{type = "stcp"}: a local service for visitors, without a port of the server."""

from __future__ import annotations

from typing import ClassVar

from zope.interface import implementer

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.joining import Joining
from frp.proxies.local import LocalService
from frp.proxies.registration import Portless
from frp.wire.messages import NewProxy

__all__ = ["STCP", "STCPConfig", "Secret", "SecretConfig"]


@table(inline=True)
class SecretConfig(ProxyConfig):
    """A local service that opens no port of the server: only visitors reach it."""

    secretKey: str = key("", "What a visitor must know.", secret=True)
    allowUsers: list[str] = key(
        list, 'The users whose visitors may come; "*" lets everybody\'s.', shown="only those of the own user"
    )


class Secret(Portless):
    """The part of such a kind that is about its visitors."""

    def announce(self, config: SecretConfig) -> NewProxy:
        message = super().announce(config)
        message.sk = config.secretKey
        message.allow_users = list(config.allowUsers)
        return message

    #: Whether they bring datagrams.
    datagrams: ClassVar[bool] = False

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Door(message, site, datagrams=self.datagrams)


class _Door(Joining):
    """frps' half: whoever may come is joined with the client. For datagrams it is the same, bytes pass as they are."""

    def __init__(self, message: NewProxy, site: IServerSite, *, datagrams: bool) -> None:
        super().__init__(message, site)
        self._datagrams = datagrams

    async def open(self) -> str:
        message = self._message
        await self._site.welcome(self, message.sk, message.allow_users, datagrams=self._datagrams)
        self._site.log.info("{type} proxy custom listen success", type=message.proxy_type)
        return ""


@table
class STCPConfig(SecretConfig):
    """A local service for visitors, without a port of the server."""


@implementer(IProxyKind)
class STCP(Secret):
    schema = STCPConfig
    examples = (
        """
name = "ssh"
type = "stcp"
secretKey = "change me"
localPort = 22
""",
        """
name = "ssh"
type = "stcp"
secretKey = "change me"
allowUsers = ["ann", "bob"]
localPort = 22
""",
    )

    clientProxy = LocalService
