"""What the proxy types have in common that open a port of the server."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from frp.config.proxy import ProxyConfig
from frp.config.schema import key, table
from frp.config.values import portDoubt
from frp.proxies.registration import Portless
from frp.wire.messages import NewProxy

if TYPE_CHECKING:
    from frp.config.public import PublicConfig

__all__ = ["RemotePort", "RemotePortConfig"]


@table(inline=True)
class RemotePortConfig(ProxyConfig):
    """A port of the server, passed on to a local service."""

    remotePort: int = key(0, "The port on frps; 0 lets frps choose one.", doubt=portDoubt)


class RemotePort(Portless):
    """The part of such a kind that is about its port: it takes one, and the port registry says if it can be had."""

    #: What users of the port speak.
    transport: ClassVar[str] = "tcp"

    def announce(self, config: RemotePortConfig) -> NewProxy:
        message = super().announce(config)
        message.remote_port = config.remotePort
        return message

    def addresses(self, message: NewProxy, remote: str, public: PublicConfig) -> list[str]:
        """C{tcp://host:port}."""
        return [public.port(self.transport, remote)]

    def ports(self, message: NewProxy) -> int:
        return 1
