"""The configuration of frpc: whether a text could be it, and the file read again."""

from __future__ import annotations

import attrs
from twisted.internet.threads import deferToThreadPool

from frp.config.client import ClientConfig
from frp.errors import ConfigErrors
from frp.interfaces import IAdminSite
from frp.web.admin.strictly import Strictly
from frp.web.answers import APIError, ConfigProblem, problemsOf, unusable
from frp.web.operations import SECOND, Body, Media

__all__ = ["Configuration", "needFile", "reread"]


def needFile(site: IAdminSite) -> None:
    """@raise APIError: flags gave the configuration."""
    if not site.path:
        raise APIError(400, "invalid argument: frpc has no config file path")


async def reread(site: IAdminSite, query: Strictly) -> ClientConfig:
    """
    Let frpc take the proxies and visitors of its file.

    @return: all that stands there.
    @raise APIError: it cannot be used; nothing has changed.
    """
    needFile(site)
    try:
        config: ClientConfig = await site.client.reload(lambda: site.load(query.strictConfig))
    except ConfigErrors as errors:
        raise unusable("invalid argument", errors) from errors
    site.log.info("success reload conf")
    return config


@attrs.frozen
class ConfigProblems:
    """All that is wrong; nothing where it can be used."""

    problems: list[ConfigProblem]


@attrs.frozen
class Reread:
    """
    What was read.

    @ivar waiting: keys that have changed since the start, and count at the next one only.
    """

    waiting: list[str]


@attrs.frozen
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
        "read the file again, and tell what of it has to wait",
        query=Strictly,
        answers=Reread,
        refuses={400: "it cannot be used; nothing has changed"},
    )
    async def reload(self, query: Strictly) -> Reread:
        return Reread(self._site.client.waiting(await reread(self._site, query)))
