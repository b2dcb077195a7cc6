"""One frps that is several workers, seen and ordered as one."""
