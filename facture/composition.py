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
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby
from pathlib import Path

from facture import typo
from facture.amounts import ZERO, count_decimals
from facture.codes import Severity
from facture.courriers import compose_page_courrier
from facture.documents import Avoir, Devis, Document, Facture, Periode, Travaux
from facture.documents import Ligne as LigneSaisie
from facture.documents import Promesse as PromesseSaisie
from facture.dossier import Dossier, nature_of_operation
from facture.echeances import Delai
from facture.epc import build_epc
from facture.errors import Chemin, Diagnostic, Position, RefusError, RessourceError
from facture.geometrie import fit_line, fits_line
from facture.lecture import Lecture
from facture.lettres import Relance
from facture.page import (
    Article,
    Colonnes,
    Couleurs,
    DeductionKind,
    Echeance,
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
    Recueil,
    Reduction,
    RenduError,
    Section,
    Signature,
    Somme,
    ThemeError,
)
from facture.plume import (
    UNITES_EN,
    Plume,
    de,
    find_town,
    group_iban,
    group_siren,
    group_siret,
    group_tva,
)
from facture.projet import display_path
from facture.prose import Bloc, Morceau
from facture.recueils import (
    compose_articles,
    compose_manques,
    compose_page_texte,
    compose_recueil,
    describe_acceptation,
)
from facture.relances import compose_page_relance
from facture.render import Epreuve, compose
from facture.source import find_node, finding, read_bytes, walk
from facture.themes import load_theme
from facture.totaux import LigneCalculee, Reprise, TotalTva, compute_echeancier, split_acomptes
from facture.typo import NBSP, capitalise

__all__ = ["compose_epreuve", "compose_page", "load_logo", "prepare", "to_diagnostics"]

_SANS_TVA = frozenset({"franchise", "marge-occasion", "marge-voyages"})
"""Situations that show no VAT at all: no column, no « HT », no row in the totals (CGI art. 293 E and 297 E)."""

_EN_SUITE = ("nature", "option", "echeance", "escompte", "penalites", "interets", "indemnite")
"""First words of the mentions that run on in one paragraph, as on paper: a line each would fill the foot."""

_URL = re.compile(r"\bhttps?://(?:www\.)?([^\s,;]+?)/?(?=[,;.]?(?:\s|$))")

# --------------------------------------------------------------------------------------------------
# Words

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


