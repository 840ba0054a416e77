"""Every sum of a document, in one function read from top to bottom.

The order is the one a person follows with a pencil: each line, then the discount on the whole shared over the VAT
rates, then the base and the VAT once per rate, then what has been paid and what is left. Each step rounds once,
through `round_amount`, so the printed columns add up to the printed totals.

Source: EN 16931 BR-CO-10 to BR-CO-17 (sums), BR-S-08 (base per rate); CGI ann. II art. 242 nonies A, I-8°, 9° and 11°.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal

from facture.amounts import CENT, ZERO, round_amount, share_amount, to_amount, to_plain, to_price
from facture.documents import AcompteVerse, Devis, Document, Facture, Ligne, Part, Reglement
from facture.droit import find_situation
from facture.errors import Chemin
from facture.grammaire import Tva
from facture.monnaies import minor_unit

MAX_TOTAL = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class Groupe:
    """What VAT is computed on together: EN 16931 category, rate, and the situation that explains a zero.

    Attributes:
        categorie: S, Z, E, AE, K, G or O (BT-118).
        taux: percent points (BT-119).
        situation: name of the situation, or "" for a plain rate.
    """

    categorie: str
    taux: Decimal
    situation: str = ""

    @property
    def facteur(self) -> Decimal:
        """Rate as a fraction: 0.2 for 20 %."""
        return self.taux / CENT


@dataclass(frozen=True, slots=True)
class LigneCalculee:
    """A line and its amounts, in the document's currency.

    Attributes:
        brut, remise, net: HT; net = brut - remise on every line (BT-131). A gift's discount is its whole value.
        brut_ttc, remise_ttc, net_ttc: TTC, in a document priced TTC only, otherwise None.
    """

    ligne: Ligne
    chemin: Chemin
    section: str | None
    statut: Literal["facture", "offert", "option"]
    groupe: Groupe
    brut: Decimal
    remise: Decimal
    net: Decimal
    brut_ttc: Decimal | None = None
    remise_ttc: Decimal | None = None
    net_ttc: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TotalTva:
    """One row of the VAT table (BG-23).

    Attributes:
        avant: sum of the line nets, HT.
        part_remise: share of the document discount, HT.
        base: what is taxed (BT-116) = avant - part_remise.
        montant: VAT (BT-117).
    """

    groupe: Groupe
    avant: Decimal
    part_remise: Decimal
    base: Decimal
    montant: Decimal


@dataclass(frozen=True, slots=True)
class AcompteDeduit:
    """An acompte taken back on a solde, split by rate."""

    acompte: AcompteVerse
    ht: Decimal
    tva: tuple[tuple[Decimal, Decimal], ...]
    ttc: Decimal

    @property
    def total_tva(self) -> Decimal:
        """VAT of the acompte."""
        return self.ttc - self.ht


@dataclass(frozen=True, slots=True)
class PartAcompte:
    """What an acompte takes back of one VAT group."""

    groupe: Groupe
    ht: Decimal
    tva: Decimal


@dataclass(frozen=True, slots=True)
class Totaux:
    """All sums of a document; every amount is at the currency's minor unit.

    Attributes:
        remise_document: discount on the whole, in the unit of the prices (TTC in a document priced TTC).
        regle_ttc: payments dated on or before the document.
        acompte_ttc: deposit asked by a devis; it changes no total.
    """

    devise: str
    decimales: int
    en_ttc: bool
    lignes: tuple[LigneCalculee, ...]
    tva: tuple[TotalTva, ...]
    brut_ht: Decimal
    offert_ht: Decimal
    remises_ht: Decimal
    total_ht: Decimal
    total_tva: Decimal
    total_ttc: Decimal
    acomptes: tuple[AcompteDeduit, ...]
    acomptes_ttc: Decimal
    regle_ttc: Decimal
    net_a_payer: Decimal
    options_ht: Decimal
    offert_ttc: Decimal
    remise_document: Decimal = ZERO
    brut_ttc: Decimal | None = None
    remises_ttc: Decimal | None = None
    acompte_ttc: Decimal | None = None

    def value_of(self, name: str) -> Decimal:
        """Return a total by its YAML name, for `controle:`."""
        value: Decimal = getattr(self, name)
        return value


def _show(value: Decimal, decimales: int) -> str:
    """Return an amount for a message, as it would be typed in YAML."""
    return to_amount(round_amount(value, decimales), decimales)


def _show_taux(taux: Decimal) -> str:
    return f"{to_plain(taux).replace('.', ',')} %"


class Incoherence(ValueError):
    """The amounts contradict one another: `code` and `chemin` make the diagnostic."""

    def __init__(self, code: str, chemin: Chemin, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.chemin = chemin
        self.advice = advice


def tva_of(ligne: Ligne, document: Document) -> Tva | None:
    """Return the rate or situation of a line: its own, the document's, or the franchise of the seller; else None."""
    if ligne.tva is not None:
        return ligne.tva
    if document.tva is not None:
        return document.tva
    return "franchise" if document.emetteur.regime_tva == "franchise" else None


