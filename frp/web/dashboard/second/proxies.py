"""Proxies, and what they carry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from operator import attrgetter
from typing import Any, Literal

from frp.interfaces import IProxyKind, keyOf
from frp.server.service import FRPServer
from frp.server.statistics import ProxyRecord
from frp.session.turns import chosen
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.dashboard.known import findProxy
from frp.web.dashboard.second.searching import searched
from frp.web.dashboard.second.traffic import Day, historyOf
from frp.web.dashboard.second.wanted import NONE, Wanted, wantedOf
from frp.web.dashboard.shapes import Phase, phaseOf, remotePort
from frp.web.operations import SECOND
from frp.web.paging import BAD_QUERY, Page, Paging, anyOf, statusReader, wordsIn
from frp.web.queries import flag, maybe, parameter, word
from frp.web.shaping import sometimes
from frp.web.sorting import arranged, sortParameter
from frp.wire.messages import NewProxy

__all__ = ["Proxies"]

#: The types of the reference, in the order in which its API names them.
TYPES = ("tcp", "udp", "http", "https", "tcpmux", "stcp", "xtcp", "sudp")

_UNKNOWN = {404: "there is no such proxy"}


@frozen(kw_only=True)
class ProxyStatus:
    """
    Moments are seconds since 1970; bytes are those of today.

    @ivar guests: users who have come to other nodes, on machines of their own; they count in C{curConns} there.
    """

    phase: Phase
    todayTrafficIn: int
    todayTrafficOut: int
    curConns: int
    guests: int = sometimes(0)
    lastStartAt: int = sometimes()
    lastCloseAt: int = sometimes()


@frozen(kw_only=True)
class Proxy:
    """
    A proxy that is here, or was.

    @ivar disabled: why an operator keeps it closed.
    @ivar refused: why its client, which is here and wants it, has it not; where that was asked for.
    @ivar node: at which worker it is, or was last, where frps is several.
    @ivar spec: its type, and what is known of its configuration, below the name of that; nothing where it is away.
    """

    name: str
    user: str
    clientID: str
    spec: dict[str, object]
    status: ProxyStatus
    disabled: str = sometimes("")
    refused: str = sometimes("")
    node: str = sometimes("")

    @classmethod
    def of(cls, record: ProxyRecord, *, disabled: str, refused: str) -> Proxy:
        meter = record.meter
        bytesIn, bytesOut = meter.today
        return cls(
            name=record.name,
            user=record.user,
            clientID=record.clientID,
            spec={"type": record.type, record.type: _block(record.message, record.address)},
            status=ProxyStatus(
                phase=phaseOf(record),
                todayTrafficIn=bytesIn,
                todayTrafficOut=bytesOut,
                curConns=meter.current,
                guests=meter.guests,
                lastStartAt=int(record.startedAt),
                lastCloseAt=int(record.closedAt),
            ),
            disabled=disabled,
            refused=refused,
            node=record.node,
        )


def _block(message: NewProxy | None, address: str) -> dict[str, object]:
    if message is None:
        return {}
    return {
        **_present(annotations=_sorted(message.annotations), metadatas=_sorted(message.metas)),
        "transport": {
            "useEncryption": message.use_encryption,
            "useCompression": message.use_compression,
            "bandwidthLimit": message.bandwidth_limit,
            "bandwidthLimitMode": message.bandwidth_limit_mode or "client",
        },
        "loadBalancer": {"group": message.group},
        **_own(message, address),
    }


def _own(message: NewProxy, address: str) -> dict[str, object]:
    """The keys of its type."""
    kind = message.proxy_type
    if kind in ("tcp", "udp"):
        return {"remotePort": remotePort(message, address)}
    domains = {"customDomains": message.custom_domains, "subdomain": message.subdomain}
    if kind == "http":
        return _present(**domains, locations=message.locations, hostHeaderRewrite=message.host_header_rewrite)
    if kind == "https":
        return _present(**domains)
    if kind == "tcpmux":
        return _present(**domains, multiplexer=message.multiplexer, routeByHTTPUser=message.route_by_http_user)
    return {}


def _present(**values: object) -> dict[str, object]:
    """@return: those that are not empty."""
    return {name: value for name, value in values.items() if value}


def _sorted(texts: Mapping[str, str]) -> dict[str, str]:
    return dict(sorted(texts.items()))


@frozen(kw_only=True)
class ProxyTraffic:
    """The bytes of a proxy on each of the last seven days, today's last."""

    name: str
    unit: Literal["bytes"] = "bytes"
    granularity: Literal["day"] = "day"
    history: list[Day]


