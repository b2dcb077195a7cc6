"""
What frpc and frps say to each other: one class a message, its attributes named as in JSON. The same for both versions
of the framing.

Ranges are those that both sides can live with: the reference reads any integer, and some of them kill it.
"""

from __future__ import annotations

from typing import ClassVar

from frp.values import define
from frp.wire.fields import flag, literal, many, maybe, nested, number, payload, table, text, texts
from frp.wire.gojson import fromJSON, largestField, toJSON

__all__ = [
    "MESSAGES",
    "POOL_FULL",
    "V1_TYPES",
    "V2_NUMBERS",
    "ClientSpec",
    "CloseProxy",
    "DetectBehavior",
    "Login",
    "LoginResp",
    "Message",
    "NatHoleClient",
    "NatHoleReport",
    "NatHoleResp",
    "NatHoleSid",
    "NatHoleVisitor",
    "NewProxy",
    "NewProxyResp",
    "NewVisitorConn",
    "NewVisitorConnResp",
    "NewWorkConn",
    "Ping",
    "Pong",
    "PortsRange",
    "ReqWorkConn",
    "StartWorkConn",
    "UDPAddress",
    "UDPPacket",
    "fromJSON",
    "largestField",
    "toJSON",
]

POOL_FULL = "work connection pool is full, discarding"
"""What a L{StartWorkConn} says to a connection of which the server has enough."""

_INT32 = 2**31 - 1
_INT64 = 2**63 - 1
_PORT = 65535
_HOUR = 3_600_000


class Message:
    """
    What every message is.

    @cvar v1Type: the byte in front of it in version 1 of the framing.
    """

    __slots__ = ()
    v1Type: ClassVar[bytes]


@define
class ClientSpec:
    """
    What kind of client logs in. Only believed of the server's own virtual clients, never of the network.

    @ivar type: C{ssh-tunnel}, or empty.
    """

    type: str = text()
    always_auth_pass: bool = flag()


@define
class UDPAddress:
    """
    One end of a datagram, its keys spelled as Go's C{net.UDPAddr}. The reference writes a v4-mapped IPv6 address as
    plain IPv4, so what comes back may be spelled differently from what went out.

    @ivar IP: an IPv4 or IPv6 address as text, or empty.
    """

    IP: str = literal()
    Port: int = number(0, _PORT, always=True)
    Zone: str = text(always=True)


@define
class PortsRange:
    """Ports to try, both ends included."""

    from_: int = number(0, _PORT, key="from")
    to: int = number(0, _PORT)


@define
class DetectBehavior:
    """
    How one side of a hole punch shall go about it.

    @ivar role: C{sender} or C{receiver}.
    @ivar ttl: time to live of the probes; 0 leaves the system's.
    @ivar send_delay_ms: milliseconds.
    @ivar read_timeout: milliseconds too, though its name does not say so; 0 is the default of 5 s.
    """

    role: str = text()
    mode: int = number(0, _INT32)
    ttl: int = number(0, 255)
    send_delay_ms: int = number(0, _HOUR)
    read_timeout: int = number(0, _HOUR)
    candidate_ports: list[PortsRange] = many(PortsRange)
    send_random_ports: int = number(0, _PORT)
    listen_random_ports: int = number(0, _PORT)


@define
class Login(Message):
    """
    frpc to frps, first on a control connection.

    @ivar privilege_key: see L{frp.wire.keys.privilegeKey}, or an OIDC token.
    @ivar timestamp: seconds since 1970.
    @ivar run_id: that of the session before this one, or empty.
    @ivar pool_count: work connections wanted in advance; the server has a cap. A negative one stops a whole Go frps.
    @ivar half_close: the sender passes on the end of one direction of a stream. Not in the reference, which ignores it
        and never says it.
    """

    version: str = text()
    hostname: str = text()
    os: str = text()
    arch: str = text()
    user: str = text()
    privilege_key: str = text(secret=True)
    timestamp: int = number(-_INT64 - 1, _INT64)
    run_id: str = text()
    client_id: str = text()
    metas: dict[str, str] = table()
    client_spec: ClientSpec = nested(ClientSpec)
    pool_count: int = number(0, _INT32)
    half_close: bool = flag()


@define
class LoginResp(Message):
    """
    frps to frpc: logged in as C{run_id}, or why not. Never encrypted: encryption starts behind it.

    @ivar half_close: as in L{Login}.
    @ivar public: how users call the server, L{PublicConfig<frp.config.public.PublicConfig>}; the reference knows no
        such thing.
    """

    version: str = text()
    run_id: str = text()
    error: str = text()
    half_close: bool = flag()
    public: dict[str, str] = table()


@define
class NewProxy(Message):
    """
    frpc to frps: open this proxy.

    @ivar proxy_type: empty is C{tcp}.
    @ivar bandwidth_limit: such as C{1MB}; C{bandwidth_limit_mode} empty is C{client}.
    @ivar remote_port: 0 lets the server choose. Not held to the range of ports here: frpc does not check its
        configuration for it, and the answer has to be C{port not allowed} for the one proxy, not the session's end.
    """

    proxy_name: str = text()
    proxy_type: str = text()
    use_encryption: bool = flag()
    use_compression: bool = flag()
    bandwidth_limit: str = text()
    bandwidth_limit_mode: str = text()
    group: str = text()
    group_key: str = text(secret=True)
    metas: dict[str, str] = table()
    annotations: dict[str, str] = table()
    remote_port: int = number(-_INT32 - 1, _INT32)
    custom_domains: list[str] = texts()
    subdomain: str = text()
    locations: list[str] = texts()
    http_user: str = text()
    http_pwd: str = text(secret=True)
    host_header_rewrite: str = text()
    headers: dict[str, str] = table()
    response_headers: dict[str, str] = table()
    route_by_http_user: str = text()
    sk: str = text(secret=True)
    allow_users: list[str] = texts()
    multiplexer: str = text()


