"""
What kinds make, and what hooks watch: read off the interfaces.
"""

from __future__ import annotations

from collections.abc import Mapping

from twisted.internet.interfaces import IProtocolFactory
from zope.interface import Interface
from zope.interface.interface import Method

from frp import interfaces
from frp.interfaces import IServerHook

__all__ = ["OPERATIONS", "THINGS"]

THINGS: Mapping[type[Interface], Mapping[str, type[Interface]]] = {
    interfaces.IAuthenticatorKind: {"client": interfaces.IAuthenticator, "server": interfaces.IAuthenticator},
    interfaces.IClientPartKind: {"part": interfaces.IClientPart},
    interfaces.IClientPlugin: {"factory": IProtocolFactory},
    interfaces.IGatewayKind: {"gateway": interfaces.IGateway},
    interfaces.IProxyKind: {"serverProxy": interfaces.IServerProxy, "clientProxy": interfaces.IClientProxy},
    interfaces.IServerHookKind: {"hook": IServerHook},
    interfaces.IVisitorKind: {"visitor": interfaces.IVisitor},
}
"""By the interface of the kind and the method that makes it: the interface of the thing."""

OPERATIONS: Mapping[str, str] = {
    name[0].upper() + name[1:]: name
    for name, declared in IServerHook.namesAndDescriptions()
    if isinstance(declared, Method) and name != "close"
}
"""The operations that a hook may watch, and the methods that are called for them: C{NewProxy} is C{newProxy}."""
