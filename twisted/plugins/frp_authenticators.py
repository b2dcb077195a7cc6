from frp.interfaces import IAuthenticatorKind
from frp.plugin import Contribution

token = Contribution(IAuthenticatorKind, "token", "a secret that frps and frpc share", "frp.auth.token.Token")
