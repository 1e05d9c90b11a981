"""The marking engine: a plain Python library, no Django.

Start with :mod:`grader.grade`. Imports inside go one way::

    grade -> checks -> rubric, model, guest, build, kernel_reports
    guest knows no rubric; model knows no guest; kernel_reports is text in, findings out.
"""
