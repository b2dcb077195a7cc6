from frp.interfaces import IServerHookKind
from frp.plugin import Contribution

accesslog = Contribution(
    IServerHookKind, "accesslog", "a line of JSON for every login and user", "frp.hooks.accesslog.AccessLogKind"
)
ban = Contribution(IServerHookKind, "ban", "keeps out who is refused again and again", "frp.hooks.ban.BanKind")
http = Contribution(IServerHookKind, "http", "asks an HTTP service", "frp.hooks.remote.HTTPPlugin")
limits = Contribution(
    IServerHookKind, "limits", "limits connections by user, proxy and address", "frp.hooks.limits.LimitsKind"
)
networks = Contribution(
    IServerHookKind, "networks", "lets clients and users in by their addresses", "frp.hooks.networks.NetworksKind"
)
users = Contribution(
    IServerHookKind, "users", "users with their own tokens, ports, domains and limits", "frp.hooks.users.UsersKind"
)
webhook = Contribution(
    IServerHookKind, "webhook", "tells a URL which clients and proxies come and go", "frp.hooks.webhook.WebhookKind"
)
