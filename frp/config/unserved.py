"""
Keys that are understood and checked, and that nothing in this version acts on. Whoever sets one is told so at start.
"""

from __future__ import annotations

from frp.config.client import ClientConfig
from frp.config.server import ServerConfig

__all__ = ["unservedByClient", "unservedByServer"]


def unservedByServer(config: ServerConfig) -> list[str]:
    """@return: the keys of frps that are set in vain."""
    wanted = {
        "kcpBindPort": config.kcpBindPort,
        "quicBindPort": config.quicBindPort,
        "sshTunnelGateway.bindPort": config.sshTunnelGateway.bindPort,
        "webServer.assetsDir": config.webServer.assetsDir,
    }
    return [name for name, value in wanted.items() if value]


def unservedByClient(config: ClientConfig) -> list[str]:
    """@return: the keys of frpc that are set in vain."""
    wanted = {
        "virtualNet.address": config.virtualNet.address,
        "store.path": config.store.path,
        "webServer.assetsDir": config.webServer.assetsDir,
    }
    return [name for name, value in wanted.items() if value]
