"""Tests of the client, in memory."""
