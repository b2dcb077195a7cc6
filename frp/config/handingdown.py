"""What several servers of one client have in common is written once, and handed down to each."""

from __future__ import annotations

from collections.abc import Callable, Mapping

__all__ = ["handedDown", "whereWritten"]

_SERVERS = "servers"
_HANDED = ("auth", "transport")
_PORT = "serverport"

#: Who says one of these for a server means it in place of what all have under the other name.
_INSTEAD = {"token": "tokensource", "tokensource": "token"}

_Content = Mapping[str, object]


def handedDown(content: _Content) -> _Content:
    """
    @param content: of a file of frpc, as it was parsed.
    @return: the same, where it has no C{servers}. Else C{auth} and C{transport} stand in each of them and no longer
        above, and so does C{serverPort}, as C{port}. What a server says itself counts, key by key.
    """
    entries = _entries(content)
    if not entries:
        return content
    common: dict[str, object] = {}
    rest: dict[str, object] = {}
    for name, value in content.items():
        low = str(name).lower()
        if low == _SERVERS:
            rest[name] = entries
        elif low in _HANDED:
            common[low] = value
        else:
            rest[name] = value
            if low == _PORT:
                common["port"] = value
    for n, entry in enumerate(entries):
        if isinstance(entry, Mapping):
            entries[n] = _over(common, entry)
    return rest


def whereWritten(content: object) -> Callable[[str], str]:
    """
    @param content: what was given to L{handedDown}.
    @return: turns the path of a key, as the reader knows it, into the one under which it stands in the file.
    """
    entries = _entries(content) if isinstance(content, Mapping) else []
    if not entries:
        return lambda path: path

    def written(path: str) -> str:
        first, _, own = path.partition(".")
        name, _, index = first.partition("[")
        if name != _SERVERS or not index or not own:
            return path
        above = own if own != "port" else "serverPort"
        handed = not _holds(entries[int(index[:-1])], own) and _holds(content, above)
        return above if handed else path

    return written


def _entries(content: _Content) -> list[object]:
    """@return: the servers; none where there is no list of them, which the reader complains of."""
    found = _at(content, _SERVERS)
    return list(found) if isinstance(found, list | tuple) else []


def _at(mapping: object, name: str) -> object:
    """@return: what stands under a name, in any case; None where nothing does."""
    if not isinstance(mapping, Mapping):
        return None
    return next((value for key, value in mapping.items() if str(key).lower() == name.lower()), None)


def _over(common: _Content, own: _Content) -> _Content:
    said = {str(name).lower(): name for name, value in own.items() if value is not None}
    hidden = said.keys() | {_INSTEAD[low] for low in said if low in _INSTEAD}
    merged = {name: value for name, value in common.items() if str(name).lower() not in hidden}
    for low, name in said.items():
        value, below = own[name], _at(common, low)
        merged[name] = _over(below, value) if isinstance(value, Mapping) and isinstance(below, Mapping) else value
    return merged


def _holds(content: object, path: str) -> bool:
    for step in path.split("."):
        content = _at(content, step.partition("[")[0])
    return content is not None
