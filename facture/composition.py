"""From a dossier to the words of its page: the only place that decides which words and figures stand where.

Why: the sums are known (`totaux`), the law has spoken (`dossier`), the page takes strings (`page`). What is
left is to choose: which total a consumer reads first, how a gift is called, which identity goes to the foot.
Nothing is rounded here, and nothing computed but sums and differences of amounts that are already rounded
and printed, so that a reader who adds up the page finds the page.
"""

from __future__ import annotations

import datetime as dt
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from pathlib import Path

from facture import typo
from facture.amounts import ZERO, count_decimals
from facture.codes import Severity
from facture.documents import Adresse, Avoir, Devis, Facture, Periode, Travaux
from facture.documents import Emetteur as FicheEmetteur
from facture.documents import Ligne as LigneSaisie
from facture.dossier import Dossier, nature_of_operation
from facture.echeances import Delai
from facture.epc import build_epc
from facture.errors import Chemin, Diagnostic, Position, RefusError, RessourceError
from facture.geometrie import PIED_LARGEUR, count_lines, fit_line, fits_line
from facture.libelles import Textes, get_textes
from facture.page import (
    Article,
    Colonnes,
    Couleurs,
    DeductionKind,
    Echeance,
    Emetteur,
    Ligne,
    LigneDeduction,
    LigneVentilation,
    Logo,
    Meta,
    Option,
    Page,
    Paiement,
    Probleme,
    Promesse,
    Reduction,
    RenduError,
    Section,
    Signature,
    Somme,
    ThemeError,
)
from facture.projet import display_path
from facture.render import Epreuve, compose
from facture.source import finding, read_bytes, walk
from facture.themes import load_theme
from facture.totaux import LigneCalculee, TotalTva, compute_echeancier
from facture.typo import NBSP

__all__ = ["compose_epreuve", "compose_page", "load_logo", "prepare", "to_diagnostics"]

MAX_ADRESSE = 8
"""Lines that the window of an envelope shows, at the small size."""

_SANS_TVA = frozenset({"franchise", "marge-occasion", "marge-voyages"})
"""Situations that show no VAT at all: no column, no « HT », no row in the totals (CGI art. 293 E and 297 E)."""

_REGISTRE = frozenset({"EURL", "SARL", "SASU", "SAS", "SA", "SELARL", "SNC", "SCI"})
_INDIVIDUELS = frozenset({"EI", "micro"})

_EN_SUITE = ("nature", "option", "echeance", "escompte", "penalites", "interets", "indemnite")
"""First words of the mentions that run on in one paragraph, as on paper: a line each would fill the foot."""

_VILLE_PUIS_CODE = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "US"})
"""Countries whose post wants the town before the code."""

_URL = re.compile(r"\bhttps?://(?:www\.)?([^\s,;]+?)/?(?=[,;.]?(?:\s|$))")

_APRES_LA_RUE = re.compile(r"(BP|CS|TSA|CEDEX)\b", re.IGNORECASE)
"""Special delivery lines, which stand between the street and the town. Source: NF Z 10-011, line 5."""


# --------------------------------------------------------------------------------------------------
# Words


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mots:
    """Words of the page that depend on the document, in one language; `Textes` has those of the theme."""

    a_completer: str
    nom_client: str
    adresse_client: str
    nom_emetteur: str
    designation: str
    iban: str
    date: str
    promesse: str
    numero: str

    duplicata: str
    devise: str
    payer_le: str
    depuis: str
    jusqu_au: str
    du_au: str
    devis: str
    document: str

    capital: str
    capital_variable: str
    siege: str
    rcs: str
    rcs_ville: str
    tva: str

    valeur_reelle_ht: str
    valeur_reelle_ttc: str
    remises_lignes: str
    total_lignes: str
    remise: str
    remise_ht: str
    dont_tva: str
    sans_tva: str
    marge: str
    total_sans_tva: str
    net_ttc: str
    acompte: str
    tva_en_devise: str
    detail_option: str
    detail_tva: str
    detail_total: str

    facture_arretee: str
    avoir_arrete: str
    ttc: str
    remplace: str
    paiement: str
    par_virement: str
    moyens_acceptes: str
    ou: str
    suffixe_ttc: str

    travaux_chantier: str
    travaux_lieu: str
    travaux_gratuit: str
    travaux_payant: str
    travaux_cout: str
    travaux_deplacement: str
    travaux_dechets: str
    travaux_tva: str
    travaux_certifie: str


_FR = _Mots(
    a_completer=f"[à compléter{NBSP}: {{}}]",
    nom_client="nom du client",
    adresse_client="adresse du client",
    nom_emetteur="nom de l’émetteur",
    designation="désignation",
    iban="IBAN",
    date="date",
    promesse="ce qui est promis",
    numero="numéro",
    duplicata="{}, duplicata",
    devise="Devise",
    payer_le="À payer le",
    depuis="à partir du {}",
    jusqu_au="jusqu’au {}",
    du_au="du {} au {}",
    devis="devis {}",
    document="{} du {}",
    capital="{} au capital de {}",
    capital_variable="{} au capital variable de {}",
    siege=f"Siège{NBSP}: {{}}",
    rcs=f"RCS{NBSP}{{}}{NBSP}{{}}",
    rcs_ville=f"RCS{NBSP}{{}}",
    tva=f"TVA{NBSP}{{}}",
    valeur_reelle_ht="Valeur réelle HT",
    valeur_reelle_ttc="Valeur réelle TTC",
    remises_lignes="Remises sur les lignes",
    total_lignes="Total des lignes",
    remise="Remise",
    remise_ht="Remise HT",
    dont_tva="dont TVA {} sur {}",
    sans_tva="Sans TVA sur {}",
    marge="Régime de la marge sur {}",
    total_sans_tva="Total",
    net_ttc="Net à payer TTC",
    acompte="Acompte à la commande",
    tva_en_devise=f"TVA en euros (1{NBSP}€ = {{}}{NBSP}{{}}{{}})",
    detail_option="{} à {}",
    detail_tva="TVA {}",
    detail_total="Détail du total",
    facture_arretee="Facture arrêtée à la somme {}.",
    avoir_arrete="Avoir arrêté à la somme {}.",
    ttc=" toutes taxes comprises",
    remplace="Cette facture annule et remplace la facture {}.",
    paiement="Paiement {}.",
    par_virement="par virement",
    moyens_acceptes=f"Moyens de paiement acceptés{NBSP}: {{}}.",
    ou="ou",
    suffixe_ttc="{} TTC",
    travaux_chantier="Chantier",
    travaux_lieu=f"Lieu d’exécution{NBSP}: {{}}.",
    travaux_gratuit="Devis gratuit.",
    travaux_payant="Devis payant.",
    travaux_cout=f"Coût du devis{NBSP}: {{}}.",
    travaux_deplacement=f"Déplacement{NBSP}: {{}}.",
    travaux_dechets="Déchets du chantier",
    travaux_tva="Taux réduits de TVA",
    # The wording follows the sense of the abolished form; no article is named, its text was not read.
    travaux_certifie=(
        "Le client certifie que les travaux {} portent sur un local à usage d’habitation achevé depuis plus de "
        "deux ans et qu’ils n’ont pas pour effet de concourir à la production d’un immeuble neuf."
    ),
)
_EN = _Mots(
    a_completer="[to be completed: {}]",
    nom_client="client name",
    adresse_client="client address",
    nom_emetteur="sender name",
    designation="description",
    iban="IBAN",
    date="date",
    promesse="what is promised",
    numero="number",
    duplicata="{}, duplicate",
    devise="Currency",
    payer_le="Payable on",
    depuis="from {}",
    jusqu_au="until {}",
    du_au="{} to {}",
    devis="quotation {}",
    document="{} of {}",
    capital="{} with a share capital of {}",
    capital_variable="{} with a variable share capital of {}",
    siege="Registered office: {}",
    rcs=f"Registered in {{}} (RCS), no.{NBSP}{{}}",
    rcs_ville=f"RCS{NBSP}{{}}",
    tva=f"VAT{NBSP}{{}}",
    valeur_reelle_ht="Full value excl. VAT",
    valeur_reelle_ttc="Full value incl. VAT",
    remises_lignes="Discounts on items",
    total_lignes="Total of the items",
    remise="Discount",
    remise_ht="Discount excl. VAT",
    dont_tva="of which VAT {} on {}",
    sans_tva="No VAT on {}",
    marge="Margin scheme on {}",
    total_sans_tva="Total",
    net_ttc="Amount due incl. VAT",
    acompte="Deposit with your order",
    tva_en_devise=f"VAT in euros (€1 = {{}}{NBSP}{{}}{{}})",
    detail_option="{} at {}",
    detail_tva="VAT {}",
    detail_total="How the total is made up",
    facture_arretee="{}.",
    avoir_arrete="{}.",
    ttc=", VAT included",
    remplace="This invoice cancels and replaces invoice {}.",
    paiement="Payment {}.",
    par_virement="by bank transfer",
    moyens_acceptes="Accepted means of payment: {}.",
    ou="or",
    suffixe_ttc="{} incl. VAT",
    travaux_chantier="Site",
    travaux_lieu="Place of work: {}.",
    travaux_gratuit="This quotation is free of charge.",
    travaux_payant="This quotation is charged for.",
    travaux_cout="Cost of this quotation: {}.",
    travaux_deplacement="Travel: {}.",
    travaux_dechets="Site waste",
    travaux_tva="Reduced VAT rates",
    travaux_certifie=(
        "The client certifies that the works {} concern residential premises completed more than two years ago "
        "and do not amount to the construction of a new building."
    ),
)

