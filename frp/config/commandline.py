"""The flags of frps and frpc, for whoever reads a command line: commands, C{twistd}, gateways."""

from __future__ import annotations

from frp.config.flags import (
    Flag,
    Values,
    bandwidth,
    boolean,
    file,
    files,
    folder,
    integer,
    listed,
    nested,
    pairs,
    portRanges,
    text,
)
from frp.wire.address import parted

__all__ = [
    "CLIENT",
    "EXPLAIN",
    "FRPC",
    "FRPS",
    "IDENTITY",
    "NAMING",
    "PLUGIN",
    "PROXY",
    "SERVER",
    "UI",
    "VISITOR",
    "clientValues",
    "serverValues",
]

_UNSAFE = "allowed unsafe features, one or more of: TokenSourceExec"
_STRICT = "strict config parsing mode, unknown fields will cause errors"

#: Ours: a plugin in a single file.
PLUGIN = Flag("plugin", "", "", "a Python file with a plugin in it; may be given more than once", files)

#: What frps itself looks at.
FRPS = (
    Flag("config", "c", "", "config file of frps", file),
    Flag("version", "v", "", "version of frps", boolean),
    Flag("strict-config", "", "", _STRICT, boolean, True),
    Flag("allow-unsafe", "", "", _UNSAFE, listed),
    PLUGIN,
)

#: What frpc itself looks at.
FRPC = (
    Flag("config", "c", "", "config file of frpc", file, "./frpc.ini"),
    Flag("config-dir", "", "", "config directory, run one frpc service for each file in config directory", folder),
    Flag("version", "v", "", "version of frpc", boolean),
    Flag("strict-config", "", "", _STRICT, boolean, True),
    Flag("allow-unsafe", "", "", _UNSAFE, listed),
    PLUGIN,
)

#: Ours: the reference of a table, or a key.
EXPLAIN = Flag("explain", "", "", "describe a table or a key: transport.tls, proxies.tcp, proxies.tcp.remotePort", text)

#: Ours: of the commands of frpc that serve.
UI = Flag("ui", "", "", "show on a terminal what goes on: addresses, users, bytes, requests, warnings", boolean)

#: The configuration of an frps that has no file.
SERVER = (
    Flag("bind-addr", "", "bindAddr", "bind address", text, "0.0.0.0"),
    Flag("bind-port", "p", "bindPort", "bind port", integer, 7000),
    Flag("kcp-bind-port", "", "kcpBindPort", "kcp bind udp port", integer),
    Flag("quic-bind-port", "", "quicBindPort", "quic bind udp port", integer),
    Flag("proxy-bind-addr", "", "proxyBindAddr", "proxy bind address", text, "0.0.0.0"),
    Flag("vhost-http-port", "", "vhostHTTPPort", "vhost http port", integer),
    Flag("vhost-https-port", "", "vhostHTTPSPort", "vhost https port", integer),
    Flag("vhost-http-timeout", "", "vhostHTTPTimeout", "vhost http response header timeout", integer, 60),
    Flag("dashboard-addr", "", "webServer.addr", "dashboard address", text, "0.0.0.0"),
    Flag("dashboard-port", "", "webServer.port", "dashboard port", integer),
    Flag("dashboard-user", "", "webServer.user", "dashboard user", text, "admin"),
    Flag("dashboard-pwd", "", "webServer.password", "dashboard password", text, "admin"),
    # These three never had an effect: the reference's --dashboard-tls-mode cannot be turned on. They are read and
    # left alone, for a dashboard that suddenly spoke TLS would break those who carry them along.
    Flag("dashboard-tls-cert-file", "", "", "no effect; use a configuration file", file),
    Flag("dashboard-tls-key-file", "", "", "no effect; use a configuration file", file),
    Flag("dashboard-tls-mode", "", "", "no effect; use a configuration file", text),
    Flag("enable-prometheus", "", "enablePrometheus", "enable prometheus dashboard", boolean),
    Flag("log-file", "", "log.to", "log file", file, "console"),
    Flag("log-level", "", "log.level", "log level", text, "info"),
    Flag("log-max-days", "", "log.maxDays", "log max days", integer, 3),
    Flag("disable-log-color", "", "log.disablePrintColor", "disable log color in console", boolean),
    Flag("token", "t", "auth.token", "auth token", text),
    Flag("subdomain-host", "", "subDomainHost", "subdomain host", text),
    Flag("allow-ports", "", "allowPorts", "allow ports, such as 1000-2000,3000", portRanges),
    Flag("max-ports-per-client", "", "maxPortsPerClient", "max ports per client", integer),
    Flag("tls-only", "", "transport.tls.force", "frps tls only", boolean),
)

