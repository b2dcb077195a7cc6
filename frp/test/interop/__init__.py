"""Tests against the reference: what its programs once said, and the programs themselves where they are at hand."""
