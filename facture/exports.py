"""Data without the page: rows for a spreadsheet, GOBL, or the XML of a Factur-X alone.

Why rows of several kinds in one table: an accountant adds a column up. Lines, the discount on the whole, VAT by rate,
acomptes taken back and payments each have their own rows, so that `net_ht`, `tva` and `ttc` add up to what the page
says, whatever is in the document.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from facture.amounts import ZERO, round_amount, to_amount, to_plain, to_price
from facture.documents import Avoir, Document, Facture
from facture.dossier import Dossier
from facture.errors import Diagnostic, Position, RefusError
from facture.facturx import build_facturx, concerns
from facture.gobl import build_gobl
from facture.source import finding
from facture.totaux import Groupe, LigneCalculee, Totaux, list_reglements, split_acompte

SUFFIXES = {"facturx-xml": ".xml", "csv": ".csv", "gobl": ".json"}
"""Formats of `facture export`, and how their files end."""

COLONNES = (
    "type",
    "nature",
    "numero",
    "date",
    "echeance",
    "client",
    "siren",
    "devise",
    "poste",
    "ligne",
    "section",
    "designation",
    "reference",
    "statut",
    "motif",
    "quantite",
    "unite",
    "prix_unitaire_ht",
    "prix_unitaire_ttc",
    "brut_ht",
    "remise_ht",
    "net_ht",
    "option_ht",
    "tva_taux",
    "categorie",
    "situation",
    "base_ht",
    "tva",
    "ttc",
)
"""Columns of the CSV, in order; a new one goes last."""

_TEXTES = frozenset(
    {
        *("type", "nature", "numero", "client", "siren", "devise", "poste", "section", "designation", "reference"),
        *("statut", "motif", "unite", "categorie", "situation"),
    }
)
_FORMULES = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""How a formula begins, in the wide forms of some keyboards too."""


@dataclass(frozen=True, slots=True)
class Export:
    """What one document gives: bytes to write, and what to say of them."""

    octets: bytes
    constats: tuple[Diagnostic, ...] = ()


def export_document(dossier: Dossier, style: str) -> Export:
    """Return a document in one of the formats of `SUFFIXES`.

    Raises: RefusError with every finding when the document has an error, or is of a kind that the format does not hold
        (X750, X751, and those of the e-invoice).
    """
    check_exportable(dossier)
    if style == "csv":
        return Export(build_csv([dossier]))
    if style == "gobl":
        gobl = build_gobl(dossier)
        return Export(gobl.to_bytes(), gobl.constats)
    return Export(_build_xml(dossier))


def check_exportable(dossier: Dossier) -> None:
    """Refuse what has an error, and what has no lines.

    Raises: RefusError with every finding; X751 when there is nothing to export.
    """
    if not dossier.has_errors and dossier.document is None:
        fichier = dossier.lecture.fichier
        kind = dossier.lecture.type
        raise RefusError([finding("X751", f"un document « {kind} » n'a ni lignes ni totaux", Position(fichier))])
    dossier.require()


def _build_xml(dossier: Dossier) -> bytes:
    document, _ = dossier.require()
    if not isinstance(document, Facture | Avoir):
        position, path = dossier.lecture.place(("type",))
        raise RefusError([finding("X750", f"« {document.type} » n'est pas une facture", position, path)])
    # A consumer's is written when it is asked for: no platform carries it, and nothing forbids to have it.
    if document.is_draft or not (concerns(dossier) or document.client.qualite_deduite == "particulier"):
        what = "un brouillon n'a pas" if document.is_draft else "ce document n'a pas"
        position, path = dossier.lecture.place(("numero",))
        raise RefusError([finding("X754", f"{what} de facture électronique", position, path)])
    return build_facturx(dossier).xml


# --- CSV -------------------------------------------------------------------------------------------------------------


def build_csv(dossiers: Iterable[Dossier]) -> bytes:
    """Return the rows of some documents as one CSV, under one header.

    Why these choices: UTF-8 with its mark, `;` and decimal commas are what a French spreadsheet opens by a double
    click, each amount in its cell and each number a number. No cell of text begins a formula. An avoir is negative, so
    that a column over many documents adds up to what was billed.

    Args:
        dossiers: without errors.

    Returns: bytes, CRLF at each line; `net_ht` adds up to what is billed HT, `tva` to its VAT, `ttc` to what is to pay.
    """
    out = io.StringIO()
    writer = csv.DictWriter(out, COLONNES, restval="", delimiter=";", lineterminator="\r\n")
    writer.writeheader()
    for dossier in dossiers:
        writer.writerows({name: _to_cell(name, value) for name, value in row.items()} for row in list_rows(dossier))
    return out.getvalue().encode("utf-8-sig")


def _to_cell(name: str, value: str) -> str:
    if name in _TEXTES:
        return tame(value)
    return value.replace(".", ",")


