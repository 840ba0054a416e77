"""What texts and conditions of clauses may read of a document: names, terms, sums, as words that fit a sentence."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from facture import typo
from facture.documents import Adresse, Client, Emetteur, Paiement
from facture.echeances import ReglePenalites
from facture.sandbox import Manque, Valeur


def build_faits(
    *,
    emetteur: Emetteur,
    client: Client | None,
    qualite: str | None,
    paiement: Paiement,
    penalites: ReglePenalites | None,
    indemnite: Decimal,
    document: Mapping[str, Any] | None = None,
) -> dict[str, Valeur | Manque]:
    """Return what texts and conditions may read of a document.

    Args:
        client: None for conditions printed alone, which know only the quality of their readers.
        document: facts of the document itself; a missing or None one is unknown.
        indemnite: flat recovery cost, in euros.

    Returns: a value for each known fact, a hole for each other one.
    """
    known: dict[str, Any] = {
        "client.qualite": qualite,
        "emetteur.nom": emetteur.nom,
        "emetteur.forme_juridique": emetteur.forme_juridique,
        "emetteur.adresse": describe_adresse(emetteur.adresse) or None,
        "emetteur.ville": emetteur.adresse.ville,
        "emetteur.pays": emetteur.adresse.pays,
        "emetteur.rcs": emetteur.rcs,
        "emetteur.siren": emetteur.siren or (emetteur.siret or "")[:9] or None,
        "emetteur.email": emetteur.email,
        "emetteur.telephone": emetteur.telephone,
        "emetteur.site": emetteur.site,
        "emetteur.regime_tva": emetteur.regime_tva,
        "emetteur.assurance": describe_assurance(emetteur) or None,
        "emetteur.mediateur": describe_mediateur(emetteur) or None,
        "paiement.echeance": None if paiement.echeance is None else paiement.echeance.describe(),
        "paiement.penalites": None if penalites is None else penalites.describe(),
        "paiement.penalites_base": None if penalites is None else penalites.base,
        "paiement.escompte": describe_escompte(paiement),
        "paiement.moyens": _describe_moyens(paiement.moyens),
        "paiement.indemnite": typo.format_round_money(indemnite, "EUR", "fr"),
    }
    if client is not None:
        known["client.nom"] = client.nom
        known["client.pays"] = client.adresse.pays
        known["client.ville"] = client.adresse.ville
    known |= {f"document.{name}": value for name, value in (document or {}).items()}
    facts: dict[str, Valeur | Manque] = {}
    for name, value in known.items():
        facts[name] = Manque(name, _AIDES.get(name, name)) if value is None else _as_valeur(value)
    return facts


_AIDES = {
    "client.qualite": "la qualité du client",
    "client.nom": "le nom du client",
    "emetteur.nom": "le nom de l'émetteur",
    "emetteur.assurance": "l'assurance de l'émetteur",
    "emetteur.mediateur": "le médiateur de la consommation",
    "emetteur.rcs": "la ville du greffe",
    "emetteur.email": "le courriel de l'émetteur",
    "emetteur.adresse": "l'adresse de l'émetteur",
    "emetteur.ville": "la ville de l'émetteur",
    "paiement.echeance": "le délai de paiement",
    "paiement.moyens": "les moyens de paiement",
    "document.objet": "l'objet du document",
}


def _as_valeur(value: Any) -> Valeur:
    if isinstance(value, Valeur):
        return value
    if isinstance(value, bool):
        return Valeur(value, "oui" if value else "non")
    if isinstance(value, dt.date):
        return Valeur(value, typo.format_date(value, "fr"))
    return Valeur(value, str(value))


def describe_escompte(paiement: Paiement) -> str:
    """Return what a document says of early payment, as a clause of a sentence."""
    escompte = paiement.escompte
    if escompte.taux is None or escompte.jours is None:
        return "aucun escompte n'est accordé pour paiement anticipé"
    days = f"{typo.format_number(escompte.jours, 'fr')} jour{'s' if escompte.jours >= 2 else ''}"
    return f"un escompte de {typo.format_rate(escompte.taux, 'fr')} est accordé pour tout paiement sous {days}"


def _describe_moyens(moyens: tuple[str, ...]) -> str | None:
    words = {
        "virement": "par virement", "cheque": "par chèque", "carte": "par carte bancaire",
        "prelevement": "par prélèvement", "especes": "en espèces",
    }  # fmt: skip
    named = [words[moyen] for moyen in moyens]
    if len(named) < 2:
        return "".join(named) or None
    return f"{', '.join(named[:-1])} ou {named[-1]}"


def describe_adresse(adresse: Adresse) -> str:
    """Return a postal address in one line, as a sentence needs it: « 12 quai des Trois-Grues, 44200 Nantes »."""
    town = " ".join(part for part in (adresse.code_postal, adresse.ville) if part)
    return ", ".join(part for part in (adresse.rue, *adresse.complement, town) if part)


def describe_assurance(emetteur: Emetteur) -> str:
    """Return the insurer, its address, the contract and its cover, as one phrase."""
    assurance = emetteur.assurance
    if assurance is None:
        return ""
    kind = f"{assurance.type}, " if assurance.type else ""
    parts = [assurance.nom, assurance.adresse, f"contrat {assurance.contrat}" if assurance.contrat else None]
    if assurance.couverture:
        parts.append(f"couverture : {assurance.couverture}")
    return kind + ", ".join(part for part in parts if part)


def describe_mediateur(emetteur: Emetteur) -> str:
    """Return the mediator's name, address and site, as one phrase."""
    mediateur = emetteur.mediateur
    if mediateur is None:
        return ""
    return ", ".join(part for part in (mediateur.nom, mediateur.adresse, mediateur.site) if part)
