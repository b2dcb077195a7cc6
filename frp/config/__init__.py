"""Configuration, declared once: schemas, sources, loading, and what a change means."""
