"""
A fixture for pytest, which finds it by itself where frp is installed::

    def test_webhook(frp_expose):
        tunnel = frp_expose(8000)
        register(tunnel.url)

The server is that of the ini options C{frp_server} and C{frp_token}. Nothing but pytest is imported before it is asked
for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from frp.exposing import Tunnel

__all__ = ["frp_expose", "pytest_addoption"]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("frp_server", "host and port of the frps of the fixture frp_expose", default="127.0.0.1:7000")
    parser.addini("frp_token", "its auth.token", default="")


@pytest.fixture
def frp_expose(pytestconfig: pytest.Config) -> Iterator[Callable[..., Tunnel]]:
    """Gives C{frp.expose}; what it opens is closed at the end of the test."""
    import frp

    with ExitStack() as tunnels:

        def expose(target: object, **parameters: object) -> Tunnel:
            known = {"server": pytestconfig.getini("frp_server"), "token": pytestconfig.getini("frp_token")}
            try:
                return tunnels.enter_context(frp.expose(target, **{**known, **parameters}))
            except Exception as error:
                if "server" not in parameters:
                    error.add_note(
                        f"frp_expose went to {known['server']!r}, as the ini option frp_server says: set that, or call"
                        " frp_expose(target, server=...)"
                    )
                raise

        yield expose
