"""An invoice or a credit note as GOBL, the open JSON vocabulary of business documents: `facture export --format gobl`.

What is written is a bare `bill/invoice` of the French regime, as `gobl build` gives it back: its totals are those
that GOBL computes, worked out here by its own rules and held against ours. An envelope (identifier, digest, seals)
is what GOBL's own tools put around it.

Source: https://docs.gobl.org, schema https://gobl.org/draft-0/bill/invoice; field by field, the EN 16931 term.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Literal

from facture import typo
from facture.amounts import CENT, ZERO, count_decimals, round_amount, share_amount, to_amount, to_plain, to_price
from facture.documents import Adresse, Avoir, Client, Document, Emetteur, Facture, Partie, Remise
from facture.dossier import Dossier
from facture.droit import find_situation
from facture.errors import Diagnostic, RefusError
from facture.facturx import find_unite, read_adresse
from facture.monnaies import minor_unit
from facture.source import finding
from facture.totaux import (
    Groupe,
    LigneCalculee,
    Totaux,
    compute_echeancier,
    list_reglements,
    split_acompte,
)

SCHEMA = "https://gobl.org/draft-0/bill/invoice"

Arrondi = Literal["currency", "precise"]

_CLES = {
    "S": "standard",
    "Z": "zero",
    "E": "exempt",
    "AE": "reverse-charge",
    "K": "intra-community",
    "G": "export",
    "O": "outside-scope",
}
"""Key of a VAT combo by EN 16931 category (BT-118, BT-151)."""

_VATEX = frozenset(
    {
        *("VATEX-EU-79-C", "VATEX-EU-AE", "VATEX-EU-D", "VATEX-EU-F", "VATEX-EU-G", "VATEX-EU-IC", "VATEX-EU-O"),
        "VATEX-FR-FRANCHISE",
    }
)
"""Reasons of ours that GOBL lists under `cef-vatex`; the others are said by their words alone (BT-120)."""

_UNITES = {
    "ANN": "yr",
    "CMT": "cm",
    "DAY": "day",
    "DZN": "dozen",
    "GRM": "g",
    "H87": "piece",
    "HUR": "h",
    "KGM": "kg",
    "KMT": "km",
    "KWH": "kwh",
    "LO": "lot",
    "LTR": "l",
    "MIN": "min",
    "MON": "mon",
    "MTK": "m2",
    "MTQ": "m3",
    "MTR": "m",
    "PR": "pair",
    "SET": "set",
    "TNE": "t",
    "WEE": "wk",
    "XCT": "carton",
}
"""GOBL's own word for a UN/ECE code (BT-130); it takes any other code as it is."""

_MOYENS = {
    "virement": "credit-transfer",
    "cheque": "cheque",
    "carte": "card",
    "prelevement": "direct-debit",
    "especes": "cash",
}
"""Means of payment (BT-81)."""

_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
_CODE_MAX = 64
"""Longest code that GOBL takes; a longer one is cut, and said in full beside."""

_NATURES = {"bien": "goods", "service": "services"}
_MENTIONS_PAIEMENT = ("escompte", "penalites", "interets", "indemnite")


@dataclass(frozen=True, slots=True)
class Gobl:
    """An invoice as GOBL.

    Attributes:
        contenu: the object, in the order of its schema.
        constats: what the reader should know of it; no error.
    """

    contenu: dict[str, Any]
    constats: tuple[Diagnostic, ...] = ()

    def to_bytes(self) -> bytes:
        """Return the JSON text, one value a line: it reads and compares well."""
        return (json.dumps(self.contenu, ensure_ascii=False, indent=2) + "\n").encode()


