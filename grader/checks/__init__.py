"""The experiments. One module per check kind; ``run`` puts each into a fresh guest and judges it.

May import rubric, model, guest, build and kernel_reports; knows nothing of points or reports.
"""
