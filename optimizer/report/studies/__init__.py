"""Pages of the answers to studies."""
