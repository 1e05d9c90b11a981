"""What holds for a job in either sandbox: alone, poor, and over when its time is."""

from __future__ import annotations

import os
import select
import socket
from pathlib import Path

import pytest

from grader.build import Job, JobLimits, Outcome, Sandbox, open_sandbox
from grader.build.sandbox_bwrap import BwrapSandbox
from grader.errors import PlatformFault
from grader.image import Image
from tests.support.docker_engine import DockerEngine

MIB = 1024 * 1024
#: Seconds for the kernel to end a killed process.
DEADLINE = 30
pytestmark = pytest.mark.image


def sh(sandbox: Sandbox, script: str, *outputs: str, limits: JobLimits | None = None) -> Outcome:
    return sandbox.run(
        Job(["bash", "-c", script], outputs=outputs, limits=limits or JobLimits(wall_seconds=30))
    )


def test_files_go_in_and_outputs_come_out(sandbox: Sandbox) -> None:
    data = bytes(range(256)) * 1000
    outcome = sandbox.run(
        Job(
            ["sh", "-c", "cat a/b/in > out; cat; echo said; echo also >&2; exit 7"],
            files={"a/b/in": data},
            outputs=["out", "never made"],
        )
    )
    assert outcome.exit_code == 7
    assert outcome.killed is None
    assert outcome.outputs == {"out": data}
    assert outcome.log == b"said\nalso\n"
    assert outcome.seconds > 0


def test_each_job_starts_with_an_empty_folder(sandbox: Sandbox) -> None:
    sh(sandbox, "echo x > left")
    assert sh(sandbox, "ls -A").log == b""


def test_the_job_is_nobody_and_can_become_nobody_else(sandbox: Sandbox) -> None:
    log = sh(sandbox, "id -u; grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status").log.decode()
    uid, *status = log.split("\n")
    assert int(uid) != 0
    assert "CapEff:\t0000000000000000" in status
    assert "CapBnd:\t0000000000000000" in status
    assert "NoNewPrivs:\t1" in status


def test_there_is_no_network(sandbox: Sandbox) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        outcome = sh(
            sandbox, f"tail -n +3 /proc/net/dev | cut -d: -f1; exec 3<>/dev/tcp/127.0.0.1/{port}"
        )
    assert outcome.log.split()[0] == b"lo"
    assert b"refused" in outcome.log
    assert outcome.exit_code != 0


