"""Where a server agrees with others: the directory that its configuration names."""

from __future__ import annotations

from twisted.internet.interfaces import IReactorTime
from zope.interface import implementer

from frp.config.server import ServerConfig
from frp.errors import ConfigError, PluginError
from frp.interfaces import IDirectory, IDirectoryKind, IDirectorySite, IReactor
from frp.kinds import Registry
from frp.logs import Log
from frp.server.shared import Shared
from frp.values import frozen

__all__ = ["sharedOf"]


@implementer(IDirectorySite)
@frozen(eq=False)
class _Site:
    reactor: IReactor
    log: Log
    name: str

    @property
    def clock(self) -> IReactorTime:
        return self.reactor


def sharedOf(reactor: IReactor, config: ServerConfig, registry: Registry, log: Log) -> Shared:
    """
    @return: what a server shares with others, or alone. Its directory is not opened yet.
    @raise ConfigError: C{cluster.store} cannot be used.
    """
    store = config.cluster.store
    if not store:
        return Shared.inMemory(reactor, config)
    scheme = store.partition(":")[0]
    try:
        registry.get(IDirectoryKind, scheme)
    except PluginError as error:
        raise ConfigError("cluster.store", f"nothing is known of {scheme}: URLs", hint=error.detail) from error
    site = _Site(reactor, log, config.cluster.name)
    directory: IDirectory = registry.make(IDirectoryKind, scheme, "directory", store, site)
    return Shared.over(directory, reactor, config)
