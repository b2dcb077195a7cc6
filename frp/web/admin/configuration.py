"""The configuration of frpc: whether a text could be it, and the file read again."""

from __future__ import annotations

from twisted.internet.threads import deferToThreadPool

from frp.client.service import Reread
from frp.errors import ConfigErrors
from frp.interfaces import IAdminSite
from frp.values import frozen
from frp.web.admin.strictly import Strictly
from frp.web.answers import APIError, ConfigProblem, problemsOf, unusable
from frp.web.operations import SECOND, Body, Media

__all__ = ["Configuration", "needFile", "reread"]


def needFile(site: IAdminSite) -> None:
    """@raise APIError: flags gave the configuration."""
    if not site.path:
        raise APIError(400, "invalid argument: frpc has no config file path")


async def reread(site: IAdminSite, query: Strictly) -> Reread:
    """
    Let frpc take the proxies and visitors of its file.

    @raise APIError: it cannot be used; nothing has changed.
    """
    needFile(site)
    try:
        found: Reread = await site.client.reload(lambda: site.load(query.strictConfig))
    except ConfigErrors as errors:
        raise unusable("invalid argument", errors) from errors
    site.log.info("success reload conf")
    return found


@frozen
class ConfigProblems:
    """All that is wrong; nothing where it can be used."""

    problems: list[ConfigProblem]


@frozen
class Changes:
    """The names of entries that are new, that are others than before, and that have gone."""

    added: list[str]
    changed: list[str]
    removed: list[str]


@frozen
class Taken:
    """
    What became of a file that was read again.

    @ivar waiting: keys that have changed since the start, and count at the next one only.
    @ivar warnings: what is odd about the file, or would keep frpc from its next start.
    """

    proxies: Changes
    visitors: Changes
    waiting: list[str]
    warnings: list[str]


@frozen
class Configuration:
    """Below C{/config}."""

    _site: IAdminSite

    @SECOND.operation(
        "POST",
        "/config/check",
        "look whether a configuration could be used; nothing is changed",
        takes=Body(Media("text/plain; charset=utf-8"), "The whole file."),
        answers=ConfigProblems,
    )
    async def check(self, body: bytes) -> ConfigProblems:
        reactor = self._site.reactor
        try:
            await deferToThreadPool(reactor, reactor.getThreadPool(), self._site.check, body)
        except ConfigErrors as errors:
            return ConfigProblems(problemsOf(errors.problems))
        return ConfigProblems([])

    @SECOND.operation(
        "POST",
        "/config/reload",
        "read the file again, and tell what has changed and what has to wait",
        query=Strictly,
        answers=Taken,
        refuses={400: "it cannot be used; nothing has changed"},
    )
    async def reload(self, query: Strictly) -> Taken:
        found = await reread(self._site, query)
        proxies, visitors = Changes(**found.proxies.names), Changes(**found.visitors.names)
        return Taken(proxies, visitors, found.waiting, list(found.doubts))
