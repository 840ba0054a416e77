"""Rates of late interest by half-year: those we ship, and those that a project adds in its `taux.yaml`.

Why dated data: the rate of a day is that of its half-year, fixed on 1 January or 1 July whatever happens in between. A
half-year that no table gives is said, with the line to add: a rate carried over from the last one is a wrong claim.

Source: C. com. art. L441-10, II (ECB); CMF art. L313-2 and D313-1-A (legal interest).
"""

from __future__ import annotations

import datetime as dt
import itertools
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from typing import Any

from facture.amounts import round_amount, to_price
from facture.clauses import say_refusal, to_data
from facture.droit import load_table
from facture.echeances import ReglePenalites
from facture.errors import Diagnostic, RefusError
from facture.grammaire import Jour, Modele, Mot, known_keys, validate
from facture.grammaire import Taux as Pourcent
from facture.projet import Projet, read_table
from facture.source import Table, finding, parse
from facture.typo import format_date, join_list, suggest

TAUX = "taux.yaml"
"""A project's own rates, beside its `facture.toml`."""
NOMS = {
    "bce": "Banque centrale européenne, opérations principales de refinancement",
    "legal": "intérêt légal, créancier professionnel (tous les autres cas)",
    "legal-particuliers": "intérêt légal, créancier particulier",
}
"""Every rate we know, and what it is."""
LOIS = {
    "bce": "C. com. art. L441-10, II",
    "legal": "CMF art. L313-2 et D313-1-A",
    "legal-particuliers": "CMF art. L313-2 et D313-1-A",
}
MAJORATIONS = {
    "bce": (ReglePenalites("bce", Decimal(10)), ReglePenalites("bce", Decimal(8))),
    "legal": (ReglePenalites("legal", Decimal(3)),),
}
"""What the law makes of a rate: between professionals, for a public buyer, the floor of an agreed rate.

Source: C. com. art. L441-10, II; CCP art. R2192-31."""

SAUT = Decimal(3)
"""Points between two half-years above which an ECB rate is doubted. The largest jump since 2009 is 2.50, in 2023."""