_PAR = {
    "fr": {
        "virement": "par virement",
        "cheque": "par chèque",
        "carte": "par carte bancaire",
        "prelevement": "par prélèvement",
        "especes": "en espèces",
    },
    "en": {
        "virement": "by bank transfer",
        "cheque": "by cheque",
        "carte": "by card",
        "prelevement": "by direct debit",
        "especes": "in cash",
    },
}

_UNITES_EN = {
    "an": "year", "ans": "years", "année": "year", "années": "years", "atelier": "workshop",
    "demi-journée": "half-day", "demi-journées": "half-days", "ex.": "copy", "exemplaire": "copy",
    "exemplaires": "copies", "forfait": "lump sum", "h": "hour", "heure": "hour", "heures": "hours",
    "j": "day", "jour": "day", "jours": "days", "journée": "day", "journées": "days", "lot": "batch",
    "minute": "minute", "mois": "month", "mot": "word", "mots": "words", "nuit": "night", "nuits": "nights",
    "personne": "person", "personnes": "people", "pièce": "item", "pièces": "items", "réunion": "meeting",
    "réunions": "meetings", "semaine": "week", "semaines": "weeks", "séance": "session", "séances": "sessions",
    "trimestre": "quarter", "u": "unit", "unité": "unit", "unités": "units", "volume": "volume",
}  # fmt: skip
"""Usual units in English; a unit that is not here prints as typed."""


# --------------------------------------------------------------------------------------------------
# The page


def compose_page(
    dossier: Dossier, *, couleurs: Couleurs | None = None, logo: Logo | None = None, duplicata: bool = False
) -> Page:
    """Return the page of a devis, a facture or an avoir, as strings.

    Args:
        couleurs: the two colours of the sender; ours when absent.
        logo: the sender's logo, already read.
        duplicata: print DUPLICATA; a draft stays a draft.

    Returns: the page; every amount is one of `dossier.totaux`, or a sum or a difference of printed ones.

    Raises: RefusError with every finding when the dossier has an error.
    """
    return _Composeur(dossier, duplicata=duplicata).compose(couleurs or Couleurs(), logo)


