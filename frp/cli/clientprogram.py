"""frpc, as the commands serve it: one client for each configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from twisted.internet.defer import Deferred, DeferredList, maybeDeferred
from twisted.python.failure import Failure

from frp.cli import opening, pages
from frp.cli.files import loadClient
from frp.cli.program import Program, SetLog
from frp.cli.reloaded import changedIn, reloaded
from frp.config.unread import besidesOf
from frp.errors import FRPError
from frp.interfaces import IReactor

if TYPE_CHECKING:
    from twisted.application.service import IService

    from frp.client.service import FRPClient
    from frp.config.client import ClientConfig
    from frp.config.flags import Values
    from frp.config.load import Loaded
    from frp.kinds import Registry

__all__ = ["ClientProgram"]


class ClientProgram(Program):
    """
    Clients and their web servers. Each ends alone; the program ends with the last, and with the highest code.
    """

    def __init__(
        self,
        clients: Sequence[tuple[str, ClientConfig]],
        make: Callable[[ClientConfig, str], FRPClient],
        page: Callable[[FRPClient, str], IService | None],
        load: Callable[[str], Loaded[ClientConfig]],
        failed: Callable[[str, Failure], int],
        setLog: SetLog,
    ) -> None:
        """
        @param clients: the path of each configuration, empty if flags gave it; and the configuration.
        @param make: gets what the log calls a client as well, which is nothing where there is but one.
        @param page: gives the web server of a client.
        @param load: reads one again.
        @param failed: says that a client gave up; returns the exit code for that.
        """
        Program.__init__(self, setLog)
        names = _called([path for path, _ in clients])
        self._clients = [(path, config, name) for (path, config), name in zip(clients, names, strict=True)]
        self._make = make
        self._page = page
        self._load = load
        self._failed = failed
        self._running: dict[FRPClient, str] = {}
        self._codes: list[int] = []

    @classmethod
    def of(
        cls,
        reactor: IReactor,
        clients: Sequence[tuple[str, ClientConfig]],
        values: Values,
        kinds: Registry,
        failed: Callable[[str, Failure], int],
        setLog: SetLog,
        shown: Callable[[FRPClient], FRPClient] = lambda client: client,
    ) -> ClientProgram:
        """
        @param values: the flags that were given; configurations are read again with them.
        @param shown: gets each client before its start, and gives it back.
        @return: frpc itself; the rest is as for L{ClientProgram}.
        """
        from frp.client.parts import Among
        from frp.client.service import FRPClient
        from frp.session.turnstile import Turnstile
        from frp.sockets.eager import eager

        reactor = eager(reactor)
        turnstile = Turnstile(reactor)

        def make(config: ClientConfig, name: str) -> FRPClient:
            return shown(FRPClient(reactor, config, kinds, Among(name, turnstile) if name else None))

        return cls(
            clients,
            make,
            lambda client, path: pages.admin(client, path, values, kinds),
            lambda path: opening.reread(loadClient(path, values, kinds)),
            failed,
            setLog,
        )

    def startService(self) -> None:
        """The start has come to its end with that of every client; it has failed if none has one."""
        Program.startService(self)
        begun = [self._begin(*each) for each in self._clients]
        DeferredList(begun).addCallback(self._begun)

    def _begun(self, outcomes: list[tuple[bool, str | None]]) -> None:
        started = [status for _, status in outcomes if status is not None]
        if started:
            self.started.callback("; ".join(started))

    def _begin(self, path: str, config: ClientConfig, name: str) -> Deferred[str | None]:
        """@return: fires when it is known whether a client has started: with what it says of that, or None."""
        self.takeLog(config.log)
        if path:
            self.log.info("start frpc service for config file [{path}] with aggregated configuration", path=path)
        begun: Deferred[str | None] = Deferred()
        try:
            client = self._make(config, name)
            web = self._page(client, path)
        except Exception:
            self._ended(Failure(), path, config, begun)
            return begun
        self._running[client] = path
        client.started.addCallback(begun.callback)
        client.ended.addBoth(self._ended, path, config, begun, client, web)
        try:
            if web is not None:
                self.own(web)
        except Exception:
            client.ended.errback(Failure())
        else:
            self.own(client)
        return begun

    def _ended(
        self,
        result: object,
        path: str,
        config: ClientConfig,
        begun: Deferred[str | None],
        client: FRPClient | None = None,
        web: IService | None = None,
    ) -> None:
        if path:
            self.log.info("frpc service for config file [{path}] stopped", path=path)
        if client is not None:
            self.disown(client)
            del self._running[client]
        if web is not None:
            self.disown(web)
            maybeDeferred(web.stopService).addErrback(self.notStopped)
        wrong = besidesOf(result, opening.client, config) if isinstance(result, Failure) else None
        self._codes.append(0 if wrong is None else self._failed(path, wrong))
        if not begun.called:
            begun.callback(None)
        if len(self._codes) == len(self._clients):
            self.ended.callback(max(self._codes))

    async def reload(self) -> None:
        """Take proxies and visitors, as C{frpc reload} does, and the settings of the log."""
        for client, path in list(self._running.items()):
            if path:
                await self._reload(client, path)
            else:
                self.log.warn("nothing is reloaded: flags gave the configuration, there is no file to read again")

    async def _reload(self, client: FRPClient, path: str) -> None:
        try:
            reread = await client.reload(lambda: self._load(path))
        except FRPError as error:
            self.notReloaded(path, error)
            return
        proxies, visitors = changedIn("proxies", reread.proxies.names), changedIn("visitors", reread.visitors.names)
        taken = [proxies, visitors, self.takeLog(reread.config.log)]
        self.log.info("{said}", said=reloaded(taken, (key for key in reread.waiting if not key.startswith("log."))))


def _called(paths: Sequence[str]) -> list[str]:
    """@return: what the log calls the client of each file: the file, as seen from the folder with all of them."""
    if len(paths) < 2:
        return [""] * len(paths)
    folder = os.path.commonpath([os.path.dirname(os.path.abspath(path)) for path in paths])
    return [os.path.relpath(path, folder) for path in paths]
