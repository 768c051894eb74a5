"""No barrier on any page, in any state, light and dark, wide and narrow: axe finds nothing, and nothing overflows."""

from collections.abc import Callable
from time import monotonic
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import Screen, SignIn
from tests.browser.test_day import open_low_value, refuse_danger

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
    screen.open("/ko")
    screen.page.fill("#q", "Åkerløk")
    screen.page.press("#q", "Enter")
    screen.page.wait_for_load_state("networkidle")


def looking_elsewhere(screen: Screen) -> None:
    screen.open("/ko")
    screen.page.fill("#q", "Åkerløk 29.01.2003")
    screen.page.press("#q", "Enter")
    screen.page.click("text=Nødtilgang til andre avdelinger")


def broken_glass(screen: Screen) -> None:
    looking_elsewhere(screen)
    screen.page.fill("#why", "Pasienten ligger på akuttmottaket nå.")
    screen.page.click("text=Bruk nødtilgang")
    screen.page.click("tbody a.name")
    screen.page.wait_for_selector("#letter-title")


def the_officer_sees_it(screen: Screen) -> None:
    screen.open("/logg?bruker=oyelege")
    screen.page.wait_for_selector("#glass")


def asking_a_colleague(screen: Screen) -> None:
    open_low_value(screen)
    screen.page.click("text=Spør en kollega")
    screen.page.fill("#opinion", "Hva gjør du her?")
    screen.page.click("button:text-is('Spør')")
    screen.page.wait_for_selector("#readings")


def reading_blind(screen: Screen) -> None:
    """What the doctor asked for above."""
    screen.open("/lesning")
    screen.page.click("text=Les neste uavhengig")
    screen.page.wait_for_selector("#answer-title")


def with_a_draft_and_a_view(screen: Screen) -> None:
    refusing(screen)
    screen.open("/ko?omrade=ent&lop=emergency")
    screen.page.fill("#view-name", "ØNH haster")
    screen.page.click("text=Lagre visningen")
    screen.page.wait_for_selector("text=Fjern")


def preparing(screen: Screen) -> None:
    screen.open("/forsortering?bare=missing")
    screen.page.locator("a.name").first.click()
    screen.page.wait_for_selector("#script")
    screen.page.click("text=Registrer samtykke")


def unreadable_message(screen: Screen) -> None:
    urlopen(Request(f"{screen.origin}/api/meldinger", b"%PDF-1.7 uten innhold"))
    screen.open("/forsortering")
    screen.page.click("section[aria-labelledby=tray] a >> nth=0")
    screen.page.wait_for_selector("#by-hand")


def made_report(screen: Screen) -> None:
    """Of the invented region, which has every figure and every table."""
    screen.open("/rapport")
    screen.page.click("text=Flere valg")
    screen.page.check("[name=example]")
    screen.page.click("text=Lag ny rapport")
    ends = monotonic() + 240
    while not screen.page.locator("article.report").count() and monotonic() < ends:
        screen.page.wait_for_timeout(2000)
        screen.open("/rapport")
    screen.page.wait_for_selector("article.report")


def patient_in_log(screen: Screen) -> None:
    screen.open("/logg")
    screen.page.fill("#who", "Åkerløk")
    screen.page.press("#who", "Enter")
    screen.page.wait_for_selector("dl.pairs")


def checked_log(screen: Screen) -> None:
    screen.open("/logg")
    screen.page.click("text=Kontroller at loggen er hel")
    screen.page.wait_for_selector(".digest")


def letters_that_wait(screen: Screen) -> None:
    case = refuse_danger(screen)
    screen.open(case)
    screen.page.wait_for_selector("text=Brevene venter til en annen lege")


def alike(screen: Screen) -> None:
    screen.open("/forsortering?bare=attachments")
    screen.open("/forsortering")
    screen.page.evaluate("document.querySelectorAll('main table tr:nth-child(n+9)').forEach(row => row.remove())")
    screen.page.click("text=Klargjør like henvisninger samlet")
    screen.page.locator(".alike details summary").first.click()


