"""Whether the service behind a proxy is there, asked now."""

from __future__ import annotations

import attrs

from frp.client.service import FRPClient
from frp.errors import FRPError
from frp.web.answers import APIError
from frp.web.operations import SECOND

__all__ = ["Tested", "Testing"]


@attrs.frozen
class Tested:
    """
    What became of a test.

    @ivar ok: whether the service took the connection.
    @ivar seconds: that it took; 0 if it did not.
    @ivar why: it did not.
    """

    ok: bool
    seconds: float = 0.0
    why: str = ""


@attrs.frozen
class Testing:
    """Tests what a user of a proxy would be passed on to."""

    _client: FRPClient

    @SECOND.operation(
        "POST",
        "/proxies/{name}/test",
        "connect to the service of a proxy, as for a user",
        answers=Tested,
        refuses={404: "no proxy of this name runs"},
    )
    async def test(self, name: str) -> Tested:
        found = (session.proxies.get(name) for _, session in self._client.present)
        running = next((one for one in found if one is not None), None)
        if running is None and any(one.name == name for one in self._client.sources.wanted.proxies):
            return Tested(ok=False, why="there is no session with a server, and without one no user comes")
        if running is None:
            raise APIError(404, f'no proxy "{name}" runs')
        try:
            return Tested(ok=True, seconds=await running.backend.test())
        except FRPError as error:
            return Tested(ok=False, why=error.detail)
