"""The web server of frps."""
