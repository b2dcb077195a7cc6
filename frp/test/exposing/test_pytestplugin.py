"""
The fixture for pytest.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from frp.test.exposing.servers import ServerTestCase

TESTS = """
import http.client
import sys
import pytest

def app(environ, start):
    start("200 OK", [])
    return [b"hello"]

def test_nothing():
    assert "frp.exposing" not in sys.modules and "twisted" not in sys.modules

@pytest.fixture
def page(frp_expose):
    return frp_expose(app).url

def test_page(page):
    asked = http.client.HTTPConnection(page.removeprefix("http://"), timeout=20)
    asked.request("GET", "/")
    assert asked.getresponse().read() == b"hello"
    asked.close()

def test_two(frp_expose):
    assert frp_expose(80).name != frp_expose(81, name="mine").name == "mine"
"""


class FixtureTests(ServerTestCase):
    """A person tests a webhook."""

    def test_fixture(self) -> None:
        """The fixture exposes what a test wants, and costs nothing where it is not asked for."""
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        (folder / "test_hooks.py").write_text(TESTS)
        (folder / "pytest.ini").write_text(f"[pytest]\nfrp_server = {self.server}\nfrp_token = a secret\n")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "frp.pytestplugin", "-p", "no:cacheprovider"],
            cwd=folder,
            env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        self.assertIn("3 passed", done.stdout, done.stdout + done.stderr)