def find_groupe(tva: Tva, document: Document) -> Groupe:
    """Return the VAT group of a rate or a named situation.

    Why: `autoliquidation` is domestic between French parties and the services rule towards the EU; both are
    category AE, and the mention differs, so the situation keeps them apart. A rate of 0 is category Z.
    """
    if isinstance(tva, Decimal):
        return Groupe("S" if tva else "Z", tva)
    situation = find_situation(tva, pays_client=document.client.adresse.pays)
    return Groupe(situation.categorie, ZERO, situation.nom)


def compute_totaux(document: Document) -> Totaux:
    """Compute every sum of a document.

    Args:
        document: complete in what money needs: each line has a price and a rate or situation, its own or the
        document's.

    Returns: the totals; each amount rounded half-up to the minor unit, once.

    Raises: Incoherence (M301 to M309) when the amounts contradict one another.

    Source: EN 16931 BG-22, BG-23; tests/tables holds the rules of rounding, worked by hand.
    """
    decimales = minor_unit(document.devise)
    sources = document.iter_lignes()
    en_ttc = any(ligne.prix_unitaire_ttc is not None for _, _, ligne in sources)
    lignes = [_compute_ligne(document, chemin, section, ligne, decimales) for chemin, section, ligne in sources]
    factures = [ligne for ligne in lignes if ligne.statut == "facture"]

    # The discount on the whole is one amount, rounded once, then shared: parts rounded apart would not add up to it.
    base = sum((ligne.net for ligne in factures), ZERO)
    remise = _compute_remise_document(document, base, decimales)
    groupes = list(dict.fromkeys(ligne.groupe for ligne in lignes if ligne.statut != "option"))
    avant = {groupe: sum((ligne.net for ligne in factures if ligne.groupe == groupe), ZERO) for groupe in groupes}
    _check_groupes(document, avant, remise)
    parts = dict(zip(groupes, share_amount(remise, [avant[groupe] for groupe in groupes], decimales), strict=True))

    if en_ttc:
        return _finish_ttc(document, lignes, groupes, avant, parts, remise, decimales)

    rows = [
        TotalTva(
            groupe,
            avant[groupe],
            parts[groupe],
            avant[groupe] - parts[groupe],
            round_amount((avant[groupe] - parts[groupe]) * groupe.facteur, decimales),
        )
        for groupe in groupes
    ]
    offerts = [ligne for ligne in lignes if ligne.statut == "offert"]
    # Real value TTC of what is given: VAT is worked out for the sum of a group, as it would have been if billed.
    offert_ttc = ZERO
    for groupe in groupes:
        given = sum((ligne.brut for ligne in offerts if ligne.groupe == groupe), ZERO)
        offert_ttc += given + round_amount(given * groupe.facteur, decimales)
    return _assemble(document, lignes, rows, remise, offert_ttc, decimales, en_ttc=False)


