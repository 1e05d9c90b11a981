"""A worker's home, filled from the site over HTTP. Real HTTP, a made-up store."""

from __future__ import annotations

import json
import os
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.utils import timezone
from pytest_django.live_server_helper import LiveServer

from grader.image import load_image
from tests.support.ports import free_port
from tests.webapp.fleet.cutting import CuttingProxy
from tests.webapp.fleet.store import make_store
from vm_images import download, publish
from vm_images.build import tree_digest
from vm_images.download import FetchFailed, Platform
from vm_images.fetch import fetch_images
from vm_images.progress import Progress, silent
from vm_images.verify import verify_image
from webapp.fleet import tokens

OFFER = {"default": "default", "race": "race"}


def no_pause(seconds: float) -> None:
    pass


@pytest.fixture
def site(
    transactional_db: None, platform_home: Path, token: str, live_server: LiveServer
) -> Platform:
    return Platform(live_server.url, token, no_pause)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "worker"


def kernel_of(home: Path) -> str:
    return str(load_image(home).manifest["parts"]["kernel"])


def test_an_empty_home_gets_both_images_whole(
    site: Platform, platform_home: Path, home: Path
) -> None:
    images = fetch_images(home, site, silent)
    assert set(images) == {"default", "race"}
    for name, image in images.items():
        there, here = load_image(platform_home, name), load_image(home, name)
        assert here.id == there.id == image.id
        assert here.kernel.read_bytes() == there.kernel.read_bytes()
        assert tree_digest(here.toolchain) == tree_digest(there.toolchain)
        assert verify_image(home, name) == []
    toolchain = load_image(home).toolchain
    assert (toolchain / "etc" / "alternatives").readlink() == Path("/usr/bin")
    assert stat.S_IMODE((toolchain / "usr" / "bin" / "su").stat().st_mode) == 0o4755
    assert not list((home / "downloads").iterdir())


def test_what_is_there_is_not_loaded_again(site: Platform, platform_home: Path, home: Path) -> None:
    fetch_images(home, site, silent)
    before = load_image(home)
    make_store(platform_home, version="2")
    steps: list[Progress] = []
    fetch_images(home, site, steps.append)
    after = load_image(home)
    assert after.id != before.id
    assert after.toolchain == before.toolchain
    loaded = {step.step.partition("-")[0] for step in steps if step.detail.endswith("MB")}
    assert loaded == {"kernel"}
    assert load_image(home, before.id).kernel.exists()  # another worker may be marking with it


