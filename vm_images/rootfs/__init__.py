"""The guest's Debian root and the toolchain root. Imports nothing of Django."""