def _compute_ligne(
    document: Document, chemin: Chemin, section: str | None, ligne: Ligne, decimales: int
) -> LigneCalculee:
    """Gross = round(quantity x price), discount = round, net = gross - discount, in the unit of the price."""
    tva = tva_of(ligne, document)
    prix = ligne.prix_unitaire if ligne.prix_unitaire is not None else ligne.prix_unitaire_ttc
    if tva is None or prix is None:
        raise Incoherence("F217", chemin, "prix ou taux de TVA manquant")
    groupe = find_groupe(tva, document)
    brut = round_amount(ligne.quantite * prix, decimales)
    if abs(brut) >= MAX_TOTAL:
        raise Incoherence("M309", chemin, "montant de plus de 12 chiffres")
    statut = ligne.statut
    if statut == "offert":
        remise = brut
    elif statut == "option" or ligne.remise is None:
        remise = round_amount(ZERO, decimales)
    else:
        remise = _compute_remise(ligne.remise, brut, decimales, (*chemin, "remise"))
    return LigneCalculee(ligne, chemin, section, statut, groupe, brut, remise, brut - remise)


def _compute_remise(part: Part, brut: Decimal, decimales: int, chemin: Chemin) -> Decimal:
    if part.taux is not None:
        return round_amount(brut * part.taux / CENT, decimales)
    montant = part.montant if part.montant is not None else ZERO
    if montant > abs(brut) or (montant and brut < 0):
        raise Incoherence(
            "M301", chemin, f"la remise de {_show(montant, decimales)} dépasse la ligne, {_show(brut, decimales)}"
        )
    return round_amount(montant, decimales)


def _compute_remise_document(document: Document, base: Decimal, decimales: int) -> Decimal:
    part = document.remise
    if part is None:
        return round_amount(ZERO, decimales)
    montant = part.montant if part.montant is not None else ZERO
    remise = round_amount(montant if part.taux is None else base * part.taux / CENT, decimales)
    if remise and base <= 0:
        raise Incoherence("M302", ("remise",), "il n'y a rien à remiser : le total avant remise n'est pas positif")
    if remise > base:
        raise Incoherence(
            "M302", ("remise",), f"la remise de {_show(remise, decimales)} dépasse le total, {_show(base, decimales)}"
        )
    return remise


def _check_groupes(document: Document, avant: dict[Groupe, Decimal], remise: Decimal) -> None:
    for groupe, total in avant.items():
        if total >= 0:
            continue
        if isinstance(document, Facture):
            label = groupe.situation or f"TVA {_show_taux(groupe.taux)}"
            raise Incoherence(
                "M303", ("lignes",), f"le total « {label} » est négatif ({_show(total, minor_unit(document.devise))})"
            )
        if remise:
            raise Incoherence("M302", ("remise",), "une remise ne se répartit pas sur un total négatif par taux")


def _finish_ttc(
    document: Document,
    lignes: Sequence[LigneCalculee],
    groupes: Sequence[Groupe],
    avant: dict[Groupe, Decimal],
    parts: dict[Groupe, Decimal],
    remise: Decimal,
    decimales: int,
) -> Totaux:
    """Turn a document priced TTC into HT: exact TTC per group, HT taken out of it, lines by largest remainder.

    Why: a consumer was told 500.00 and must read 500.00; adding VAT to rounded HT lines could land on 499.99.
    """
    done: dict[Chemin, LigneCalculee] = {}
    rows: list[TotalTva] = []
    for groupe in groupes:
        divisor = 1 + groupe.facteur

        def to_ht(ttc: Decimal, divisor: Decimal = divisor) -> Decimal:
            return round_amount(ttc / divisor, decimales)

        members = [ligne for ligne in lignes if ligne.groupe == groupe]
        billed = [ligne for ligne in members if ligne.statut == "facture"]
        given = [ligne for ligne in members if ligne.statut == "offert"]
        ttc = avant[groupe] - parts[groupe]
        base = to_ht(ttc)
        # Discounts of the group as a whole are worth round(TTC / (1 + t)); those of the lines come out of it first.
        line_discounts = sum((ligne.remise for ligne in billed), ZERO)
        line_discounts_ht = to_ht(line_discounts)
        part_ht = to_ht(line_discounts + parts[groupe]) - line_discounts_ht
        nets = share_signed(base + part_ht, [ligne.net for ligne in billed], decimales)
        discounts = share_signed(line_discounts_ht, [ligne.remise for ligne in billed], decimales)
        values = share_signed(to_ht(sum((ligne.brut for ligne in given), ZERO)), [x.brut for x in given], decimales)
        for ligne, net, cut in zip(billed, nets, discounts, strict=True):
            done[ligne.chemin] = _with_ht(ligne, net + cut, cut)
        for ligne, value in zip(given, values, strict=True):
            done[ligne.chemin] = _with_ht(ligne, value, value)
        rows.append(TotalTva(groupe, base + part_ht, part_ht, base, ttc - base))
    for ligne in lignes:
        if ligne.statut == "option":
            value = round_amount(ligne.brut / (1 + ligne.groupe.facteur), decimales)
            done[ligne.chemin] = _with_ht(ligne, value, ligne.remise)
    ordered = [done[ligne.chemin] for ligne in lignes]
    offert_ttc = sum((ligne.brut for ligne in lignes if ligne.statut == "offert"), ZERO)
    return _assemble(document, ordered, rows, remise, offert_ttc, decimales, en_ttc=True)


