"""The configuration of frpc."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import ip_interface
from typing import Any
from urllib.parse import urlsplit

import attrs

from frp.config.common import (
    APIMetadata,
    AuthConfig,
    LogConfig,
    QUICConfig,
    TLSFiles,
    WebServerConfig,
    hostKey,
    methodKey,
    scopesKey,
    secondsKey,
    tokenKey,
)
from frp.config.declare import Problem, key, keysOf, table
from frp.config.kindtables import kindTables
from frp.config.proxy import ProxyConfig
from frp.config.sources import TokenSource
from frp.config.values import hostDoubt, portDoubt
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors
from frp.extras import lacks
from frp.interfaces import IAuthenticatorKind, IClientPartKind, ITunnelTransport
from frp.wire.address import authority, bare

__all__ = [
    "AuthClientConfig",
    "ClientCommonConfig",
    "ClientConfig",
    "ClientTLSConfig",
    "ClientTransportConfig",
    "OIDCClientConfig",
    "RemoteConfig",
    "StoreConfig",
    "VirtualNetConfig",
    "checkFeatureGates",
    "clientWarnings",
]

#: What stands for an address that was not given; dialled, it leads to this machine.
_NOWHERE = "0.0.0.0"

#: The port of every frps of which nobody says another one.
_PORT = 7000

FEATURE_GATES = {"VirtualNet": False}
"""The gates that exist, and whether they are open when nothing is said. All are experimental."""


@table(reference="v1.AuthOIDCClientConfig")
class OIDCClientConfig:
    """How frpc gets a token from an OpenID Connect provider."""

    clientID: str = key("", "The client's name at the provider.")
    clientSecret: str = key("", "The client's secret.", secret=True)
    audience: str = key("", "What the token shall be meant for.")
    scope: str = key("", "The scopes that are asked for.")
    tokenEndpointURL: str = key("", "Where tokens are got.")
    additionalEndpointParams: dict[str, str] = key(dict, "More form fields of the request.")
    trustedCaFile: str = key("", "The CA certificates by which the provider is checked.")
    insecureSkipVerify: bool = key(False, "Do not check the provider's certificate.")
    proxyURL: str = key("", "An http, https, socks5 or socks5h proxy towards the provider.", secret=True)
    tokenSource: TokenSource | None = key(
        None, "Get the token from a file or a program, each time anew; excludes all other keys of this table."
    )

    def others(self) -> bool:
        """Is any key but C{tokenSource} set?"""
        return any(value for name, value in vars(self).items() if name != "tokenSource")

    def credentialProblems(self) -> Iterator[str]:
        """What is missing to ask the provider."""
        if not self.clientID:
            yield "auth.oidc.clientID is required"
        try:
            url = urlsplit(self.tokenEndpointURL)
            absolute = bool(url.scheme and url.netloc)
        except ValueError:
            absolute = False
        if not self.tokenEndpointURL:
            yield "auth.oidc.tokenEndpointURL is required"
        elif not absolute:
            yield "auth.oidc.tokenEndpointURL must be an absolute http or https URL"
        elif url.scheme not in ("http", "https"):
            yield "auth.oidc.tokenEndpointURL must use http or https"
        if "scope" in self.additionalEndpointParams:
            yield "auth.oidc.additionalEndpointParams.scope is not allowed; use auth.oidc.scope instead"
        if self.audience and "audience" in self.additionalEndpointParams:
            yield "cannot specify both auth.oidc.audience and auth.oidc.additionalEndpointParams.audience"


def _oidcProblem(oidc: OIDCClientConfig, _auth: object) -> str:
    both = oidc.tokenSource is not None and oidc.others()
    return "cannot specify both auth.oidc.tokenSource and any other field of auth.oidc" if both else ""


@table
class AuthClientConfig(AuthConfig):
    """How frpc proves who it is."""

    method: str = methodKey("How frpc proves who it is.")
    additionalScopes: list[str] = scopesKey("Messages besides the login that carry a proof.")
    token: str = tokenKey("The secret that client and server share; it also encrypts the control connection.")
    tokenSource: TokenSource | None = key(None, "Get the secret from a file or a program, once at start.")
    oidc: OIDCClientConfig = key(OIDCClientConfig, "For the method oidc.", check=_oidcProblem)
    tables: dict[str, object] = kindTables(IAuthenticatorKind, by="method")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """OpenID Connect needs credentials, or a source of tokens."""
        if self.method == "oidc" and self.oidc.tokenSource is None:
            found = list(self.oidc.credentialProblems())
            if found:
                yield Problem("oidc", "; ".join(found))


@table(reference="v1.TLSClientConfig")
class ClientTLSConfig(TLSFiles):
    """TLS towards frps. Without a trusted CA the server's certificate is not checked."""

    enable: bool = key(True, "Use TLS.")
    disableCustomTLSFirstByte: bool = key(True, "Send no byte 0x17 before the TLS handshake.")


