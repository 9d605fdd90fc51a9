"""Which of two classes is the finding, judged by what both are called.

The finding is the class that sensitivity is about. A name may say so itself ("Fraktur"), or leave
it to the other one ("COVID" beside "Normal"). Where neither does, nobody can know: that is said,
and the person chooses.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from core.errors import LessonError

# Beginnings of words, in the languages that datasets of radiographs are labeled in.
_FINDINGS: Final = """
    fract fraktur fratt fratur break broke bruch gebroch złaman zlaman zlomen kırık kirik
    перелом слом κάταγμ 骨折 골절 كسر
    abnorm anorm anomal unnorm patholog patolog патолог disease sick krank malad enferm больн
    injur verletz trauma lesion lésion läsion tumor tumour cancer carcin krebs malign bösartig
    covid pneumon infect arthr osteo effusion nodul affected defect finding befund
    positiv положит 阳性 陽性 异常 異常 비정상 양성
"""
_HEALTHY: Final = """
    normal norma health negativ benign gutartig control intact intakt unremark clear
    gesund unauff sano sana sain saud salud zdrow prawid sağl saglik
    норм здоров отрицат φυσιολογ υγι 正常 健康 阴性 陰性 정상 음성 سليم طبيعي
"""
_NEGATIONS: Final = """
    no non not none without ohne kein keine keinen nicht sans pas aucune aucun sin sem senza
    nessuna bez brak nie yok uten ingen utan не нет без χωρίς 없음 没有 無 无 非 بدون
"""
_NO: Final = "0 n no neg false non nein nej nee não yok нет"
_YES: Final = "1 y yes pos true ja oui sí sim evet да"
FINDINGS: Final = tuple(_FINDINGS.split())
HEALTHY: Final = tuple(_HEALTHY.split())
NEGATIONS: Final = frozenset(_NEGATIONS.split())
ANSWERS: Final = {**dict.fromkeys(_NO.split(), -1), **dict.fromkeys(_YES.split(), 1)}
_PREFIXES: Final = ("non", "not", "no", "un", "ir", "in")
_ADJECTIVE: Final = "displac"
"""A fracture may be "non-displaced": what is denied then is no finding."""


@dataclass(frozen=True, slots=True)
class Judgment:
    """Two classes in order, and how the second became the finding.

    Attributes:
        classes: Names; of two the second is the finding.
        sentence: That said, for the person; "" where there are not two classes.
        clear: False where neither name told and nobody chose.
    """

    classes: tuple[str, ...]
    sentence: str
    clear: bool


def judge(labels: Iterable[str], *, positive: str | None = None) -> Judgment:
    """Put class names in order: the alphabet's, but of two the finding last.

    Args:
        labels: Names, repeated or not.
        positive: The finding, as a person has chosen it.

    Raises:
        LessonError: ``prepared.unknown-option`` for a choice among other than two classes, or of
            a name that is none of them.

    >>> judge(["fractured", "normal"]).classes, judge(["COVID", "Normal"]).classes
    (('normal', 'fractured'), ('Normal', 'COVID'))
    >>> judge(["hand", "foot", "wrist"]).classes
    ('foot', 'hand', 'wrist')
    """
    names = sorted(set(labels))
    if positive is not None:
        return _chosen(names, positive)
    if len(names) != 2:
        return Judgment(tuple(names), "", clear=True)
    first, second = polarity(names[0]), polarity(names[1])
    if first == second:
        sentence = (
            f"Which class is the finding is not clear from the names {names[0]!r} and "
            f"{names[1]!r}; {names[1]!r} is taken for it, and sensitivity is about that. "
            "Choose another where that is wrong (on the command line with --positive)."
        )
        return Judgment(tuple(names), sentence, clear=False)
    if first > second:
        names.reverse()
    sentence = f"By its name, {names[1]!r} is the finding: sensitivity is about that class."
    return Judgment(tuple(names), sentence, clear=True)


def polarity(name: str) -> int:
    """1 for a name that means a finding, -1 for one that means its absence, 0 for any other.

    >>> [polarity(name) for name in ("Non_fractured", "ohne Fraktur", "нет перелома", "hand")]
    [-1, -1, -1, 0]
    >>> [polarity(name) for name in ("bone fracture", "abnormal", "non-displaced fracture")]
    [1, 1, 1]
    """
    words = _words(name)
    if not words:
        return 0
    if len(words) == 1 and words[0] in ANSWERS:
        return ANSWERS[words[0]]
    denied = any(
        word in NEGATIONS and not following.startswith(_ADJECTIVE)
        for word, following in zip(words, [*words[1:], ""], strict=True)
    )
    finding, healthy = False, False
    for word in words:
        if word.startswith(FINDINGS):
            finding = True
        elif word.startswith(HEALTHY):
            healthy = True
        elif _is_denied(word, FINDINGS):
            finding, denied = True, True
        elif _is_denied(word, HEALTHY):
            healthy, denied = True, True
    if finding and healthy:
        return -1 if denied else 0
    if finding:
        return -1 if denied else 1
    if healthy:
        return 1 if denied else -1
    return 0


def _is_denied(word: str, beginnings: tuple[str, ...]) -> bool:
    """Whether a word is one of these with a prefix that denies it: "unfractured", "无骨折"."""
    if word[:1] in NEGATIONS and word[1:].startswith(beginnings):
        return True
    return any(
        word.startswith(prefix) and word.removeprefix(prefix).startswith(beginnings)
        for prefix in _PREFIXES
    )


def _words(name: str) -> list[str]:
    """Lower-case words; "NoFracture" and "no_fracture_2" are two words and a number."""
    apart = re.sub(r"(?<=[a-zа-я])(?=[A-ZА-Я])", " ", unicodedata.normalize("NFC", name))
    return re.findall(r"[^\W_]+", apart.casefold())


def _chosen(names: list[str], positive: str) -> Judgment:
    found = [name for name in names if name.casefold() == positive.casefold()]
    if len(names) != 2 or not found:
        listed = ", ".join(map(repr, names))
        raise LessonError(
            "prepared.unknown-option",
            problem=f"{positive!r} was named as the finding; the classes are {listed}.",
            remedy="Name one of two classes, spelled as its folder.",
        )
    name = positive if positive in names else found[0]
    other = next(one for one in names if one != name)
    sentence = f"{name!r} is the finding, as chosen: sensitivity is about that class."
    return Judgment((other, name), sentence, clear=True)