def _with_ht(ligne: LigneCalculee, brut: Decimal, remise: Decimal) -> LigneCalculee:
    return LigneCalculee(
        ligne.ligne,
        ligne.chemin,
        ligne.section,
        ligne.statut,
        ligne.groupe,
        brut,
        remise,
        brut - remise,
        brut_ttc=ligne.brut,
        remise_ttc=ligne.remise,
        net_ttc=ligne.net,
    )


def share_signed(total: Decimal, weights: Sequence[Decimal], decimales: int) -> list[Decimal]:
    """Split an amount over weights of which some may be negative (a quantity taken back).

    Why: largest remainder needs weights of one sign. Negative ones are worth their own rounded part, and the
    others share what is left, so the sum still holds to the cent.
    """
    if weights and all(weight <= 0 for weight in weights) and any(weights):
        return [-part if part else part for part in share_amount(-total, [-weight for weight in weights], decimales)]
    if all(weight >= 0 for weight in weights):
        positive = total if any(weights) else ZERO
        return share_amount(positive, weights, decimales) if weights else []
    whole = sum(weights, ZERO)
    ratio = total / whole if whole else Decimal(1)
    fixed = {i: round_amount(weight * ratio, decimales) for i, weight in enumerate(weights) if weight < 0}
    rest = total - sum(fixed.values(), ZERO)
    others = [i for i in range(len(weights)) if i not in fixed]
    if not any(weights[i] for i in others):
        return [fixed.get(i, ZERO) for i in range(len(weights))]
    shared = dict(zip(others, share_amount(rest, [weights[i] for i in others], decimales), strict=True))
    return [fixed[i] if i in fixed else shared[i] for i in range(len(weights))]


