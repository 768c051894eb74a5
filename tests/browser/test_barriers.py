"""No barrier on any page, in any state, light and dark, wide and narrow: axe finds nothing, and nothing overflows."""

from collections.abc import Callable

import pytest

from tests.browser.conftest import Screen, SignIn
from tests.browser.test_day import open_low_value

pytestmark = pytest.mark.browser


def claimed(screen: Screen) -> None:
    open_low_value(screen)


def refusing(screen: Screen) -> None:
    open_low_value(screen)
    screen.page.check("[name=outcome][value=right_refused]")
    screen.page.wait_for_selector(".paper")


def granting_with_faults(screen: Screen) -> None:
    open_low_value(screen)
    screen.page.check("[name=outcome][value=right_granted]")
    screen.page.click("text=Avgjør og ta neste")
    screen.page.wait_for_selector("#faults")


def help_sheet(screen: Screen) -> None:
    open_low_value(screen)
    screen.page.click("text=Taster")
    screen.page.wait_for_selector("dialog[open]")


def only_read(screen: Screen) -> None:
    screen.open("/ko?lop=cancer_pathway")
    screen.page.locator("tbody a.name").last.click()
    screen.page.wait_for_load_state("networkidle")


def searched(screen: Screen) -> None:
    screen.page.fill("#q", "Åkerløk")
    screen.page.press("#q", "Enter")
    screen.page.wait_for_load_state("networkidle")


def at(path: str) -> Callable[[Screen], None]:
    return lambda screen: screen.open(path)


STATES = {
    "queue": ("lege", at("/ko")),
    "queue narrowed to nothing": ("lege", at("/ko?avsender=ingen")),
    "search": ("lege", searched),
    "referral only read": ("lege", only_read),
    "referral claimed": ("lege", claimed),
    "referral refusing": ("lege", refusing),
    "referral with faults": ("lege", granting_with_faults),
    "help sheet": ("lege", help_sheet),
    "a secretary's start": ("sekretaer", at("/")),
    "a secretary's queue": ("sekretaer", at("/ko")),
    "the council's start": ("fagrad", at("/")),
    "the privacy officer's start": ("personvern", at("/")),
    "the administrator's start": ("admin", at("/")),
    "about": ("lege", at("/om")),
    "accessibility statement": ("lege", at("/tilgjengelighet")),
    "an error": ("lege", at("/henvisning/ingen")),
}


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("state", STATES)
def test_no_barrier(sign_in: SignIn, state: str, scheme: str, width: int) -> None:
    username, reach = STATES[state]
    screen = sign_in(username, width=width, color_scheme=scheme)

    reach(screen)

    assert screen.barriers() == []


def test_the_check_would_see_a_barrier(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    screen.page.evaluate("document.querySelector('label[for=q]').remove()")
    screen.page.evaluate("document.querySelector('#q').placeholder = ''")

    assert any(found.startswith("label") for found in screen.barriers())


def test_the_skip_link_comes_first(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    screen.page.keyboard.press("Tab")

    assert screen.page.evaluate("document.activeElement.textContent") == "Hopp til innholdet"
