"""The way out: a selection of entries becomes a file."""
