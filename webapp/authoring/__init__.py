"""Writing rubrics, TPs and courses in the browser. May import ``submissions``."""
