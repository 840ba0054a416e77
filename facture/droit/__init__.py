"""The law as dated data: VAT situations, mentions and figures, each with its source.

Why data: a rate, a threshold or a wording changes on a day, and a document of the day before keeps the old one.
Every entry says since when it holds, until when, where it was read and when it was last checked; a test fails
when one of them is missing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import yaml

PAYS_UE = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    }
)
"""Member States, ISO 3166-1. Source: Treaty on European Union, art. 52 (United Kingdom left on 2020-01-31)."""


@dataclass(frozen=True, slots=True)
class Situation:
    """A VAT situation: its name in YAML, its EN 16931 coding and its words.

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

    def applies(self, facts: Mapping[str, str], date: dt.date) -> bool:
        """Say whether the facts of a document, at its date, call for this mention."""
        if date < self.depuis or (self.jusqu_au is not None and date > self.jusqu_au):
            return False
        return all(facts.get(name) in accepted for name, accepted in self.si.items())


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
            row["nom"],
            row["categorie"],
            row["vatex"],
            row["texte"],
            row["loi"],
            row["depuis"],
            row["jusqu_au"],
            row.get("variante", ""),
        )
        for row in load_table("situations")
    )


@cache
def find_situation(nom: str, pays_client: str = "FR") -> Situation:
    """Return a situation by its YAML name; `autoliquidation` depends on the buyer's country.

    Raises: KeyError when the name is unknown: the grammar refuses it before.
    """
    wanted = "interne" if pays_client == "FR" else "ue"
    for situation in list_situations():
        if situation.nom == nom and situation.variante in ("", wanted):
            return situation
    raise KeyError(nom)


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
def find_seuil(nom: str, date: dt.date) -> Seuil:
    """Return the figure that the law fixes on a day.

    Raises: KeyError when the table has none for that day.
    """
    for row in load_table("seuils"):
        if row["nom"] == nom and row["depuis"] <= date and (row["jusqu_au"] is None or date <= row["jusqu_au"]):
            return Seuil(row["nom"], Decimal(row["valeur"]), row["unite"], row["loi"], row["depuis"], row["jusqu_au"])
    raise KeyError(nom)
