"""A frps and OpenSSH's C{ssh -R}: one for each proxy, where others have one frpc for all."""

from __future__ import annotations

import importlib.util
import shutil

from benchmarks.peers import Tunnel
from benchmarks.services import answers

__all__ = ["OpenSSHTunnel", "missingSSH"]

#: Nothing of whoever runs the bench has a say.
_OPTIONS = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "BatchMode=yes")

#: What C{ssh} shows when its proxy is up.
_READY = "RemoteAddress:"


def missingSSH() -> str:
    """Why no such tunnel can be measured; empty if one can."""
    if not importlib.util.find_spec("bcrypt"):
        return "the extra ssh is not installed"
    return "" if shutil.which("ssh") else "ssh is not installed"


class OpenSSHTunnel(Tunnel):
    """The frps of a pair; of its frpc there is none."""

    def _startClients(self) -> None:
        (server,) = self._programs
        server.waitFor(lambda _: answers(self.gatewayPort), "listening for ssh")
        for proxy in self.setting.proxies:
            service = self.services.ports[proxy.service]
            words = ["ssh", "-F", "none", *(word for option in _OPTIONS for word in ("-o", option))]
            words += ["-p", str(self.gatewayPort), "-R", f":80:127.0.0.1:{service}", "v0@127.0.0.1"]
            words += ["tcp", "--proxy_name", proxy.name, "--remote_port", str(self.port(proxy.name))]
            client = self._run([*words, "--token", "benchmark"], proxy.name, self.pair.client)
            client.waitFor(lambda shown: _READY in shown, "a proxy")
