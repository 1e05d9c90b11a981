"""Writing rubrics, TPs and courses in the browser. May import ``submissions``.

A rubric under work is one text (``RubricDraft``). The YAML editor shows it as it is, the form shows
single values of it (``fields``) and changes only their places in the text (``yaml_edits``).
"""
