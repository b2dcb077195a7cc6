"""The registries of a frps that runs alone: they are kept in memory, and answer at once."""
