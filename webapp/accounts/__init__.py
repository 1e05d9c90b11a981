"""Who people are. Imports nothing of ours."""
