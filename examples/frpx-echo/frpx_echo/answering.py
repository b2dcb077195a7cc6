"""What answers a user."""

from twisted.internet.protocol import Factory, Protocol

__all__ = ["Answer", "answers"]


class Answer(Protocol):
    """Greets, and says back what it hears. Who sends and does not read is paused."""

    def connectionMade(self):
        self.transport.registerProducer(self.transport, True)
        self.transport.write(self.factory.greeting)

    def dataReceived(self, data):
        self.transport.write(data)

    def connectionLost(self, reason):
        self.transport.unregisterProducer()


def answers(greeting):
    """@return: a factory of them."""
    factory = Factory.forProtocol(Answer)
    factory.noisy = False
    factory.greeting = greeting.encode()
    return factory
