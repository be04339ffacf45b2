"""Operating rules, written once and built on a run: the base plan or the recourse of a pattern."""
