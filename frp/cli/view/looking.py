"""What a single proxy has besides, where somebody looks at it."""

from __future__ import annotations

from frp.cli.view.terminal import standardOutput
from frp.config.flags import Values
from frp.http.inspecting.tables import InspectedConfig

__all__ = ["look"]

#: Nobody asks for bodies here, so none is kept.
_INSPECT = {"requests": 50, "bodySize": 0}


def look(configuration: Values, schema: type) -> None:
    """
    Let the requests of a proxy be seen, if it has any, and there is a terminal to show them on.

    @param configuration: with one proxy.
    @param schema: of that.
    """
    if issubclass(schema, InspectedConfig) and standardOutput():
        (proxy,) = configuration["proxies"]
        proxy["inspect"] = dict(_INSPECT)
