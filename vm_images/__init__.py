"""Makes guest images: kernel, Debian root, toolchain and agent, each addressed by content.

Imports only ``grader.image`` and ``grader.errors`` of ours, no Django. Read ``build.py`` first.
"""
