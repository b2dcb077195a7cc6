"""The fixture for pytest."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from frp.test.http.apps.servers import ServerTestCase

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

    def run_(self, tests: str, ini: str) -> str:
        """What pytest says of these tests."""
        folder = Path(self.mktemp())
        folder.mkdir(parents=True)
        (folder / "test_hooks.py").write_text(tests)
        (folder / "pytest.ini").write_text(f"[pytest]\n{ini}")
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "frp.pytestplugin", "-p", "no:cacheprovider"],
            cwd=folder,
            env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTHONPATH": str(Path(__file__).parents[3])},
            capture_output=True,
            text=True,
            timeout=60,
        )
        return done.stdout + done.stderr

    def test_fixture(self) -> None:
        """The fixture exposes what a test wants, and costs nothing where it is not asked for."""
        said = self.run_(TESTS, f"frp_server = {self.server}\nfrp_token = a secret\n")
        self.assertIn("3 passed", said)

    def test_noServer(self) -> None:
        """Where there is no frps it says which option leads to one."""
        tests = "def test_one(frp_expose):\n    frp_expose(80, timeout=5)\n"
        said = self.run_(tests, "frp_server = 127.0.0.1:1\n")
        self.assertIn("no tunnel through frps at 127.0.0.1:1", said)
        self.assertIn("frp_expose went to '127.0.0.1:1', as the ini option frp_server says: set that, or call", said)
