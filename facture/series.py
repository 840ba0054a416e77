"""What no document can tell alone: numbers that follow one another, gifts of a whole year, acomptes and credit notes
that answer their invoices.

Why a small record per document: a project of ten years holds thousands of invoices, and what is compared of each is a
few words and sums. Everything here is pure, and close to linear.

Source: CGI ann. II art. 242 nonies A, I-7°; BOI-TVA-DECLA-30-20-20-10 §§ 70 to 110; CGI art. 289, I-1-c and I-5.
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

from facture.amounts import ZERO, round_amount, to_amount, to_plain
from facture.documents import Avoir, Client, Facture, Partie, RenvoiFacture
from facture.dossier import Dossier
from facture.droit import find_seuil
from facture.errors import Chemin, Diagnostic, Position
from facture.lecture import Lecture
from facture.monnaies import minor_unit
from facture.projet import DOSSIERS
from facture.rules import has_blocking, list_biens_offerts
from facture.source import finding
from facture.totaux import Totaux
from facture.typo import format_date, format_money, format_rate, join_list, slugify

DOSSIERS_NUMEROTES = (DOSSIERS["facture"], "avoirs")
"""Where a project keeps all that bears a number of a series: nothing may be missing from there."""
_NOMMEES = 4
"""Documents that a finding names; beyond, they are counted."""
_LISTE = 2
"""Missing numbers that are named one by one; beyond, the first and the last are enough."""

Place = tuple[Position, str]


# --- What is remembered of a document --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tiers:
    """A client, as far as two documents must agree on who it is.

    Attributes:
        siren: nine digits, or "".
        nom: folded for comparison; `affiche` is the name as typed.
        adresse: folded too; it tells namesakes apart, and may change from an invoice to the next.
    """

    siren: str
    nom: str
    adresse: str
    affiche: str

    @property
    def cle(self) -> tuple[str, ...]:
        """What the gifts of a year are added up by; empty when nobody is named."""
        if self.siren:
            return (self.siren,)
        return (self.nom, self.adresse) if self.nom else ()

    def differs(self, other: Tiers) -> bool:
        """Say whether two clients are surely not the same: other SIREN, or other name where one of them has none."""
        if self.siren and other.siren:
            return self.siren != other.siren
        return bool(self.nom and other.nom) and self.nom != other.nom


@dataclass(frozen=True, slots=True)
class Citation:
    """An invoice that a document names: the one it corrects, or an acompte it takes back.

    Attributes:
        ttc: what is taken back of an acompte; None when the document does not say.
        tva: its VAT by rate, zeros left out; None when it is not known.
        places: where each of its keys stands.
    """

    numero: str
    date: dt.date | None
    places: Mapping[str, Place]
    ttc: Decimal | None = None
    tva: Mapping[Decimal, Decimal] | None = None


@dataclass(frozen=True, slots=True)
class Emise:
    """A numbered invoice or credit note: what its neighbours need to know of it.

    Attributes:
        fichier: the file as typed; `reel` is the same file, however it was reached.
        emetteur: whose series of numbers it belongs to: a SIREN, else a name.
        projet: root of the project when the file is where that project keeps all its invoices, else None.
        ttc: what it asks for, acomptes taken back; None when its sums are not sure.
        corrigee: the invoice that a credit note, or an invoice that replaces another, names.
        cadeaux: goods given, with their real value TTC in euros, not rounded.
    """

    fichier: str
    reel: str
    emetteur: str
    client: Tiers
    projet: Path | None
    type: str
    nature: str
    numero: str
    date: dt.date | None
    devise: str
    devis: str | None
    ttc: Decimal | None
    tva: Mapping[Decimal, Decimal]
    places: Mapping[str, Place]
    corrigee: Citation | None = None
    acomptes: tuple[Citation, ...] = ()
    cadeaux: tuple[tuple[Place, Decimal], ...] = ()

    def find(self, code: str, key: str, message: str, advice: str = "", law: str = "") -> Diagnostic:
        """Return a finding at one of the keys whose place is remembered."""
        position, path = self.places[key]
        return finding(code, message, position, path, advice, law)


def describe(dossier: Dossier) -> Emise | None:
    """Return what is remembered of a document; None for a draft, a devis, and what says nothing of its sender."""
    document, lecture = dossier.document, dossier.lecture
    if not isinstance(document, Facture | Avoir) or document.numero is None:
        return None
    emetteur = _find_emetteur(document.emetteur)
    if not emetteur:
        return None
    # A sum that its own document contradicts is not held against another.
    totaux = None if has_blocking(list(dossier.constats), "YFM") else dossier.totaux
    cadeaux: list[tuple[Place, Decimal]] = []
    if totaux is not None and document.devise == "EUR":
        cadeaux = [(lecture.place(chemin), value) for chemin, value in list_biens_offerts(document, totaux)]
    return Emise(
        lecture.fichier,
        os.path.realpath(lecture.fichier),
        emetteur,
        _describe_client(document.client),
        _find_racine(lecture),
        document.type,
        document.nature_document,
        document.numero,
        document.date,
        document.devise,
        document.devis if isinstance(document, Facture) else None,
        totaux.total_ttc - totaux.acomptes_ttc if totaux is not None else None,
        _add_by_rate((row.groupe.taux, row.montant) for row in totaux.tva) if totaux is not None else {},
        {
            "numero": lecture.place(("numero",)),
            "date": lecture.place(("date",)),
            "devise": lecture.place(("devise",)),
            "acomptes_verses": lecture.place(("acomptes_verses",), at_key=True)
            if isinstance(document, Facture) and document.acomptes_verses
            else lecture.place(("devis",)),
        },
        _cite_facture(lecture, document),
        tuple(_cite_acomptes(lecture, document, totaux)) if isinstance(document, Facture) else (),
        tuple(cadeaux),
    )


def hides_number(lecture: Lecture) -> bool:
    """Say whether a file that `describe` leaves out may hold a number: then nothing can be said to be missing.

    Either its number could not be read, or nothing says whose it is.
    """
    if lecture.type not in ("facture", "avoir", ""):
        return False
    document = lecture.document
    if document is None or document.numero is None:
        return has_blocking(list(lecture.constats))
    return not _find_emetteur(document.emetteur)


def _find_siren(partie: Partie) -> str:
    """Return the SIREN of a party: typed, or the one that its SIRET or its French VAT number starts or ends with."""
    if partie.siren or partie.siret:
        return partie.siren or (partie.siret or "")[:9]
    number = partie.tva_intra or ""
    return number[4:] if number.startswith("FR") else ""


def _find_emetteur(emetteur: Partie) -> str:
    return _find_siren(emetteur) or _fold(emetteur.nom)


def _fold(text: str | None) -> str:
    return slugify(text) if text else ""


def _describe_client(client: Client) -> Tiers:
    lieu = client.adresse
    adresse = " ".join(text for text in (lieu.rue, lieu.code_postal, lieu.ville) if text)
    return Tiers(_find_siren(client), _fold(client.nom), _fold(adresse), client.nom or "un client sans nom")


def _find_racine(lecture: Lecture) -> Path | None:
    # Without a project, the root is the folder of the file itself: never the one above its `factures/`.
    racine, path = lecture.projet.racine, Path(os.path.abspath(lecture.fichier))
    return racine if any(path.is_relative_to(racine / name) for name in DOSSIERS_NUMEROTES) else None


def _add_by_rate(rows: Iterable[tuple[Decimal, Decimal]]) -> dict[Decimal, Decimal]:
    sums: dict[Decimal, Decimal] = defaultdict(lambda: ZERO)
    for rate, amount in rows:
        sums[rate] += amount
    return {rate: amount for rate, amount in sums.items() if amount}


def _cite(lecture: Lecture, chemin: Chemin, keys: Sequence[str]) -> dict[str, Place]:
    return {key: lecture.place((*chemin, key)) for key in keys}


def _cite_facture(lecture: Lecture, document: Facture | Avoir) -> Citation | None:
    key = "facture" if isinstance(document, Avoir) else "facture_rectifiee"
    renvoi: RenvoiFacture | None = getattr(document, key)
    if renvoi is None or renvoi.numero is None:
        return None
    return Citation(renvoi.numero, renvoi.date, _cite(lecture, (key,), ("numero", "date")))


def _cite_acomptes(lecture: Lecture, document: Facture, totaux: Totaux | None) -> Iterator[Citation]:
    for index, item in enumerate(document.acomptes_verses):
        if item.numero is None:
            continue
        deduit = totaux.acomptes[index] if totaux is not None else None
        places = _cite(lecture, ("acomptes_verses", index), ("numero", "date", "montant_ttc", "tva"))
        tva = _add_by_rate(deduit.tva) if deduit is not None else None
        yield Citation(item.numero, item.date, places, deduit.ttc if deduit is not None else None, tva)


def find_entiers(emises: Iterable[Emise], dossiers: Iterable[str], illisibles: Iterable[str] = ()) -> frozenset[Path]:
    """Return the projects of which all that bears a number was seen.

    Args:
        dossiers: the folders walked.
        illisibles: files and folders that could not be read, or whose number could not: it may be the missing one.

    Returns: the roots of projects whose `factures/` and `avoirs/` were both walked, and could all be read.
    """
    walked = [Path(os.path.abspath(name)) for name in dossiers]
    closed = [Path(os.path.abspath(name)) for name in illisibles]
    return frozenset(
        racine
        for racine in {item.projet for item in emises if item.projet is not None}
        if not any(path.is_relative_to(racine) for path in closed)
        and all(
            any((racine / name).is_relative_to(root) for root in walked)
            for name in DOSSIERS_NUMEROTES
            if (racine / name).is_dir()
        )
    )


# --- One sender ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Carnet:
    """The numbered documents of one sender, oldest first.

    Attributes:
        entiers: projects of which every number was seen.
        par_numero: documents by number; one that two documents bear names neither.
        avoirs: credit notes by the number they cite.
        remplacees: numbers of invoices that another cancels and replaces.
        series: each series of numbers, in the order of the numbers.
    """

    emises: tuple[Emise, ...]
    entiers: frozenset[Path] = frozenset()
    par_numero: Mapping[str, Emise] = field(default_factory=dict)
    avoirs: Mapping[str, tuple[Emise, ...]] = field(default_factory=dict)
    remplacees: frozenset[str] = frozenset()
    series: tuple[tuple[tuple[Rang, Emise], ...], ...] = ()

    def is_annulee(self, emise: Emise) -> bool:
        """Say whether an invoice counts no more: replaced, or credited in full."""
        if emise.numero in self.remplacees:
            return True
        return emise.ttc is not None and 0 < emise.ttc <= self.sum_avoirs(emise)

    def sum_avoirs(self, emise: Emise) -> Decimal:
        """Return what credit notes in its currency give back of an invoice, TTC."""
        avoirs = self.avoirs.get(emise.numero, ())
        return sum((avoir.ttc or ZERO for avoir in avoirs if avoir.devise == emise.devise), ZERO)


def open_carnets(emises: Iterable[Emise], entiers: frozenset[Path] = frozenset()) -> list[Carnet]:
    """Return the documents of each sender, a file reached by two ways counted once."""
    unique = {item.reel: item for item in emises}.values()
    senders: dict[str, list[Emise]] = defaultdict(list)
    for item in sorted(unique, key=lambda item: (item.date or dt.date.max, item.numero, item.fichier)):
        senders[item.emetteur].append(item)
    return [_open_carnet(group, entiers) for group in senders.values()]


def _open_carnet(emises: Sequence[Emise], entiers: frozenset[Path]) -> Carnet:
    numbers: dict[str, list[Emise]] = defaultdict(list)
    avoirs: dict[str, list[Emise]] = defaultdict(list)
    for item in emises:
        numbers[item.numero].append(item)
        if item.type == "avoir" and item.corrigee is not None:
            avoirs[item.corrigee.numero].append(item)
    return Carnet(
        tuple(emises),
        entiers,
        {numero: items[0] for numero, items in numbers.items() if len(items) == 1},
        {numero: tuple(items) for numero, items in avoirs.items()},
        frozenset(item.corrigee.numero for item in emises if item.type == "facture" and item.corrigee is not None),
        tuple(_list_series(emises)),
    )


Regle = Callable[[Carnet], Iterator[Diagnostic]]


def check_series(emises: Iterable[Emise], entiers: frozenset[Path] = frozenset()) -> list[Diagnostic]:
    """Return what the documents of one run say together, sender by sender.

    Args:
        emises: what `describe` gave, in any order.
        entiers: what `find_entiers` gave; without it, no number is said to be missing.
    """
    carnets = open_carnets(emises, entiers)
    return [found for carnet in carnets for regle in REGLES for found in regle(carnet)]


# --- Numbers ---------------------------------------------------------------------------------------------------------

_CHIFFRES = re.compile(r"[0-9]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Rang:
    """A number of a series, taken apart.

    Attributes:
        avant, apres: what stands around the counter, years and months included: together, they name the series.
        compte: the counter.
        largeur: its digits, zeros on the left included.
    """

    avant: str
    apres: str
    compte: int
    largeur: int

    @property
    def serie(self) -> tuple[str, str]:
        """What the numbers of one series have in common."""
        return (self.avant, self.apres)

    def format(self, compte: int) -> str:
        """Return another number of the same series."""
        return f"{self.avant}{compte:0{self.largeur}d}{self.apres}"


def split_numeros(numeros: Sequence[tuple[str, dt.date | None]]) -> list[Rang | None]:
    """Take numbers apart: the counter, and what names its series.

    Why all at once: the counter is the last group of digits, save where that is the year (031/2026), and a year or a
    month may stand before it without a separator (2026001, 2607003). One number alone does not tell whether 2607003 is
    the third of July or a counter; all those of one form, with their dates, do: what most of them say decides for all.

    Args:
        numeros: each number, with the date of its document.

    Returns: for each, its parts; None without digits, or when the number is the date itself (20260712).

    Source: BOI-TVA-DECLA-30-20-20-10 §§ 70 to 110: series by prefix, restarted with the year when the number holds it.
    """
    forms: dict[str, list[int]] = defaultdict(list)
    for index, (numero, _) in enumerate(numeros):
        forms[_CHIFFRES.sub("0", numero)].append(index)
    ranks: list[Rang | None] = [None] * len(numeros)
    for members in forms.values():
        runs = [list(_CHIFFRES.finditer(numeros[index][0])) for index in members]
        dated = [
            ([run.group() for run in row], date)
            for index, row in zip(members, runs, strict=True)
            if (date := numeros[index][1]) is not None
        ]
        if not runs[0] or _most((("".join(groups), date) for groups, date in dated), _ends_with_day):
            continue
        place = _find_compteur(len(runs[0]), dated)
        head = _find_entete(place, len(runs[0]), dated)
        for index, row in zip(members, runs, strict=True):
            numero = numeros[index][0]
            start, end = row[place].span()
            # A number shorter than the others has no room for the period that they start with.
            start += head if end - start > head else 0
            ranks[index] = Rang(numero[:start], numero[end:], int(numero[start:end]), end - start)
    return ranks


_Ligne = tuple[list[str], dt.date]
"""The groups of digits of a number, and the date of its document."""
_Sens = Callable[[str, dt.date], bool]


def _most(rows: Iterable[tuple[str, dt.date]], says: _Sens) -> bool:
    """Say whether more than half of some digits read, beside their dates, as something."""
    answers = [says(digits, date) for digits, date in rows]
    return 2 * sum(answers) > len(answers)


def _column(rows: Sequence[_Ligne], index: int) -> list[tuple[str, dt.date]]:
    return [(groups[index], date) for groups, date in rows]


def _write_days(date: dt.date) -> list[str]:
    year, month, day = f"{date.year:04d}", f"{date.month:02d}", f"{date.day:02d}"
    return [year + month + day, year[2:] + month + day, day + month + year]


def _write_months(date: dt.date) -> list[tuple[str, str]]:
    """Return the year and month of a date and of its neighbours: the work of May is often invoiced on 1 June."""
    rank = date.year * 12 + date.month - 1
    return [(f"{near // 12:04d}", f"{near % 12 + 1:02d}") for near in (rank, rank - 1, rank + 1)]


def _write_years(date: dt.date) -> list[str]:
    """Return the year of a date and its neighbours: a financial year may bear the name of either."""
    return [f"{near:04d}" for near in (date.year, date.year - 1, date.year + 1)]


def _ends_with_day(digits: str, date: dt.date) -> bool:
    return digits.endswith(tuple(_write_days(date)))


def _starts_with_year(digits: str, date: dt.date) -> bool:
    years = _write_years(date)
    return digits.startswith(tuple(years)) or digits in {year[2:] for year in years}


def _is_year(digits: str, date: dt.date) -> bool:
    return digits in _write_years(date) or digits == f"{date.year % 100:02d}"


def _is_month(digits: str, date: dt.date) -> bool:
    return digits in {month for _, month in _write_months(date)}


def _find_compteur(count: int, rows: Sequence[_Ligne]) -> int:
    """Return which group of digits counts: the last one, or the one before the year, and before its month."""
    last = count - 1
    year_before = any(_most(_column(rows, index), _starts_with_year) for index in range(last))
    if last == 0 or year_before or not _most(_column(rows, last), _is_year):
        return last
    with_month = last > 1 and _most(_column(rows, last - 1), _is_month)
    return last - 2 if with_month else last - 1


def _find_entete(place: int, count: int, rows: Sequence[_Ligne]) -> int:
    """Return how many digits of the counter's group are a period written before it, 0 for none."""
    others = (index for index in range(count) if index != place)
    after_year = any(_most(_column(rows, index), _starts_with_year) for index in others)
    heads = _list_entetes_sans_annee if after_year else _list_entetes
    for size, least in ((8, 1), (6, 1), (4, 1), (2, 2)):
        long_enough = [(digits[:size], date) for digits, date in _column(rows, place) if len(digits) >= size + least]
        if 2 * sum(head in heads(date) for head, date in long_enough) > len(rows):
            return size
    return 0


