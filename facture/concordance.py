"""Does the page say what the XML says? For the PDFs made here, whose ways of writing are known.

Why: a platform reads the XML, a person reads the page, and the official rules never compare the two. The readable
version must hold all that the structured one says (XP Z12-012). Each value is looked for as the page writes it, and
figures are looked for where they belong: those of a line between its name and the next one, the totals after the last.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from facture import typo
from facture.amounts import ZERO, count_decimals, round_amount
from facture.factures_lues import FactureLue, LigneLue
from facture.libelles import get_textes
from facture.monnaies import minor_unit

__all__ = ["Concordance", "Manque", "compare_page"]

MAX_MANQUES = 40
"""Past it the page is of another invoice, and looking further is lost time."""


@dataclass(frozen=True, slots=True)
class Manque:
    """A value of the XML that the page does not write.

    Attributes:
        terme: « BT-112 », or « lignes[2].BT-131 ».
        quoi: its name in French.
        valeur: as the page would write it.
    """

    terme: str
    quoi: str
    valeur: str


@dataclass(frozen=True, slots=True)
class Concordance:
    """How many values were looked for, and those that were not found."""

    comparees: int
    manques: tuple[Manque, ...] = ()


def compare_page(texte: str, lue: FactureLue, langue: str = "fr") -> Concordance:
    """Look for each value of an invoice in the text of its page.

    Args:
        texte: of all the pages, in the order they are drawn, with the spaces of print as they are.
        langue: of the page, fr or en.

    Returns: the count and what is missing, in the order of the page; at most `MAX_MANQUES`.
    """
    return _Comparateur(_Page(texte, "en" if langue.startswith("en") else "fr"), lue).compare()


# --- The page --------------------------------------------------------------------------------------------------------

# Stands for the narrow space between thousands, which the folding of compatible characters would make a plain one.
_FINE = "\ue000"
_CHIFFRES = re.compile(rf"{typo.MINUS}?[0-9]+(?:[.,{_FINE}][0-9]+)*")
_TIRETS = "[-\u2010\u2011\u2013]"
# A word may go on to the next line, at a hyphen or in the middle; marks of emphasis are no part of it.
_COUPURE = rf"(?:{_TIRETS}\n)?[\s\u00ad{_FINE}]*"


def _fold(text: str) -> str:
    """Return a text without what print changed in it: apostrophes, ligatures, marks of omission, narrow spaces."""
    kept = text.replace(typo.NNBSP, _FINE).replace(typo.APOSTROPHE, "'")
    return unicodedata.normalize("NFKC", kept)


def _pattern(value: str) -> re.Pattern[str]:
    """Return what finds a text whatever its spaces and line breaks, but not inside a longer word or number."""
    characters = [c for c in _fold(value) if not c.isspace() and c not in (_FINE, "\u00ad")]
    inner = _COUPURE.join(_TIRETS if re.fullmatch(_TIRETS, c) else re.escape(c) for c in characters)
    before = r"(?<![\w/+])" if characters and characters[0].isalnum() else ""
    after = r"(?![\w/+]|-\w)" if characters and characters[-1].isalnum() else ""
    return re.compile(f"{before}{inner}{after}")


class _Page:
    """The folded text of a page, its figures, and how they are written in its language."""

    def __init__(self, texte: str, langue: str) -> None:
        self.texte = _fold(texte)
        self.langue = langue
        self.noms: dict[str, list[int]] = {}
        found = list(_CHIFFRES.finditer(self.texte))
        self.debuts = [match.start() for match in found]
        self.chiffres = [match.group().replace(_FINE, "") for match in found]

    @cached_property
    def est_ttc(self) -> bool:
        """True when the lines are priced with VAT: the net amounts of the XML are then not on the page."""
        return self.has_text(get_textes(self.langue).montant_ttc)

    def has_text(self, value: str, start: int = 0) -> bool:
        """Say whether a text is there."""
        return _pattern(value).search(self.texte, start) is not None

    def has_figure(self, values: Iterable[str], start: int = 0, end: int | None = None) -> bool:
        """Say whether one of these figures is there, whole, between two places."""
        wanted = {_fold(value).replace(_FINE, "") for value in values}
        first = bisect_left(self.debuts, start)
        last = len(self.debuts) if end is None else bisect_left(self.debuts, end)
        return not wanted.isdisjoint(self.chiffres[first:last])

    def find_starts(self, name: str) -> list[int]:
        """Return where a name stands at the start of a line of text; anywhere, when it never does."""
        if name not in self.noms:
            found = [match.start() for match in _pattern(name).finditer(self.texte)] if name.strip() else []
            self.noms[name] = [place for place in found if not place or self.texte[place - 1] == "\n"] or found
        return self.noms[name]

    # --- how it writes ---

    def amount(self, value: Decimal, decimals: int = 2) -> str:
        return typo.format_amount(value, decimals, self.langue) if _fits(value, decimals) else str(value)

    def price(self, value: Decimal, decimals: int = 2) -> str:
        return typo.format_price(value, decimals, self.langue) if _fits(value, 6) else str(value)

    def money(self, value: Decimal, devise: str, decimals: int) -> str:
        return typo.format_money(value, devise, self.langue) if _fits(value, decimals) else str(value)

    def rate(self, value: Decimal) -> str:
        return typo.format_rate(value, self.langue)

    def number(self, value: Decimal) -> str:
        return typo.format_number(value, self.langue)

    def day(self, value: dt.date) -> str:
        return typo.format_date(value, self.langue)


def _fits(value: Decimal, decimals: int) -> bool:
    return count_decimals(value) <= decimals


# --- What is looked for ----------------------------------------------------------------------------------------------

_TEXTES: tuple[tuple[str, str, Callable[[FactureLue], str]], ...] = (
    ("BT-1", "numéro", lambda lue: lue.numero),
    ("BT-27", "nom du vendeur", lambda lue: lue.vendeur.nom),
    ("BT-30", "SIREN du vendeur", lambda lue: lue.vendeur.siren),
    ("BT-31", "numéro de TVA du vendeur", lambda lue: lue.vendeur.tva),
    ("BT-44", "nom de l'acheteur", lambda lue: lue.acheteur.nom),
    ("BT-47", "SIREN de l'acheteur", lambda lue: lue.acheteur.siren),
    ("BT-48", "numéro de TVA de l'acheteur", lambda lue: lue.acheteur.tva),
)
"""Texts that every page writes as they are, spaces apart; one that the XML does not give is not looked for."""

_AVOIRS = frozenset({"261", "381", "396", "502", "503"})
_SANS_TVA = frozenset({"VATEX-FR-FRANCHISE", "VATEX-EU-D", "VATEX-EU-F", "VATEX-EU-I", "VATEX-EU-J"})
"""Exemptions whose page shows no VAT at all: franchise and margin schemes."""

_DERIVE = [Decimal(cents).scaleb(-2) for cents in (0, -1, 1, -2, 2)]
"""What may part a price with VAT from one worked back from its amount without: a cent before, a cent after."""


class _Comparateur:
    """One comparison: counts the values looked for and keeps those that are not there."""

    def __init__(self, page: _Page, lue: FactureLue) -> None:
        self.page = page
        self.lue = lue
        self.comparees = 0
        self.manques: list[Manque] = []

    def compare(self) -> Concordance:
        """Return the result: parties and dates, then lines, then sums."""
        self.compare_textes()
        start = self.compare_lignes()
        self.compare_acomptes(start)
        self.compare_totaux(start)
        self.compare_tva(start)
        return Concordance(self.comparees, tuple(self.manques))

    def note(self, terme: str, quoi: str, value: str, is_there: bool) -> None:
        self.comparees += 1
        if not is_there and len(self.manques) < MAX_MANQUES:
            self.manques.append(Manque(terme, quoi, value))

    def want_text(self, terme: str, quoi: str, value: str, start: int = 0) -> None:
        if value:
            self.note(terme, quoi, value, self.page.has_text(value, start))

    def want_figure(self, terme: str, quoi: str, values: Sequence[str], start: int = 0, end: int | None = None) -> None:
        self.note(terme, quoi, values[0], self.page.has_figure(values, start, end))

    # --- facts ---

    @property
    def is_due(self) -> bool:
        """True when something is left to pay: without it the page gives no due date and no bank account."""
        return self.lue.type not in _AVOIRS and (self.lue.totaux.a_payer or ZERO) > 0

    @cached_property
    def decimales(self) -> int:
        try:
            return minor_unit(self.lue.devise)
        except KeyError:
            return 2

    @cached_property
    def acomptes(self) -> list[tuple[str, Decimal]]:
        """What each deposit takes back at each rate, with its number: a line of the XML, a row of the page."""
        found = ((self.find_acompte(ligne), ligne.net) for ligne in self.lue.lignes)
        return [(number, net) for number, net in found if number is not None and net is not None]

    def find_acompte(self, ligne: LigneLue) -> str | None:
        """Return the number of the deposit that a line takes back, or None for a line of the job."""
        if ligne.quantite is None or ligne.quantite >= 0:
            return None
        return next((ref.numero for ref in self.lue.references if ref.numero and ref.numero in ligne.nom), None)

    @cached_property
    def has_tva(self) -> bool:
        return any(row.categorie == "S" for row in self.lue.tva)

    @cached_property
    def shows_tva(self) -> bool:
        """False when the page shows no VAT at all."""
        return any(row.code_motif.upper() not in _SANS_TVA for row in self.lue.tva)

    # --- parties and dates ---

    def compare_textes(self) -> None:
        lue, page = self.lue, self.page
        for terme, quoi, read in _TEXTES:
            self.want_text(terme, quoi, read(lue))
        if lue.date is not None:
            self.want_text("BT-2", "date", page.day(lue.date))
        if self.is_due:
            if lue.echeance is not None:
                self.want_text("BT-9", "échéance", page.day(lue.echeance))
            for iban in lue.ibans:
                self.want_text("BT-84", "IBAN", iban)
        for reference in lue.references:
            self.want_text("BT-25", "facture citée", reference.numero)

    # --- lines ---

    def compare_lignes(self) -> int:
        """Look for each line in its own part of the page.

        Returns: where the last line that was found starts; the totals come after it.
        """
        shown = [(index, ligne) for index, ligne in enumerate(self.lue.lignes) if self.find_acompte(ligne) is None]
        start = last = 0
        for place, (index, ligne) in enumerate(shown):
            if len(self.manques) >= MAX_MANQUES:
                break
            terme, titre = f"lignes[{index}]", f"ligne {ligne.numero or index + 1}"
            own = next((found for found in self.page.find_starts(ligne.nom) if found >= start), None)
            self.note(f"{terme}.BT-153", f"{titre}, désignation", ligne.nom, own is not None)
            if own is None:
                continue
            figures = self.list_figures(ligne)
            following = shown[place + 1][1].nom if place + 1 < len(shown) else ""
            end = self.find_end(own, following, [values for _, _, values in figures])
            for bt, quoi, values in figures:
                self.want_figure(f"{terme}.{bt}", f"{titre}, {quoi}", values, own, end)
            last, start = own, own + 1 if end is None else end
        return last

    def find_end(self, own: int, following: str, figures: Sequence[Sequence[str]]) -> int | None:
        """Return where the next line starts.

        Why: its name may also stand in the description of this one; so the place that leaves this line the most of
        its figures, and the first of those.
        """
        ends = [found for found in self.page.find_starts(following) if found > own][:3] if following else []
        return max(
            ends, key=lambda end: sum(self.page.has_figure(values, own, end) for values in figures), default=None
        )

    def list_figures(self, ligne: LigneLue) -> list[tuple[str, str, list[str]]]:
        """Return the figures of a line: its term, its name, and the ways the page may write it."""
        page, figures = self.page, []
        if ligne.quantite is not None:
            figures.append(("BT-129", "quantité", [page.number(ligne.quantite)]))
        if ligne.prix is not None and not page.est_ttc and ligne.prix_pour in (None, Decimal(1)):
            figures.append(("BT-146", "prix unitaire", [page.price(ligne.prix, self.decimales)]))
        if ligne.net is None:
            return figures
        taken = sum((item.montant or ZERO) for item in ligne.reductions if not item.est_frais)
        if taken:
            figures.append(("BT-136", "montant avant remise", self.show(ligne.net + taken, ligne)))
        figures.append(("BT-131", "montant", self.show(ligne.net, ligne)))
        return figures

    def show(self, value: Decimal, ligne: LigneLue) -> list[str]:
        """Return the ways to write an amount of a line: with VAT when the page has it so."""
        if not self.page.est_ttc or not value:
            return [self.page.amount(value, self.decimales)]
        exact = round_amount(value * (100 + (ligne.taux or ZERO)) / 100, self.decimales)
        return [self.page.amount(exact + drift, 2) for drift in _DERIVE]

    def compare_acomptes(self, start: int) -> None:
        """Each deposit is taken off at its amount before VAT, rate by rate, each on a row of its own."""
        for number, amount in self.acomptes:
            self.want_figure(
                "BT-131", f"acompte {number}, montant HT", [self.page.amount(amount, self.decimales)], start
            )

    # --- sums ---

    def compare_totaux(self, start: int) -> None:
        page, totaux, decimals = self.page, self.lue.totaux, self.decimales
        if totaux.remises and not page.est_ttc:
            self.want_figure("BT-107", "remise sur le document", [page.amount(-totaux.remises, decimals)], start)
        if totaux.ht is not None:
            self.want_figure("BT-109", "total HT", [page.amount(totaux.ht, decimals)], start)
        if totaux.tva is not None and self.has_tva and self.acomptes:
            self.want_figure("BT-110", "total de la TVA", [page.amount(totaux.tva, decimals)], start)
        if totaux.ttc is not None:
            self.want_figure("BT-112", "total TTC", [page.amount(totaux.ttc, decimals)], start)
        if totaux.regle and not self.acomptes:
            self.want_figure("BT-113", "déjà réglé", [page.amount(-totaux.regle, decimals)], start)
        if totaux.a_payer is not None:
            wanted = page.money(totaux.a_payer, self.lue.devise, decimals)
            self.want_text("BT-115", "net à payer", wanted, start)
        if totaux.tva_comptable and self.has_tva:
            self.want_text("BT-111", "TVA en euros", page.money(totaux.tva_comptable, "EUR", 2), start)

    def compare_tva(self, start: int) -> None:
        """Each rate with its base and its amount.

        Why: the page of a balance details the VAT of the whole job, and gives only the sum of what is left to bill;
        with one rate that sum is the row of the XML, with several it is said by BT-109 and BT-110.
        """
        if not self.shows_tva or (self.acomptes and len(self.lue.tva) > 1):
            return
        page, decimals = self.page, self.decimales
        for index, row in enumerate(self.lue.tva):
            terme = f"tva[{index}]"
            named = page.rate(row.taux or ZERO) if row.categorie in ("S", "Z") else f"catégorie {row.categorie}"
            if row.categorie in ("S", "Z"):
                self.want_text(f"{terme}.BT-119", "taux de TVA", named, start if self.acomptes else 0)
            if row.base is not None:
                base = page.amount(row.base, decimals)
                self.want_figure(f"{terme}.BT-116", f"base de TVA, {named}", [base], start)
            if row.montant is not None:
                amount = page.amount(row.montant, decimals)
                self.want_figure(f"{terme}.BT-117", f"TVA, {named}", [amount], start)