def without_suggestions(screen: Screen) -> None:
    screen.open("/om")
    screen.page.fill("#reason", "Prøver stoppknappen.")
    screen.page.click("text=Stans alle forslag")
    screen.page.wait_for_selector("text=Vis forslag igjen")
    open_low_value(screen, "/ko?omrade=ent", says="ØNH")


def user_form(screen: Screen) -> None:
    screen.open("/admin")
    screen.page.click("text=Legg til eller endre en bruker")


def at(path: str) -> Callable[[Screen], None]:
    return lambda screen: screen.open(path)


# Short lists: a long one has the same kinds of rows, and axe takes seconds for every fifty.
STATES = {
    "sign-in": (None, at("/logg-inn")),
    "queue": ("lege", at("/ko?lop=emergency&omrade=ent")),
    "queue narrowed to nothing": ("lege", at("/ko?avsender=ingen")),
    "search": ("lege", searched),
    "referral only read": ("lege", only_read),
    "referral claimed": ("lege", claimed),
    "referral refusing": ("lege", refusing),
    "referral with faults": ("lege", granting_with_faults),
    "help sheet": ("lege", help_sheet),
    "letters that wait": ("lege", letters_that_wait),
    "ways to narrow": ("lege", at("/ko/avgrens?omrade=eye")),
    "overview": ("lege", at("/oversikt?flere=200&minutter=3")),
    "what the program is for": ("lege", at("/formal")),
    "a colleague asked": ("lege", asking_a_colleague),
    "a blind reading": ("kollega", reading_blind),
    "readings": ("lege", at("/lesning")),
    "queue with a draft and a view": ("lege", with_a_draft_and_a_view),
    "another department's patient": ("oyelege", looking_elsewhere),
    "broken glass": ("oyelege", broken_glass),
    "broken glass in the log": ("personvern", the_officer_sees_it),
    "a secretary's queue": ("sekretaer", at("/ko?lop=contract_specialist&omrade=ent")),
    "presorting": ("sekretaer", at("/forsortering?bare=attachments")),
    "a referral to prepare": ("sekretaer", preparing),
    "a message in the tray": ("sekretaer", unreadable_message),
    "those that are alike": ("sekretaer", alike),
    "letters": ("sekretaer", at("/brev")),
    "no report yet": ("fagrad", at("/rapport")),
    "report": ("fagrad", made_report),
    "nothing tried out yet": ("fagrad", at("/rapport/simuler")),
    "log": ("personvern", at("/logg?bruker=personvern")),
    "a patient in the log": ("personvern", patient_in_log),
    "the log's seal": ("personvern", checked_log),
    "administration": ("admin", user_form),
    "about": ("admin", at("/om")),
    "accessibility statement": ("lege", at("/tilgjengelighet")),
    "an error": ("lege", at("/henvisning/ingen")),
    "without suggestions": ("lege", without_suggestions),  # the last one: it is for everybody
}


# Before the states, one of which stops all proposals.
def test_no_barrier_where_one_answers_before_the_proposal(sign_in: SignIn, answers_first: str) -> None:
    screen = sign_in("lege")
    screen.origin = answers_first
    open_low_value(screen, "/ko?omrade=endoscopy")
    screen.page.wait_for_selector("#first-title")

    assert screen.barriers() == []


@pytest.mark.parametrize("state", STATES)
def test_no_barrier(screen_of: SignIn, state: str) -> None:
    username, reach = STATES[state]
    screen = screen_of(username)

    reach(screen)

    assert screen.barriers() == []


def test_the_check_would_see_a_barrier(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    screen.page.evaluate("document.querySelector('label[for=q]').remove()")
    screen.page.evaluate("document.querySelector('#q').placeholder = ''")

    assert any("label" in found for found in screen.barriers())


def test_the_skip_link_comes_first(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    screen.page.keyboard.press("Tab")

    assert screen.page.evaluate("document.activeElement.textContent") == "Hopp til innholdet"