def _list_entetes(date: dt.date) -> set[str]:
    """Return what may stand before a counter: a day, a month or a year, with the year in four or two digits."""
    years, months = _write_years(date), _write_months(date)
    whole = {*_write_days(date)[:2], *years, *(year[2:] for year in years)}
    return whole | {year + month for year, month in months} | {year[2:] + month for year, month in months}


def _list_entetes_sans_annee(date: dt.date) -> set[str]:
    """Return what may stand before a counter when the year is elsewhere in the number: a month, or its day."""
    return {*(month for _, month in _write_months(date)), f"{date.month:02d}{date.day:02d}"}


def check_doublons(carnet: Carnet) -> Iterator[Diagnostic]:
    """A number is given once.

    Source: CGI ann. II art. 242 nonies A, I-7°; BOI-TVA-DECLA-30-20-20-10 § 70.
    """
    first: dict[str, Emise] = {}
    for item in carnet.emises:
        known = first.setdefault(item.numero, item)
        if known is not item:
            yield item.find("L430", "numero", f"« {item.numero} » est déjà le numéro de {known.fichier}")


def _list_series(emises: Sequence[Emise]) -> Iterator[tuple[tuple[Rang, Emise], ...]]:
    series: dict[tuple[str, str], list[tuple[Rang, Emise]]] = defaultdict(list)
    ranks = split_numeros([(item.numero, item.date) for item in emises])
    for rank, item in zip(ranks, emises, strict=True):
        if rank is not None:
            series[rank.serie].append((rank, item))
    for members in series.values():
        # Documents come by date, and sorting keeps their order: two that bear one number do not break the series.
        yield tuple(sorted(members, key=lambda member: member[0].compte))


