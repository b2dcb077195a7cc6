"""The keys of INI files, and what stands for each in today's tables."""

from __future__ import annotations

from collections.abc import Mapping

from frp.config.legacy.values import Read, boolean, listed, number, ports, positive, text, words
from frp.values import frozen

__all__ = ["CLIENT", "DASHBOARD_TLS", "HTTP_PLUGIN", "KNOWN", "PLUGINS", "PROXIES", "SERVER", "VISITORS", "Key", "Keys"]


@frozen
class Key:
    """
    @ivar path: where the value stands now: C{transport.tls.enable}; empty where nothing depends on it any more, or what
        depends on it is not said in a table.
    """

    path: str
    read: Read


Keys = Mapping[str, Key]


def _keys(read: Read, pairs: str) -> dict[str, Key]:
    """@param pairs: a key and its path in each line; no path where the key has no effect."""
    rows = [line.split() for line in pairs.strip().splitlines()]
    return {row[0]: Key(row[1] if len(row) > 1 else "", read) for row in rows}


def _texts(**paths: str) -> Keys:
    return {name: Key(path, text) for name, path in paths.items()}


_BOTH = {
    **_keys(
        text,
        """
        authentication_method       auth.method
        token                       auth.token
        oidc_audience               auth.oidc.audience
        assets_dir                  webServer.assetsDir
        log_file                    log.to
        log_level                   log.level
        log_way
        tls_cert_file               transport.tls.certFile
        tls_key_file                transport.tls.keyFile
        tls_trusted_ca_file         transport.tls.trustedCaFile
        """,
    ),
    **_keys(
        number,
        """
        log_max_days                log.maxDays
        tcp_mux_keepalive_interval  transport.tcpMuxKeepaliveInterval
        heartbeat_timeout           transport.heartbeatTimeout
        quic_keepalive_period       transport.quic.keepalivePeriod
        quic_max_idle_timeout       transport.quic.maxIdleTimeout
        quic_max_incoming_streams   transport.quic.maxIncomingStreams
        udp_packet_size             udpPacketSize
        """,
    ),
    **_keys(
        boolean,
        """
        disable_log_color           log.disablePrintColor
        tcp_mux                     transport.tcpMux
        """,
    ),
    "authenticate_heartbeats": Key("auth.additionalScopes", listed("HeartBeats")),
    "authenticate_new_work_conns": Key("auth.additionalScopes", listed("NewWorkConns")),
}

SERVER: Keys = {
    **_BOTH,
    **_keys(
        text,
        """
        oidc_issuer                 auth.oidc.issuer
        bind_addr                   bindAddr
        proxy_bind_addr             proxyBindAddr
        dashboard_addr              webServer.addr
        dashboard_user              webServer.user
        dashboard_pwd               webServer.password
        subdomain_host              subDomainHost
        custom_404_page             custom404Page
        """,
    ),
    **_keys(
        number,
        """
        bind_port                   bindPort
        kcp_bind_port               kcpBindPort
        quic_bind_port              quicBindPort
        vhost_http_port             vhostHTTPPort
        vhost_https_port            vhostHTTPSPort
        vhost_http_timeout          vhostHTTPTimeout
        tcpmux_httpconnect_port     tcpmuxHTTPConnectPort
        dashboard_port              webServer.port
        tcp_keepalive               transport.tcpKeepalive
        max_pool_count              transport.maxPoolCount
        max_ports_per_client        maxPortsPerClient
        user_conn_timeout           userConnTimeout
        nat_hole_analysis_data_reserve_hours    natholeAnalysisDataReserveHours
        """,
    ),
    **_keys(
        boolean,
        """
        oidc_skip_expiry_check      auth.oidc.skipExpiryCheck
        oidc_skip_issuer_check      auth.oidc.skipIssuerCheck
        tcpmux_passthrough          tcpmuxPassthrough
        enable_prometheus           enablePrometheus
        detailed_errors_to_client   detailedErrorsToClient
        tls_only                    transport.tls.force
        dashboard_tls_mode
        """,
    ),
    "allow_ports": Key("allowPorts", ports),
}

#: What counts where C{dashboard_tls_mode} is true.
DASHBOARD_TLS: Keys = {
    "dashboard_tls_cert_file": Key("webServer.tls.certFile", text),
    "dashboard_tls_key_file": Key("webServer.tls.keyFile", text),
    # It has nothing to do with TLS, but so it is.
    "pprof_enable": Key("webServer.pprofEnable", boolean),
}

#: A section C{[plugin.NAME]} of frps.
HTTP_PLUGIN: Keys = {
    "addr": Key("addr", text),
    "path": Key("path", text),
    "ops": Key("ops", words),
    "tlsVerify": Key("tlsVerify", boolean),
}

