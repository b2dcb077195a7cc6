"""Tests of INI files."""
