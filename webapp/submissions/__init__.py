"""What students hand in, its marking and its result. May import ``courses`` and ``grader``."""