def _assemble(
    document: Document,
    lignes: Sequence[LigneCalculee],
    rows: Sequence[TotalTva],
    remise: Decimal,
    offert_ttc: Decimal,
    decimales: int,
    *,
    en_ttc: bool,
) -> Totaux:
    zero = round_amount(ZERO, decimales)
    total_ht = sum((row.base for row in rows), zero)
    total_tva = sum((row.montant for row in rows), zero)
    total_ttc = total_ht + total_tva
    offert_ht = sum((ligne.brut for ligne in lignes if ligne.statut == "offert"), zero)
    remises_ht = sum((ligne.remise for ligne in lignes if ligne.statut == "facture"), zero)
    remises_ht += sum((row.part_remise for row in rows), ZERO)
    options_ht = sum((ligne.net for ligne in lignes if ligne.statut == "option"), zero)
    if total_ttc < 0 and not isinstance(document, Devis):
        raise Incoherence("M303", ("lignes",), f"le total est négatif ({_show(total_ttc, decimales)})")
    if abs(total_ttc) >= MAX_TOTAL:
        raise Incoherence("M309", ("lignes",), "total de plus de 12 chiffres")
    ordered = sorted(rows, key=lambda row: (row.groupe.taux, row.groupe.categorie))
    acomptes = _compute_acomptes(document, ordered, decimales)
    acomptes_ttc = sum((acompte.ttc for acompte in acomptes), zero)
    regle_ttc = _sum_reglements(document, zero)
    net = total_ttc - acomptes_ttc - regle_ttc
    if net < 0 and not isinstance(document, Devis):
        chemin: Chemin = ("acomptes_verses",) if acomptes_ttc > total_ttc else ("reglements",)
        what = "les acomptes et les paiements" if acomptes_ttc and regle_ttc else "les paiements"
        what = "les acomptes" if acomptes_ttc > total_ttc else what
        raise Incoherence("M305", chemin, f"{what} dépassent le total TTC de {_show(-net, decimales)}")
    brut_ttc = remises_ttc = None
    if en_ttc:
        brut_ttc = sum((x.brut_ttc or ZERO for x in lignes if x.statut != "option"), zero)
        remises_ttc = sum((x.remise_ttc or ZERO for x in lignes if x.statut == "facture"), zero) + remise
    return Totaux(
        devise=document.devise,
        decimales=decimales,
        en_ttc=en_ttc,
        lignes=tuple(lignes),
        tva=tuple(ordered),
        brut_ht=total_ht + offert_ht + remises_ht,
        offert_ht=offert_ht,
        remises_ht=remises_ht,
        total_ht=total_ht,
        total_tva=total_tva,
        total_ttc=total_ttc,
        acomptes=acomptes,
        acomptes_ttc=acomptes_ttc,
        regle_ttc=regle_ttc,
        net_a_payer=net,
        options_ht=options_ht,
        offert_ttc=round_amount(offert_ttc, decimales),
        remise_document=remise,
        brut_ttc=brut_ttc,
        remises_ttc=remises_ttc,
        acompte_ttc=_compute_acompte_demande(document, total_ttc, decimales),
    )


def _compute_acompte_demande(document: Document, total_ttc: Decimal, decimales: int) -> Decimal | None:
    if not isinstance(document, Devis) or document.acompte is None:
        return None
    part = document.acompte
    if part.taux is not None:
        return round_amount(total_ttc * part.taux / CENT, decimales)
    montant = round_amount(part.montant if part.montant is not None else ZERO, decimales)
    if montant > total_ttc:
        raise Incoherence(
            "M306", ("acompte",), f"l'acompte demandé dépasse le total TTC, {_show(total_ttc, decimales)}"
        )
    return montant


def _compute_acomptes(document: Document, rows: Sequence[TotalTva], decimales: int) -> tuple[AcompteDeduit, ...]:
    """Split each acompte by rate: its VAT was fixed when it was invoiced, so it is taken back as it stands."""
    if not isinstance(document, Facture):
        return ()
    done: list[AcompteDeduit] = []
    # A gift or an exemption of its own adds no tax to share: only what is taxed makes an acompte ambiguous.
    taxed = list({row.groupe.taux: row.groupe for row in rows if row.base}.values()) or [row.groupe for row in rows[:1]]
    for index, acompte in enumerate(document.acomptes_verses):
        chemin: Chemin = ("acomptes_verses", index)
        ttc = round_amount(acompte.montant_ttc if acompte.montant_ttc is not None else ZERO, decimales)
        tva: tuple[tuple[Decimal, Decimal], ...]
        if acompte.tva:
            tva = tuple((rate, round_amount(value, decimales)) for rate, value in acompte.tva.items())
            unknown = [rate for rate, _ in tva if rate not in {row.groupe.taux for row in rows}]
            if unknown:
                raise Incoherence("M308", (*chemin, "tva"), f"aucune ligne n'est à {_show_taux(unknown[0])}")
        elif len(taxed) == 1:
            ht = round_amount(ttc / (1 + taxed[0].facteur), decimales)
            tva = ((taxed[0].taux, ttc - ht),)
        else:
            raise Incoherence("M307", chemin, "plusieurs taux de TVA : la TVA de cet acompte est à préciser")
        ht = ttc - sum((value for _, value in tva), ZERO)
        if ht < 0:
            raise Incoherence("M308", (*chemin, "tva"), "la TVA dépasse le montant de l'acompte")
        done.append(AcompteDeduit(acompte, ht, tva, ttc))
        if acompte.tva:
            _check_reprise(done, rows, (*chemin, "tva"))
    return tuple(done)