@table
class ClientTransportConfig:
    """How frpc reaches frps."""

    protocol: str = key(
        "tcp",
        "The transport.",
        oneOf=("tcp", "kcp", "quic", "websocket", "wss"),
        family=ITunnelTransport,
        doubt=lambda protocol, _: lacks(protocol),
        refusal="invalid transport.protocol, optional values are {allowed}",
    )
    wireProtocol: str = key(
        "v1",
        "The version of the messages; v2 needs an frps that knows it.",
        oneOf=("v1", "v2"),
        refusal="invalid transport.wireProtocol, optional values are {allowed}",
    )
    dialServerTimeout: int = secondsKey(10, "How long connecting may take.")
    dialServerKeepalive: int = secondsKey(7200, "TCP keep-alive period; negative turns it off.")
    connectServerLocalIP: str = hostKey("", "The local address to connect from; for tcp, websocket and wss.")
    proxyURL: str = key(
        "",
        "Reach frps through this http, https, socks5 or ntlm proxy.",
        secret=True,
        shown="the environment variable http_proxy",
        doubt=lambda url, _: lacks(url.partition("://")[0]),
    )
    poolCount: int = key(1, "How many work connections are kept in advance; the server sets the limit.")
    tcpMux: bool = key(True, "Carry all streams on one connection; must be the same on both sides.")
    tcpMuxKeepaliveInterval: int = secondsKey(30, "How often a multiplexed connection is kept alive.")
    quic: QUICConfig = key(QUICConfig, "Parameters of the QUIC transport.")
    heartbeatInterval: int = secondsKey(
        0, "How often a heartbeat is sent; negative turns it off.", "-1 with tcpMux, else 30"
    )
    heartbeatTimeout: int = secondsKey(
        0,
        "A server that answered no heartbeat for so long is lost; negative turns that off.",
        "-1 with tcpMux, else 90",
    )
    tls: ClientTLSConfig = key(ClientTLSConfig, "TLS towards frps.")
    tables: dict[str, object] = kindTables(ITunnelTransport, by="protocol")

    def __attrs_post_init__(self) -> None:
        self.heartbeatInterval = self.heartbeatInterval or (-1 if self.tcpMux else 30)
        self.heartbeatTimeout = self.heartbeatTimeout or (-1 if self.tcpMux else 90)

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """A time-out shorter than the interval would end every session."""
        if 0 < self.heartbeatTimeout < self.heartbeatInterval:
            text = "invalid transport.heartbeatTimeout, heartbeat timeout should not less than heartbeat interval"
            yield Problem("heartbeatTimeout", text)


