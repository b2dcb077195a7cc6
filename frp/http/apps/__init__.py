"""Applications of Python behind L{frp.http}: WSGI and ASGI."""
