"""What the proxies and visitors of a client do, as its API tells it."""

from __future__ import annotations

from collections.abc import Iterator

import attrs

from frp.client.remote import Remote
from frp.client.running import Phase, RunningProxy
from frp.client.service import FRPClient
from frp.client.store import Shelf
from frp.client.visitors import RunningVisitor
from frp.config.proxy import ProxyConfig
from frp.config.visitor import VisitorConfig
from frp.values import frozen
from frp.web.shaping import sometimes
from frp.wire.address import authority

__all__ = ["ProxyStatus", "VisitorStatus", "proxyStatuses", "visitorStatuses", "waitingProxies"]

#: Where an entry comes from; those of the file are not marked.
STORE = "store"


@frozen(kw_only=True)
class ProxyStatus:
    """
    What a proxy does. One for which there is no session yet is C{new}.

    @ivar local_addr: empty where a plugin takes its place.
    @ivar addresses: where users find it.
    @ivar source: C{store}, if it is there that it comes from.
    @ivar server: which one, where there are several.
    @ivar service_err: why the last user did not reach the local service, who came at C{service_err_at} (seconds since
        1970).
    """

    name: str
    type: str
    status: str
    err: str
    local_addr: str
    plugin: str
    remote_addr: str
    addresses: list[str] = sometimes()
    source: str = sometimes()
    server: str = sometimes()
    service_err: str = sometimes()
    service_err_at: float = sometimes()

    @classmethod
    def of(cls, running: RunningProxy, remote: Remote, *, stored: bool, early: bool) -> ProxyStatus:
        config = running.config
        address = "" if running.error else running.remoteAddress
        if config.type in ("tcp", "udp") and not running.error:
            # frps does not know how its clients call it.
            host, port = remote.config.serverAddr, address.lstrip(":")
            address = authority(host, port) if port else host if early else ""
        return attrs.evolve(
            cls.waiting(config, stored=stored),
            status=running.phase.value,
            err=running.error,
            remote_addr=address,
            addresses=running.addresses if address else [],
            server=remote.name,
            service_err=running.backend.why,
            service_err_at=running.backend.at if running.backend.why else 0,
        )

    @classmethod
    def waiting(cls, config: ProxyConfig, *, stored: bool) -> ProxyStatus:
        """@return: that of one that is wanted, and of which no server has been told."""
        return cls(
            name=config.name,
            type=config.type,
            status=Phase.NEW.value,
            err="",
            local_addr=_service(config),
            plugin=_plugin(config),
            remote_addr="",
            addresses=[],
            source=STORE if stored else "",
            server="",
            service_err="",
            service_err_at=0,
        )


@frozen(kw_only=True)
class VisitorStatus:
    """What a visitor does."""

    name: str
    type: str
    status: str
    err: str
    serverName: str
    serverUser: str
    bindAddr: str
    bindPort: int
    plugin: str
    source: str = sometimes()

    @classmethod
    def of(cls, running: RunningVisitor, *, stored: bool) -> VisitorStatus:
        config = running.config
        return cls(
            name=config.name,
            type=config.type,
            status=running.status,
            err=running.error,
            serverName=config.serverName,
            serverUser=config.serverUser,
            bindAddr=config.bindAddr,
            bindPort=config.bindPort,
            plugin=_plugin(config),
            source=STORE if stored else "",
        )


def _service(config: ProxyConfig) -> str:
    return authority(config.localIP, config.localPort) if config.localPort else ""


def _plugin(config: ProxyConfig | VisitorConfig) -> str:
    return config.plugin.type if config.plugin is not None else ""


def proxyStatuses(client: FRPClient, *, early: bool = False) -> Iterator[ProxyStatus]:
    """
    @param early: let a proxy that is not there yet have the address of its server, without a port, as the reference
        does.
    @return: by type and name; where there are several servers, each has a row for the proxy.
    """
    stored = _enabled(client.store.proxies) if client.store is not None else set()
    there = [(one, remote) for remote, session in client.present for one in session.proxies.values()]
    there.sort(key=lambda one: (one[0].config.type, one[0].config.name))
    return (
        ProxyStatus.of(running, remote, stored=running.config.name in stored, early=early) for running, remote in there
    )


def waitingProxies(client: FRPClient) -> Iterator[ProxyStatus]:
    """@return: those that are wanted, and in no session."""
    stored = _enabled(client.store.proxies) if client.store is not None else set()
    there = {name for _, session in client.present for name in session.proxies}
    waiting = (one for one in client.sources.wanted.proxies if one.name not in there)
    return (ProxyStatus.waiting(one, stored=one.name in stored) for one in waiting)


def visitorStatuses(client: FRPClient) -> Iterator[VisitorStatus]:
    """@return: by type and name."""
    stored = _enabled(client.store.visitors) if client.store is not None else set()
    there = sorted(client.visitors.running.values(), key=lambda one: (one.config.type, one.config.name))
    return (VisitorStatus.of(running, stored=running.config.name in stored) for running in there)


def _enabled(shelf: Shelf[ProxyConfig] | Shelf[VisitorConfig]) -> set[str]:
    return {name for name, entry in shelf.entries.items() if entry.config.enabled}
