"""What the parser makes of a console's form: prefixes, several processors, cuts, noise, malice.

The samples here are written by hand to have one odd thing each. What real kernels print is in
``recorded/``, tried by ``test_recorded_reports.py``.
"""

from __future__ import annotations

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.kernel_reports import (
    find_reports,
    first_cause,
    involves_module,
    lockdep_disabled,
    module_frame,
    parse_kmemleak,
)
from grader.kernel_reports.formats import FORMATS

SLEEP = """\
BUG: sleeping function called from invalid context at include/linux/sched/mm.h:321
in_atomic(): 1, irqs_disabled(): 0, non_block: 0, pid: 75, name: cat
preempt_count: 1, expected: 0
1 lock held by cat/75:
 #0: ffffffffa0002140 (lock){+.+.}-{3:3}, at: asee_write+0x1c/0x80 [asee_mod]
CPU: 0 UID: 0 PID: 75 Comm: cat Tainted: G           O       6.12.117-ringmark #1
Tainted: [O]=OOT_MODULE
Hardware name: QEMU Standard PC (Q35 + ICH9, 2009)
Call Trace:
 <TASK>
 dump_stack_lvl+0x53/0x70
 ? asee_ioctl+0x11/0x20 [asee_mod]
 __might_resched+0x1a1/0x260
 asee_write+0x2a/0x80 [asee_mod]
 vfs_write+0x1ae/0x720
 do_syscall_64+0x9e/0x1a0
 </TASK>
""".splitlines()

LOCK = """\
WARNING: possible recursive locking detected
6.12.117-ringmark #1 Tainted: G           O
--------------------------------------------
kworker/1:2/31 is trying to acquire lock:
ffffffffa0002140 (lock){+.+.}-{3:3}, at: other_work+0x1c/0x80 [other]

but task is already holding lock:
ffffffffa0002140 (lock){+.+.}-{3:3}, at: other_work+0x10/0x80 [other]

other info that might help us debug this:
stack backtrace:
CPU: 1 UID: 0 PID: 31 Comm: kworker/1:2 Tainted: G           O       6.12.117-ringmark #1
Call Trace:
 <TASK>
 __lock_acquire+0x126f/0x2c40
 other_work+0x1c/0x80 [other]
 </TASK>
""".splitlines()


def console(lines: Iterable[str], caller: str = "T75", second: int = 12) -> list[str]:
    return [f"[{second:5}.{at:06}][{caller:>6}] {line}" for at, line in enumerate(lines)]


def only(text: str):
    (report,) = find_reports(text)
    return report


FORMS = {
    "serial console": console(SLEEP),
    "no caller": [f"[   12.345678] {line}" for line in SLEEP],
    "nothing": SLEEP,
    "carriage returns": [line + "\r" for line in console(SLEEP)],
    "log level": ["<3>" + line for line in console(SLEEP)],
    "journalctl": [f"Nov 24 02:05:11 asee kernel: {line}" for line in SLEEP],
    "journalctl, iso": [f"2025-11-24T02:05:11.123456+0000 asee kernel: {line}" for line in SLEEP],
    "syslog with stamps": ["Nov 24 02:05:11 asee kernel: " + line for line in console(SLEEP)],
    "kmsg": [f"3,{n},12345678,-,caller=T75;{line}" for n, line in enumerate(SLEEP)],
    "kmsg, no caller": [f"3,{n},12345678,-;{line}" for n, line in enumerate(SLEEP)],
    "after a login prompt": ["asee login: " + console(SLEEP)[0], *console(SLEEP)[1:]],
    "colours": ["\x1b[0;1;31m" + line + "\x1b[0m" for line in console(SLEEP)],
}


@pytest.mark.parametrize("form", FORMS)
def test_a_report_reads_the_same_whatever_stands_before_its_lines(form):
    report = only("\n".join(["[  OK  ] Reached target multi-user.", *FORMS[form], ""]))

    assert (report.kind, report.title) == (
        "atomic-sleep",
        "sleeping function called from invalid context at include/linux/sched/mm.h:321",
    )
    assert (report.task, report.pid, report.line) == ("cat", 75, 1)
    assert report.text == "\n".join(SLEEP)
    frame = module_frame(report, "asee_mod")
    assert frame is not None
    assert (frame.function, frame.offset, frame.size, frame.certain) == (
        "asee_write",
        0x2A,
        0x80,
        True,
    )


