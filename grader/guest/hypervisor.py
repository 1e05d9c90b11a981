"""Guests of one image on this host: templates made when missing, restores handed out.

Read this first: :meth:`Hypervisor.restore` is what a check uses.
"""

from __future__ import annotations

import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from grader.errors import PlatformFault, RingmarkError
from grader.guest.boot import BootLimits, Report, await_agent, boot_fault, no_report
from grader.guest.capacity import GUEST_MEMORY
from grader.guest.channel import AgentChannel
from grader.guest.clock import GuestClock
from grader.guest.confine import Files
from grader.guest.guest import QemuGuest
from grader.guest.machine import Accelerator, Machine
from grader.guest.memory import MIB, Memory, copy_sparse
from grader.guest.probe import (
    TRIAL_DEADLINE,
    TRIAL_SILENCE,
    cached_probe,
    host_facts,
    obstacle,
)
from grader.guest.process import QemuProcess
from grader.guest.qemu_version import qemu_version
from grader.guest.slots import Slots
from grader.guest.standby import Loaded, Standby
from grader.guest.template import (
    MIGRATION_CAPABILITIES,
    Template,
    freeze,
    load,
    locked,
    store,
    template_key,
    wait_migrated,
)
from grader.guest.warmup import rest, settle, warm_up
from grader.image import Image

#: Seconds for a restored agent's first answer on a loaded machine; 0.1 on an idle one.
ANSWER_DEADLINE = 30.0
#: Looks at a halted processor before a branch is saved: printing has reached the journal by then.
BRANCH_LOOKS = 5
#: On KVM the kernel prints as it boots, so that silence means something (see probe.py).
KVM_CMDLINE = " loglevel=7"


