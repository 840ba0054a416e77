"""The law as dated data: VAT situations, mentions, figures and rules, each with its source.

Why data: a rate, a threshold or a wording changes on a day, and a document of the day before keeps the old one.
Every entry says since when it holds, until when, where it was read and when it was last checked; a test fails
when one of them is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Protocol, TypeVar

import yaml

PAYS_UE = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""Member States, ISO 3166-1. Source: Treaty on European Union, art. 52 (United Kingdom left on 2020-01-31)."""


class Datee(Protocol):
    """What holds from one day to another, both included; `jusqu_au` is None while it is open."""

    @property
    def depuis(self) -> dt.date: ...
    @property
    def jusqu_au(self) -> dt.date | None: ...


D = TypeVar("D", bound=Datee)


def is_in_force(row: Datee, jour: dt.date) -> bool:
    """Say whether a row of law holds on a day."""
    return row.depuis <= jour and (row.jusqu_au is None or jour <= row.jusqu_au)


def choose_on(rows: Sequence[D], jour: dt.date) -> D:
    """Return the row in force on a day; failing one, the last that ended before, or else the first to come.

    Why never none: a day that no row covers is said by a finding (L435), which has to name the words it is about.

    Args:
        rows: of one thing, at least one, oldest first.
    """
    past = [row for row in rows if row.depuis <= jour]
    return next((row for row in rows if is_in_force(row, jour)), past[-1] if past else rows[0])


@dataclass(frozen=True, slots=True)
class Situation:
    """A VAT situation: its name in YAML, its EN 16931 coding and its words.

    Attributes:
        variante: `interne` or `ue` where the words depend on the client's country, else "".
        code: the code of law that it rests on (`CGI`, `CIBS`), "" when no article is named.
        ancien: the article of the CGI whose successor is known, a key of the concordances; "" for none.

    Source: EN 16931 BT-118 (category), BT-121 (VATEX).
    """

    nom: str
    categorie: str
    vatex: str
    textes: Mapping[str, str]
    loi: str
    depuis: dt.date
    jusqu_au: dt.date | None
    variante: str = ""
    code: str = ""
    ancien: str = ""


@dataclass(frozen=True, slots=True)
class Mention:
    """A sentence of the law, and the facts that call for it."""

    id: str
    place: str
    si: Mapping[str, tuple[str, ...]]
    textes: Mapping[str, str]
    loi: str
    depuis: dt.date
    jusqu_au: dt.date | None

    def is_called(self, facts: Mapping[str, str]) -> bool:
        """Say whether the facts of a document call for this mention, whatever its date."""
        return all(facts.get(name) in accepted for name, accepted in self.si.items())

    def applies(self, facts: Mapping[str, str], date: dt.date) -> bool:
        """Say whether the facts of a document, at its date, call for this mention."""
        return is_in_force(self, date) and self.is_called(facts)


@dataclass(frozen=True, slots=True)
class TauxTva:
    """A VAT rate, where France applies it, and from when to when.

    Attributes:
        taux: percent points.
        territoires: `metropole`, `corse`, `outre-mer`; empty when it is not known.
    """

    taux: Decimal
    territoires: frozenset[str]
    depuis: dt.date
    jusqu_au: dt.date | None

    def holds(self, date: dt.date) -> bool:
        """Say whether the rate is in force on a day."""
        return self.depuis <= date and (self.jusqu_au is None or date <= self.jusqu_au)


@dataclass(frozen=True, slots=True)
class Seuil:
    """A figure fixed by law from a day on."""

    nom: str
    valeur: Decimal
    unite: str
    loi: str
    depuis: dt.date
    jusqu_au: dt.date | None


@dataclass(frozen=True, slots=True)
class Etape:
    """A day from which e-invoices are compulsory for some, and what that means for who sends a PDF."""

    id: str
    texte: str
    loi: str
    depuis: dt.date


@dataclass(frozen=True, slots=True)
class Concordance:
    """An article of the CGI and the one of the CIBS that takes its place.

    Source: ordonnances 2025-1247 and 2026-671.
    """

    ancien: str
    nouveau: str
    depuis: dt.date
    jusqu_au: dt.date | None
    source: str
    verifie_le: dt.date


@dataclass(frozen=True, slots=True)
class RegleDeDroit:
    """What the law asks of a document, and the finding that says it is not there.

    Attributes:
        code: of the finding, a key of `facture.codes.CODES`.
        point: what is asked, in one sentence.
        texte: the article as one cites it; without a number when `source` is "".
        depuis: first day of the version that was read, or of the rule when it is known.
        source: where it was read, "" when it is known from memory only.
    """

    code: str
    point: str
    texte: str
    depuis: dt.date
    jusqu_au: dt.date | None
    source: str
    verifie_le: dt.date