_COURTS = {
    "bce": "taux de la BCE",
    "legal": "taux d'intérêt légal",
    "legal-particuliers": "taux d'intérêt légal des particuliers",
}
_CLE = re.compile(r"(\S+) (\d{4}-\d{2}-\d{2})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Taux:
    """A rate, and the days it holds.

    Attributes:
        valeur: percent a year.
        depuis: first day, a 1 January or a 1 July.
        jusqu_au: last day, included.
        source: where it was read.
        verifie_le: when it was last checked.
        fichier: the project's file that gives it, "" when it is shipped.
    """

    nom: str
    valeur: Decimal
    depuis: dt.date
    jusqu_au: dt.date
    source: str
    verifie_le: dt.date
    loi: str
    fichier: str = ""


class TauxAbsent(Exception):
    """No table gives the rate of a day; `debut` is the first day of its half-year."""

    def __init__(self, nom: str, jour: dt.date) -> None:
        self.nom = nom
        self.jour = jour
        self.debut = half_start(jour)
        super().__init__(self.describe())

    def describe(self) -> str:
        """Return the finding's words: which rate, which half-year."""
        until = format_date(half_end(self.jour), "fr")
        return (
            f"{_COURTS[self.nom]} inconnu du {format_date(self.debut, 'fr')} au {until} : "
            "aucun taux n'est supposé d'un semestre à l'autre"
        )

    def advice(self) -> str:
        """Return the line to add, ready to be completed."""
        return f"ajoutez à {TAUX} : {self.nom} {self.debut}: {{valeur: …, source: …, verifie_le: …}}"


class Bareme:
    """Every known rate, found by name and day."""

    def __init__(self, taux: Iterable[Taux]) -> None:
        self._taux = tuple(sorted(taux, key=lambda row: (row.nom, row.depuis)))
        self._by_half = {(row.nom, start): row for row in self._taux for start in _list_halves(row)}

    def find(self, nom: str, jour: dt.date) -> Taux:
        """Return the rate of a day.

        Raises: TauxAbsent when no table gives it.
        """
        row = self._by_half.get((nom, half_start(jour)))
        if row is None:
            raise TauxAbsent(nom, jour)
        return row

    def last_day(self, nom: str) -> dt.date:
        """Return the last day with a known rate, before the first hole if the table has one.

        Raises: KeyError when the table has no such rate.
        """
        rows = [row for row in self._taux if row.nom == nom]
        if not rows:
            raise KeyError(nom)
        for before, after in itertools.pairwise(rows):
            if after.depuis != before.jusqu_au + dt.timedelta(days=1):
                return before.jusqu_au
        return rows[-1].jusqu_au

    def list_taux(self) -> tuple[Taux, ...]:
        """Return every rate, by name, then by first day."""
        return self._taux


def half_start(jour: dt.date) -> dt.date:
    """Return the first day of a day's half-year."""
    return jour.replace(month=1 if jour.month <= 6 else 7, day=1)


def half_end(jour: dt.date) -> dt.date:
    """Return the last day of a day's half-year."""
    return jour.replace(month=6, day=30) if jour.month <= 6 else jour.replace(month=12, day=31)


def load_bareme(projet: Projet) -> Bareme:
    """Return the rates we ship, and over them those of the project's `taux.yaml`.

    Why over: who dates and sources a half-year in their own file answers for it; `Taux.fichier` keeps saying where it
    came from.

    Raises: RefusError with every finding when the file is wrong (L442 to L444 and the grammar's own) or cannot be read.
    """
    read = read_table(projet, TAUX)
    if read is None:
        return _build_shipped()
    own, findings = _read_taux(*read)
    if findings:
        raise RefusError(findings)
    replaced = {(row.nom, row.depuis) for row in own}
    return Bareme([*own, *(kept for row in _list_shipped() for kept in _without(row, replaced))])


@cache
def _build_shipped() -> Bareme:
    return Bareme(_list_shipped())


@cache
def _list_shipped() -> tuple[Taux, ...]:
    return tuple(
        Taux(
            row["taux"],
            Decimal(row["valeur"]),
            row["depuis"],
            row["jusqu_au"],
            row["source"],
            row["verifie_le"],
            row["loi"],
        )
        for row in load_table("taux")
    )


def _list_halves(row: Taux) -> list[dt.date]:
    """Return the first day of each half-year that a row covers: before 2015 the legal rate held for a year."""
    starts = [row.depuis]
    while (following := half_end(starts[-1]) + dt.timedelta(days=1)) <= row.jusqu_au:
        starts.append(following)
    return starts


def _without(row: Taux, replaced: set[tuple[str, dt.date]]) -> list[Taux]:
    """Return what is left of a shipped row once the project's own half-years are taken out of it."""
    halves = _list_halves(row)
    kept = [start for start in halves if (row.nom, start) not in replaced]
    if len(kept) == len(halves):
        return [row]
    return [replace(row, depuis=start, jusqu_au=half_end(start)) for start in kept]


# --- The project's own file ------------------------------------------------------------------------------------------


class LigneTaux(Modele):
    """What stands after `bce 2027-01-01:`."""

    valeur: Pourcent | None = None
    source: Mot | None = None
    verifie_le: Jour | None = None


def check_plausible(projet: Projet) -> list[Diagnostic]:
    """Warn of an ECB rate far from that of the half-year before: it was copied with its margin already added (L447).

    Raises: as `load_bareme` does.
    """
    bareme = load_bareme(projet)
    read = read_table(projet, TAUX)
    if read is None:
        return []
    root, _ = parse(*read)
    found = []
    for row in bareme.list_taux():
        key = f"{row.nom} {row.depuis}"
        if not row.fichier or row.nom != "bce" or root is None or key not in root.keys:
            continue
        try:
            before = bareme.find(row.nom, row.depuis - dt.timedelta(days=1))
        except TauxAbsent:
            continue
        if abs(row.valeur - before.valeur) > SAUT:
            shown, former = (f"{to_rate(one.valeur)} %".replace(".", ",") for one in (row, before))
            message = f"taux de la BCE à {shown}, après {former} au semestre précédent"
            found.append(finding("L447", message, root.keys[key], key))
    return found


def _read_taux(data: bytes, label: str) -> tuple[list[Taux], list[Diagnostic]]:
    root, findings = parse(data, label)
    rows = []
    for key in root.entries if root is not None else ():
        if root is not None and (row := _read_row(root, key, label, findings)) is not None:
            rows.append(row)
    return rows, findings


def _read_row(root: Table, key: str, label: str, findings: list[Diagnostic]) -> Taux | None:
    """Read one rate; what is wrong with it goes to `findings`."""
    before = len(findings)
    nom, depuis = _read_key(root, key, findings)
    node = root.entries[key]
    if not isinstance(node, Table):
        advice = f"écrivez {key}: {{valeur: …, source: …, verifie_le: …}}"
        findings.append(finding("F204", "un groupe de clés est attendu", node.position, key, advice))
        return None
    # What is typed and empty has its own finding, and is not missing as well.
    ligne, refusals = validate(LigneTaux, to_data(node, findings, (key,)))
    for refusal in refusals:
        findings.append(say_refusal(LigneTaux, replace(refusal, chemin=(key, *refusal.chemin)), root))
    keys = known_keys(LigneTaux)
    meant = {suggest(name, keys) for name in node.entries if name not in keys}
    if missing := [name for name in keys if name not in node.entries and name not in meant]:
        findings.append(finding("L444", f"il manque {join_list(missing, 'fr')}", root.keys[key], key))
    if ligne is None or len(findings) > before:
        return None
    if ligne.valeur is None or ligne.source is None or ligne.verifie_le is None:
        return None
    return Taux(nom, ligne.valeur, depuis, half_end(depuis), ligne.source, ligne.verifie_le, LOIS[nom], label)


def _read_key(root: Table, key: str, findings: list[Diagnostic]) -> tuple[str, dt.date]:
    """Read `bce 2027-01-01`; when it is something else, a finding says so and what is returned is not used."""
    unused = ("", dt.date.min)
    position = root.keys[key]
    match = _CLE.fullmatch(key)
    if match is None:
        message = f"« {key} » : le nom d'un taux et le premier jour d'un semestre sont attendus"
        findings.append(finding("L442", message, position))
        return unused
    nom, text = match.groups()
    if nom not in NOMS:
        near = suggest(nom, NOMS)
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        advice = f"écrivez {near} {text}" if near else "taux admis : " + ", ".join(NOMS)
        findings.append(finding("L442", f"« {nom} » n'est pas un taux connu{hint}", position, key, advice))
    try:
        depuis = dt.date.fromisoformat(text)
    except ValueError:
        findings.append(finding("F208", f"« {text} » : ce jour n'existe pas dans le calendrier", position, key))
        return unused
    if not 1990 <= depuis.year <= 2100:
        findings.append(finding("F208", f"« {text} » : année hors de 1990 à 2100", position, key))
    elif depuis != half_start(depuis):
        following = half_end(depuis) + dt.timedelta(days=1)
        advice = f"donnez le taux en vigueur à l'ouverture : {nom} {half_start(depuis)}, ou {nom} {following}"
        findings.append(finding("L443", f"« {text} » n'ouvre pas un semestre", position, key, advice))
    return nom, depuis


# --- Showing rates ---------------------------------------------------------------------------------------------------


def list_rows(bareme: Bareme) -> list[dict[str, Any]]:
    """Return the whole table, one object a rate: what `facture rates --format json` prints."""
    return [describe_taux(row) for row in bareme.list_taux()]


def list_rows_on(bareme: Bareme, jour: dt.date) -> tuple[list[dict[str, Any]], list[TauxAbsent]]:
    """Return the rates of a day, and those that no table gives for it."""
    rows: list[dict[str, Any]] = []
    absents: list[TauxAbsent] = []
    for nom in NOMS:
        try:
            rows.append(describe_taux(bareme.find(nom, jour)))
        except TauxAbsent as absent:
            absents.append(absent)
    return rows, absents


def describe_taux(taux: Taux) -> dict[str, Any]:
    """Return a rate for JSON.

    Returns: `majore` maps each rule of the law to its rate (`bce+10`, `bce+8`, `legal x 3`); rates are text, in percent
        a year, with two decimals at least.
    """
    return {
        "nom": taux.nom,
        "libelle": NOMS[taux.nom],
        "depuis": taux.depuis.isoformat(),
        "jusqu_au": taux.jusqu_au.isoformat(),
        "valeur": to_rate(taux.valeur),
        "majore": {str(regle): to_rate(apply_regle(regle, taux.valeur)) for regle in MAJORATIONS.get(taux.nom, ())},
        "loi": taux.loi,
        "source": taux.source,
        "verifie_le": taux.verifie_le.isoformat(),
        "fichier": taux.fichier,
    }


def apply_regle(regle: ReglePenalites, valeur: Decimal) -> Decimal:
    """Return the rate that a rule makes of its base rate, percent a year; a fixed rule needs none."""
    if regle.base == "fixe":
        return regle.valeur
    return valeur + regle.valeur if regle.base == "bce" else valeur * regle.valeur


def to_rate(valeur: Decimal) -> str:
    """Return a rate for JSON: two decimals at least, four at most ("12.15", "0.825")."""
    return to_price(round_amount(valeur, 4), 2)
