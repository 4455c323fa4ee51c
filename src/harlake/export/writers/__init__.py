"""Forms of other programs: each module has ``write``, which yields the file of a ``Content``."""