def check_chronologie(carnet: Carnet) -> Iterator[Diagnostic]:
    """Within a series, numbers follow dates.

    Source: CGI ann. II art. 242 nonies A, I-7°; BOI-TVA-DECLA-30-20-20-10 §§ 70 and 80.
    """
    for members in carnet.series:
        dated = [(item, item.date) for _, item in members if item.date is not None]
        blamed = find_ruptures([date for _, date in dated])
        kept = [index for index in range(len(dated)) if index not in blamed]
        for index in sorted(blamed):
            item, date = dated[index]
            # What is kept never goes back, so the nearest on either side contradicts it, or nothing does.
            rank = bisect_right(kept, index)
            before = dated[kept[rank - 1]] if rank else None
            if before is not None and before[1] > date:
                other, relation = before, "plus petit"
            else:
                other, relation = dated[kept[rank]], "plus grand"
            message = (
                f"{item.numero} est du {format_date(date, 'fr')}, et {other[0].numero}, numéro {relation}, "
                f"du {format_date(other[1], 'fr')} ({other[0].fichier})"
            )
            yield item.find("L440", "date", message)


def find_ruptures(dates: Sequence[dt.date]) -> frozenset[int]:
    """Return the fewest places to leave out for the rest of the dates never to go back.

    Why: one invoice dated a year too late would otherwise accuse all that follow it. Between two ways out of the same
    length, the earlier document is kept: the later one is being written.

    Returns: positions in `dates`, found in n log n.
    """
    # starts[k]: the latest day on which k + 1 documents that never go back may start, negative so that it ascends.
    starts: list[int] = []
    lengths = [0] * len(dates)
    for index in range(len(dates) - 1, -1, -1):
        day = -dates[index].toordinal()
        rank = bisect_right(starts, day)
        starts[rank : rank + 1] = [day]
        lengths[index] = rank + 1
    left, last, blamed = len(starts), dt.date.min, set()
    for index, date in enumerate(dates):
        if lengths[index] == left and date >= last:
            left, last = left - 1, date
        else:
            blamed.add(index)
    return frozenset(blamed)


