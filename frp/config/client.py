"""The configuration of frpc, and what a new one means for what is running."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from ipaddress import ip_interface
from typing import Generic, TypeVar
from urllib.parse import urlsplit

import attrs

from frp.config.common import (
    AuthConfig,
    LogConfig,
    QUICConfig,
    TLSFiles,
    WebServerConfig,
    methodKey,
    scopesKey,
    secondsKey,
    tokenKey,
)
from frp.config.declare import Problem, key, table
from frp.config.kindtables import kindTables
from frp.config.proxy import ProxyConfig
from frp.config.sources import TokenSource
from frp.config.visitor import VisitorConfig
from frp.errors import ConfigError, ConfigErrors
from frp.interfaces import IAuthenticatorKind, IClientPartKind, ITunnelTransport

__all__ = [
    "AuthClientConfig",
    "Change",
    "ClientCommonConfig",
    "ClientConfig",
    "ClientTLSConfig",
    "ClientTransportConfig",
    "OIDCClientConfig",
    "StoreConfig",
    "VirtualNetConfig",
    "change",
    "checkFeatureGates",
    "clientWarnings",
]

N = TypeVar("N", ProxyConfig, VisitorConfig)

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
    connectServerLocalIP: str = key("", "The local address to connect from; for tcp, websocket and wss.")
    proxyURL: str = key(
        "",
        "Reach frps through this http, https, socks5 or ntlm proxy.",
        secret=True,
        shown="the environment variable http_proxy",
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
class VirtualNetConfig:
    """The virtual network. Needs the feature gate VirtualNet."""

    address: str = key("", "The address of this machine there, and how long the network's is: 100.86.0.1/24.")


@table
class StoreConfig:
    """Proxies and visitors that are made in the web interface. They win over those of the same name in files."""

    path: str = key(
        "",
        "The JSON file in which they are kept, from the folder of the configuration file; empty turns the store off.",
        served=False,
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


@table
class ClientCommonConfig:
    """The configuration of frpc without its proxies and visitors."""

    version: str = key("", "A mark for tools; no effect.")
    virtualNet: VirtualNetConfig = key(VirtualNetConfig, "The virtual network.", check=_virtualNetProblem)
    auth: AuthClientConfig = key(AuthClientConfig, "How frpc proves who it is.")
    log: LogConfig = key(LogConfig, "Where log lines go, and which.")
    webServer: WebServerConfig = key(WebServerConfig, "The admin interface.")
    user: str = key("", "The user's name; the server sees proxies behind it and a dot.")
    clientID: str = key("", "Names this frpc on the dashboard across restarts.")
    serverAddr: str = key("0.0.0.0", "The address of frps; no brackets for IPv6.")
    serverPort: int = key(7000, "The port of frps.")
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
    store: StoreConfig = key(StoreConfig, "Proxies and visitors that are made in the web interface.")


@table
class ClientConfig(ClientCommonConfig):
    """The configuration of frpc."""

    proxies: list[ProxyConfig] = key(list, "The services that are published.")
    visitors: list[VisitorConfig] = key(list, "The doors to services that others publish in secret.")


def clientWarnings(config: ClientCommonConfig) -> list[str]:
    """What has no effect, in the reference's words."""
    tls = config.transport.tls
    if tls.enable:
        return []
    return [
        f"transport.tls.{name} is invalid when transport.tls.enable is false"
        for name in ("certFile", "keyFile", "trustedCaFile")
        if getattr(tls, name)
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


@attrs.frozen
class Change(Generic[N]):
    """
    The steps from one list of entries to another. Stop first, then start: a changed entry is in both.

    @ivar start: the new entries that are not running so, in their order.
    @ivar stop: the old entries that do not go on, in their order.
    """

    start: tuple[N, ...]
    stop: tuple[N, ...]


def change(old: Iterable[N], new: Iterable[N]) -> Change[N]:
    """Compare two lists of proxies, or of visitors, by name and by all that they hold. Order does not matter."""
    before = {entry.name: entry for entry in old}
    after = {entry.name: entry for entry in new}
    same = {name for name, entry in before.items() if after.get(name) == entry}
    start, stop = ([e for name, e in entries.items() if name not in same] for entries in (after, before))
    return Change(tuple(start), tuple(stop))
