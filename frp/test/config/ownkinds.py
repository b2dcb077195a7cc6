"""Kinds of others that have keys of their own: an authenticator, a transport and a gateway; and some with a mistake."""

from __future__ import annotations

from typing import Any

from zope.interface import directlyProvides, implementer

from frp.config.schema import key, table
from frp.config.server import GatewayConfig
from frp.interfaces import IAuthenticatorKind, IConfigured, IGatewayKind, ITunnelTransport
from frp.kinds import Contribution, Registry

__all__ = ["DoorConfig", "LDAPConfig", "PigeonConfig", "contribution", "ownRegistry"]


def _urlProblem(url: str, _table: object) -> str:
    return "" if url.startswith("ldap") else "auth.ldap.url must be an LDAP URL"


@table
class LDAPConfig:
    """Asks a directory."""

    url: str = key("", "The directory.", check=_urlProblem)
    password: str = key("", "What the directory asks for.", secret=True)


@table
class PigeonConfig:
    """Birds."""

    birds: int = key(2, "How many there are.")


@table
class DoorConfig(GatewayConfig):
    """A door."""

    port: int = key(7070, "The port that users reach.")


class _Authenticator:
    def client(self, auth: Any, site: Any) -> Any:
        raise NotImplementedError

    def server(self, auth: Any, site: Any) -> Any:
        raise NotImplementedError


@implementer(IAuthenticatorKind, IConfigured)
class LDAP(_Authenticator):
    """With keys."""

    schema = LDAPConfig
    examples = ('url = "ldap://example.com"\n',)


@implementer(IAuthenticatorKind)
class Plain(_Authenticator):
    """Without keys."""


@implementer(IAuthenticatorKind)
class Silent(_Authenticator):
    """It has keys, and does not say so."""

    schema = LDAPConfig
    examples = LDAP.examples


@implementer(IAuthenticatorKind, IConfigured)
class Untabled(_Authenticator):
    """Its keys are none."""

    schema = dict
    examples = ("",)


# It says that it is configured, and gives no schema. No class, for in one the type checker would see that.
bare = Plain()
directlyProvides(bare, IAuthenticatorKind, IConfigured)


@implementer(ITunnelTransport, IConfigured)
class Pigeon:
    """With keys."""

    schema = PigeonConfig
    examples = ("birds = 3\n",)

    def dial(self, site: Any) -> Any:
        """Never called here."""
        raise NotImplementedError

    def listen(self, site: Any) -> None:
        """Never called here."""
        raise NotImplementedError


@implementer(IGatewayKind, IConfigured)
class Door:
    """With keys."""

    schema = DoorConfig
    examples = ('type = "door"\nport = 1\n',)

    def gateway(self, config: Any, site: Any) -> Any:
        """Never called here."""
        raise NotImplementedError


def contribution(family: Any, name: str, target: str) -> Contribution:
    """An announcement of one of these."""
    return Contribution(family, name, "of a test", target if "." in target else f"{__name__}.{target}")


def ownRegistry(*more: Contribution) -> Registry:
    """Knows ldap, plain, carrierpigeon, door, and the gateway https."""
    return Registry(
        find=lambda: [
            contribution(IAuthenticatorKind, "ldap", "LDAP"),
            contribution(IAuthenticatorKind, "plain", "Plain"),
            contribution(ITunnelTransport, "carrierpigeon", "Pigeon"),
            contribution(IGatewayKind, "door", "Door"),
            contribution(IGatewayKind, "https", "frp.gateways.https.HTTPS"),
            *more,
        ]
    )
