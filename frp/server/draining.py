"""
A server that is to be left: it takes no new clients, and those that are here go when they have no user. Users of
clients at other nodes are waited for as well.
"""

from __future__ import annotations

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorTime
from twisted.python.failure import Failure

from frp.errors import TunnelLost
from frp.interfaces.flowing import Flowing
from frp.logs import Log
from frp.server.clients import Clients
from frp.session.deadline import Later

__all__ = ["LOOK", "SEEN", "Draining"]

#: Seconds between two looks at who still has a user.
LOOK = 0.5

#: Seconds in which a load balancer sees that no more is to come here: two looks, and some.
SEEN = 3.0

_WHY = "the server is being drained: another node takes this client"


class Draining:
    """
    Ends clients that have no user, as long as there are any.

    @ivar done: fires when nobody is here any more.
    """

    def __init__(
        self, clients: Clients, flowing: Flowing, clock: IReactorTime, log: Log, within: float, *, balanced: bool
    ) -> None:
        """
        @param flowing: the users that are being served, be their clients here or at other nodes.
        @param within: as for L{go}.
        @param balanced: users may come by way of a load balancer, which has to see first that this server drains.
        """
        self.done: Deferred[None] = Deferred()
        self._clients = clients
        self._flowing = flowing
        self._clock = clock
        self._log = log
        self._seen = clock.seconds() + (SEEN if balanced else 0)
        self._timer = Later(clock)
        self.go(within)

    def go(self, within: float) -> None:
        """
        Look from now on.

        @param within: seconds after which those go, too, that have users, and users are not waited for; in place of
            what was said before.
        """
        if self.done.called:
            return
        self._end = self._clock.seconds() + within
        self._log.info("those that have users go in {seconds:g} s at the latest", seconds=within)
        self._timer.stop()
        self._look()

    def __len__(self) -> int:
        """How many are left."""
        return len(self._clients)

    def stop(self) -> None:
        """The server stops: that ends all of them."""
        self._timer.stop()

    def _look(self) -> None:
        now, online, users = self._clock.seconds(), self._clients.online(), len(self._flowing)
        late = now >= self._end
        going = [control for control in online if late or not control.busy]
        busy = sum(control.busy for control in going)
        if busy:
            self._log.info("the time is over: clients that still have users are ended, {busy} of them", busy=busy)
        for control in going:
            control.close(Failure(TunnelLost(_WHY)))
        if online or (not late and (users or now < self._seen)):
            self._timer.set(LOOK, self._look)
            return
        if users:
            self._log.info("the time is over: {users} users of clients at other nodes are ended", users=users)
        else:
            self._log.info("nobody is here any more")
        self.done.callback(None)