def load_table(name: str) -> list[dict[str, Any]]:
    """Return the rows of a table of law, as written."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    rows: list[dict[str, Any]] = yaml.load(Path(__file__).with_name(f"{name}.yaml").read_bytes(), Loader=loader)
    return rows


@cache
def list_situations() -> tuple[Situation, ...]:
    """Return every VAT situation, in the order of the table."""
    return tuple(
        Situation(
            nom=row["nom"],
            categorie=row["categorie"],
            vatex=row["vatex"],
            textes=row["texte"],
            loi=row["loi"],
            depuis=row["depuis"],
            jusqu_au=row["jusqu_au"],
            variante=row.get("variante", ""),
            code=row["code"],
            ancien=row.get("ancien", ""),
        )
        for row in load_table("situations")
    )


@cache
def find_situation(nom: str, pays_client: str = "FR", date: dt.date | None = None) -> Situation:
    """Return a situation by its YAML name, in its words of a day.

    Args:
        pays_client: of the buyer, ISO 3166-1: the words of `autoliquidation` depend on it.
        date: of the document. None reads the coding alone (BT-118, BT-121), which is the same on every day.

    Returns: the row in force; on a day that the table does not cover, the nearest, and L435 says so.

    Raises: KeyError when the name is unknown: the grammar refuses it before.
    """
    wanted = "interne" if pays_client == "FR" else "ue"
    rows = [row for row in list_situations() if row.nom == nom and row.variante in ("", wanted)]
    if not rows:
        raise KeyError(nom)
    return rows[0] if date is None else choose_on(rows, date)


@cache
def list_concordances() -> tuple[Concordance, ...]:
    """Return the articles of the CGI whose successor is known, in the order of the table."""
    return tuple(Concordance(**row) for row in load_table("concordances"))


def find_concordance(ancien: str) -> Concordance | None:
    """Return what takes the place of an article, or None when no source gave it: none is ever guessed."""
    return next((row for row in list_concordances() if row.ancien == ancien), None)


@cache
def list_regles() -> tuple[RegleDeDroit, ...]:
    """Return the rules of law that findings rest on, in the order of the table."""
    return tuple(RegleDeDroit(**row) for row in load_table("regles"))


@cache
def list_mentions() -> tuple[Mention, ...]:
    """Return every mention, in the order of the page."""
    return tuple(
        Mention(
            row["id"],
            row["place"],
            {name: tuple(_word(value) for value in values) for name, values in row["si"].items()},
            row["texte"],
            row["loi"],
            row["depuis"],
            row["jusqu_au"],
        )
        for row in load_table("mentions")
    )


@cache
def list_textes() -> tuple[Mention, ...]:
    """Return the articles that notices cite, in the order of the page."""
    return tuple(
        Mention(
            row["id"],
            "relance",
            {name: tuple(_word(value) for value in values) for name, values in row["si"].items()},
            row["texte"],
            row["loi"],
            row["depuis"],
            row["jusqu_au"],
        )
        for row in load_table("textes")
    )


@cache
def list_taux_tva() -> tuple[TauxTva, ...]:
    """Return every VAT rate that an invoice may carry, 0 left out. Source: CGI art. 278 to 281; BR-FR-16."""
    return tuple(
        TauxTva(Decimal(row["taux"]), frozenset(row["territoires"]), row["depuis"], row["jusqu_au"])
        for row in load_table("taux_tva")
    )


def _word(value: object) -> str:
    # YAML reads `oui` as text but `yes` as a boolean; the table is ours, the guard is cheap.
    return "oui" if value is True else "non" if value is False else str(value)


@cache
def list_seuils(nom: str) -> tuple[Seuil, ...]:
    """Return a figure of the law over time, oldest first; none for an unknown name."""
    return tuple(
        Seuil(row["nom"], Decimal(row["valeur"]), row["unite"], row["loi"], row["depuis"], row["jusqu_au"])
        for row in load_table("seuils")
        if row["nom"] == nom
    )


@cache
def find_seuil(nom: str, date: dt.date) -> Seuil:
    """Return the figure that the law fixes on a day.

    Raises: KeyError when the table has none for that day.
    """
    for seuil in list_seuils(nom):
        if is_in_force(seuil, date):
            return seuil
    raise KeyError(nom)


@cache
def list_etapes() -> tuple[Etape, ...]:
    """Return the stages of the e-invoicing reform, in the order of time."""
    return tuple(Etape(row["id"], row["texte"], row["loi"], row["depuis"]) for row in load_table("calendrier"))