def test_changed_bytes_are_refused_before_they_are_unpacked(
    site: Platform, platform_home: Path, home: Path
) -> None:
    part = kernel_of(platform_home)
    facts = publish.index(platform_home, OFFER)["parts"][part]
    (packed,) = (platform_home / "packed").glob(f"{part}-*.tar")
    with packed.open("r+b") as file:
        file.seek(facts["size"] // 2)
        file.write(b"tampered")
    with pytest.raises(FetchFailed, match=rf"{part}.*digest .*, not {facts['sha256'][:16]}"):
        fetch_images(home, site, silent)
    assert not (home / "parts" / part).exists()
    assert not list((home / "downloads").iterdir())
    assert not (home / "images" / "default").exists()


def test_a_part_that_is_not_what_its_image_says_gets_no_name(
    site: Platform, platform_home: Path, home: Path
) -> None:
    (load_image(platform_home).devel / "Makefile").write_text("all: backdoor\n")
    with pytest.raises(FetchFailed, match="devel/ has changed"):
        fetch_images(home, site, silent)
    assert not (home / "images" / "default").exists()


def test_an_image_of_that_name_that_was_made_of_other_things_is_not_mixed_in(
    site: Platform, home: Path
) -> None:
    make_store(home)  # the same inputs, so the same names, and other bytes in the kernel
    with pytest.raises(FetchFailed, match="built from other packages"):
        fetch_images(home, site, silent)


def test_a_line_that_is_cut_goes_on_where_it_was(
    site: Platform, platform_home: Path, home: Path
) -> None:
    with CuttingProxy(site.url, after=1_000_000, cuts=2) as line:
        fetch_images(home, Platform(line.url, site.token, no_pause), silent)
        asked = [text for text in line.requests if "/fleet/parts/kernel" in text]
    ranges = [
        int(row.partition("=")[2].rstrip("-"))
        for text in asked
        for row in text.splitlines()
        if row.startswith("Range:")
    ]
    assert len(ranges) == 2
    assert 900_000 < ranges[0] < 1_000_000 < ranges[1] < 2_000_000
    assert verify_image(home, "default") == verify_image(home, "race") == []


def test_another_start_goes_on_as_well(site: Platform, platform_home: Path, home: Path) -> None:
    part = kernel_of(platform_home)
    facts = publish.index(platform_home, OFFER)["parts"][part]
    (packed,) = (platform_home / "packed").glob(f"{part}-*.tar")
    begun = home / "downloads" / f"{part}-{facts['sha256'][:16]}.tar"
    begun.parent.mkdir(parents=True)
    begun.write_bytes(packed.read_bytes()[:2_500_000])
    (home / "parts" / f".{part}.partial" / "devel").mkdir(parents=True)  # killed while unpacking
    steps: list[Progress] = []
    fetch_images(home, site, steps.append)
    mine = [step for step in steps if step.step == part]
    assert min(step.done for step in mine) > 2_500_000
    assert verify_image(home) == []


def test_a_revoked_token_is_refused(site: Platform, home: Path) -> None:
    tokens.revoke("lab-1", timezone.now())
    with pytest.raises(FetchFailed, match=r"refuses this token.*worker_token create"):
        fetch_images(home, site, silent)


def test_a_site_that_cannot_be_reached_is_tried_and_named(home: Path) -> None:
    pauses: list[float] = []
    said: list[Progress] = []
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(FetchFailed, match=rf"{url} cannot be reached.*RINGMARK_URL"):
        fetch_images(home, Platform(url, "x" * 40, pauses.append), said.append)
    assert tuple(pauses) == download.PAUSES
    assert "again in 1 s" in said[1].detail


def test_a_site_without_images_says_what_to_do(
    site: Platform, platform_home: Path, home: Path
) -> None:
    (platform_home / "images" / "race").unlink()
    with pytest.raises(FetchFailed, match=r"answers 503: no guest image 'race'.*images build"):
        fetch_images(home, site, silent)


@contextmanager
def answering(status: int, headers: dict[str, str], body: bytes) -> Iterator[str]:
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_the_token_is_not_carried_to_another_address(home: Path) -> None:
    elsewhere = {"Location": "https://ringmark.example.org/fleet/images"}
    with (
        answering(301, elsewhere, b"") as url,
        pytest.raises(FetchFailed, match=r"sends us on to https://ringmark.example.org/fleet"),
    ):
        fetch_images(home, Platform(url, "x" * 40, no_pause), silent)


def test_something_else_at_that_address_is_no_index(home: Path) -> None:
    with (
        answering(200, {}, b"<html>Welcome to nginx</html>") as url,
        pytest.raises(FetchFailed, match=r"no answer of Ringmark's: <html>Welcome"),
    ):
        fetch_images(home, Platform(url, "x" * 40, no_pause), silent)


def test_a_busy_site_is_waited_for_much_longer(home: Path) -> None:
    pauses: list[float] = []
    with (
        answering(503, {"Retry-After": "5"}, b"Other workers are loading.") as url,
        pytest.raises(FetchFailed, match="is busy: Other workers are loading"),
    ):
        fetch_images(home, Platform(url, "x" * 40, pauses.append), silent)
    assert pauses == [5.0] * download.BUSY_TIMES


def test_a_name_that_the_site_does_not_answer_to(home: Path) -> None:
    with (
        answering(400, {}, b"<h1>Bad Request (400)</h1>") as url,
        pytest.raises(FetchFailed, match=r"does not answer to that name.*ALLOWED_HOSTS"),
    ):
        fetch_images(home, Platform(url, "x" * 40, no_pause), silent)


Change = Callable[[dict], object]  # type: ignore[type-arg]


@pytest.mark.parametrize(
    "change",
    [
        lambda index: index["images"]["default"].update(id="../../etc"),
        lambda index: index["images"]["default"]["parts"].update(kernel="kernel-../../../etc"),
        lambda index: index["images"]["default"]["files"].update({"/etc/passwd": {}}),
        lambda index: index["images"]["default"]["trees"].update({"parts/../../x": ""}),
        lambda index: index["images"].update({"../x": index["images"]["race"]}),
        lambda index: index["images"].pop("race"),
        lambda index: index["parts"].clear(),
        lambda index: [each.update(sha256="0" * 63) for each in index["parts"].values()],
        lambda index: index.update(schema="ringmark.images/2"),
        lambda index: index.update(images=[]),
    ],
)
def test_an_index_with_impossible_names_is_refused(
    platform_home: Path, home: Path, change: Change
) -> None:
    index = publish.index(platform_home, OFFER)
    change(index)
    with (
        answering(200, {}, json.dumps(index).encode()) as url,
        pytest.raises(FetchFailed, match=rf"{url} (has an image index|offers images as)"),
    ):
        fetch_images(home, Platform(url, "x" * 40, no_pause), silent)
    assert not home.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_owners_are_kept_by_number(site: Platform, platform_home: Path, home: Path) -> None:
    os.chown(load_image(platform_home).toolchain / "usr" / "bin" / "gcc-12", 0, 4242)
    fetch_images(home, site, silent)
    assert (load_image(home).toolchain / "usr" / "bin" / "gcc-12").stat().st_gid == 4242