class Hypervisor:
    """Owns the templates of one image in this process. A context manager; thread-safe.

    Each process holds its own sealed copy of a template's RAM (about 200 MB), made when first
    used. Threads of a process share it, and so do processes forked afterwards.
    """

    def __init__(
        self,
        image: Image,
        home: Path,
        *,
        accel: str = "auto",
        memory_mib: int = GUEST_MEMORY,
        slots: Slots | None = None,
        standby: bool = False,
        progress: Report = no_report,
        kvm_node: Path = Path("/dev/kvm"),
    ) -> None:
        """``accel`` is auto, tcg, tcg-single or kvm; ``progress`` is told of boots (minutes).
        ``slots``: each restored guest waits for one. None: it need not. ``standby``: have one
        guest of the usual kind (one processor, no network) started beforehand.

        Raises:
            PlatformFault: QEMU is missing, or KVM was demanded and does not work.
        """
        self.image = image
        self.home = home
        self.memory_mib = memory_mib
        self._slots = slots
        self._progress = progress
        self._kvm_node = kvm_node
        self._files = Files(image.kernel, image.root_disk)
        self._version = qemu_version()
        self._templates: dict[Machine, Template] = {}
        self._making: dict[Machine, threading.Lock] = {}
        self._lock = threading.Lock()
        self._owned = ExitStack()
        self._standby = standby
        self._standing_by: dict[Machine, Standby] = {}
        self.accelerator: Accelerator
        self.accelerator_reason: str
        self.accelerator, self.accelerator_reason = self._choose(accel)

    def __enter__(self) -> Hypervisor:
        return self

    def __exit__(self, *exc: object) -> None:
        for waiting in self._standing_by.values():
            waiting.close()
        with self._lock:
            self._templates.clear()
            self._owned.close()

    # --- what checks use -------------------------------------------------------------------------

    def prepare(self, cpus: int = 1, *, nic: bool = False) -> None:
        """Have the template ready in memory, booting it if there is none. Takes minutes then.

        Raises:
            PlatformFault: the guest did not come up; the message quotes its console.
        """
        self.template(cpus, nic=nic)

    @contextmanager
    def branch(self, work: Callable[[QemuGuest], None], cpus: int = 1) -> Iterator[Template]:
        """A template that starts where ``work`` left a fresh guest: for one submission's checks.

        What all of them would begin with (loading the module) is done once. It lives in memory
        (about 200 MB) and is gone on leaving. ``work`` may raise what it likes.

        Raises:
            PlatformFault: the guest could not be restored or saved.
        """
        base = self.template(cpus)
        with Memory("ringmark-branch", 0) as ram, Memory("ringmark-branch-state", 0) as state:
            copy_sparse(base.ram.fd, ram.fd)
            with (
                self._slot(),
                base.state.reader() as incoming,
                self._process(base.machine, ram, incoming=incoming, ram_shared=True) as process,
            ):
                self._load(process, incoming)
                channel, _ = self._awake(process)
                work(QemuGuest(process, channel, {}))
                channel.hello(ANSWER_DEADLINE)  # ends the actors: else each restore begins with it
                rest(process, cpus, BRANCH_LOOKS)
                freeze(process, state)
            ram.seal()
            state.seal()
            yield Template(base.machine, ram, state, {})

    @contextmanager
    def restore(
        self, cpus: int = 1, *, ssh_port: int | None = None, template: Template | None = None
    ) -> Iterator[QemuGuest]:
        """A fresh guest from the template, its agent answering. Ended for certain on leaving.

        ``template``: a branch to start from in place of the image's own. With ``ssh_port`` the
        guest has a network card, and that port of 127.0.0.1 leads to its sshd. A restore that
        fails is tried once more on a new process.

        Raises:
            PlatformFault: no template could be made, or both restores failed.
        """
        template = template or self.template(cpus, nic=ssh_port is not None)
        with ExitStack() as owned:
            if ssh_port is None:  # people who look around in a guest use next to no processor time
                owned.enter_context(self._slot())
            try:
                guest = owned.enter_context(self._restored(template, ssh_port))
            except PlatformFault:
                guest = owned.enter_context(self._restored(template, ssh_port))
            yield guest

    @contextmanager
    def boot(self, cpus: int = 1, *, ssh_port: int | None = None) -> Iterator[QemuGuest]:
        """A cold boot of the same machine, for comparison. Ended for certain on leaving.

        Raises:
            PlatformFault: it did not come up; the message quotes its console.
        """
        machine = self._machine(cpus, ssh_port is not None)
        started = time.monotonic()
        with (
            Memory("ringmark-ram", self.memory_mib * MIB) as ram,
            self._process(machine, ram, ssh_port=ssh_port) as process,
        ):
            greeted = time.monotonic()
            channel = await_agent(process, BootLimits(), self._progress)
            timings = {"start": greeted - started, "boot": time.monotonic() - greeted}
            yield QemuGuest(process, channel, timings)

    def waited(self) -> float:
        """Seconds that this thread has waited for its turn so far: the host was taken by others."""
        return self._slots.waited() if self._slots else 0.0

    def template_folder(self, cpus: int = 1, *, nic: bool = False) -> Path:
        """Where the template of such a machine is, or would be, kept."""
        return self._folder(self._machine(cpus, nic))

    # --- accelerator -----------------------------------------------------------------------------

    def _choose(self, accel: str) -> tuple[Accelerator, str]:
        if accel == "tcg":
            return "tcg", "TCG was asked for"
        if accel == "tcg-single":
            return "tcg-single", "TCG in one thread was asked for"
        hindrance = obstacle(self._kvm_node, os.getuid() == 0)
        if hindrance is None:
            facts = host_facts(self.image.id, self._version, self._kvm_node)
            probe = cached_probe(self.home, facts, self._try_kvm)
            if probe.accelerator == "kvm":
                return "kvm", probe.reason
            hindrance = probe.reason
        if accel == "kvm":
            raise PlatformFault(f"KVM was asked for and cannot be used: {hindrance}")
        return "tcg", hindrance

    def _try_kvm(self) -> None:
        machine = self._machine_on("kvm", 1, nic=False)
        limits = BootLimits(deadline=TRIAL_DEADLINE, silence=TRIAL_SILENCE)
        folder = self._folder(machine)
        with locked(folder):
            self._make(machine, folder, limits)
        template = load(folder, machine)
        if template is None:
            raise PlatformFault("the template saved on KVM cannot be read back")
        # A guest that boots but cannot be restored is of no use either.
        with template, self._restored(template, None):
            pass

    # --- templates -------------------------------------------------------------------------------

    def _machine(self, cpus: int, nic: bool) -> Machine:
        return self._machine_on(self.accelerator, cpus, nic=nic)

    def _machine_on(self, accelerator: Accelerator, cpus: int, *, nic: bool) -> Machine:
        machine = Machine(self.image.cmdline, accelerator, cpus, self.memory_mib, nic)
        if accelerator == "kvm":
            machine = replace(machine, cmdline=machine.cmdline + KVM_CMDLINE)
        return machine

    def _folder(self, machine: Machine) -> Path:
        return self.home / "templates" / template_key(machine, self.image.id, self._version)

    def template(self, cpus: int = 1, *, nic: bool = False) -> Template:
        """The template of such a machine, made when it is missing; it stays ours to close."""
        machine = self._machine(cpus, nic)
        with self._lock:
            making = self._making.setdefault(machine, threading.Lock())
        with making:
            if machine not in self._templates:
                template = self._load_or_make(machine)
                with self._lock:
                    self._templates[machine] = self._owned.enter_context(template)
                if self._standby and machine == self._machine(1, nic=False):
                    waiting = Standby(lambda: self._loaded(template, None))
                    self._standing_by[machine] = waiting
                    waiting.begin()
            return self._templates[machine]

    def _load_or_make(self, machine: Machine) -> Template:
        folder = self._folder(machine)
        template = load(folder, machine)
        if template is None:
            with locked(folder):
                template = load(folder, machine)  # another process may have made it meanwhile
                if template is None:
                    self._make(machine, folder, BootLimits())
                    template = load(folder, machine)
        if template is None:
            raise PlatformFault(f"the template just saved in {folder} cannot be read back")
        return template

    def _make(self, machine: Machine, folder: Path, limits: BootLimits) -> None:
        for stale in folder.parent.glob(f".{folder.name}.*"):  # of a process that was killed
            shutil.rmtree(stale, ignore_errors=True)
        started = time.monotonic()
        with (
            Memory("ringmark-ram", self.memory_mib * MIB) as ram,
            Memory("ringmark-state", 0) as state,
        ):
            with self._process(machine, ram, ram_shared=True) as process:
                channel = await_agent(process, limits, self._progress)
                try:
                    settle(channel, self._progress)
                    warm_up(channel, self._progress)
                    rest(process, machine.cpus)
                    freeze(process, state)
                except RingmarkError as fault:
                    raise boot_fault(process, f"the guest could not be saved: {fault}") from fault
            self._progress("saving the template", 0.97)
            facts = {
                "image": self.image.id,
                "qemu": self._version,
                "accelerator": machine.accelerator,
                "cpus": machine.cpus,
                "memory_mib": machine.memory_mib,
                "nic": machine.nic,
                "boot_seconds": round(time.monotonic() - started, 1),
            }
            store(folder, ram, state, facts)
        self._progress("the template is saved", 1.0)

    def _slot(self) -> AbstractContextManager[None]:
        return self._slots.take() if self._slots else nullcontext()

    # --- processes -------------------------------------------------------------------------------

    def _process(
        self,
        machine: Machine,
        ram: Memory,
        *,
        incoming: int | None = None,
        ram_shared: bool = False,
        ssh_port: int | None = None,
    ) -> QemuProcess:
        return QemuProcess(
            machine,
            self._files,
            ram,
            incoming=incoming,
            ram_shared=ram_shared,
            ssh_port=ssh_port,
            kvm_node=self._kvm_node,
        )

    @contextmanager
    def _restored(self, template: Template, ssh_port: int | None) -> Iterator[QemuGuest]:
        with ExitStack() as owned:
            waiting = self._standing_by.get(template.machine)
            loaded = None
            if waiting is not None and template is self._templates.get(template.machine):
                loaded = waiting.take(owned)
            loaded = loaded or owned.enter_context(self._loaded(template, ssh_port))
            began = time.monotonic()
            try:
                channel, answer = self._awake(loaded.process)
            except RingmarkError as fault:
                raise boot_fault(loaded.process, f"a restored guest failed: {fault}") from fault
            restore = loaded.timings["restore"] + time.monotonic() - began - answer
            timings = {**loaded.timings, "restore": restore, "first_answer": answer}
            yield QemuGuest(loaded.process, channel, timings)

    @contextmanager
    def _loaded(self, template: Template, ssh_port: int | None) -> Iterator[Loaded]:
        """A guest with its devices loaded, to be set going."""
        started = time.monotonic()
        with (
            template.state.reader() as state,
            self._process(
                template.machine, template.ram, incoming=state, ssh_port=ssh_port
            ) as process,
        ):
            greeted = time.monotonic()
            try:
                self._load(process, state)
            except RingmarkError as fault:
                raise boot_fault(process, f"a guest was not restored: {fault}") from fault
            restored = time.monotonic()
            yield Loaded(process, {"start": greeted - started, "restore": restored - greeted})

    def _load(self, process: QemuProcess, state: int) -> None:
        process.execute("migrate-set-capabilities", MIGRATION_CAPABILITIES)
        process.execute("migrate-incoming", {"uri": f"fd:{state}"})
        wait_migrated(process)

    def _awake(self, process: QemuProcess) -> tuple[AgentChannel, float]:
        """Set a loaded guest going. Its agent, and the seconds until it answered."""
        process.execute("cont")
        running = time.monotonic()
        channel = AgentChannel(process.agent, clock=GuestClock(process.pid))
        channel.hello(ANSWER_DEADLINE)
        return channel, time.monotonic() - running
