"""The dashboard of frps and the administration pages of frpc."""
