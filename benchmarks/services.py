"""The local services behind the tunnels: a sink, two sources, echoes over TCP and UDP, and a web server."""

from __future__ import annotations

import select
import shutil
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from benchmarks.bulk import Content, Pump, Tally, randomBytes, textBytes
from benchmarks.processes import Program, Worker
from frp.wire.stun import Binding, decodeQuestion, encodeAnswer

__all__ = ["FILE", "Services", "answers", "freePorts", "front", "missingNginx", "serveBulk"]

_BODY = "Sixty-four bytes, which is what a small answer of a service has.\n"[:64]

_NGINX = """
daemon off;
master_process off;
user root root;
pid {folder}/nginx.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    keepalive_requests 1000000000;
    client_body_temp_path {folder}/nginx-body;
    proxy_temp_path {folder}/nginx-proxy;
    fastcgi_temp_path {folder}/nginx-fastcgi;
    uwsgi_temp_path {folder}/nginx-uwsgi;
    scgi_temp_path {folder}/nginx-scgi;
    server {{
        listen 127.0.0.1:{port} backlog=4096;
        location / {{ default_type text/plain; return 200 "{body}"; }}
        location /big {{ root {folder}/files; sendfile on; }}
    }}
    server {{
        listen 127.0.0.1:{tlsPort} ssl backlog=4096;
        ssl_certificate {folder}/certificate.pem;
        ssl_certificate_key {folder}/certificate.pem;
        location / {{ default_type text/plain; return 200 "{body}"; }}
    }}
}}
"""

