"""Comparisons and checks, as texts for people, CI systems and browsers."""
