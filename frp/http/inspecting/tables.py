"""What a configuration says of the inspector, and who it is for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table

if TYPE_CHECKING:
    from frp.http.exchange import Handler
    from frp.interfaces import IClientPluginSite

__all__ = ["InspectConfig", "InspectPluginConfig", "InspectedConfig", "inspected"]


#: The list on a page is made from all of them.
MOST = 10_000


def _few(value: int, _table: object) -> str:
    return "" if 0 < value <= MOST else f"requests must be from 1 to {MOST}"


def _size(value: int, _table: object) -> str:
    return "" if value >= 0 else "bodySize must not be negative: 0 keeps no bodies"


def _lost(path: str, _table: object) -> str:
    folder = os.path.dirname(os.path.abspath(path))
    if not path or os.path.isdir(folder):
        return ""
    return f"there is no folder {folder}: requests are kept in memory only"


@table
class InspectConfig:
    """The last requests are kept, and shown by the web server of frpc."""

    requests: int = key(200, f"How many are kept, at most {MOST}.", check=_few)
    bodySize: int = key(
        65536,
        "How much is kept of each body, and of each response's; 0 keeps none of them.",
        check=_size,
        unit="bytes",
        zero=True,
    )
    file: str = key(
        "",
        "A file of SQLite in which they outlive frpc, from the current folder; empty keeps them in memory.",
        written=True,
        doubt=_lost,
    )
    redact: list[str] = key(
        list,
        "Headers and parameters of queries whose values are not kept, besides the headers Authorization,"
        " Proxy-Authorization, Cookie and Set-Cookie.",
    )


@table(inline=True)
class InspectedConfig:
    """Something that speaks HTTP, and can be looked into."""

    inspect: InspectConfig | None = key(
        None, "Keep the last requests, to look at them and to send them again.", spelled="inspect = {}"
    )


@table
class InspectPluginConfig(InspectedConfig, PluginConfig):
    """HTTP is passed on to a local service as it is, and the last requests are kept."""

    localAddr: str = key("", "The local service, HOST:PORT.")
    localEndpoint: str = key("", "The local service as a client endpoint of Twisted, in place of localAddr.")
    inspect: InspectConfig | None = key(InspectConfig, "What is kept.", spelled="inspect = {}")


def inspected(handler: Handler, config: InspectedConfig, site: IClientPluginSite, service: str = "") -> Handler:
    """
    @param service: the URL of what the handler passes requests on to; empty where there is none.
    @return: the same handler where nobody wants to look, else one that is looked at.
    """
    if config.inspect is None:
        return handler
    watched: Handler = site.part("inspector").watch(
        site.name, handler, config.inspect, shared=site.type == "http", service=service
    )
    return watched
