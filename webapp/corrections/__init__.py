"""What instructors do by hand: points, annulments, comments, dates. May import ``submissions``."""