def build_gobl(dossier: Dossier) -> Gobl:
    """Return an invoice or a credit note as a GOBL invoice.

    Why: a solde bills what is left, as its e-invoice does: each acompte is a line taken back at its rate, because an
    advance alone would leave its VAT to be paid twice. An option is no part of an invoice and is left out.

    Args:
        dossier: a facture or an avoir without errors; a draft has no `code`, which GOBL wants to sign only.

    Raises: RefusError with every finding when the document has an error, X750 when it is not an invoice,
        X751 without a line to bill, X753 when its acomptes contradict their VAT.

    Source: EN 16931 BG-1 to BG-32; CGI art. 289, I-1-c (acomptes).
    """
    document, totaux = dossier.require()
    if not isinstance(document, Facture | Avoir):
        position, path = dossier.lecture.place(("type",))
        raise RefusError([finding("X750", f"« {document.type} » n'est pas une facture", position, path)])
    lignes = [*_list_lignes(document, totaux), *_list_reprises(totaux)]
    if not lignes:
        position, path = dossier.lecture.place(("lignes",))
        advice = "retirez « option » de ce qui est vendu"
        raise RefusError([finding("X751", "il n'y a que des options : rien à facturer", position, path, advice)])
    _check_acomptes(dossier, totaux)
    remises = _share_remise(document, totaux)
    calcul = _choose_calcul(lignes, remises, totaux)
    ecart = totaux.total_ttc - totaux.acomptes_ttc - calcul.total_with_tax
    advances = _list_advances(document, dossier)
    contenu: dict[str, Any] = {
        "$schema": SCHEMA,
        "$regime": _find_regime(document),
        "$tags": _list_tags(document),
        "uuid": _identify(document),
        "type": _choose_type(document),
        "code": document.numero,
        "issue_date": dossier.date.isoformat(),
        "op_date": _operation_date(document),
        "currency": document.devise,
        "exchange_rates": _list_cours(document),
        "preceding": _list_preceding(document, totaux),
        "tax": _clean(
            {
                "prices_include": "VAT" if totaux.en_ttc else None,
                "rounding": calcul.arrondi,
                "notes": _list_tax_notes(document, totaux),
            }
        ),
        "supplier": _describe_emetteur(document.emetteur),
        "customer": _describe_client(document),
        "lines": [_describe_ligne(ligne, index, document) for index, ligne in enumerate(calcul.lignes, start=1)],
        "discounts": [
            _clean(
                {
                    "i": index,
                    "reason": remise.motif,
                    "amount": to_amount(remise.montant, totaux.decimales),
                    "taxes": [_describe_combo(remise.groupe, document)],
                }
            )
            for index, remise in enumerate(remises, start=1)
        ],
        "ordering": _describe_commande(document),
        "payment": _clean(
            {
                "terms": _describe_echeance(dossier, document, totaux),
                "advances": advances,
                "instructions": _describe_moyens(document),
            }
        ),
        "delivery": _describe_livraison(document),
        "totals": _describe_totaux(calcul, totaux, ecart, document, has_advances=bool(advances)),
        "notes": _list_notes(dossier, document),
    }
    return Gobl(_clean(contenu), tuple(_warn_of_gap(dossier, totaux, calcul)))


def _check_acomptes(dossier: Dossier, totaux: Totaux) -> None:
    """Refuse an acompte whose VAT its amount does not bear: GOBL takes it back by its amount, and works VAT out.

    Raises: RefusError (X753) when they are more than two minor units apart, which rounding cannot explain.
    """
    decimales = totaux.decimales
    found = []
    for index, acompte in enumerate(totaux.acomptes):
        for part in split_acompte(acompte, totaux.tva, decimales):
            if abs(part.tva - part.ht * part.groupe.facteur) > Decimal(2).scaleb(-decimales):
                tva, ht = (to_amount(value, decimales).replace(".", ",") for value in (part.tva, part.ht))
                taux = to_plain(part.groupe.taux).replace(".", ",")
                position, path = dossier.lecture.place(("acomptes_verses", index))
                message = f"{tva} de TVA à {taux} % ne répondent pas à {ht} HT"
                found.append(finding("X753", message, position, path))
    if found:
        raise RefusError(found)


def _warn_of_gap(dossier: Dossier, totaux: Totaux, calcul: Calcul) -> list[Diagnostic]:
    """GOBL always computes VAT again, once per rate: say when its cents fall otherwise than those of the page."""
    ours = totaux.total_tva - sum((acompte.total_tva for acompte in totaux.acomptes), ZERO)
    if calcul.tax == ours:
        return []
    position, path = dossier.lecture.place(("lignes",))
    theirs, own = (to_amount(value, totaux.decimales).replace(".", ",") for value in (calcul.tax, ours))
    return [finding("X752", f"GOBL recalcule la TVA : {theirs} au lieu de {own}", position, path)]