def tame(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula: a designation may come from anybody.

    Source: OWASP, CSV Injection.
    """
    return f"'{text}" if text.lstrip(" \u00a0\u202f").startswith(_FORMULES) else text


def list_rows(dossier: Dossier) -> list[dict[str, str]]:
    """Return the rows of one document: its lines, then what changes their sum; figures with a decimal point.

    Returns: mappings by the names of `COLONNES`; `poste` says what a row is: ligne, remise, tva, acompte or reglement.
    """
    document, totaux = dossier.require()
    head = _describe_document(dossier, document)
    write = _Figures(-1 if isinstance(document, Avoir) else 1, totaux.decimales)
    rows = [
        *(_describe_ligne(ligne, index, write) for index, ligne in enumerate(totaux.lignes, start=1)),
        *_list_remises(document, totaux, write),
        *_list_tva(totaux, write),
        *_list_acomptes(totaux, write),
        *_list_reglements(document, dossier, write),
    ]
    return [head | row for row in rows]


@dataclass(frozen=True, slots=True)
class _Figures:
    """How amounts are written: with the currency's digits, and negative on an avoir."""

    signe: int
    decimales: int

    def amount(self, value: Decimal) -> str:
        return to_amount(self.signe * value, self.decimales)


def _describe_document(dossier: Dossier, document: Document) -> dict[str, str]:
    client = document.client
    nature = document.nature_document
    return {
        "type": document.type,
        "nature": nature if isinstance(document, Facture) and nature != "facture" else "",
        "numero": document.numero or "",
        "date": dossier.date.isoformat(),
        "echeance": dossier.echeance.isoformat() if dossier.echeance and isinstance(document, Facture) else "",
        "client": client.nom or "",
        "siren": client.siren or (client.siret or "")[:9],
        "devise": document.devise,
    }


def _describe_groupe(groupe: Groupe) -> dict[str, str]:
    return {"tva_taux": to_plain(groupe.taux), "categorie": groupe.categorie, "situation": groupe.situation}


def _describe_ligne(calculee: LigneCalculee, index: int, write: _Figures) -> dict[str, str]:
    ligne = calculee.ligne
    motif: str | bool | None = ligne.offert or ligne.option
    if not isinstance(motif, str):
        motif = ligne.remise.motif if ligne.remise is not None else None
    row = {
        "poste": "ligne",
        "ligne": str(index),
        "section": calculee.section or "",
        "designation": ligne.designation or "",
        "reference": ligne.reference or "",
        "statut": calculee.statut,
        "motif": motif or "",
        "quantite": to_plain(write.signe * ligne.quantite),
        "unite": ligne.unite or "",
        **_describe_groupe(calculee.groupe),
    }
    if ligne.prix_unitaire is not None:
        row["prix_unitaire_ht"] = to_price(ligne.prix_unitaire, write.decimales)
    elif ligne.prix_unitaire_ttc is not None:
        # Shown for information, as in `facture show`: the exact price is the TTC one.
        price = round_amount(ligne.prix_unitaire_ttc / (1 + calculee.groupe.facteur), max(write.decimales, 4))
        row["prix_unitaire_ht"] = to_price(price, write.decimales)
        row["prix_unitaire_ttc"] = to_price(ligne.prix_unitaire_ttc, write.decimales)
    if calculee.statut == "option":
        # In a column of its own: an option is never part of a sum.
        return row | {"option_ht": write.amount(calculee.net)}
    sums = {"brut_ht": calculee.brut, "remise_ht": calculee.remise, "net_ht": calculee.net}
    return row | {name: write.amount(value) for name, value in sums.items()}


def _list_remises(document: Document, totaux: Totaux, write: _Figures) -> Iterator[dict[str, str]]:
    for part in totaux.tva:
        if part.part_remise:
            yield {
                "poste": "remise",
                "designation": "Remise sur l'ensemble",
                "motif": (document.remise.motif if document.remise is not None else None) or "",
                "remise_ht": write.amount(part.part_remise),
                "net_ht": write.amount(-part.part_remise),
                **_describe_groupe(part.groupe),
            }


def _list_tva(totaux: Totaux, write: _Figures) -> Iterator[dict[str, str]]:
    for row in totaux.tva:
        yield {
            "poste": "tva",
            "base_ht": write.amount(row.base),
            "tva": write.amount(row.montant),
            "ttc": write.amount(row.base + row.montant),
            **_describe_groupe(row.groupe),
        }


def _list_acomptes(totaux: Totaux, write: _Figures) -> Iterator[dict[str, str]]:
    for acompte in totaux.acomptes:
        for part in split_acompte(acompte, totaux.tva, totaux.decimales):
            yield {
                "poste": "acompte",
                "designation": "Acompte déjà facturé",
                "reference": acompte.acompte.numero or "",
                "net_ht": write.amount(-part.ht),
                "base_ht": write.amount(-part.ht),
                "tva": write.amount(-part.tva),
                "ttc": write.amount(-part.ht - part.tva),
                **_describe_groupe(part.groupe),
            }


def _list_reglements(document: Document, dossier: Dossier, write: _Figures) -> Iterator[dict[str, str]]:
    for reglement in list_reglements(document, dossier.date):
        day = f" le {reglement.date.isoformat()}" if reglement.date else ""
        yield {
            "poste": "reglement",
            "designation": f"Paiement reçu{day}",
            "ttc": write.amount(round_amount(-(reglement.montant or ZERO), write.decimales)),
        }