@table
class RemoteConfig:
    """One of several servers. What it leaves out of auth and transport is what the whole file says there."""

    name: str = key(
        "", "What the log and frpc status call it; no two servers have the same.", shown="the address and the port"
    )
    addr: str = hostKey("", "The address of this frps: a name or an IP address.")
    port: int = key(_PORT, "The port of this frps.", shown="serverPort", doubt=portDoubt)
    auth: AuthClientConfig = key(AuthClientConfig, "How frpc proves to this server who it is.")
    transport: ClientTransportConfig = key(ClientTransportConfig, "How frpc reaches this server.")

    def __attrs_post_init__(self) -> None:
        self.name = self.name or authority(self.addr, self.port)

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Each is somewhere."""
        if not self.addr:
            yield Problem("addr", "server addr is required")


@table
class VirtualNetConfig:
    """The virtual network. Needs the feature gate VirtualNet."""

    address: str = key("", "The address of this machine there, and how long the network's is: 100.86.0.1/24.")


@table
class StoreConfig:
    """Proxies and visitors that are made in the web interface. They win over those of the same name in files."""

    path: str = key(
        "",
        "The JSON file in which they are kept, from the current folder; empty turns the store off.",
        written=True,
    )


def _virtualNetProblem(net: VirtualNetConfig, config: ClientCommonConfig) -> str:
    """The reference finds a wrong address when it runs: its C{verify} gets no further than the gate."""
    if not net.address:
        return ""
    if not config.featureGates.get("VirtualNet", FEATURE_GATES["VirtualNet"]):
        return "VirtualNet feature is not enabled; enable it by setting the appropriate feature gate flag"
    host, _, length = net.address.partition("/")
    try:
        ip_interface(net.address)
        sound = length.isascii() and length.isdigit() and "%" not in host
    except ValueError:
        sound = False
    return "" if sound else f"invalid CIDR address: {net.address}"


def _placeBeside(config: ClientCommonConfig) -> str:
    """@return: the key that says where the server is, if the transport has one that does; else empty."""
    protocol = config.transport.protocol
    keys = keysOf(type(config.transport.tables[protocol])) if protocol in config.transport.tables else {}
    return next((f"transport.{protocol}.{name}" for name, declared in keys.items() if declared.meta.place), "")


def _serverAddrDoubt(addr: str, config: ClientCommonConfig) -> str:
    """A transport with a place of its own takes nothing from this but the name in a certificate."""
    tls, place = config.transport.tls, _placeBeside(config) if addr != _NOWHERE else ""
    if not place or (tls.enable and tls.trustedCaFile and not tls.serverName):
        return hostDoubt(addr, config)
    return f"frpc goes where {place} says; this is only shown before the ports of proxies"


def _serverPortDoubt(port: int, config: ClientCommonConfig) -> str:
    place = _placeBeside(config) if port != _PORT else ""
    return f"frpc goes where {place} says, and not to a port" if place else portDoubt(port, config)


@table
class ClientCommonConfig(APIMetadata):
    """The configuration of frpc without its proxies and visitors."""

    virtualNet: VirtualNetConfig = key(VirtualNetConfig, "The virtual network.", check=_virtualNetProblem)
    auth: AuthClientConfig = key(AuthClientConfig, "How frpc proves who it is.")
    log: LogConfig = key(LogConfig, "Where log lines go, and which.")
    webServer: WebServerConfig = key(WebServerConfig, "The admin interface.")
    user: str = key("", "The user's name; the server sees proxies behind it and a dot.")
    clientID: str = key("", "Names this frpc on the dashboard across restarts.")
    serverAddr: str = key(
        _NOWHERE, "The address of frps: a name or an IP address.", converter=bare, doubt=_serverAddrDoubt
    )
    serverPort: int = key(_PORT, "The port of frps.", doubt=_serverPortDoubt)
    servers: list[RemoteConfig] = key(
        list, "Several servers, the best first, in place of serverAddr. The reference has no such key."
    )
    serverMode: str = key(
        "failover",
        "Which of several servers are used: the first that lets us in, or all at once. The reference has no such key.",
        oneOf=("failover", "all"),
    )
    failbackInterval: int = secondsKey(
        60,
        "How often, while a later server is used, the better ones are tried; negative stays where it is. The reference"
        " has no such key.",
    )
    natHoleStunServer: str = key("stun.easyvoip.com:3478", "The STUN server for xtcp.")
    dnsServer: str = key("", "Ask this name server instead of the system's; port 53 where none is given.")
    loginFailExit: bool = key(True, "Exit when the first login fails, instead of trying again.")
    gracePeriod: int = key(
        0, "How long users may finish when frpc is asked to stop; the reference has no such key.", unit="seconds"
    )
    start: list[str] = key(list, "Start only the proxies and visitors of these names; empty starts all.")
    transport: ClientTransportConfig = key(ClientTransportConfig, "How frpc reaches frps.")
    featureGates: dict[str, bool] = key(dict, "Open or close experimental features: VirtualNet.")
    tables: dict[str, object] = kindTables(IClientPartKind)
    udpPacketSize: int = key(
        1500, "The largest UDP payload; must be the same on both sides.", unit="bytes", reference="int64"
    )
    metadatas: dict[str, str] = key(dict, "Handed to the plugins of the server.")
    includes: list[str] = key(list, "More files with proxies and visitors; the last part may have wildcards.")
    enablePrometheus: bool = key(False, "Serve /metrics on the web server.")
    store: StoreConfig = key(StoreConfig, "Proxies and visitors that are made in the web interface.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """
        Several servers are told apart by their names. A visitor, which any of them may serve, speaks one version of the
        wire.
        """
        if self.servers and self.serverAddr != _NOWHERE:
            yield Problem("serverAddr", "cannot specify both serverAddr and servers", "make it one of the servers")
        first = self.servers[:1]
        for n, server in enumerate(self.servers):
            if any(one.name == server.name for one in self.servers[:n]):
                yield Problem(f"servers[{n}].name", f"server name [{server.name}] is duplicated", "give each its name")
            if any(one.transport.wireProtocol != server.transport.wireProtocol for one in first):
                text = "transport.wireProtocol must be the same for all servers"
                yield Problem(f"servers[{n}].transport.wireProtocol", text)


@table
class ClientConfig(ClientCommonConfig):
    """The configuration of frpc."""

    proxies: list[ProxyConfig] = key(list, "The services that are published.")
    visitors: list[VisitorConfig] = key(list, "The doors to services that others publish in secret.")

    def each(self) -> list[ClientConfig]:
        """@return: for each server the configuration of a client that knows no other, in their order."""
        own: Any = self
        return [
            attrs.evolve(
                own, serverAddr=one.addr, serverPort=one.port, auth=one.auth, transport=one.transport, servers=[]
            )
            for one in self.servers
        ] or [self]


def clientWarnings(config: ClientConfig) -> list[str]:
    """What has no effect, in the reference's words."""
    tables = [one.transport.tls for one in config.each()]
    return [
        f"transport.tls.{name} is invalid when transport.tls.enable is false"
        for name in ("certFile", "keyFile", "trustedCaFile")
        if any(getattr(tls, name) and not tls.enable for tls in tables)
    ]


def checkFeatureGates(config: ClientCommonConfig) -> None:
    """
    Done when frpc runs; C{verify} does not ask.

    @raise ConfigErrors: there is no such gate.
    """
    known = f"known: {', '.join(FEATURE_GATES)}"
    unknown = [name for name in config.featureGates if name not in FEATURE_GATES]
    if unknown:
        raise ConfigErrors(
            ConfigError(f"featureGates.{n}", f"unrecognized feature gate: {n}", hint=known) for n in unknown
        )
