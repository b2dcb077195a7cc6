"""C{vhostHTTPPort}, where there is one: the kind of the gateway for sites."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zope.interface import implementer

from frp.interfaces import IGatewayKind, IGatewaySite

if TYPE_CHECKING:
    from frp.gateways.httpgateway import HTTPGateway

__all__ = ["HTTP"]


@implementer(IGatewayKind)
class HTTP:
    def gateway(self, config: None, site: IGatewaySite) -> HTTPGateway | None:
        port = site.config.vhostHTTPPort
        if port <= 0:
            return None
        # It takes its time to import, and is for servers alone that have the port.
        from frp.gateways.httpgateway import HTTPGateway

        return HTTPGateway(site, port)