# --- Lines, as GOBL computes them ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LigneSaisie:
    """A line before its sums: what a person typed, in the unit of the prices."""

    quantite: Decimal
    prix: Decimal
    groupe: Groupe
    remise_taux: Decimal | None = None
    remise_montant: Decimal | None = None
    motif: str = ""
    brut: Decimal = ZERO
    details: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LigneGobl:
    """A line with the sums that GOBL gives it."""

    source: LigneSaisie
    prix: Decimal
    somme: Decimal
    remise: Decimal | None
    total: Decimal


@dataclass(frozen=True, slots=True)
class RemiseGobl:
    """A part of the discount on the whole, for one VAT group."""

    groupe: Groupe
    montant: Decimal
    motif: str


@dataclass(frozen=True, slots=True)
class TauxGobl:
    """A row of GOBL's VAT table."""

    groupe: Groupe
    base: Decimal
    montant: Decimal


@dataclass(frozen=True, slots=True)
class Calcul:
    """The totals that GOBL computes; every amount at the minor unit, but those of the lines."""

    arrondi: Arrondi
    lignes: tuple[LigneGobl, ...]
    sum: Decimal
    discount: Decimal
    tax_included: Decimal | None
    total: Decimal
    rates: tuple[TauxGobl, ...]
    tax: Decimal
    total_with_tax: Decimal


def calculate(
    lignes: Sequence[LigneSaisie], remises: Sequence[RemiseGobl], decimales: int, arrondi: Arrondi, *, en_ttc: bool
) -> Calcul:
    """Compute the totals of an invoice as GOBL does.

    Args:
        decimales: digits of the currency's minor unit.
        arrondi: `currency` rounds each line to the minor unit before adding; `precise` keeps two digits more and rounds
            at the end.
        en_ttc: prices include VAT, which is taken out of each line.

    Returns: the totals, half away from zero.

    Source: https://docs.gobl.org/core/calculations and the rounding rules of its schema bill/tax.
    """
    calculees = [_calculate_ligne(ligne, decimales, arrondi) for ligne in lignes]
    brut = sum((ligne.total for ligne in calculees), ZERO)
    remise = sum((part.montant for part in remises), ZERO)
    taxables = [(ligne.source.groupe, ligne.total) for ligne in calculees]
    taxables += [(part.groupe, -part.montant) for part in remises]
    bases: dict[Groupe, Decimal] = {}
    for groupe, montant in taxables:
        value = _raise_to(montant, decimales + 2)
        if en_ttc:
            value = round_amount(value / (1 + groupe.facteur), _digits(value))
        if arrondi == "currency":
            value = round_amount(value, decimales)
        bases[groupe] = bases.get(groupe, ZERO) + value
    rates = [
        TauxGobl(groupe, base, round_amount(base * groupe.facteur, max(_digits(base), decimales)))
        for groupe, base in bases.items()
    ]
    tax = sum((row.montant for row in rates), ZERO)
    total = brut - remise - (tax if en_ttc else ZERO)
    return Calcul(
        arrondi,
        tuple(calculees),
        round_amount(brut, decimales),
        round_amount(remise, decimales),
        round_amount(tax, decimales) if en_ttc else None,
        round_amount(total, decimales),
        tuple(
            TauxGobl(row.groupe, round_amount(row.base, decimales), round_amount(row.montant, decimales))
            for row in rates
        ),
        round_amount(tax, decimales),
        round_amount(total + tax, decimales),
    )


def _calculate_ligne(ligne: LigneSaisie, decimales: int, arrondi: Arrondi) -> LigneGobl:
    precision = decimales if arrondi == "currency" else decimales + 2
    prix = _widen(ligne, decimales)
    somme = round_amount(prix * ligne.quantite, max(_digits(prix), precision))
    if arrondi == "currency":
        somme = round_amount(somme, decimales)
    remise: Decimal | None = None
    if ligne.remise_taux is not None:
        remise = _raise_to(round_amount(somme * ligne.remise_taux / CENT, _digits(somme)), decimales)
    elif ligne.remise_montant is not None:
        remise = _raise_to(ligne.remise_montant, decimales)
    return LigneGobl(ligne, prix, somme, remise, somme - (remise or ZERO))


