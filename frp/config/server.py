"""The configuration of frps."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator

from frp.config.cluster import ANY, ClusterConfig
from frp.config.common import (
    APIMetadata,
    AuthConfig,
    LogConfig,
    QUICConfig,
    TLSFiles,
    WebServerConfig,
    hostKey,
    methodKey,
    portKey,
    scopesKey,
    secondsKey,
    tokenKey,
)
from frp.config.declare import Choice, Problem, key, table
from frp.config.files import readDoubt
from frp.config.kindtables import kindTables
from frp.config.public import PublicConfig
from frp.config.sources import TokenSource
from frp.config.values import PortRange, portDoubt
from frp.extras import lacks
from frp.interfaces import IAuthenticatorKind, IClientDoor, IGatewayKind, IServerHookKind, ITunnelTransport
from frp.wire.address import isHere

__all__ = [
    "MOST_WORKERS",
    "AuthServerConfig",
    "GatewayConfig",
    "HTTPPluginConfig",
    "HookConfig",
    "OIDCServerConfig",
    "SSHTunnelGatewayConfig",
    "ServerConfig",
    "ServerTLSConfig",
    "ServerTransportConfig",
]

MOST_WORKERS = 64


def _unavailableProblem(status: int, _table: object) -> str:
    return "" if status in (404, 503) else "invalid vhostHTTPUnavailableStatus, optional values are [404 503]"


def _workersProblem(number: int, _table: object) -> str:
    if not 0 <= number <= MOST_WORKERS:
        return f"invalid workers, it is 1 to {MOST_WORKERS}, or 0 for one for each processor"
    return "invalid workers, more than one need Linux" if number != 1 and sys.platform != "linux" else ""


def _positive(value: int, _table: object) -> str:
    return "must not be negative" if value < 0 else ""


@table(reference="v1.AuthOIDCServerConfig")
class OIDCServerConfig:
    """How tokens of an OpenID Connect provider are checked."""

    issuer: str = key("", "The provider; its discovery document is fetched at start.")
    audience: str = key("", "What a token must be meant for; empty accepts any audience.")
    skipExpiryCheck: bool = key(False, "Accept tokens that have expired.")
    skipIssuerCheck: bool = key(False, "Accept tokens of any issuer.")


def _clockWindowProblem(seconds: int, _auth: object) -> str:
    # Less would keep out who is slow: hooks may take 10 seconds, and so may a network.
    usable = seconds == 0 or 30 <= seconds <= 86400
    return "" if usable else "invalid auth.clockWindow, it is 0 or from 30 to 86400 seconds"


@table
class AuthServerConfig(AuthConfig):
    """How clients prove who they are."""

    method: str = methodKey("How clients prove who they are.")
    additionalScopes: list[str] = scopesKey("Messages besides the login that must carry a proof.")
    token: str = tokenKey("The secret that clients and server share; it also encrypts the control connection.")
    tokenSource: TokenSource | None = key(None, "Get the secret from a file or a program, once at start.")
    oidc: OIDCServerConfig = key(OIDCServerConfig, "For the method oidc.")
    clockWindow: int = key(
        0,
        "How far the clock of a client may be from ours when it makes a proof, 30 or more; 0 accepts any. The"
        " reference has no such key.",
        unit="seconds",
        check=_clockWindowProblem,
    )
    refuseReplays: bool = key(
        False,
        "Refuse a proof that was first used more than 30 seconds ago; for the method token, and needs clockWindow. The"
        " reference has no such key.",
    )
    tables: dict[str, object] = kindTables(IAuthenticatorKind, by="method")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Proofs can be remembered where there is an end to how long they count, and where each login makes its own."""
        if self.refuseReplays and not self.clockWindow:
            yield Problem("refuseReplays", "auth.refuseReplays needs auth.clockWindow", "300 is a good value for it")
        if self.refuseReplays and self.method == "oidc":
            text = "auth.refuseReplays is for the method token"
            yield Problem("refuseReplays", text, "a token of a provider is meant to be used until it expires")


@table(reference="v1.TLSServerConfig")
class ServerTLSConfig(TLSFiles):
    """
    TLS towards clients. Without files a certificate is made in memory. A trusted CA forces TLS and asks clients for
    certificates; serverName has no effect.
    """

    force: bool = key(False, "Refuse clients that do not use TLS.", shown="false; true when trustedCaFile is set")

    def __attrs_post_init__(self) -> None:
        self.force = self.force or bool(self.trustedCaFile)


