"""Which entries are asked for, and where they are."""
