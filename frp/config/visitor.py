"""The table of every visitor, whatever its type."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from frp.config.common import hostKey
from frp.config.declare import Choice, Problem, key, table
from frp.config.values import portDoubt
from frp.interfaces import IVisitorKind, IVisitorPlugin

__all__ = ["VisitorConfig", "VisitorPluginConfig", "VisitorTransportConfig"]


@table(reference="v1.VisitorTransport")
class VisitorTransportConfig:
    """How the streams of a visitor travel to the server. What the proxy does on its side is its own affair."""

    useEncryption: bool = key(False, "Encrypt the payload with a key made from the secret.")
    useCompression: bool = key(False, "Compress the payload with snappy.")


_PLUGIN = "visitor plugin"
_OPTIONS = "VisitorPluginOptions"
_WITHIN = f"unmarshal {_OPTIONS} error: "


@table(
    choice=Choice(
        IVisitorPlugin, _PLUGIN, f"{_PLUGIN} type is empty", _WITHIN, _OPTIONS, f"unmarshal {_PLUGIN} error: {_WITHIN}"
    )
)
class VisitorPluginConfig:
    """What every visitor plugin has: it brings users that do not come by the port."""

    type: str = key("", "Which plugin.")


@table(
    reference="v1.VisitorBaseConfig",
    choice=Choice(IVisitorKind, "visitor", "", "unmarshal VisitorConfig error: ", "VisitorConfig"),
)
class VisitorConfig:
    """What every visitor has. A kind of visitor derives its own table from this one."""

    name: str = key("", "The name, unique among visitors.")
    type: str = key("", "Which kind of visitor.")
    enabled: bool = key(True, "A visitor that is not enabled is not even checked.")
    transport: VisitorTransportConfig = key(VisitorTransportConfig, "How the streams of the visitor travel.")
    secretKey: str = key("", "What the visited proxy wants to know; the same as there.", secret=True)
    serverUser: str = key("", "The user who publishes the visited proxy.", shown="the own user")
    serverName: str = key("", "The visited proxy's name, as its owner configured it.")
    bindAddr: str = hostKey("127.0.0.1", "The address of this machine to listen on.")
    bindPort: int = key(
        0,
        "The port of this machine to listen on; negative listens on none.",
        doubt=lambda port, table: portDoubt(max(port, 0), table),
    )
    plugin: VisitorPluginConfig | None = key(None, "A plugin that brings users.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Whom to visit, and where to listen. One problem at a time, as in the reference."""
        if not self.name:
            yield Problem("name", "name is required")
        elif not self.serverName:
            yield Problem("serverName", "server name is required")
        elif not self.bindPort:
            yield Problem("bindPort", "bind port is required")
