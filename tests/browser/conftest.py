"""The real program, started as a user starts it, and Chromium to use it with."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, ViewportSize, expect, sync_playwright

from tests.conftest import own_folder
from triage.paths import POLICIES

ROOT = Path(__file__).parents[2]
ARTIFACTS = ROOT / "artifacts"
VENDOR = Path(__file__).parent / "vendor"
AXE, NORWEGIAN = (VENDOR / "axe.min.js").read_text("utf-8"), (VENDOR / "axe.nb.json").read_text("utf-8")
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
# A dialog that is still fading in, or a colour on its way to the dark scheme, has no contrast to judge yet.
AT_REST = """() => new Promise(requestAnimationFrame)
    .then(() => document.getAnimations().filter(moving => moving.effect.getComputedTiming().endTime !== Infinity))
    .then(moving => Promise.allSettled(moving.map(one => one.finished)))"""
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]
VIEWS = [(width, scheme) for width in (1280, 320) for scheme in ("light", "dark")]
WINDOW: ViewportSize = {"width": 1280, "height": 900}
_STARTS_WITHIN_SECONDS = 240

POLICY_FOR_TESTS = "\nhold_back_minutes: 1\nblind_first_share: 0\nblind_double_read_share: 0\n"
PROGRAM = [sys.executable, "-c", "from triage.cli import main; main()"]
PASSWORD = "langt-nok-passord"  # of those who are not demo users
EYE_DOCTOR = ("oyelege", "--name", "Øyvind Øyelege", "--title", "overlege", "--role", "lege", "--area", "eye")

SignIn = Callable[..., "Screen"]


@dataclass
class Screen:
    """A page in its own browser profile, and what it complained about."""

    page: Page
    origin: str
    complaints: list[str] = field(default_factory=list)
    foreign: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.origin + path)
        self.page.wait_for_load_state("networkidle")

    def press(self, key: str, *, until: str) -> None:
        """A key that leads to another page."""
        with self.page.expect_navigation(url=re.compile(until), wait_until="networkidle"):
            self.page.keyboard.press(key)

    def picture(self, name: str) -> None:
        # Playwright would hide the caret by an inline style, which the content policy rightly refuses.
        self.page.screenshot(path=ARTIFACTS / f"{name}.png", caret="initial")

    def barriers(self) -> list[str]:
        """What axe finds on the page as it is now, light and dark, wide and narrow, and whether it overflows."""
        self.page.wait_for_load_state("networkidle")  # without its styles nothing has its colours
        self.page.evaluate(AXE)
        self.page.evaluate(f"axe.configure({{locale: {NORWEGIAN}}})")
        found = [f"{width} {scheme}: {fault}" for width, scheme in VIEWS for fault in self._seen(width, scheme)]
        self.page.set_viewport_size(WINDOW)
        return found

    def _seen(self, width: int, scheme: Any) -> list[str]:
        self.page.set_viewport_size({**WINDOW, "width": width})
        self.page.emulate_media(color_scheme=scheme)
        self.page.evaluate(AT_REST)
        found = self.page.evaluate("rules => axe.run(document, {runOnly: {type: 'tag', values: rules}})", RULES)
        seen = [f"{v['id']}: {v['help']} {[n['html'][:160] for n in v['nodes'][:3]]}" for v in found["violations"]]
        too_wide = self.page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        return [*seen, *(["reflow: wider than the window"] if too_wide else [])]


@contextmanager
def _running(home: Path, command: str, policy: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The program with a database in this folder; its address, and the environment that it runs in."""
    port, name = _free_port(), home / command
    name.with_suffix(".yaml").write_text((POLICIES / "demo.yaml").read_text("utf-8") + policy, "utf-8")
    given = {"TRIAGE_HOME": str(home / "data"), "TRIAGE_POLICY": str(name.with_suffix(".yaml"))}
    environment, words = os.environ | given, [*PROGRAM, command, "--port", str(port)]
    with name.with_suffix(".txt").open("w") as log:
        running = subprocess.Popen(words, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        try:
            _wait_for(f"http://127.0.0.1:{port}", running, name.with_suffix(".txt"))
            yield f"http://127.0.0.1:{port}", environment
        finally:
            running.send_signal(signal.SIGINT)
            running.wait(timeout=60)


@pytest.fixture(scope="session")
def home() -> Iterator[Path]:
    folder = own_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def program(home: Path) -> Iterator[str]:
    """The address of `triage demo`, its database its own; letters leave after a minute, and no lot is drawn."""
    with _running(home, "demo", POLICY_FOR_TESTS) as (origin, environment):
        added = [*PROGRAM, "user", "add", *EYE_DOCTOR]
        subprocess.run(added, env=environment, cwd=ROOT, input=f"{PASSWORD}\n".encode(), check=True)
        yield origin


@pytest.fixture
def answers_first(program: str, home: Path) -> Iterator[str]:  # whose database it is
    """The address of the same department under a policy where everybody answers before the proposal."""
    with _running(home, "serve", "\nblind_first_share: 1\n") as (origin, _):
        yield origin


@pytest.fixture(scope="module")  # its event loop must not run on into other tests
def chromium() -> Iterator[Browser]:
    if CHROMIUM is None:
        if os.environ.get("CI"):
            pytest.fail("Chromium is not installed")
        pytest.skip("Chromium is not installed (apt-get install chromium)")
    ARTIFACTS.mkdir(exist_ok=True)
    expect.set_options(timeout=30_000)  # a busy machine is no fault
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def signed_in_state(chromium: Browser, program: str) -> Callable[[str], Any]:
    """What a browser keeps of a demo user's session; each signs in once."""

    @cache
    def of(username: str) -> Any:
        page = chromium.new_page()
        page.goto(f"{program}/logg-inn")
        page.fill("#username", username)
        page.fill("#password", PASSWORD if username == EYE_DOCTOR[0] else "demo")
        page.click("main button")
        page.wait_for_url(re.compile(r"/(?!logg-inn)"))
        if "/formal" in page.url:  # before the first use
            page.click("text=Jeg har lest dette")
            page.wait_for_url(re.compile(r"/(?!formal)"))
        state = page.context.storage_state()
        page.close()
        return state

    return of


@contextmanager
def windows(chromium: Browser, program: str, state: Callable[[str], Any]) -> Iterator[SignIn]:
    """Opens one for a demo user; at the end none may have complained or asked anybody else for anything."""
    screens: list[Screen] = []

    def into(username: str | None, **options: Any) -> Screen:
        known = {"storage_state": state(username)} if username else {}
        context = chromium.new_context(**{"viewport": WINDOW, "locale": "nb-NO", **known, **options})
        screen = Screen(context.new_page(), program)
        screens.append(screen)
        _listen(screen)
        screen.open("/")
        return screen

    yield into
    for screen in screens:
        screen.page.context.close()
    assert [screen.complaints for screen in screens] == [[] for _ in screens]
    assert [screen.foreign for screen in screens] == [[] for _ in screens]


@pytest.fixture
def sign_in(chromium: Browser, program: str, signed_in_state: Callable[[str], Any]) -> Iterator[SignIn]:
    with windows(chromium, program, signed_in_state) as into:
        yield into


@pytest.fixture(scope="module")
def screen_of(chromium: Browser, program: str, signed_in_state: Callable[[str], Any]) -> Iterator[SignIn]:
    """One window for each user, used by one test after the other."""
    with windows(chromium, program, signed_in_state) as into:
        yield cache(into)


def _listen(screen: Screen) -> None:
    page = screen.page

    def hear(message: ConsoleMessage) -> None:
        # A refused form and a page that is not there are answers; Chromium writes them on the console all the same.
        answers = re.search(r"status of 4(09|22)", message.text) or message.location["url"].endswith(
            "/henvisning/ingen"
        )
        if message.type == "error" and not answers:
            screen.complaints.append(message.text)

    def see(request: Request) -> None:
        if not request.url.startswith((screen.origin, "data:")):
            screen.foreign.append(request.url)

    page.on("console", hear)
    page.on("pageerror", lambda error: screen.complaints.append(str(error)))
    page.on("request", see)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        port: int = listening.getsockname()[1]
        return port


def _wait_for(origin: str, running: "subprocess.Popen[bytes]", log: Path) -> None:
    end = monotonic() + _STARTS_WITHIN_SECONDS
    while monotonic() < end and running.poll() is None:
        try:
            with urlopen(f"{origin}/logg-inn"):
                return
        except URLError:
            sleep(0.5)
    raise RuntimeError(f"The demo did not start: {log.read_text()[-2000:]}")