#: Who a client is, wherever it runs.
IDENTITY = (
    Flag("user", "u", "user", "user", text),
    Flag("client-id", "", "clientID", "unique identifier for this frpc instance", text),
    Flag("token", "t", "auth.token", "auth token", text),
)

#: The client's part of the configuration of C{frpc tcp ...}.
CLIENT = (
    Flag("server-addr", "s", "serverAddr", "frp server's address", text, "127.0.0.1"),
    Flag("server-port", "P", "serverPort", "frp server's port", integer, 7000),
    Flag("protocol", "p", "transport.protocol", "optional values are [tcp kcp quic websocket wss]", text, "tcp"),
    Flag("log-level", "", "log.level", "log level", text, "info"),
    Flag("log-file", "", "log.to", "console or file path", file, "console"),
    Flag("log-max-days", "", "log.maxDays", "log file reversed days", integer, 3),
    Flag("disable-log-color", "", "log.disablePrintColor", "disable log color in console", boolean),
    Flag("tls-server-name", "", "transport.tls.serverName", "specify the custom server name of tls certificate", text),
    Flag("dns-server", "", "dnsServer", "specify dns server instead of using system default one", text),
    Flag("tls-enable", "", "transport.tls.enable", "enable frpc tls", boolean, True),
    *IDENTITY,
)

#: What is said of a proxy, whatever is behind it. The rest follows from the table of its kind.
NAMING = (
    Flag("proxy-name", "n", "name", "proxy name", text),
    Flag("metadatas", "", "metadatas", "metadata key-value pairs (e.g., key1=value1,key2=value2)", pairs),
    Flag("annotations", "", "annotations", "annotation key-value pairs (e.g., key1=value1,key2=value2)", pairs),
)

#: The same of one with a local service.
PROXY = (
    *NAMING,
    Flag("local-ip", "i", "localIP", "local ip", text, "127.0.0.1"),
    Flag("local-port", "l", "localPort", "local port", integer),
    Flag("ue", "", "transport.useEncryption", "use encryption", boolean),
    Flag("uc", "", "transport.useCompression", "use compression", boolean),
    Flag("bandwidth-limit-mode", "", "transport.bandwidthLimitMode", "bandwidth limit mode", text, "client"),
    Flag("bandwidth-limit", "", "transport.bandwidthLimit", "bandwidth limit (e.g. 100KB or 1MB)", bandwidth),
)

#: What every visitor has.
VISITOR = (
    Flag("visitor-name", "n", "name", "visitor name", text),
    Flag("ue", "", "transport.useEncryption", "use encryption", boolean),
    Flag("uc", "", "transport.useCompression", "use compression", boolean),
    Flag("sk", "", "secretKey", "secret key", text),
    Flag("server-name", "", "serverName", "server name", text),
    Flag("server-user", "", "serverUser", "server user", text),
    Flag("bind-addr", "", "bindAddr", "bind addr", text),
    Flag("bind-port", "", "bindPort", "bind port", integer),
)


def serverValues(values: Values) -> Values:
    """The configuration that frps' flags mean. What is not given has the flags' defaults, which are not the files'."""
    return nested(values, SERVER)


def clientValues(values: Values, kind: str, flags: tuple[Flag, ...], entries: str = "proxies") -> Values:
    """
    The configuration of a client with one proxy or visitor.

    @param flags: those of the proxy: the common ones and its kind's.
    @param entries: the key of the list in which it stands.
    """
    return {**nested(_dialled(values), CLIENT), entries: [{"type": kind, **nested(values, flags)}]}


def _dialled(values: Values) -> Values:
    """The same, with the port where it belongs that stands behind C{--server-addr}."""
    if "server-port" in values:
        return values
    try:
        host, port = parted(values.get("server-addr", ""))
    except ValueError:
        return values
    return {**values, "server-addr": host, "server-port": port}