def _check_reprise(done: Sequence[AcompteDeduit], rows: Sequence[TotalTva], chemin: Chemin) -> None:
    """Refuse to take back more VAT of a rate than the job bears: what is left to invoice would owe a negative tax."""
    for rate in dict.fromkeys(rate for acompte in done for rate, _ in acompte.tva):
        taken = sum((value for acompte in done for other, value in acompte.tva if other == rate), ZERO)
        if taken > sum((row.montant for row in rows if row.groupe.taux == rate), ZERO):
            raise Incoherence(
                "M308", chemin, f"les acomptes reprennent plus de TVA à {_show_taux(rate)} qu'il n'y en a"
            )


def list_reglements(document: Document, date: dt.date | None) -> tuple[Reglement, ...]:
    """Return the payments that count on a document: those made by its day, or whose day is not said.

    Args:
        date: of the document; None counts them all.
    """
    if not isinstance(document, Facture):
        return ()
    return tuple(
        reglement
        for reglement in document.reglements
        if reglement.montant is not None and (date is None or reglement.date is None or reglement.date <= date)
    )


def _sum_reglements(document: Document, zero: Decimal) -> Decimal:
    return sum((item.montant or zero for item in list_reglements(document, document.date)), zero)


def split_acompte(acompte: AcompteDeduit, rows: Sequence[TotalTva], decimales: int) -> tuple[PartAcompte, ...]:
    """Return what an acompte takes back of each VAT group; the parts add up to it, HT and VAT.

    Why its VAT is what it was: it was invoiced then. Its base is not said rate by rate: it is shared in proportion to
    what each VAT was worked out from, and what the VAT of the taxed rates does not explain was billed without any.

    Args:
        rows: VAT table of the document that takes the acompte back.

    Source: CGI art. 289, I-1-c (acomptes are invoiced, with their VAT).
    """
    parts: list[PartAcompte] = []
    for (taux, tva), base in zip(acompte.tva, _split_base(acompte, decimales), strict=True):
        members = [row for row in rows if row.groupe.taux == taux]
        # Several exemptions have one rate, 0: each had its part of what was billed without VAT.
        members = [row for row in members if row.base] or members[:1]
        shares = share_amount(base, [row.base for row in members], decimales) if len(members) > 1 else [base]
        # VAT that is not 0 has one group only.
        taken = [tva, *(round_amount(ZERO, decimales) for _ in members[1:])]
        parts += [
            PartAcompte(row.groupe, ht, part)
            for row, ht, part in zip(members, shares, taken, strict=True)
            if ht or part
        ]
    return tuple(parts)


@dataclass(frozen=True, slots=True)
class Reprise:
    """What an acompte had billed in one VAT group: a line of the e-invoice (BG-25), a row of the page."""

    index: int
    groupe: Groupe
    ht: Decimal
    tva: Decimal


def split_acomptes(totaux: Totaux) -> tuple[Reprise, ...]:
    """Return what each acompte takes back, by VAT group."""
    return tuple(
        Reprise(index, part.groupe, part.ht, part.tva)
        for index, acompte in enumerate(totaux.acomptes)
        for part in split_acompte(acompte, totaux.tva, totaux.decimales)
    )


def _split_base(acompte: AcompteDeduit, decimales: int) -> list[Decimal]:
    shares = [tva / (taux / CENT) if taux else ZERO for taux, tva in acompte.tva]
    if len(shares) == 1 or not any(shares):
        return [acompte.ht, *(round_amount(ZERO, decimales) for _ in shares[1:])]
    exempt = next((index for index, (taux, _) in enumerate(acompte.tva) if not taux), None)
    if exempt is None:
        return share_amount(acompte.ht, shares, decimales)
    # What is not explained by the VAT of the other rates was billed without any.
    bases = [round_amount(share, decimales) for share in shares]
    bases[exempt] = acompte.ht - sum(bases, ZERO)
    return bases


