"""Holding a kind, and what it makes, to its interface: each breach with its file, its line, and what was expected."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches

from twisted.internet.interfaces import IProtocolFactory
from zope.interface import Interface
from zope.interface.exceptions import BrokenImplementation, BrokenMethodImplementation, DoesNotImplement, Invalid
from zope.interface.interface import Method
from zope.interface.verify import verifyClass, verifyObject

from frp import interfaces
from frp.errors import Fault
from frp.interfaces import IServerHook
from frp.kinds.places import placeOf

__all__ = [
    "OPERATIONS",
    "PASSES",
    "THINGS",
    "breaches",
    "canBeCalled",
    "expected",
    "nearest",
    "uncallable",
    "unmarked",
    "watchingFaults",
]

THINGS: Mapping[type[Interface], Mapping[str, type[Interface]]] = {
    interfaces.IAdminPartKind: {"part": interfaces.IWebPart},
    interfaces.IAuthenticatorKind: {"client": interfaces.IAuthenticator, "server": interfaces.IAuthenticator},
    interfaces.IClientPartKind: {"part": interfaces.IClientPart},
    interfaces.IClientPlugin: {"factory": IProtocolFactory},
    interfaces.IDashboardPartKind: {"part": interfaces.IWebPart},
    interfaces.IDirectoryKind: {"directory": interfaces.IDirectory},
    interfaces.IGatewayKind: {"gateway": interfaces.IGateway},
    interfaces.IProxyKind: {"serverProxy": interfaces.IServerProxy, "clientProxy": interfaces.IClientProxy},
    interfaces.IServerHookKind: {"hook": IServerHook},
    interfaces.IVisitorKind: {"visitor": interfaces.IVisitor},
    interfaces.IVisitorPlugin: {"visitor": interfaces.IVisitor},
}
"""By the interface of the kind and the method that makes it: the interface of the thing."""

OPERATIONS: Mapping[str, str] = {
    name[0].upper() + name[1:]: name
    for name, declared in IServerHook.namesAndDescriptions()
    if isinstance(declared, Method) and name != "close"
}
"""The operations that a hook may watch, and the methods that are called for them: C{NewProxy} is C{newProxy}."""

#: What marks a method of a hook that only lets pass: it is not what somebody means who watches the operation.
PASSES = "passes"


def breaches(
    promised: type[Interface], thing: object, title: str, *, place: str = "", page: str = "", declared: bool = True
) -> list[Fault]:
    """
    @param thing: an object, or the class of objects, of which the attributes that only instances have are not looked
        at.
    @param title: what the texts begin with.
    @param place: where it was announced, for things of which nobody knows where they stand.
    @param declared: whether it must say that it provides the interface.
    @return: in which ways it does not provide the interface; none where it does.
    """
    verify = verifyClass if isinstance(thing, type) else verifyObject
    try:
        verify(promised, thing, tentative=not declared)
    except Invalid as error:
        # More than one comes as a MultipleInvalid, of which the type checker does not know.
        found: tuple[Exception, ...] = getattr(error, "exceptions", (error,))
    except Exception as error:  # an attribute that is computed
        found = (Invalid(f"{type(error).__name__}: {error}"),)
    else:
        found = ()
    faults = [_fault(one, promised, thing, title, place, page) for one in found if _counts(one, promised)]
    return faults + (watchingFaults(thing, title, place, page) if promised is IServerHook else [])


def _counts(error: Exception, promised: type[Interface]) -> bool:
    """A hook needs only the methods of what it watches; those are looked for by themselves."""
    if promised is not IServerHook or type(error) is not BrokenImplementation:
        return True
    return _nameIn(error) not in OPERATIONS.values()


def _fault(error: Exception, promised: type[Interface], thing: object, title: str, announced: str, page: str) -> Fault:
    named = thing if isinstance(thing, type) else type(thing)
    place = placeOf(thing) or announced
    if isinstance(error, DoesNotImplement):
        what = f"{title}: {named.__name__} does not provide {_nameOf(promised)}"
        return Fault(what, place, f"@implementer({promised.__name__}) before class {named.__name__}", page)
    if isinstance(error, BrokenMethodImplementation):
        name = error.method if isinstance(error.method, str) else error.method.getName()
        what = f"{title}: {named.__name__}.{name} is not as its interface says: {_why(error)}"
        return Fault(what, placeOf(getattr(thing, name, None)) or place, expected(promised, name), page)
    if isinstance(error, BrokenImplementation):
        name = _nameIn(error)
        return Fault(f"{title}: {named.__name__} has no {name}", place, expected(promised, name), page)
    return Fault(f"{title}: {error}", place, f"what {promised.__module__}.{promised.__name__} says", page)


def _nameIn(error: BrokenImplementation) -> str:
    name: str = error.name if isinstance(error.name, str) else error.name.getName()
    return name


def watchingFaults(hook: object, title: str, place: str = "", page: str = "") -> list[Fault]:
    """@return: what a hook, or a class of hooks, watches and there is not, or there is no method for."""
    named = hook if isinstance(hook, type) else type(hook)
    place = placeOf(hook) or place
    watched: object = getattr(hook, "operations", ())
    if isinstance(hook, type) and not isinstance(watched, Collection):
        return []  # only an instance knows
    if isinstance(watched, str) or not isinstance(watched, Collection):
        what = f"{title}: {named.__name__}.operations is {watched!r}"
        return [Fault(what, place, "a tuple of names of frp.interfaces.operations, such as (NEW_PROXY,)", page)]
    return [fault for name in dict.fromkeys(watched) for fault in _watched(hook, named, name, title, place, page)]


def _watched(hook: object, named: type, operation: object, title: str, place: str, page: str) -> Iterator[Fault]:
    name = OPERATIONS.get(operation) if isinstance(operation, str) else None
    if name is None:
        near = nearest(str(operation), OPERATIONS)
        hint = near and f" (did you mean {near}?)"
        what = f"{title}: {named.__name__} watches {operation!r}, which there is not{hint}"
        yield Fault(what, place, f"one of {', '.join(OPERATIONS)}: they stand in frp.interfaces.operations", page)
        return
    method = getattr(hook, name, None)
    if method is not None and not getattr(method, PASSES, False):
        return
    own = [one for one in dir(named) if not one.startswith("_") and callable(getattr(named, one, None))]
    near = nearest(name, (one for one in own if one not in OPERATIONS.values()))
    what = f"{title}: {named.__name__} watches {operation}, but does not define {name}"
    yield Fault(f"{what}{near and f' (is {near} meant for it?)'}", place, expected(IServerHook, name), page)


def nearest(name: str, known: Iterable[str]) -> str:
    """@return: the name that looks most like it, whatever the case; empty where none does."""
    lower = {one.lower(): one for one in known}
    near = get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
    return lower[near[0]] if near else ""


def canBeCalled(thing: Callable[..., object], count: int) -> bool:
    """Whether it takes so many arguments by position. What cannot be looked into does."""
    try:
        inspect.signature(thing).bind(*range(count))
    except ValueError:
        return True
    except TypeError:
        return False
    return True


def uncallable(made: type, by: type[Interface], method: str, title: str, page: str = "") -> list[Fault]:
    """@return: what keeps a class from being called like the method of a kind in whose place it stands."""
    declared = by[method]
    assert isinstance(declared, Method)
    wanted = declared.positional
    if canBeCalled(made, len(wanted)):
        return []
    what = f"{title}: {method} is {made.__name__}, which is called with ({', '.join(wanted)}), and takes {_takes(made)}"
    place = placeOf(vars(made).get("__init__", made))
    return [Fault(what, place, f"def __init__(self, {', '.join(wanted)})", page)]


def _takes(made: type) -> str:
    return str(inspect.signature(made)).partition(" ->")[0]


def _why(error: BrokenMethodImplementation) -> str:
    return str(error.mess).replace("implementation", "it")


def expected(family: type[Interface], name: str) -> str:
    """@return: a member's declaration in its interface, and the first line of what it says there."""
    declared = family[name]
    signature = declared.getSignatureString() if isinstance(declared, Method) else ""
    shown = unmarked(" ".join((declared.getDoc() or "").strip().partition("\n\n")[0].split()))
    before, _, returns = shown.partition("@return: ")
    about = before.partition("@")[0].strip() or returns.partition(" @")[0]
    return f"{name}{signature}" + (f": {about}" if about else "")


def unmarked(text: str) -> str:
    """Without epytext's marks around words."""
    return re.sub(r"[CLI]\{(?:([^{}<]*?)\s*<[^{}]*>|([^{}]*))\}", lambda found: found[1] or found[2], text)


def _nameOf(promised: type) -> str:
    """Where a plugin imports it from: of a package of interfaces, the package."""
    package = promised.__module__
    if package.startswith("frp.interfaces."):
        package = "frp.interfaces"
    return f"{package}.{promised.__name__}"
