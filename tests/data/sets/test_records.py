"""A report says in words what it holds in numbers."""

from __future__ import annotations

from data.sets.records import REASONS, Omission, ReaderReport


def test_sentences_tell_every_reason_with_its_number() -> None:
    omissions = tuple(
        Omission(f"image{n}", reason, "")
        for n, reason in enumerate(["truncated"] * 59 + ["conflicting-label"] * 1234 + ["odd"])
    )
    report = ReaderReport(
        found=4083,
        kept=4083 - len(omissions),
        omissions=omissions,
        notes=("A note.",),
        duplicate_groups=78,
        conflicting_groups=3,
    )
    assert list(report.counts().items()) == [
        ("conflicting-label", 1234),
        ("truncated", 59),
        ("odd", 1),
    ]
    text = "\n".join(report.sentences())
    assert "Found 4,083 images and kept 2,789." in text
    assert "Left out: 59 files are cut short." in text
    assert "Left out: 1,234 images carry opposite labels" in text
    assert "odd" in text
    assert "78 groups of images with identical pixels, 3 of them with opposite labels." in text
    assert text.endswith("A note.")


def test_one_is_not_many() -> None:
    for reason, (one, many) in REASONS.items():
        single = ReaderReport(found=2, kept=1, omissions=(Omission("a", reason, ""),))
        double = ReaderReport(
            found=2, kept=0, omissions=(Omission("a", reason, ""), Omission("b", reason, ""))
        )
        assert single.sentences()[1] == f"Left out: 1 {one}."
        assert double.sentences()[1] == f"Left out: 2 {many}."


def test_nothing_to_say_is_not_said() -> None:
    assert ReaderReport(found=1, kept=1).sentences() == ("Found 1 image and kept 1.",)
