"""The text templates of Go that stand in configurations."""