class _Composeur:
    """Chooses the words of one document; each method answers for one block of the page."""

    def __init__(self, dossier: Dossier, *, duplicata: bool) -> None:
        self.dossier = dossier
        self.document, self.totaux = dossier.require()
        self.langue = self.document.langue
        self.is_french = self.langue != "en"
        self.t: Textes = get_textes(self.langue)
        self.m = _FR if self.is_french else _EN
        self.duplicata = duplicata and not self.document.is_draft
        self.public = self.document.client.qualite_deduite

    # --- facts ---

    @cached_property
    def sans_tva(self) -> bool:
        """True when the document shows no VAT at all: franchise, or nothing but margin schemes."""
        return all(row.groupe.situation in _SANS_TVA for row in self.totaux.tva)

    @cached_property
    def has_tva(self) -> bool:
        """True when at least one rate is charged, be it on gifts only: then totals say TTC."""
        return any(not row.groupe.situation for row in self.totaux.tva)

    @cached_property
    def ttc_first(self) -> bool:
        """True when the reader wants the price with VAT before its working: a consumer, or prices set TTC."""
        return not self.sans_tva and (self.totaux.en_ttc or self.public == "particulier")

    # --- figures and texts ---

    def amount(self, value: Decimal) -> str:
        """Return « 1 234,50 »."""
        return typo.format_amount(value, self.totaux.decimales, self.langue)

    def money(self, value: Decimal) -> str:
        """Return « 1 234,50 € »."""
        return typo.format_money(value, self.totaux.devise, self.langue)

    def rate(self, value: Decimal) -> str:
        """Return « 20 % »."""
        return typo.format_rate(value, self.langue)

    def text(self, value: str | None) -> str:
        """Return a user's text with the signs of its language's print."""
        if not value:
            return ""
        return typo.frenchify(value) if self.is_french else value

    def missing(self, what: str) -> str:
        """Return « [à compléter : nom du client] »: a draft shows its holes."""
        return self.m.a_completer.format(what)

    def sentence(self, value: str) -> str:
        """Return a text that ends like a sentence, be its stop inside quotes or brackets."""
        return value if value.rstrip("»”) \u00a0\u202f")[-1:] in (".", "!", "?", "…") else f"{value}."

    def brut(self, item: LigneCalculee) -> Decimal:
        """Return the real value of a line, in the unit of the prices."""
        return item.brut if item.brut_ttc is None else item.brut_ttc

    def net(self, item: LigneCalculee) -> Decimal:
        """Return what a line costs, in the unit of the prices."""
        return item.net if item.net_ttc is None else item.net_ttc

    # --- the whole ---

    def compose(self, couleurs: Couleurs, logo: Logo | None) -> Page:
        document = self.document
        nom = self.text(document.emetteur.nom) or self.missing(self.m.nom_emetteur)
        client = self.text(document.client.nom) or self.missing(self.m.nom_client)
        titre = self.compose_titre()
        numero = self.t.numero_a_attribuer if document.numero is None else self.t.numero.format(document.numero)
        named = titre if document.numero is None else f"{titre} {document.numero}"
        objet = self.text(document.objet)
        sommes, deductions, apres = self.compose_sommes()
        filigrane = ""
        if document.is_draft:
            filigrane = self.t.filigrane
        elif self.duplicata:
            filigrane = self.t.filigrane_duplicata
        return Page(
            genre="avoir" if isinstance(document, Avoir) else "facture" if isinstance(document, Facture) else "devis",
            langue=self.langue,
            titre=titre,
            numero=numero,
            courant=self.compose_courant(titre, nom, client),
            titre_pdf=f"{named}, {objet}" if objet else named,
            auteur=self.text(document.emetteur.nom),
            sujet=objet,
            date_iso=self.dossier.date.isoformat(),
            metas=self.compose_metas(),
            emetteur=self.compose_emetteur(with_enseigne=logo is None),
            destinataire=self.compose_destinataire(),
            livraison=self.compose_livraison(),
            objet=objet,
            introduction=self.compose_introduction(),
            colonnes=self.compose_colonnes(),
            sections=self.compose_sections(),
            options=self.compose_options(),
            sommes=sommes,
            ventilation=self.compose_ventilation(),
            remise_globale=self.compose_remise_globale(),
            deductions=deductions,
            apres=apres,
            conditions_de_reussite=(
                tuple(self.text(value) for value in document.conditions_de_reussite)
                if isinstance(document, Devis)
                else ()
            ),
            promesses=self.compose_promesses(),
            echeancier=self.compose_echeancier(),
            en_lettres=self.compose_lettres(),
            mentions=self.compose_mentions(),
            notes=tuple(self.text(value) for value in document.notes),
            articles=self.compose_articles(),
            paiement=self.paiement,
            signature=self.compose_signature(),
            pied=self.compose_pied(),
            filigrane=filigrane,
            logo=logo,
            couleurs=couleurs,
        )

    # --- head ---

    def compose_titre(self) -> str:
        """« Facture d’acompte », « Brouillon de devis », or what the user wants it called."""
        t, document = self.t, self.document
        if document.titre:
            titre = self.text(document.titre)
        elif isinstance(document, Devis):
            titre = t.titre_devis
        elif isinstance(document, Avoir):
            titre = t.titre_avoir
        else:
            titre = {
                "acompte": t.titre_acompte,
                "solde": t.titre_solde,
                "situation": t.titre_situation,
                "rectificative": t.titre_rectificative,
            }.get(document.nature_document, t.titre_facture)
        if document.is_draft:
            lowered = titre[:1].lower() + titre[1:]
            pattern = t.brouillon_de
            if self.is_french:
                return pattern.replace("de {}", "{}").format(_de(lowered))
            return pattern.format(lowered)
        return self.m.duplicata.format(titre) if self.duplicata else titre

    def compose_courant(self, titre: str, nom: str, client: str) -> str:
        """The running head of the next pages, on one line: long names cost the month its letters, then more."""
        named = titre if self.document.numero is None else f"{titre} {self.document.numero}"
        long = typo.format_date(self.dossier.date, self.langue)
        short = typo.format_short_date(self.dossier.date, self.langue)
        parties = self.t.courant_parties.format(nom, client)
        dated = [self.t.courant.format(named, jour) for jour in (long, short)]
        wanted = (f"{dated[0]}, {parties}", f"{dated[1]}, {parties}", f"{named}, {parties}", f"{dated[1]}, {nom}")
        return fit_line(wanted, "courant")

    def compose_metas(self) -> tuple[Meta, ...]:
        t, document, client = self.t, self.document, self.document.client
        rows = [Meta(t.meta_date, typo.format_date(self.dossier.date, self.langue))]

        def add(label: str, value: str | None, *, strong: bool = False) -> None:
            if value:
                rows.append(Meta(label, value, strong))

        if isinstance(document, Devis):
            add(t.meta_validite, self._date(self.dossier.validite))
        if isinstance(document, Facture) and self.totaux.net_a_payer > 0:
            on_receipt = self.dossier.echeance == self.dossier.date
            # « À payer avant le » the day of the invoice itself would read as already late.
            add(self.m.payer_le if on_receipt else t.meta_echeance, self._date(self.dossier.echeance), strong=True)
        if isinstance(document, Facture):
            goods = nature_of_operation(document) == "bien"
            add(t.meta_livraison if goods else t.meta_prestation, self._date(document.date_prestation))
        if document.periode is not None:
            add(t.meta_periode, self._short_periode(document.periode))
        if isinstance(document, Facture):
            add(t.meta_devis, document.devis)
        origin = (
            document.facture
            if isinstance(document, Avoir)
            else document.facture_rectifiee
            if isinstance(document, Facture)
            else None
        )
        if origin is not None:
            numero = origin.numero or self.missing(self.m.numero)
            # The column is narrow: in full, the date would take a second row.
            jour = "" if origin.date is None else typo.format_short_date(origin.date, self.langue)
            add(t.meta_facture, self.m.document.format(numero, jour) if jour else numero)
        add(t.meta_reference if isinstance(document, Devis) else t.meta_commande, document.reference_client)
        add(t.meta_engagement, document.engagement or client.engagement)
        add(t.meta_service, client.code_service)
        if self.public == "public" and client.siret:
            add(t.meta_siret, _group_siret(client.siret))
        elif client.siren or client.siret:
            add(t.meta_siren, _group_siren(client.siren or (client.siret or "")[:9]))
        add(t.meta_tva, _group_tva(client.tva_intra))
        if self.totaux.devise != "EUR":
            add(self.m.devise, self.totaux.devise)
        if isinstance(document, Avoir) and self._is_short(document.motif):
            add(t.meta_motif, self.text(document.motif))
        return tuple(rows)

    def compose_introduction(self) -> tuple[str, ...]:
        """Paragraphs above the table; the reason of an avoir stands there when it is more than a few words."""
        document = self.document
        reason: list[str] = []
        if isinstance(document, Avoir) and document.motif and not self._is_short(document.motif):
            reason = [f"{self.t.meta_motif}{self.t.deux_points} {self.sentence(self.text(document.motif))}"]
        return (*(self.text(value) for value in document.introduction), *reason)

    def _is_short(self, motif: str | None) -> bool:
        """Say whether a reason stands on one row beside the title."""
        return fits_line(self.text(motif), "meta")

    def _date(self, value: dt.date | None) -> str:
        return "" if value is None else typo.format_date(value, self.langue)

    def _periode(self, periode: Periode) -> str:
        if periode.du is not None and periode.au is not None:
            return typo.format_period(periode.du, periode.au, self.langue)
        if periode.du is not None:
            return self.m.depuis.format(self._date(periode.du))
        return self.m.jusqu_au.format(self._date(periode.au)) if periode.au is not None else ""

    def _short_periode(self, periode: Periode) -> str:
        """Return a period for one row: over two years, it is said in figures."""
        text = self._periode(periode)
        if fits_line(text, "meta") or periode.du is None or periode.au is None:
            return text
        return self.m.du_au.format(*(typo.format_short_date(day, self.langue) for day in (periode.du, periode.au)))

    # --- parties ---

    def compose_emetteur(self, *, with_enseigne: bool) -> Emetteur:
        """The sender at the top right.

        Why: the foot of the page is a margin box, which a screen reader never meets; so form, capital and
        register stand here as well, in the body.
        """
        fiche = self.document.emetteur
        nom = self.text(fiche.nom) or self.missing(self.m.nom_emetteur)
        contact = [fiche.email, (fiche.telephone or "").replace(" ", NBSP)]
        site = re.sub(r"^https?://(www\.)?", "", fiche.site or "").rstrip("/")
        register = [self._capital(fiche), self.m.rcs_ville.format(self._unbroken(fiche.rcs)) if fiche.rcs else ""]
        numbers = [
            f"SIREN{NBSP}{_group_siren(_siren_of(fiche))}" if _siren_of(fiche) else "",
            self.m.tva.format(_group_tva(fiche.tva_intra)) if fiche.tva_intra else "",
        ]
        lines = (
            self._one_line(fiche.adresse),
            ", ".join(filter(None, contact)),
            site,
            ", ".join(filter(None, register)),
            ", ".join(filter(None, numbers)),
        )
        enseigne = self.text(fiche.nom) if with_enseigne else ""
        return Emetteur(self._identite(fiche) or nom, tuple(filter(None, lines)), enseigne)

    def compose_pied(self) -> tuple[str, ...]:
        """The legal identity at the foot of every page, by legal form, each number said once.

        Source: C. com. art. R123-237 (register, seat), R123-238 (form, capital), R526-27 (« EI »).
        """
        fiche = self.document.emetteur
        if not fiche.nom:
            return ()
        adresse = self._one_line(fiche.adresse)
        is_company = fiche.forme_juridique in _REGISTRE or fiche.forme_juridique == "association"
        siren = _siren_of(fiche)
        in_register = bool(fiche.rcs and siren)
        parts = [
            self._identite(fiche, with_capital=True),
            self.m.siege.format(adresse) if adresse and is_company else adresse,
            self.m.rcs.format(self._unbroken(fiche.rcs), _group_siren(siren)) if in_register else "",
            # A SIRET starts with the SIREN, which the register has just given too.
            f"SIREN{NBSP}{_group_siren(siren)}" if siren and not in_register and not fiche.siret else "",
            f"SIRET{NBSP}{_group_siret(fiche.siret)}" if fiche.siret else "",
            self.m.tva.format(_group_tva(fiche.tva_intra)) if fiche.tva_intra else "",
        ]
        return _pack([f"{part}." for part in parts if part])

    def _unbroken(self, ville: str | None) -> str:
        """Return the town of a register in one piece: its number must not be looked for on the next line."""
        return self.text(ville).replace(" ", NBSP)

    def _identite(self, fiche: FicheEmetteur, *, with_capital: bool = False) -> str:
        """« Studio Orvenne SASU », « Inès Carvalho EI »; with the capital, « Studio Orvenne, SASU au capital de… »."""
        nom, forme = self.text(fiche.nom), fiche.forme_juridique
        if not nom or forme is None:
            return nom
        if forme in _INDIVIDUELS:
            said = re.search(r"\bEI\b|entrepreneu(r|se) individuel", nom, re.IGNORECASE)
            return nom if said else f"{nom} EI"
        capital = self._capital(fiche)
        if with_capital and capital:
            bare = re.sub(rf"\s+{forme}$", "", nom)
            return f"{bare}, {capital}"
        said = re.search(rf"\b{re.escape(forme)}\b", nom, re.IGNORECASE)
        if said or (forme == "association" and not with_capital):
            return nom
        return f"{nom}, {forme}" if with_capital else f"{nom} {forme}"

    def _capital(self, fiche: FicheEmetteur) -> str:
        if fiche.capital is None or fiche.forme_juridique is None:
            return ""
        capital = typo.format_money(fiche.capital, "EUR", self.langue)
        if fiche.capital == fiche.capital.to_integral_value():
            capital = capital.replace(",00", "") if self.is_french else capital.removesuffix(".00")
        pattern = self.m.capital_variable if fiche.capital_variable else self.m.capital
        return pattern.format(fiche.forme_juridique, capital)

    def _one_line(self, adresse: Adresse) -> str:
        """The sender's own address; its country matters to a client of another one."""
        if adresse.is_empty:
            return ""
        abroad = not self.is_french or self.document.client.adresse.pays != adresse.pays
        pays = _country(adresse.pays, self.langue) if abroad else ""
        return ", ".join(filter(None, (*self._address_lines(adresse), self.text(_town(adresse)), pays)))

    def _foreign_country(self, adresse: Adresse, langue: str) -> str:
        """Return the country of an address that is not in the sender's, else nothing."""
        return "" if adresse.pays == self.document.emetteur.adresse.pays else _country(adresse.pays, langue)

    def compose_destinataire(self) -> tuple[str, ...]:
        """The address as on the envelope: town and country in capitals, eight lines at most.

        Source: La Poste, NF Z 10-011; the country is in French, for the post that sends the letter.
        """
        client, document = self.document.client, self.document
        nom = self.text(client.nom) or self.missing(self.m.nom_client)
        head = [nom, self.text(client.contact)] if client.contact else [nom]
        adresse = document.adresse_facturation or client.adresse
        if adresse.is_empty:
            # Without a client at all, one hole is enough to say it.
            return (*head, self.missing(self.m.adresse_client)) if client.nom else (*head,)
        lines = self._address_lines(adresse)
        town = [line.upper() for line in (_town(adresse), self._foreign_country(adresse, "fr")) if line]
        while len(head) + len(lines) + len(town) > MAX_ADRESSE and len(lines) > 1:
            lines[:2] = [", ".join(lines[:2])]
        return (*head, *lines, *town)

    def _address_lines(self, adresse: Adresse) -> list[str]:
        """Complements, street, special delivery lines, in the order of the post."""
        before = [self.text(line) for line in adresse.complement if not _APRES_LA_RUE.match(line)]
        after = [self.text(line) for line in adresse.complement if _APRES_LA_RUE.match(line)]
        return [line for line in (*before, self.text(adresse.rue), *after) if line]

    def compose_livraison(self) -> tuple[str, ...]:
        document, client = self.document, self.document.client
        adresse = document.adresse_livraison or client.adresse_livraison
        if adresse is None or adresse.is_empty or adresse == (document.adresse_facturation or client.adresse):
            return ()
        pays = self._foreign_country(adresse, self.langue)
        return tuple(filter(None, (*self._address_lines(adresse), self.text(_town(adresse)), pays)))

    # --- lines ---

    def compose_colonnes(self) -> Colonnes:
        t = self.t
        if self.sans_tva:
            return Colonnes(t.prix, t.total, tva=False)
        return Colonnes(t.prix_ttc, t.montant_ttc) if self.totaux.en_ttc else Colonnes(t.prix_ht, t.montant_ht)

    def compose_sections(self) -> tuple[Section, ...]:
        """The table: options left out, a sub-total under each titled section, a sum carried from line to line."""
        cumul = ZERO
        sections: list[Section] = []
        shown = [item for item in self.totaux.lignes if item.statut != "option"]
        # Two sections may bear the same title: their place in the file tells them apart, not their name.
        for _, members in groupby(shown, key=lambda item: item.chemin[:2] if item.section else ()):
            items = list(members)
            rows: list[Ligne] = []
            for item in items:
                cumul += self.net(item) if item.statut == "facture" else ZERO
                rows.append(self.compose_ligne(item, cumul))
            titre = self.text(items[0].section)
            total = sum((self.net(item) for item in items if item.statut == "facture"), ZERO)
            sections.append(Section(tuple(rows), titre, self.amount(total) if titre else ""))
        return tuple(sections)

    def compose_ligne(self, item: LigneCalculee, cumul: Decimal) -> Ligne:
        ligne = item.ligne
        return Ligne(
            designation=self.text(ligne.designation) or self.missing(self.m.designation),
            quantite=typo.format_number(ligne.quantite, self.langue),
            decimales=count_decimals(ligne.quantite),
            unite=self.unite(ligne),
            prix=self.prix(ligne),
            tva="" if self.sans_tva else self.rate(item.groupe.taux) if not item.groupe.situation else "–",
            montant=self.amount(self.brut(item)),
            cumul=self.amount(cumul),
            description=self.text(ligne.description),
            contenu=tuple(self.text(value) for value in ligne.contenu),
            reference=ligne.reference or "",
            periode=self._periode(ligne.periode) if ligne.periode is not None else "",
            reduction=self.compose_reduction(item),
        )

    def compose_reduction(self, item: LigneCalculee) -> Reduction | None:
        """The second row of a gift or of a reduced line; None when nothing is taken off."""
        ligne, net = item.ligne, self.amount(self.net(item))
        if item.statut == "offert":
            motif = self.text(ligne.offert) if isinstance(ligne.offert, str) else self.t.offert_sans_motif
            return Reduction("offert", self.t.offert, "", motif, net)
        if ligne.remise is None or self.net(item) == self.brut(item):
            return None
        part = ligne.remise
        size = self.rate(part.taux) if part.taux is not None else self.money(part.montant or ZERO)
        detail = self.t.remise_sur.format(self.amount(self.brut(item)))
        return Reduction("remise", self.t.remise.format(size), detail, self.text(part.motif), net)

    def unite(self, ligne: LigneSaisie) -> str:
        """Return the unit as typed, or in English when it is a usual one."""
        if not ligne.unite:
            return ""
        return self.text(ligne.unite) if self.is_french else _UNITES_EN.get(ligne.unite.lower(), ligne.unite)

    def _plural(self, ligne: LigneSaisie) -> str:
        """Return the unit as it is said after its quantity: « 3 jours », where the table says « jour »."""
        plural = f"{ligne.unite}s"
        many = ligne.quantite >= 2 if self.is_french else ligne.quantite != 1
        if not many or plural.lower() not in _UNITES_EN:
            return self.unite(ligne)
        return self.text(plural) if self.is_french else _UNITES_EN[plural.lower()]

    def prix(self, ligne: LigneSaisie) -> str:
        value = ligne.prix_unitaire if ligne.prix_unitaire is not None else ligne.prix_unitaire_ttc
        return typo.format_price(value if value is not None else ZERO, self.totaux.decimales, self.langue)

    def compose_options(self) -> tuple[Option, ...]:
        return tuple(self.compose_option(item) for item in self.totaux.lignes if item.statut == "option")

    def compose_option(self, item: LigneCalculee) -> Option:
        ligne, t = item.ligne, self.t
        pattern = "{}" if self.sans_tva else t.option_prix_ttc if self.totaux.en_ttc else t.option_prix_ht
        unite = self.unite(ligne)
        parts = []
        # « 1 à 300,00 » under « 300,00 HT » says nothing.
        if unite or ligne.quantite != 1:
            quantity = " ".join(filter(None, (typo.format_number(ligne.quantite, self.langue), self._plural(ligne))))
            parts.append(self.m.detail_option.format(quantity, self.prix(ligne)))
        if not self.sans_tva and not item.groupe.situation:
            parts.append(self.m.detail_tva.format(self.rate(item.groupe.taux)))
        sentences = [", ".join(parts)]
        sentences += [self.text(ligne.description), self.text(ligne.option) if isinstance(ligne.option, str) else ""]
        if isinstance(self.document, Devis):
            sentences.append(t.options_aide)
        detail = " ".join(self.sentence(_capitalise(value)) for value in sentences if value)
        return Option(
            designation=self.text(ligne.designation) or self.missing(self.m.designation),
            prix=pattern.format(self.money(self.net(item))),
            detail=detail,
            contenu=tuple(self.text(value) for value in ligne.contenu),
        )

    # --- sums ---

    def compose_sommes(self) -> tuple[tuple[Somme, ...], tuple[LigneDeduction, ...], tuple[Somme, ...]]:
        """Return the totals, the acomptes taken back, and the rows that come after them.

        Why: the working reads down to the total. Whoever wants the price with VAT (a consumer) reads the
        total first, then its working.
        """
        working = self._working()
        closing, deductions, apres = self._closing()
        if self.totaux.en_ttc and not self.sans_tva:
            # The TTC column adds up to the TTC total: what is inside it comes after.
            rows = [*working, *closing, *self._inside()]
        elif self.ttc_first:
            # Each part re-adds downwards by itself; the grey title says where the second one starts.
            rows = [*closing, Somme("titre", self.m.detail_total, ""), *working]
        else:
            rows = [*working, *closing]
        return tuple(rows), deductions, apres

    def _working(self) -> list[Somme]:
        """From the real value to the VAT, as a person works it out."""
        t, m, totaux = self.t, self.m, self.totaux
        in_ttc = totaux.en_ttc
        gifts = totaux.offert_ttc if in_ttc else totaux.offert_ht
        discounts = totaux.remises_ttc if in_ttc and totaux.remises_ttc is not None else totaux.remises_ht
        gross = totaux.brut_ttc if in_ttc and totaux.brut_ttc is not None else totaux.brut_ht
        on_lines = discounts - totaux.remise_document
        rows: list[Somme] = []
        if gifts or discounts or any(item.statut == "offert" for item in totaux.lignes):
            label = t.valeur_reelle
            if self.ttc_first:
                label = m.valeur_reelle_ttc if in_ttc else m.valeur_reelle_ht
            rows.append(Somme("reel", label, self.amount(gross)))
        if any(item.statut == "offert" for item in totaux.lignes):
            rows.append(Somme("offert", t.somme_offert, self.amount(-gifts)))
        if on_lines:
            label = m.remises_lignes if totaux.remise_document else t.somme_remises
            rows.append(Somme("remise", label, self.amount(-on_lines)))
        if totaux.remise_document:
            if len(rows) > 1:
                # Where the last column of the table ends, before the discount on the whole.
                rows.append(Somme("reel", m.total_lignes, self.amount(gross - gifts - on_lines)))
            motif = self.text(self.document.remise.motif) if self.document.remise is not None else ""
            label = f"{self._remise_document()}, {motif}" if motif else self._remise_document()
            rows.append(Somme("remise", label, self.amount(-totaux.remise_document)))
        if self.sans_tva or in_ttc:
            return rows
        rows.append(Somme("ht", t.total_ht, self.amount(totaux.total_ht)))
        rows.extend(Somme("tva", self._label_tva(row), self.amount(row.montant)) for row in totaux.tva)
        return rows

    def _label_tva(self, row: TotalTva) -> str:
        base = self.amount(row.base)
        if not row.groupe.situation:
            return self.t.tva_sur.format(self.rate(row.groupe.taux), base)
        return (self.m.marge if row.groupe.situation.startswith("marge") else self.m.sans_tva).format(base)

    def _remise_document(self) -> str:
        """« Remise 5 % », or « Remise 25,00 € »."""
        part = self.document.remise
        if part is None:
            return ""
        size = self.rate(part.taux) if part.taux is not None else self.money(self.totaux.remise_document)
        return self.t.remise.format(size)

    def _inside(self) -> list[Somme]:
        """What a total TTC holds: VAT per rate, then the total before VAT."""
        rows = []
        for row in self.totaux.tva:
            if row.groupe.situation:
                label = self._label_tva(row)
            else:
                label = self.m.dont_tva.format(self.rate(row.groupe.taux), self.amount(row.base))
            rows.append(Somme("suite", label, self.amount(row.montant)))
        return [*rows, Somme("suite", self.t.total_ht, self.amount(self.totaux.total_ht))]

    def _closing(self) -> tuple[list[Somme], tuple[LigneDeduction, ...], tuple[Somme, ...]]:
        """The total, what has been paid of it, and what is left."""
        t, m, totaux, document = self.t, self.m, self.totaux, self.document
        total = t.total_ttc if self.has_tva else m.total_sans_tva
        due = m.net_ttc if self.has_tva else t.net_a_payer
        if isinstance(document, Avoir):
            return [Somme("total", t.net_a_rembourser, self.money(totaux.total_ttc)), *self._in_euros()], (), ()
        if isinstance(document, Devis):
            label = t.total_ttc if self.has_tva else t.net_a_payer
            rows = [Somme("total", label, self.money(totaux.total_ttc)), *self._in_euros(), *self._deposit()]
            return rows, (), ()
        if not totaux.acomptes and not totaux.regle_ttc:
            return [Somme("total", due, self.money(totaux.net_a_payer)), *self._in_euros()], (), ()
        rows = [Somme("moyen", total, self.amount(totaux.total_ttc)), *self._in_euros()]
        last: list[Somme] = []
        if totaux.regle_ttc:
            last.append(Somme("remise", t.deja_regle, self.amount(-totaux.regle_ttc)))
        last.append(Somme("total", due, self.money(totaux.net_a_payer)))
        if not totaux.acomptes:
            return [*rows, *last], (), ()
        if self.sans_tva:
            # Three columns of which one is always 0,00 would only raise a question.
            taken = [
                Somme("remise", self._label_acompte(index), self.amount(-acompte.ttc))
                for index, acompte in enumerate(totaux.acomptes)
            ]
            return [*rows, *taken, *last], (), ()
        return rows, self._deductions(), tuple(last)

    def _deposit(self) -> list[Somme]:
        """The deposit that a devis asks for, and the balance with how it will be paid."""
        document, totaux = self.document, self.totaux
        if not isinstance(document, Devis) or document.acompte is None or totaux.acompte_ttc is None:
            return []
        taux = document.acompte.taux
        label = self.t.acompte_demande.format(self.rate(taux)) if taux is not None else self.m.acompte
        how = self._terms()
        return [
            Somme("suite", label, self.amount(totaux.acompte_ttc)),
            Somme(
                "suite",
                f"{self.t.solde_a_payer} {how}" if how else self.t.solde_a_payer,
                self.amount(totaux.total_ttc - totaux.acompte_ttc),
            ),
        ]

    def _deductions(self) -> tuple[LigneDeduction, ...]:
        """The whole job, each acompte taken off, what is left to bill: three columns that each add up."""
        totaux, t = self.totaux, self.t

        def row(kind: DeductionKind, label: str, ht: Decimal, tva: Decimal, ttc: Decimal) -> LigneDeduction:
            return LigneDeduction(kind, label, self.amount(ht), self.amount(tva), self.amount(ttc))

        rows = [row("total", t.deduction_ensemble, totaux.total_ht, totaux.total_tva, totaux.total_ttc)]
        ht, tva = totaux.total_ht, totaux.total_tva
        for index, acompte in enumerate(totaux.acomptes):
            rows.append(row("acompte", self._label_acompte(index), -acompte.ht, -acompte.total_tva, -acompte.ttc))
            ht, tva = ht - acompte.ht, tva - acompte.total_tva
        rows.append(row("reste", t.reste_a_facturer, ht, tva, totaux.total_ttc - totaux.acomptes_ttc))
        return tuple(rows)

    def _label_acompte(self, index: int) -> str:
        acompte = self.totaux.acomptes[index].acompte
        return self.t.deduction_acompte.format(
            acompte.numero or self.missing(self.m.numero), self._date(acompte.date) or self.missing(self.m.date)
        )

    def _in_euros(self) -> list[Somme]:
        """VAT in euros on a document in another currency. Source: CGI art. 289; EN 16931 BT-111."""
        cours, tva = self.document.cours_eur, self.dossier.tva_eur
        if tva is None or cours is None or cours.taux is None or not self.has_tva:
            return []
        about = ", ".join(filter(None, (self.text(cours.source), self._date(cours.date))))
        label = self.m.tva_en_devise.format(
            typo.format_number(cours.taux, self.langue), self.totaux.devise, f", {about}" if about else ""
        )
        return [Somme("suite", label, typo.format_money(tva, "EUR", self.langue))]

    def compose_ventilation(self) -> tuple[LigneVentilation, ...]:
        """How the discount on the whole was shared; with one rate the totals say it all."""
        totaux = self.totaux
        if not totaux.remise_document or self.sans_tva or len(totaux.tva) < 2:
            return ()
        return tuple(
            LigneVentilation(
                "–" if row.groupe.situation else self.rate(row.groupe.taux),
                self.amount(row.avant),
                self.amount(-row.part_remise),
                self.amount(row.base),
                self.amount(row.montant),
            )
            for row in totaux.tva
        )

    def compose_remise_globale(self) -> str:
        if not self.totaux.remise_document:
            return ""
        # The figure of the discount stands in the totals; here it would widen the column and, in a document priced
        # TTC, contradict the shares, which are HT.
        return self.m.remise_ht if self.totaux.en_ttc else self.m.remise

    # --- foot of the document ---

    def compose_promesses(self) -> tuple[Promesse, ...]:
        return tuple(
            Promesse(
                self._date(promesse.pour) or self.missing(self.m.date),
                self.text(promesse.quoi) or self.missing(self.m.promesse),
            )
            for promesse in self.document.promesses
        )

    def compose_echeancier(self) -> tuple[Echeance, ...]:
        rows = []
        amounts = compute_echeancier(self.document, self.totaux)
        for tranche, montant in zip(self.document.paiement.echeancier, amounts, strict=True):
            quand, jour = self.text(tranche.quand), self._date(tranche.date)
            if tranche.part is not None and tranche.part.taux is not None:
                quoi = " ".join(filter(None, (self.rate(tranche.part.taux), quand)))
            else:
                quoi, jour = (_capitalise(quand), jour) if quand else (jour, "")
            rows.append(Echeance(quoi, jour, self.amount(montant)))
        return tuple(rows)

    def compose_lettres(self) -> str:
        """The amount in words, on what is billed or given back; a devis binds nobody to a sum yet.

        Why: acomptes come off, they were billed before; payments do not, the invoice is still for its sum.
        """
        if isinstance(self.document, Devis):
            return ""
        value = self.totaux.total_ttc - self.totaux.acomptes_ttc
        words = typo.amount_in_words(value, self.totaux.devise, self.langue)
        pattern = self.m.avoir_arrete if isinstance(self.document, Avoir) else self.m.facture_arretee
        if self.is_french:
            # « d’un euro », « d’un million »; but « de onze », « de huit ».
            words = f"d’{words}" if re.match(r"une?\b", words) else f"de {words}"
        else:
            words = _capitalise(words)
        return pattern.format(f"{words}{self.m.ttc}" if self.has_tva else words)

    def compose_mentions(self) -> tuple[str, ...]:
        document = self.document
        found: list[str] = []
        if isinstance(document, Facture) and document.facture_rectifiee is not None:
            origin = document.facture_rectifiee
            numero = origin.numero or self.missing(self.m.numero)
            jour = self._date(origin.date)
            found.append(self.m.remplace.format(self.m.document.format(numero, jour) if jour else numero))
        if isinstance(document, Devis) and document.acompte is None and self._terms():
            found.append(self.m.paiement.format(self._terms()))
        if self.paiement is None and self._has_to_be_paid() and document.paiement.moyens:
            means = [self._moyen(moyen) for moyen in document.paiement.moyens]
            found.append(self.m.moyens_acceptes.format(", ".join(means)))
        joins = False
        for mention in self.dossier.mentions:
            text = self.sentence(self.text(mention.texte))
            if mention.loi:
                # On paper an address is read, not clicked; what the user wrote himself stays as it is.
                text = _URL.sub(r"\1", text)
            runs_on = mention.id.startswith(_EN_SUITE)
            if runs_on and joins:
                found[-1] += f" {text}"
            else:
                found.append(text)
            joins = runs_on
        return tuple(found)

    def _terms(self) -> str:
        """« par virement, à 30 jours »: how and when the invoice of this devis will be paid."""
        paiement = self.document.paiement
        par = _PAR["fr" if self.is_french else "en"]
        how = [par[moyen] for moyen in paiement.moyens]
        when = self._delai(paiement.echeance) if paiement.echeance is not None else ""
        return ", ".join(filter(None, (self._either(how), when)))

    def _either(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.m.ou} {items[-1]}"

    def _moyen(self, moyen: str) -> str:
        """« par chèque à l’ordre de Paul Sauvageon »."""
        text = _PAR["fr" if self.is_french else "en"][moyen]
        nom = self.document.emetteur.titulaire or self.document.emetteur.nom
        if moyen == "cheque" and nom:
            return f"{text} à l’ordre {_de(self.text(nom))}" if self.is_french else f"{text} payable to {nom}"
        return text

    def _delai(self, delai: Delai) -> str:
        if delai.date is not None:
            return f"le {self._date(delai.date)}" if self.is_french else f"on {self._date(delai.date)}"
        if delai.a_reception:
            return "à réception de la facture" if self.is_french else "on receipt of the invoice"
        if self.is_french:
            days = f"{delai.jours}{NBSP}jour{'s' if delai.jours > 1 else ''}"
            span = days if delai.jours else f"{delai.mois}{NBSP}mois" if delai.mois else ""
            words = {
                "": f"à {span}",
                "apres": f"à {span} fin de mois",
                "avant": f"à {span} après la fin du mois" if span else "à la fin du mois",
            }[delai.fin_de_mois]
            return f"{words}, le {delai.le}" if delai.le else words
        unit = "month" if delai.mois else "day"
        count = delai.jours or delai.mois
        span = f"{count} {unit}{'s' if count > 1 else ''}" if count else ""
        words = {
            "": f"within {span}",
            "apres": f"{span}, end of month",
            "avant": f"{span} after the end of the month" if span else "at the end of the month",
        }[delai.fin_de_mois]
        return f"{words}, on day {delai.le}" if delai.le else words

    def compose_articles(self) -> tuple[Article, ...]:
        """What a devis for works at home must say, just above the signature that agrees to it.

        Source: order of 24 January 2017 (place, travel, free or not); C. env. art. L541-21-2-3 (waste).
        """
        document = self.document
        travaux = document.travaux if isinstance(document, Devis | Facture) else None
        if travaux is None:
            return ()
        found: list[tuple[str, list[str]]] = []
        site = [self.m.travaux_lieu.format(self._bare(travaux.lieu))] if travaux.lieu else []
        if travaux.deplacement:
            site.append(self.m.travaux_deplacement.format(self._bare(travaux.deplacement, lower=True)))
        if isinstance(document, Devis):
            site.append(self._prix_du_devis(travaux))
        found.append((self.m.travaux_chantier, site))
        if travaux.dechets:
            found.append((self.m.travaux_dechets, [self.sentence(self.text(travaux.dechets))]))
        reduced = sorted(
            {row.groupe.taux for row in self.totaux.tva if not row.groupe.situation and 0 < row.groupe.taux < 20}
        )
        if travaux.logement_plus_de_deux_ans and reduced:
            rates = typo.join_list([self.rate(taux) for taux in reduced], self.langue)
            if self.is_french:
                which = f"au taux de {rates}" if len(reduced) == 1 else f"aux taux de {rates}"
            else:
                which = f"charged at {rates}"
            found.append((self.m.travaux_tva, [self.m.travaux_certifie.format(which)]))
        kept = [(title, texts) for title, texts in found if texts]
        return tuple(Article(str(number), title, tuple(texts)) for number, (title, texts) in enumerate(kept, start=1))

    def _bare(self, value: str, *, lower: bool = False) -> str:
        """Return a text ready to stand inside a sentence: no full stop of its own."""
        text = self.text(value).rstrip(". ")
        return text[:1].lower() + text[1:] if lower and text[1:2].islower() else text

    def _prix_du_devis(self, travaux: Travaux) -> str:
        if isinstance(travaux.devis_gratuit, str):
            return self.m.travaux_cout.format(self._bare(travaux.devis_gratuit))
        return self.m.travaux_gratuit if travaux.devis_gratuit else self.m.travaux_payant

    # --- payment and signature ---

    def _has_to_be_paid(self) -> bool:
        return isinstance(self.document, Facture) and self.totaux.net_a_payer > 0

    @cached_property
    def paiement(self) -> Paiement | None:
        """How to pay a facture by transfer; a QR code only on a numbered one, in euros.

        Source: EPC069-12, amounts in euros; a code on a draft could be paid before the invoice exists.
        """
        document, emetteur = self.document, self.document.emetteur
        moyens = document.paiement.moyens
        if not self._has_to_be_paid() or (moyens and "virement" not in moyens):
            return None
        # A draft shows its hole only when it was asked for a transfer.
        if not emetteur.iban and not (document.is_draft and moyens):
            return None
        titulaire = emetteur.titulaire or emetteur.nom or ""
        epc = ""
        if document.numero is not None and emetteur.iban and self.totaux.devise == "EUR" and titulaire:
            epc = build_epc(
                titulaire=titulaire,
                iban=emetteur.iban,
                bic=emetteur.bic or "",
                montant=self.totaux.net_a_payer,
                reference=document.numero,
            )
        return Paiement(
            titulaire=self.text(titulaire) or self.missing(self.m.nom_emetteur),
            iban=_group_iban(emetteur.iban) if emetteur.iban else self.missing(self.m.iban),
            bic=emetteur.bic or "",
            montant=self.money(self.totaux.net_a_payer),
            reference=document.numero or "",
            epc=epc,
            autres=tuple(self.sentence(_capitalise(self._moyen(moyen))) for moyen in moyens if moyen != "virement"),
        )

    def compose_signature(self) -> Signature | None:
        """Two boxes on a devis; the right one says by itself what is agreed, should it be photographed alone."""
        document, t = self.document, self.t
        if not isinstance(document, Devis):
            return None
        nom = self.text(document.emetteur.nom) or self.missing(self.m.nom_emetteur)
        jour = typo.format_date(self.dossier.date, self.langue)
        on = f"le {jour}" if self.is_french else jour
        numero = document.numero or self.t.numero_a_attribuer
        total = self.money(self.totaux.total_ttc)
        agreed = self.m.suffixe_ttc.format(total) if self.has_tva else total
        contact = self.text(document.emetteur.contact)
        return Signature(
            pour=t.pour.format(nom),
            pour_detail=f"{contact}, {on}" if contact else _capitalise(on),
            accord=t.accord.format(f"{self.m.devis.format(numero)}, {agreed}"),
            accord_detail=t.accord_detail,
        )


