"""A directory for the workers of one frps: their parent has it, and each reaches it by a connection of its own."""