def _widen(ligne: LigneSaisie, decimales: int) -> Decimal:
    """Return the price with as many zeros as GOBL needs to find our gross amount.

    Why: GOBL rounds a product to the digits of the price, then to the cent: 1.0049996 would become 1.005000, then 1.01.
    With the digits of the quantity added, the product is exact and rounded once.
    """
    prix = _raise_to(ligne.prix, decimales)
    twice = round_amount(round_amount(prix * ligne.quantite, _digits(prix)), decimales)
    if twice == ligne.brut:
        return prix
    return _raise_to(prix, _digits(prix) + count_decimals(ligne.quantite))


def _digits(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _raise_to(value: Decimal, decimales: int) -> Decimal:
    return value if _digits(value) >= decimales else round_amount(value, decimales)


def _choose_calcul(lignes: Sequence[LigneSaisie], remises: Sequence[RemiseGobl], totaux: Totaux) -> Calcul:
    """Return GOBL's totals by the rounding rule that gives ours, else by the usual one for these prices."""
    rules: tuple[Arrondi, ...] = ("precise", "currency") if totaux.en_ttc else ("currency", "precise")
    calculs = [calculate(lignes, remises, totaux.decimales, rule, en_ttc=totaux.en_ttc) for rule in rules]
    wanted = (
        totaux.total_ttc - totaux.acomptes_ttc,
        totaux.total_tva - sum((acompte.total_tva for acompte in totaux.acomptes), ZERO),
    )
    return next((calcul for calcul in calculs if (calcul.total_with_tax, calcul.tax) == wanted), calculs[0])


def _list_lignes(document: Document, totaux: Totaux) -> list[LigneSaisie]:
    return [_read_ligne(document, ligne, totaux) for ligne in totaux.lignes if ligne.statut != "option"]


def _read_ligne(document: Document, calculee: LigneCalculee, totaux: Totaux) -> LigneSaisie:
    ligne = calculee.ligne
    prix = ligne.prix_unitaire_ttc if totaux.en_ttc else ligne.prix_unitaire
    remise = ligne.remise or Remise()
    taux, montant, motif = remise.taux, remise.montant, remise.motif or "Remise"
    if calculee.statut == "offert":
        taux, montant, motif = CENT, None, ligne.offert if isinstance(ligne.offert, str) else "Offert"
    has_remise = taux is not None or bool(montant)
    unite = ligne.unite.strip() if ligne.unite else ""
    cle = _find_unite(unite)
    nature = ligne.nature or document.nature_operation
    item = _clean(
        {
            "ref": ligne.reference[:_CODE_MAX] if ligne.reference else None,
            "key": _NATURES.get(nature or ""),
            "name": ligne.designation,
            "description": "\n".join([*([ligne.description] if ligne.description else []), *ligne.contenu]),
            "price": "",
            "unit": cle,
            "meta": _clean(
                {
                    "section": calculee.section,
                    "unite": unite if cle is None else None,
                    "reference": ligne.reference if len(ligne.reference or "") > _CODE_MAX else None,
                }
            ),
        },
        keep=("price",),
    )
    return LigneSaisie(
        ligne.quantite,
        prix if prix is not None else ZERO,
        calculee.groupe,
        taux,
        round_amount(montant, totaux.decimales) if montant is not None and taux is None and has_remise else None,
        motif if has_remise else "",
        (calculee.brut_ttc if totaux.en_ttc else None) or calculee.brut,
        _clean({"period": _describe_periode(ligne.periode), "item": item}),
    )


def _list_reprises(totaux: Totaux) -> list[LigneSaisie]:
    """Return each acompte as a line of quantity -1 per VAT group (BG-3, BT-25)."""
    found = []
    for acompte in totaux.acomptes:
        for part in split_acompte(acompte, totaux.tva, totaux.decimales):
            prix = part.ht + part.tva if totaux.en_ttc else part.ht
            verse = acompte.acompte
            nom = f"Acompte n° {verse.numero}" if verse.numero else "Acompte"
            if verse.date is not None:
                nom += f" du {typo.format_date(verse.date, 'fr')}"
            item = {"name": nom, "price": ""}
            # A price is never negative: GOBL would turn it over.
            sign = Decimal(1 if prix < 0 else -1)
            found.append(LigneSaisie(sign, abs(prix), part.groupe, brut=-prix, details={"item": item}))
    return found


def _share_remise(document: Document, totaux: Totaux) -> list[RemiseGobl]:
    """Return the discount on the whole, shared over the VAT groups in the unit of the prices (BG-20)."""
    if document.remise is None or not totaux.remise_document:
        return []
    motif = document.remise.motif or "Remise"
    if not totaux.en_ttc:
        return [RemiseGobl(row.groupe, row.part_remise, motif) for row in totaux.tva if row.part_remise]
    groupes = list(dict.fromkeys(ligne.groupe for ligne in totaux.lignes if ligne.statut != "option"))
    nets = [
        sum((x.net_ttc or ZERO for x in totaux.lignes if x.statut == "facture" and x.groupe == groupe), ZERO)
        for groupe in groupes
    ]
    parts = share_amount(totaux.remise_document, nets, totaux.decimales)
    return [RemiseGobl(groupe, part, motif) for groupe, part in zip(groupes, parts, strict=True) if part]


def _find_unite(unite: str) -> str | None:
    """Return the unit of the e-invoice in GOBL's words; None for a unit that has no code."""
    code = find_unite(unite)
    return _UNITES.get(code, code) if code is not None else None


def _describe_ligne(ligne: LigneGobl, index: int, document: Document) -> dict[str, Any]:
    source, digits = ligne.source, _digits(ligne.prix)
    details = source.details
    item = {**details["item"], "price": _show(ligne.prix)}
    discount = None
    if ligne.remise is not None:
        discount = _clean(
            {
                "reason": source.motif,
                "percent": f"{to_plain(source.remise_taux)}%" if source.remise_taux is not None else None,
                "amount": _show(ligne.remise, digits),
            }
        )
    return _clean(
        {
            "i": index,
            "quantity": to_plain(source.quantite),
            "period": details.get("period"),
            "item": item,
            "sum": _show(ligne.somme, digits),
            "discounts": [discount] if discount else None,
            "taxes": [_describe_combo(source.groupe, document)],
            "total": _show(ligne.total, digits),
        }
    )


def _show(value: Decimal, digits: int | None = None) -> str:
    """Return an amount with its own digits, or fewer."""
    kept = _digits(value) if digits is None else min(digits, _digits(value))
    return f"{round_amount(value, kept):f}"


# --- VAT and totals --------------------------------------------------------------------------------------------------


def _describe_combo(groupe: Groupe, document: Document) -> dict[str, Any]:
    """Return a VAT combo (BT-151, BT-152, BT-121)."""
    taxed = groupe.categorie in ("S", "Z")
    return _clean(
        {
            "cat": "VAT",
            "key": _CLES[groupe.categorie],
            "percent": f"{to_plain(groupe.taux)}%" if taxed else None,
            "ext": _describe_vatex(groupe, document),
        }
    )


def _describe_vatex(groupe: Groupe, document: Document) -> dict[str, str]:
    if not groupe.situation:
        return {}
    vatex = find_situation(groupe.situation, document.client.adresse.pays).vatex
    return {"cef-vatex": vatex} if vatex in _VATEX else {}


def _list_tax_notes(document: Document, totaux: Totaux) -> list[dict[str, str]]:
    """Return why there is no VAT, in the words of the page (BT-120)."""
    words = "en" if document.langue == "en" else "fr"
    found = []
    for groupe in dict.fromkeys(row.groupe for row in totaux.tva if row.groupe.situation):
        situation = find_situation(groupe.situation, document.client.adresse.pays)
        found.append({"cat": "VAT", "key": _CLES[groupe.categorie], "text": situation.textes[words]})
    return found


def _describe_totaux(
    calcul: Calcul, totaux: Totaux, ecart: Decimal, document: Document, *, has_advances: bool
) -> dict[str, Any]:
    """Return the totals (BG-22). `rounding` (BT-114) carries what is left between GOBL's sum and what is to pay."""

    def show(value: Decimal) -> str:
        return to_amount(value, totaux.decimales)

    rates: dict[str, dict[str, Any]] = {}
    for row in calcul.rates:
        combo = {key: value for key, value in _describe_combo(row.groupe, document).items() if key != "cat"}
        # Two exemptions that GOBL cannot tell apart are one row of its table.
        known = rates.setdefault(json.dumps(combo, sort_keys=True), {"combo": combo, "base": ZERO, "amount": ZERO})
        known["base"] += row.base
        known["amount"] += row.montant
    categorie = {
        "code": "VAT",
        "rates": [
            _clean(
                {
                    "key": row["combo"]["key"],
                    "ext": row["combo"].get("ext"),
                    "base": show(row["base"]),
                    "percent": row["combo"].get("percent"),
                    "amount": show(row["amount"]),
                }
            )
            for row in rates.values()
        ],
        "amount": show(calcul.tax),
    }
    payable = calcul.total_with_tax + ecart
    return _clean(
        {
            "sum": show(calcul.sum),
            "discount": show(calcul.discount) if calcul.discount else None,
            "tax_included": show(calcul.tax_included) if calcul.tax_included is not None else None,
            "total": show(calcul.total),
            "taxes": {"categories": [categorie], "sum": show(calcul.tax)},
            "tax": show(calcul.tax),
            "total_with_tax": show(calcul.total_with_tax),
            "rounding": show(ecart) if ecart else None,
            "payable": show(payable),
            "advance": show(totaux.regle_ttc) if has_advances else None,
            "due": show(totaux.net_a_payer) if has_advances else None,
        }
    )


# --- Who, when, how --------------------------------------------------------------------------------------------------


def _find_regime(document: Document) -> str | None:
    """Return the tax rules to read by; those of another country's sender, GOBL finds by its VAT number."""
    emetteur = document.emetteur
    return "FR" if emetteur.adresse.pays == "FR" or emetteur.siren or emetteur.siret else None


def _list_tags(document: Document) -> list[str]:
    tags = {"acompte": "prepayment", "situation": "partial"}
    return [tags[document.nature_document]] if document.nature_document in tags else []


def _identify(document: Document) -> str | None:
    """Return an identifier that is always the same for one invoice: imported twice, it is recognised."""
    if document.numero is None:
        return None
    emetteur = document.emetteur
    seller = emetteur.siren or (emetteur.siret or "")[:9] or emetteur.tva_intra or emetteur.nom or ""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"facture:{seller}:{document.type}:{document.numero}"))


