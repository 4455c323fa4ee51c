"""The way in: the body of a request becomes a capture."""
