"""Users who are passed on to somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress, IStreamClientEndpoint
from twisted.internet.protocol import Factory, Protocol, connectionDone
from twisted.python.failure import Failure

from frp.errors import FRPError, LocalWireError
from frp.interfaces import IClientPluginSite, IStream
from frp.session.carrier import carrierOf

__all__ = ["Onward", "OnwardFactory"]

T = TypeVar("T")


class Onward(Protocol):
    """A user for whom something is dialled. The user is held up meanwhile; when it leaves, the attempt ends."""

    transport: IStream

    def __init__(self, site: IClientPluginSite) -> None:
        self.site = site
        self._giveUp: Callable[[], None] | None = None
        self._left = False

    def dial(self, endpoint: IStreamClientEndpoint) -> None:
        """Leads to L{reached} or L{unreached}, possibly within this call."""
        self.holdFor(carrierOf(endpoint), self.reached)

    def holdFor(self, waited: Deferred[T], then: Callable[[T], object]) -> None:
        """
        Hold the user up until there is something.

        @param then: called with it, unless the user has left; a failure leads to L{unreached}.
        """
        self.transport.pauseProducing()
        self._giveUp = waited.cancel

        def came(result: T) -> None:
            self._giveUp = None
            then(result)

        def failed(failure: Failure) -> None:
            self._giveUp = None
            if self._left:
                return
            failure.trap(FRPError)
            assert isinstance(failure.value, FRPError)
            self.unreached(failure.value)

        waited.addCallbacks(came, failed)
        waited.addErrback(self._broke)

    def _broke(self, failure: Failure) -> None:
        self.site.log.failure("a user could not be passed on", failure)
        self.transport.abortConnection()

    def reached(self, local: IStream) -> None:
        """The connection is there, with nothing read or written."""
        raise NotImplementedError

    def unreached(self, error: FRPError) -> None:
        raise NotImplementedError

    def connectionLost(self, reason: Failure = connectionDone) -> None:
        self._left = True
        giveUp, self._giveUp = self._giveUp, None
        if giveUp is not None:
            giveUp()


class OnwardFactory(Factory):
    """Users who are all passed on to one service, with a PROXY header in front where the proxy has one."""

    noisy = False

    def __init__(self, site: IClientPluginSite, endpoint: IStreamClientEndpoint, down: str, headless: str) -> None:
        """
        @param down: the line of the log where the service is not reached.
        @param headless: the line where the header cannot be written, such as for a user without an IP address.
        """
        self.site = site
        self.endpoint = site.service(endpoint)
        self.down = down
        self.headless = headless

    def buildProtocol(self, addr: IAddress | None) -> Protocol:
        return _Passed(self)


class _Passed(Onward):
    def __init__(self, users: OnwardFactory) -> None:
        super().__init__(users.site)
        self._users = users

    def connectionMade(self) -> None:
        self.dial(self._users.endpoint)

    def reached(self, local: IStream) -> None:
        try:
            local.write(self.site.header(self.transport))
        except LocalWireError as error:
            local.abortConnection()
            self._end(self._users.headless, error)
        else:
            self.site.join(self.transport, local)

    def unreached(self, error: FRPError) -> None:
        self._end(self._users.down, error)

    def _end(self, line: str, error: FRPError) -> None:
        self.site.log.warn(line, reason=error.detail)
        self.transport.abortConnection()
