"""Configurations in the INI format that frp had before TOML: reading them, and writing them as TOML."""
