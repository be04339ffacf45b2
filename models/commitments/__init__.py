"""Here-and-now decisions, built once and common to the base plan and all patterns."""
