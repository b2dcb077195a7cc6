"""What the tests of one client with several servers have in common."""

from __future__ import annotations

from typing import Any

from frp.client.running import Phase
from frp.client.service import FRPClient
from frp.server.service import FRPServer
from frp.testing.cases import NetworkTestCase
from frp.testing.network import Service, User

__all__ = ["ALL_THREE", "BOTH", "A", "B", "C", "ServersTestCase"]

A, B, C = 7001, 7002, 7003
BOTH = ({"name": "a", "addr": "127.0.0.1", "port": A}, {"name": "b", "addr": "127.0.0.1", "port": B})
ALL_THREE = (*BOTH, {"name": "c", "addr": "127.0.0.1", "port": C})


class ServersTestCase(NetworkTestCase):
    """Each server opens the ports of proxies below its own number."""

    echo: Service

    def setUp(self) -> None:
        super().setUp()
        self.echo = self.network.echo()

    def server(self, port: int, **settings: Any) -> FRPServer:
        """Start one."""
        ports = [{"start": port - 1000, "end": port - 1000}]
        return self.network.server(bindPort=port, allowPorts=ports, **settings)

    def start(self, *servers: Any, **settings: Any) -> FRPClient:
        """Start a client, with a proxy that takes whatever port there is."""
        proxy = {"name": "web", "type": "tcp", "localPort": self.echo.port}
        return self.network.client(servers=list(servers or BOTH), proxies=[proxy], **settings)

    def lose(self, port: int, *, refuse: bool = True) -> None:
        """A server is away."""
        if refuse:
            self.network.refuse(port)
        for link in self.network.links(port):
            link.cut()
        self.network.settle()

    def there(self, client: FRPClient) -> list[str]:
        """The servers in which its proxy runs, by their names."""
        running = [(remote.name, session.proxies["web"].phase) for remote, session in client.present]
        return [name for name, phase in running if phase is Phase.RUNNING]

    def served(self, port: int) -> User:
        """Somebody who uses the proxy at a server, and is answered."""
        user = self.network.user(port - 1000)
        self.says(user, b"hello")
        return user

    def says(self, user: User, data: bytes) -> None:
        """What he says comes back."""
        user.received = b""
        user.send(data)
        self.network.advance(0.1)
        self.assertEqual(user.received, data)
