"""Courses, enrolment and the TPs they set. May import ``accounts``."""
