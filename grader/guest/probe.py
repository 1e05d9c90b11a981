"""Whether KVM may be used: only if the real guest has really booted on it.

That /dev/kvm opens proves nothing: on some clouds it does, and an ordinary guest stops after
"Booting from ROM" or makes QEMU abort. The answer is kept with what it depends on.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import re
import stat
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from grader.errors import PlatformFault
from grader.guest.machine import Accelerator

#: What callers read from the environment: auto, tcg or kvm.
ACCELERATOR_VARIABLE = "RINGMARK_ACCEL"
CHOICES = ("auto", "tcg", "kvm")

#: Seconds without a byte on the console that end a trial boot, and seconds for it in all.
TRIAL_SILENCE = 20.0
TRIAL_DEADLINE = 180.0


@dataclass(frozen=True)
class Probe:
    """What a trial found. ``reason`` is a sentence for a person."""

    accelerator: Accelerator
    reason: str


def accelerator_choice(environment: dict[str, str] | os._Environ[str] = os.environ) -> str:
    """``RINGMARK_ACCEL``, ``auto`` when unset.

    Raises:
        PlatformFault: it names none of auto, tcg and kvm.
    """
    chosen = environment.get(ACCELERATOR_VARIABLE) or "auto"
    if chosen not in CHOICES:
        raise PlatformFault(f"{ACCELERATOR_VARIABLE} is '{chosen}': use auto, tcg or kvm")
    return chosen


def obstacle(kvm_node: Path, as_root: bool) -> str | None:
    """Why KVM need not be tried at all; ``None`` when a trial boot must tell.

    As root, QEMU runs as an unprivileged user that has the device's group.
    """
    try:
        status = kvm_node.stat()
    except OSError:
        return f"there is no {kvm_node} on this host"
    if not stat.S_ISCHR(status.st_mode):
        return f"{kvm_node} is not a device"
    if as_root:
        shared = status.st_mode & (stat.S_IRGRP | stat.S_IWGRP)
        if shared != (stat.S_IRGRP | stat.S_IWGRP) or status.st_gid == 0:
            return (
                f"{kvm_node} is open to root alone, and QEMU runs as an unprivileged user: "
                f"give it to a group of its own (chgrp kvm {kvm_node}; chmod 660 {kvm_node})"
            )
        return None
    if not os.access(kvm_node, os.R_OK | os.W_OK):
        return f"this user may not open {kvm_node}: add it to the group 'kvm'"
    return None


def host_facts(image_id: str, qemu_version: str, kvm_node: Path) -> dict[str, str]:
    """What a trial's answer depends on."""
    cpuinfo = Path("/proc/cpuinfo").read_text(errors="replace")
    model = re.search(r"^model name\s*: (.*)$", cpuinfo, re.MULTILINE)
    return {
        "host_kernel": platform.release(),
        "processor": model.group(1) if model else platform.machine(),
        "qemu": qemu_version,
        "image": image_id,
        "node": str(kvm_node),
    }


def cached_probe(home: Path, facts: dict[str, str], trial: Callable[[], None]) -> Probe:
    """The kept answer for these facts, or that of ``trial``, which boots a guest on KVM.

    ``trial`` raises :class:`PlatformFault` when the guest does not come up.
    """
    key = hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:24]
    kept = home / "probes" / f"{key}.json"
    try:
        told = json.loads(kept.read_text())
        if told["accelerator"] in ("tcg", "kvm"):
            return Probe(told["accelerator"], str(told["reason"]))
    except (OSError, ValueError, KeyError, TypeError):
        pass  # never tried, or not whole: try
    try:
        trial()
        probe = Probe("kvm", "the guest booted on KVM")
    except PlatformFault as fault:
        first = str(fault).splitlines()[0]
        probe = Probe("tcg", f"KVM opens but the guest does not boot on it: {first}")
    kept.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=kept.parent, delete=False) as file:
        json.dump({**asdict(probe), "facts": facts}, file, indent=1)
    Path(file.name).replace(kept)
    return probe