def _choose_type(document: Document) -> str:
    """Return the type of document (BT-3)."""
    if isinstance(document, Avoir):
        return "credit-note"
    return "corrective" if document.nature_document == "rectificative" else "standard"


def _operation_date(document: Document) -> str | None:
    date = document.date_prestation if isinstance(document, Facture) else None
    return date.isoformat() if date else None


def _list_cours(document: Document) -> list[dict[str, Any]]:
    """Return the rate to euros (BT-6): as it is published, and turned over, the way GOBL looks for it."""
    cours = document.cours_eur
    if cours is None or not cours.taux or document.devise == "EUR":
        return []
    at = {"at": f"{cours.date.isoformat()}T00:00:00"} if cours.date else {}
    source = {"source": typo.slugify(cours.source)} if cours.source else {}
    inverse = to_plain(round_amount(1 / cours.taux, 10))
    return [
        {"from": document.devise, "to": "EUR", **at, **source, "amount": inverse},
        {"from": "EUR", "to": document.devise, **at, **source, "amount": to_plain(cours.taux)},
    ]


def _list_preceding(document: Document, totaux: Totaux) -> list[dict[str, Any]]:
    """Return the invoices that this one corrects, replaces or completes (BG-3)."""
    found: list[tuple[str | None, Any, str | None]] = []
    if isinstance(document, Avoir) and document.facture is not None:
        found.append((document.facture.numero, document.facture.date, document.motif))
    if isinstance(document, Facture) and document.facture_rectifiee is not None:
        found.append((document.facture_rectifiee.numero, document.facture_rectifiee.date, None))
    found += [(item.acompte.numero, item.acompte.date, "Facture d'acompte") for item in totaux.acomptes]
    return [
        _clean(
            {
                "type": "standard",
                "issue_date": date.isoformat() if date else None,
                "code": numero,
                "reason": reason,
            }
        )
        for numero, date, reason in found
        if numero
    ]


