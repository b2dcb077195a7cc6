"""Version 2 of the wire: frames with a type, hellos, and control messages that are sealed."""
