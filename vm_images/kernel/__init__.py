"""The course kernel: configuration fragments, patches, and the build. Imports nothing of Django."""
