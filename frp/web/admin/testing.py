"""Whether the service behind a proxy is there, asked now."""

from __future__ import annotations

from frp.client.backend import Backend
from frp.client.service import FRPClient
from frp.client.site import described
from frp.errors import FRPError
from frp.interfaces import IProxyKind
from frp.proxies.local import LocalService
from frp.sockets.local import LocalEndpoint
from frp.values import frozen
from frp.web.answers import APIError
from frp.web.operations import SECOND

__all__ = ["Tested", "Testing"]


@frozen
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


@frozen
class Testing:
    """Tests what a user of a proxy would be passed on to."""

    _client: FRPClient

    @SECOND.operation(
        "POST",
        "/proxies/{name}/test",
        "connect to the service of a proxy, as for a user",
        answers=Tested,
        refuses={404: "there is none of this name", 409: "it does not run, and its service is not known without"},
    )
    async def test(self, name: str) -> Tested:
        found = (session.proxies.get(name) for _, session in self._client.present)
        running = next((one for one in found if one is not None), None)
        try:
            backend = self._configured(name) if running is None else running.backend
            return Tested(ok=True, seconds=await backend.test())
        except APIError:
            raise
        except FRPError as error:
            return Tested(ok=False, why=error.detail)

    def _configured(self, name: str) -> Backend:
        """What the configuration says, for a proxy that does not run because there is no session with a server."""
        client = self._client
        config = next((one for one in client.sources.wanted.proxies if one.name == name), None)
        if config is None:
            raise APIError(404, f'no proxy "{name}" runs')
        half = client.registry.get(IProxyKind, config.type).clientProxy
        if config.plugin is not None or not (isinstance(half, type) and issubclass(half, LocalService)):
            raise APIError(409, f'proxy "{name}" cannot be tested now: there is no session with a server')
        backend = Backend(client.clock)
        given = config.localEndpoint
        local = LocalEndpoint(client.reactor, config.localIP, config.localPort)
        backend.behind(described(client.reactor, given) if given else local)
        return backend
