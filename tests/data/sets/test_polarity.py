"""Which class is the finding: by both names, in the languages people label in, or as chosen."""

from __future__ import annotations

import pytest

from core.errors import LessonError
from data.sets.polarity import judge, polarity


@pytest.mark.parametrize(
    ("names", "ordered"),
    [
        ("fracture normal", "normal fracture"),
        ("Fractured Non_fractured", "Non_fractured Fractured"),
        ("fractured not_fractured", "not_fractured fractured"),
        ("abnormal normal", "normal abnormal"),
        ("negative positive", "negative positive"),
        ("cat dog", "cat dog"),
        ("c a b", "a b c"),
    ],
)
def test_of_two_classes_the_finding_is_the_second(names: str, ordered: str) -> None:
    assert judge(names.split()).classes == tuple(ordered.split())


@pytest.mark.parametrize(
    ("healthy", "finding"),
    [
        ("normal", "bone fracture"),
        ("Normal", "COVID"),
        ("Normal", "Lung_Opacity"),
        ("gesund", "Fraktur"),
        ("keine Fraktur", "Fraktur"),
        ("unauffällig", "Bruch"),
        ("Healthy", "Displaced fracture"),
        ("healthy", "Non-displaced fracture"),
        ("unfractured", "fractured"),
        ("NoFracture", "Fracture"),
        ("no_tumor", "glioma"),
        ("benign", "malignant"),
        ("Control", "Case"),
        ("sans fracture", "avec fracture"),
        ("sin fractura", "fractura"),
        ("sano", "frattura"),
        ("норма", "перелом"),
        ("нет перелома", "перелом"),
        ("正常", "骨折"),
        ("无骨折", "骨折"),
        ("정상", "비정상"),
        ("골절 없음", "골절"),
        ("kırık yok", "kırık"),
        ("bez złamania", "złamanie"),
        ("بدون كسر", "كسر"),
        ("0", "1"),
        ("no", "yes"),
        ("nein", "ja"),
        ("NORMAL", "Osteoporosis"),
        ("healthy", "unhealthy"),
    ],
)
def test_the_finding_is_known_by_either_name_in_many_languages(healthy: str, finding: str) -> None:
    judged = judge([finding, healthy, finding])
    assert judged.classes == (healthy, finding)
    assert judged.clear
    assert repr(finding) in judged.sentence


@pytest.mark.parametrize("names", [("hand", "foot"), ("spiral fracture", "greenstick fracture")])
def test_where_the_names_do_not_tell_that_is_said(names: tuple[str, str]) -> None:
    judged = judge(names)
    assert judged.classes == tuple(sorted(names))
    assert not judged.clear
    assert "is not clear" in judged.sentence
    assert "--positive" in judged.sentence


def test_what_a_person_chooses_counts() -> None:
    assert judge(["normal", "fracture"], positive="normal").classes == ("fracture", "normal")
    assert judge(["hand", "foot"], positive="FOOT").classes == ("hand", "foot")
    for names, chosen in ((["a", "b"], "c"), (["a", "b", "c"], "a")):
        with pytest.raises(LessonError) as caught:
            judge(names, positive=chosen)
        assert caught.value.code == "prepared.unknown-option"
        assert "'a', 'b'" in caught.value.problem


def test_more_than_two_classes_have_no_finding() -> None:
    judged = judge(["normal", "spiral", "greenstick"])
    assert (judged.sentence, judged.clear) == ("", True)


def test_a_word_that_only_begins_alike_is_no_denial() -> None:
    assert polarity("Nonunion fracture") == 1
    assert polarity("Union") == 0
    assert polarity("Note") == 0


@pytest.mark.parametrize("name", ["", " ", "😀", "---", "7"])
def test_a_name_without_a_word_means_nothing(name: str) -> None:
    assert polarity(name) == 0
