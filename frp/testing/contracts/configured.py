"""What every kind must do that stands in a table of the configuration."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

import tomli
from zope.interface import Interface

from frp.client.service import FRPClient
from frp.errors import ConfigErrors

if TYPE_CHECKING:
    from frp.testing.cases import NetworkTestCase

    _Base = NetworkTestCase
else:
    _Base = object

__all__ = ["ConfiguredContract", "UsedContract"]


class ConfiguredContract(_Base):
    """
    A kind with a schema, under the name that its tables give as C{type}.

    @cvar family: the interface of its family.
    """

    family: ClassVar[type[Interface]]
    name = ""

    def kind(self) -> Any:
        """The kind, as the programs find it."""
        return self.network.registry.get(self.family, self.name)

    def fromExample(self, example: dict[str, Any]) -> object:
        """
        @param example: one of the kind's.
        @return: what it is once it has been read as a part of a configuration.
        @raise ConfigErrors: it cannot be read.
        """
        raise NotImplementedError

    def test_examples(self) -> None:
        """Every example can be used as it stands."""
        self.assertTrue(self.kind().examples)
        for example in self.kind().examples:
            try:
                read = self.fromExample(tomli.loads(example))
            except ConfigErrors as error:
                raise AssertionError(f"{example}: {error}") from error
            self.assertIsInstance(read, self.kind().schema)


class UsedContract(ConfiguredContract):
    """
    The same, of a kind that users are led to or by, through frps and frpc.

    @cvar treatments: the C{transport} tables under which it works.
    """

    treatments: tuple[dict[str, Any], ...] = ()

    def start(self, **keys: Any) -> FRPClient:
        """
        Start all that it needs.

        @param keys: of the table that it stands in, such as C{transport}.
        @return: the client that it is configured at.
        """
        raise NotImplementedError

    def use(self) -> None:
        """Fail when it does not do what it is for."""
        raise NotImplementedError

    def test_use(self) -> None:
        """It does what it is for."""
        self.start()
        self.use()

    def test_treatments(self) -> None:
        """What may be done to the bytes on their way changes nothing."""
        for number, transport in enumerate(self.treatments):
            self.network.bindPort = 7000 + number
            self.start(transport=transport)
            self.use()
            self.assertEqual(self.network.stop(), [])