# --------------------------------------------------------------------------------------------------
# Numbers of identity, addresses


def _group(text: str, *sizes: int) -> str:
    """Cut a number into groups joined by no-break spaces; what is left over is one more group."""
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return NBSP.join(part for part in (*parts, text) if part)


def _group_siren(siren: str) -> str:
    return _group(siren, 3, 3, 3)


def _group_siret(siret: str) -> str:
    return _group(siret, 3, 3, 3, 5)


def _group_tva(tva: str | None) -> str:
    """Return « FR91 004217360 »; other countries keep their own grouping, which we do not know."""
    if not tva:
        return ""
    return _group(tva, 4) if tva.startswith("FR") else tva


def _group_iban(iban: str) -> str:
    return NBSP.join(iban[i : i + 4] for i in range(0, len(iban), 4))


def _siren_of(fiche: FicheEmetteur) -> str:
    return fiche.siren or (fiche.siret or "")[:9]


def _pack(sentences: Sequence[str]) -> tuple[str, ...]:
    """Return sentences each on one line of the foot, or run on when that would take more lines."""
    lines: list[str] = []
    for sentence in sentences:
        if lines and fits_line(f"{lines[-1]} {sentence}", "pied"):
            lines[-1] += f" {sentence}"
        else:
            lines.append(sentence)
    text = " ".join(sentences)
    whole = all(fits_line(line, "pied") for line in lines)
    return tuple(lines) if whole and len(lines) <= count_lines(text, PIED_LARGEUR, 6.75) else (text,)


