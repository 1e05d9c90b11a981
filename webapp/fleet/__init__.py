"""Workers on other hosts: their tokens, the images that they load, and which of them are alive.

Knows submissions and the rooms below them; no room knows this one, commands apart.
"""
