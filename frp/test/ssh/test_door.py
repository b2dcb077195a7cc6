"""The door, and what it costs who does not open it."""

from __future__ import annotations

import subprocess
import sys
from unittest.mock import patch

from frp.errors import ConfigError, PortTaken
from frp.interfaces import IClientDoor
from frp.test.ssh.test_gateway import PORT, GatewayTestCase


class DoorTests(GatewayTestCase):
    """Opening it."""

    def test_opens(self) -> None:
        """It listens where it is told to, and says so."""
        self.server()
        self.assertIn(PORT, self.network.reactor.ports)
        self.assertEqual(self.logged(f"frps sshTunnelGateway listen on port {PORT}"), 1)

    def test_nobodyYet(self) -> None:
        """Where nobody can come in by a key yet, that is said, and the door is open all the same."""
        self.server("# nobody\n")
        path = self.folder / "keys"
        self.assertEqual(self.logged(f"nobody can log in by SSH yet: there is no key in {path}"), 1)
        table = {"bindPort": PORT + 1, "privateKeyFile": str(self.folder / "host"), "authorizedKeysFile": "none"}
        self.network.server(bindPort=7001, sshTunnelGateway=table)
        self.assertEqual(self.logged("nobody can log in by SSH yet: open none: no such file or directory"), 1)
        self.assertIn(PORT + 1, self.network.reactor.ports)

    def test_off(self) -> None:
        """Without a port nothing listens."""
        self.network.server()
        self.assertNotIn(PORT, self.network.reactor.ports)

    def test_taken(self) -> None:
        """A port that another program has keeps frps from starting."""
        self.network.reactor.taken.add(PORT)
        error = self.assertRaises(PortTaken, self.server)
        self.assertIn("sshTunnelGateway.bindPort", error.detail)

    def test_notInstalled(self) -> None:
        """Without Twisted's SSH frps says what to install, and does not start."""
        with patch.dict(sys.modules, {"bcrypt": None}):
            error = self.assertRaises(ConfigError, self.server)
        self.assertEqual(
            error.problem,
            'sshTunnelGateway.bindPort: the SSH gateway needs the package Twisted[conch]: pip install "Twisted[conch]"',
        )

    def test_imports(self) -> None:
        """Nothing of it is imported where it is off, and it is no transport that frpc could be told to use."""
        code = (
            "import sys; from frp.testing.network import Network; Network().server();"
            "sys.exit(any(name.startswith(('frp.ssh', 'twisted.conch')) for name in sys.modules))"
        )
        self.assertEqual(subprocess.run([sys.executable, "-c", code], check=False).returncode, 0)
        self.assertIn("ssh", self.network.registry.names(IClientDoor))