def _capitalise(text: str) -> str:
    """Return a text with a capital: `str.capitalize` would lower the rest."""
    return text[:1].upper() + text[1:]


def _de(noun: str) -> str:
    """Put « de » before a noun: « d’avoir », « de facture ». An h is left alone: half of them want no elision."""
    return f"d’{noun}" if typo.strip_accents(noun[:1]).lower() in set("aeiou") else f"de {noun}"


def _town(adresse: Adresse) -> str:
    parts = (adresse.code_postal, adresse.ville)
    if adresse.pays in _VILLE_PUIS_CODE:
        parts = parts[::-1]
    return " ".join(part for part in parts if part)


def _country(pays: str, langue: str) -> str:
    """Return the name of a country.

    Why: babel is loaded here and nowhere else, for the few documents that cross a border.
    """
    if pays == "FR":
        return "France"
    from babel import Locale

    return str(Locale.parse("en" if langue == "en" else "fr").territories.get(pays, pays))


# --------------------------------------------------------------------------------------------------
# From the page to the proof


def prepare(dossier: Dossier, *, duplicata: bool = False) -> Page:
    """Return the page of a dossier, with the colours of its project and the logo of its sender.

    Raises: RefusError for findings of the dossier, a colour too pale (R609) or a logo that cannot be used
        (R603 missing, R605 unreadable, F231 outside the project), all at once.
    """
    dossier.require()
    findings: list[Diagnostic] = []
    couleurs = _load_couleurs(dossier, findings)
    logo = None
    try:
        logo = load_logo(dossier)
    except RefusError as error:
        findings += error.diagnostics
    if findings:
        raise RefusError(findings)
    return compose_page(dossier, couleurs=couleurs, logo=logo, duplicata=duplicata)