def check_trous(carnet: Carnet) -> Iterator[Diagnostic]:
    """No number of a series is missing between two that are there.

    Why only where a project keeps its invoices, and only when all of it was seen: elsewhere a folder holds what
    somebody put there, and the missing invoice may be in the next one. What comes before the first number seen, or
    after the last of a year, is not known.

    Source: CGI ann. II art. 242 nonies A, I-7°; BOI-TVA-DECLA-30-20-20-10 §§ 70 to 110.
    """
    for members in carnet.series:
        for (former, before), (rank, item) in itertools.pairwise(members):
            missing = rank.compte - former.compte - 1
            if missing < 1 or before.projet != item.projet or item.projet not in carnet.entiers:
                continue
            names = [former.format(former.compte + 1 + step) for step in range(min(missing, _LISTE))]
            what = join_list(names, "fr")
            if missing > _LISTE:
                what = f"{names[0]} à {former.format(rank.compte - 1)}, soit {missing} numéros"
            yield item.find(
                "L440", "numero", f"entre {before.numero} ({before.fichier}) et {item.numero}, il manque {what}"
            )


# --- Gifts of a year -------------------------------------------------------------------------------------------------


def check_cadeaux_annuels(carnet: Carnet) -> Iterator[Diagnostic]:
    """Goods given to one client in a calendar year, invoice after invoice, above the threshold.

    Why silent where one invoice is above it alone: the rule of that document says so already. What a credit note takes
    back, and the invoices that another replaces, are not counted.

    Source: CGI ann. II art. 206, IV-2-3°; ann. IV art. 28-00 A (73 EUR TTC since 2021-01-01).
    """
    years: dict[tuple[int, tuple[str, ...]], list[Emise]] = defaultdict(list)
    for item in carnet.emises:
        counts = item.type == "facture" and item.numero not in carnet.remplacees
        if counts and item.date is not None and item.cadeaux and item.client.cle:
            years[item.date.year, item.client.cle].append(item)
    for (year, _), items in years.items():
        yield from _check_annee(carnet, year, items)


