"""What there is to be shown of the clients of a process, at one moment. Two scenes that are equal look the same."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from heapq import nlargest
from itertools import islice
from typing import TYPE_CHECKING

from frp.client.remote import Remote
from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.client.visitors import RunningVisitor
from frp.config.proxy import ProxyConfig
from frp.values import frozen
from frp.wire.address import authority

if TYPE_CHECKING:
    from frp.http.inspecting.part import Inspector
    from frp.http.inspecting.records import Record

__all__ = ["Note", "Request", "Scene", "Server", "Tunnel", "Tunnels", "sceneOf"]

#: So many requests, the latest ones, are shown at most.
REQUESTS = 10


@frozen
class Server:
    """@ivar error: why there is no session, if anybody knows."""

    title: str
    status: str
    error: str

    @classmethod
    def of(cls, remote: Remote) -> Server:
        title = f"{remote.name} ({remote.address})" if remote.name else remote.address
        return cls(title, remote.status, remote.error)


@frozen(kw_only=True)
class Tunnel:
    """
    A proxy or a visitor.

    @ivar status: the words of C{frpc status}.
    @ivar error: why it does not run, or why the last user did not reach the service.
    @ivar open: connections that are open; @ivar total: all that there were.
    @ivar bytesIn: from users to the service; @ivar bytesOut: from the service to users.
    @ivar addresses: where users find it.
    @ivar service: where they are passed on to.
    """

    name: str
    status: str
    error: str
    open: int
    total: int
    bytesIn: int
    bytesOut: int
    addresses: tuple[str, ...]
    service: str

    @classmethod
    def ofProxy(cls, config: ProxyConfig, client: FRPClient) -> Tunnel:
        """@return: where there are several servers, all that they have of it."""
        there = [session.proxies[config.name] for _, session in client.present if config.name in session.proxies]
        up = [one for one in there if one.phase is Phase.RUNNING]
        shown = next(iter([*up, *there]), None)
        traffic = None if client.traffic is None else client.traffic.get(config.name)
        bytesOut, bytesIn = (0, 0) if traffic is None else traffic.counts()
        return cls(
            name=config.name,
            status=Phase.NEW.value if shown is None else shown.phase.value,
            error="" if shown is None else shown.error or shown.backend.why,
            open=0 if traffic is None else traffic.open,
            total=0 if traffic is None else traffic.total,
            bytesIn=bytesIn,
            bytesOut=bytesOut,
            addresses=tuple(dict.fromkeys(address for one in up for address in one.addresses)),
            service=_service(config),
        )

    @classmethod
    def ofVisitor(cls, running: RunningVisitor) -> Tunnel:
        config, traffic = running.config, running.site.traffic
        bytesIn, bytesOut = (0, 0) if traffic is None else traffic.counts()
        return cls(
            name=config.name,
            status=running.status,
            error=running.error,
            open=0 if traffic is None else traffic.open,
            total=0 if traffic is None else traffic.total,
            bytesIn=bytesIn,
            bytesOut=bytesOut,
            addresses=(authority(config.bindAddr, config.bindPort),) if config.bindPort > 0 else (),
            service=f"{config.type}:{running.site.target}",
        )


def _service(config: ProxyConfig) -> str:
    if config.plugin is not None:
        return config.plugin.type
    return config.localEndpoint or (authority(config.localIP, config.localPort) if config.localPort else "")


@frozen
class Request:
    """@ivar status: of the response, 0 while there is none; @ivar took: seconds, None until it is over."""

    at: float
    proxy: str
    method: str
    target: str
    status: int
    took: float | None
    trouble: str

    @classmethod
    def of(cls, record: Record) -> Request:
        target = record.target.encode("utf-8", "replace").decode("utf-8")
        return cls(
            record.at, record.proxy, record.method, target, record.status, record.took, record.trouble or record.outcome
        )


@frozen
class Note:
    """A warning, or worse, of the log."""

    at: float
    text: str
    worse: bool

    @property
    def when(self) -> str:
        """The time of the day."""
        return time.strftime("%H:%M:%S", time.localtime(self.at))


@frozen
class Tunnels:
    """
    @ivar shown: some of those that are wanted.
    @ivar wanted: how many these are; @ivar running: how many run.
    """

    shown: tuple[Tunnel, ...] = ()
    wanted: int = 0
    running: int = 0


@frozen(kw_only=True)
class Scene:
    """
    @ivar pages: where frpc's own pages are.
    @ivar requests: of proxies with an inspector, the latest first.
    @ivar inspecting: whether there is one.
    @ivar notes: the latest first.
    """

    servers: tuple[Server, ...]
    pages: tuple[str, ...]
    proxies: Tunnels
    visitors: Tunnels
    requests: tuple[Request, ...]
    inspecting: bool
    notes: tuple[Note, ...]


def sceneOf(clients: Sequence[FRPClient], notes: Iterable[Note], most: int) -> Scene:
    """@param most: for how many proxies, and visitors, there is room at best; there may be thousands."""
    inspectors = [found for client in clients if (found := _inspectorOf(client)) is not None]
    records = [record for one in inspectors for record in islice(one.records(), REQUESTS)]
    return Scene(
        servers=tuple(Server.of(remote) for client in clients for remote in client.remotes),
        pages=tuple(_pages(client) for client in clients if client.config.webServer.port > 0),
        proxies=_proxies(clients, most),
        visitors=_visitors(clients, most),
        requests=tuple(map(Request.of, nlargest(REQUESTS, records, key=lambda record: record.at))),
        inspecting=bool(inspectors),
        notes=tuple(notes),
    )


def _proxies(clients: Sequence[FRPClient], most: int) -> Tunnels:
    wanted = [(config, client) for client in clients for config in client.sources.wanted.proxies]
    sessions = [client.session for client in clients if client.session is not None]
    return Tunnels(
        tuple(Tunnel.ofProxy(config, client) for config, client in wanted[:most]),
        len(wanted),
        sum(one.phase is Phase.RUNNING for session in sessions for one in session.proxies.values()),
    )


def _visitors(clients: Sequence[FRPClient], most: int) -> Tunnels:
    running = [one for client in clients for one in client.visitors.running.values()]
    return Tunnels(tuple(map(Tunnel.ofVisitor, running[:most])), len(running), sum(one.opened for one in running))


def _inspectorOf(client: FRPClient) -> Inspector | None:
    """One that somebody has asked for: looking makes none."""
    found: Inspector | None = None if client.prepared is None else client.prepared.parts.made("inspector")
    return found


def _pages(client: FRPClient) -> str:
    web = client.config.webServer
    return f"{'http' if web.tls is None else 'https'}://{authority(web.addr, web.port)}"
