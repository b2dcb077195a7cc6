"""The program on the page about exposing."""

from __future__ import annotations

import ast
import importlib.util
import re
import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

from frp.test.http.apps.servers import ServerTestCase, fetch

PAGE = Path(__file__).parents[3] / "docs" / "guides" / "expose.md"


class GuideTests(ServerTestCase):
    """A person copies the first program on the page."""

    def setUp(self) -> None:
        if not PAGE.exists():
            raise SkipTest("installed without the pages")
        self.programs = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(), re.M | re.S)

    def test_flask(self) -> None:
        """A Flask application is reached through frps, in twenty lines."""
        if importlib.util.find_spec("flask") is None:
            raise SkipTest("Flask is not installed: install the test extra")
        program = self.programs[0]
        self.assertLessEqual(len(program.splitlines()), 20)
        program = program.replace("127.0.0.1:7000", self.server).replace("change me", "a secret")
        running = subprocess.Popen(
            [sys.executable, "-c", program],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.addCleanup(running.communicate)
        self.addCleanup(running.kill)
        assert running.stdout is not None
        url = running.stdout.readline().strip()
        self.assertRegex(url, r"^http://127\.0\.0\.1:\d+$")
        self.assertEqual(fetch(url), (200, b"hello from behind NAT"))
        self.assertEqual(fetch(url + "/nowhere")[0], 404)
        running.communicate("\n", timeout=20)
        self.assertEqual(running.returncode, 0)

    def test_programs(self) -> None:
        """The other programs are Python, at least."""
        for program in self.programs:
            indented = "".join(f"    {line}\n" for line in program.splitlines())
            ast.parse(f"async def program():\n{indented}")


class ReferenceGuideTests(GuideTests):
    """The same with the Go frps."""

    maker = "go"
