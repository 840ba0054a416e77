"""Late interest and the flat recovery cost: what an unpaid claim has come to on a day, and how.

Why a ledger read once from the first day to the last: interest depends on what was still unpaid each day, payments go
to interest before they go to the principal, and both change what the next day earns. Each day takes the rate of its
half-year; a period is summed exactly and rounded once, when something closes it.

Source: C. com. art. L441-10, II and D441-5 (professionals); CCP art. L2192-12 to L2192-14, R2192-31 and D2192-35
(public buyers); C. civ. art. 1231-6 (consumers), 1342-10 and 1343-1 (payments), 1343-2 (interest on interest).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, localcontext
from itertools import groupby
from typing import Any, Literal

from facture.amounts import ZERO, round_amount, share_amount, to_amount
from facture.echeances import ReglePenalites, add_months
from facture.taux import Bareme, TauxAbsent, apply_regle, half_end, half_start, to_rate

INDEMNITE = Decimal(40)
"""Flat recovery cost of one invoice, in euros. Source: C. com. art. D441-5; CCP art. D2192-35."""
PLANCHER = Decimal(3)
"""The agreed rate is at least so many times the legal one. Source: C. com. art. L441-10, II."""
STATUTAIRE = ReglePenalites("bce", Decimal(10))
"""The rate of the law between professionals, when nothing else was agreed. Source: C. com. art. L441-10, II."""

Cloture = Literal["arrete", "reglement", "capitalisation", "procedure", "solde"]

_UN_JOUR = dt.timedelta(days=1)
# Amount x rate x days has fewer than 40 digits: products and sums are exact, and the one division of a period has room
# enough that its last digits never decide a half cent.
_PRECISION = 60


@dataclass(frozen=True, slots=True)
class Mouvement:
    """What changes the claim.

    Attributes:
        date: when the funds are available, or the date of the avoir.
        montant: never negative, at the currency's minor unit.
        genre: a payment pays interest too; an avoir only reduces the principal.
    """

    date: dt.date
    montant: Decimal
    genre: Literal["reglement", "avoir"]
    libelle: str = ""

    def __post_init__(self) -> None:
        if self.montant < 0:
            raise ValueError(f"a {self.genre} of {self.montant} would be a debt")


@dataclass(frozen=True, slots=True)
class Creance:
    """An unpaid sum, and everything its interest depends on.

    Attributes:
        principal: what was to pay at the due date, TTC.
        echeance: last day to pay in time.
        regle: how the rate is set.
        qualite: of the debtor: professionnel, particulier or public.
        decimales: digits of the currency's minor unit.
        mise_en_demeure: when a particulier was put on notice; without it they owe no interest.
        procedure_collective: date of the judgment that opens it; it takes effect that very day.
        imputation: what a payment pays first: interets (the law) or principal (a favour).
        base_jours: divisor of a year's rate: 365, 366 or 360.
        capitalisation: whether interest due for a full year bears interest.
        indemnite: flat recovery cost once late; zero when it cannot be claimed.
    """

    principal: Decimal
    echeance: dt.date
    regle: ReglePenalites
    qualite: str
    decimales: int = 2
    mouvements: tuple[Mouvement, ...] = ()
    mise_en_demeure: dt.date | None = None
    procedure_collective: dt.date | None = None
    imputation: str = "interets"
    base_jours: int = 365
    capitalisation: bool = False
    indemnite: Decimal = INDEMNITE

    @property
    def premier_jour(self) -> dt.date | None:
        """First day that may bear interest; None when none may.

        Source: C. com. art. L441-10, II (the day after the due date, without a reminder); C. civ. art. 1231-6 (a
        particulier: from the notice).
        """
        if self.qualite != "particulier":
            return self.echeance + _UN_JOUR
        if self.mise_en_demeure is None:
            return None
        return max(self.echeance, self.mise_en_demeure) + _UN_JOUR

    @property
    def dernier_jour(self) -> dt.date:
        """Last day that may bear interest, as far as the claim alone can say.

        Source: C. com. art. L622-28 (the judgment stops interest) and R621-4 (it takes effect from its date).
        """
        return dt.date.max if self.procedure_collective is None else self.procedure_collective - _UN_JOUR

    @property
    def has_indemnite(self) -> bool:
        """True when being late costs the flat sum: not a particulier, nor when the due date fell in a procedure.

        Source: C. com. art. L441-10, II, last sentence.
        """
        return self.qualite != "particulier" and self.dernier_jour >= self.echeance


@dataclass(frozen=True, slots=True)
class Tranche:
    """Days in a row with one rate and one base: a row of the working.

    Attributes:
        taux: percent a year.
        base: what bore interest.
        exact: its interest before any rounding.
        interets: its share of the period's rounded interest; the shares add up to it.
    """

    du: dt.date
    au: dt.date
    jours: int
    taux: Decimal
    base: Decimal
    exact: Decimal
    interets: Decimal


@dataclass(frozen=True, slots=True)
class Periode:
    """What runs from one closing to the next; its interest is rounded once.

    Attributes:
        cloture: what ended it: the date asked for, a payment, an anniversary, the judgment of a procedure, or an avoir
            that left nothing to bear interest (`solde`).
    """

    tranches: tuple[Tranche, ...]
    interets: Decimal
    cloture: Cloture


@dataclass(frozen=True, slots=True)
class Imputation:
    """How a payment was spread."""

    mouvement: Mouvement
    interets: Decimal
    principal: Decimal
    indemnite: Decimal


@dataclass(frozen=True, slots=True)
class Plancher:
    """Days of one half-year whose rate is below the floor of the law.

    Attributes:
        taux: the rate of the claim, percent a year.
        minimum: three times the legal rate.
    """

    du: dt.date
    au: dt.date
    taux: Decimal
    minimum: Decimal


@dataclass(frozen=True, slots=True)
class Decompte:
    """What a claim has come to.

    Attributes:
        debut: first day that earned interest, None when none did.
        jours: days that earned interest.
        indemnite: flat recovery cost that became due, paid since or not.
        regle: sum of the payments.
        avoirs: sum of the credit notes.
        total: what is still due of everything.
        par_jour: interest that the next day adds, rounded; None when nothing runs or its rate is unknown.
        planchers: half-years whose rate is under three times the legal one (professionnel only).
    """

    creance: Creance
    arrete_au: dt.date
    debut: dt.date | None
    jours: int
    periodes: tuple[Periode, ...]
    imputations: tuple[Imputation, ...]
    interets: Decimal
    indemnite: Decimal
    regle: Decimal
    avoirs: Decimal
    total: Decimal
    reste_principal: Decimal
    reste_interets: Decimal
    reste_indemnite: Decimal
    par_jour: Decimal | None
    planchers: tuple[Plancher, ...]

    @property
    def tranches(self) -> tuple[Tranche, ...]:
        """Every row, in the order of days."""
        return tuple(tranche for periode in self.periodes for tranche in periode.tranches)

    @property
    def is_statutory(self) -> bool:
        """True when the rate is that of the law itself.

        Why: the floor of three times the legal rate bears on the rate that the parties agree on. Source: C. com.
        art. L441-10, II.
        """
        return self.creance.regle == STATUTAIRE


class TropPercu(Exception):
    """A payment larger than all that was owed then, or an avoir larger than the unpaid principal."""

    def __init__(self, mouvement: Mouvement, excedent: Decimal) -> None:
        self.mouvement = mouvement
        self.excedent = excedent
        super().__init__(f"{mouvement.genre} of {mouvement.montant} on {mouvement.date}: {excedent} too much")


def compute_decompte(creance: Creance, arrete_au: dt.date, bareme: Bareme) -> Decompte:
    """Return what a claim has come to at the end of a day.

    Args:
        arrete_au: last day that counts; later movements are ignored.
        bareme: rates by half-year.

    Returns: amounts at the currency's minor unit, half-up, rounded once a period.

    Raises: TauxAbsent when a day that earns interest has no known rate; TropPercu when more was paid or credited than
        was owed.
    """
    with localcontext() as context:
        context.prec = _PRECISION
        compte = _Compte(creance, bareme, arrete_au)
        # On one day: credit notes, then the day's interest, then payments.
        seen = sorted((m for m in creance.mouvements if m.date <= arrete_au), key=lambda m: m.date)
        for jour, group in groupby(seen, key=lambda m: m.date):
            compte.run_to(jour - _UN_JOUR)
            listed = list(group)
            for mouvement in listed:
                if mouvement.genre == "avoir":
                    compte.credit(mouvement)
            compte.run_to(jour)
            for mouvement in listed:
                if mouvement.genre == "reglement":
                    compte.pay(mouvement)
        compte.run_to(arrete_au)
        return compte.settle()


@dataclass(slots=True)
class _Ligne:
    """A row being counted; its interest is `base * taux * jours / (100 * base_jours)`."""

    du: dt.date
    au: dt.date
    taux: Decimal
    base: Decimal

    @property
    def jours(self) -> int:
        return (self.au - self.du).days + 1

    @property
    def poids(self) -> Decimal:
        return self.base * self.taux * self.jours


class _Compte:
    """The ledger of one claim: what is still unpaid, and the rows of the period that is open."""

    def __init__(self, creance: Creance, bareme: Bareme, arrete_au: dt.date) -> None:
        self.creance = creance
        self.bareme = bareme
        self.arrete_au = arrete_au
        self.principal = creance.principal
        self.interets = ZERO
        self.capitalises = ZERO
        self.indemnite = ZERO
        self.indemnite_due = ZERO
        self.regle = ZERO
        self.avoirs = ZERO
        self.lignes: list[_Ligne] = []
        self.periodes: list[Periode] = []
        self.imputations: list[Imputation] = []
        self.dernier_jour = min(arrete_au, creance.dernier_jour)
        # The next day to count; past the last one when no day can ever earn.
        self.suivant = creance.premier_jour or dt.date.max
        # First day of the interest that is unpaid: cleared by a payment, it starts again from the next day.
        self.depuis = self.suivant
        self.is_late = False
        self.anniversaires = self._list_anniversaires()
        self.anniversaire = next(self.anniversaires, dt.date.max)

    @property
    def base(self) -> Decimal:
        """What bears interest: the unpaid principal, and the unpaid interest of past years where that was agreed."""
        return self.principal + self.capitalises

    def run_to(self, jour: dt.date) -> None:
        """Count the days up to one, included."""
        if jour > self.creance.echeance and not self.is_late:
            self.is_late = True
            if self.principal > 0 and self.creance.has_indemnite:
                self.indemnite = self.indemnite_due = self.creance.indemnite
        last = min(jour, self.dernier_jour)
        while self.suivant <= last:
            if self.suivant > self.anniversaire:
                self._capitalise()
                continue
            end = min(last, self.anniversaire)
            if self.base > 0:
                end = self._earn(end)
            self.suivant = end + _UN_JOUR

    def credit(self, mouvement: Mouvement) -> None:
        """Reduce the principal; the day of an avoir already bears the reduced base."""
        if mouvement.montant > self.principal:
            raise TropPercu(mouvement, mouvement.montant - max(self.principal, ZERO))
        self.principal -= mouvement.montant
        self.avoirs += mouvement.montant

    def pay(self, mouvement: Mouvement) -> None:
        """Close the period and spread a payment over interest, principal and the flat cost.

        Source: C. civ. art. 1343-1: a part payment goes to interest first. The flat cost comes last: it bears none.
        """
        self._close("reglement")
        left = mouvement.montant
        owed = self.interets + self.principal + self.indemnite
        if left > owed:
            raise TropPercu(mouvement, left - max(owed, ZERO))
        to_principal = min(left, self.principal) if self.creance.imputation == "principal" else ZERO
        to_interets = min(left - to_principal, self.interets)
        to_principal += min(left - to_principal - to_interets, self.principal - to_principal)
        to_indemnite = left - to_interets - to_principal
        self.interets -= to_interets
        if self.interets == 0:
            self.depuis = max(self.suivant, mouvement.date + _UN_JOUR)
        # What was capitalised is the oldest interest, and the dearest to the debtor: it is paid before the rest.
        # Source: C. civ. art. 1342-10.
        self.capitalises = max(self.capitalises - to_interets, ZERO)
        self.principal -= to_principal
        self.indemnite -= to_indemnite
        self.regle += mouvement.montant
        self.imputations.append(Imputation(mouvement, to_interets, to_principal, to_indemnite))

    def settle(self) -> Decompte:
        """Close what is open and return the whole."""
        if self.dernier_jour == self.anniversaire and self.suivant > self.anniversaire:
            self._capitalise()
        self._close("procedure" if self.dernier_jour < self.arrete_au else "arrete")
        tranches = [tranche for periode in self.periodes for tranche in periode.tranches]
        return Decompte(
            self.creance,
            self.arrete_au,
            tranches[0].du if tranches else None,
            sum(tranche.jours for tranche in tranches),
            tuple(self.periodes),
            tuple(self.imputations),
            self._amount(sum((periode.interets for periode in self.periodes), ZERO)),
            self._amount(self.indemnite_due),
            self._amount(self.regle),
            self._amount(self.avoirs),
            self._amount(self.principal + self.interets + self.indemnite),
            self._amount(self.principal),
            self._amount(self.interets),
            self._amount(self.indemnite),
            self._compute_par_jour(),
            tuple(self._list_planchers(tranches)),
        )

    def _amount(self, value: Decimal) -> Decimal:
        return round_amount(value, self.creance.decimales)

    def _earn(self, last: dt.date) -> dt.date:
        """Add the days from the next one to `last`, at most those of one rate; return the last one added."""
        start = self.suivant
        end = min(last, half_end(start)) if self._follows_half_years() else last
        taux = self._find_rate(start)
        open_row = self.lignes[-1] if self.lignes else None
        if (
            open_row is not None
            and (open_row.base, open_row.taux) == (self.base, taux)
            and open_row.au == start - _UN_JOUR
            and not (self._follows_half_years() and start == half_start(start))
        ):
            open_row.au = end
        else:
            self.lignes.append(_Ligne(start, end, taux, self.base))
        return end

    def _follows_half_years(self) -> bool:
        """A fixed rate never changes, and that of a public buyer stays that of the first day.

        Source: CCP art. R2192-31.
        """
        return self.creance.regle.base != "fixe" and self.creance.qualite != "public"

    def _find_rate(self, jour: dt.date) -> Decimal:
        regle = self.creance.regle
        if regle.base == "fixe":
            return regle.valeur
        if self.creance.qualite == "public":
            jour = self.creance.premier_jour or jour
        return apply_regle(regle, self.bareme.find(regle.base, jour).valeur)

    def _list_anniversaires(self) -> Iterator[dt.date]:
        """Return the days at whose end a full year's interest joins the base.

        Source: C. civ. art. 1343-2: interest due for at least a full year, when the contract says so; not against a
        particulier.
        """
        if not self.creance.capitalisation or self.creance.qualite == "particulier":
            return
        years = 1
        while (jour := add_months(self.creance.echeance, 12 * years)) <= self.dernier_jour:
            yield jour
            years += 1

    def _capitalise(self) -> None:
        """Let the unpaid interest join the base, if some of it has been due for a full year."""
        if add_months(self.depuis - _UN_JOUR, 12) <= self.anniversaire:
            self._close("capitalisation")
            self.capitalises = self.interets
        self.anniversaire = next(self.anniversaires, dt.date.max)

    def _close(self, cloture: Cloture) -> None:
        """Round the open period once, and share its interest among its rows."""
        if not self.lignes:
            return
        if self.base <= 0 and cloture != "reglement":
            # An avoir had left nothing to bear interest.
            cloture = "solde"
        decimales = self.creance.decimales
        divisor = Decimal(100 * self.creance.base_jours)
        poids = [ligne.poids for ligne in self.lignes]
        interets = round_amount(sum(poids, ZERO) / divisor, decimales)
        shares = share_amount(interets, poids, decimales)
        tranches = tuple(
            Tranche(ligne.du, ligne.au, ligne.jours, ligne.taux, ligne.base, weight / divisor, share)
            for ligne, weight, share in zip(self.lignes, poids, shares, strict=True)
        )
        self.periodes.append(Periode(tranches, interets, cloture))
        self.interets += interets
        self.lignes = []

    def _compute_par_jour(self) -> Decimal | None:
        demain = self.arrete_au + _UN_JOUR
        premier = self.creance.premier_jour
        if premier is None or not premier <= demain <= self.creance.dernier_jour or self.base <= 0:
            return None
        try:
            taux = self._find_rate(demain)
        except TauxAbsent:
            return None
        return self._amount(self.base * taux / (100 * self.creance.base_jours)) if taux else None

    def _list_planchers(self, tranches: list[Tranche]) -> Iterator[Plancher]:
        """Yield the half-years whose rate is under the floor; a half-year without a legal rate says nothing."""
        if self.creance.qualite != "professionnel":
            return
        by_half: dict[dt.date, Plancher] = {}
        for tranche in tranches:
            start = tranche.du
            while start <= tranche.au:
                half, end = half_start(start), min(tranche.au, half_end(start))
                known = by_half.get(half)
                if known is not None:
                    by_half[half] = Plancher(known.du, end, known.taux, known.minimum)
                else:
                    minimum = self._find_minimum(start)
                    if minimum is not None and tranche.taux < minimum:
                        by_half[half] = Plancher(start, end, tranche.taux, minimum)
                start = end + _UN_JOUR
        yield from by_half.values()

    def _find_minimum(self, jour: dt.date) -> Decimal | None:
        try:
            return PLANCHER * self.bareme.find("legal", jour).valeur
        except TauxAbsent:
            return None


def to_json(decompte: Decompte) -> dict[str, Any]:
    """Return a working for `--format json`.

    Returns: amounts as text with the currency's decimals, rates with two decimals at least and four at most, dates in
        ISO form. `total` is what is still due.
    """
    creance = decompte.creance

    def amount(value: Decimal) -> str:
        return to_amount(value, creance.decimales)

    return {
        "principal": amount(creance.principal),
        "echeance": creance.echeance.isoformat(),
        "arrete_au": decompte.arrete_au.isoformat(),
        "jours": decompte.jours,
        "taux": str(creance.regle),
        "tranches": [
            {
                "du": tranche.du.isoformat(),
                "au": tranche.au.isoformat(),
                "jours": tranche.jours,
                "taux": to_rate(tranche.taux),
                "base": amount(tranche.base),
                "interets": amount(tranche.interets),
            }
            for tranche in decompte.tranches
        ],
        "interets": amount(decompte.interets),
        "indemnite": amount(decompte.indemnite),
        "total": amount(decompte.total),
        "regle": amount(decompte.regle),
        "avoirs": amount(decompte.avoirs),
        "reste": {
            "principal": amount(decompte.reste_principal),
            "interets": amount(decompte.reste_interets),
            "indemnite": amount(decompte.reste_indemnite),
        },
        "par_jour": None if decompte.par_jour is None else amount(decompte.par_jour),
        "qualite": creance.qualite,
        "imputation": creance.imputation,
        "base_jours": creance.base_jours,
        "imputations": [
            {
                "date": item.mouvement.date.isoformat(),
                "montant": amount(item.mouvement.montant),
                "interets": amount(item.interets),
                "principal": amount(item.principal),
                "indemnite": amount(item.indemnite),
            }
            for item in decompte.imputations
        ],
        "planchers": [
            {
                "du": row.du.isoformat(),
                "au": row.au.isoformat(),
                "taux": to_rate(row.taux),
                "minimum": to_rate(row.minimum),
            }
            for row in decompte.planchers
        ],
    }
