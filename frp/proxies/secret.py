"""
What the proxy types have in common that only visitors reach: who knows the secret, and whose user may come.
"""

from __future__ import annotations

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.server import ServerConfig
from frp.interfaces import IServerProxy, IServerSite
from frp.proxies.joining import Joining
from frp.proxies.registration import announcement
from frp.wire.messages import NewProxy

__all__ = ["Secret", "SecretConfig"]


@table(inline=True)
class SecretConfig(ProxyConfig):
    """A local service that opens no port of the server: only visitors reach it."""

    secretKey: str = key("", "What a visitor must know.", secret=True)
    allowUsers: list[str] = key(
        list, 'The users whose visitors may come; "*" lets everybody\'s.', shown="only those of the own user"
    )


class Secret:
    """The part of such a kind that is about its visitors."""

    def announce(self, config: SecretConfig) -> NewProxy:
        """As L{IProxyKind.announce<frp.interfaces.IProxyKind.announce>}."""
        message = announcement(config)
        message.sk = config.secretKey
        message.allow_users = list(config.allowUsers)
        return message

    def ports(self, message: NewProxy) -> int:
        """As L{IProxyKind.ports<frp.interfaces.IProxyKind.ports>}: none is opened."""
        return 0

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        """As L{IProxyKind.check<frp.interfaces.IProxyKind.check>}: everything can be had."""

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        """As L{IProxyKind.serverProxy<frp.interfaces.IProxyKind.serverProxy>}."""
        return _Door(message, site)


class _Door(Joining):
    """frps' half: whoever may come is joined with the client. For datagrams it is the same, bytes pass as they are."""

    def open(self) -> str:
        """As L{IServerProxy.open<frp.interfaces.IServerProxy.open>}."""
        message = self._message
        self._site.welcome(self, message.sk, message.allow_users)
        self._site.log.info("{type} proxy custom listen success", type=message.proxy_type)
        return ""
