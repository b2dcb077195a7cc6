"""C{redis:}, C{rediss:} and C{redis+sentinel:}."""

from __future__ import annotations

from zope.interface import implementer

from frp.directories.redis.url import PATH, Place
from frp.errors import ConfigError
from frp.extras import lacks
from frp.interfaces import IDirectory, IDirectoryKind, IDirectorySite

__all__ = ["Redis"]


@implementer(IDirectoryKind)
class Redis:
    """All that speaks Redis' protocol and runs its scripts."""

    def directory(self, url: str, site: IDirectorySite) -> IDirectory:
        place = Place.parse(url)
        missing = lacks("cluster")
        if missing:
            raise ConfigError(PATH, missing)
        # Not before it is wanted: txredisapi imports the reactor.
        from frp.directories.redis.node import RedisNode

        return RedisNode(place, site)