def test_reports_of_two_processors_are_untangled_by_their_callers():
    mixed = [
        line
        for pair in zip(console(SLEEP), console(LOCK[: len(SLEEP)], caller="T31"), strict=True)
        for line in pair
    ] + console(LOCK[len(SLEEP) :], caller="T31")

    first, second = find_reports("\n".join(mixed))

    assert first.text == "\n".join(SLEEP)
    assert second.text == "\n".join(LOCK)
    assert (second.kind, second.task, second.pid) == ("lockdep", "kworker/1:2", 31)
    assert not involves_module(first, "other")
    assert not involves_module(second, "asee_mod")


def test_without_callers_a_stranger_inside_a_stack_does_not_end_it():
    torn = [*SLEEP[:12], "asee_mod: opened", "random: crng init done", *SLEEP[12:]]

    report = only("\n".join(torn))

    assert module_frame(report, "asee_mod").function == "asee_write"


def test_what_the_module_prints_afterwards_is_not_in_the_report():
    report = only("\n".join(console([*SLEEP, "asee_mod: closed", "asee_mod: opened"])))

    assert report.text == "\n".join(SLEEP)


def test_an_interrupted_register_dump_belongs_to_the_stack():
    stack = [
        "watchdog: BUG: soft lockup - CPU#1 stuck for 22s! [cat:75]",
        "CPU: 1 UID: 0 PID: 75 Comm: cat Not tainted 6.12.117-ringmark #1",
        "RIP: 0010:asee_read+0x31/0x60 [asee_mod]",
        "Call Trace:",
        " <IRQ>",
        " hrtimer_interrupt+0x1/0x2",
        " </IRQ>",
        " <TASK>",
        " asm_sysvec_apic_timer_interrupt+0x1a/0x20",
        "RIP: 0010:asee_read+0x31/0x60 [asee_mod]",
        "Code: 00 00",
        "RSP: 0018:ffffc900001d7df8 EFLAGS: 00000246",
        "RAX: 0000000000000000 RBX: 0000000000000000 RCX: 0000000000000000",
        " vfs_read+0x5/0x6",
        "RIP: 0033:0x7f3b5c2a1b00",
        " </TASK>",
    ]

    report = only("\n".join(console(stack, caller="C1")))

    assert (report.kind, report.title) == ("stall", "soft lockup in asee_read")
    assert [frame.function for frame in report.frames][-2:] == ["asee_read", "vfs_read"]
    assert not module_frame(report, "asee_mod").is_return


def test_a_stalled_processor_shows_its_stack_from_its_own_interrupt():
    text = [
        *console(
            [
                "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
                "rcu: \t1-...!: (1 GPs behind) idle=1234/1/0x4000000000000000 softirq=1/1 fqs=1",
                "rcu: \t(detected by 0, t=2102 jiffies, g=1, q=1 ncpus=2)",
                "Sending NMI from CPU 0 to CPUs 1:",
            ],
            caller="C0",
        ),
        *console(
            [
                "NMI backtrace for cpu 1",
                "CPU: 1 UID: 0 PID: 75 Comm: cat Not tainted 6.12.117-ringmark #1",
                "RIP: 0010:asee_read+0x31/0x60 [asee_mod]",
                "Call Trace:",
                " <TASK>",
                " vfs_read+0x5/0x6",
                " </TASK>",
            ],
            caller="C1",
        ),
    ]

    report = only("\n".join(text))

    assert report.kind == "stall"
    assert module_frame(report, "asee_mod").function == "asee_read"


@pytest.mark.parametrize("kept", range(1, len(SLEEP) + 1))
def test_a_console_cut_short_anywhere_gives_the_report_so_far(kept):
    report = only("\n".join(console(SLEEP[:kept])))

    assert report.kind == "atomic-sleep"
    assert involves_module(report, "asee_mod") == (kept >= 5)


