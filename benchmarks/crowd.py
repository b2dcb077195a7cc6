"""A frps with very many clients, which do nothing but be there: one frpc, which reads a folder of files."""

from __future__ import annotations

from benchmarks.peers import Tunnel, told

__all__ = ["CLIENTS", "PROXIES", "Crowd"]

CLIENTS = 1000
PROXIES = 5

#: Seconds in which all have to be there.
_PATIENCE = 120


class Crowd(Tunnel):
    """The frps of a pair with a web server, and a frpc that is a thousand clients with five tcp proxies each."""

    def _startClients(self) -> None:
        make = self.pair.client
        folder = self.folder / "clients"
        folder.mkdir()
        common = make.kind.clientLines(self)
        for number in range(CLIENTS):
            (folder / f"{number:03}.toml").write_text("\n".join([*common, *self._client(number)]) + "\n")
        client = self._run([*make.commands["frpc"], "--config_dir", str(folder)], "frpc", make)
        client.waitFor(told(make.kind.ready, CLIENTS * PROXIES), "all proxies up", _PATIENCE)

    def _client(self, number: int) -> list[str]:
        """Ten of them have one user."""
        lines = [f'user = "user{number // 10:02}"', f'clientID = "client{number:03}"', "loginFailExit = false"]
        for proxy in range(PROXIES):
            lines += ["[[proxies]]", f'name = "proxy-{number:03}-{proxy}"', 'type = "tcp"', "remotePort = 0"]
            lines.append(f"localPort = {self.services.ports['echo']}")
        return lines
