"""Forms of other programs: each module has a function that yields the file of an ``ExportContent``."""
