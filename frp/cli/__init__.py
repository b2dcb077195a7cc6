"""The commands. Only this floor knows the reactor."""