_SORTS: Mapping[str, Callable[[ProxyRecord], Any]] = {
    "name": lambda one: one.name.lower(),
    "type": lambda one: one.type,
    "client": lambda one: keyOf(one.user, one.clientID, "").lower(),
    "since": lambda one: one.startedAt if one.online else one.closedAt,
    "connections": lambda one: one.meter.current,
    "in": lambda one: one.meter.today[0],
    "out": lambda one: one.meter.today[1],
    "traffic": lambda one: sum(one.meter.today),
}

SORTS = ("status", *_SORTS)


def _wanted() -> Any:
    return parameter(flag, "Also what clients that are here want and have not.")


@frozen
class _More:
    wanted: bool = _wanted()


@frozen(kw_only=True)
class _Which(Paging):
    status: str = parameter(statusReader, "Those that are here, or are not.")
    name: str | None = parameter(maybe, "Of this name, which may be empty.")
    type: str = parameter(word, "Of this type.")
    user: str | None = parameter(maybe, "Whose; empty for those of nobody.")
    clientID: str = parameter(word, "Of the client with this name, or this run id.")
    q: str = parameter(word, "What stands in its name, type, user, client, phase, port or domains.")
    search: str = parameter(word, "Words, each of which stands in any of its texts, addresses and metadata.")
    sort: str = sortParameter(SORTS)
    wanted: bool = _wanted()

    def passes(self, record: ProxyRecord) -> bool:
        return (
            self.name in (None, record.name)
            and self.type.lower() in ("", record.type)
            and self.user in (None, record.user)
            and self.clientID in ("", record.clientID)
            and self.status in ("all", phaseOf(record))
            and (not self.q or anyOf(self.q, _texts(record)))
        )


def _texts(record: ProxyRecord) -> list[str]:
    found = [record.name, record.type, record.user, record.clientID, phaseOf(record)]
    if record.message is not None:
        own = _own(record.message, record.address)
        found += [str(own.get("remotePort", "")), record.message.subdomain, *record.message.custom_domains]
    return found


@frozen
class Proxies:
    _server: FRPServer

    def _shaped(self, record: ProxyRecord, wanted: Wanted) -> Proxy:
        order = self._server.shared.orders.proxies.get(record.name)
        return Proxy.of(record, disabled="" if order is None else order.shown, refused=wanted.reason(record))

    @SECOND.operation("GET", "/proxies", "all proxies", query=_Which, answers=Page[Proxy], refuses=BAD_QUERY)
    async def all(self, query: _Which) -> Page[Proxy]:
        kinds = dict.fromkeys([*TYPES, *self._server.registry.names(IProxyKind)])
        if query.type and query.type.lower() not in kinds:
            raise APIError(400, f"type must be one of {', '.join(kinds)}")
        server, disabled = self._server, self._server.shared.orders.proxies
        known = await server.whole.records()
        wanted = await wantedOf(server, known) if query.wanted else NONE

        def passes(one: ProxyRecord) -> bool:
            return query.passes(one) and (not query.search or wordsIn(query.search, texts(one)))

        def texts(one: ProxyRecord) -> Iterator[str]:
            yield from searched(one, server.config)
            yield phaseOf(one)
            yield wanted.reason(one)

        def standing(one: ProxyRecord) -> tuple[bool, bool, bool]:
            return not wanted.reason(one), one.name not in disabled, one.online

        if wanted.absent:
            known = sorted([*known, *wanted.absent], key=attrgetter("name"))
        found = sorted(await chosen(server.clock, passes, known), key=attrgetter("type"))
        found = await arranged(server.clock, query.sort, {"status": standing, **_SORTS}, found)
        return query.of(found, lambda one: self._shaped(one, wanted))

    @SECOND.operation("GET", "/proxies/{name}", "one of them", query=_More, answers=Proxy, refuses=_UNKNOWN)
    async def one(self, name: str, query: _More) -> Proxy:
        known = await self._server.whole.find(name)
        wanted = await wantedOf(self._server, [] if known is None else [known]) if query.wanted else NONE
        if known is None or not (known.online or wanted.reason(known)):
            # Of one that its client has never had there is nothing else to be told.
            known = next((one for one in wanted.absent if one.name == name), known)
        return self._shaped(known or await findProxy(self._server, name), wanted)

    @SECOND.operation(
        "GET",
        "/proxies/{name}/traffic",
        "its bytes on the last seven days",
        answers=ProxyTraffic,
        refuses=_UNKNOWN,
    )
    async def traffic(self, name: str) -> ProxyTraffic:
        meter = (await findProxy(self._server, name, mirrored=True)).meter
        return ProxyTraffic(name=name, history=historyOf(meter, self._server.clock.seconds()))
