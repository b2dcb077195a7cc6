"""What the process is doing."""
