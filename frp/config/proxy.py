"""The table of every proxy, whatever its type."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from frp.config.common import HTTPHeader, hostKey
from frp.config.declare import Choice, Problem, key, table
from frp.config.values import Bandwidth, annotationsProblem, portProblem
from frp.interfaces import IClientPlugin, IProxyKind

__all__ = [
    "HealthCheckConfig",
    "LoadBalancerConfig",
    "PluginConfig",
    "ProxyBackend",
    "ProxyConfig",
    "ProxyTransportConfig",
]

_localPort = portProblem("localPort: localPort")


def _endpointProblem(description: str, _proxy: object) -> str:
    """Only what stands at the beginning: which words there are depends on what is installed where frpc runs."""
    word = description.partition(":")[0]
    if not description or (word.isalnum() and word != description):
        return ""
    return f"localEndpoint: {description!r} is no endpoint such as unix:/run/app.sock"


def _noService(port: int, proxy: ProxyBackend) -> str:
    """The reference takes it, and users come for nothing."""
    if port or proxy.localEndpoint or proxy.plugin is not None:
        return ""
    return "there is no service for users: set localPort, localEndpoint or a plugin"


def _nameProblem(name: str, _proxy: object) -> str:
    return "" if name else "name should not be empty"


@table(reference="v1.ProxyTransport")
class ProxyTransportConfig:
    """How the streams of a proxy travel."""

    proxyProtocolVersion: str = key(
        "",
        "Tell the service who the user is, with this version of the PROXY protocol.",
        oneOf=("", "v1", "v2"),
        refusal="not support proxy protocol version: {value}",
        shown="off",
    )
    bandwidthLimitMode: str = key(
        "client",
        "The side that keeps the limit.",
        oneOf=("client", "server"),
        refusal="bandwidth limit mode should be client or server",
    )
    bandwidthLimit: Bandwidth = key(
        Bandwidth, 'The most bytes per second, such as "512KB" or "1.5MB".', shown="no limit"
    )
    useEncryption: bool = key(False, "Encrypt the payload with a key made from the token.")
    useCompression: bool = key(False, "Compress the payload with snappy.")


@table
class LoadBalancerConfig:
    """Proxies of one group share their users."""

    group: str = key("", "The name of the group.")
    groupKey: str = key("", "What every proxy of the group must know.", secret=True)


@table
class HealthCheckConfig:
    """Withdraw the proxy while its service does not answer."""

    type: str = key(
        "", "How to ask.", oneOf=("", "tcp", "http"), refusal="not support health check type: {value}", shown="off"
    )
    timeoutSeconds: int = key(0, "How long the service may take to answer.", unit="seconds", shown="3")
    maxFailed: int = key(0, "How many failures in a row withdraw the proxy.", shown="1")
    intervalSeconds: int = key(0, "The pause between two checks.", unit="seconds", shown="10")
    path: str = key("", "For the type http: the path of the URL; an answer of 200 to 299 is healthy.")
    httpHeaders: list[HTTPHeader] = key(list, "For the type http: headers of the request.")

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """An HTTP check needs a path."""
        if self.type == "http" and not self.path:
            yield Problem("path", "health check path should not be empty")


_WITHIN = "unmarshal ClientPluginOptions error: "
_UNKNOWN = f"unmarshal proxy plugin error: {_WITHIN}"


@table(choice=Choice(IClientPlugin, "plugin", "plugin type is empty", _WITHIN, "PluginOptions", _UNKNOWN))
class PluginConfig:
    """What every client plugin has: it takes the place of the local service."""

    type: str = key("", "Which plugin.")


@table
class ProxyBackend:
    """What answers the users of a proxy: a local service, or a plugin."""

    localIP: str = hostKey("127.0.0.1", "The address of the local service.")
    localPort: int = key(0, "The port of the local service.", doubt=_noService)
    plugin: PluginConfig | None = key(None, "A plugin in place of the local service.")
    localEndpoint: str = key(
        "",
        'The local service as a client endpoint of Twisted, such as "unix:/run/app.sock" or "tls:db.example.com:5432".',
        check=_endpointProblem,
    )

    def problems(self, at: str, allowed: Collection[str]) -> Iterator[Problem]:
        """There is one local service; its port means nothing beside a plugin."""
        if self.localEndpoint and (self.plugin is not None or self.localPort):
            other = "plugin" if self.plugin is not None else "localPort"
            yield Problem("localEndpoint", f"localEndpoint cannot be used together with {other}", "remove one of them")
        text = _localPort(self.localPort, self) if self.plugin is None else ""
        if text:
            yield Problem("localPort", text)


@table(
    reference="v1.ProxyBaseConfig",
    choice=Choice(IProxyKind, "proxy", "", "unmarshal ProxyConfig error: ", "ProxyConfig"),
)
class ProxyConfig(ProxyBackend):
    """
    What every proxy has. A kind of proxy derives its own table from this one.

    @cvar checkOrder: how the reference goes through the keys, and when it asks for the rules of a class.
    """

    checkOrder = ("name", "annotations", "transport", ProxyBackend, "healthCheck", "plugin")

    name: str = key(
        "", "The name, unique on the client; the server sees it behind the user's name and a dot.", check=_nameProblem
    )
    type: str = key("", "Which kind of proxy.")
    enabled: bool = key(True, "A proxy that is not enabled is not even checked.")
    annotations: dict[str, str] = key(dict, "Shown on the dashboard.", check=annotationsProblem)
    transport: ProxyTransportConfig = key(ProxyTransportConfig, "How the streams of the proxy travel.")
    metadatas: dict[str, str] = key(dict, "Handed to the plugins of the server.")
    loadBalancer: LoadBalancerConfig = key(LoadBalancerConfig, "Proxies of one group share their users.")
    healthCheck: HealthCheckConfig = key(HealthCheckConfig, "Withdraw the proxy while its service does not answer.")
