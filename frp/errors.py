"""The errors of frp: whose fault it is, is the type; what to tell whom, is in the fields."""

from __future__ import annotations

from collections.abc import Iterable

from frp.values import frozen

__all__ = [
    "AuthError",
    "ConfigError",
    "ConfigErrors",
    "Disabled",
    "FRPError",
    "Fault",
    "Holder",
    "LinkLost",
    "LocalServiceDown",
    "LocalWireError",
    "NameTaken",
    "NoWorkStream",
    "PluginError",
    "PortTaken",
    "Refused",
    "RemoteWireError",
    "RouteTaken",
    "TunnelLost",
    "Unavailable",
    "UnknownKey",
    "WireError",
    "bugBehind",
    "reasonOf",
]


@frozen
class Holder:
    """
    Who has what somebody else wants.

    @ivar proxy: its name; empty where a client has it.
    @ivar client: its L{key<frp.interfaces.registries.keyOf>}; empty where a proxy has it.
    """

    proxy: str = ""
    client: str = ""

    def __str__(self) -> str:
        return f"proxy [{self.proxy}]" if self.proxy else f"client [{self.client}]"


class FRPError(Exception):
    """
    Something went wrong that frp understands. Anything else that is raised is a bug.

    @ivar brief: safe for the peer and for a page: no secret, no internal name.
    @ivar detail: for our own log; what was found, where, and what to do. The brief text where there is nothing to add.
    @ivar holder: whom the detail names as having what was asked for; None where nobody has it.
    @cvar cause: a word for what it was, of which there are few, for numbers of errors.
    """

    cause = "error"

    def __init__(self, brief: str, detail: str = "", *, holder: Holder | None = None) -> None:
        super().__init__(detail or brief)
        self.brief = brief
        self.holder = holder
        self._detail = detail

    def __str__(self) -> str:
        return self.detail

    @property
    def detail(self) -> str:
        return self._detail or self.brief

    @property
    def oneLine(self) -> str:
        """The detail on one line, as a log has it."""
        return "; ".join(self.detail.splitlines())

    @property
    def more(self) -> str:
        """What the detail says besides the brief text; empty where that is nothing."""
        return self.detail.removeprefix(self.brief).strip(" :;")


class ConfigError(FRPError):
    """
    One thing in a configuration that cannot be used.

    @ivar path: where it stands, as a user would write it: C{transport.tls.certFile}, C{proxies[3].localPort}; empty for
        the whole.
    @ivar line: the line in the file, from 1; 0 where the format does not tell.
    @ivar problem: the text that the reference prints for it, so that scripts find what they look for.
    @ivar hint: what to do about it, or empty.
    """

    def __init__(self, path: str, problem: str, *, line: int = 0, hint: str = "") -> None:
        self.path = path
        self.problem = problem
        self.line = line
        self.hint = hint
        super().__init__(problem)

    def behind(self, text: str) -> ConfigError:
        """@return: the same, where a text and a colon stand before the problem."""
        return type(self)(self.path, f"{text}: {self.problem}", line=self.line, hint=self.hint)

    @property
    def advised(self) -> str:
        """The problem, and in brackets what to do: for whoever says in another way where it stands."""
        return f"{self.problem} ({self.hint})" if self.hint else self.problem

    @property
    def detail(self) -> str:
        """The problem, and in brackets where it stands and what to do."""
        about = self.more or self.path
        return f"{self.problem} ({about})" if about else self.problem

    @property
    def more(self) -> str:
        """Line, path and hint; empty where nobody knows more than the path."""
        if not self.line and not self.hint:
            return ""
        where = ", ".join(part for part in (self.line and f"line {self.line}", self.path) if part)
        return ": ".join(part for part in (where, self.hint) if part)


class UnknownKey(ConfigError):
    """A key that means nothing, which can be passed over."""


class ConfigErrors(FRPError):
    """
    Everything that is wrong with one configuration, at once.

    @ivar problems: the single errors, in the order in which the reference would meet them; never empty.
    """

    def __init__(self, problems: Iterable[ConfigError]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(p.brief for p in self.problems))

    @property
    def detail(self) -> str:
        return "\n".join(problem.detail for problem in self.problems)

    @property
    def more(self) -> str:
        """A line for each of which more is known."""
        return "\n".join(problem.more for problem in self.problems if problem.more)


@frozen(eq=False)
class Fault:
    """
    One thing that is wrong with a plugin.

    @ivar what: what was found.
    @ivar place: the file and the line, C{"hello.py:12"}; empty where nobody knows.
    @ivar expected: what should have stood there.
    @ivar page: the name of the page that says how it is done, as C{frpc docs} takes it.
    """

    what: str
    place: str = ""
    expected: str = ""
    page: str = ""

    def __str__(self) -> str:
        lines = [f"{self.place}: {self.what}" if self.place else self.what]
        lines += [f"    expected: {self.expected}"] if self.expected else []
        return "\n".join([*lines, f"    see: frpc docs {self.page}"] if self.page else lines)


class PluginError(FRPError):
    """
    An unknown name, two owners of one name, or a promise that a plugin broke.

    @ivar faults: each breach; empty where the name is unknown.
    @ivar bug: what a plugin raised while it was at work; to be logged with its traceback.
    """

    def __init__(
        self, brief: str, detail: str = "", *, faults: Iterable[Fault] = (), bug: BaseException | None = None
    ) -> None:
        self.faults = tuple(faults)
        self.bug = bug
        super().__init__(brief, detail or "\n".join(map(str, self.faults)))


def bugBehind(error: BaseException | None) -> BaseException | None:
    """
    @return: what is logged with its traceback: an error that is none of ours, or the one that a plugin raised and that
        we tell as a L{PluginError}. None where there is no bug.
    """
    if isinstance(error, PluginError):
        return error.bug
    return None if isinstance(error, FRPError) else error


def reasonOf(error: OSError) -> str:
    """What the system says, as the reference prints it."""
    return (error.strerror or str(error)).lower()


class WireError(FRPError):
    """The bytes of a peer and the protocol do not agree."""


class RemoteWireError(WireError):
    """The peer sent what the protocol forbids. Only the connection that carried it ends."""


class LocalWireError(WireError):
    """We were about to send what the protocol forbids: a bug or a configuration of ours."""


class AuthError(FRPError):
    """The peer did not prove who it is."""


class Refused(FRPError):
    """A hook, a limit or a rule of the server said no, or a proxy on the way there does not want us."""

    cause = "rule"


class Disabled(Refused):
    """An operator said no."""

    cause = "disabled"


class RouteTaken(Refused):
    """Another proxy has this domain, with this location and for this user."""

    cause = "route"


class Unavailable(FRPError):
    """What was asked for exists, but cannot be had now."""

    cause = "unavailable"


class PortTaken(Unavailable):
    """The port is held by another proxy, by another program, or not allowed."""

    cause = "port"


class NameTaken(Unavailable):
    """Another proxy has this name."""

    cause = "name"


class NoWorkStream(Unavailable):
    """The client did not bring a work connection in time."""


class LocalServiceDown(Unavailable):
    """The local service behind a proxy does not answer."""


class TunnelLost(FRPError):
    """The session to the peer ended."""


class LinkLost(TunnelLost):
    """The session between two nodes of a server ended. Whoever was served over it has not had all that is for him."""
