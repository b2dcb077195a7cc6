"""The pages of real programs in a real browser; skipped where there is none."""