@table
class ServerTransportConfig:
    """How frps speaks to clients."""

    tcpMux: bool = key(True, "Carry all streams of a client on one connection; must be the same on both sides.")
    tcpMuxKeepaliveInterval: int = secondsKey(30, "How often a multiplexed connection is kept alive.")
    tcpKeepalive: int = secondsKey(7200, "TCP keep-alive period of accepted connections; negative turns it off.")
    maxPoolCount: int = key(5, "The most work connections that a client may keep in advance.", reference="int64")
    heartbeatTimeout: int = secondsKey(
        0, "A client that sent no heartbeat for so long is dropped; negative turns that off.", "-1 with tcpMux, else 90"
    )
    quic: QUICConfig = key(QUICConfig, "Parameters of the QUIC transport.")
    tls: ServerTLSConfig = key(ServerTLSConfig, "TLS towards clients.")
    tables: dict[str, object] = kindTables(ITunnelTransport, IClientDoor)

    def __attrs_post_init__(self) -> None:
        self.heartbeatTimeout = self.heartbeatTimeout or (-1 if self.tcpMux else 90)


@table(reference="v1.SSHTunnelGateway")
class SSHTunnelGatewayConfig:
    """The gateway for clients that use ssh -R instead of frpc. It is off while the port is 0."""

    bindPort: int = key(
        0,
        "The port of the SSH server; 0 turns it off.",
        doubt=lambda port, table: portDoubt(port, table) or (lacks("ssh") if port else ""),
    )
    privateKeyFile: str = key("", "The host key.")
    autoGenPrivateKeyPath: str = key("./.autogen_ssh_key", "Where a host key is made when there is none.", written=True)
    authorizedKeysFile: str = key(
        "", "The keys of clients that are let in; everybody is while this is empty.", doubt=readDoubt
    )


@table(reference="v1.HTTPPluginOptions")
class HTTPPluginConfig:
    """An HTTP service that is asked before certain operations, and may change or refuse them."""

    name: str = key("", "A label for the log.")
    addr: str = key("", "host:port, or a URL; http:// is put before it where no scheme is given.")
    path: str = key("", "The path of the URL.")
    ops: list[str] = key(
        list,
        "The operations that the service is asked about.",
        oneOf=("Login", "NewProxy", "CloseProxy", "Ping", "NewWorkConn", "NewUserConn"),
        refusal="invalid http plugin ops, optional values are {allowed}",
    )
    tlsVerify: bool = key(False, "Check the certificate of an https service.")


@table(
    reference="v1.HookConfig",
    choice=Choice(IServerHookKind, "hook", "hook type is empty", "unmarshal HookConfig error: ", "HookConfig"),
)
class HookConfig:
    """What every hook has: it is asked before certain operations, and may change or refuse them."""

    name: str = key("", "A label for the log and the metrics; no two hooks have the same.", shown="type")
    type: str = key("", "Which kind of hook.")
    timeout: int = key(
        10, "How long the hook may take for one operation; then it has failed.", unit="seconds", check=_positive
    )
    onError: str = key(
        "refuse",
        "What becomes of an operation when the hook fails: refuse it, or let it pass.",
        oneOf=("refuse", "pass"),
    )
    maxFailures: int = key(
        0, "After so many failures in a row the hook is not asked for a while; 0 asks it every time.", check=_positive
    )
    retryAfter: int = key(
        30,
        "For how long it is not asked then: what it watches is treated as onError says. After that one operation tries"
        " whether it works again.",
        unit="seconds",
        check=_positive,
    )

    def __attrs_post_init__(self) -> None:
        self.name = self.name or self.type


@table(
    reference="v1.GatewayConfig",
    choice=Choice(IGatewayKind, "gateway", "gateway type is empty", "unmarshal GatewayConfig error: ", "GatewayConfig"),
)
class GatewayConfig:
    """What every gateway has: it is a door of the server that many proxies share."""

    name: str = key("", "What proxies call it.", shown="type")
    type: str = key("", "Which kind of gateway.")

    def __attrs_post_init__(self) -> None:
        self.name = self.name or self.type


def _openDoubt(auth: AuthServerConfig, server: ServerConfig) -> str:
    """The doubt about a server that lets in everybody who reaches it."""
    decides = auth.method != "token" or auth.token or auth.tokenSource or server.transport.tls.trustedCaFile
    asks = server.hooks or any("Login" in plugin.ops for plugin in server.httpPlugins)
    if decides or asks or isHere(server.bindAddr):
        return ""
    return f"no token: whoever reaches port {server.bindPort} can open ports here; set auth.token on frps and on frpc"