def _describe_partie(partie: Partie) -> dict[str, Any]:
    """Return what the seller and the buyer have in common (BG-4, BG-7)."""
    siren = partie.siren or (partie.siret[:9] if partie.siret else None)
    identities = [
        {"scope": "legal", "type": "SIREN", "code": siren} if siren else None,
        {"type": "SIRET", "code": partie.siret} if partie.siret else None,
    ]
    tax_id, other = _read_tva_intra(partie)
    if other:
        identities.append({"scope": "tax", "type": "VAT", "code": other})
    return {
        "name": partie.nom,
        "tax_id": tax_id,
        "identities": [identity for identity in identities if identity],
        "inboxes": _describe_boite(partie.adresse_electronique),
        "addresses": [found for found in [_describe_adresse(partie.adresse)] if found],
        "emails": [{"addr": partie.email}] if partie.email and _EMAIL.fullmatch(partie.email) else [],
        "telephones": [{"num": partie.telephone}] if partie.telephone else [],
    }


def _read_tva_intra(partie: Partie) -> tuple[dict[str, str] | None, str]:
    """Return the VAT number (BT-31, BT-48), apart from one of another country than the address.

    Why: GOBL reads the number by the rules of the country before it; Greece is EL there as on the number.
    """
    number = partie.tva_intra or ""
    prefix, pays = number[:2], "EL" if partie.adresse.pays == "GR" else partie.adresse.pays
    if len(number) > 2 and prefix == pays:
        return {"country": prefix, "code": number[2:]}, ""
    return None, number


