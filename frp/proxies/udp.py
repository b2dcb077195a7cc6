"""C{type = "udp"}: a UDP port of the server, passed on to a local service."""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.python.failure import Failure
from zope.interface import implementer

from frp.config.schema import table
from frp.errors import NoWorkStream
from frp.interfaces import IProxyKind, IServerProxy, IServerSite, IStream
from frp.proxies.localdatagrams import LocalDatagrams, endpointProblem
from frp.proxies.remoteport import RemotePort, RemotePortConfig
from frp.session.datagrams import Losses
from frp.session.linkkeeper import LinkKeeper
from frp.sockets.userport import UserPort
from frp.wire.dialect import Packet
from frp.wire.messages import NewProxy

__all__ = ["UDP", "UDPConfig"]

#: Seconds until the first work stream is asked for. A client that has not read our answer to its registration yet would
#: close it.
START = 0.5


@table
class UDPConfig(RemotePortConfig):
    """A UDP port of the server, passed on to a local service."""

    problems = endpointProblem


@implementer(IProxyKind)
class UDP(RemotePort):
    schema = UDPConfig
    transport = "udp"
    examples = (
        """
name = "dns"
type = "udp"
localPort = 53
remotePort = 6053
""",
    )

    clientProxy = LocalDatagrams

    def serverProxy(self, message: NewProxy, site: IServerSite) -> IServerProxy:
        return _Port(message, site)


@implementer(IServerProxy)
class _Port(UserPort):
    """frps' half: the port, and one work stream at a time for all of its users."""

    def __init__(self, message: NewProxy, site: IServerSite) -> None:
        super().__init__(site.datagramSize, Losses(site.clock, site.log))
        self._message = message
        self._site = site
        self._keeper = LinkKeeper(
            site.dialect, site.clock, self.losses, self._answered, self._fetch, self._lost, self._notFetched, eager=True
        )
        self._link = self._keeper.link

    # Life

    async def open(self) -> str:
        port = await self._site.bind(self._message.remote_port, self)
        self._site.log.info("udp proxy listen port [{port}]", port=port)
        self._keeper.start(START)
        return f":{port}"

    def close(self) -> Deferred[None]:
        self._keeper.stop()
        self.losses.say()
        return self._site.release()

    # Work streams

    def _fetch(self) -> Deferred[None]:
        return self._site.workStream(None, None).addCallback(self._fetched)

    def _fetched(self, stream: IStream) -> None:
        if self._keeper.stopped:
            stream.abortConnection()
        else:
            self._site.handOver(stream, self._keeper.protocol())

    def _notFetched(self, failure: Failure) -> None:
        failure.trap(NoWorkStream)
        self._site.log.warn("failed to get work connection: {reason}", reason=str(failure.value))

    def _lost(self, why: str) -> None:
        self._site.log.warn("read from workConn for udp error: {reason}", reason=why)

    # Datagrams

    def usersSent(self, packets: list[Packet], total: int) -> None:
        self._link.send(packets)
        self._site.meter.carried(total, 0)
        self._site.meter.dropped = self.losses.total

    def _answered(self, packets: list[Packet]) -> None:
        self._site.meter.carried(0, self.answer(packets))
        self._site.meter.dropped = self.losses.total
