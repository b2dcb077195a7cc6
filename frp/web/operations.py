"""
The operations of an API, declared at the methods that do them. From one declaration come the route, how what the method
returns is written, and what the description of the API (L{frp.web.openapi}) says of it::

    class Clients:
        @SECOND.operation("GET", "/clients/{key}", "one client", answers=Client, refuses={404: "unknown"})
        async def one(self, key: str) -> Client: ...

A method gets the parts of the path by their names, C{query} where it declares one, and C{body} where it takes one. It
returns what it C{answers}, or an L{Answer<frp.web.answers.Answer>}, and raises L{APIError<frp.web.answers.APIError>}.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

import attrs

from frp.values import frozen

__all__ = ["ANY", "FIRST", "PART", "PLAIN", "SECOND", "Body", "Manner", "Media", "Operation", "operationsOf"]

V = TypeVar("V", bound=Callable[..., object])

_DECLARED = "_operations"

#: Every method of HTTP.
ANY = "ANY"

#: A segment of a path that stands for any, and its name.
PART = re.compile(r"{(\w+)}")


@frozen
class Media:
    """
    What is no JSON: bytes, or a text.

    @ivar type: its content type.
    """

    type: str


@frozen
class Body:
    """
    What a request brings.

    @ivar shape: the type of what JSON says, of which the method gets an instance where it is an attrs class; or a
        L{Media}, of which it gets the bytes.
    """

    shape: object
    about: str = ""


@frozen
class Operation:
    """
    One operation.

    @ivar path: parts in braces, such as C{{name}}, stand for one segment.
    @ivar about: one line.
    @ivar answers: the type of what is returned, a L{Media}, or None for an answer without content.
    @ivar query: the class of what the query may say, whose fields are L{parameter<frp.web.queries.parameter>}s.
    @ivar refuses: why, by the status that says so; one below 400 leads elsewhere.
    @ivar locked: whether the password is needed.
    @ivar changes: whether something is another afterwards: then no page of another site may make a browser ask for it.
    @ivar method: what does it, of a resource.
    """

    manner: Manner
    verb: str
    path: str
    about: str
    answers: object = None
    query: type | None = None
    takes: Body | None = None
    refuses: Mapping[int, str] = attrs.field(factory=dict)
    locked: bool = True
    changes: bool = False
    method: Callable[..., object] | None = None


def _bare(value: object) -> object:
    return value


def _capital(code: int, brief: str) -> dict[str, object]:
    return {"Code": code, "Msg": brief}


def _enveloped(value: object) -> object:
    return {"code": 200, "msg": "success", "data": value}


def _small(code: int, brief: str) -> dict[str, object]:
    return {"code": code, "msg": brief, "data": None}


@frozen
class Manner:
    """
    How an API speaks.

    @ivar prefix: of its paths.
    @ivar wrapped: what stands around JSON that is answered.
    @ivar problem: the JSON of a refusal: its status, and the text.
    """

    prefix: str
    wrapped: Callable[[object], object] = _bare
    problem: Callable[[int, str], dict[str, object]] = _capital

    def operation(
        self,
        verb: str,
        path: str,
        about: str,
        *,
        answers: object = None,
        query: type | None = None,
        takes: Body | None = None,
        refuses: Mapping[int, str] | None = None,
        locked: bool = True,
        changes: bool | None = None,
    ) -> Callable[[V], V]:
        """
        Declare what the method does. The path goes on from L{prefix}; the rest is as in L{Operation}.

        @param changes: None says it of every verb but C{GET}.
        """
        declared = Operation(
            self,
            verb,
            self.prefix + path,
            about,
            answers,
            query,
            takes,
            refuses or {},
            locked,
            verb not in ("GET", ANY) if changes is None else changes,
        )

        def mark(method: V) -> V:
            vars(method).setdefault(_DECLARED, []).insert(0, declared)
            return method

        return mark


def operationsOf(resource: object) -> Iterator[Operation]:
    """
    @param resource: where it has a C{prefix}, its paths go on from that: one class may serve in many places.
    @return: in the order in which its class declares them, each with the method of this resource that does it.
    """
    prefix: str = getattr(resource, "prefix", "")
    names = {name: None for one in reversed(type(resource).__mro__) for name in vars(one)}
    for name in names:
        method = getattr(type(resource), name, None)
        for operation in getattr(method, _DECLARED, ()):
            own = operation.path.removeprefix(operation.manner.prefix)
            path = f"{operation.manner.prefix}{prefix}{own}"
            yield attrs.evolve(operation, path=path, method=getattr(resource, name))


#: The reference's first API: bare answers, and errors with capital keys.
FIRST = Manner("/api")

#: The reference's second API: everything in an envelope.
SECOND = Manner("/api/v2", _enveloped, _small)

#: What is no API.
PLAIN = Manner("")