def _describe_boite(adresse: str | None) -> list[dict[str, str]]:
    """Return the electronic address (BT-34, BT-49), read as the e-invoice reads it."""
    scheme, value = read_adresse(adresse or "")
    if not value:
        return []
    return [{"email": value}] if scheme == "EM" else [{"scheme": scheme, "code": value}]


def _describe_adresse(adresse: Adresse | None, label: str | None = None) -> dict[str, Any]:
    if adresse is None or adresse.is_empty:
        return {}
    return _clean(
        {
            "label": label,
            "street": adresse.rue,
            "street_extra": ", ".join(adresse.complement),
            "locality": adresse.ville,
            "code": adresse.code_postal,
            "country": adresse.pays,
        }
    )


def _describe_emetteur(emetteur: Emetteur) -> dict[str, Any]:
    capital = None
    if emetteur.capital is not None:
        capital = to_price(emetteur.capital, minor_unit("EUR"))
    return _clean(
        {
            **_describe_partie(emetteur),
            "websites": [{"url": _complete_url(emetteur.site)}] if emetteur.site else [],
            "registration": _clean(
                {
                    "capital": capital,
                    "currency": "EUR" if capital else None,
                    "office": f"RCS {emetteur.rcs}" if emetteur.rcs else None,
                    "other": emetteur.forme_juridique,
                }
            ),
            "meta": _clean({"contact": emetteur.contact}),
        }
    )


def _complete_url(site: str) -> str:
    return site if "://" in site else f"https://{site}"


def _describe_client(document: Document) -> dict[str, Any]:
    client: Client = document.client
    partie = _describe_partie(client)
    billing = _describe_adresse(document.adresse_facturation, "Facturation")
    if billing:
        partie["addresses"] = [*partie["addresses"], billing]
    return _clean({**partie, "meta": _clean({"contact": client.contact})})


def _describe_commande(document: Document) -> dict[str, Any]:
    """Return the references of the buyer and of the seller (BT-10, BT-13, BT-14, BG-14)."""
    orders = (document.engagement or document.client.engagement, document.reference_client)
    devis = document.devis if isinstance(document, Facture) else None
    return _clean(
        {
            "code": (document.client.code_service or "")[:_CODE_MAX],
            "period": _describe_periode(document.periode),
            "purchases": [_refer(code) for code in dict.fromkeys(orders) if code],
            "sales": [_refer(devis)] if devis else [],
        }
    )


