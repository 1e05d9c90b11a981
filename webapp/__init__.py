"""The web part: Django apps that store submissions and show reports.

Imports go one way: ``webapp -> grader``; inside, ``submissions -> courses -> accounts``.
``services.py`` of an app holds what views, tasks and commands share; those stay thin.
"""
