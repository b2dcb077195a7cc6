"""The doors by which clients come in: opened when a server starts, and said where."""

from __future__ import annotations

from typing import Any

import attrs
from twisted.internet.error import CannotListenError
from twisted.python.failure import Failure

from frp.config.declare import keysOf
from frp.config.kindtables import tableOf
from frp.errors import PluginError, PortTaken
from frp.interfaces import IClientDoor, ITunnelTransport
from frp.kinds import Contribution
from frp.sockets.taken import Unopened, bindFault, placeIn, portTaken
from frp.transports.sites import ListenSite
from frp.wire.address import authority

__all__ = ["openDoors"]


def openDoors(site: ListenSite) -> None:
    """
    Let all doors for clients listen. One that is broken is passed over.

    @param site: of no door; each gets its own.
    @raise FRPError: the place of one cannot be had, or what the configuration says of it.
    """
    for family in (ITunnelTransport, IClientDoor):
        for contribution in site.registry.contributions(family):
            if contribution.wanted(site.config):
                _open(contribution, site)


def _open(contribution: Contribution, site: ListenSite) -> None:
    name, table = contribution.name, None
    try:
        table = tableOf(site.config.transport, name, site.registry)
        site.registry.call(contribution.family, name, "listen", attrs.evolve(site, name=name, table=table))
    except PluginError as error:
        if isinstance(error.bug, Unopened):
            raise _taken(name, table, error.bug) from error
        site.log.error("clients cannot come by {name}: {reason}", name=name, reason=error.detail)
        if error.bug is not None:
            site.log.failure("the door {name} has failed", Failure(error.bug), name=name)


def _taken(name: str, table: Any, error: Unopened) -> PortTaken:
    """@return: what ends the start. The keys are those whose values are the place, or the whole table."""
    host, place = placeIn(error)
    asked = {} if table is None else {key: getattr(table, key) for key in keysOf(type(table))}
    keys = [key for key, value in asked.items() if value and value in (host, place, f"{place}".removesuffix(".lock"))]
    paths = [f"transport.{name}.{key}" for key in keys] or [f"transport.{name}"] * (table is not None)
    where = authority(host, place) if isinstance(error, CannotListenError) and isinstance(place, int) else place
    brief = f"clients cannot come by {name}: listen {where}: {bindFault(error)}"
    return portTaken(brief, ", ".join(paths), error, "tcp", "udp")
