"""The web server of frpc."""
