"""Ringmark as containers: makes the images (``python -m deploy``). May import vm_images and grader.

What runs them is beside it: ``docker-compose.yml`` at the top, ``compose`` (the command) and
``kubernetes/`` here. docs/deploy.md explains all of it.
"""