def _check_annee(carnet: Carnet, year: int, items: Sequence[Emise]) -> Iterator[Diagnostic]:
    given = ZERO
    others: list[Emise] = []
    for item in items:
        try:
            seuil = find_seuil("cadeau-bien-ttc", item.date or dt.date(year, 1, 1)).valeur
        except KeyError:
            # Before the table begins there is no rule.
            continue
        if sum((value for _, value in item.cadeaux), ZERO) > seuil:
            return
        net = _take_back(item, carnet.avoirs.get(item.numero, ()))
        for (position, path), value in net:
            given += value
            if given > seuil:
                shown = format_money(round_amount(given, 2), "EUR", "fr")
                message = (
                    f"{shown} TTC de biens offerts en {year} à {item.client.affiche}, au-delà de {to_plain(seuil)} € "
                    f"par an et par client : voir aussi {_name(others)}"
                )
                yield finding("L429", message, position, path)
                return
        if net:
            others.append(item)


def _name(emises: Sequence[Emise]) -> str:
    """Return the numbers and files of some documents, the last ones counted when they are many."""
    named = [f"{item.numero} ({item.fichier})" for item in emises[:_NOMMEES]]
    left = len(emises) - len(named)
    return join_list([*named, f"{left} autre{'s' if left > 1 else ''}"] if left else named, "fr")


