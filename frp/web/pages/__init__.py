"""The pages of frps and frpc."""
