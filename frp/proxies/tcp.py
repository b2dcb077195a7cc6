"""C{type = "tcp"}: a TCP port of the server, passed on to a local service."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.schema import table
from frp.interfaces import IProxyKind, IServerProxy, IServerSite
from frp.proxies.joining import Joining
from frp.proxies.local import LocalService
from frp.proxies.remoteport import RemotePort, RemotePortConfig
from frp.wire.messages import NewProxy

__all__ = ["TCP", "TCPConfig"]


@table
class TCPConfig(RemotePortConfig):
    """A TCP port of the server, passed on to a local service."""


@implementer(IProxyKind)
class TCP(RemotePort):
    schema = TCPConfig
    examples = (
        """
name = "ssh"
type = "tcp"
localPort = 22
remotePort = 6000
""",
    )

    clientProxy = LocalService

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Port(message, site)


class _Port(Joining):
    """frps' half: the port."""

    async def open(self) -> str:
        port = await self._site.listen(self._message.remote_port, self)
        group = self._message.group
        if group:
            self._site.log.info("tcp proxy listen port [{port}] in group [{group}]", port=port, group=group)
        else:
            self._site.log.info("tcp proxy listen port [{port}]", port=port)
        return f":{port}"
