"""One proxy of another node, open on this one."""

from __future__ import annotations

from functools import partial

import attrs

from frp.interfaces import IProxyKind, IServerProxy, Tenure
from frp.kinds.blaming import Blame
from frp.server.cluster.announced import Announced
from frp.server.cluster.elsewhere import Elsewhere
from frp.server.cluster.links import Links
from frp.server.cluster.remote import RemoteStreams
from frp.server.registry.mirrored import GrantedPorts
from frp.server.serving import Peer, Serving
from frp.server.site import ServerSite
from frp.session.correspondence import Correspondence
from frp.wire.dialects import dialectNamed

__all__ = ["Mirror"]


class Mirror:
    """
    Its users here are served by work streams that the other node brings: to the kind of proxy, and to its gateway, it
    is a proxy like any other.
    """

    def __init__(self, serving: Serving, links: Links, announced: Announced) -> None:
        """@raise FRPError: this node cannot have it, such as one of a kind that is not installed."""
        message, login, caller = announced.message, announced.login, announced.caller
        self.name = message.proxy_name
        log = serving.log.about(runId=caller.runId)
        self._log = log.about(proxy=self.name)
        shared = serving.shared
        granted = attrs.evolve(
            shared,
            tcpPorts=GrantedPorts("tcp", announced.port, shared.mirrored),
            udpPorts=GrantedPorts("udp", announced.port, shared.mirrored),
        )
        ask = {"run": caller.runId, "proxy": self.name}
        peer = Peer(
            login,
            Tenure(caller.runId),
            caller,
            dialectNamed(announced.dialect),
            Correspondence(serving.reactor, log),
            RemoteStreams(links.ask, announced.node, ask),
            partial(links.together, announced.node),
            lambda name, why: None,
            log,
            Elsewhere(links.passOn, announced.node, ask),
        )
        self._statistics = shared.statistics
        kind = message.proxy_type
        self._blame = Blame(IProxyKind, kind, IServerProxy)
        self._site = ServerSite(attrs.evolve(serving, shared=granted), peer, message)
        self._proxy: IServerProxy = serving.registry.make(IProxyKind, kind, "serverProxy", message, self._site)

    async def open(self) -> None:
        """@raise FRPError: it cannot be opened here; nothing stays open."""
        try:
            await self._blame.ask(self._proxy, "open")
        except BaseException:
            await self._site.release()
            raise
        if self._site.bound is None:
            self._statistics.mirrors(self.name, self._site.message.proxy_type, self._site.meter)

    async def close(self) -> None:
        """Give back all that it has here. Users that are being served live on."""
        self._statistics.mirrored(self.name)
        await self._blame.close(self._proxy, self._log, "the proxy did not close")
        await self._site.release()
