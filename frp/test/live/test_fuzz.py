"""Everything that the descriptions of both APIs allow, and much that they do not, is asked of real programs."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path

from twisted.internet.threads import deferToThread
from twisted.trial.unittest import SkipTest

from frp.test.live.test_processes import ProcessTestCase
from frp.testing.live import freePort

#: What has to hold of every answer: it is no 5xx, and has a status, a type and a shape that the description names.
CHECKS = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance"

#: What would end the program, or has no end itself.
LEFT = ("/api/stop", "/api/v2/drain", "/debug/pprof/profile", "/api/v2/events")


class FuzzTests(ProcessTestCase):
    """frps and frpc, each with its web server, and a service behind them."""

    timeout = 300

    def setUp(self) -> None:
        if importlib.util.find_spec("schemathesis") is None:
            raise SkipTest("schemathesis is not installed")
        super().setUp()
        self.web = freePort()

    async def fuzz(self) -> None:
        """Ask."""
        command = [sys.executable, "-c", "from schemathesis.cli import schemathesis; schemathesis()"]
        command += ["run", f"http://127.0.0.1:{self.web}/openapi.json", "--checks", CHECKS, "--warnings", "off"]
        command += ["--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--generation-deterministic"]
        command += ["--no-shrink", "--no-color"]
        for path in LEFT:
            command += ["--exclude-path", path]
        folder = Path(self.mktemp())
        folder.mkdir()
        done = await deferToThread(subprocess.run, command, cwd=folder, capture_output=True, text=True, timeout=240)
        self.assertEqual(done.returncode, 0, done.stdout[-6000:] + done.stderr[-2000:])

    async def test_frps(self) -> None:
        """The dashboard's API."""
        await self.frps(f"enablePrometheus = true\nwebServer.port = {self.web}\nwebServer.pprofEnable = true")
        await self.frpc()
        await self.served()
        await self.fuzz()

    async def test_frpc(self) -> None:
        """The administration's API."""
        await self.frps()
        await self.frpc(f"webServer.port = {self.web}\nwebServer.pprofEnable = true")
        await self.served()
        await self.fuzz()
