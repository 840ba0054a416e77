"""The printed page as plain strings: view model, labels, themes, column widths, HTML.

Why: a template is the worst place to compute. Everything here arrives already formatted (« 1 234,50 », « 22
novembre 2026 »), so a theme can move, hide or restyle a figure but never change it, and a test of a template
needs no engine. What does need arithmetic - how wide a column must be, whether a block fits beside the
totals, how far an address goes down so that it shows through the window - is geometry, done in this module
from the advance widths of our own typeface.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from math import ceil
from pathlib import Path
from traceback import walk_tb
from types import TracebackType
from typing import Literal

from jinja2 import BaseLoader, StrictUndefined, TemplateError, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Environment
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from facture.errors import FactureError
from facture.ressources import resource_dir

NBSP = "\u00a0"
NNBSP = "\u202f"

Genre = Literal["devis", "facture", "avoir"]
SommeKind = Literal["reel", "offert", "remise", "ht", "tva", "moyen", "total", "suite", "titre"]
DeductionKind = Literal["total", "acompte", "reste"]
Gravite = Literal["erreur", "avertissement"]

# --------------------------------------------------------------------------------------------------
# What can go wrong


@dataclass(frozen=True, slots=True, order=True)
class Probleme:
    """One thing wrong with a page.

    Why: not a `Diagnostic`, because it has no line in a YAML file: it is known only once the page is laid
    out.
    """

    code: str
    message: str
    advice: str = ""
    severity: Gravite = "erreur"

    def to_text(self) -> str:
        """Return `R602 : message (advice)`."""
        return f"{self.code} : {self.message}" + (f" ({self.advice})" if self.advice else "")


class RenduError(FactureError):
    """The page cannot be printed as it is; holds every `Probleme` found, never just the first."""

    exit_code = 1

    def __init__(self, problemes: Iterable[Probleme]) -> None:
        self.problemes = tuple(dict.fromkeys(problemes))
        super().__init__("\n".join(probleme.to_text() for probleme in self.problemes))

    def __reduce__(self) -> tuple[type[RenduError], tuple[tuple[Probleme, ...]]]:
        # Without this an error raised in a worker process (`--jobs`) comes back without its problems.
        return (type(self), (self.problemes,))


class ThemeError(FactureError):
    """A theme or its colours cannot be used: whose file, which line, what is wrong."""

    exit_code = 2

    def __init__(self, message: str, file: str = "", line: int = 0) -> None:
        self.message, self.file, self.line = message, file, line
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message)

    def __reduce__(self) -> tuple[type[ThemeError], tuple[str, str, int]]:
        return (type(self), (self.message, self.file, self.line))


# --------------------------------------------------------------------------------------------------
# Colours

# Source: WCAG 2.2, success criterion 1.4.3 (contrast of text, level AA).
CONTRASTE_MINIMAL = 4.5
_COULEUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def _channels(couleur: str) -> tuple[int, int, int]:
    if not _COULEUR.fullmatch(couleur):
        raise ThemeError(
            f'couleur « {couleur} » illisible : écrivez-la entre guillemets, en six chiffres, comme "#1d4e5f"'
        )
    return int(couleur[1:3], 16), int(couleur[3:5], 16), int(couleur[5:7], 16)


def contrast_ratio(couleur: str, fond: str = "#ffffff") -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black on white).

    Why: it is a ratio of luminances, so it still holds when the page is printed in grey.

    Args:
        couleur: text colour, `#rrggbb`.
        fond: background colour, `#rrggbb`.

    Source: WCAG 2.2, definitions of « contrast ratio » and « relative luminance ».
    """

    def luminance(value: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (channel / 255 for channel in _channels(value))
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(couleur), luminance(fond)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tint(couleur: str, part: float) -> str:
    """Return `couleur` mixed with white, `part` of it being the colour (0.6: a 60 % tint).

    Why: WeasyPrint refuses `color-mix()`.
    """
    return "#" + "".join(f"{round(c * part + 255 * (1 - part)):02x}" for c in _channels(couleur))


@dataclass(frozen=True, slots=True)
class Couleurs:
    """The two colours a user may set: `principale` for structure, `secondaire` for the gift alone.

    Raises: ThemeError when one is not `#rrggbb`, or is too pale to be read on white paper.
    """

    principale: str = "#1d4e5f"
    secondaire: str = "#8a3b1f"

    def __post_init__(self) -> None:
        for name, value in (("principale", self.principale), ("secondaire", self.secondaire)):
            ratio = contrast_ratio(value)
            if ratio < CONTRASTE_MINIMAL:
                shown = f"{ratio:.1f}".replace(".", ",")
                raise ThemeError(
                    f"couleur {name} « {value} » trop pâle pour être lue sur du papier blanc : "
                    f"contraste {shown}, il en faut 4,5 ; prenez-la plus sombre"
                )

    @property
    def claire(self) -> str:
        """The 60 % tint of the main colour, for drawings."""
        return tint(self.principale, 0.6)


# --------------------------------------------------------------------------------------------------
# The view model


@dataclass(frozen=True, slots=True)
class Meta:
    """A row under the title: « Date », « 22 novembre 2026 »; `strong` for the one date that matters."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Emetteur:
    """The sender at the top right: name, then at most five lines.

    Attributes:
        enseigne: name set large at the top left when there is no logo.
    """

    nom: str
    lignes: tuple[str, ...] = ()
    enseigne: str = ""


@dataclass(frozen=True, slots=True)
class Logo:
    """An image of the project: `nom` for messages, its bytes, and what a blind reader hears."""

    nom: str
    contenu: bytes
    texte: str


@dataclass(frozen=True, slots=True)
class Colonnes:
    """Heads of the columns that change: HT, TTC or franchise; `tva` False drops the VAT column."""

    prix: str
    montant: str
    tva: bool = True

    @property
    def nombre(self) -> int:
        """How many columns the table has."""
        return 6 if self.tva else 5


@dataclass(frozen=True, slots=True)
class Reduction:
    """The second row of a reduced or given line.

    Why: the struck amount stands on the first row and the net on the second, so that the unstruck figures of
    the last column add up to the total.

    Attributes:
        kind: `remise` or `offert`; only the gift gets the warm colour.
        label: « Remise 10 % » or « Remise 100 %, offert ».
        detail: « sur 1 800,00 », or nothing.
        motif: the reason, as the user wrote it.
        net: amount of the last column.
    """

    kind: Literal["remise", "offert"]
    label: str
    detail: str
    motif: str
    net: str


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of the table, already formatted.

    Attributes:
        decimales: how many digits `quantite` shows after its comma; the column is aligned on the widest.
        montant: gross amount when there is a `reduction` (it is then struck), else the net.
        cumul: sum of the nets up to and with this line, carried to the next page.
    """

    designation: str
    quantite: str
    prix: str
    montant: str
    cumul: str
    tva: str = ""
    unite: str = ""
    decimales: int = 0
    description: str = ""
    contenu: tuple[str, ...] = ()
    reference: str = ""
    periode: str = ""
    reduction: Reduction | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title with their sub-total, or lines alone when `titre` is empty."""

    lignes: tuple[Ligne, ...]
    titre: str = ""
    sous_total: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Something the client may add: never in the table, never beside a sum."""

    designation: str
    prix: str
    detail: str = ""
    contenu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Somme:
    """A row of the totals.

    Attributes:
        kind: `reel` and `remise` grey, `offert` warm, `ht` in 600 under a hairline, `tva` plain, `moyen` in
            600, `total` large under a thick rule, `suite` small and grey below it; `titre` has no amount and
            says what the rows under it are.
    """

    kind: SommeKind
    label: str
    montant: str


@dataclass(frozen=True, slots=True)
class LigneVentilation:
    """How a discount on the whole was shared: base of a VAT rate before it, its share, base after it, VAT."""

    taux: str
    base: str
    part: str
    nette: str
    tva: str = ""


@dataclass(frozen=True, slots=True)
class LigneDeduction:
    """A row of the final invoice: the whole job, an acompte taken off, or what is left to bill."""

    kind: DeductionKind
    label: str
    ht: str
    tva: str
    ttc: str


@dataclass(frozen=True, slots=True)
class Promesse:
    """A dated promise, or any pair set as « when, what »."""

    quand: str
    quoi: str


@dataclass(frozen=True, slots=True)
class Echeance:
    """A row of the payment schedule."""

    quoi: str
    quand: str
    montant: str


@dataclass(frozen=True, slots=True)
class Paiement:
    """How to pay by transfer.

    Attributes:
        iban: in groups of four, joined by no-break spaces.
        epc: payload of the QR code (`build_epc`), empty for none.
        autres: other ways to pay, one sentence each.
    """

    titulaire: str
    iban: str
    bic: str = ""
    montant: str = ""
    reference: str = ""
    epc: str = ""
    autres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Two boxes; the right one stands by itself, so that a photograph of it says what was agreed.

    Attributes:
        pour: « Pour Atelier Nord ».
        pour_detail: « Claire Martin, présidente, le 22 novembre 2026 ».
        accord: « Bon pour accord, devis D2026-014, 6 078,35 € TTC ».
        accord_detail: « Date, nom, qualité et signature du client ».
    """

    pour: str
    accord: str
    pour_detail: str = ""
    accord_detail: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A clause printed on the document: its number, its title, its paragraphs."""

    numero: str
    titre: str
    paragraphes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A devis, facture or avoir, ready to be laid out: nothing but text.

    Attributes:
        genre: which template to use: `devis.html.j2`, `facture.html.j2` or `avoir.html.j2`.
        langue: `fr`, `fr-BE`, `fr-CH` or `en`; the labels of the page and the hyphenation follow it.
        titre: « Devis », « Facture d’acompte », « Brouillon de devis ».
        numero: « n° D2026-014 » or « n° à attribuer ».
        courant: running head of the next pages, « Facture F2026-031 du 22 novembre 2026, Atelier Nord pour
            Dupont ».
        titre_pdf, auteur, sujet: metadata of the PDF.
        date_iso: date of the document, `2026-11-22`: the only date the PDF knows.
        destinataire: lines of the address, as on the envelope.
        apres: rows of the totals that come after the deductions (« Net à payer »).
        remise_globale: label of the share column, « Remise 5 % », when `ventilation` is not empty.
        pied: identity at the foot of every page, at most three lines of 126 mm.
        filigrane: word behind the text, a key of `mots.json`, or nothing. The title must say it too: the
            watermark is drawn, not written, so that it never gets into copied text.
        plis: print the two fold marks on the first page.
    """

    genre: Genre
    langue: str = "fr"
    titre: str
    numero: str
    courant: str
    titre_pdf: str
    auteur: str
    sujet: str = ""
    date_iso: str
    metas: tuple[Meta, ...] = ()
    emetteur: Emetteur
    destinataire: tuple[str, ...]
    livraison: tuple[str, ...] = ()
    objet: str = ""
    introduction: tuple[str, ...] = ()
    colonnes: Colonnes
    sections: tuple[Section, ...]
    options: tuple[Option, ...] = ()
    sommes: tuple[Somme, ...] = ()
    ventilation: tuple[LigneVentilation, ...] = ()
    remise_globale: str = ""
    deductions: tuple[LigneDeduction, ...] = ()
    apres: tuple[Somme, ...] = ()
    conditions_de_reussite: tuple[str, ...] = ()
    promesses: tuple[Promesse, ...] = ()
    echeancier: tuple[Echeance, ...] = ()
    en_lettres: str = ""
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    articles: tuple[Article, ...] = ()
    paiement: Paiement | None = None
    signature: Signature | None = None
    pied: tuple[str, ...] = ()
    filigrane: str = ""
    plis: bool = False
    logo: Logo | None = None
    couleurs: Couleurs = field(default_factory=Couleurs)

    @property
    def lignes(self) -> tuple[Ligne, ...]:
        """Every line of the table, whatever its section."""
        return tuple(chain.from_iterable(section.lignes for section in self.sections))


# --------------------------------------------------------------------------------------------------
# Labels

TEXTES_VERIFIES_LE = "2026-11-22"
"""Day when both columns of the labels were last read side by side."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Textes:
    """Every fixed word of a page in one language; `{}` marks the place of a value.

    Why: a dataclass and not a dictionary, so that a label missing from one language is a type error rather
    than a French word on an English page.
    """

    titre_devis: str
    titre_facture: str
    titre_acompte: str
    titre_solde: str
    titre_situation: str
    titre_rectificative: str
    titre_avoir: str
    brouillon_de: str
    numero: str
    numero_a_attribuer: str
    courant: str
    courant_parties: str
    filigrane: str
    filigrane_duplicata: str

    meta_date: str
    meta_validite: str
    meta_echeance: str
    meta_prestation: str
    meta_periode: str
    meta_livraison: str
    meta_commande: str
    meta_reference: str
    meta_engagement: str
    meta_service: str
    meta_siren: str
    meta_siret: str
    meta_tva: str
    meta_devis: str
    meta_facture: str
    meta_motif: str

    designation: str
    quantite: str
    unite: str
    prix_ht: str
    prix_ttc: str
    prix: str
    tva: str
    montant_ht: str
    montant_ttc: str
    total: str
    sous_total: str
    a_reporter: str
    report: str
    page: str
    reference: str
    deux_points: str

    remise: str
    remise_sur: str
    offert: str
    offert_sans_motif: str
    options: str
    options_aide: str
    option_prix_ht: str
    option_prix_ttc: str

    valeur_reelle: str
    somme_offert: str
    somme_remises: str
    total_ht: str
    tva_sur: str
    tva_montant: str
    total_ttc: str
    net_a_payer: str
    net_a_rembourser: str
    acompte_demande: str
    solde_a_payer: str
    deja_regle: str

    ventilation: str
    ventilation_base: str
    ventilation_nette: str
    deductions: str
    deduction_ht: str
    deduction_tva: str
    deduction_ttc: str
    deduction_ensemble: str
    deduction_acompte: str
    reste_a_facturer: str

    conditions_de_reussite: str
    promesses: str
    echeancier: str
    en_lettres: str
    mentions: str
    notes: str
    articles: str
    livraison: str

    payer: str
    autres_moyens: str
    titulaire: str
    iban: str
    bic: str
    montant: str
    reference_paiement: str
    qr_titre: str
    qr_aide: str

    pour: str
    accord: str
    accord_detail: str


_FR = Textes(
    titre_devis="Devis",
    titre_facture="Facture",
    titre_acompte="Facture d’acompte",
    titre_solde="Facture de solde",
    titre_situation="Facture de situation",
    titre_rectificative="Facture rectificative",
    titre_avoir="Avoir",
    brouillon_de="Brouillon de {}",
    numero=f"n°{NBSP}{{}}",
    numero_a_attribuer=f"n°{NBSP}à attribuer",
    courant="{} du {}",
    courant_parties="{} pour {}",
    filigrane="BROUILLON",
    filigrane_duplicata="DUPLICATA",
    meta_date="Date",
    meta_validite="Valable jusqu’au",
    meta_echeance="À payer avant le",
    meta_prestation="Prestation",
    meta_periode="Période",
    meta_livraison="Livraison",
    meta_commande="Votre commande",
    meta_reference="Votre référence",
    meta_engagement="Engagement",
    meta_service="Code service",
    meta_siren="Votre SIREN",
    meta_siret="Votre SIRET",
    meta_tva="Votre TVA",
    meta_devis="Devis",
    meta_facture="Facture corrigée",
    meta_motif="Motif",
    designation="Désignation",
    quantite="Quantité",
    unite="Unité",
    prix_ht="Prix unitaire HT",
    prix_ttc="Prix unitaire TTC",
    prix="Prix unitaire",
    tva="TVA",
    montant_ht="Montant HT",
    montant_ttc="Montant TTC",
    total="Total",
    sous_total="Sous-total {}",
    a_reporter="À reporter",
    report="Report",
    page="page",
    reference="Réf. {}",
    deux_points=f"{NBSP}:",
    remise="Remise {}",
    remise_sur="sur {}",
    offert=f"Remise 100{NBSP}%, offert",
    offert_sans_motif="",
    options="En option, non comprise dans le total",
    options_aide="Cochez pour l’ajouter.",
    option_prix_ht="{} HT",
    option_prix_ttc="{} TTC",
    valeur_reelle="Valeur réelle",
    somme_offert="Offert",
    somme_remises="Remises",
    total_ht="Total HT",
    tva_sur="TVA {} sur {}",
    tva_montant="TVA",
    total_ttc="Total TTC",
    net_a_payer="Net à payer",
    net_a_rembourser="Net à votre crédit",
    acompte_demande="Acompte de {} à la commande",
    solde_a_payer="Solde",
    deja_regle="Déjà réglé",
    ventilation="Remise partagée entre les taux de TVA",
    ventilation_base="Base",
    ventilation_nette="Base nette",
    deductions="Acomptes déjà facturés",
    deduction_ht="HT",
    deduction_tva="TVA",
    deduction_ttc="TTC",
    deduction_ensemble="Ensemble de la commande",
    deduction_acompte=f"Acompte n°{NBSP}{{}} du {{}}",
    reste_a_facturer="Reste à facturer",
    conditions_de_reussite="Conditions de réussite",
    promesses="Nos promesses",
    echeancier="Échéancier",
    en_lettres="En toutes lettres",
    mentions="Conditions",
    notes="À savoir",
    articles="Conditions particulières",
    livraison="Adresse de livraison",
    payer="Payer par virement",
    autres_moyens="Autres moyens de paiement",
    titulaire="Titulaire",
    iban="IBAN",
    bic="BIC",
    montant="Montant",
    reference_paiement="Référence",
    qr_titre=f"Code QR du virement{NBSP}: {{}} à {{}}, référence {{}}",
    qr_aide=(
        f"Ouvrez l’application de votre banque et visez ce code{NBSP}: le montant, l’IBAN et la référence se "
        "remplissent seuls."
    ),
    pour="Pour {}",
    accord="Bon pour accord, {}",
    accord_detail="Date, nom, qualité et signature du client",
)
_EN = Textes(
    titre_devis="Quotation",
    titre_facture="Invoice",
    titre_acompte="Deposit invoice",
    titre_solde="Final invoice",
    titre_situation="Progress invoice",
    titre_rectificative="Corrected invoice",
    titre_avoir="Credit note",
    brouillon_de="Draft {}",
    numero=f"No.{NBSP}{{}}",
    numero_a_attribuer=f"No.{NBSP}to be assigned",
    courant="{} of {}",
    courant_parties="{} for {}",
    filigrane="DRAFT",
    filigrane_duplicata="DUPLICATE",
    meta_date="Date",
    meta_validite="Valid until",
    meta_echeance="Payable by",
    meta_prestation="Service date",
    meta_periode="Period",
    meta_livraison="Delivery",
    meta_commande="Your order",
    meta_reference="Your reference",
    meta_engagement="Commitment no.",
    meta_service="Service code",
    meta_siren="Your SIREN",
    meta_siret="Your SIRET",
    meta_tva="Your VAT no.",
    meta_devis="Quotation",
    meta_facture="Invoice corrected",
    meta_motif="Reason",
    designation="Description",
    quantite="Quantity",
    unite="Unit",
    prix_ht="Unit price excl. VAT",
    prix_ttc="Unit price incl. VAT",
    prix="Unit price",
    tva="VAT",
    montant_ht="Amount excl. VAT",
    montant_ttc="Amount incl. VAT",
    total="Total",
    sous_total="Subtotal, {}",
    a_reporter="Carried forward",
    report="Brought forward",
    page="page",
    reference="Ref. {}",
    deux_points=":",
    remise="Discount {}",
    remise_sur="on {}",
    offert="100% discount, complimentary",
    offert_sans_motif="",
    options="Optional, not included in the total",
    options_aide="Tick to add it.",
    option_prix_ht="{} excl. VAT",
    option_prix_ttc="{} incl. VAT",
    valeur_reelle="Full value",
    somme_offert="Complimentary",
    somme_remises="Discounts",
    total_ht="Total excl. VAT",
    tva_sur="VAT {} on {}",
    tva_montant="VAT",
    total_ttc="Total incl. VAT",
    net_a_payer="Amount due",
    net_a_rembourser="Amount credited",
    acompte_demande="{} deposit with your order",
    solde_a_payer="Balance",
    deja_regle="Already paid",
    ventilation="Discount shared between VAT rates",
    ventilation_base="Base",
    ventilation_nette="Net base",
    deductions="Deposits already invoiced",
    deduction_ht="Excl. VAT",
    deduction_tva="VAT",
    deduction_ttc="Incl. VAT",
    deduction_ensemble="Whole order",
    deduction_acompte=f"Deposit no.{NBSP}{{}} of {{}}",
    reste_a_facturer="Left to invoice",
    conditions_de_reussite="What the work needs from you",
    promesses="Our promises",
    echeancier="Payment schedule",
    en_lettres="Amount in words",
    mentions="Terms",
    notes="Please note",
    articles="Special terms",
    livraison="Delivery address",
    payer="Pay by bank transfer",
    autres_moyens="Other means of payment",
    titulaire="Account holder",
    iban="IBAN",
    bic="BIC",
    montant="Amount",
    reference_paiement="Reference",
    qr_titre="QR code for the transfer: {} to {}, reference {}",
    qr_aide=(
        "Open your banking app and point it at this code: the amount, the IBAN and the reference fill themselves in."
    ),
    pour="For {}",
    accord="Agreed, {}",
    accord_detail="Date, name, position and signature of the client",
)


def get_textes(langue: str) -> Textes:
    """Return the labels of `fr`, `fr-BE`, `fr-CH` or `en`.

    Raises: ThemeError for any other language; there is no default, or a page would be half in French.
    """
    racine = langue.split("-")[0].lower()
    if racine == "fr":
        return _FR
    if racine == "en":
        return _EN
    raise ThemeError(f"langue « {langue} » inconnue : les pages existent en fr, fr-BE, fr-CH et en")


# --------------------------------------------------------------------------------------------------
# Transfer QR code

_EPC_MAX_OCTETS = 331
_EPC_MAX = Decimal("999999999.99")


def build_epc(*, titulaire: str, iban: str, bic: str, montant: Decimal, reference: str) -> str:
    """Return the payload of the transfer QR code, or "" when the sum cannot be put in one.

    Args:
        titulaire: account holder; cut at 70 characters, the most a SEPA transfer carries.
        iban: with or without spaces.
        bic: may be empty inside the EEA.
        montant: euros, two decimals.
        reference: what the client's bank statement should say; cut at 140 characters.

    Source: EPC069-12 version 2.1, « Quick Response Code: guidelines to enable data capture for the initiation
        of a SEPA credit transfer »: service tag BCD, version 002, character set 1 (UTF-8), identification
        SCT.
    """
    if not Decimal("0.01") <= montant <= _EPC_MAX:
        return ""

    def flatten(text: str, most: int) -> str:
        return " ".join(text.split())[:most].rstrip()

    compact = re.sub(r"\s", "", iban)
    lines = [
        "BCD",
        "002",
        "1",
        "SCT",
        re.sub(r"\s", "", bic),
        flatten(titulaire, 70),
        compact,
        f"EUR{montant:.2f}",
        "",
        "",
        flatten(reference, 140),
    ]
    payload = "\n".join(lines)
    # Accents count for two bytes: only the free text may be shortened, never the account.
    while len(payload.encode()) > _EPC_MAX_OCTETS and lines[-1]:
        lines[-1] = lines[-1][:-1].rstrip()
        payload = "\n".join(lines)
    return payload


@lru_cache(maxsize=64)
def draw_qr(payload: str, titre: str) -> Markup:
    """Return the code as inline SVG, one module a unit, with the `<title>` that a screen reader says.

    Why: level M and no more, as EPC069-12 asks; the error level is not raised when there is room, or the size
    of the modules would jump from one invoice to the next. Black is written in the drawing: WeasyPrint paints
    `currentColor` and CSS variables of an SVG black in silence, so a theme must not believe that it can
    colour it.
    """
    import segno

    code = segno.make_qr(payload, error="m", boost_error=False, encoding="utf-8")
    return Markup(code.svg_inline(border=0, title=titre, omitsize=True, svgclass="qr", lineclass=None, dark="#000"))


# --------------------------------------------------------------------------------------------------
# Geometry

PT = 25.4 / 72
"""One typographic point, in millimetres."""

LARGEUR = 170.0
GOUTTIERE = 4.0
DESIGNATION_MINIMALE = 60.0
TAILLE, TAILLE_DENSE = 8.5, 7.5
_PLANCHERS = {"quantite": 15.0, "unite": 16.0, "prix": 23.0, "tva": 13.0, "montant": 25.0}
_UNITE_MAX_EM = 6.0
_ADRESSE_LARGEUR = 85.0
_EMETTEUR_LIGNES = 6
_GAUCHE_LARGEUR = 79.0
_DROITE_LARGEUR = 85.0
_GAUCHE_HAUTEUR = 64.0
_DEPASSEMENT = 3.0
_BAS_HAUTEUR = 60.0
# Height of the text on the first page, and a little more: what misses by that much is set tighter.
_PAGE_HAUTEUR = 262.0 + 12.0
_TETE_META = 52.5
_TETE_LIBRE = 75.5
_LOGO_HAUTEUR, _LOGO_MINIMUM = 36.4, 23.0
_TITRE, _TITRE_MINIMUM, _TITRE_LARGEUR, _TITRE_INTERLIGNE = 21, 15, 70.0, 25 / 21
_LIGNES_HAUTES = 25


@dataclass(frozen=True, slots=True)
class Metriques:
    """Advance widths of one face, in em."""

    chasses: Mapping[str, float]
    tabulaires: Mapping[str, float]

    def measure(self, text: str, *, tabular: bool = False) -> float:
        """Return the width of a text in em; kerning is left out, so this is a little too wide, never too
        narrow.

        Args:
            text: one line.
            tabular: True where the style sheet asks for `tabular-nums`.
        """
        plain = self.chasses
        if not tabular:
            return sum([plain.get(c, 0.75) for c in text])
        fixed = self.tabulaires
        return sum([fixed[c] if c in fixed else plain.get(c, 0.75) for c in text])


@cache
def load_metriques() -> tuple[Metriques, Metriques]:
    """Return the widths of the regular and of the semi-bold face, read from `polices/metriques.json`."""
    data = json.loads((resource_dir("templates") / "polices" / "metriques.json").read_text(encoding="utf-8"))

    def read(face: str) -> Metriques:
        # The file gives thousandths of an em, whatever the units of the face.
        return Metriques(
            {c: w / 1000 for c, w in data[face]["chasses"].items()},
            {c: w / 1000 for c, w in data[face]["chasses_tabulaires"].items()},
        )

    return read("FactureSans-Regular"), read("FactureSans-SemiBold")


@dataclass(frozen=True, slots=True)
class Largeurs:
    """Widths of the columns in millimetres; `dense` when the table is set at 7.5 pt to make room."""

    designation: float
    quantite: float
    unite: float
    prix: float
    tva: float
    montant: float
    dense: bool


def compute_largeurs(page: Page) -> Largeurs:
    """Share the 170 mm of the table: every figure on one line, the rest for the designation.

    Why: with fixed columns a figure that is too long overprints its neighbour, and WeasyPrint says nothing.
    The floors are wide enough for ordinary figures, so that the columns of most documents stand at the same
    place.

    Raises: RenduError R607 when less than 60 mm would be left for the words even at the small size.
    """
    for dense in (False, True):
        widths = _measure_columns(page, TAILLE_DENSE if dense else TAILLE)
        designation = LARGEUR - sum(widths.values())
        if designation >= DESIGNATION_MINIMALE:
            return Largeurs(designation=designation, dense=dense, **widths)
    widest = max(
        chain.from_iterable((line.prix, line.montant, line.quantite) for line in page.lignes),
        key=len,
        default="",
    )
    raise RenduError(
        [
            Probleme(
                "R607",
                f"les colonnes de chiffres ne laissent que {max(designation, 0):.0f} mm à la désignation, "
                f"il en faut 60 ; le nombre le plus long est « {widest} »",
                "réduisez les décimales ou partagez la ligne",
            )
        ]
    )


def _measure_columns(page: Page, taille: float) -> dict[str, float]:
    regular, bold = load_metriques()
    textes, lignes = get_textes(page.langue), page.lignes
    em = taille * PT
    head_em = 7 * PT
    decimales = max((ligne.decimales for ligne in lignes), default=0)

    def widest(values: Iterable[str], face: Metriques = regular, *, tabular: bool = True) -> float:
        return max((face.measure(value, tabular=tabular) for value in set(values)), default=0.0) * em

    def head(label: str) -> float:
        return regular.measure(label) * head_em

    quantites = max(
        (
            regular.measure(value, tabular=True) + _padding_em(digits, decimales)
            for value, digits in {(ligne.quantite, ligne.decimales) for ligne in lignes}
        ),
        default=0.0,
    )
    needed = {
        "quantite": max(quantites * em, head(textes.quantite)) + GOUTTIERE,
        # The unit breaks rather than push the words aside: at most 6 em, then hyphens.
        "unite": max(
            min(widest((ligne.unite for ligne in lignes), tabular=False), _UNITE_MAX_EM * em),
            head(textes.unite),
        )
        + GOUTTIERE / 2,
        "prix": max(widest(ligne.prix for ligne in lignes), head(page.colonnes.prix)) + GOUTTIERE,
        "tva": max(widest(ligne.tva for ligne in lignes), head(textes.tva)) + GOUTTIERE,
        "montant": max(
            widest(ligne.montant for ligne in lignes),
            widest((ligne.reduction.net for ligne in lignes if ligne.reduction), bold),
            widest((section.sous_total for section in page.sections), bold),
            head(page.colonnes.montant),
        )
        + GOUTTIERE,
    }
    widths = {name: max(round(width + 0.05, 1), _PLANCHERS[name]) for name, width in needed.items()}
    if not page.colonnes.tva:
        widths["tva"] = 0.0
    return widths


def _padding_em(decimales: int, most: int) -> float:
    """Return the space that brings a quantity's comma under the others, in em of tabular figures."""
    if decimales >= most:
        return 0.0
    regular, _ = load_metriques()
    comma = 0.0 if decimales else regular.tabulaires[","]
    return (most - decimales) * regular.tabulaires["0"] + comma


def count_lines(text: str, largeur: float, taille: float, face: Metriques | None = None) -> int:
    """Return about how many lines a text takes.

    Args:
        text: may hold line breaks.
        largeur: width of the block, mm.
        taille: size of the type, pt.
        face: the regular face when absent.
    """
    regular, _ = load_metriques()
    used = face or regular
    # Ragged lines lose about 4 % of their width to the word that does not fit.
    return sum(max(1, ceil(used.measure(part) * taille * PT / (largeur * 0.96))) for part in text.split("\n"))


PIED_LARGEUR = 126.0
"""Width of the identity at the foot, mm."""
Emplacement = Literal["courant", "meta", "pied"]
_UNE_LIGNE: Mapping[Emplacement, tuple[float, float]] = {
    "courant": (122.0, 7.5),
    "meta": (41.0, 8.0),
    "pied": (PIED_LARGEUR, 6.75),
}


def fits_line(text: str, place: Emplacement) -> bool:
    """Say whether a text stands on one line of the running head, of a row under the title, or of the foot."""
    largeur, taille = _UNE_LIGNE[place]
    return load_metriques()[0].measure(text) * taille * PT <= largeur - 0.5


def fit_line(candidates: Sequence[str], place: Emplacement) -> str:
    """Return the first text that stands on one line; the last one, cut, when none does."""
    for text in candidates:
        if fits_line(text, place):
            return text
    cut = candidates[-1]
    while cut and not fits_line(f"{cut}…", place):
        cut = cut[:-1].rstrip(" ,")
    return f"{cut}…"


def check_page(page: Page) -> tuple[Probleme, ...]:
    """Return what can be said of a page before it is laid out: an address too large for the window
    (R606).

    Source: envelope DL with a 35 x 100 mm window, address zone of 85 x 24 mm.
    """
    problemes = []
    regular, _ = load_metriques()
    taille = 8.0 if len(page.destinataire) > 6 else 9.0
    if len(page.destinataire) > 8:
        problemes.append(
            Probleme(
                "R606",
                f"l’adresse a {len(page.destinataire)} lignes et ne tient pas dans la fenêtre de l’enveloppe",
                "huit lignes au plus, six de préférence",
                "avertissement",
            )
        )
    problemes.extend(
        Probleme(
            "R606",
            f"la ligne d’adresse « {ligne} » est trop longue et ne tient pas dans la fenêtre de l’enveloppe",
            "trente-huit caractères au plus",
            "avertissement",
        )
        for ligne in page.destinataire
        if regular.measure(ligne) * taille * PT > _ADRESSE_LARGEUR
    )
    emetteur = sum(count_lines(text, _ADRESSE_LARGEUR, 7.5) for text in (page.emetteur.nom, *page.emetteur.lignes))
    if emetteur > _EMETTEUR_LIGNES:
        problemes.append(
            Probleme(
                "R606",
                f"les coordonnées de l’émetteur prennent {emetteur} lignes : les dernières paraîtraient dans la "
                "fenêtre de l’enveloppe",
                "six lignes au plus, nom compris",
                "avertissement",
            )
        )
    return tuple(problemes)


@dataclass(frozen=True, slots=True)
class Disposition:
    """Where things go: names of the blocks beside the totals, and of those below on the whole width.

    Attributes:
        entiers: blocks short enough to be kept in one piece wherever they fall.
        decimales: digits after the comma of the longest quantity; the others are padded to it.
        hautes: lines so tall (25 lines of text) that they may break inside.
        unites_coupees: units of which one word alone is wider than its column; the others break at a hyphen
            or a space that they have.
        seul: what stands below is one short text: its title runs over both columns, and it is not broken.
        fin: blocks below that go with the signature; set apart from the others when these are so tall that
            the signature would drag them all to the next page.
        signature_libre: nothing can be set apart, so the signature may stand by itself on the last page.
        montant_sommes, montant_deductions: width of an amount there, mm.
    """

    gauche: tuple[str, ...]
    bas: tuple[str, ...]
    entiers: frozenset[str]
    largeurs: Largeurs
    decimales: int
    hautes: frozenset[Ligne]
    unites_coupees: frozenset[str]
    seul: bool
    fin: tuple[str, ...]
    signature_libre: bool
    montant_sommes: float
    montant_deductions: float


def arrange(page: Page) -> Disposition:
    """Decide the layout: columns, tall rows, and which blocks stand beside the totals.

    Why: the totals drag the last line of the table along to the next page, so what stands beside them must not
    make that piece taller: it goes below, in two columns, where it may break. On a document of one page nothing
    is dragged, and 64 mm beside the totals are better used than left empty.
    """
    largeurs = compute_largeurs(page)
    taille = TAILLE_DENSE if largeurs.dense else TAILLE
    montant_sommes = _measure_sommes((*page.sommes, *page.apres))
    gauche: list[str] = []
    bas: list[str] = []
    used = 0.0
    blocs = _measure_blocs(page)
    droite = _measure_droite(page.sommes, _DROITE_LARGEUR - montant_sommes)
    rest = sum(height for _, height in blocs)
    limit = _GAUCHE_HAUTEUR
    if _measure_corps(page, largeurs.designation, taille) + max(droite, min(rest, limit)) > _PAGE_HAUTEUR:
        limit = min(limit, droite + _DEPASSEMENT)
    for name, height in blocs:
        if not bas and used + height <= limit:
            gauche.append(name)
            used += height
        else:
            bas.append(name)
    hautes = {
        ligne
        for ligne in page.lignes
        if (len(ligne.contenu) + len(ligne.description) / 30 + len(ligne.designation) / 30) > 6
        and _count_row(ligne, largeurs.designation - 1, taille) >= _LIGNES_HAUTES
    }
    tall = sum(height for name, height in blocs if name in bas) / 2 > _BAS_HAUTEUR
    drags = tall and page.signature is not None and not page.articles
    fin = bas[-1:] if drags and len(bas) > 1 else []
    bas = bas[: len(bas) - len(fin)]
    return Disposition(
        gauche=tuple(gauche),
        bas=tuple(bas),
        fin=tuple(fin),
        signature_libre=drags and not fin,
        entiers=frozenset(name for name, height in blocs if height <= _GAUCHE_HAUTEUR and name not in _TEXTES_SUIVIS),
        largeurs=largeurs,
        decimales=max((ligne.decimales for ligne in page.lignes), default=0),
        hautes=frozenset(hautes),
        unites_coupees=frozenset(unite for unite in {ligne.unite for ligne in page.lignes} if _is_cut(unite)),
        seul=len(bas) == 1 and not tall and bas[0] in _TEXTES_SUIVIS | {"conditions", "options"},
        montant_sommes=montant_sommes,
        montant_deductions=_measure_deductions(page),
    )


def _is_cut(unite: str) -> bool:
    regular, _ = load_metriques()
    return any(regular.measure(part) > _UNITE_MAX_EM for part in re.findall(r"[^\s-]+-?", unite))


def _count_row(ligne: Ligne, largeur: float, taille: float) -> int:
    total = count_lines(ligne.designation, largeur, taille)
    if ligne.description:
        total += count_lines(ligne.description, largeur, 7.5)
    return total + sum(count_lines(item, largeur - 3, 7.5) for item in ligne.contenu)


_SOMME_TAILLE: Mapping[SommeKind, float] = {"total": 13.0, "suite": 8.0, "titre": 7.5}
_SOMME_HAUTEUR: Mapping[SommeKind, float] = {"total": 17 * PT + 1.6, "suite": 11 * PT + 0.9, "titre": 10.5 * PT + 3.4}
_TEXTES_SUIVIS = frozenset({"mentions", "notes"})
"""Blocks that are one text: cut in two columns of one height, rather than kept whole beside an empty half."""


def _measure_droite(sommes: Sequence[Somme], largeur: float) -> float:
    """Return about how tall a table of sums is, its labels being set on `largeur` mm."""
    total = 0.0
    for somme in sommes:
        size = _SOMME_TAILLE.get(somme.kind, TAILLE)
        more = count_lines(somme.label, largeur, size) - 1
        total += _SOMME_HAUTEUR.get(somme.kind, 11.5 * PT + 1.0) + more * 11.5 * PT
    return total


def _measure_corps(page: Page, designation: float, taille: float) -> float:
    """Return about how tall a document is without its totals, mm; no more is measured once two pages are sure.

    Why: a guess, and used as one: it chooses between two layouts which are both right, before either exists.
    """
    total = 80.0 + 9 * PT + 1.6 + 3.4
    total += (count_lines(page.objet, LARGEUR, 11) * 14 * PT + 3) * bool(page.objet)
    total += sum(count_lines(text, 150, 9) * 13 * PT + 3 for text in page.introduction)
    if page.deductions:
        total += 10 + 5.9 * len(page.deductions)
    total += _measure_droite(page.apres, _DROITE_LARGEUR - 25) + 3 * bool(page.apres)
    total += 34.0 * (page.paiement is not None) + 27.5 * (page.signature is not None)
    for section in page.sections:
        total += 14.0 * bool(section.titre)
        for ligne in section.lignes:
            if total > _PAGE_HAUTEUR:
                return total
            lines = count_lines(ligne.designation, designation - 1, taille)
            small = _count_row(ligne, designation - 1, taille) - lines + bool(ligne.reference) + bool(ligne.periode)
            total += lines * 11.5 * PT + small * 10.5 * PT + 2.4
            total += 11.5 * PT * (ligne.reduction is not None)
    return total


def _measure_sommes(sommes: Sequence[Somme]) -> float:
    regular, bold = load_metriques()
    width = 25.0
    for somme in sommes:
        face = regular if somme.kind in ("reel", "remise", "tva", "suite") else bold
        size = _SOMME_TAILLE.get(somme.kind, TAILLE)
        width = max(width, face.measure(somme.montant, tabular=True) * size * PT + 2)
    return min(round(width + 0.05, 1), 60.0)


def _measure_deductions(page: Page) -> float:
    _, bold = load_metriques()
    cells = chain.from_iterable((row.ht, row.tva, row.ttc) for row in page.deductions)
    widest = max((bold.measure(cell, tabular=True) for cell in cells), default=0.0) * TAILLE * PT
    return max(25.0, round(widest + GOUTTIERE, 1))


def _measure_blocs(page: Page) -> list[tuple[str, float]]:
    """Return the blocks of the foot that have something to say, in order, and about how tall each is."""
    title, gap = 11.5 * PT, 2.5
    width = _GAUCHE_LARGEUR

    def text(lines: int, leading: float = 11.0) -> float:
        return lines * leading * PT

    heights = {
        "options": sum(
            text(count_lines(f"{o.designation} {o.prix}", width - 5, 8))
            + text(count_lines(o.detail, width - 5, 7.5), 10.5) * bool(o.detail)
            + text(len(o.contenu), 10.5)
            + 1
            for o in page.options
        ),
        "lettres": text(count_lines(page.en_lettres, width, 8)) if page.en_lettres else 0.0,
        "ventilation": text(len(page.ventilation) + 1, 12.5) if page.ventilation else 0.0,
        "conditions": sum(text(count_lines(c, width - 3, 8)) + 0.7 for c in page.conditions_de_reussite),
        "promesses": sum(text(count_lines(p.quoi, width - 29, 8)) + 0.4 for p in page.promesses),
        "echeancier": sum(text(count_lines(e.quoi, width - 22, 8)) + text(1, 10.5) + 0.6 for e in page.echeancier),
        "mentions": sum(text(count_lines(m, width, 7.5), 10.5) + 0.6 for m in page.mentions),
        "notes": sum(text(count_lines(n, width, 7.5), 10.5) + 0.6 for n in page.notes),
        "livraison": text(len(page.livraison), 10.5),
    }
    return [(name, height + title + gap) for name, height in heights.items() if height]


# --------------------------------------------------------------------------------------------------
# Style that depends on the document, and drawings

FILIGRANE_COULEUR = "#e4e7ea"
_FILIGRANE_LONGUEUR = 228.0
_ANGLE = -54.74  # the diagonal of an A4 sheet


@lru_cache(maxsize=16)
def draw_fond(mot: str, *, plis: bool = False) -> bytes:
    """Return the sheet's background, 210 x 297 mm: the watermark as outlines, the fold marks, or both.

    Why: outlines, because a word drawn as text would be extracted letter by letter amid the lines; on the
    page background, because `position: fixed` moves with the first page's margin. The colour is a literal:
    WeasyPrint paints CSS variables of an SVG black.

    Args:
        mot: a key of `polices/mots.json`, or "".
        plis: fold marks at 99 and 198 mm, for a sheet folded in three.

    Raises: ThemeError when the word was never drawn.
    """
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">']
    if mot:
        mots = json.loads((resource_dir("templates") / "polices" / "mots.json").read_text(encoding="utf-8"))["mots"]
        if mot not in mots:
            raise ThemeError(f"le filigrane « {mot} » n’existe pas : choisissez parmi {', '.join(sorted(mots))}")
        left, top, right, bottom = mots[mot]["boite"]
        scale = min(_FILIGRANE_LONGUEUR / (right - left), 42 / (bottom - top))
        trace, x, y = mots[mot]["trace"], -(left + right) / 2, -(top + bottom) / 2
        parts.append(
            f'<path fill="{FILIGRANE_COULEUR}" d="{trace}" transform="translate(105 148.5) '
            f'rotate({_ANGLE}) scale({scale:.6f}) translate({x:g} {y:g})"/>'
        )
    if plis:
        parts.append('<path fill="none" stroke="#c6ccd2" stroke-width="0.1" d="M5 99h4M5 198h4"/>')
    parts.append("</svg>")
    return "".join(parts).encode()


def _measure_titre(page: Page) -> tuple[int, int]:
    """Return the size of the title in points and its lines: a long one is set smaller, then broken."""
    _, bold = load_metriques()
    width = bold.measure(page.titre) * PT
    size = next((size for size in range(_TITRE, _TITRE_MINIMUM - 1, -1) if width * size <= _TITRE_LARGEUR), None)
    if size is not None:
        return size, 1
    return _TITRE_MINIMUM, max(2, count_lines(page.titre, _TITRE_LARGEUR, _TITRE_MINIMUM, bold))


def _measure_logo(page: Page) -> float:
    """Return the height of the logo's box: less when the rows under the title would come too near the subject.

    Why: the subject stands under the fold and the address in the window whatever the document says; only the
    title may go up, in the room that the logo leaves free. Past that, the subject goes down.
    """
    regular, bold = load_metriques()
    rows = sum(max(count_lines(m.label, 29, 8, regular), count_lines(m.value, 41, 8, bold)) for m in page.metas)
    size, lines = _measure_titre(page)
    needed = _TETE_META + rows * 11.2 * PT + (lines * size - _TITRE) * _TITRE_INTERLIGNE * PT
    return max(_LOGO_MINIMUM, round(_LOGO_HAUTEUR - max(0.0, needed - _TETE_LIBRE), 1))


def build_css(page: Page, disposition: Disposition) -> str:
    """Return the few rules that depend on this document: colours, column widths, paddings, background."""
    largeurs = disposition.largeurs
    rules = [
        f":root{{--c1:{page.couleurs.principale};--c2:{page.couleurs.secondaire}}}",
        *(
            f".c-{name}{{width:{getattr(largeurs, name):g}mm}}"
            for name in ("designation", "quantite", "unite", "prix", "tva", "montant")
        ),
        *(
            f".lignes .q{digits}{{padding-right:{_padding_em(digits, disposition.decimales):.3f}em}}"
            for digits in sorted({ligne.decimales for ligne in page.lignes} - {disposition.decimales})
        ),
        f".c-somme{{width:{disposition.montant_sommes:g}mm}}",
        f".c-deduction{{width:{disposition.montant_deductions:g}mm}}",
    ]
    titre, _ = _measure_titre(page)
    if titre < _TITRE:
        rules.append(f"h1{{font-size:{titre}pt;line-height:{titre * _TITRE_INTERLIGNE:.1f}pt}}")
    logo = _measure_logo(page)
    if logo < _LOGO_HAUTEUR:
        rules.append(f".logo{{height:{logo:g}mm}}")
    if disposition.signature_libre:
        rules.append(".signature{break-before:auto}")
    lines = len(page.destinataire)
    if 0 < lines < 6:
        # Centred on the 24 mm that every window shows.
        rules.append(f".adresse{{padding-top:{2 * (6 - lines)}mm}}")
    if page.filigrane:
        rules.append('@page{background:url("facture:fond.svg") 0 0/210mm 297mm no-repeat fixed}')
    if page.plis:
        rules.append('@page :first{background:url("facture:fond-plis.svg") 0 0/210mm 297mm no-repeat fixed}')
    return "\n".join(rules)


def build_ressources(page: Page) -> dict[str, bytes]:
    """Return the images this document asks for, by name: its logo, its background."""
    ressources = {}
    if page.logo:
        ressources[page.logo.nom] = page.logo.contenu
    if page.filigrane:
        ressources["fond.svg"] = draw_fond(page.filigrane)
    if page.plis:
        ressources["fond-plis.svg"] = draw_fond(page.filigrane, plis=True)
    return ressources


# --------------------------------------------------------------------------------------------------
# Themes

THEME_PAR_DEFAUT = "sobre"
_FEUILLE, _FEUILLE_SERREE = "style.css", "serre.css"
_IMAGES = (".svg", ".png", ".jpg", ".jpeg")
_MAX_FICHIER = 2_000_000


@dataclass(frozen=True, slots=True)
class Theme:
    """A theme: folders searched in order, the user's first, the shipped one last."""

    nom: str
    dossiers: tuple[Path, ...]

    def find(self, name: str) -> Path | None:
        """Return the file of that name in the first folder that has it, or None.

        Raises: ThemeError when the file really lies outside its folder, through `..` or a symbolic link.
        """
        for dossier in self.dossiers:
            root = dossier.resolve()
            path = (root / name).resolve()
            if not path.is_relative_to(root):
                raise ThemeError("ce fichier du thème est hors de son dossier", str(dossier / name))
            if path.is_file():
                return path
        return None

    def read(self, name: str) -> str:
        """Return the text of a file of the theme.

        Raises: ThemeError when it is missing, too large, or not UTF-8.
        """
        path = self.find(name)
        if path is None:
            raise ThemeError(f"fichier absent du thème « {self.nom} »", name)
        return _read_text(path)

    def read_serre(self) -> str:
        """Return the tighter sheet that goes with the theme's own, "" when it has none.

        Why: it undoes measures of one sheet. A theme with its own `style.css` has its own tighter one, or none.
        """
        for dossier in self.dossiers:
            if (dossier / _FEUILLE_SERREE).is_file():
                return self.read(_FEUILLE_SERREE)
            if (dossier / _FEUILLE).is_file():
                break
        return ""

    def load_images(self) -> dict[str, bytes]:
        """Return the images at the top of the theme's folders by file name: `url(trait.svg)` finds them."""
        images: dict[str, bytes] = {}
        for dossier in self.dossiers:
            for path in sorted(dossier.glob("*")):
                if path.suffix.lower() in _IMAGES and path.name not in images:
                    found = self.find(path.name)
                    if found is not None:
                        images[path.name] = _read_bytes(found)
        return images


def _read_bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MAX_FICHIER:
            raise ThemeError("fichier de plus de 2 Mo", str(path))
        return path.read_bytes()
    except OSError as error:
        raise ThemeError(f"fichier illisible : {error.strerror}", str(path)) from error


def _read_text(path: Path) -> str:
    try:
        return _read_bytes(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ThemeError("ce fichier n’est pas en UTF-8", str(path)) from error


def _shipped(nom: str = THEME_PAR_DEFAUT) -> Path:
    return resource_dir("templates") / nom


def _is_theme(dossier: Path) -> bool:
    return dossier.is_dir() and ((dossier / _FEUILLE).is_file() or any(dossier.glob("*.html.j2")))


def list_themes(racines: Sequence[Path] = ()) -> dict[str, Path]:
    """Return the themes by name: those of the project's folders first, then the shipped ones."""
    themes: dict[str, Path] = {}
    for racine in (*racines, resource_dir("templates")):
        if racine.is_dir():
            for dossier in sorted(racine.iterdir()):
                if _is_theme(dossier):
                    themes.setdefault(dossier.name, dossier)
    return themes


def load_theme(nom: str = THEME_PAR_DEFAUT, racines: Sequence[Path] = ()) -> Theme:
    """Return a theme by name; each file it lacks comes from `sobre`.

    Args:
        nom: name of a folder in `racines` or among the shipped themes.
        racines: folders of the project that hold themes, one folder a theme.

    Raises: ThemeError for a theme that is nowhere.
    """
    if nom in ("", ".", "..") or "/" in nom or "\\" in nom:
        raise ThemeError(f"nom de thème « {nom} » refusé : c’est le nom d’un dossier, sans chemin")
    dossiers = [racine / nom for racine in racines if _is_theme(racine / nom)]
    if _is_theme(_shipped(nom)):
        dossiers.append(_shipped(nom))
    if not dossiers:
        raise ThemeError(f"thème « {nom} » introuvable ; thèmes connus : {', '.join(list_themes(racines))}")
    if _shipped() not in dossiers:
        dossiers.append(_shipped())
    return Theme(nom, tuple(dossiers))


def eject_theme(dest: Path, nom: str = THEME_PAR_DEFAUT) -> tuple[list[Path], list[Path]]:
    """Copy a shipped theme into a folder, to be changed there; a file that exists is never overwritten.

    Returns: the files written, then the files left as they were.
    """
    source = _shipped(nom)
    if not _is_theme(source):
        raise ThemeError(f"thème « {nom} » introuvable parmi ceux de facture")
    written, kept = [], []
    for path in sorted(source.rglob("*")):
        if not path.is_file():
            continue
        target = dest / path.relative_to(source)
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            # Mode x: the test and the creation are one act, nothing can slip between them.
            with target.open("xb") as stream:
                stream.write(path.read_bytes())
            written.append(target)
        except FileExistsError:
            kept.append(target)
    return written, kept


class _ThemeLoader(BaseLoader):
    """Jinja loader over a theme's folders, never outside them."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        path = self._theme.find(template)
        if path is None:
            raise TemplateNotFound(template)
        stamp = path.stat().st_mtime_ns

        def is_fresh() -> bool:
            # A file added to the user's folder must win over the shipped one under `--watch`.
            try:
                return self._theme.find(template) == path and path.stat().st_mtime_ns == stamp
            except OSError:
                return False

        return _read_text(path), str(path), is_fresh


@lru_cache(maxsize=8)
def _environment(theme: Theme) -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(
        loader=_ThemeLoader(theme),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # Jinja's own globals and filters reach nothing outside the template; these two draw lots and read no
    # clock, but would make two renderings differ.
    environment.filters.pop("random", None)
    environment.globals.pop("lipsum", None)
    environment.globals["qr"] = draw_qr
    return environment


def render_html(page: Page, theme: Theme | None = None, disposition: Disposition | None = None) -> str:
    """Return the HTML of a page.

    Args:
        theme: `sobre` when absent.
        disposition: what `arrange` returned for this page, when it is already known.

    Raises:
        ThemeError: a template cannot be read, or asks for what is not there; says the file and the line.
        RenduError: R607, the columns do not fit.
    """
    used = theme or load_theme()
    return render_template(
        used,
        f"{page.genre}.html.j2",
        page=page,
        t=get_textes(page.langue),
        d=disposition or arrange(page),
    )


def render_template(theme: Theme, name: str, /, **values: object) -> str:
    """Return the text of one template of a theme.

    Why: public so that macros are tested alone, and so that other documents use the same themes and the same
    errors.

    Raises: ThemeError with the file and the line in the user's template.
    """
    try:
        return _environment(theme).get_template(name).render(values)
    except TemplateSyntaxError as error:
        raise ThemeError(f"erreur de syntaxe : {error.message}", error.filename or name, error.lineno) from error
    except TemplateNotFound as error:
        raise ThemeError(f"gabarit « {error.name} » absent du thème « {theme.nom} »", name) from error
    except FactureError:
        raise
    except (
        TemplateError,
        ArithmeticError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
    ) as error:
        file, line = _locate(error.__traceback__, theme)
        text = str(error) or type(error).__name__
        raise ThemeError(f"le gabarit ne peut pas être rempli : {text}", file or name, line) from error


def _locate(trace: TracebackType | None, theme: Theme) -> tuple[str, int]:
    """Return the innermost template line of a traceback: Jinja maps its compiled code back to the file."""
    place = ("", 0)
    roots = tuple(str(dossier.resolve()) for dossier in theme.dossiers)
    for frame, line in walk_tb(trace):
        if frame.f_code.co_filename.startswith(roots):
            place = (frame.f_code.co_filename, line)
    return place
