"""Whether slips of the pen are refused."""

from __future__ import annotations

from frp.values import frozen
from frp.web.queries import flag, parameter

__all__ = ["Strictly"]


@frozen
class Strictly:
    """What the query of whoever brings a configuration may say. The reference's own clients leave it out."""

    strictConfig: bool = parameter(flag, "Whether keys that are not known are refused.")