def _take_back(item: Emise, avoirs: Sequence[Emise]) -> list[tuple[Place, Decimal]]:
    """Return the goods given by an invoice, less those that its credit notes take back, from the last."""
    taken = sum((value for avoir in avoirs for _, value in avoir.cadeaux), ZERO)
    left: list[tuple[Place, Decimal]] = []
    for place, value in reversed(item.cadeaux):
        part = min(value, taken)
        taken -= part
        if value > part:
            left.append((place, value - part))
    return left[::-1]


# --- Acomptes --------------------------------------------------------------------------------------------------------


def check_acomptes_repris(carnet: Carnet) -> Iterator[Diagnostic]:
    """What a solde takes back of an acompte is what was invoiced: its date, its amount, its VAT.

    Source: CGI art. 289, I-1-c; BOI-TVA-DECLA-30-20-20-10 § 60; EN 16931 BG-3.
    """
    taken: dict[str, Decimal] = defaultdict(lambda: ZERO)
    soldes = [item for item in carnet.emises if item.acomptes and not carnet.is_annulee(item)]
    times: dict[str, int] = defaultdict(int)
    for solde in soldes:
        for citation in solde.acomptes:
            times[citation.numero] += 1
    for solde in soldes:
        for citation in solde.acomptes:
            acompte = carnet.par_numero.get(citation.numero)
            if acompte is None:
                continue
            if doubt := _doubt_acompte(solde, acompte):
                yield _blame(citation, "numero", "L448", doubt).as_warning()
                continue
            if citation.date and acompte.date and citation.date != acompte.date:
                yield _blame_date(citation, acompte, "L448")
            if solde.devise != acompte.devise:
                message = f"{acompte.numero} est en {acompte.devise} ({acompte.fichier}), ce solde en {solde.devise}"
                yield _blame(citation, "montant_ttc", "L448", message)
            elif citation.ttc is not None and acompte.ttc is not None:
                taken[citation.numero] += citation.ttc
                if times[citation.numero] > 1:
                    yield from _check_partage(citation, acompte, taken[citation.numero])
                elif (back := carnet.sum_avoirs(acompte)) == 0 or citation.ttc != acompte.ttc - back:
                    # What a credit note gave back of an acompte may be left out of what is taken back.
                    yield from _compare_montants(citation, acompte)


