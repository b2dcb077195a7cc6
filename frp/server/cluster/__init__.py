"""One server on several nodes: a user may come to any of them, wherever the client of the proxy is."""
