"""A student's attempts at a TP side by side, and what changed between two of them. May import
``submissions``."""
