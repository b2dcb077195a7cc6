"""The page about authenticators of one's own."""

from __future__ import annotations

import re
import sys
import unittest
from pathlib import Path
from typing import Any
from unittest import SkipTest

from twisted.python.filepath import FilePath
from twisted.trial.unittest import SynchronousTestCase

from frp.kinds import Registry

PAGE = Path(__file__).parents[3] / "docs" / "extending" / "authenticator.md"


class PageTests(SynchronousTestCase):
    """A person copies the example."""

    def setUp(self) -> None:
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        self.module, self.announcement, self.tests = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)

    def test_short(self) -> None:
        """It is under 60 lines."""
        self.assertLess(len(self.module.splitlines()), 60)

    def test_example(self) -> None:
        """It passes the tests on the page, beside the built-in methods."""
        folder = FilePath(self.mktemp())
        folder.makedirs()
        folder.child("frpx_tokens.py").setContent(self.module.encode())
        self.patch(sys, "path", [folder.path, *sys.path])
        self.addCleanup(sys.modules.pop, "frpx_tokens", None)
        scope: dict[str, Any] = {"__name__": "twisted.plugins.frpx_tokens"}
        exec(self.announcement, scope)
        tokens = scope["tokens"]
        registry = Registry(find=lambda: [*Registry().contributions(), tokens])
        scope = {"__name__": "frp.test.frpx_tokens"}
        exec(self.tests, scope)
        case = scope["TokensTests"]
        case.registry = registry
        result = unittest.TestResult()
        unittest.TestLoader().loadTestsFromTestCase(case).run(result)
        self.assertGreater(result.testsRun, 6)
        self.assertEqual([text for _, text in [*result.errors, *result.failures]], [])