def test_a_panic_that_carries_out_an_oops_belongs_to_it():
    oops = [
        "BUG: kernel NULL pointer dereference, address: 0000000000000000",
        "#PF: supervisor instruction fetch in kernel mode",
        "Oops: Oops: 0010 [#1] PREEMPT SMP KASAN",
        "CPU: 0 UID: 0 PID: 75 Comm: cat Tainted: G           O       6.12.117 #1",
        "RIP: 0010:0x0",
        "Call Trace:",
        " <TASK>",
        " asee_write+0x2a/0x80 [asee_mod]",
        " </TASK>",
        "---[ end trace 0000000000000000 ]---",
        "RIP: 0010:0x0",
        "Kernel panic - not syncing: Fatal exception",
        "Kernel Offset: disabled",
        "---[ end Kernel panic - not syncing: Fatal exception ]---",
    ]

    report = only("\n".join(console(oops)))

    assert report.kind == "oops"
    assert "Fatal exception" in report.text


def test_a_panic_of_its_own_is_a_report():
    panic = [
        "Kernel panic - not syncing: ring full",
        "CPU: 0 UID: 0 PID: 75 Comm: cat Tainted: G           O       6.12.117 #1",
        "Call Trace:",
        " <TASK>",
        " panic+0x3c5/0x400",
        " asee_write+0x2a/0x80 [asee_mod]",
        " </TASK>",
        "---[ end Kernel panic - not syncing: ring full ]---",
    ]

    report = only("\n".join(console(panic)))

    assert (report.kind, report.title) == ("panic", "kernel panic: ring full")


def test_injected_failures_are_no_reports_and_do_not_hide_one():
    injected = [
        "FAULT_INJECTION: forcing a failure.",
        "name failslab, interval 1, probability 100, space 0, times 1",
        *SLEEP[5:9],
        " <TASK>",
        " should_fail_ex+0x12/0x34",
        " asee_write+0x2a/0x80 [asee_mod]",
        " </TASK>",
    ]

    assert find_reports("\n".join(console(injected))) == []
    assert only("\n".join(console([*injected, *SLEEP]))).text == "\n".join(SLEEP)


@pytest.mark.parametrize(
    "line",
    [
        "asee_mod: loading out-of-tree module taints kernel.",
        "asee_mod: module verification failed: signature and/or required key missing",
        "BUG: buffer full",
        "asee_mod: WARNING: 3 bytes dropped",
        "INFO: lockdep is turned off.",
        "Oops, that was wrong",
        "kobject: 'asee' (00000000c0ffee00): kobject_add_internal: parent: 'kernel'",
        "irq event stamp: 1234",
        "Linux version 6.12.117-ringmark (gcc 12.2.0)",
        "kmemleak: 4 new suspected memory leaks (see /sys/kernel/debug/kmemleak)",
        "cat[75]: segfault at 0 ip 0000000000401136 sp 00007ffd error 4",
    ],
)
def test_talk_is_no_report(line):
    assert find_reports("\n".join(console([line, "asee_mod: next"]))) == []


def test_a_new_boot_ends_whatever_was_being_printed():
    halves = console([*SLEEP[:9], "Linux version 6.12.117-ringmark", *SLEEP[9:]])

    assert only("\n".join(halves)).frames == ()


def test_an_unknown_complaint_counts_if_it_brings_a_stack():
    unknown = ["BUG: the moon is in the way", *SLEEP[5:]]

    report = only("\n".join(console(unknown)))

    assert (report.kind, report.title) == ("warn", "the moon is in the way")


def test_the_first_of_the_modules_reports_is_the_cause():
    reports = find_reports("\n".join(console(LOCK) + console(SLEEP) + console(SLEEP)))

    assert first_cause(reports, "asee_mod") is reports[1]
    assert first_cause(reports, "other") is reports[0]
    assert first_cause(reports, "third") is None


