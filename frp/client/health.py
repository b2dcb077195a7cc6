"""
From a proxy's configuration to the check of its local service.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from frp.client.healthcheck import HealthCheck, httpProbe, tcpProbe
from frp.config.proxy import ProxyConfig
from frp.logs import Log
from frp.sockets.local import LocalEndpoint

__all__ = ["healthCheck"]


def healthCheck(config: ProxyConfig, reactor: Any, log: Log, onChange: Callable[[bool], object]) -> HealthCheck | None:
    """@return: the check, or None where the service is not to be asked: no type is set, or there is no port to ask."""
    wanted = config.healthCheck
    if not wanted.type or config.localPort <= 0:
        return None
    if wanted.type == "http":
        from frp.http.bounded import Bounded

        headers = [(header.name, header.value) for header in wanted.httpHeaders]
        probe = httpProbe(Bounded(reactor), config.localIP, config.localPort, wanted.path, headers)
    else:
        probe = tcpProbe(LocalEndpoint(reactor, config.localIP, config.localPort))
    return HealthCheck(
        reactor,
        probe,
        onChange,
        log,
        interval=wanted.intervalSeconds,
        timeout=wanted.timeoutSeconds,
        maxFailed=wanted.maxFailed,
    )
