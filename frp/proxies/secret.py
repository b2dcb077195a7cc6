"""What the proxy types have in common that only visitors reach: who knows the secret, and whose user may come."""

from __future__ import annotations

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.interfaces import IServerProxy, IServerSite
from frp.proxies.joining import Joining
from frp.proxies.registration import Portless
from frp.wire.messages import NewProxy

__all__ = ["Secret", "SecretConfig"]


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

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Door(message, site)


class _Door(Joining):
    """frps' half: whoever may come is joined with the client. For datagrams it is the same, bytes pass as they are."""

    async def open(self) -> str:
        message = self._message
        await self._site.welcome(self, message.sk, message.allow_users)
        self._site.log.info("{type} proxy custom listen success", type=message.proxy_type)
        return ""