def _doubt_acompte(solde: Emise, acompte: Emise) -> str:
    """Say why an invoice is perhaps not the acompte that a solde means, or nothing."""
    if acompte.nature != "acompte":
        return f"{acompte.numero} n'est pas une facture d'acompte ({acompte.fichier})"
    if acompte.client.differs(solde.client):
        return f"{acompte.numero} est un acompte de {acompte.client.affiche} ({acompte.fichier})"
    if acompte.devis and solde.devis and acompte.devis != solde.devis:
        return f"{acompte.numero} est un acompte du devis {acompte.devis} ({acompte.fichier})"
    return ""


def _check_partage(citation: Citation, acompte: Emise, taken: Decimal) -> Iterator[Diagnostic]:
    """Several soldes may share an acompte, as long as their parts do not make more than the whole."""
    if acompte.ttc is not None and taken > acompte.ttc:
        whole, shown = (format_money(amount, acompte.devise, "fr") for amount in (acompte.ttc, taken))
        message = f"{acompte.numero} est de {whole} TTC ({acompte.fichier}), et {shown} en sont déduits au total"
        yield _blame(citation, "montant_ttc", "L448", message, "ne déduisez un acompte qu'une fois")


def _compare_montants(citation: Citation, acompte: Emise) -> Iterator[Diagnostic]:
    if acompte.ttc is None:
        return
    if citation.ttc != acompte.ttc:
        whole = format_money(acompte.ttc, acompte.devise, "fr")
        message = f"{acompte.numero} est de {whole} TTC ({acompte.fichier})"
        advice = f"écrivez {to_amount(acompte.ttc, minor_unit(acompte.devise))}"
        yield _blame(citation, "montant_ttc", "L448", message, advice)
    elif citation.tva is not None and citation.tva != acompte.tva:
        shown = join_list(
            [
                f"{format_money(tva, acompte.devise, 'fr')} à {format_rate(taux, 'fr')}"
                for taux, tva in acompte.tva.items()
            ],
            "fr",
        )
        message = f"la TVA de {acompte.numero} est de {shown or 'zéro'} ({acompte.fichier})"
        yield _blame(citation, "tva", "L448", message)


def _blame(citation: Citation, key: str, code: str, message: str, advice: str = "") -> Diagnostic:
    position, path = citation.places[key]
    return finding(code, message, position, path, advice)


