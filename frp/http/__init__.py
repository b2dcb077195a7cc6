"""The HTTP engine: what the http gateway of frps and the HTTP plugins of frpc are made of."""
