"""The page about hooks."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase

from frp.config.serverfile import serverFromValues
from frp.errors import Refused
from frp.hooks.chain import configured
from frp.interfaces.operations import NEW_PROXY, Caller
from frp.kinds import Registry
from frp.logs import Log
from frp.wire.messages import NewProxy

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "hooks.md"


class GuideTests(SynchronousTestCase):
    """A person copies the example."""

    def test_example(self) -> None:
        """The hook on the page is found, configured, and does what the page says."""
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        announcement, module = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)
        folder = FilePath(self.mktemp())
        folder.makedirs()
        folder.child("frpx_limit.py").setContent(module.encode())
        self.patch(sys, "path", [folder.path, *sys.path])
        self.addCleanup(sys.modules.pop, "frpx_limit", None)
        scope: dict[str, Any] = {"__name__": "twisted.plugins.frpx_limit"}
        exec(announcement, scope)
        registry = Registry(find=lambda: [scope["limit"]])
        hooks = [{"name": "slow", "type": "limit", "rate": "512KB"}]
        config = serverFromValues({"hooks": hooks}, registry=registry).config
        site: Any = type("Site", (), {"reactor": None, "clock": Clock(), "log": Log("test")})
        chain = configured(config, registry, site)

        def ask(user: str) -> Deferred[Any]:
            return Deferred.fromCoroutine(chain.ask(NEW_PROXY, NewProxy(), Caller(user, {}, "", "")))

        self.assertEqual(self.successResultOf(ask("alice")).bandwidth_limit, "512KB")
        self.failureResultOf(ask(""), Refused)
