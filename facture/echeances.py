"""When a payment is due, how long an offer stands, and which rule the late penalties follow.

Source: C. com. art. L441-10, I (terms of payment) and II (penalties); both readings of "fin de mois" are admitted.
"""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from facture.amounts import TAUX, Bornes, NombreInvalide, parse_decimal, to_plain
from facture.typo import format_date, format_number, strip_accents

TAUX_MAXIMAL = 100
"""Percent a year, or points above the ECB rate, beyond which a rule is a slip."""
MULTIPLE_MAXIMAL = 20
"""Times the legal rate, likewise."""

FinDeMois = Literal["", "apres", "avant"]


@dataclass(frozen=True, slots=True)
class Delai:
    """A delay from the document's date, or a date.

    Why: "45 jours fin de mois" has two admitted readings. The order of the words chooses: the days first, then
    the month's end (`apres`), or the month's end first, then the days (`avant`).
    """

    jours: int = 0
    mois: int = 0
    fin_de_mois: FinDeMois = ""
    le: int = 0
    date: dt.date | None = None

    @property
    def a_reception(self) -> bool:
        """True for "à réception": due on the day of the document."""
        return self.date is None and not (self.jours or self.mois or self.fin_de_mois)

    def compute_date(self, debut: dt.date) -> dt.date:
        """Return the actual date, counted from the document's date.

        Why: the law wants a date on the invoice, not a formula (C. com. L441-9).
        """
        if self.date is not None:
            return self.date
        start = month_end(debut) if self.fin_de_mois == "avant" else debut
        end = add_months(start, self.mois) + dt.timedelta(days=self.jours)
        if self.fin_de_mois == "apres":
            end = month_end(end)
        if self.le:
            following = month_end(end) + dt.timedelta(days=1)
            end = following.replace(day=min(self.le, month_end(following).day))
        return end

    def describe(self) -> str:
        """Return the delay as a French sentence needs it: « à 30 jours de la date de facture »."""
        if self.date is not None:
            return f"le {format_date(self.date, 'fr')}"
        if self.a_reception:
            return "à réception"
        span = f"{self.mois} mois" if self.mois else f"{self.jours} jour{'s' if self.jours > 1 else ''}"
        if self.fin_de_mois == "apres":
            text = f"à {span} fin de mois" if self.jours or self.mois else "à la fin du mois"
        elif self.fin_de_mois == "avant":
            text = f"à {span} après la fin du mois" if self.jours or self.mois else "à la fin du mois"
        else:
            text = f"à {span}"
        text += " de la date de facture"
        return f"{text}, le {self.le} du mois suivant" if self.le else text


@dataclass(frozen=True, slots=True)
class ReglePenalites:
    """How late interest is set: ECB rate plus points, a multiple of the legal rate, or a fixed rate.

    Attributes:
        base: which rate it starts from.
        valeur: points to add (`bce`), multiple (`legal`), or percent a year (`fixe`).
    """

    base: Literal["bce", "legal", "fixe"]
    valeur: Decimal

    def __str__(self) -> str:
        """Return the normal writing: `bce+10`, `legal`, `legal x 3`, `12 %`."""
        value = to_plain(self.valeur)
        if self.base == "bce":
            return f"bce+{value}"
        if self.base == "legal":
            return "legal" if self.valeur == 1 else f"legal x {value}"
        return f"{value} %"

    def describe(self) -> str:
        """Return the rate as a French sentence needs it: « calculées au taux de 12 % l'an ».

        Source: C. com. art. L441-10, II, for the words of the ECB's rate.
        """
        value = format_number(self.valeur, "fr")
        if self.base == "bce":
            points = "point" if self.valeur < 2 else "points"
            return (
                f"au taux de refinancement le plus récent de la Banque centrale européenne, majoré de {value} {points}"
            )
        if self.base == "legal":
            words = {"1": "au taux d'intérêt légal", "2": "à deux fois le taux d'intérêt légal"}
            words |= {"3": "à trois fois le taux d'intérêt légal", "5": "à cinq fois le taux d'intérêt légal"}
            return words.get(to_plain(self.valeur), f"à {value} fois le taux d'intérêt légal")
        return f"au taux de {value} % l'an"


