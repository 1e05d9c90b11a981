"""Marks of a class: tables, charts, exports. May import ``submissions``."""