def compute_echeancier(document: Document, totaux: Totaux) -> list[Decimal]:
    """Return the amount of each instalment, by largest remainder, summing to what is to pay."""
    tranches = document.paiement.echeancier
    weights: list[Decimal] = []
    for tranche in tranches:
        part = tranche.part
        weights.append(ZERO if part is None else (part.taux if part.taux is not None else part.montant or ZERO))
    if not weights:
        return []
    if all(tranche.part is not None and tranche.part.montant is not None for tranche in tranches):
        return [round_amount(weight, totaux.decimales) for weight in weights]
    return share_amount(totaux.net_a_payer, weights, totaux.decimales)


def to_json(document: Document, totaux: Totaux, date: dt.date | None = None) -> dict[str, Any]:
    """Return the object of `facture show --format json`.

    Args:
        date: the day that a draft without a date takes.
    """
    date = document.date or date
    d = totaux.decimales

    def amount(value: Decimal) -> str:
        return to_amount(value, d)

    def line(item: LigneCalculee) -> dict[str, Any]:
        ligne = item.ligne
        ht_price = ligne.prix_unitaire
        if ht_price is None and ligne.prix_unitaire_ttc is not None:
            # Shown for information: the exact price is the TTC one, which follows.
            ht_price = round_amount(ligne.prix_unitaire_ttc / (1 + item.groupe.facteur), max(d, 4))
        found: dict[str, Any] = {
            "designation": ligne.designation,
            "statut": item.statut,
            "quantite": to_plain(ligne.quantite),
            "unite": ligne.unite,
            "prix_unitaire": to_price(ht_price if ht_price is not None else ZERO, d),
            "brut_ht": amount(item.brut),
            "remise_ht": amount(item.remise),
            "net_ht": amount(item.net),
            "tva": to_plain(item.groupe.taux),
            "categorie": item.groupe.categorie,
            "situation": item.groupe.situation or None,
            "section": item.section,
            "motif": _motif(ligne),
        }
        if ligne.prix_unitaire_ttc is not None:
            found["prix_unitaire_ttc"] = to_price(ligne.prix_unitaire_ttc, d)
        return found

    sums: dict[str, Any] = {
        "brut_ht": amount(totaux.brut_ht),
        "offert_ht": amount(totaux.offert_ht),
        "remises_ht": amount(totaux.remises_ht),
        "total_ht": amount(totaux.total_ht),
        "tva": [
            {
                "taux": to_plain(row.groupe.taux),
                "categorie": row.groupe.categorie,
                "base": amount(row.base),
                "montant": amount(row.montant),
            }
            for row in totaux.tva
        ],
        "total_tva": amount(totaux.total_tva),
        "total_ttc": amount(totaux.total_ttc),
        "acomptes_ttc": amount(totaux.acomptes_ttc),
        "net_a_payer": amount(totaux.net_a_payer),
        "options_ht": amount(totaux.options_ht),
    }
    if totaux.regle_ttc:
        sums["regle_ttc"] = amount(totaux.regle_ttc)
    shown: dict[str, Any] = {
        "type": document.type,
        "numero": document.numero,
        "date": date.isoformat() if date else None,
        "devise": totaux.devise,
        "lignes": [line(item) for item in totaux.lignes],
        "totaux": sums,
        "valeur_offerte": {"ht": amount(totaux.offert_ht), "ttc": amount(totaux.offert_ttc)},
    }
    if totaux.acompte_ttc is not None and isinstance(document, Devis) and document.acompte is not None:
        taux = document.acompte.taux
        shown["acompte"] = {
            "taux": to_plain(taux) if taux is not None else None,
            "montant_ttc": amount(totaux.acompte_ttc),
        }
    return shown


def _motif(ligne: Ligne) -> str | None:
    """The reason printed beside a gift, an option or a discount."""
    for flag in (ligne.offert, ligne.option):
        if isinstance(flag, str):
            return flag
    return ligne.remise.motif if ligne.remise is not None else None