def compose_epreuve(dossier: Dossier, *, duplicata: bool = False, page: Page | None = None) -> Epreuve:
    """Return what has to be printed for a dossier, with the theme of its project.

    Args:
        page: what `prepare` returned for this dossier, when it is already known.

    Raises: RefusError as `prepare` does, and for the theme (R610) or columns that do not fit (R607).
    """
    used = page or prepare(dossier, duplicata=duplicata)
    projet = dossier.lecture.projet
    racines = (projet.racine / "themes", projet.racine) if projet.exists else ()
    try:
        return compose(used, load_theme(projet.theme, racines))
    except RenduError as error:
        raise RefusError(to_diagnostics(error.problemes, dossier)) from error
    except ThemeError as error:
        configured = Position(display_path(projet.fichier)) if projet.fichier else Position(dossier.lecture.fichier)
        place = projet.positions.get("theme", configured)
        if error.file:
            place = Position(display_path(Path(error.file)), error.line or 1)
        raise RefusError([finding("R610", error.message, place)]) from error


def _load_couleurs(dossier: Dossier, findings: list[Diagnostic]) -> Couleurs:
    projet = dossier.lecture.projet
    couleurs = Couleurs()
    for name in ("principale", "secondaire"):
        value = projet.couleurs.get(name)
        if value is None:
            continue
        try:
            couleurs = replace(couleurs, **{name: value})
        except ThemeError as error:
            fallback = Position(display_path(projet.fichier)) if projet.fichier else Position("facture.toml")
            place = projet.positions.get(f"couleurs.{name}", fallback)
            findings.append(finding("R609", error.message, place, f"couleurs.{name}"))
    return couleurs