class _Composeur(Plume):
    """Chooses the words of one document; each method answers for one block of the page."""

    def __init__(self, dossier: Dossier, *, duplicata: bool) -> None:
        self.dossier = dossier
        self.document, self.totaux = dossier.require()
        document = self.document
        super().__init__(document.langue, document.emetteur, document.client.adresse.pays)
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
            destinataire=self.compose_destinataire(document.client, document.adresse_facturation),
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
            a_completer=compose_manques(self, self.dossier),
            articles=self.compose_articles(),
            acceptation=describe_acceptation(self, self.dossier),
            recueil=self.compose_annexe(),
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
                return pattern.replace("de {}", "{}").format(de(lowered))
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
            add(t.meta_validite, self.day(self.dossier.validite))
        if isinstance(document, Facture) and self.totaux.net_a_payer > 0:
            on_receipt = self.dossier.echeance == self.dossier.date
            # « À payer avant le » the day of the invoice itself would read as already late.
            add(self.m.payer_le if on_receipt else t.meta_echeance, self.day(self.dossier.echeance), strong=True)
        if isinstance(document, Facture):
            goods = nature_of_operation(document) == "bien"
            add(t.meta_livraison if goods else t.meta_prestation, self.day(document.date_prestation))
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
        if client.siret:
            # It begins with the SIREN, which the law wants, and says which establishment as the e-invoice does.
            add(t.meta_siret, group_siret(client.siret))
        elif client.siren:
            add(t.meta_siren, group_siren(client.siren))
        add(t.meta_tva, group_tva(client.tva_intra))
        if not isinstance(document, Devis) and (client.adresse_electronique or not client.is_in_directory):
            # The page says all that the e-invoice says: where it is sent is not always the SIREN just above.
            add(self.m.adresse_electronique, client.adresse_de_plateforme if self.public != "particulier" else None)
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

    def _periode(self, periode: Periode) -> str:
        if periode.du is not None and periode.au is not None:
            return typo.format_period(periode.du, periode.au, self.langue)
        if periode.du is not None:
            return self.m.depuis.format(self.day(periode.du))
        return self.m.jusqu_au.format(self.day(periode.au)) if periode.au is not None else ""

    def _short_periode(self, periode: Periode) -> str:
        """Return a period for one row: over two years, it is said in figures."""
        text = self._periode(periode)
        if fits_line(text, "meta") or periode.du is None or periode.au is None:
            return text
        return self.m.du_au.format(*(typo.format_short_date(day, self.langue) for day in (periode.du, periode.au)))

    # --- parties ---

    def compose_livraison(self) -> tuple[str, ...]:
        document, client = self.document, self.document.client
        adresse = document.adresse_livraison or client.adresse_livraison
        if adresse is None or adresse.is_empty or adresse == (document.adresse_facturation or client.adresse):
            return ()
        pays = self.foreign_country(adresse, self.langue)
        return tuple(filter(None, (*self.address_lines(adresse), self.text(find_town(adresse)), pays)))

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
            unite=self.unite(ligne.unite),
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

    def _plural(self, ligne: LigneSaisie) -> str:
        """Return the unit as it is said after its quantity: « 3 jours », where the table says « jour »."""
        plural = f"{ligne.unite}s"
        many = ligne.quantite >= 2 if self.is_french else ligne.quantite != 1
        if not many or plural.lower() not in UNITES_EN:
            return self.unite(ligne.unite)
        return self.text(plural) if self.is_french else UNITES_EN[plural.lower()]

    def prix(self, ligne: LigneSaisie) -> str:
        value = ligne.prix_unitaire if ligne.prix_unitaire is not None else ligne.prix_unitaire_ttc
        return typo.format_price(value if value is not None else ZERO, self.totaux.decimales, self.langue)

    def compose_options(self) -> tuple[Option, ...]:
        return tuple(self.compose_option(item) for item in self.totaux.lignes if item.statut == "option")

    def compose_option(self, item: LigneCalculee) -> Option:
        ligne, t = item.ligne, self.t
        pattern = "{}" if self.sans_tva else t.option_prix_ttc if self.totaux.en_ttc else t.option_prix_ht
        unite = self.unite(ligne.unite)
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
        detail = " ".join(self.sentence(capitalise(value)) for value in sentences if value)
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
        rows = [Somme("moyen", total, self.amount(totaux.total_ttc))]
        # What is converted is the VAT of this invoice: that of the acomptes was, when they were billed.
        last: list[Somme] = self._in_euros()
        if totaux.regle_ttc:
            last.append(Somme("remise", self._label_regle(document), self.amount(-totaux.regle_ttc)))
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

    def _label_regle(self, document: Document) -> str:
        """« Déjà réglé le 16/11/2026 »: the day of the last payment, which a paid invoice gives (BT-9)."""
        days = (
            [paid.date for paid in document.reglements if paid.date is not None]
            if isinstance(document, Facture)
            else []
        )
        counted = [day for day in days if day <= self.dossier.date]
        if not counted:
            return self.t.deja_regle
        pattern = self.m.regle_le if len(set(counted)) == 1 else self.m.regle_au
        return pattern.format(typo.format_short_date(max(counted), self.langue))

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

        def row(
            kind: DeductionKind, label: str, ht: Decimal, tva: Decimal, ttc: Decimal, detail: str = ""
        ) -> LigneDeduction:
            return LigneDeduction(kind, label, self.amount(ht), self.amount(tva), self.amount(ttc), detail)

        rows = [row("total", t.deduction_ensemble, totaux.total_ht, totaux.total_tva, totaux.total_ttc)]
        ht, tva = totaux.total_ht, totaux.total_tva
        reprises = split_acomptes(totaux)
        for index, acompte in enumerate(totaux.acomptes):
            parts = [reprise for reprise in reprises if reprise.index == index]
            detail = self._detail_acompte(parts) if len(parts) > 1 else ""
            label = self._label_acompte(index)
            rows.append(row("acompte", label, -acompte.ht, -acompte.total_tva, -acompte.ttc, detail))
            ht, tva = ht - acompte.ht, tva - acompte.total_tva
        rows.append(row("reste", t.reste_a_facturer, ht, tva, totaux.total_ttc - totaux.acomptes_ttc))
        return tuple(rows)

    def _detail_acompte(self, parts: Sequence[Reprise]) -> str:
        """« dont −2 331,00 HT et −466,20 de TVA à 20 %, … »: what the e-invoice takes back, line by line (BG-25)."""
        shown = [
            self.m.detail_taux.format(self.amount(-part.ht), self.amount(-part.tva), self.rate(part.groupe.taux))
            if part.groupe.taux
            else self.m.detail_sans_tva.format(self.amount(-part.ht))
            for part in parts
        ]
        return self.m.detail_acompte.format(", ".join(shown))

    def _label_acompte(self, index: int) -> str:
        acompte = self.totaux.acomptes[index].acompte
        return self.t.deduction_acompte.format(
            acompte.numero or self.missing(self.m.numero), self.day(acompte.date) or self.missing(self.m.date)
        )

    def _in_euros(self) -> list[Somme]:
        """VAT in euros on a document in another currency. Source: CGI art. 289; EN 16931 BT-111."""
        cours, tva = self.document.cours_eur, self.dossier.tva_eur
        if tva is None or cours is None or cours.taux is None or not self.has_tva:
            return []
        about = ", ".join(filter(None, (self.text(cours.source), self.day(cours.date))))
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
        """What was promised: a numbered document keeps the date it was signed with, whatever was renegotiated since."""

        def first_date(promesse: PromesseSaisie) -> dt.date | None:
            was = promesse.historique[0].pour if promesse.historique else None
            return promesse.pour if was is None or self.document.is_draft else was

        return tuple(
            Promesse(
                self.day(first_date(promesse)) or self.missing(self.m.date),
                self.text(promesse.quoi) or self.missing(self.m.promesse),
            )
            for promesse in self.document.promesses
        )

    def compose_echeancier(self) -> tuple[Echeance, ...]:
        rows = []
        amounts = compute_echeancier(self.document, self.totaux)
        for tranche, montant in zip(self.document.paiement.echeancier, amounts, strict=True):
            quand, jour = self.text(tranche.quand), self.day(tranche.date)
            if tranche.part is not None and tranche.part.taux is not None:
                quoi = " ".join(filter(None, (self.rate(tranche.part.taux), quand)))
            else:
                quoi, jour = (capitalise(quand), jour) if quand else (jour, "")
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
        # « d’un euro », « d’un million »; but « de onze », « de huit ».
        of_words = f"d’{words}" if re.match(r"une?\b", words) else f"de {words}"
        words = of_words if self.is_french else capitalise(words)
        return pattern.format(f"{words}{self.m.ttc}" if self.has_tva else words)

    def compose_mentions(self) -> tuple[str, ...]:
        document = self.document
        found: list[str] = []
        if isinstance(document, Facture) and document.facture_rectifiee is not None:
            origin = document.facture_rectifiee
            numero = origin.numero or self.missing(self.m.numero)
            jour = self.day(origin.date)
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
        par = self.m.par
        how = [par[moyen] for moyen in paiement.moyens]
        when = self._delai(paiement.echeance) if paiement.echeance is not None else ""
        return ", ".join(filter(None, (self._either(how), when)))

    def _either(self, items: Sequence[str]) -> str:
        if len(items) < 2:
            return "".join(items)
        return f"{', '.join(items[:-1])} {self.m.ou} {items[-1]}"

    def _moyen(self, moyen: str) -> str:
        """« par chèque à l’ordre de Paul Sauvageon »."""
        text = self.m.par[moyen]
        nom = self.document.emetteur.titulaire or self.document.emetteur.nom
        if moyen == "cheque" and nom:
            return f"{text} à l’ordre {de(self.text(nom))}" if self.is_french else f"{text} payable to {nom}"
        return text

    def _delai(self, delai: Delai) -> str:
        if delai.date is not None:
            return f"le {self.day(delai.date)}" if self.is_french else f"on {self.day(delai.date)}"
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

    def compose_annexe(self) -> Recueil | None:
        """The general conditions, on pages of their own after the signature."""
        document = self.document
        if document.numero is None:
            joined = self.m.annexees_ici
        elif isinstance(document, Devis):
            joined = self.m.annexees_devis.format(document.numero)
        else:
            joined = self.m.annexees_facture.format(document.numero)
        return compose_recueil(self, self.dossier, annexed_to=joined)

    def compose_articles(self) -> tuple[Article, ...]:
        """The clauses named on the document, then what a devis for works must say, just above the signature.

        Source: order of 24 January 2017 (place, travel, free or not); C. env. art. L541-21-2-3 (waste).
        """
        document = self.document
        particulieres = compose_articles(self, self.dossier.corpus.particulieres)
        travaux = document.travaux if isinstance(document, Devis | Facture) else None
        if travaux is None:
            return particulieres
        found: list[tuple[str, list[str]]] = []
        site = [self.m.travaux_lieu.format(self.bare(travaux.lieu))] if travaux.lieu else []
        if travaux.deplacement:
            site.append(self.m.travaux_deplacement.format(self.bare(travaux.deplacement, lower=True)))
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
        works = (
            Article(str(number), title, tuple(Bloc("p", (Morceau(text),)) for text in texts))
            for number, (title, texts) in enumerate(kept, start=len(particulieres) + 1)
        )
        return (*particulieres, *works)

    def _prix_du_devis(self, travaux: Travaux) -> str:
        if isinstance(travaux.devis_gratuit, str):
            return self.m.travaux_cout.format(self.bare(travaux.devis_gratuit))
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
            iban=group_iban(emetteur.iban) if emetteur.iban else self.missing(self.m.iban),
            bic=emetteur.bic or "",
            montant=self.money(self.totaux.net_a_payer),
            reference=document.numero or "",
            epc=epc,
            autres=tuple(self.sentence(capitalise(self._moyen(moyen))) for moyen in moyens if moyen != "virement"),
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
            pour_detail=f"{contact}, {on}" if contact else capitalise(on),
            accord=t.accord.format(f"{self.m.devis.format(numero)}, {agreed}"),
            accord_detail=t.accord_detail,
        )