#: What stands before a frps and undoes TLS.
_FRONT = """
daemon off;
master_process off;
user root root;
pid {folder}/front.pid;
error_log stderr crit;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    client_body_temp_path {folder}/front-body;
    proxy_temp_path {folder}/front-proxy;
    fastcgi_temp_path {folder}/front-fastcgi;
    uwsgi_temp_path {folder}/front-uwsgi;
    scgi_temp_path {folder}/front-scgi;
    server {{
        listen 127.0.0.1:{port} ssl;
        ssl_certificate {folder}/front.pem;
        ssl_certificate_key {folder}/front.pem;
        location = /~!frp {{
            proxy_pass http://127.0.0.1:{to};
            proxy_http_version 1.1;
            proxy_set_header Host $host;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection Upgrade;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""

_BIG = 64 << 30

#: Bytes of a file of a page.
FILE = 20_000


def freePorts(count: int, host: str = "127.0.0.1") -> list[int]:
    """Ports that the kernel says are free; all are held until the last is known, so that they differ."""
    held = [socket.create_server((host, 0)) for _ in range(count)]
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Services:
    """
    All services, running; shared by every pair and by the direct measurements.

    @ivar ports: where each listens, by name: C{sink}, C{random}, C{text}, C{echo}, C{datagrams}, C{page}, C{stun},
        C{web} and, where there is nginx, C{webTLS}.
    @ivar files: a folder with a file C{big}, full of zeros, of which nobody ever sees the end.
    @ivar tally: what the bulk services received, and how many connections they have.
    @ivar random: content that the source of that name sends, for the user's end too.
    @ivar webServer: what answers at C{web}, for the table.
    """

    def __init__(self, folder: Path) -> None:
        self.tally = Tally()
        self.random = Content(randomBytes())
        self.text = Content(textBytes())
        bulk = {name: socket.create_server(("127.0.0.1", 0), backlog=1024) for name in ("sink", "random", "text")}
        echo = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.ports = {name: listener.getsockname()[1] for name, listener in bulk.items()}
        self.ports["echo"] = echo.getsockname()[1]
        page = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.ports["page"] = page.getsockname()[1]
        datagrams, *stun = (_datagramSocket() for _ in range(3))
        self.ports["datagrams"] = datagrams.getsockname()[1]
        self.ports["stun"] = stun[0].getsockname()[1]
        contents = {"sink": None, "random": self.random, "text": self.text}
        self._running: list[Worker | Program] = [
            Worker(serveBulk, [(bulk[name], contents[name]) for name in bulk], self.tally),
            Worker(_serveEcho, echo),
            Worker(_serveDatagrams, datagrams),
            Worker(_servePage, page),
            Worker(_serveSTUN, stun),
        ]
        for listener in (*bulk.values(), echo, datagrams, page, *stun):
            listener.close()
        self.files = folder / "files"
        self.files.mkdir()
        with (self.files / "big").open("wb") as big:
            big.truncate(_BIG)
        self.webServer = self._startWeb(folder)

    def _startWeb(self, folder: Path) -> str:
        nginx = _nginx()
        if nginx is None:
            web = socket.create_server(("127.0.0.1", 0), backlog=4096)
            self.ports["web"] = web.getsockname()[1]
            self._running.append(Worker(_serveWeb, web))
            web.close()
            return "an answerer of the bench's own (nginx is not installed), which is slower than nginx"
        port, tlsPort = freePorts(2)
        self.ports["web"], self.ports["webTLS"] = port, tlsPort
        (folder / "certificate.pem").write_bytes(_certificate())
        text = _NGINX.format(folder=folder, port=port, tlsPort=tlsPort, body=_BODY.strip())
        self._running.append(_runNginx(nginx, text, folder, "nginx", port))
        return "nginx"

    def stop(self) -> None:
        for one in self._running:
            one.stop()


def _nginx() -> str | None:
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def _runNginx(nginx: str, text: str, folder: Path, name: str, port: int) -> Program:
    """@return: one that listens."""
    settings = folder / f"{name}.conf"
    settings.write_text(text)
    server = Program([nginx, "-e", "stderr", "-p", str(folder), "-c", str(settings)], folder / f"{name}.log")
    server.waitFor(lambda _: answers(port), "listening")
    return server


def front(folder: Path, port: int, to: int) -> Program:
    """
    Start an nginx that undoes the TLS of wss.

    @param port: where it listens; C{to}: where frps does.
    @raise RuntimeError: it does not start, or is not installed.
    """
    nginx = _nginx()
    if nginx is None:
        raise RuntimeError(missingNginx())
    (folder / "front.pem").write_bytes(_certificate())
    return _runNginx(nginx, _FRONT.format(folder=folder, port=port, to=to), folder, "front", port)


def missingNginx() -> str:
    """Why nothing can be measured that needs nginx as the service; empty if it can."""
    return "" if _nginx() else "nginx is not installed"


def _certificate() -> bytes:
    """A key and a certificate for it, for the TLS of the web server."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "benchmark")])
    now = datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
    pem = serialization.Encoding.PEM
    return key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()) + made.sign(
        key, hashes.SHA256()
    ).public_bytes(pem)


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Whether someone listens there now."""
    try:
        socket.create_connection((host, port), 5.0).close()
    except OSError:
        return False
    return True


def _datagramSocket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    return made


def serveBulk(listeners: list[tuple[socket.socket, Content | None]], tally: Tally) -> None:
    """Send its content, or receive, at each of the listeners; never ends."""
    pump = Pump(tally)
    for listener, content in listeners:
        pump.listen(listener, content)
    pump.run()


def _serveEcho(listener: socket.socket) -> None:
    """Say back what comes; whoever does not read loses it, which nobody here does."""
    _serve(listener, lambda data: data)


def _serveDatagrams(service: socket.socket) -> None:
    while True:
        data, user = service.recvfrom(65536)
        service.sendto(data, user)


def _serveSTUN(doors: list[socket.socket]) -> None:
    """Tell everybody where he is seen, and that there is another door."""
    while True:
        for door in select.select(doors, [], [])[0]:
            question, user = door.recvfrom(2048)
            other = doors[door is doors[0]].getsockname()
            door.sendto(encodeAnswer(decodeQuestion(question).number, Binding(user, other)), user)


def _servePage(listener: socket.socket) -> None:
    """Give everybody one file."""
    while True:
        user, _ = listener.accept()
        with user:
            user.sendall(bytes(FILE))


def _serveWeb(listener: socket.socket) -> None:
    """One answer per head; enough for wrk, which never splits a head and has no body."""
    stay = f"HTTP/1.1 200 OK\r\nContent-Length: {len(_BODY)}\r\n\r\n{_BODY}".encode()
    leave = stay.replace(b"OK\r\n", b"OK\r\nConnection: close\r\n")

    def answer(data: bytes) -> bytes:
        return (leave if b"Connection: close" in data else stay) * data.count(b"\r\n\r\n")

    _serve(listener, answer)


def _serve(listener: socket.socket, answer: Callable[[bytes], bytes]) -> None:
    poll = select.epoll()
    listener.setblocking(False)
    poll.register(listener, select.EPOLLIN)
    entrance = listener.fileno()
    guests: dict[int, socket.socket] = {}
    while True:
        for number, _ in poll.poll():
            if number == entrance:
                guest = listener.accept()[0]
                guest.setblocking(False)
                guest.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                guests[guest.fileno()] = guest
                poll.register(guest, select.EPOLLIN)
                continue
            guest = guests[number]
            try:
                data = guest.recv(65536)
                if data:
                    guest.send(answer(data))
                    continue
            except OSError:
                pass
            del guests[number]
            guest.close()  # which also takes it out of the poll
