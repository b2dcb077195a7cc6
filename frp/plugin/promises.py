"""
Holding a kind to its interface: each breach with its file, its line, and what was expected.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zope.interface import Interface
from zope.interface.exceptions import (
    BrokenImplementation,
    BrokenMethodImplementation,
    DoesNotImplement,
    Invalid,
)
from zope.interface.interface import Method
from zope.interface.verify import verifyObject

from frp.errors import Fault
from frp.plugin.places import pageOf, placeOf

if TYPE_CHECKING:
    from frp.plugin.contribution import Contribution

__all__ = ["breaches"]


def breaches(family: type[Interface], kind: Any, announced: Contribution) -> list[Fault]:
    """@return: in which ways the kind does not provide the interface; none where it does."""
    try:
        verifyObject(family, kind)
    except Invalid as error:
        # More than one comes as a MultipleInvalid, of which the type checker does not know.
        found: tuple[Exception, ...] = getattr(error, "exceptions", (error,))
    except Exception as error:  # an attribute that is computed
        found = (Invalid(f"{type(error).__name__}: {error}"),)
    else:
        return []
    return [_fault(one, family, kind, announced) for one in found]


def _fault(error: Exception, family: type[Interface], kind: Any, announced: Contribution) -> Fault:
    title, page = announced.title, pageOf(family)
    named = kind if isinstance(kind, type) else type(kind)
    place = placeOf(kind) or announced.place
    if isinstance(error, DoesNotImplement):
        what = f"{title}: {named.__name__} does not provide {family.__module__}.{family.__name__}"
        return Fault(what, place, f"@implementer({family.__name__}) before class {named.__name__}", page)
    if isinstance(error, BrokenMethodImplementation):
        name = error.method if isinstance(error.method, str) else error.method.getName()
        what = f"{title}: {named.__name__}.{name} is not as its interface says: {_why(error)}"
        return Fault(what, placeOf(getattr(kind, name, None)) or place, _expected(family, name), page)
    if isinstance(error, BrokenImplementation):
        name = error.name if isinstance(error.name, str) else error.name.getName()
        return Fault(f"{title}: {named.__name__} has no {name}", place, _expected(family, name), page)
    return Fault(f"{title}: {error}", place, f"what {family.__module__}.{family.__name__} says", page)


def _why(error: BrokenMethodImplementation) -> str:
    return str(error.mess).replace("implementation", "it")


def _expected(family: type[Interface], name: str) -> str:
    """The declaration in the interface, and the first line of what it says there."""
    declared: Any = family[name]
    signature = declared.getSignatureString() if isinstance(declared, Method) else ""
    about = " ".join((declared.getDoc() or "").strip().partition("\n\n")[0].split())
    return f"{name}{signature}" + (f": {_plain(about)}" if about else "")


def _plain(text: str) -> str:
    """Without the marks of epytext."""
    shown = re.sub(r"[CLI]\{(?:([^{}<]*)<[^{}]*>|([^{}]*))\}", lambda found: found[1] or found[2], text)
    about, _, returns = shown.partition("@return: ")
    return about.partition("@")[0].strip() or returns.partition(" @")[0]
