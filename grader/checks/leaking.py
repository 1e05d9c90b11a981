"""What a module that is gone has left allocated, as kmemleak sees it.

A scan goes through all of the guest's memory: seconds of processor time. So it is made only for
modules that call something that can leave memory behind.
"""

from __future__ import annotations

import struct

from grader.checks.device import LOOKER
from grader.checks.session import Session
from grader.guest.protocol import calls
from grader.kernel_reports import KernelReport, parse_kmemleak

_KMEMLEAK = "/sys/kernel/debug/kmemleak"
#: Functions that allocate nothing, or nothing that their counterpart does not free and the
#: kernel does not hold on to until then (a device left registered is no leak: it is still there).
_HARMLESS = frozenset(
    """
    __register_chrdev __unregister_chrdev alloc_chrdev_region register_chrdev_region
    unregister_chrdev_region cdev_init cdev_add cdev_del class_create class_destroy class_register
    class_unregister device_create device_destroy misc_register misc_deregister _copy_to_user
    _copy_from_user _copy_to_iter _copy_from_iter __check_object_size __copy_overflow
    __might_fault __might_sleep __might_resched _printk __printk_ratelimit panic emergency_restart
    kfree try_module_get module_put __wake_up schedule prepare_to_wait_event init_wait_entry
    finish_wait __init_waitqueue_head noop_llseek no_llseek default_llseek nonseekable_open
    compat_ptr_ioctl sized_strscpy strlen strnlen strcmp strncmp strcpy strncpy memset memcpy
    memmove memcmp sprintf snprintf scnprintf __stack_chk_fail __fentry__ __kfifo_in __kfifo_out
    __kfifo_to_user __kfifo_from_user __raw_spin_lock_init __mutex_init __init_rwsem
    __list_add_valid_or_report __list_del_entry_valid_or_report
    """.split()  # noqa: SIM905 - one word each, to be read
)
_HARMLESS_STARTS = (
    "__asan_",
    "__kasan_check_",
    "__ubsan_handle_",
    "__get_user_",
    "__put_user_",
    "__x86_",
    "_raw_spin_",
    "_raw_read_",
    "_raw_write_",
    "mutex_",
    "down_",
    "up_",
    "param_ops_",
)


def may_leak(module: bytes) -> bool:
    """Does the module (a .ko) call anything that could leave memory behind?"""
    try:
        names = _undefined(module)
    except (struct.error, ValueError):
        return True
    return any(
        name not in _HARMLESS and not name.startswith(_HARMLESS_STARTS) for name in names if name
    )


def forget_leaks(session: Session) -> None:
    """What the kernel itself left allocated until now is not looked at again."""
    session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"clear"))


def find_leaks(session: Session) -> tuple[KernelReport, ...]:
    """What kmemleak finds now. Two scans: in the first every young object counts as in use."""
    for _ in range(2):
        scanned = session.platform_call(LOOKER, calls.WriteFile(_KMEMLEAK, b"scan"))
        if scanned.ret < 0:
            return ()
    found = session.platform_call(LOOKER, calls.ReadFile(_KMEMLEAK)).data
    return tuple(parse_kmemleak(found.decode("utf-8", "replace")))


def _undefined(elf: bytes) -> list[str]:
    """Names of the undefined symbols of a 64-bit little-endian relocatable ELF file.

    Layout: System V ABI, chapter 4 (section header 64 bytes, symbol 24 bytes).

    Raises:
        ValueError, struct.error: it is not one.
    """
    if elf[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    (table,) = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    names = []
    for number in range(count):
        kind, _, _, offset, length, link = struct.unpack_from(
            "<IQQQQI", elf, table + number * size + 4
        )
        if kind != 2:  # SHT_SYMTAB
            continue
        (strings,) = struct.unpack_from("<Q", elf, table + link * size + 0x18)
        for at in range(offset, offset + length, 24):
            name, _, _, section = struct.unpack_from("<IBBH", elf, at)
            if section == 0:  # SHN_UNDEF
                end = elf.index(b"\0", strings + name)
                names.append(elf[strings + name : end].decode("ascii", "replace"))
    return names
