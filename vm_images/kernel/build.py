"""From a source tarball to the kernel part."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from grader.errors import PlatformFault
from vm_images.kernel.check import mismatches, read_config
from vm_images.kernel.devel import copy_devel
from vm_images.parts import Part, ensure, file_digest, part_id
from vm_images.progress import Counting, Progress, Report, run_counted

HERE = Path(__file__).parent
# Raised when this file makes something else of the same inputs.
RECIPE = "1"
FLAVOURS = {
    "sanitizers": ("course.config", "guest.config", "sanitizers.config"),
    "race": ("course.config", "guest.config", "race.config"),
    # Never a part of an image: to be measured beside them.
    "virtme": ("course.config", "guest.config", "sanitizers.config", "virtme.config"),
}
# Variables for make, by flavour, and why:
VARIABLES: dict[str, dict[str, str]] = {
    "race": {
        # A module for the other kernel is refused by its name: structures differ.
        "LOCALVERSION": "-race",
        # KCSAN watches one in so many accesses of all instrumented code (scripts/Makefile.lib).
        # So the kernel is left out, but for what reads and writes a module's memory on its behalf:
        # all watching is then of the module, and the rest runs at full speed.
        "KCSAN_SANITIZE": "n",
        "KCSAN_SANITIZE_usercopy.o": "y",
        "KCSAN_SANITIZE_iov_iter.o": "y",
        "KCSAN_SANITIZE_kfifo.o": "y",
        "KCSAN_SANITIZE_kstrtox.o": "y",
    }
}
# Lines of the form "  CC      kernel/fork.o" of a whole build. Only for the percentage.
USUAL_LINES = {"sanitizers": 1776, "race": 1727, "virtme": 1810}
_TARGET_LINE = re.compile(r"^  [A-Z][A-Z0-9_.]* ")
# The build's user, host and time would otherwise be in the kernel and differ each time.
_NEUTRAL = {
    "KBUILD_BUILD_USER": "ringmark",
    "KBUILD_BUILD_HOST": "ringmark",
    "KBUILD_BUILD_TIMESTAMP": "Thu Jan  1 00:00:00 UTC 1970",
    "LC_ALL": "C",
}


@dataclass(frozen=True)
class Recipe:
    """What a kernel is made from."""

    source: Path
    fragments: dict[str, str]
    patches: dict[str, str]
    compiler: str
    variables: dict[str, str] = field(default_factory=dict)
    flavour: str = "sanitizers"

    def inputs(self) -> dict[str, str]:
        """As inputs of the part's hash: comments and reasons may change without a new kernel."""
        return {
            "recipe": RECIPE,
            "source": file_digest(self.source),
            "compiler": self.compiler,
            **{f"option {name}": value for name, value in self.options().items()},
            **{f"patch {name}": _difference(text) for name, text in self.patches.items()},
            **{f"variable {name}": value for name, value in self.variables.items()},
        }

    @property
    def step(self) -> str:
        """The kernel's name in what is said of the progress."""
        return "kernel" if self.flavour == "sanitizers" else f"{self.flavour} kernel"

    def options(self) -> dict[str, str]:
        """All fragments' options together."""
        return read_config("\n".join(self.fragments.values()))


def _difference(patch: str) -> str:
    """A patch without the reason above it."""
    start = patch.find("\n--- a/")
    return patch[start + 1 :] if start >= 0 else patch


def read_recipe(source: Path | None, flavour: str) -> Recipe:
    """Fragments and patches of this folder for a flavour, with the source and the compiler.

    Raises:
        PlatformFault: no such flavour, or no source.
    """
    if flavour not in FLAVOURS:
        raise PlatformFault(f"no flavour '{flavour}'; there are: {', '.join(FLAVOURS)}")
    folder = HERE / "patches"
    patches = [*sorted(folder.glob("*.patch")), *sorted((folder / flavour).glob("*.patch"))]
    return Recipe(
        source=source if source is not None else debian_source(),
        fragments={name: (HERE / "config" / name).read_text() for name in FLAVOURS[flavour]},
        patches={path.name: path.read_text() for path in patches},
        compiler=compiler(),
        variables=VARIABLES.get(flavour, {}),
        flavour=flavour,
    )


def debian_source(folder: Path = Path("/usr/src")) -> Path:
    """The tarball of Debian's linux-source-6.12 package."""
    source = folder / "linux-source-6.12.tar.xz"
    if not source.exists():
        raise PlatformFault(
            f"no kernel source: {source} comes with Debian's package linux-source-6.12"
            " (or name a tarball of kernel.org, 6.5 or newer, with KERNEL_SOURCE=)"
        )
    return source


