"""C{type = "stcp"}: a local service for visitors, without a port of the server."""

from __future__ import annotations

from zope.interface import implementer

from frp.config.schema import table
from frp.interfaces import IProxyKind
from frp.proxies.local import LocalService
from frp.proxies.secret import Secret, SecretConfig

__all__ = ["STCP", "STCPConfig"]


@table
class STCPConfig(SecretConfig):
    """A local service for visitors, without a port of the server."""


@implementer(IProxyKind)
class STCP(Secret):
    schema = STCPConfig
    examples = (
        """
name = "ssh"
type = "stcp"
secretKey = "change me"
localPort = 22
""",
        """
name = "ssh"
type = "stcp"
secretKey = "change me"
allowUsers = ["ann", "bob"]
localPort = 22
""",
    )

    clientProxy = LocalService
