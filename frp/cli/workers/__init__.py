"""One frps on several processors: a parent that serves nobody, and its workers, each of which is a whole frps."""
