"""Questions that are asked of a plan, or of a case, after the solve: one module each."""
