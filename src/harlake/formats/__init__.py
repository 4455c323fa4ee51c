"""Captures of other programs: what they are by their content, and the HAR that each stands for."""
