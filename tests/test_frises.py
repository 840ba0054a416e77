"""The timeline of a late payment: days to scale, and labels that are never printed one over the other."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facture.frises import LARGEUR, Evenement, Sorte, Trait, draw_frise
from facture.page import Frise, Repere

day = dt.date.fromisoformat
LABEL = 25.0
"""Millimetres that the two lines of a label may take."""
TOUJOURS: tuple[Sorte, ...] = ("echeance", "arrete", "attendu")
AUTRES: tuple[Sorte, ...] = ("reglement", "avoir", "relance", "semestre")


def mark(date: str, sorte: Sorte) -> Evenement:
    return Evenement(day(date), sorte, date[5:], sorte)


def stretch(debut: str, fin: str, rate: str = "12,15 %") -> Trait:
    days = (day(fin) - day(debut)).days
    return Trait(day(debut), day(fin), f"{days} jours à {rate}", rate)


def extent(repere: Repere) -> tuple[float, float]:
    """Return where a label stands, by the side of the mark it hangs on."""
    left = {"start": repere.x, "middle": repere.x - LABEL / 2, "end": repere.x - LABEL}[repere.ancre]
    return left, left + LABEL


def draw(marks: Sequence[Evenement], traits: Sequence[Trait] = ()) -> Frise:
    frise = draw_frise("titre", marks, traits)
    assert frise is not None
    return frise


def test_days_are_to_scale() -> None:
    """100 days over 162 mm between margins of 4 mm: a quarter of them is 40.5 mm, so 44.5."""
    marks = [mark("2026-01-01", "echeance"), mark("2026-01-26", "reglement"), mark("2026-04-11", "arrete")]
    assert [repere.x for repere in draw(marks).reperes] == [4.0, 44.5, 166.0]


def test_neighbours_take_turns_on_two_levels() -> None:
    """Two marks 16.2 mm apart stand on two levels; the third, 40 mm further, is on the first again."""
    marks = [mark("2026-01-01", "echeance"), mark("2026-01-11", "relance"), mark("2026-04-11", "arrete")]
    assert [repere.etage for repere in draw(marks).reperes] == [0, 1, 0]


def test_the_least_telling_gives_way() -> None:
    """Four marks in 13 mm: both levels are full, so that the half-year and a notice lose their words, not the payment.

    50 days over 162 mm: 3.24 mm a day. A mark without words stays when it has 3.9 mm of its own.
    """
    marks = [
        mark("2026-06-28", "echeance"),
        mark("2026-06-30", "semestre"),
        mark("2026-07-01", "relance"),
        mark("2026-07-02", "reglement"),
        mark("2026-08-17", "arrete"),
    ]
    said = {repere.kind for repere in draw(marks).reperes if repere.label}
    assert said == {"echeance", "reglement", "arrete"}
    assert [repere.kind for repere in draw(marks).reperes] == ["echeance", "semestre", "reglement", "arrete"]


def test_two_things_on_one_day_are_one_mark() -> None:
    """The most telling of a day is drawn."""
    marks = [
        mark("2026-01-01", "echeance"),
        mark("2026-03-31", "semestre"),
        mark("2026-03-31", "reglement"),
        mark("2026-06-30", "arrete"),
    ]
    assert [repere.kind for repere in draw(marks).reperes] == ["echeance", "reglement", "arrete"]


@pytest.mark.parametrize("marks", [[], [mark("2026-01-01", "echeance")]], ids=["nothing", "one-day"])
def test_one_day_makes_no_timeline(marks: list[Evenement]) -> None:
    """There is nothing to draw when everything happened in one day."""
    assert draw_frise("titre", marks, []) is None


def test_time_has_no_hole() -> None:
    """A particulier owes interest from the notice only: what comes before, between and after is a thin line.

    81 days over 162 mm: two a day. Due on 1 January, interest from 10 to 30 January and from 1 to 11 March.
    """
    marks = [mark("2026-01-01", "echeance"), mark("2026-03-11", "arrete"), mark("2026-03-23", "attendu")]
    traits = [stretch("2026-01-10", "2026-01-30", "2,62 %"), stretch("2026-03-01", "2026-03-11", "2,75 %")]
    segments = draw(marks, traits).segments
    assert [(segment.x, segment.fin, segment.ton) for segment in segments] == [
        (4.0, 22.0, "fin"),
        (22.0, 62.0, "fort"),
        (62.0, 122.0, "fin"),
        (122.0, 142.0, "clair"),
        (142.0, 166.0, "fin"),
    ]


@pytest.mark.parametrize(
    ("fin", "label"),
    [("2026-01-14", "13 jours à 12,15 %"), ("2026-01-08", "12,15 %"), ("2026-01-07", "")],
    ids=["wide", "narrow", "too-narrow"],
)
def test_a_stretch_says_what_fits(fin: str, label: str) -> None:
    """81 days, two millimetres each: 26 mm hold the words, 14 mm the rate alone, 12 mm nothing."""
    marks = [mark("2026-01-01", "echeance"), mark("2026-03-23", "arrete")]
    assert draw(marks, [stretch("2026-01-01", fin)]).segments[0].label == label


@given(
    due=st.dates(day("2020-01-01"), day("2026-01-01")),
    late=st.integers(1, 1500),
    delay=st.none() | st.integers(1, 60),
    others=st.lists(st.tuples(st.sampled_from(AUTRES), st.integers(1, 1500)), max_size=30),
    cuts=st.lists(st.integers(1, 1500), max_size=6),
)
def test_no_label_overlaps_another(
    due: dt.date, late: int, delay: int | None, others: list[tuple[Sorte, int]], cuts: list[int]
) -> None:
    """Whatever the days, marks stay on the drawing, labels do not meet on a level, and the three main days stand."""

    def on(sorte: Sorte, after: int) -> Evenement:
        return Evenement(due + dt.timedelta(days=after), sorte, "", sorte)

    marks = [on("echeance", 0), on("arrete", late)]
    marks += [on("attendu", late + delay)] if delay is not None else []
    marks += [on(sorte, after) for sorte, after in others if after <= late]
    bounds = sorted({0, late, *(cut for cut in cuts if cut < late)})
    traits = [
        Trait(due + dt.timedelta(days=start), due + dt.timedelta(days=end), "long", "court")
        for start, end in itertools.pairwise(bounds)
    ]
    frise = draw(marks, traits)
    said = [repere for repere in frise.reperes if repere.label]
    assert {repere.kind for repere in said} >= {item.sorte for item in marks if item.sorte in TOUJOURS}
    assert all(0 <= repere.x <= LARGEUR for repere in frise.reperes)
    places = [(repere.etage, *extent(repere)) for repere in said]
    assert all(etage in (0, 1) and left >= 0 and right <= LARGEUR for etage, left, right in places)
    for (etage, left, right), (other, start, end) in itertools.combinations(places, 2):
        assert etage != other or right <= start or end <= left
    assert [repere.x for repere in frise.reperes] == sorted({repere.x for repere in frise.reperes})
    for before, after in itertools.pairwise(frise.segments):
        assert before.fin == after.x
    assert (frise.segments[0].x, frise.segments[-1].fin) == (4.0, 166.0)
