"""The events of frpc."""

from __future__ import annotations

from collections.abc import Callable

from frp.client.remote import Remote
from frp.client.running import Phase, RunningProxy
from frp.client.service import FRPClient
from frp.client.session import ClientSession
from frp.client.visitors import RunningVisitor
from frp.web.events import Events

__all__ = ["happenings"]

_TOPICS = {
    Phase.RUNNING: "proxy.up",
    Phase.CLOSED: "proxy.down",
    Phase.START_ERROR: "proxy.error",
    Phase.CHECK_FAILED: "proxy.error",
}


def happenings(client: FRPClient, events: Events) -> None:
    """Make events of what becomes of a client: its sessions, its proxies and visitors, and which are wanted."""

    def changed(running: RunningProxy) -> None:
        topic, config = _TOPICS.get(running.phase), running.config
        if topic is not None:
            events.tell(topic, config.name, type=config.type, user=client.config.user, why=running.error)

    def missed(running: RunningProxy) -> None:
        config = running.config
        events.tell("proxy.missed", config.name, type=config.type, user=client.config.user, why=running.backend.why)

    def entered(remote: Remote, session: ClientSession) -> None:
        events.tell("server.in", remote.title)
        session.lost.addCallback(_left(lambda why: events.tell("server.out", remote.title, why=why)))

    def visited(running: RunningVisitor) -> None:
        topic, config = "visitor.up" if running.opened else "visitor.error", running.config
        events.tell(topic, config.name, type=config.type, user=client.config.user, why=running.error)

    client.watchers.append(changed)
    client.missed.append(missed)
    client.visitors.watchers.append(visited)
    client.sources.watchers.append(lambda: events.tell("config.changed", ""))
    client.greeters.append(entered)
    client.failed.append(lambda remote: events.tell("server.error", remote.title, why=remote.error))


def _left(tell: Callable[[str], object]) -> Callable[[BaseException], BaseException]:
    def lost(error: BaseException) -> BaseException:
        tell(str(error))
        return error

    return lost
