"""The agent's protocol on the wire: bytes to values and back, without any input or output.

``constants`` are the numbers (the same as in ``vm_images/agent/protocol.h``), ``calls`` what an
actor can be asked to do, ``answers`` what comes back. ``docs/protocol.md`` describes all of it.
What the guest sends is hostile: every decoder here returns a value or raises
:class:`~grader.guest.protocol.errors.ProtocolViolation`, and nothing else.
Imports ``grader.errors`` only.
"""
