"""The timeline of a late payment: days set to scale on 170 mm, and labels that never overlap.

Why computed here and not in the template: where a day stands is arithmetic, and two labels that overprint are a defect
that nothing would report.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from facture.page import Frise, Repere, Segment

LARGEUR = 170.0
"""Width of the drawing, in millimetres: the text width of the page."""
_MARGE = 4.0
_ECART = 25.0
"""Room that a label of two lines takes, in millimetres: nearer neighbours take turns on two levels."""
_ECART_POINTS = 3.9
"""Room that a mark takes, in millimetres."""
_LABEL_SEGMENT = 25.0
_COURT_SEGMENT = 13.0
_ETAGES = 2

Sorte = Literal["echeance", "semestre", "relance", "reglement", "avoir", "arrete", "attendu"]
_RANG: dict[Sorte, int] = {
    "echeance": 0, "arrete": 1, "attendu": 2, "reglement": 3, "avoir": 4, "relance": 5, "semestre": 6,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Evenement:
    """A day worth a mark, with the two lines under it."""

    jour: dt.date
    sorte: Sorte
    date: str
    label: str


@dataclass(frozen=True, slots=True)
class Trait:
    """A stretch of days at one rate: from the eve of its first day to its last, what is said above it, and the same in
    fewer signs."""

    debut: dt.date
    fin: dt.date
    label: str
    court: str


def draw_frise(titre: str, evenements: Sequence[Evenement], traits: Sequence[Trait]) -> Frise | None:
    """Return the timeline, or None when all happened in one day and there is nothing to draw.

    Marks of the due date, of the day of the account and of the day expected always stand; the others give way, the
    least telling first, when there is no room for their label on either level.
    """
    days = [event.jour for event in evenements] + [day for trait in traits for day in (trait.debut, trait.fin)]
    if not days or min(days) == max(days):
        return None
    first, span = min(days), (max(days) - min(days)).days
    scale = (LARGEUR - 2 * _MARGE) / span

    def place(day: dt.date) -> float:
        return round(_MARGE + (day - first).days * scale, 2)

    reperes: dict[dt.date, Repere] = {}
    taken: list[tuple[int, float, float]] = []
    for event in sorted(evenements, key=lambda item: (_RANG[item.sorte], item.jour)):
        if event.jour in reperes:
            continue
        x = place(event.jour)
        left, right, ancre = _extent(x)
        free = [
            etage
            for etage in range(_ETAGES)
            if all(right <= start or end <= left for level, start, end in taken if level == etage)
        ]
        # The three that always stand are the two ends of the drawing and one more: a level is free for each.
        if free:
            taken.append((free[0], left, right))
            reperes[event.jour] = Repere(x, event.date, event.label, event.sorte, free[0], ancre)
        elif all(abs(other.x - x) >= _ECART_POINTS for other in reperes.values()):
            # No room to say it, but it happened: the mark stands alone, and the title still tells it.
            reperes[event.jour] = Repere(x, "", "", event.sorte, 0, ancre)
    segments: list[Segment] = []
    # Days that bear no interest, before, between or after the stretches, are a thin line: time has no hole.
    reached = place(first)
    for rank, trait in enumerate(traits):
        start, end = place(trait.debut), place(trait.fin)
        if start > reached:
            segments.append(Segment(reached, start, "", "fin"))
        segments.append(_draw_trait(start, end, trait, rank))
        reached = end
    last = max(repere.x for repere in reperes.values())
    if last > reached:
        segments.append(Segment(reached, last, "", "fin"))
    return Frise(titre, tuple(sorted(reperes.values(), key=lambda repere: repere.x)), tuple(segments))


def _extent(x: float) -> tuple[float, float, Literal["start", "middle", "end"]]:
    """Return where the label of a mark begins and ends, and the side it hangs on: it stays on the drawing."""
    half = _ECART / 2
    if x < half:
        return x, x + _ECART, "start"
    if x > LARGEUR - half:
        return x - _ECART, x, "end"
    return x - half, x + half, "middle"


def _draw_trait(x: float, fin: float, trait: Trait, rank: int) -> Segment:
    width = fin - x
    label = trait.label if width >= _LABEL_SEGMENT else trait.court if width >= _COURT_SEGMENT else ""
    return Segment(x, fin, label, "clair" if rank % 2 else "fort")