def test_no_file_of_the_host_is_there(sandbox: Sandbox, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("host")
    folders = " ".join(map(str, (secret, Path.home() / ".bashrc", "/var/lib", "/home", Path.cwd())))
    outcome = sh(sandbox, f"ls -d {folders} 2>/dev/null; cat /etc/shadow; ls /root")
    assert b"host" not in outcome.log
    assert b"cat: /etc/shadow: No such file" in outcome.log
    assert str(tmp_path).encode() not in outcome.log
    assert set(sh(sandbox, "ls /").log.decode().split()) <= {
        *(
            "bin",
            "dev",
            "etc",
            "kernel",
            "lib",
            "lib64",
            "proc",
            "sbin",
            "sys",
            "tmp",
            "usr",
            "work",
        ),
    }


def test_nothing_but_the_work_folder_can_be_written(sandbox: Sandbox) -> None:
    places = "/kernel /kernel/include /usr /usr/bin /etc / /tmp /dev /proc /sys"
    outcome = sh(sandbox, f"for p in {places}; do touch $p/x 2>/dev/null && echo $p; done; touch y")
    assert outcome.log == b""
    assert outcome.exit_code == 0


def test_the_environment_of_the_host_stays_outside(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_TOKEN", "host")
    log = sh(sandbox, "env").log
    assert b"SECRET" not in log
    assert b"LC_ALL=C\n" in log


def test_the_processes_of_the_host_are_not_seen(sandbox: Sandbox) -> None:
    pids = sh(sandbox, "ls /proc").log.split()
    assert sum(pid.isdigit() for pid in pids) < 10


def test_a_job_without_end_is_ended(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "echo on; while :; do :; done", limits=JobLimits(wall_seconds=2))
    assert outcome.killed == "time"
    assert outcome.log == b"on\n"


def test_a_process_has_so_much_processor_time(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "while :; do :; done", limits=JobLimits(cpu_seconds=1))
    assert outcome.killed is None
    assert outcome.exit_code != 0


def test_a_fork_bomb_ends_and_leaves_nobody_behind(sandbox: Sandbox) -> None:
    uid = int(sh(sandbox, "id -u").log)
    outcome = sh(sandbox, "b() { b | b & }; b; sleep 100 & wait", limits=JobLimits(wall_seconds=3))
    assert outcome.killed in ("time", "output") or outcome.exit_code != 0
    assert none_left(uid)
    assert sh(sandbox, "echo well").log == b"well\n"


def test_what_a_job_leaves_running_ends_with_it(sandbox: Sandbox) -> None:
    uid = int(sh(sandbox, "id -u").log)
    outcome = sh(sandbox, "setsid sleep 1000 >/dev/null 2>&1 & exit 0")
    assert outcome.exit_code == 0
    assert none_left(uid)


def none_left(uid: int) -> bool:
    """The kernel ends a namespace's processes right after its first one: wait for each to end."""
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            if f"\nUid:\t{uid}\t" not in (folder / "status").read_text():
                continue
            handle = os.pidfd_open(int(folder.name))
        except OSError:
            continue
        try:
            if not select.select([handle], [], [], DEADLINE)[0]:
                return False
        finally:
            os.close(handle)
    return True


def test_a_process_has_so_much_memory(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "tail /dev/zero", limits=JobLimits(address_space=200 * MIB))
    assert outcome.exit_code != 0
    assert b"memory exhausted" in outcome.log


def test_a_flood_on_standard_output_is_cut(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "yes", limits=JobLimits(log=100_000))
    assert outcome.killed == "output"
    assert outcome.log == (b"y\n" * 50_000)


def test_an_output_that_is_too_big_is_not_taken(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "head -c 3000000 /dev/zero > big", "big", limits=JobLimits(output=MIB))
    assert outcome.killed == "output"
    assert not outcome.outputs


def test_a_file_and_the_work_folder_have_a_size(sandbox: Sandbox) -> None:
    limits = JobLimits(file_size=2 * MIB, work=4 * MIB)
    one = sh(sandbox, "head -c 3000000 /dev/zero > big", limits=limits)
    many = sh(sandbox, "for n in 1 2 3 4 5; do head -c 1000000 /dev/zero > $n; done", limits=limits)
    assert one.exit_code != 0
    assert b"No space left on device" in many.log


def test_a_link_is_no_output(sandbox: Sandbox) -> None:
    outcome = sh(sandbox, "ln -s /etc/passwd out; ln -s /usr way", "out", "way/bin/env")
    assert "out" not in outcome.outputs
    assert outcome.exit_code == 0


def test_a_job_that_writes_nonsense_as_its_result_gives_no_outputs(sandbox: Sandbox) -> None:
    script = "for pid in /proc/[0-9]*; do echo junk > $pid/fd/1; done 2>/dev/null; echo ok > out"
    assert sh(sandbox, script, "out").outputs.get("out", b"ok\n") == b"ok\n"


def test_a_sandbox_without_its_root_is_our_fault(tmp_path: Path) -> None:
    sandbox = BwrapSandbox(tmp_path, {}, uid=64_200)
    with pytest.raises(PlatformFault, match=r"did not start.*bubblewrap"):
        sandbox.run(Job(["true"]))


def test_without_bwrap_the_message_says_what_to_install(
    image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with open_sandbox("bwrap", image) as sandbox, pytest.raises(PlatformFault, match="install bub"):
        sandbox.run(Job(["true"]))


def test_without_a_docker_engine_the_message_says_what_to_install(
    image: Image, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
    with pytest.raises(PlatformFault, match=r"install docker\.io"):
        open_sandbox("docker", image)


def test_an_unknown_kind_is_never_run_unsandboxed(image: Image) -> None:
    with pytest.raises(PlatformFault, match="'bwrap' or 'docker'"):
        open_sandbox("none", image)


@pytest.mark.docker
def test_no_container_is_left(image: Image, docker_engine: DockerEngine) -> None:
    import docker

    with open_sandbox("docker", image) as sandbox:
        sh(sandbox, "exit 3")
        sh(sandbox, "sleep 100", limits=JobLimits(wall_seconds=1))
    ours = docker.from_env().containers.list(
        all=True, filters={"label": "org.ringmark.sandbox=build"}
    )
    assert ours == []
