"""INI files as people have them, changed here and there; the same for the same number."""

from __future__ import annotations

import random

__all__ = ["FRPC", "FRPS", "mutated"]

FRPS = """\
[common]
bind_addr = 127.0.0.1
bind_port = 7000
kcp_bind_port = 7000
vhost_http_port = 8080
vhost_https_port = 8443
tcpmux_httpconnect_port = 1337
vhost_http_timeout = 30
dashboard_addr = 127.0.0.1
dashboard_port = 7500
dashboard_user = admin
dashboard_pwd = "a secret"
dashboard_tls_mode = false
dashboard_tls_cert_file = ./server.crt
dashboard_tls_key_file = ./server.key
enable_prometheus = true
# a comment
log_file = console
log_way = console
log_level = info
log_max_days = 3
authentication_method = token
authenticate_heartbeats = true
authenticate_new_work_conns = yes
token = %(user)s-123
oidc_issuer = https://example.org
oidc_skip_expiry_check = false
allow_ports = 2000-3000,3001, 4000-5000
max_pool_count = 5
max_ports_per_client = 0
tls_only = false
tls_trusted_ca_file = ca.crt
subdomain_host = frps.example.com
tcp_mux = true
tcp_keepalive = 7200
heartbeat_timeout = 90
user_conn_timeout = 10
udp_packet_size = 1500
pprof_enable = on
custom_404_page = /404.html

[plugin.user-manager]
addr = 127.0.0.1:9000
path = /handler
ops = Login,NewProxy
tlsVerify = true

[plugin.port-manager]
addr = 127.0.0.1:9001
path = /handler
ops = NewProxy
"""

FRPC = """\
[common]
server_addr = 127.0.0.1
server_port = 7000
token = 12345678
user = ann
protocol = tcp
pool_count = 5
tcp_mux = true
tls_enable = true
tls_cert_file = client.crt
admin_port = 7400
admin_user = admin
admin_pwd = 'a;b'
dial_server_timeout = 10
heartbeat_interval = 30
heartbeat_timeout = 90
login_fail_exit = true
log_level = info
quic_keepalive_period = 10
meta_var1 = 123
oidc_additional_var = x
authenticate_heartbeats = true
authentication_method = token
oidc_client_id = id
oidc_token_endpoint_url = https://example.org/token
udp_packet_size = 1500

[ssh]
type = tcp
local_ip = 127.0.0.1
local_port = 22
remote_port = 6001
bandwidth_limit = 1MB
bandwidth_limit_mode = client
use_encryption = true
use_compression = no
group = g
group_key = 12
health_check_type = tcp
health_check_timeout_s = 3
health_check_max_failed = 3
health_check_interval_s = 10
meta_var = %(type)s

[range:ports]
type = udp
local_port = 6010-6012,6014
remote_port = 6010-6012,6014

[web]
type = http
local_port = 80
subdomain = web
custom_domains = a.example.com, b.example.com
locations = /,/pic
http_user = admin
http_pwd = admin
host_header_rewrite = example.com
header_X-From-Where = frp
health_check_type = http
health_check_url = /status

[web.more]
custom_domains = c.example.com

[site]
type = https
custom_domains = d.example.com
proxy_protocol_version = v2
plugin = https2http
plugin_local_addr = 127.0.0.1:80
plugin_crt_path = ./server.crt
plugin_key_path = ./server.key
plugin_header_X-From-Where = frp

[files]
type = tcp
remote_port = 6006
plugin = static_file
plugin_local_path = /var/www
plugin_strip_prefix = static
plugin_http_user = abc
plugin_http_passwd = %(plugin)s

[secret]
type = stcp
sk = abcdefg
local_port = 22
allow_users = ann, bob

[secret_visitor]
role = visitor
type = stcp
server_name = secret
sk = abcdefg
bind_port = 9000

[mux]
type = tcpmux
multiplexer = httpconnect
local_port = 10701
custom_domains = tunnel1
route_by_http_user = user1
"""

_VALUES = (
    "", "0", "1", "-1", "70000", "7001", "0x1B", "017", "08", "1_000", "1e3", "3.5", "abc", "true", "No", "ON", "yEs",
    "7000 # why", "7000 ; why", "a,b", "a, b ,", "\\", "a\\,b", 'q"', '"7002"', "'on'", "'a' 'b'", '""', "`a b`",
    '"""x"y"""', "%(type)s", "%(token)s", "%(nobody)s", "100%", "1-3", "3-1", "6000-6003", "5,5", "1-2-3", "tcp",
    "udp", "http", "stcp", "sudp", "visitor", "server", "kcp", "wss", "oidc", "socks5", "nothing", "1KB", "2.5MB",
    "1GB", "trace", "v1", "v3", "a.b", "*", "Login", "[x]", "\xa0 9 \xa0", "ü", "9223372036854775808", "+5", " 12 ",
)  # fmt: skip
_ROWS = (
    "", "; comment", "# comment", "[common]", "[ssh]", "[new]", "[ssh.below]", "[range:more]", "[DEFAULT]",
    "[plugin]", "[plugin.x]", "[ common ]", "[common", "[]", "alone", "alone \\", "= 1", '"quoted" = 2',
    '"""three""": 3', "`b` : 4", '"open = 5', "- = 6", "role = visitor", "type = tcp", "type = xyz", "local_port = 1",
    "start = ssh,web", "start = ,", "\\", "includes = ./none/*.ini", "use_encryption", "token = `a", "`", "meta_ = x",
    "header_Y = z", "plugin = http_proxy", "group", "\ttls_enable: false", "heartbeat_interval = 100",
    "bandwidth_limit = x", "custom_domains = ",
)  # fmt: skip


def mutated(number: int) -> tuple[str, str]:
    """@return: C{frps} or C{frpc}, and the text of a file for it."""
    chance = random.Random(number)
    program, text = ("frps", FRPS) if number % 3 == 0 else ("frpc", FRPC)
    rows = text.split("\n")
    for _ in range(chance.choice((0, 1, 1, 2, 3, 5, 8))):
        _change(rows, chance)
    end = chance.choice(("\n", "\n", "\n", "\r\n"))
    return program, end.join(rows)


def _change(rows: list[str], chance: random.Random) -> None:
    n = chance.randrange(len(rows))
    key, _, value = rows[n].partition(" = ")
    kind = chance.randrange(10)
    if kind < 5 and value:
        rows[n] = f"{key} = {chance.choice(_VALUES)}"
    elif kind == 5:
        del rows[n]
    elif kind == 6:
        rows.insert(n, rows[chance.randrange(len(rows))])
    elif kind == 7 and value:
        rows[n] = chance.choice(("\t{}={}", "{}:{}", "  {}  =  {}  ", '"{}" = {}', "{} = {}\\", "{}")).format(
            key, value
        )
    else:
        rows.insert(n, chance.choice(_ROWS))
