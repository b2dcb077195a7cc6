"""
C{type = "inspect"}: HTTP is passed on to a local service as it is, and the last requests are kept. It takes the place
of the local service of an http proxy that has C{inspect}.
"""

from __future__ import annotations

from twisted.internet.protocol import Factory
from zope.interface import implementer

from frp.errors import FRPError
from frp.http.exchange import IExchange
from frp.http.inspecting.tables import InspectPluginConfig
from frp.http.rewriting import Forwarded, Rules
from frp.interfaces import IClientPlugin, IClientPluginSite
from frp.plugins.bridges import passing
from frp.plugins.tables import hostPort
from frp.wire.address import authority

__all__ = ["Inspect"]


@implementer(IClientPlugin)
class Inspect:
    schema = InspectPluginConfig
    examples = (
        """
type = "inspect"
localAddr = "127.0.0.1:8080"
inspect.requests = 50
inspect.redact = ["X-Api-Key"]
""",
    )

    def factory(self, config: InspectPluginConfig, site: IClientPluginSite) -> Factory:
        if config.localEndpoint:
            endpoint, service = site.endpoint(config.localEndpoint), ""
        else:
            where = hostPort(config.localAddr, 80)
            endpoint, service = site.local(*where), f"http://{authority(*where)}"
        rules = Rules(forwarded=Forwarded.PASSED)
        return passing(endpoint, rules, config, site, service, connects=True, failed=_unanswered)


def _unanswered(exchange: IExchange, error: FRPError) -> None:
    """As without us: frps sees the connection end, and answers with what it is configured to."""
    exchange.abort()
