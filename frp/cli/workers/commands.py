"""What a worker and its parent say to each other besides what is about the directory, by Twisted's AMP."""

from __future__ import annotations

from twisted.protocols import amp

from frp.directories.parent.commands import Long, Words

__all__ = [
    "Ask",
    "Drain",
    "Drains",
    "Failed",
    "Happened",
    "Introduce",
    "Introduced",
    "Ping",
    "Ready",
    "Reload",
    "Settle",
    "Stop",
]

#: Of a connection between two workers: that of the session, and that for users who are passed on.
_ENDS = ((b"session", amp.Descriptor()), (b"passage", amp.Descriptor()))

# A worker tells


class Ready(amp.Command):
    """It serves."""


class Failed(amp.Command):
    """It cannot start, and why."""

    arguments = [(b"brief", Words()), (b"detail", Words())]


class Drains(amp.Command):
    """Somebody has asked it to let its clients go, and means all of frps."""

    arguments = [(b"seconds", amp.Float())]


class Introduce(amp.Command):
    """
    It wants a connection with another worker, and has made one: these are the other's ends. C{to} is what the directory
    calls that one, C{node} and C{name} are this one's among nodes. The answer has the other's name; none where it is
    not there.
    """

    arguments = [(b"to", Words()), (b"node", Words()), (b"name", Words()), *_ENDS]
    response = [(b"name", Words())]


class Settle(amp.Command):
    """It has nobody any more. It is answered when the others have ended, if all are to end, and else at once."""


# Either tells


class Ask(amp.Command):
    """A worker asks another one. C{number} is who is to be asked, and to that one who asks."""

    arguments = [(b"number", amp.Integer()), (b"question", Long())]
    response = [(b"there", amp.Boolean()), (b"answer", Long())]


class Happened(amp.Command):
    """Something for the first worker to know. C{number} is where it has happened."""

    arguments = [(b"number", amp.Integer()), (b"what", Long())]
    requiresAnswer = False


# The parent tells


class Drain(amp.Command):
    """Let your clients go."""

    arguments = [(b"seconds", amp.Float())]
    requiresAnswer = False


class Introduced(amp.Command):
    """Another worker has made a connection, and these are your ends. It answers with its name among nodes."""

    arguments = [(b"node", Words()), (b"name", Words()), *_ENDS]
    response = [(b"name", Words())]


class Reload(amp.Command):
    """Take what can be taken of a configuration, which is pickled. It answers when it has."""

    arguments = [(b"config", Long())]


class Ping(amp.Command):
    """Are you there? It answers."""


class Stop(amp.Command):
    """End in good order."""

    requiresAnswer = False
