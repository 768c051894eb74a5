"""A reviewer's day in a real browser: from the queue to the letter, by mouse, by keys, and without JavaScript."""

import re
from io import BytesIO

import pikepdf
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Screen, SignIn
from tests.letters.pdf_words import words_of
from triage.domain.calendar import long_date, oslo_date, utc_now

pytestmark = pytest.mark.browser

LOW_VALUE = "/ko?lop=primary_care&omrade=endoscopy"
CASE = r"/henvisning/[0-9a-f-]+"


def test_the_whole_job_from_the_queue_to_the_pdf(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    page = screen.page
    screen.picture("queue")

    screen.press("n", until=CASE)
    expect(page.locator("mark.present").first).to_be_visible()
    expect(page.locator(".proposal")).to_contain_text("Øyeblikkelig hjelp")
    screen.picture("referral-danger")

    case = open_low_value(screen)
    page.check("[name=outcome][value=right_refused]")
    page.check("[name=language][value=nn]")
    expect(page.locator("#preview")).to_contain_text("Brevene er klare")
    expect(page.locator("#preview .paper").first).to_contain_text("Du har ikkje rett")
    screen.picture("referral-refusal-nynorsk")
    page.click("text=Avgjør og ta neste")
    expect(page.locator("text=Avgjort: Ikke rett til helsehjelp")).to_be_visible()
    screen.picture("next-referral-with-undo")

    pdf = pdf_when_sent(screen, case)
    assert pikepdf.open(BytesIO(pdf)).Root.Lang == "nn-NO"
    printed = squashed(words_of(pdf))
    wanted = [
        squashed(f"Dato: {long_date(oslo_date(utc_now()))}"),
        squashed("Ifølgje tilvisinga er det ikkje"),
        "Statsforvaltaren",
        squashed("innan 4 veker"),
    ]
    assert [words for words in wanted if words not in printed] == []


def squashed(words: str) -> str:
    """Without blanks and hyphens: in a PDF letters that are kerned come apart, and words break at the line's end."""
    return re.sub(r"[\s\u00ad\u2010-]", "", words)


def open_low_value(screen: Screen, queue: str = LOW_VALUE, says: str | re.Pattern[str] = "gastroskopi") -> str:
    """The address of a gastroscopy of low value that this person now holds; or of the first that `says` so."""
    screen.open(queue)
    screen.page.locator("tbody tr", has_text=says).locator("button").first.click()
    screen.page.wait_for_url(re.compile(CASE), wait_until="networkidle")
    return screen.page.url.removeprefix(screen.origin)


def pdf_when_sent(screen: Screen, case: str) -> bytes:
    """The patient's letter, once the hold-back is over and the worker has written it."""
    page = screen.page
    letter = page.get_by_role("link", name=re.compile("Til pasienten"))

    def shown() -> bool:
        screen.open(case)
        return letter.count() > 0

    assert any(shown() or page.wait_for_timeout(5000) for _ in range(30))
    letter.click()
    page.wait_for_load_state("networkidle")
    screen.picture("letter")
    assert screen.barriers() == []
    answer = page.context.request.get(page.url + "/pdf")
    assert answer.headers["content-type"] == "application/pdf"
    body: bytes = answer.body()
    return body


GRANT, REFUSE = "1", "Shift+Digit2"
TINNITUS = "/ko?regel=ent/known_tinnitus&lop=contract_specialist"
NAMED = re.compile(r"^(?!.*Uten navn)", re.DOTALL)  # a letter needs the patient's name


@pytest.mark.parametrize(
    ("queue", "keys", "says"),
    [
        ("/ko?regel=ent/cholesteatoma", [GRANT], "Rett til helsehjelp"),
        (LOW_VALUE, [REFUSE], "Ikke rett til helsehjelp"),
        (LOW_VALUE, [GRANT, "Space"], "Rett til helsehjelp"),
        (TINNITUS, [REFUSE, "Space"], "Ikke rett til helsehjelp"),
    ],
    ids=["grant as proposed", "refuse as proposed", "grant otherwise", "refuse otherwise"],
)
def test_refusing_takes_as_many_keys_as_granting(sign_in: SignIn, queue: str, keys: list[str], says: str) -> None:
    """Two when it is what was proposed, three when it is not: one more for the deadline, or for the criterion."""
    screen = sign_in("lege")
    open_low_value(screen, queue, says=NAMED)

    for key in keys:
        screen.page.keyboard.press(key)
    screen.press("Control+Enter", until="avgjort=")

    expect(screen.page.locator(".status-bar")).to_contain_text(f"Avgjort: {says}")
    screen.press("u", until=CASE)
    expect(screen.page.locator("#decision")).to_be_visible()


def test_the_whole_job_by_keyboard_alone(sign_in: SignIn) -> None:
    secretary, doctor = sign_in(None), sign_in(None)
    sign_in_by_keys(secretary, "sekretaer", until="/forsortering")
    secretary.page.keyboard.press("j")
    secretary.press("Enter", until="/forsortering/[0-9a-f-]+")
    secretary.press("j", until="/forsortering/[0-9a-f-]+")
    secretary.press("Control+Enter", until="klargjort=")
    secretary.press("u", until="/forsortering/[0-9a-f-]+$")
    secretary.press("Control+Enter", until="klargjort=")
    expect(secretary.page.locator("text=Den forrige er klargjort")).to_be_visible()

    sign_in_by_keys(doctor, "kollega", until="/ko")
    doctor.press("n", until=CASE)
    next_with_a_name(doctor)
    doctor.page.keyboard.press("?")
    expect(doctor.page.locator("#keys")).to_be_visible()
    doctor.page.keyboard.press("Escape")
    doctor.page.keyboard.press("1")
    doctor.page.keyboard.press("Space")
    doctor.press("Control+Enter", until="avgjort=")
    doctor.press("u", until=CASE)
    expect(doctor.page.locator("#decision")).to_be_visible()


def next_with_a_name(screen: Screen) -> None:
    while screen.page.get_by_role("heading", name="Uten navn").count():
        screen.press("j", until=CASE)
        screen.press("Enter", until=CASE)


def sign_in_by_keys(screen: Screen, username: str, *, until: str) -> None:
    """The first field has the focus."""
    screen.open("/logg-inn")
    for key in (*username, "Tab", *"demo"):
        screen.page.keyboard.press(key)
    screen.press("Enter", until="/formal|" + until)
    if "/formal" in screen.page.url:
        tab_to(screen, "Jeg har lest dette")
        screen.press("Enter", until=until)


def tab_to(screen: Screen, words: str) -> None:
    """Fails when it is not among the first fifty stops."""
    focused = "document.activeElement.textContent"
    assert any(screen.page.keyboard.press("Tab") or words in screen.page.evaluate(focused) for _ in range(50))


def test_what_the_secretary_prepares_the_doctor_sees(sign_in: SignIn) -> None:
    secretary, doctor = sign_in("sekretaer"), sign_in("lege")
    secretary.open("/forsortering?bare=missing")
    secretary.page.locator("a.name").first.click()
    secretary.page.wait_for_selector("#script")
    case = secretary.page.url.removeprefix(secretary.origin).replace("/forsortering/", "/henvisning/")
    secretary.page.fill("#words", "Legekontoret ringer tilbake i morgen.")
    secretary.page.click("text=Lagre samtalen")
    secretary.picture("prepared-by-a-secretary")
    secretary.page.click("button:has-text('Klargjort')")
    secretary.page.wait_for_url(re.compile("klargjort="))

    doctor.open(case)

    expect(doctor.page.locator("main")).to_contain_text("Legekontoret ringer tilbake i morgen.")
    expect(secretary.page.locator("main")).not_to_contain_text("Avgjør og ta neste")


def test_keys_sleep_while_somebody_types(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    open_low_value(screen)
    page = screen.page
    page.keyboard.press("1")

    page.locator("#reason").fill("")
    page.locator("#reason").press_sequentially("juk6?35")

    expect(page.locator("#reason")).to_have_value("juk6?35")
    expect(page.locator("[name=outcome][value=right_granted]")).to_be_checked()
    expect(page.locator("#keys")).not_to_be_visible()


def test_a_bare_two_refuses_nobody(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    open_low_value(screen, "/ko?lop=contract_specialist&omrade=ent", says="ØNH")  # of which nobody has kept a draft

    screen.page.keyboard.press("2")

    expect(screen.page.locator("[name=outcome]:checked")).to_have_count(0)


def test_without_javascript_everything_is_still_possible(sign_in: SignIn) -> None:
    screen = sign_in("lege", java_script_enabled=False)
    page = screen.page
    open_low_value(screen)
    page.check("[name=outcome][value=right_refused]")
    page.click("text=Vis brevene")
    expect(page.locator("#preview")).to_contain_text("Brevene er klare")
    expect(page.locator("#preview .paper").first).to_contain_text("Du kan klage")

    page.fill("#reason", "Du har rett til nødvendig helsehjelp, men vi har ikke kapasitet.")
    page.click("text=Avgjør og ta neste")
    expect(page.locator("#faults")).to_be_visible()
    expect(page.locator("#reason")).to_have_value(re.compile("men vi har ikke kapasitet"))

    page.fill("#reason", "Plagene er kortvarige, og henvisningen beskriver ingen faretegn i spiserør eller magesekk.")
    page.click("text=Avgjør og ta neste")
    expect(page.locator(".ds-alert[data-color=success]")).to_contain_text("Ikke rett til helsehjelp")
    page.click("button:has-text('Angre')")
    expect(page.locator("#decision")).to_be_visible()


def test_a_jump_from_a_fact_leads_to_its_place_in_the_letter(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    screen.open("/ko?lop=emergency")
    screen.page.locator("tbody a.name").first.click()
    screen.page.wait_for_load_state("networkidle")

    screen.page.locator(".facts a.fact.present").first.click()

    expect(screen.page.locator("mark:target")).to_be_in_viewport()


def test_two_reviewers_race_for_the_same_referral_and_nothing_is_lost(sign_in: SignIn) -> None:
    first, elsewhere, second = sign_in("lege"), sign_in("lege"), sign_in("kollega")
    case = open_low_value(first)
    second.open(case)
    expect(second.page.locator("main")).to_contain_text("holder på med denne")
    choose_refusal(first.page)
    first.page.fill("#reason", "Sure oppstøt etter store måltider uten faretegn har liten nytte av gastroskopi.")
    elsewhere.open(case)
    elsewhere.page.click("text=Slipp")
    second.open(case)
    second.press("Enter", until=CASE)
    choose_refusal(second.page)

    first.page.click("text=Avgjør og ta neste")
    expect(first.page.locator("text=Avgjørelsen er ikke lagret")).to_be_visible()
    second.page.click("text=Avgjør og ta neste")
    second.page.wait_for_url(re.compile("avgjort="))

    expect(first.page.locator("#main")).to_contain_text("Sure oppstøt etter store måltider")
    expect(second.page.locator(".status-bar")).to_contain_text("Avgjort: Ikke rett til helsehjelp")
    first.picture("decided-by-a-colleague")


def test_two_who_ask_for_the_next_at_once_get_one_each(sign_in: SignIn) -> None:
    first, second = sign_in("lege"), sign_in("kollega")

    first.page.keyboard.press("n")
    second.page.keyboard.press("n")
    for each in (first, second):
        each.page.wait_for_url(re.compile(CASE))

    assert first.page.url != second.page.url


def test_a_refusal_against_danger_is_read_blind_by_a_colleague(sign_in: SignIn) -> None:
    decider, colleague = sign_in("lege"), sign_in("kollega")
    case = refuse_danger(decider)

    colleague.open("/ko")
    colleague.press("n", until="/lesning/[0-9a-f-]+")
    blind = colleague.page
    expect(blind.locator("#letter-title")).to_be_visible()
    expect(blind.locator("main")).not_to_contain_text("Pakkeforløp")
    expect(blind.locator("main")).not_to_contain_text(REFUSED_BECAUSE)
    colleague.picture("read-blind")
    blind.keyboard.press("1")
    colleague.press("Control+Enter", until=case)

    expect(blind.locator("main")).to_contain_text(REFUSED_BECAUSE)
    expect(blind.locator("text=lest ulikt")).to_be_visible()
    decider.open(case)
    expect(decider.page.locator("main")).to_contain_text("Brevene venter: en kollega svarte")
    decider.press("u", until=CASE)
    expect(decider.page.locator("#decision")).to_be_visible()


REFUSED_BECAUSE = "Plagene er kortvarige, og undersøkelsen ventes ikke å gi nytte nå."


def refuse_danger(screen: Screen) -> str:
    """The address of a referral with danger in it that was refused all the same."""
    screen.open("/ko?lop=cancer_pathway&omrade=endoscopy")
    screen.page.locator("tbody tr", has_text="gastroskopi").locator("button").first.click()
    screen.page.wait_for_url(re.compile(CASE), wait_until="networkidle")
    case = screen.page.url.removeprefix(screen.origin)
    screen.page.check("[name=outcome][value=right_refused]")
    screen.page.check("[name=criteria][value=benefit]")
    screen.page.select_option("#disagreement", "clinical_judgement")
    screen.page.fill("#reason", REFUSED_BECAUSE)
    screen.page.click("text=Avgjør og ta neste")
    expect(screen.page.locator("text=Avgjort: Ikke rett til helsehjelp")).to_be_visible()
    return case


def test_a_session_that_ends_keeps_what_was_typed(sign_in: SignIn) -> None:
    screen = sign_in("lege")
    page = screen.page
    case = open_low_value(screen)
    choose_refusal(page)
    with page.expect_response(re.compile("brevutkast")):
        page.fill("#reason", "Dette hadde jeg begynt å skrive.")
    # Leaving the field asks for the letters once more, which must not happen when the session is over.
    with page.expect_response(re.compile("brevutkast")):
        page.locator("#reason").blur()
    page.context.clear_cookies()

    page.click("text=Avgjør og ta neste")
    page.wait_for_url(re.compile("logg-inn"))
    page.fill("#username", "lege")
    page.fill("#password", "demo")
    page.click("main button")
    page.wait_for_url(re.compile(case), wait_until="networkidle")

    expect(page.locator("#reason")).to_have_value("Dette hadde jeg begynt å skrive.")
    expect(page.locator("[name=outcome][value=right_refused]")).to_be_checked()
    screen.picture("what-was-typed-is-back")


def test_another_departments_referral_is_read_against_a_reason(sign_in: SignIn) -> None:
    screen, doctor = sign_in("lege"), sign_in("oyelege")
    screen.open(LOW_VALUE)
    screen.page.locator("tbody a.name").first.click()
    screen.page.wait_for_load_state("networkidle")
    case, number = screen.page.url, re.search(r"\d{6} \d{5}", screen.page.locator("h1").inner_text())
    assert number
    page = doctor.page
    page.fill("#q", number[0])
    page.press("#q", "Enter")
    page.click("text=Nødtilgang til andre avdelinger")
    page.fill("#why", "Pasienten ligger på akuttmottaket nå.")
    page.click("text=Bruk nødtilgang")
    page.click("tbody a.name")
    page.wait_for_url(case)

    expect(page.locator("#letter-title")).to_be_visible()
    expect(page.locator("main form")).to_have_count(0)
    doctor.picture("broken-glass")
    officer = sign_in("personvern")
    expect(officer.page.locator("main")).to_contain_text("Pasienten ligger på akuttmottaket nå.")


def choose_refusal(page: Page) -> None:
    page.check("[name=outcome][value=right_refused]")
    expect(page.locator("#preview")).to_contain_text("Brevene er klare")
