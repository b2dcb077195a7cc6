"""What changed INI files mean to the reference: its programs run with them and are asked."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote

from frp.config.values import rangesText
from frp.errors import ConfigErrors
from frp.test.config.legacy.mutations import mutated
from frp.test.config.legacy.reading import load, plain
from frp.test.interop.cases import ProgramsTestsBuilder
from frp.test.interop.pairings import OUR_SERVER
from frp.test.interop.programs import PATIENCE, Program, freePort

_MUTATIONS = 300

#: Stands behind a file, so that it can be run anywhere, and asked.
_CLIENT = """

[common]
server_addr = 127.0.0.1
server_port = {port}
protocol = tcp
tcp_mux = true
tls_enable = true
tls_cert_file =
authentication_method = token
token =
admin_addr = 127.0.0.1
admin_port = {web}
admin_user =
admin_pwd =
log_file = console
log_level = info
"""
_SERVER = """

[common]
bind_addr = 127.0.0.1
proxy_bind_addr = 127.0.0.1
bind_port = {port}
kcp_bind_port = 0
vhost_http_port = 0
vhost_https_port = 0
tcpmux_httpconnect_port = 0
tls_trusted_ca_file =
authentication_method = token
dashboard_addr = 127.0.0.1
dashboard_port = {web}
dashboard_tls_mode = false
dashboard_user =
dashboard_pwd =
log_file = console
log_level = info
"""


def _asked(port: int, path: str) -> Any:
    """The answer. The reference knows its proxies a moment after it has said so."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/{path}", timeout=PATIENCE) as answer:
                return json.load(answer)
        except HTTPError as error:
            if error.code != 404 or time.monotonic() > deadline:
                raise


def _entry(port: int, family: str, ours: Any) -> object:
    """What the reference's frpc has made of a section, read as a TOML file with that would be."""
    shown = _asked(port, f"{family}/{quote(ours.name, safe='')}/config")
    (found,) = (value for value in shown.values() if isinstance(value, dict))
    # Where there is no type it shows none, and never that of a plugin, nor one that it does not know.
    found["type"] = found["type"] or ours.type
    if ours.plugin is not None:
        found["plugin"] = {**(found["plugin"] or {}), "type": ours.plugin.type}
    lists = {"proxy": "proxies", "visitor": "visitors"}
    config: Any = plain("frpc", {lists[family]: [found]})[0]
    return getattr(config, lists[family])[0]


class MeaningTests(ProgramsTestsBuilder):
    """Files of L{mutated} that both sides take."""

    def running(self, wanted: str, behind: str, port: int = 0) -> Iterator[tuple[int, Any, Program, int]]:
        """
        @param wanted: C{frps} or C{frpc}.
        @param port: that of frps, if there is one.
        @return: the number of each file, what it is to us, the reference's program, and the port at which it is asked.
        """
        path = Path(self.mktemp())
        for number in range(_MUTATIONS):
            program, text = mutated(number)
            if program != wanted:
                continue
            web = freePort()
            text += behind.format(port=port or freePort(), web=web)
            path.write_bytes(text.encode())
            try:
                config = load(program, path).config
            except ConfigErrors:
                continue
            running = self.start("go", program, text)
            yield number, config, running, web
            running.kill()

    def test_clients(self) -> None:
        """Every proxy and every visitor has the same keys to both."""
        _frps, port = self.frps()
        wrong, files = [], 0
        for number, config, frpc, web in self.running("frpc", _CLIENT, port):
            files += 1
            for family, entries in ("proxy", config.proxies), ("visitor", config.visitors):
                if entries:
                    frpc.wait(rf"{family} added: ")
                for ours in entries:
                    theirs = _entry(web, family, ours)
                    if theirs != ours:
                        wrong.append(f"{number}: expected {theirs}, got {ours}")
        self.assertEqual(wrong, [])
        self.assertGreater(files, _MUTATIONS // 3)

    def test_servers(self) -> None:
        """So has frps, as far as it tells."""
        wrong, files = [], 0
        for number, config, frps, web in self.running("frps", _SERVER):
            files += 1
            frps.wait("frps started successfully")
            theirs = _asked(web, "serverinfo")
            ours = {
                "subdomainHost": config.subDomainHost,
                "maxPoolCount": config.transport.maxPoolCount,
                "maxPortsPerClient": config.maxPortsPerClient,
                "heartbeatTimeout": config.transport.heartbeatTimeout,
                "allowPortsStr": rangesText(config.allowPorts),
                "tlsForce": config.transport.tls.force,
            }
            found = {key: theirs.get(key, "" if key == "allowPortsStr" else False) for key in ours}
            if found != ours:
                wrong.append(f"{number}: expected {found}, got {ours}")
        self.assertEqual(wrong, [])
        self.assertGreater(files, _MUTATIONS // 6)


globals().update(MeaningTests.makeTestCaseClasses(OUR_SERVER))
