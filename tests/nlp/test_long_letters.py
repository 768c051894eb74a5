"""Reading takes no more work for each word of a long letter than of a short one: calls are counted, not seconds."""

import cProfile
import pstats
from datetime import date
from time import process_time

import pytest

from triage.domain.referral import Area, Referral, Sex
from triage.nlp.reader import Reader

_SOON = 5  # seconds
_GROWS = 2.3  # times the work for twice the text; a second look at every mention for each would make it four


def calls(reader: Reader, text: str, area: Area) -> int:
    referral = Referral(id="long", text=text, area=area, age=60, sex=Sex.FEMALE, sent_date=date(2026, 11, 2))
    profile = cProfile.Profile()
    profile.runcall(reader.read, referral)
    total: int = pstats.Stats(profile).total_calls  # type: ignore[attr-defined]
    return total


@pytest.mark.parametrize(
    ("area", "sentences"),
    [
        (Area.ENT, "Kona mener han har en kul på halsen. Mulig kul på halsen. Jeg finner ingen kul på halsen. "),
        (Area.ENT, "Broren er hes. Han har vært hes siden mai. Det var i 2014. "),
        (Area.ENDOSCOPY, "Hun hadde dysfagi, det var i 2014. Kanskje dysfagi. Det kom igjen på lørdag. "),
        (Area.ENDOSCOPY, "F-Hb 4, 5 og 8; kalprotektin 44 - 45 - 46. Hb/ferritin 9,8/6. "),
        (Area.EYE, "Trykk hø 17, ve 18. Visus 0,2/0,3. Lysglimt siden mandag. "),
    ],
)
def test_twice_the_text_is_about_twice_the_work(area: Area, sentences: str, reader: Reader) -> None:
    short = sentences * 150
    reader.read(Referral(id="warm", text=short, area=area, age=60, sex=Sex.FEMALE))

    assert calls(reader, short * 2, area) < _GROWS * calls(reader, short, area)


@pytest.mark.parametrize(
    "piece", ["<br>", "_", "xnotat", "a", "= ", "> ", "ja   nei   x\n", "12.03.2019\n", "|\t", "komma "]
)
def test_what_a_machine_repeats_is_soon_read(piece: str, reader: Reader) -> None:
    """Work inside one regular expression is no call: 50 kB take a tenth of a second, and would take minutes."""
    began = process_time()
    reader.read(Referral(id="odd", text=piece * (50_000 // len(piece)), area=Area.EYE, age=60))

    assert process_time() - began < _SOON
