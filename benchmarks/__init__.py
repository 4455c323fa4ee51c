"""Generators and measurements; nothing under src/ imports this package."""
