"""The JSON of the reference's HTTP plugins: what they are asked, and what they answer."""

from __future__ import annotations

import json
from typing import Any

import attrs

from frp.errors import RemoteWireError
from frp.interfaces.operations import Caller, Operation
from frp.wire.fields import flag, text
from frp.wire.gojson import KIND, Kind, Wrong, decodeObject, quote, toJSON
from frp.wire.messages import Login

__all__ = ["VERSION", "Answer", "answer", "request"]

VERSION = "0.1.0"
"""Of this protocol."""


@attrs.define
class _Address:
    client_address: str = text()


def _encodeMetas(metas: dict[str, str]) -> str:
    # Go writes a map that is not there as null; one that is there and empty does not come over the wire.
    return "{" + ",".join(f"{quote(key)}:{quote(metas[key])}" for key in sorted(metas)) + "}" if metas else "null"


@attrs.define
class _User:
    user: str = text(always=True)
    metas: dict[str, str] = attrs.field(factory=dict, metadata={KIND: Kind(_encodeMetas, lambda found: found, True)})
    run_id: str = text(always=True)


@attrs.define
class Answer:
    """
    What a plugin says.

    @ivar unchange: keep the content. It has to be said: without it the content is replaced.
    """

    reject: bool = flag()
    reject_reason: str = text()
    unchange: bool = flag()


def request(operation: Operation[object]) -> bytes:
    """The body of a request: the keys, their order and what is left out are those of the reference."""
    message = toJSON(operation.message)
    if isinstance(operation.message, Login):
        content = _joined(message, toJSON(_Address(operation.caller.address)))
    else:
        content = _joined(b'{"user":' + _user(operation.caller) + b"}", message)
    return b'{"version":"%s","op":"%s","content":%s}' % (VERSION.encode(), operation.name.encode(), content)


def _user(caller: Caller) -> bytes:
    return toJSON(_User(caller.user, caller.metas, caller.runId))


def _joined(first: bytes, second: bytes) -> bytes:
    return first if second == b"{}" else second if first == b"{}" else first[:-1] + b"," + second[1:]


def answer(data: bytes, kind: type[Any]) -> tuple[Answer, Any]:
    """
    Read the body of a response.

    @param kind: the class of the message that was asked about.
    @return: what was said, and the message that shall take the place of the other: all zero values where the plugin
        gave none, as in the reference. None where it gave null, which stops a whole Go frps.
    @raise RemoteWireError: it is not such an answer.
    """
    try:
        found = json.loads(data.decode("utf-8", "surrogateescape"))
        said = decodeObject(Answer, found)
        contents = [value for key, value in found.items() if key.lower() == "content"]
        if contents and contents[-1] is None:
            return said, None
        try:
            return said, decodeObject(kind, contents[-1] if contents else {})
        except Wrong as wrong:
            raise wrong.under("content") from None
    except Wrong as wrong:
        problem = f"{wrong.path}: {wrong.problem}" if wrong.path else wrong.problem
    except ValueError as error:
        problem = f"not JSON: {error}"
    except RecursionError:
        problem = "not JSON: nested too deeply"
    raise RemoteWireError(f"the answer cannot be used: {problem}")