def test_a_held_lock_makes_a_report_the_modules_when_its_stack_does_not():
    elsewhere = [line for line in SLEEP if "asee_write+0x2a" not in line and "ioctl" not in line]

    report = only("\n".join(console(elsewhere)))

    assert all(frame.module is None for frame in report.frames)
    assert module_frame(report, "asee-mod").offset == 0x1C


def test_an_uncertain_frame_is_the_last_resort():
    elsewhere = [line for line in SLEEP if "asee_write" not in line]

    frame = module_frame(only("\n".join(console(elsewhere))), "asee_mod")

    assert (frame.function, frame.certain) == ("asee_ioctl", False)


def test_the_line_that_says_who_turned_preemption_off_counts():
    lines = [line for line in SLEEP if "asee_" not in line]
    lines[3:4] = ["Preemption disabled at:", "[<ffffffffa0001010>] asee_open+0x10/0x20 [asee_mod]"]

    assert module_frame(only("\n".join(console(lines))), "asee_mod").function == "asee_open"


def test_bare_addresses_count_inside_the_modules_ranges():
    leak = """\
unreferenced object 0xffff888003b1c000 (size 64):
  comm "insmod", pid 75, jiffies 4294893371
  hex dump (first 32 bytes):
    00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00  ................
  backtrace (crc 0):
    __kmalloc_noprof+0x1d3/0x2f0
    0xffffffffa0001020
    do_one_initcall+0x9a/0x2a0
unreferenced object 0xffff888003b1d000 (size 100):
  comm "cat", pid 76, jiffies 4294893372
  backtrace (crc 12345678):
    asee_write+0x12/0x34 [asee_mod]
"""
    gone, there = parse_kmemleak(leak)

    assert (gone.kind, gone.title, gone.task, gone.pid) == (
        "leak",
        "memory leak: 64 bytes",
        "insmod",
        75,
    )
    assert gone.addresses == (0xFFFFFFFFA0001020,)
    assert involves_module(gone, "asee_mod", [(0xFFFFFFFFA0001000, 0xFFFFFFFFA0002000)])
    assert not involves_module(gone, "asee_mod", [(0xFFFFFFFFA0001021, 0xFFFFFFFFA0002000)])
    assert not involves_module(gone, "asee_mod")
    assert module_frame(there, "asee_mod").function == "asee_write"


def test_a_data_race_keeps_both_stacks():
    race = """\
==================================================================
BUG: KCSAN: data-race in asee_read [asee_mod] / asee_write [asee_mod]

write to 0xffffffffa0002400 of 4 bytes by task 76 on cpu 1:
 asee_write+0x5a/0x90 [asee_mod]
 vfs_write+0x1/0x2

read to 0xffffffffa0002400 of 4 bytes by task 75 on cpu 0:
 asee_read+0x3a/0x90 [asee_mod]
 vfs_read+0x1/0x2

value changed: 0x00000001 -> 0x00000002

Reported by Kernel Concurrency Sanitizer on:
CPU: 0 UID: 0 PID: 75 Comm: cat Tainted: G           O       6.12.117-race #1
==================================================================
"""
    report = only(race)

    assert report.kind == "kcsan"
    assert report.title.startswith("KCSAN: data-race in asee_read")
    assert [frame.function for frame in report.frames] == [
        "asee_write",
        "vfs_write",
        "asee_read",
        "vfs_read",
    ]


def test_lockdep_that_ran_out_of_memory_says_nothing_about_the_module():
    assert lockdep_disabled("\n".join(console(["BUG: MAX_LOCKDEP_KEYS too low!"])))
    assert lockdep_disabled("[    1.000000] BUG: MAX_LOCK_DEPTH too low!")


def test_lockdep_off_counts_only_before_the_first_report():
    off = console(["Disabling lock debugging due to kernel taint"])

    assert lockdep_disabled("\n".join(off))
    assert lockdep_disabled("\n".join(off + console(LOCK)))
    assert not lockdep_disabled("\n".join(console(LOCK) + off))
    assert not lockdep_disabled("\n".join(console(LOCK)))
    assert not lockdep_disabled("")


