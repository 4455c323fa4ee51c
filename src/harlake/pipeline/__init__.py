"""Stages that work side by side: bounded channels between them, threads, and a fair semaphore."""
