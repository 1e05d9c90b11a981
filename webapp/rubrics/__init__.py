"""Rubrics by version, and the modules that prove them. May import ``courses`` and ``audit``."""
