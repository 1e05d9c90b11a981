#!/usr/bin/env python
"""Ringmark's one command line."""

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webapp.config.settings")
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: run 'make up', or use .venv/bin/python")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