@table
class ServerConfig(APIMetadata):
    """The configuration of frps."""

    auth: AuthServerConfig = key(AuthServerConfig, "How clients prove who they are.", doubt=_openDoubt)
    log: LogConfig = key(LogConfig, "Where log lines go, and which.")
    webServer: WebServerConfig = key(WebServerConfig, "The dashboard.")
    statsFile: str = key(
        "",
        "A file of SQLite in which statistics, events, and what is disabled, are kept over restarts, from the current"
        " folder; empty keeps none.",
        written=True,
    )
    bindAddr: str = hostKey("0.0.0.0", "The address to listen on. 0.0.0.0 and :: are all of both families.")
    bindPort: int = portKey("bindPort", "The port that clients connect to.", 7000)
    kcpBindPort: int = portKey("kcpBindPort", "The UDP port of the KCP transport; may equal bindPort; 0 turns it off.")
    quicBindPort: int = portKey(
        "quicBindPort",
        "The UDP port of the QUIC transport; 0 turns it off.",
        doubt=lambda port, _: lacks("quic") if port else "",
    )
    proxyBindAddr: str = hostKey("", "The address on which the ports of proxies are opened.", "bindAddr")
    vhostHTTPPort: int = portKey("vhostHTTPPort", "The port of http proxies; may equal bindPort; 0 turns them off.")
    vhostHTTPTimeout: int = secondsKey(60, "How long an http service may take to answer.")
    vhostHTTPUnavailableStatus: int = key(
        404,
        "What a user gets while an http service cannot be reached, or its client is away: 404, as in the reference, or "
        "503 with Retry-After. The reference has no such key.",
        check=_unavailableProblem,
    )
    vhostHTTPSPort: int = portKey("vhostHTTPSPort", "The port of https proxies; may equal bindPort; 0 turns them off.")
    # The reference writes tcpMux in this one text.
    tcpmuxHTTPConnectPort: int = portKey(
        "tcpMuxHTTPConnectPort", "The port of tcpmux proxies, which take HTTP CONNECT; 0 turns them off."
    )
    tcpmuxPassthrough: bool = key(False, "Hand the CONNECT request on to the service.")
    subDomainHost: str = key("", "The domain below which proxies get their subdomain.")
    custom404Page: str = key("", "An HTML file shown when no http proxy matches.", doubt=readDoubt)
    sshTunnelGateway: SSHTunnelGatewayConfig = key(SSHTunnelGatewayConfig, "The gateway for clients that use ssh -R.")
    cluster: ClusterConfig = key(ClusterConfig, "Other frps beside which this one serves the same tunnels.")
    workers: int = key(
        1,
        "How many processes serve, so that several processors do; 0 is one for each. The reference has no such key.",
        check=_workersProblem,
        zero=True,
    )
    public: PublicConfig = key(PublicConfig, "Where users reach the server, as clients are told.")
    enablePrometheus: bool = key(False, "Serve /metrics on the web server.")
    transport: ServerTransportConfig = key(ServerTransportConfig, "How frps speaks to clients.")
    detailedErrorsToClient: bool = key(True, "Tell clients why; else only that something went wrong.")
    maxPortsPerClient: int = key(0, "How many ports one client may open; 0 sets no limit.", reference="int64")
    userConnTimeout: int = secondsKey(10, "How long a user waits for a work connection.")
    gracePeriod: int = key(
        0, "How long users may finish when frps is asked to stop; the reference has no such key.", unit="seconds"
    )
    udpPacketSize: int = key(
        1500, "The largest UDP payload; must be the same on both sides.", unit="bytes", reference="int64"
    )
    natholeAnalysisDataReserveHours: int = key(
        168, "How long the record of hole punching is kept.", unit="hours", reference="int64"
    )
    allowPorts: list[PortRange] = key(list, "The ports that clients may open; empty allows all.")
    httpPlugins: list[HTTPPluginConfig] = key(list, "HTTP services that are asked before certain operations.")
    hooks: list[HookConfig] = key(
        list, "What else is asked, after httpPlugins; the kinds come from plugins. The reference has no such key."
    )
    gateways: list[GatewayConfig] = key(
        list, "More doors that proxies share; the kinds come from plugins. The reference has no such key."
    )

    def __attrs_post_init__(self) -> None:
        self.proxyBindAddr = self.proxyBindAddr or self.bindAddr

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """Names tell gateways and hooks apart, workers are nodes themselves, and a node has an address for others."""
        if self.workers != 1 and self.cluster.store:
            text = "workers cannot be used together with cluster.store"
            yield Problem("workers", text, "nodes on one machine can be several frps, each with ports of its own")
        listens = self.cluster.bindAddr or self.bindAddr
        if self.cluster.store and not self.cluster.advertise and listens in ANY:
            named = "cluster.bindAddr" if self.cluster.bindAddr else "bindAddr"
            text = f"cluster.advertise is required, for {named} is {listens}, which other nodes cannot dial"
            hint = f'say where they reach this node, such as advertise = "10.0.0.1:{self.cluster.bindPort}"'
            yield Problem("cluster.advertise", text, hint)
        for noun, names in ("hook", [h.name for h in self.hooks]), ("gateway", [g.name for g in self.gateways]):
            for n, name in enumerate(names):
                if name in names[:n]:
                    yield Problem(f"{noun}s[{n}].name", f"{noun} name [{name}] is duplicated", "give each its name")
