"""The examples of kinds that need not be configured."""

from __future__ import annotations

from typing import Any

import tomli
from zope.interface.verify import verifyObject

from frp.interfaces import IConfigured

__all__ = ["examplesOf"]


def examplesOf(kind: Any) -> list[dict[str, Any]]:
    """@return: the tables that the kind gives as examples, one at least; none where it has no schema."""
    if not IConfigured.providedBy(kind):
        assert not hasattr(kind, "schema"), "it has a schema, and does not provide IConfigured"
        return []
    verifyObject(IConfigured, kind)
    assert kind.examples, "it has no examples"
    return [tomli.loads(example) for example in kind.examples]