# --------------------------------------------------------------------------------------------------
# --------------------------------------------------------------------------------------------------
# From the page to the proof


def prepare(dossier: Dossier, *, duplicata: bool = False) -> Page:
    """Return the page of a dossier, with the colours of its project and the logo of its sender.

    Raises: RefusError for findings of the dossier, a colour too pale (R609) or a logo that cannot be used
        (R603 missing, R605 unreadable, F231 outside the project), all at once.
    """
    dossier.require_any()
    findings: list[Diagnostic] = []
    couleurs = _load_couleurs(dossier, findings)
    logo = None
    try:
        logo = load_logo(dossier)
    except RefusError as error:
        findings += error.diagnostics
    if findings:
        raise RefusError(findings)
    if dossier.texte is not None:
        return compose_page_texte(dossier, couleurs=couleurs, logo=logo)
    if isinstance(dossier.lettre, Relance):
        return compose_page_relance(dossier, couleurs=couleurs, logo=logo)
    if dossier.lettre is not None:
        return compose_page_courrier(dossier, couleurs=couleurs, logo=logo)
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


def _find_sender(lecture: Lecture) -> Lecture:
    """Return the reading that names the sender: a notice has that of its invoices, a contract that of its devis.

    Why: a logo is found from the file that names it, and a fault of it is said there.
    """
    if find_node(lecture.racine, ("emetteur",)) is not None:
        return lecture
    return next(iter(lecture.factures), lecture.devis or lecture)


def load_logo(dossier: Dossier) -> Logo | None:
    """Return the sender's logo, or None when there is none.

    Why: the path comes from a YAML file that somebody else may have written, so it is opened only in a folder
    that the project may read, by real path, and only up to the size that `read_bytes` allows.

    Raises: RefusError with F231 (outside the project), R603 (missing) or R605 (unreadable).
    """
    name = dossier.require_any().emetteur.logo
    if not name:
        return None
    lecture = _find_sender(dossier.lecture)
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
    return Logo(f"logo{suffix}", content, dossier.require_any().emetteur.nom or "logo")


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
    printed = dossier.porteur or dossier.document
    if problem.code == "R605" and printed is not None and printed.emetteur.logo:
        return _CHEMIN_LOGO
    fallback: dict[str, Chemin] = {"R606": ("client", "adresse"), "R607": ("lignes",)}
    return fallback.get(problem.code, ())


def _fold(text: str) -> str:
    """Return a text without what print changed in it: spaces, apostrophes, capitals."""
    plain = text.replace(typo.APOSTROPHE, "'").replace(typo.ELLIPSIS, "...")
    return re.sub(r"\s+", " ", plain).strip().casefold()
