"""Gets a case in, solves it, explains it, gets the plan out. It imports ``models``, never the reverse."""

__version__ = "0.1.0"
"""Version of the product; the only place where it is stated."""
