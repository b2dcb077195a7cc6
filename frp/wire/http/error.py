"""What is wrong with an HTTP message of a peer."""

from __future__ import annotations

from frp.errors import RemoteWireError

__all__ = ["HTTPWireError"]


class HTTPWireError(RemoteWireError):
    """
    The peer's HTTP message cannot be trusted to end where it says. The connection that carried it ends.

    @ivar status: what a server answers to it: 400, 414, 431, 501, 505; of a service's response, what the user gets
        in its place: 502.
    """

    def __init__(self, status: int, brief: str, detail: str = "") -> None:
        super().__init__(brief, detail)
        self.status = status
