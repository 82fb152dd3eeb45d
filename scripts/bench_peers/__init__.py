"""Compares `presence` with databases on the same history; `__main__` says how."""
