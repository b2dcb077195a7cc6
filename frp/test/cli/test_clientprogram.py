"""Several clients in one process."""

from __future__ import annotations

import os
from typing import Any

from frp.cli.clientprogram import ClientProgram
from frp.config.clientfile import clientFromValues
from frp.kinds import Registry
from frp.session import turnstile
from frp.testing.cases import NetworkTestCase

REGISTRY = Registry()


class SeveralTests(NetworkTestCase):
    """C{--config_dir}."""

    def serve(self, *paths: str) -> ClientProgram:
        """Start frps, and a client for each file, with a proxy each."""
        self.network.server()
        clients: list[Any] = []
        for number, path in enumerate(paths):
            proxy = {"name": f"p{number}", "type": "tcp", "localPort": 80, "remotePort": 6000 + number}
            clients.append((path, clientFromValues({"proxies": [proxy]}, registry=REGISTRY).config))
        program = ClientProgram.of(self.network.reactor, clients, {}, REGISTRY, lambda *_: 1, lambda _: None)
        program.startService()
        self.network.settle()
        self.addCleanup(self.network.settle)
        self.addCleanup(program.stopService)
        self.successResultOf(program.started)
        return program

    def test_named(self) -> None:
        """Each line of a client names its file, as seen from the folder."""
        self.serve(os.path.join("x", "a.toml"), os.path.join("x", "more", "b.toml"))
        for number, name in enumerate(("a.toml", os.path.join("more", "b.toml"))):
            self.assertEqual(self.logged(f"[{name}] try to connect to server..."), 1)
            (success,) = [line for line in self.log if f"[p{number}] start proxy success" in line]
            self.assertIn(f"[{name}] [", success)

    def test_alone(self) -> None:
        """One that is alone is not named: scripts know the reference's lines."""
        self.serve(os.path.join("x", "a.toml"))
        self.assertEqual(self.logged("[a.toml]"), 0)

    def test_turns(self) -> None:
        """They take turns: who has begun is served before another one begins, and all of them are."""
        self.patch(turnstile, "SHARE", -1.0)
        self.serve(*(os.path.join("x", f"{number}.toml") for number in range(10)))
        said = [text for line in self.log for text in ("try to connect", "[p0] start proxy success") if text in line]
        self.assertEqual(said.count("try to connect"), 10)
        self.assertLess(said.index("[p0] start proxy success"), 10)
        self.assertEqual(self.logged("start proxy success"), 10)
