from frp.interfaces import IAuthenticatorKind
from frp.plugin import Contribution

token = Contribution(IAuthenticatorKind, "token", "a secret that frps and frpc share", "frp.auth.token.Token")
oidc = Contribution(IAuthenticatorKind, "oidc", "tokens of an OpenID Connect provider", "frp.auth.oidc.kind.OIDC")
