"""The programs in examples/ do what they say."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from unittest import SkipTest

from twisted.trial.unittest import SynchronousTestCase

EXAMPLES = Path(__file__).parents[2] / "examples"


class FirstTunnelTests(SynchronousTestCase):
    """A person runs examples/first-tunnel."""

    def test_pageComesThrough(self) -> None:
        """It brings up frps, frpc and a page, fetches the page through the tunnel, and leaves nothing running."""
        if not EXAMPLES.is_dir():
            raise SkipTest("installed without the examples")
        if sys.prefix == sys.base_prefix or not (Path(sys.executable).parent / "frps").exists():
            raise SkipTest("this Python is not that of a virtual environment with frp")
        done = subprocess.run(
            [sys.executable, EXAMPLES / "first-tunnel", "--once"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("This page came through the tunnel.", done.stdout)


class ClusterTests(SynchronousTestCase):
    """A person runs examples/cluster."""

    def test_othersServe(self) -> None:
        """It brings up three nodes and two clients, kills a node, and fetches all pages at the others."""
        if not EXAMPLES.is_dir():
            raise SkipTest("installed without the examples")
        if shutil.which("redis-server") is None:
            raise SkipTest("redis-server is not installed")
        if sys.prefix == sys.base_prefix or not (Path(sys.executable).parent / "frps").exists():
            raise SkipTest("this Python is not that of a virtual environment with frp")
        done = subprocess.run(
            [sys.executable, EXAMPLES / "cluster", "--once"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=100,
        )
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("both pages are there at the others", done.stdout)
