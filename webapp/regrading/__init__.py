"""Marking a batch of submissions again: tried first, then compared, then applied. May import
``submissions``, whose queue marks them."""