def parse_delai(text: str, kind: Literal["validite", "echeance"]) -> Delai | None:
    """Read a delay as people write it, accents and case ignored, or return None.

    `30 jours`, `1 mois`, `45 jours fin de mois`, `fin de mois 45 jours`, `30 jours fin de mois le 10`, `à réception`.
    """
    words = " ".join(strip_accents(text.lower()).replace("\u00a0", " ").split())
    if kind == "echeance" and re.fullmatch(r"(a|des) (la )?reception( de (la )?facture)?|comptant", words):
        return Delai()
    if match := re.fullmatch(r"([0-9]{1,3}) ?(jours?|j)( nets?)?", words):
        return Delai(jours=int(match.group(1)))
    if match := re.fullmatch(r"([0-9]{1,2}) mois", words):
        return Delai(mois=int(match.group(1)))
    if kind == "validite":
        return None
    if match := re.fullmatch(r"([0-9]{1,3}) ?(?:jours?|j) fin de mois(?: le ([0-9]{1,2}))?", words):
        return _with_day(Delai(jours=int(match.group(1)), fin_de_mois="apres"), match.group(2))
    if match := re.fullmatch(r"fin de mois(?: (?:\+ ?)?([0-9]{1,3}) ?(?:jours?|j))?(?: le ([0-9]{1,2}))?", words):
        return _with_day(Delai(jours=int(match.group(1) or 0), fin_de_mois="avant"), match.group(2))
    return None


def _with_day(delai: Delai, day: str | None) -> Delai | None:
    if day is None:
        return delai
    if not 1 <= int(day) <= 31:
        return None
    return Delai(jours=delai.jours, fin_de_mois=delai.fin_de_mois, le=int(day))


def parse_penalites(text: str) -> ReglePenalites | None:
    """Read `bce+10`, `legal`, `legal x 3`, `3 x legal` or `12 %`, or return None.

    Raises: NombreInvalide when the number in it is not one.
    """
    words = strip_accents(text.lower()).replace("×", "x").replace("\u00a0", " ").strip()
    number = r"([0-9]+(?:[.,][0-9]+)?)"
    if match := re.fullmatch(rf"bce ?\+ ?{number}(?: ?(?:points?|%))?", words):
        return _bound(ReglePenalites("bce", parse_decimal(match.group(1), TAUX)), text)
    if words == "legal":
        return ReglePenalites("legal", Decimal(1))
    if match := re.fullmatch(rf"legal ?(?:x|\*) ?{number}", words) or re.fullmatch(
        rf"{number} ?(?:x|\*) ?legal", words
    ):
        return _bound(ReglePenalites("legal", parse_decimal(match.group(1), Bornes(4))), text)
    if match := re.fullmatch(rf"{number} ?%", words):
        return _bound(ReglePenalites("fixe", parse_decimal(match.group(1), TAUX)), text)
    return None


def _bound(regle: ReglePenalites, text: str) -> ReglePenalites:
    """Refuse a rule that is a slip of the keyboard: « 1240 % » for « 12,40 % »."""
    most = MULTIPLE_MAXIMAL if regle.base == "legal" else TAUX_MAXIMAL
    if regle.valeur > most:
        raise NombreInvalide("F207", f"« {text} » : {most} au plus est attendu", "vérifiez la virgule")
    return regle


def month_end(date: dt.date) -> dt.date:
    """Return the last day of a date's month."""
    return date.replace(day=calendar.monthrange(date.year, date.month)[1])


def add_months(date: dt.date, months: int) -> dt.date:
    """Return the same day some months later, or that month's last day when it is shorter."""
    index = date.year * 12 + date.month - 1 + months
    year, month = divmod(index, 12)
    return dt.date(year, month + 1, min(date.day, calendar.monthrange(year, month + 1)[1]))
