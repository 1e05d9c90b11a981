"""A real RabbitMQ of the test's own: loopback, free ports, a folder that goes away."""

from __future__ import annotations

import os
import signal
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support.ports import free_port
from tests.webapp.support.queue import use_broker
from webapp.config.celery import app

#: Debian's; the one in /usr/sbin insists on its own user and folders.
SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
EPMD = "/usr/bin/epmd"


class RabbitMQ:
    """Can be stopped and started again at the same address; what is queued is kept."""

    def __init__(self, folder: Path) -> None:
        self._port, names, distribution = free_port(), free_port(), free_port()
        self.url = f"amqp://guest:guest@127.0.0.1:{self._port}//"
        (folder / "plugins").write_text("[].")
        self._environment = {
            "PATH": os.environ["PATH"],
            "HOME": str(folder),
            "LANG": "C.UTF-8",
            "RABBITMQ_MNESIA_BASE": str(folder / "db"),
            "RABBITMQ_LOG_BASE": str(folder / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
            "RABBITMQ_CONFIG_FILE": str(folder / "none"),
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_PID_FILE": str(folder / "pid"),
            "RABBITMQ_NODENAME": f"ringmark-{uuid.uuid4().hex[:12]}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self._port),
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "+S 1:1 -start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
            ),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(names),
        }
        self._names: subprocess.Popen[bytes] | None = None
        self._server: subprocess.Popen[str] | None = None

    def start(self) -> None:
        if self._names is None:
            self._names = subprocess.Popen([EPMD], env=self._environment)
        self._server = subprocess.Popen(
            [SERVER],
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        assert self._server.stdout is not None
        said = []
        for line in self._server.stdout:
            said.append(line)
            if "Starting broker... completed" in line:
                return
        raise AssertionError("RabbitMQ ended at its start:\n" + "".join(said))

    def stop(self) -> None:
        if self._server is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._server.pid, signal.SIGTERM)
            assert self._server.stdout is not None
            self._server.stdout.read()  # to its end, so that it never waits for a reader
            self._server.wait()
            self._server.stdout.close()
            self._server = None

    def close(self) -> None:
        self.stop()
        if self._names is not None:
            self._names.kill()
            self._names.wait()


@contextmanager
def private_rabbit() -> Iterator[RabbitMQ]:
    with tempfile.TemporaryDirectory(prefix="rm-rabbit-") as folder:
        rabbit = RabbitMQ(Path(folder))
        before = app.conf.broker_url
        try:
            rabbit.start()
            use_broker(rabbit.url)
            yield rabbit
        finally:
            use_broker(before)
            rabbit.close()