_CHEMIN_LOGO: Chemin = ("emetteur", "logo")
_SUFFIXES = frozenset({".svg", ".png", ".jpg", ".jpeg", ".gif", ".webp"})


def load_logo(dossier: Dossier) -> Logo | None:
    """Return the sender's logo, or None when there is none.

    Why: the path comes from a YAML file that somebody else may have written, so it is opened only in a folder
    that the project may read, by real path, and only up to the size that `read_bytes` allows.

    Raises: RefusError with F231 (outside the project), R603 (missing) or R605 (unreadable).
    """
    document, _ = dossier.require()
    name = document.emetteur.logo
    if not name:
        return None
    lecture = dossier.lecture
    position, path = lecture.place(_CHEMIN_LOGO)
    beside = Path.cwd() if lecture.fichier == "-" else Path(os.path.abspath(lecture.fichier)).parent
    # Joining an absolute path gives that path: one candidate then, said once.
    candidates = list(dict.fromkeys((beside / name, lecture.projet.racine / name)))
    allowed = [candidate for candidate in candidates if lecture.projet.may_read(candidate)]
    if not allowed:
        message = f"« {display_path(candidates[0])} » : hors des dossiers que ce document peut lire"
        advice = "" if lecture.projet.exists else "créez un projet autour de vos fichiers : facture init"
        raise RefusError([finding("F231", message, position, path, advice)])
    found = next((candidate for candidate in allowed if os.path.isfile(candidate)), None)
    if found is None:
        tried = ", ".join(display_path(candidate) for candidate in allowed)
        raise RefusError([finding("R603", "logo introuvable", position, path, f"cherché : {tried}")])
    try:
        content = read_bytes(found, display_path(found))
    except RessourceError as error:
        raise RefusError([finding("R605", str(error), position, path)]) from error
    # The page asks for it by this name, which must be safe in a URL whatever the file is called.
    suffix = found.suffix.lower() if found.suffix.lower() in _SUFFIXES else ""
    return Logo(f"logo{suffix}", content, document.emetteur.nom or "logo")


