"""Announcing kinds, and configuring them."""

from __future__ import annotations

from twisted.plugin import IPlugin
from zope.interface import Attribute, Interface

__all__ = ["IConfigured", "IContribution"]


class IContribution(IPlugin):
    """
    What stands in C{twisted/plugins}: the announcement of one kind. Cheap to import; the kind behind it is loaded, and
    verified against its family's interface, when it is first asked for.
    """

    family: type = Attribute("the interface which the kind provides, such as L{IProxyKind}")
    name: str = Attribute("what users write in a configuration, unique in the family")
    summary: str = Attribute("one line for C{frps plugins}")
    target: str = Attribute("dotted name of the kind: a class without constructor arguments, or an object")


class IConfigured(Interface):
    """
    A kind that users configure. Proxy types, client plugins, visitors and hooks are; a gateway, a transport or an
    authenticator provides this besides, if it has keys of its own.
    """

    schema: type = Attribute("the declared configuration class (L{frp.config.schema})")
    examples: tuple[str, ...] = Attribute("TOML texts, each a complete table; tested, and shown in the reference")
