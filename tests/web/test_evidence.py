"""The marked letter and the fact sheet."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.builders import a_recommendation
from triage.domain.finding import Evidence, Experiencer, Feature, Measurement, Status
from triage.domain.recommendation import RuleMatch
from triage.paths import LEXICON
from triage.strict_yaml import read_yaml
from triage.web.pages.evidence import Mark, facts, marks_of, segments, values
from triage.web.rendering import in_words, load_words

NAMES = {"a": "Vekttap", "b": "Blod i avføringen"}
MARKS = st.lists(
    st.builds(
        lambda start, length, kind: Mark(Evidence(start, start + length), kind, "x"),
        st.integers(-3, 40),
        st.integers(-3, 20),
        st.sampled_from(["present", "negated", "possible", "family", "value", "reason"]),
    ),
    max_size=8,
)


@settings(max_examples=50)
@given(st.text(max_size=30), MARKS)
def test_the_segments_joined_are_the_letter_exactly(text: str, marks: list[Mark]) -> None:
    assert "".join(segment.text for segment in segments(text, marks)) == text


@settings(max_examples=50)
@given(st.text(min_size=1, max_size=30), MARKS)
def test_every_place_that_can_be_jumped_to_begins_a_segment(text: str, marks: list[Mark]) -> None:
    starts = {segment.start for segment in segments(text, marks) if segment.kind}

    assert {m.place.start for m in marks if 0 <= m.place.start < m.place.end <= len(text)} <= starts


def test_where_marks_overlap_the_gravest_is_seen_and_all_are_told() -> None:
    marks = [Mark(Evidence(0, 6), "negated", "A: benektet"), Mark(Evidence(3, 9), "present", "B: til stede")]

    middle = segments("abcdefghi", marks)[1]

    assert (middle.text, middle.kind, middle.label) == ("def", "present", "A: benektet; B: til stede")


def test_what_only_a_rule_looked_at_is_marked_with_the_proposal_alone() -> None:
    recommendation = a_recommendation(reasons=(RuleMatch("r", None, "fordi", (Evidence(0, 3),)),))

    assert [mark.label for mark in marks_of(recommendation, NAMES, with_reasons=True)] == ["fordi"]
    assert marks_of(recommendation, NAMES, with_reasons=False) == []


def test_facts_come_by_status_each_once_with_its_first_place() -> None:
    features = [
        Feature("b", Status.NEGATED, (Evidence(9, 12),)),
        Feature("a", Status.PRESENT, (Evidence(30, 33), Evidence(4, 8))),
        Feature("a", Status.FAMILY, (Evidence(50, 52),), Experiencer.FIRST_DEGREE),
    ]

    found = facts(features, NAMES)

    assert list(found) == ["present", "family", "negated"]
    assert found["present"] == {"Vekttap": 4}
    assert list(found["family"]) == ["Vekttap (førstegradsslektning)"]


@pytest.mark.parametrize(
    ("measurement", "words"),
    [
        (Measurement("hb", 9.8, Evidence(0, 6), "g/dL"), "Hb 9,8 g/dL"),
        (Measurement("crp", 5, Evidence(0, 6), "mg/L", "<"), "CRP < 5 mg/L"),
    ],
)
def test_values_are_written_as_norwegians_write_them(measurement: Measurement, words: str) -> None:
    assert values([measurement, measurement]) == {words: 0}


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.95, "svært sannsynlig"),
        (0.9499, "sannsynlig"),
        (0.4, "mulig"),
        (0.3999, "lite sannsynlig"),
        (0.0999, "svært lite sannsynlig"),
    ],
)
def test_a_probability_is_said_in_words(probability: float, words: str) -> None:
    assert in_words(probability) == words


def test_every_request_that_the_reader_names_has_norwegian_words() -> None:
    named = {entry["requested"] for entries in read_yaml(LEXICON / "requests.yaml").values() for entry in entries}

    assert named - load_words()["requested"].keys() == set()