def _refer(code: str) -> dict[str, str]:
    return {"code": code} if len(code) <= _CODE_MAX else {"code": code[:_CODE_MAX].strip(), "description": code}


def _describe_periode(periode: Any) -> dict[str, str] | None:
    if periode is None or periode.du is None or periode.au is None:
        return None
    return {"start": periode.du.isoformat(), "end": periode.au.isoformat()}


def _describe_livraison(document: Document) -> dict[str, Any]:
    """Return where and when (BG-13, BT-72)."""
    adresse = _describe_adresse(document.adresse_livraison or document.client.adresse_livraison)
    receiver = _clean({"name": document.client.nom, "addresses": [adresse]}) if adresse else None
    return _clean({"receiver": receiver, "date": _operation_date(document)})


def _describe_echeance(dossier: Dossier, document: Document, totaux: Totaux) -> dict[str, Any]:
    """Return when to pay, and what a delay costs (BT-9, BT-20)."""
    if isinstance(document, Avoir) or not totaux.net_a_payer:
        return {}
    tranches = document.paiement.echeancier
    dues: list[dict[str, Any]] = []
    notes = [mention.texte for mention in dossier.mentions if mention.id.startswith(_MENTIONS_PAIEMENT)]
    parts = compute_echeancier(document, totaux)
    if parts and all(tranche.date is not None for tranche in tranches):
        dues = [
            {"date": tranche.date.isoformat(), "amount": to_amount(part, totaux.decimales)}
            for tranche, part in zip(tranches, parts, strict=True)
            if tranche.date is not None and part
        ]
    elif dossier.echeance is not None:
        amount = to_amount(totaux.net_a_payer, totaux.decimales)
        dues = [{"date": dossier.echeance.isoformat(), "amount": amount}]
        said = [
            f"{typo.format_money(part, totaux.devise, 'fr')} : {tranche.quand or tranche.date}"
            for tranche, part in zip(tranches, parts, strict=True)
        ]
        notes = [*said, *notes]
    return _clean({"key": "due-date" if dues else None, "due_dates": dues, "notes": " ".join(notes)})


def _list_advances(document: Document, dossier: Dossier) -> list[dict[str, Any]]:
    """Return the payments received by the day of the document (BT-113)."""
    return [
        _clean(
            {
                "date": item.date.isoformat() if item.date else None,
                "key": _MOYENS.get(item.moyen or ""),
                "description": "Paiement reçu",
                "amount": to_amount(item.montant or ZERO, minor_unit(document.devise)),
            }
        )
        for item in list_reglements(document, dossier.date)
    ]


def _describe_moyens(document: Document) -> dict[str, Any]:
    """Return how to pay (BG-16, BG-17): by transfer first, when there is an account."""
    moyens, emetteur = document.paiement.moyens, document.emetteur
    if isinstance(document, Avoir) or not (moyens or emetteur.iban):
        return {}
    first = "virement" if "virement" in moyens or not moyens else moyens[0]
    account = None
    if first == "virement" and emetteur.iban:
        account = [
            _clean({"iban": emetteur.iban, "bic": emetteur.bic, "name": emetteur.titulaire}),
        ]
    others = [moyen for moyen in moyens if moyen != first]
    return _clean(
        {
            "key": _MOYENS[first],
            "ref": document.numero,
            "credit_transfer": account,
            "notes": f"Aussi acceptés : {', '.join(others)}" if others else None,
        }
    )


def _list_notes(dossier: Dossier, document: Document) -> list[dict[str, str]]:
    """Return what the page says besides its figures (BG-1)."""
    general = [document.objet, *document.introduction, *document.notes]
    legal = [
        mention.texte
        for mention in dossier.mentions
        if not mention.id.startswith((*_MENTIONS_PAIEMENT, "tva-")) and mention.texte
    ]
    return [
        *({"key": "general", "text": text} for text in general if text),
        *({"key": "legal", "text": text} for text in legal),
    ]


def _clean(values: dict[str, Any], keep: Iterable[str] = ()) -> dict[str, Any]:
    """Return the values that say something: GOBL leaves out what is empty, and so do we."""
    return {key: value for key, value in values.items() if key in keep or value not in (None, "", [], {}, ())}