#: Pieces that mean something to the parser, to be put together in senseless ways.
PIECES = st.sampled_from(
    [
        *SLEEP,
        *LOCK,
        "=" * 66,
        "------------[ cut here ]------------",
        "---[ end trace 0000000000000000 ]---",
        "BUG: KASAN: ",
        "BUG: KASAN: x in y",
        "Oops: ",
        "WARNING: CPU: 0 PID: 1 at a:1 b+0x1/0x2 [c]",
        "Kernel panic - not syncing: Fatal exception",
        "NMI backtrace for cpu 1",
        "rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:",
        "unreferenced object 0x0 (size 1):",
        "RIP: 0010:",
        "[    1.000000][    C0] ",
        "6,1,1,-,caller=T1;",
        "\\x0a",
        " <IRQ>",
        "{} {0} {message} %s",
    ]
)


@given(st.lists(st.one_of(st.text(max_size=80), PIECES), max_size=60), st.sampled_from(["\n", ""]))
@settings(max_examples=300, deadline=None)
def test_any_text_gives_a_list_in_console_order(parts, glue):
    text = glue.join(parts)

    reports = find_reports(text)

    lines = [report.line for report in reports]
    assert lines == sorted(lines)
    assert all(0 <= line <= text.count("\n") for line in lines)
    assert all(report.title and len(report.title) <= 160 for report in reports)
    for report in reports:
        assert module_frame(report, "c") is None or involves_module(report, "c")
    assert isinstance(lockdep_disabled(text), bool)
    assert all(leak.kind == "leak" for leak in parse_kmemleak(text))


@given(st.lists(st.one_of(st.text(max_size=80), PIECES), max_size=60))
@settings(max_examples=200, deadline=None)
def test_what_another_caller_prints_changes_nothing_in_a_report(noise):
    own = console(SLEEP)
    foreign = console((part.replace("\n", " ") for part in noise), caller="T9999")
    woven = [line for pair in zip(own, foreign, strict=False) for line in pair]
    woven += own[len(foreign) :] + foreign[len(own) :]

    if any("Linux version" in line for line in foreign):
        return
    texts = [report.text.split("\nKernel panic")[0] for report in find_reports("\n".join(woven))]

    assert "\n".join(SLEEP) in texts


def steps(text: str) -> int:
    """How much work the parser does for a text, in executed lines of Python."""
    import sys

    count = 0

    def trace(*_: object):
        nonlocal count
        count += 1
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        find_reports(text)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize(
    "line",
    [
        "BUG: KASAN: x in f",
        "asee_mod: BUG: full",
        "------------[ cut here ]------------",
        "Call Trace:",
        " f+0x1/0x2 [m]",
        "NMI backtrace for cpu 1",
        "Kernel panic - not syncing: Fatal exception",
        "[    1.000000][    T1] INFO: x",
        "unreferenced object 0x0 (size 1):",
    ],
)
def test_twice_the_lines_are_twice_the_work(line):
    few, many = (steps("\n".join([line] * count)) for count in (400, 1600))

    assert many < 5 * few


@pytest.mark.parametrize(
    "text",
    [
        "a" * 1_000_000,
        "BUG: " * 200_000,
        "Oops: " + "a," * 500_000,
        "WARNING: possible " * 50_000,
        "a+0x1/0x" * 120_000,
        " lock: , at: " * 80_000,
        "[" * 1_000_000,
        "a: " * 300_000 + "BUG",
        "x" * 900 + "\n" + "BUG: KASAN: " + "y" * 1_000_000,
    ],
    ids=lambda text: text[:12],
)
def test_a_megabyte_in_one_line_is_read_like_any_other(text):
    reports = find_reports("\n".join(["[    1.000000][    T1] x", text, *SLEEP]))

    assert any(report.text.endswith("\n".join(SLEEP)) for report in reports)


def test_every_row_of_the_table_can_fill_its_title():
    for row in FORMATS:
        names = {"message", "where", "trap", *row_groups(row.pattern)}
        for title in (row.title, row.told):
            title.format(**dict.fromkeys(names, "x"))


def row_groups(pattern: str) -> Iterable[str]:
    import re

    return re.compile(pattern).groupindex
