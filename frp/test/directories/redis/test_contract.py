"""It keeps what every directory promises."""

from __future__ import annotations

from twisted.internet.defer import Deferred

from frp.interfaces import IDirectory
from frp.test.directories.redis.cases import RedisTestCase
from frp.testing.contracts import DirectoryContract


class ContractTests(RedisTestCase, DirectoryContract):
    """On a Redis that runs well."""

    def nodes(self, count: int) -> Deferred[list[IDirectory]]:
        return Deferred.fromCoroutine(self.opening(count))
