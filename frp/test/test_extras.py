"""What is said of packages that are not installed."""

from __future__ import annotations

import sys
from importlib.metadata import PackageNotFoundError
from unittest import mock

from twisted.trial.unittest import SynchronousTestCase

from frp.config.clientfile import clientFromValues
from frp.config.serverfile import serverFromValues
from frp.errors import ConfigError
from frp.extras import lacks
from frp.interfaces import IDirectoryKind
from frp.kinds import Registry

_CLUSTER = 'a directory in Redis needs the package txredisapi: pip install "hiredis>=3" "txredisapi>=1.5"'
_QUIC = 'QUIC needs the package aioquic: pip install "aioquic<1.8,>=1.7.2"'
_SSH = 'the SSH gateway needs the package Twisted[conch]: pip install "Twisted[conch]"'
_NTLM = 'NTLM needs the package pyspnego: pip install "pyspnego>=0.12"'


class LacksTests(SynchronousTestCase):
    """Extras that are not there."""

    def setUp(self) -> None:
        hidden = mock.patch.dict(sys.modules, {"aioquic": None, "bcrypt": None, "spnego": None, "txredisapi": None})
        hidden.start()
        self.addCleanup(hidden.stop)

    def test_missing(self) -> None:
        """The text has what this distribution requires."""
        found = [lacks("quic"), lacks("ssh"), lacks("ntlm"), lacks("cluster")]
        self.assertEqual(found, [_QUIC, _SSH, _NTLM, _CLUSTER])

    def test_unknown(self) -> None:
        """Whatever is called otherwise needs nothing."""
        self.assertEqual(lacks("tcp"), "")

    def test_notInstalled(self) -> None:
        """Where this distribution is no installed one, the package is named at least."""
        with mock.patch("importlib.metadata.requires", side_effect=PackageNotFoundError):
            self.assertEqual(lacks("quic"), 'QUIC needs the package aioquic: pip install "aioquic"')

    def test_directory(self) -> None:
        """A directory in Redis is refused, not broken."""
        kind = Registry().get(IDirectoryKind, "redis")
        error = self.assertRaises(ConfigError, kind.directory, "redis://h", None)
        self.assertEqual(error.problem, _CLUSTER)

    def test_server(self) -> None:
        """frps takes a configuration that needs them, and warns."""
        values = {"auth": {"token": "t"}, "quicBindPort": 7000, "sshTunnelGateway": {"bindPort": 2200}}
        loaded = serverFromValues(values, registry=Registry())
        self.assertEqual(set(loaded.doubts), {f"quicBindPort: {_QUIC}", f"sshTunnelGateway.bindPort: {_SSH}"})

    def test_client(self) -> None:
        """So does frpc; it names the visitor."""
        visitor = {"name": "v", "type": "xtcp", "serverName": "s", "bindPort": 9000, "secretKey": "k"}
        transport = {"protocol": "quic", "proxyURL": "ntlm://u:p@h:1"}
        loaded = clientFromValues({"transport": transport, "visitors": [visitor]}, registry=Registry())
        self.assertEqual(
            set(loaded.doubts),
            {f"transport.protocol: {_QUIC}", f"transport.proxyURL: {_NTLM}", f"visitor v: protocol: {_QUIC}"},
        )


class InstalledTests(SynchronousTestCase):
    """Extras that are there."""

    def test_installed(self) -> None:
        """Nothing is said of them."""
        self.assertEqual([lacks("quic"), lacks("ssh"), lacks("ntlm"), lacks("cluster")], ["", "", "", ""])
