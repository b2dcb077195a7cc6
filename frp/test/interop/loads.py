"""What has to come through a tunnel unharmed: streams, datagrams and requests."""

from __future__ import annotations

import hashlib
import http.client
import random
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

from frp.test.interop.pairings import doorText, proxyText
from frp.test.interop.programs import PATIENCE, freePort
from frp.test.interop.services import answering, echo, exchangeOver
from frp.test.interop.stage import Stage

__all__ = ["MIB", "carry", "useDatagrams", "useRequests", "useStreams"]

MIB = 1 << 20

#: What is done to the bytes of a proxy, by its name.
TREATMENTS = {"bare": "", "treated": "transport.useEncryption = true\ntransport.useCompression = true"}


def carry(stage: Stage, server: str = "", client: str = "") -> None:
    """
    Start a frps and a frpc with proxies of the types tcp, udp and http, and use all of these.

    @param server: further lines of the configuration of frps; C{client} of frpc.
    @raise AssertionError: a program did not start, or something came back otherwise than it was sent.
    @raise OSError: something did not come back at all; or C{HTTPException}.
    """
    local = {"tcp": stage.service(echo).port, "udp": stage.datagrams().port}
    web, door = stage.service(answering(page)).port, freePort()
    remote = {(kind, name): freePort() for kind in local for name in TREATMENTS}
    proxies = [
        proxyText(f"{kind}-{name}", local[kind], port, TREATMENTS[name], kind) for (kind, name), port in remote.items()
    ]
    proxies += [doorText("http", f"http-{name}", web, [f"{name}.test"], more) for name, more in TREATMENTS.items()]
    _, port = stage.frps(f"vhostHTTPPort = {door}\n{server}")
    stage.frpc(port, client, "".join(proxies)).wait("start proxy success", times=len(proxies))
    for name in TREATMENTS:
        useRequests(stage, door, f"{name}.test")
        useDatagrams(stage, remote["udp", name])
    useStreams(stage, [remote["tcp", name] for name in TREATMENTS])


def useStreams(stage: Stage, ports: Iterable[int], users: int = 8, size: int = MIB) -> None:
    """
    Let so many users of each of these ports, all at once, send about so many bytes to an echo.

    They leave when all have done so: after one has left, the reference's frps takes nobody for ten seconds over KCP
    without multiplexing, since it takes the last packets of his connection for a new one that says nothing.

    @raise AssertionError: what came back is not what one of them sent.
    """
    with ExitStack() as leaving:
        crowd = [leaving.enter_context(stage.dial(port)) for port in ports for _ in range(users)]
        sizes = range(size, size + len(crowd))
        with ThreadPoolExecutor(len(crowd)) as pool:
            for number, (sent, back) in zip(sizes, pool.map(exchangeOver, crowd, sizes), strict=True):
                _same(f"a stream of {number} bytes", sent, back)


def useDatagrams(stage: Stage, port: int, count: int = 256, burst: int = 16) -> None:
    """
    Send so many datagrams to an echo, so many at a time, which every queue can hold. They may come back in any order.

    @raise AssertionError: others came back.
    """
    user, source = stage.correspond(port), random.Random(port)
    sizes = (1, 0, 16, 1200, 3, 1472, 500, 1500)
    for first in range(0, count, burst):
        sent = [source.randbytes(sizes[number % len(sizes)]) for number in range(first, first + burst)]
        for data in sent:
            user.send(data)
        _same(f"datagrams from the {first}th on", sorted(sent), sorted(user.recv(65536) for _ in sent))


def useRequests(stage: Stage, door: int, host: str, sizes: Iterable[int] = (1, 100_000, MIB)) -> None:
    """
    On one connection, ask L{page} for bodies of these sizes, and send such ones.

    @raise AssertionError: something else came.
    """
    user, source = http.client.HTTPConnection(stage.host, door, timeout=PATIENCE), random.Random(door)
    try:
        for size in sizes:
            for path, body in ((f"/{size}", b""), ("/", source.randbytes(size))):
                user.request("POST" if body else "GET", path, body or None, {"Host": host})
                answer = user.getresponse()
                wanted = (200, page(path.encode(), body))
                _same(f"the answer to {path} with {len(body)} bytes", wanted, (answer.status, answer.read()))
    finally:
        user.close()


def page(path: bytes, body: bytes) -> bytes:
    """
    @return: the checksum of a body that was sent, or as many bytes as the path says.

    The reference's frps cuts one in about two hundred long answers to long bodies, so that never both are long.
    """
    return hashlib.sha256(body).hexdigest().encode() if body else random.Random(path).randbytes(int(path[1:]))


def _same(what: str, sent: object, back: object) -> None:
    if sent != back:
        raise AssertionError(f"{what}: {str(sent)[:64]} was wanted, and {str(back)[:64]} came")
