"""A System V semaphore: the kernel's own, named by a number, shared by all processes of a user.

Python has none, and the package that does (sysv-ipc) is published without ``semtimedop``. See
semget(2), semctl(2) and semop(2); the numbers are those of Linux.
"""

from __future__ import annotations

import ctypes
import math
import os

IPC_CREAT, IPC_EXCL, IPC_NOWAIT, IPC_RMID = 0o1000, 0o2000, 0o4000, 0
GETVAL, GETNCNT, SETVAL = 12, 14, 16
SEM_UNDO = 0x1000

_libc = ctypes.CDLL(None, use_errno=True)


class _Operation(ctypes.Structure):
    """``struct sembuf``."""

    _fields_ = (
        ("number", ctypes.c_ushort),
        ("change", ctypes.c_short),
        ("flags", ctypes.c_short),
    )


class _Time(ctypes.Structure):
    """``struct timespec``."""

    _fields_ = (("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long))


class Semaphore:
    """Opened, or made with ``value``. What a process has taken and not given back comes back when
    it ends, however that is. Who opens one that is not filled yet just waits.
    """

    def __init__(self, key: int, value: int) -> None:
        """Raises OSError when the kernel has no room for one, or it belongs to somebody else."""
        try:
            self._id = _called("semget", key, 1, IPC_CREAT | IPC_EXCL | 0o600)
        except FileExistsError:
            self._id = _called("semget", key, 1, 0o600)
        else:
            _called("semctl", self._id, 0, SETVAL, value)

    def take(self, seconds: float) -> bool:
        """One less, as soon as it is above 0. False: not within that time, or a signal came in
        between. Sleeps without holding Python's lock.

        Raises:
            OSError: it was removed.
        """
        whole = math.floor(seconds)
        wait = _Time(whole, int((seconds - whole) * 1e9))
        try:
            self._operate(-1, IPC_NOWAIT if seconds <= 0 else 0, wait)
        except (BlockingIOError, InterruptedError):
            return False
        return True

    def give(self) -> None:
        """One more."""
        self._operate(1, 0, None)

    def value(self) -> int:
        return _called("semctl", self._id, 0, GETVAL)

    def waiting(self) -> int:
        """How many sleep until it is above 0."""
        return _called("semctl", self._id, 0, GETNCNT)

    def remove(self) -> None:
        """Who waits for it gets an OSError."""
        _called("semctl", self._id, 0, IPC_RMID)

    def _operate(self, change: int, flags: int, wait: _Time | None) -> None:
        operation = _Operation(0, change, flags | SEM_UNDO)
        timeout = None if wait is None else ctypes.byref(wait)
        _called("semtimedop", self._id, ctypes.byref(operation), ctypes.c_size_t(1), timeout)


def _called(function: str, *arguments: object) -> int:
    result = int(_libc[function](*arguments))
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{function}: {os.strerror(number)}")
    return result