CLIENT: Keys = {
    **_BOTH,
    **_keys(
        text,
        """
        oidc_client_id              auth.oidc.clientID
        oidc_client_secret          auth.oidc.clientSecret
        oidc_scope                  auth.oidc.scope
        oidc_token_endpoint_url     auth.oidc.tokenEndpointURL
        server_addr                 serverAddr
        nat_hole_stun_server        natHoleStunServer
        connect_server_local_ip     transport.connectServerLocalIP
        http_proxy                  transport.proxyURL
        admin_addr                  webServer.addr
        admin_user                  webServer.user
        admin_pwd                   webServer.password
        user                        user
        dns_server                  dnsServer
        protocol                    transport.protocol
        tls_server_name             transport.tls.serverName
        """,
    ),
    **_keys(
        number,
        """
        server_port                 serverPort
        dial_server_timeout         transport.dialServerTimeout
        dial_server_keepalive       transport.dialServerKeepalive
        admin_port                  webServer.port
        pool_count                  transport.poolCount
        heartbeat_interval          transport.heartbeatInterval
        """,
    ),
    **_keys(
        boolean,
        """
        login_fail_exit             loginFailExit
        tls_enable                  transport.tls.enable
        disable_custom_tls_first_byte   transport.tls.disableCustomTLSFirstByte
        pprof_enable                webServer.pprofEnable
        """,
    ),
    "start": Key("start", words),
    "includes": Key("", words),
}

_TRANSPORT = _keys(
    boolean,
    """
    use_encryption              transport.useEncryption
    use_compression             transport.useCompression
    """,
)

_PROXY = {
    **_TRANSPORT,
    **_keys(
        text,
        """
        group                       loadBalancer.group
        group_key                   loadBalancer.groupKey
        proxy_protocol_version      transport.proxyProtocolVersion
        bandwidth_limit             transport.bandwidthLimit
        bandwidth_limit_mode        transport.bandwidthLimitMode
        local_ip                    localIP
        health_check_type           healthCheck.type
        health_check_url            healthCheck.path
        """,
    ),
    **_keys(
        number,
        """
        local_port                  localPort
        health_check_timeout_s      healthCheck.timeoutSeconds
        health_check_max_failed     healthCheck.maxFailed
        health_check_interval_s     healthCheck.intervalSeconds
        """,
    ),
}
_PORT = {**_PROXY, "remote_port": Key("remotePort", number)}
_DOMAIN = {**_PROXY, "custom_domains": Key("customDomains", words), "subdomain": Key("subdomain", text)}
_SECRET = {**_PROXY, "sk": Key("secretKey", text), "allow_users": Key("allowUsers", words)}
_USER = _keys(
    text,
    """
    http_user                   httpUser
    http_pwd                    httpPassword
    route_by_http_user          routeByHTTPUser
    """,
)

#: By the types of proxies.
PROXIES: Mapping[str, Keys] = {
    "tcp": _PORT,
    "udp": _PORT,
    "tcpmux": {**_DOMAIN, **_USER, "multiplexer": Key("multiplexer", text)},
    "http": {
        **_DOMAIN,
        **_USER,
        "locations": Key("locations", words),
        "host_header_rewrite": Key("hostHeaderRewrite", text),
    },
    "https": _DOMAIN,
    "stcp": _SECRET,
    "xtcp": _SECRET,
    "sudp": _SECRET,
}

_VISITOR = {
    **_TRANSPORT,
    **_keys(
        text,
        """
        sk                          secretKey
        server_user                 serverUser
        server_name                 serverName
        bind_addr                   bindAddr
        """,
    ),
    "bind_port": Key("bindPort", number),
}

#: By the types of visitors.
VISITORS: Mapping[str, Keys] = {
    "stcp": _VISITOR,
    "sudp": _VISITOR,
    "xtcp": {
        **_VISITOR,
        "protocol": Key("protocol", text),
        "keep_tunnel_open": Key("keepTunnelOpen", boolean),
        "fallback_to": Key("fallbackTo", text),
        **_keys(
            positive,
            """
            max_retries_an_hour         maxRetriesAnHour
            min_retry_interval          minRetryInterval
            fallback_timeout_ms         fallbackTimeoutMs
            """,
        ),
    },
}

#: All names, but those of plugins.
KNOWN = frozenset().union(SERVER, CLIENT, *PROXIES.values(), *VISITORS.values())

_ONWARD = _texts(plugin_local_addr="localAddr", plugin_host_header_rewrite="hostHeaderRewrite")
_FILES = _texts(plugin_crt_path="crtPath", plugin_key_path="keyPath")
_LOGIN = _texts(plugin_http_user="httpUser", plugin_http_passwd="httpPassword")

#: By the types of client plugins, with the paths in their tables. None is looked up in a section above.
PLUGINS: Mapping[str, Keys] = {
    "http_proxy": _LOGIN,
    "http2https": _ONWARD,
    "https2http": {**_ONWARD, **_FILES},
    "https2https": {**_ONWARD, **_FILES},
    "socks5": _texts(plugin_user="username", plugin_passwd="password"),
    "static_file": {**_texts(plugin_local_path="localPath", plugin_strip_prefix="stripPrefix"), **_LOGIN},
    "unix_domain_socket": _texts(plugin_unix_path="unixPath"),
}
