"""Pages; what they do is in the modules above."""