def _blame_date(citation: Citation, cited: Emise, code: str) -> Diagnostic:
    day = cited.date or dt.date.min
    message = f"{cited.numero} est du {format_date(day, 'fr')} ({cited.fichier})"
    return _blame(citation, "date", code, message, f"écrivez {day.isoformat()}")


def check_acomptes_oublies(carnet: Carnet) -> Iterator[Diagnostic]:
    """The solde of a devis takes back every acompte invoiced for it.

    Source: CGI art. 289, I-1-c; BOI-TVA-DECLA-30-20-20-10 § 60.
    """
    taken = {cited.numero for item in carnet.emises if not carnet.is_annulee(item) for cited in item.acomptes}
    soldes: dict[str | None, Emise] = {
        item.devis: item
        for item in carnet.emises
        if item.nature == "solde" and item.devis and item.date and not carnet.is_annulee(item)
    }
    for item in carnet.emises:
        solde = soldes.get(item.devis)
        if item.nature != "acompte" or item.numero in taken or solde is None or carnet.is_annulee(item):
            continue
        if item.date is None or solde.date is None or item.date > solde.date:
            continue
        shown = f" de {format_money(item.ttc, item.devise, 'fr')} TTC" if item.ttc is not None else ""
        message = f"l'acompte {item.numero}{shown} du devis {item.devis} n'est pas déduit ({item.fichier})"
        amount = to_amount(item.ttc, minor_unit(item.devise)) if item.ttc is not None else "…"
        advice = f"ajoutez - {{numero: {item.numero}, date: {item.date.isoformat()}, montant_ttc: {amount}}}"
        yield solde.find("L448", "acomptes_verses", message, advice).as_warning()


# --- Credit notes ----------------------------------------------------------------------------------------------------


def check_corrections(carnet: Carnet) -> Iterator[Diagnostic]:
    """What corrects an invoice names it without a doubt: its number and its date, to the same client.

    Source: CGI art. 289, I-5; BOI-TVA-DECLA-30-20-20-20 §§ 220 and 260.
    """
    for item in carnet.emises:
        citation = item.corrigee
        facture = carnet.par_numero.get(citation.numero) if citation is not None else None
        if citation is None or facture is None:
            continue
        if facture.type != "facture" or facture is item:
            message = f"{facture.numero} n'est pas une facture à corriger ({facture.fichier})"
            yield _blame(citation, "numero", "L449", message)
            continue
        if citation.date and facture.date and citation.date != facture.date:
            yield _blame_date(citation, facture, "L449")
        if item.type != "avoir":
            # An invoice that replaces another may be there to correct its client, or its currency.
            continue
        if item.devise != facture.devise:
            message = f"avoir en {item.devise} sur la facture {facture.numero}, en {facture.devise} ({facture.fichier})"
            yield item.find("M310", "devise", message, "faites l'avoir dans la devise de la facture")
        if facture.client.differs(item.client):
            message = (
                f"{facture.numero} est une facture à {facture.client.affiche} ({facture.fichier}), "
                f"cet avoir est à {item.client.affiche}"
            )
            yield _blame(citation, "numero", "L449", message).as_warning()


def check_avoirs_cumules(carnet: Carnet) -> Iterator[Diagnostic]:
    """Credit notes do not give back more than was invoiced.

    Source: CGI art. 289, I-5; CGI art. 272, 1.
    """
    for numero, avoirs in carnet.avoirs.items():
        facture = carnet.par_numero.get(numero)
        if facture is None or facture.type != "facture" or facture.ttc is None:
            continue
        credited = ZERO
        for avoir in avoirs:
            if avoir.devise != facture.devise or avoir.ttc is None:
                continue
            credited += avoir.ttc
            if credited > facture.ttc:
                total = format_money(facture.ttc, facture.devise, "fr")
                shown = format_money(credited, facture.devise, "fr")
                message = f"{shown} TTC d'avoirs sur {numero}, qui est de {total} TTC ({facture.fichier})"
                yield avoir.find("L449", "numero", message, "vérifiez les montants, ou la facture citée").as_warning()
                break


REGLES: tuple[Regle, ...] = (
    check_doublons,
    check_chronologie,
    check_trous,
    check_cadeaux_annuels,
    check_acomptes_repris,
    check_acomptes_oublies,
    check_corrections,
    check_avoirs_cumules,
)
