"""What stands between a server and its authenticator: a deadline, and a barrier for bugs."""

from __future__ import annotations

from twisted.internet.defer import Deferred, TimeoutError
from twisted.python.failure import Failure

from frp.errors import FRPError, Unavailable
from frp.interfaces import IAuthenticator, IStream
from frp.kinds.awaiting import later, within
from frp.server.serving import Serving
from frp.session.attended import attended
from frp.wire.messages import Login, NewWorkConn, Ping

__all__ = ["DEADLINE", "prove"]

#: Seconds that an authenticator has for one message: less than the ten that frpc waits for the answer to its login, so
#: that it hears why.
DEADLINE = 8.0


async def prove(
    serving: Serving,
    authenticator: IAuthenticator,
    message: Login | Ping | NewWorkConn,
    stream: IStream | None = None,
) -> None:
    """
    Have the proof in a message looked at.

    @param stream: what the message came on, paused, where that is all that there is of the peer: when it ends, the
        authenticator is not asked any more.
    @raise FRPError: it is not good; or nobody can know, for the authenticator has a bug, or does not answer.
    """
    try:
        answer = later(authenticator.verify(message))
        if answer is not None:
            asking: Deferred[None] = within(answer, DEADLINE, serving.reactor)
            await (asking if stream is None else attended(stream, asking))
    except FRPError:
        raise
    except TimeoutError as error:
        brief = f"the authentication method [{serving.config.auth.method}] of the server does not answer"
        raise Unavailable(brief, f"{brief}: {error}") from error
    except Exception as bug:
        brief = f"the authentication method [{serving.config.auth.method}] of the server has failed"
        serving.log.failure("{brief}", Failure(), brief=brief)
        raise Unavailable(brief, f"{brief}: {type(bug).__name__}: {bug}") from bug