@define
class NewProxyResp(Message):
    """frps to frpc: the proxy is open, or why not."""

    proxy_name: str = text()
    remote_addr: str = text()
    error: str = text()


@define
class CloseProxy(Message):
    """frpc to frps: close this proxy. Nobody answers."""

    proxy_name: str = text()


@define
class NewWorkConn(Message):
    """frpc to frps, first on a work connection. Key and time only where the configuration asks for them."""

    run_id: str = text()
    privilege_key: str = text(secret=True)
    timestamp: int = number(-_INT64 - 1, _INT64)


@define
class ReqWorkConn(Message):
    """frps to frpc: bring one more work connection."""


@define
class StartWorkConn(Message):
    """
    frps to frpc on a work connection: serve this proxy's user from here on; payload follows at once. Or why the
    connection is not wanted.

    @ivar src_addr: the user's IP address as text; empty where it is not known.
    @ivar dst_addr: the address that the user reached.
    """

    proxy_name: str = text()
    src_addr: str = text()
    dst_addr: str = text()
    src_port: int = number(0, _PORT)
    dst_port: int = number(0, _PORT)
    error: str = text()


@define
class NewVisitorConn(Message):
    """frpc to frps, first on a visitor connection. C{sign_key} is the privilege key of the proxy's secret."""

    run_id: str = text()
    proxy_name: str = text()
    sign_key: str = text(secret=True)
    timestamp: int = number(-_INT64 - 1, _INT64)
    use_encryption: bool = flag()
    use_compression: bool = flag()


@define
class NewVisitorConnResp(Message):
    """frps to frpc on a visitor connection: payload follows, or why not."""

    proxy_name: str = text()
    error: str = text()


@define
class Ping(Message):
    """frpc to frps on a control connection, and from a proxy's frpc along a datagram work connection: still here."""

    privilege_key: str = text(secret=True)
    timestamp: int = number(-_INT64 - 1, _INT64)


@define
class Pong(Message):
    """frps to frpc: the answer to L{Ping}; with an error, frpc ends the session."""

    error: str = text()


@define
class UDPPacket(Message):
    """
    One datagram, either way on a work or visitor connection.

    @ivar c: what it holds. An empty datagram is a datagram.
    @ivar l: unused.
    @ivar r: the user who sent it, or who shall get it.
    """

    c: bytes = payload()
    l: UDPAddress | None = maybe(UDPAddress)  # noqa: E741 - its name on the wire
    r: UDPAddress | None = maybe(UDPAddress)


@define
class NatHoleVisitor(Message):
    """A visitor's frpc to frps: punch a hole to that proxy; or, with C{pre_check}, only say whether it may."""

    transaction_id: str = text()
    proxy_name: str = text()
    pre_check: bool = flag()
    protocol: str = text()
    sign_key: str = text(secret=True)
    timestamp: int = number(-_INT64 - 1, _INT64)
    mapped_addrs: list[str] = texts()
    assisted_addrs: list[str] = texts()


@define
class NatHoleClient(Message):
    """A proxy's frpc to frps: where it can be reached for the session C{sid}."""

    transaction_id: str = text()
    proxy_name: str = text()
    sid: str = text()
    mapped_addrs: list[str] = texts()
    assisted_addrs: list[str] = texts()


@define
class NatHoleResp(Message):
    """frps to both sides of a hole punch: where to send, and how; or why not."""

    transaction_id: str = text()
    sid: str = text()
    protocol: str = text()
    candidate_addrs: list[str] = texts()
    assisted_addrs: list[str] = texts()
    detect_behavior: DetectBehavior = nested(DetectBehavior)
    error: str = text()


@define
class NatHoleSid(Message):
    """
    frps to a proxy's frpc: there is a hole to punch; and the probe that both sides send over UDP.

    @ivar nonce: makes the probes differ in length.
    @ivar half_close: as in L{Login}, of the streams that come through the hole. The reference, which sends a probe back
        as its answer, leaves it out.
    """

    transaction_id: str = text()
    sid: str = text()
    response: bool = flag()
    nonce: str = text()
    half_close: bool = flag()


@define
class NatHoleReport(Message):
    """A proxy's frpc to frps: how the punching went."""

    sid: str = text()
    success: bool = flag()


# By the byte in front of them in version 1 of the framing, in the order of their numbers in version 2.
_TYPES: dict[bytes, type[Message]] = {
    b"o": Login,
    b"1": LoginResp,
    b"p": NewProxy,
    b"2": NewProxyResp,
    b"c": CloseProxy,
    b"w": NewWorkConn,
    b"r": ReqWorkConn,
    b"s": StartWorkConn,
    b"v": NewVisitorConn,
    b"3": NewVisitorConnResp,
    b"h": Ping,
    b"4": Pong,
    b"u": UDPPacket,
    b"i": NatHoleVisitor,
    b"n": NatHoleClient,
    b"m": NatHoleResp,
    b"5": NatHoleSid,
    b"6": NatHoleReport,
}
for _byte, _message in _TYPES.items():
    _message.v1Type = _byte

MESSAGES = tuple(_TYPES.values())
V1_TYPES = {message.v1Type[0]: message for message in MESSAGES}
"""By the type as an integer, as it is found in bytes."""

V2_NUMBERS = dict(enumerate(MESSAGES, 1))
"""By the number in version 2 of the framing."""