# --------------------------------------------------------------------------------------------------
# What went wrong on the page, said at a line of the YAML


_QUOTED = re.compile(r"« (.+?) »", re.DOTALL)


def to_diagnostics(problems: Iterable[Probleme], dossier: Dossier) -> list[Diagnostic]:
    """Place the problems of a page in the text it came from.

    Why: « page 2, « Hexakosioi… » dépasse sa colonne » sends a person looking; the line of the YAML does not.

    Args:
        problems: of `check_page` or of a `RenduError`.

    Returns: one diagnostic a problem, at the text it quotes when the document holds it, else at the part of
        the document it speaks of, else at its start.
    """
    return [_to_diagnostic(problem, dossier) for problem in problems]


def _to_diagnostic(problem: Probleme, dossier: Dossier) -> Diagnostic:
    position, path = Position(dossier.lecture.fichier), ""
    chemin = _find_chemin(problem, dossier)
    if chemin:
        position, path = dossier.lecture.place(chemin)
    found = finding(problem.code, problem.message, position, path, problem.advice)
    return replace(found, severity=Severity(problem.severity))


def _find_chemin(problem: Probleme, dossier: Dossier) -> Chemin:
    root = dossier.lecture.racine
    for quoted in _QUOTED.findall(problem.message):
        # A long text is quoted by its beginning.
        wanted = _fold(str(quoted).removesuffix("…"))
        hits = [path for path, node in walk(root) if wanted and wanted in _fold(node.value)]
        if hits:
            # A short word may stand in many texts; the page prints the lines before anything else.
            return min(hits, key=lambda path: (path[0] != "lignes", hits.index(path)))
    if problem.code == "R605" and dossier.document is not None and dossier.document.emetteur.logo:
        return _CHEMIN_LOGO
    fallback: dict[str, Chemin] = {"R606": ("client", "adresse"), "R607": ("lignes",)}
    return fallback.get(problem.code, ())


def _fold(text: str) -> str:
    """Return a text without what print changed in it: spaces, apostrophes, capitals."""
    plain = text.replace(typo.APOSTROPHE, "'").replace(typo.ELLIPSIS, "...")
    return re.sub(r"\s+", " ", plain).strip().casefold()
