"""The problem and its mathematics: what a planner states, what is decided, what *survive* means.

Standard library and Pyomo only: no files, no tables, no printing, no solver.
"""
