"""C{transport.protocol = "websocket"} and C{"wss"}."""
