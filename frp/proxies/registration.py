"""What the messages that register a proxy say, whatever its type: checked and put to use, on both sides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from frp.config.values import annotationsProblem
from frp.errors import Refused
from frp.wire.messages import NewProxy

if TYPE_CHECKING:
    from frp.config.proxy import ProxyConfig
    from frp.config.public import PublicConfig
    from frp.config.server import ServerConfig

__all__ = ["Portless", "announcement", "checkAnnotations"]


def announcement(config: ProxyConfig) -> NewProxy:
    """@return: the message for a proxy, with all that every type has."""
    transport = config.transport
    return NewProxy(
        proxy_name=config.name,
        proxy_type=config.type,
        use_encryption=transport.useEncryption,
        use_compression=transport.useCompression,
        bandwidth_limit=transport.bandwidthLimit.text,
        # The default is left out, as the reference does.
        bandwidth_limit_mode="" if transport.bandwidthLimitMode == "client" else transport.bandwidthLimitMode,
        group=config.loadBalancer.group,
        group_key=config.loadBalancer.groupKey,
        metas=dict(config.metadatas),
        annotations=dict(config.annotations),
    )


class Portless:
    """The part of a kind whose proxies open no port of their own, and of which frps refuses none in advance."""

    def announce(self, config: Any) -> NewProxy:
        """Nothing more than all."""
        return announcement(config)

    def addresses(self, message: NewProxy, remote: str, public: PublicConfig) -> list[str]:
        """By their type and name; where frps names places, there."""
        type, name = message.proxy_type, message.proxy_name
        return [public.port(type, one) for one in remote.split(",")] if remote else [f"{type}:{name}"]

    def ports(self, message: NewProxy) -> int:
        return 0

    def check(self, message: NewProxy, server: ServerConfig) -> None:
        """Nothing is to be done."""


def checkAnnotations(annotations: Mapping[str, str]) -> None:
    """@raise Refused: with the reference's text."""
    problem = annotationsProblem(annotations)
    if problem:
        raise Refused(problem)
