"""What a configuration says of the inspector, and who it is for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from frp.config.proxy import PluginConfig
from frp.config.schema import key, table

if TYPE_CHECKING:
    from frp.http.exchange import Handler
    from frp.interfaces import IClientPluginSite

__all__ = ["InspectConfig", "InspectPluginConfig", "InspectedConfig", "inspected"]


def _counts(value: Any, _table: object) -> str:
    return "" if value > 0 else "must be larger than 0"


@table
class InspectConfig:
    """The last requests are kept in memory, and shown by the web server of frpc."""

    requests: int = key(200, "How many are kept.", check=_counts)
    bodySize: int = key(65536, "How much is kept of each body, and of each response's.", unit="bytes")
    redact: list[str] = key(
        list,
        "Headers whose values are not kept, besides Authorization, Proxy-Authorization, Cookie and Set-Cookie.",
    )


@table(inline=True)
class InspectedConfig:
    """Something that speaks HTTP, and can be looked into."""

    inspect: InspectConfig | None = key(None, "Keep the last requests, to look at them and to send them again.")


@table
class InspectPluginConfig(InspectedConfig, PluginConfig):
    """HTTP is passed on to a local service as it is, and the last requests are kept."""

    localAddr: str = key("", "The local service, HOST:PORT.")
    localEndpoint: str = key("", "The local service as a client endpoint of Twisted, in place of localAddr.")
    inspect: InspectConfig | None = key(InspectConfig, "What is kept.")


def inspected(handler: Handler, config: InspectedConfig, site: IClientPluginSite) -> Handler:
    """@return: the same handler where nobody wants to look, else one that is looked at."""
    if config.inspect is None:
        return handler
    watched: Handler = site.part("inspector").watch(site.name, handler, config.inspect)
    return watched
