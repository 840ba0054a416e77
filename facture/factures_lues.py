"""An e-invoice as it was read back: values, each with the business term of EN 16931 that names it.

Why: whoever wrote the file, checks and comparisons work on these values, and neither of them knows XML or PDF. What
the file does not say is None or empty; what it says and cannot be read is in `illisibles`, never a default.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

__all__ = [
    "Adresse",
    "FactureLue",
    "Illisible",
    "LigneLue",
    "NoteLue",
    "Partie",
    "ReductionLue",
    "ReferenceLue",
    "Taxe",
    "TotauxLus",
]


@dataclass(frozen=True, slots=True)
class Illisible:
    """A value that is not of its kind, or that every invoice has and this one has not.

    Attributes:
        terme: « BT-112 », or « lignes[3].BT-131 ».
        valeur: what stands there, "" when nothing does.
        attendu: what should, in French.
    """

    terme: str
    valeur: str
    attendu: str


@dataclass(frozen=True, slots=True)
class Adresse:
    """An electronic address or an identifier, with its scheme. Source: EN 16931 BT-34, BT-49, BT-30, BT-47."""

    valeur: str = ""
    schema: str = ""


@dataclass(frozen=True, slots=True)
class Partie:
    """The seller or the buyer. Source: EN 16931 BG-4, BG-7.

    Attributes:
        identifiants: global identifiers (BT-29, BT-46), among them the SIRET (scheme 0009).
        legal: registration (BT-30, BT-47), the SIREN when its scheme is 0002.
        tva: VAT number (BT-31, BT-48).
        fiscal: other tax registration (BT-32).
    """

    nom: str = ""
    identifiants: tuple[Adresse, ...] = ()
    legal: Adresse = Adresse()
    tva: str = ""
    fiscal: str = ""
    electronique: Adresse = Adresse()
    pays: str = ""

    @property
    def siren(self) -> str:
        """The SIREN as it is written, or ""."""
        return self.legal.valeur if self.legal.schema == "0002" else ""

    @property
    def sirets(self) -> tuple[str, ...]:
        """The SIRETs as they are written."""
        found = [item.valeur for item in (*self.identifiants, self.legal) if item.schema == "0009"]
        return tuple(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class ReductionLue:
    """A discount or a charge, of a line or of the document. Source: EN 16931 BG-20, BG-21, BG-27, BG-28."""

    montant: Decimal | None
    est_frais: bool = False
    taux: Decimal | None = None
    motif: str = ""
    code: str = ""
    categorie: str = ""
    taux_tva: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LigneLue:
    """A line. Source: EN 16931 BG-25.

    Attributes:
        prix: net price (BT-146), for `prix_pour` units (BT-149).
        est_detail: False for a title or a piece of information among lines, which adds nothing to the sum.
    """

    numero: str = ""
    nom: str = ""
    quantite: Decimal | None = None
    unite: str = ""
    prix: Decimal | None = None
    prix_brut: Decimal | None = None
    prix_pour: Decimal | None = None
    reductions: tuple[ReductionLue, ...] = ()
    net: Decimal | None = None
    categorie: str = ""
    taux: Decimal | None = None
    est_detail: bool = True


@dataclass(frozen=True, slots=True)
class Taxe:
    """One row of the VAT breakdown. Source: EN 16931 BG-23."""

    categorie: str = ""
    taux: Decimal | None = None
    base: Decimal | None = None
    montant: Decimal | None = None
    motif: str = ""
    code_motif: str = ""


@dataclass(frozen=True, slots=True)
class TotauxLus:
    """The totals of the document. Source: EN 16931 BG-22, BT-106 to BT-115."""

    lignes: Decimal | None = None
    remises: Decimal | None = None
    frais: Decimal | None = None
    ht: Decimal | None = None
    tva: Decimal | None = None
    tva_comptable: Decimal | None = None
    ttc: Decimal | None = None
    regle: Decimal | None = None
    arrondi: Decimal | None = None
    a_payer: Decimal | None = None


@dataclass(frozen=True, slots=True)
class NoteLue:
    """A note and its subject code. Source: EN 16931 BT-21, BT-22."""

    code: str
    texte: str


@dataclass(frozen=True, slots=True)
class ReferenceLue:
    """An invoice that came before. Source: EN 16931 BG-3, BT-25, BT-26."""

    numero: str
    date: dt.date | None = None


@dataclass(frozen=True, slots=True)
class FactureLue:
    """What an e-invoice says.

    Attributes:
        guide: BT-24, which names the profile.
        cadre: BT-23.
        type: BT-3, 380 for an invoice, 381 for a credit note, 386 for a deposit.
        lieux: line of the XML where a term stands, from 1: `BT-112`, `lignes[0].BT-131`, `tva[0].BT-117`.
    """

    guide: str = ""
    cadre: str = ""
    type: str = ""
    numero: str = ""
    date: dt.date | None = None
    echeance: dt.date | None = None
    vendeur: Partie = Partie()
    acheteur: Partie = Partie()
    devise: str = ""
    lignes: tuple[LigneLue, ...] = ()
    reductions: tuple[ReductionLue, ...] = ()
    tva: tuple[Taxe, ...] = ()
    totaux: TotauxLus = TotauxLus()
    notes: tuple[NoteLue, ...] = ()
    references: tuple[ReferenceLue, ...] = ()
    ibans: tuple[str, ...] = ()
    illisibles: tuple[Illisible, ...] = ()
    lieux: Mapping[str, int] = field(default_factory=dict)

    @property
    def profil(self) -> str:
        """The name of the profile, as people say it; the identifier itself when it is of no profile known here."""
        return name_profil(self.guide)

    @property
    def is_french(self) -> bool:
        """True when the seller is in France: then the French rules of the reform apply."""
        return self.vendeur.pays == "FR" or (not self.vendeur.pays and self.vendeur.legal.schema == "0002")


_FACTURX = "urn:factur-x.eu:1p0:"
_NORME = "urn:cen.eu:en16931:2017"

PROFILS: Mapping[str, str] = {
    f"{_FACTURX}minimum": "MINIMUM",
    f"{_FACTURX}basicwl": "BASIC WL",
    f"{_NORME}#compliant#{_FACTURX}basic": "BASIC",
    f"{_FACTURX}basic": "BASIC",
    _NORME: "EN 16931",
    f"{_NORME}#conformant#{_FACTURX}extended": "EXTENDED",
    f"{_NORME}#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr": "EXTENDED",
    "urn:zugferd.de:2p0:minimum": "MINIMUM",
    "urn:zugferd.de:2p0:basicwl": "BASIC WL",
    f"{_NORME}#compliant#urn:zugferd.de:2p0:basic": "BASIC",
    f"{_NORME}#conformant#urn:zugferd.de:2p0:extended": "EXTENDED",
}
"""Profiles by guideline (BT-24). Source: Factur-X 1.09, § 6; ZUGFeRD 2.0."""


def name_profil(guide: str) -> str:
    """Return « EN 16931 » for a guideline, « XRECHNUNG » for any version of it, else the guideline."""
    known = PROFILS.get(guide)
    if known is not None:
        return known
    return "XRECHNUNG" if guide.startswith(_NORME) and "xrechnung" in guide.lower() else guide