def compiler() -> str:
    """The first line of ``gcc --version``."""
    try:
        asked = subprocess.run(["gcc", "--version"], check=True, capture_output=True, text=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise PlatformFault(f"no C compiler for the kernel: install gcc ({error})") from error
    return asked.stdout.splitlines()[0]


def kernel_part(home: Path, source: Path | None, flavour: str, report: Report) -> Part:
    """The kernel part, built if it is not there. An interrupted build goes on where it was."""
    recipe = read_recipe(source, flavour)
    if not recipe.source.is_file():
        raise PlatformFault(f"kernel source {recipe.source} is not a file")
    inputs = recipe.inputs()
    work = home / "build" / part_id("kernel", inputs)

    def make(folder: Path) -> dict[str, Any]:
        facts = _build(recipe, work, folder, report)
        shutil.rmtree(work, ignore_errors=True)
        return facts

    return ensure(home, "kernel", inputs, make)


def _build(recipe: Recipe, work: Path, folder: Path, report: Report) -> dict[str, Any]:
    tree = work / "tree"
    log = work / "build.log"
    _unpack(recipe, work, report)
    _configure(recipe, work, tree, report)
    done = _targets_of(work)
    before = os.times()
    jobs = f"-j{len(os.sched_getaffinity(0))}"
    usual = max(_usual_lines(work, recipe.flavour), done)
    counting = Counting(recipe.step, usual, _is_target, done=done)
    lines = run_counted(
        ["make", jobs, *_variables(recipe), "bzImage", "modules"],
        counting,
        report,
        log=log,
        cwd=tree,
        env=os.environ | _NEUTRAL,
    )
    after = os.times()
    _collect(tree, folder)
    return {
        "flavour": recipe.flavour,
        "release": (tree / "include/config/kernel.release").read_text().strip(),
        "source": {"name": recipe.source.name, "sha256": file_digest(recipe.source)},
        "compiler": recipe.compiler,
        "config_hash": file_digest(folder / "config"),
        "lines": lines + done,
        "cpu_seconds": round(
            after.children_user + after.children_system
            - before.children_user - before.children_system
        ),
        "wall_seconds": round(after.elapsed - before.elapsed),
    }  # fmt: skip


def _unpack(recipe: Recipe, work: Path, report: Report) -> None:
    """Source and patches, from the beginning if that was interrupted."""
    tree = work / "tree"
    if (work / "patched").exists():
        return
    if tree.exists():
        shutil.rmtree(tree)
    tree.mkdir(parents=True)
    report(Progress(f"{recipe.step} source", 0, 0, f"unpacking {recipe.source.name}"))
    _run(["tar", "-xf", str(recipe.source), "-C", str(tree), "--strip-components=1"], work)
    if not (tree / "Kconfig").exists():
        raise PlatformFault(f"{recipe.source} holds no kernel source (no Kconfig at its top)")
    for name, text in recipe.patches.items():
        report(Progress(f"{recipe.step} source", 0, 0, f"patch {name}"))
        patched = subprocess.run(
            ["patch", "-p1", "--forward", "--batch", "--no-backup-if-mismatch"],
            cwd=tree, input=text, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if patched.returncode != 0:
            raise PlatformFault(
                f"patch {name} does not apply to {recipe.source.name}:\n{patched.stdout.strip()}"
            )
    (work / "patched").touch()


def _configure(recipe: Recipe, work: Path, tree: Path, report: Report) -> None:
    """tinyconfig's base and the fragments: whatever they do not ask for is off."""
    report(Progress(f"{recipe.step} configuration", 0, 0))
    wanted = work / "wanted.config"
    base = (tree / "kernel/configs/tiny-base.config").read_text()
    text = "\n".join([base, *recipe.fragments.values()])
    config = tree / ".config"
    # Not again when going on: make would compile everything anew after a new .config.
    if not (config.exists() and wanted.exists() and wanted.read_text() == text):
        wanted.write_text(text)
        asked = [f"KCONFIG_ALLCONFIG={wanted}", "allnoconfig"]
        _run(["make", "-C", str(tree), *_variables(recipe), *asked], work)
    wrong = mismatches(recipe.fragments, config.read_text())
    if wrong:
        wanted.unlink()
        listed = "\n".join(f"  {mismatch}" for mismatch in wrong)
        raise PlatformFault(f"the kernel's configuration is not what was asked for:\n{listed}")


def _variables(recipe: Recipe) -> list[str]:
    return [f"{name}={value}" for name, value in recipe.variables.items()]


def _run(argv: list[str], work: Path) -> None:
    done = subprocess.run(
        argv, env=os.environ | _NEUTRAL, capture_output=True, text=True, check=False,
        errors="replace",
    )  # fmt: skip
    with (work / "build.log").open("a") as log:
        log.write(done.stdout + done.stderr)
    if done.returncode != 0:
        raise PlatformFault(f"{' '.join(argv[:3])} failed:\n{done.stderr.strip()[-800:]}")


def _is_target(line: str) -> bool:
    return _TARGET_LINE.match(line) is not None


def _targets_of(work: Path) -> int:
    """What an earlier, interrupted make has done already."""
    log = work / "build.log"
    if not log.exists():
        return 0
    return sum(1 for line in log.open(errors="replace") if _is_target(line))


def _usual_lines(work: Path, flavour: str) -> int:
    """What the newest such kernel built here printed; without one, what it was for us."""
    parts = work.parent.parent / "parts"
    infos = sorted(parts.glob("kernel-*/part.json"), key=lambda path: path.stat().st_mtime)
    read = [json.loads(path.read_text()) for path in infos]
    lines = [info["lines"] for info in read if info.get("flavour", "sanitizers") == flavour]
    return int(lines[-1] if lines else USUAL_LINES[flavour])


def _collect(tree: Path, folder: Path) -> None:
    shutil.copy2(tree / "arch/x86/boot/bzImage", folder / "bzImage")
    shutil.copy2(tree / ".config", folder / "config")
    shutil.copy2(tree / "System.map", folder / "System.map")
    shutil.copy2(tree / "Module.symvers", folder / "Module.symvers")
    copy_devel(tree, folder / "devel")
