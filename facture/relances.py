"""From the dossier of a late payment notice to the words and figures of its page.

Nothing is computed here: every amount is one of `Decompte`, or a sum or a difference of such amounts, so that a reader
who adds up the page finds the page.
"""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from facture import typo
from facture.amounts import ZERO, round_amount, to_plain
from facture.decomptes import Impaye
from facture.documents import Facture
from facture.dossier import Dossier
from facture.droit import list_textes
from facture.echeances import ReglePenalites
from facture.epc import build_epc
from facture.errors import RefusError
from facture.frises import Evenement, Trait, draw_frise
from facture.lettres import Relance
from facture.modeles import Emplacement, load_modele, write
from facture.page import (
    Couleurs,
    DecompteImprime,
    Frise,
    Lettre,
    LigneDecompte,
    Logo,
    Meta,
    Page,
    Paiement,
    Somme,
    Tableau,
)
from facture.penalites import Decompte, Imputation, Periode, Tranche
from facture.plume import Plume, group_iban
from facture.prose import Bloc, Morceau
from facture.sandbox import Valeur
from facture.typo import NBSP, capitalise

_UN_JOUR = dt.timedelta(days=1)

MAX_OFFERTS = 3
"""Gifts named on a notice; the others are counted."""


@dataclass(frozen=True, slots=True)
class Mots:
    """What a notice says of its figures, in one language."""

    titres: tuple[str, str, str, str]
    titre_procedure: str
    titre_dernier: str
    facture: str
    factures: str
    meta_facture: str
    meta_factures: str
    meta_echeance: str
    meta_commande: str
    decompte_titre: str
    regle_bce: str
    regle_legal: str
    regle_legal_simple: str
    regle_fixe: str
    base: str
    paiement: str
    avoir: str
    capitalise: str
    vers_interets: str
    vers_principal: str
    vers_indemnite: str
    total: str
    comptage: str
    depuis_echeance: str
    depuis_demeure: str
    comptage_centimes: str
    somme_facture: str
    ttc: str
    somme_avoirs: str
    somme_paiements: str
    somme_interets: dict[str, str]
    somme_payees: dict[str, str]
    somme_indemnite: str
    somme_indemnites: str
    a_regler: str
    creance: str
    encart: str
    merci: str
    difficulte: str
    sans_tva: tuple[str, str]
    interets_sans_tva: str
    par_jour: str
    deja: str
    deja_depuis: str
    deja_echeances: str
    deja_noms: dict[str, str]
    deja_indemnite: str
    deja_indemnites: str
    deja_jour: str
    indemnite_apart: str
    offert: str
    offerts_et: str
    offerts_suite: str
    copie: str
    frise_jours: tuple[str, str]
    frise_echeance: str
    frise_semestre: str
    frise_arrete: str
    frise_attendu: str
    frise_paiement: str
    frise_avoir: str
    frise_jugement: str
    frise_relances: tuple[str, str, str, str]
    frise_titre: str
    col_facture: str
    col_echeance: str
    col_jours: str
    col_reste: str


_FR = Mots(
    titres=(
        "Rappel de facture",
        "Relance pour retard de paiement",
        "Suspension annoncée pour défaut de paiement",
        "Mise en demeure de payer",
    ),
    titre_procedure="État de notre créance",
    titre_dernier="Dernière relance",
    facture="Facture {} du {}",
    factures="{} factures impayées",
    meta_facture="Facture",
    meta_factures="Objet",
    meta_echeance="Échéance",
    meta_commande="Votre commande",
    decompte_titre="Facture {} du {}, à payer le {}",
    regle_bce="taux de la BCE majoré de {} points",
    regle_legal="{} fois le taux d’intérêt légal",
    regle_legal_simple="taux d’intérêt légal",
    regle_fixe="taux convenu de {} l’an",
    base=", prorata de {} jours",
    paiement="Paiement reçu le {}",
    avoir="Avoir {} du {}",
    capitalise="Intérêts d’une année capitalisés le {}",
    vers_interets="{} d’intérêts",
    vers_principal="{} de principal",
    vers_indemnite="{} d’indemnité",
    total="Total",
    comptage=(f"Jours comptés {{}} au {{}} compris. Intérêts{NBSP}: somme due × taux × jours / {{}}."),
    depuis_echeance="du lendemain de l’échéance",
    depuis_demeure="du lendemain de la mise en demeure",
    comptage_centimes=(
        " Le total est arrondi une fois par période entre deux paiements ; les centimes sont répartis entre les "
        "lignes pour que la colonne s’additionne."
    ),
    somme_facture="Facture {}",
    ttc="{}, TTC",
    somme_avoirs="Avoirs",
    somme_paiements="Paiements reçus",
    somme_interets={
        "professionnel": "Pénalités de retard",
        "public": "Intérêts moratoires",
        "particulier": "Intérêts de retard",
    },
    somme_payees={
        "professionnel": "Pénalités déjà payées",
        "public": "Intérêts déjà payés",
        "particulier": "Intérêts déjà payés",
    },
    somme_indemnite="Indemnité forfaitaire de recouvrement",
    somme_indemnites="Indemnités de recouvrement, {} × {}",
    a_regler="À régler",
    creance="Notre créance",
    encart="D’ici au {}",
    merci="Merci de régler {} {}.",
    difficulte=(f"Une difficulté{NBSP}? Dites-le-nous avant cette date{NBSP}: nous conviendrons d’un échéancier."),
    sans_tva=(
        "Pénalités et frais de recouvrement ne portent pas de TVA.",
        "Intérêts et frais de recouvrement ne portent pas de TVA.",
    ),
    interets_sans_tva="Les intérêts ne portent pas de TVA.",
    par_jour="Après le {}, chaque jour de retard ajoute {}.",
    deja=("Pour information, la loi fait courir {} des {}, {} au {}{}. Nous ne les réclamons pas par cette lettre."),
    deja_depuis="depuis le {}",
    deja_echeances="depuis chaque échéance",
    deja_noms={"professionnel": "pénalités", "public": "intérêts moratoires", "particulier": "intérêts"},
    deja_indemnite=", et une indemnité de {}",
    deja_indemnites=", et {} indemnités de {}",
    deja_jour="Chaque jour y ajoute {}.",
    indemnite_apart="S’y ajoute l’indemnité forfaitaire de recouvrement, {}, due en euros.",
    offert="Sur cette facture, nous vous avions offert {}.",
    offerts_et="Sur ces factures, nous vous avions offert {}.",
    offerts_suite=", et {} autres attentions",
    copie="copie de la facture {}",
    frise_jours=("{} jour à {}", "{} jours à {}"),
    frise_echeance="échéance",
    frise_semestre="fin de semestre",
    frise_arrete="compte arrêté",
    frise_attendu="paiement attendu",
    frise_paiement="paiement reçu",
    frise_avoir="avoir",
    frise_jugement="jugement",
    frise_relances=("rappel", "relance", "suspension", "mise en demeure"),
    frise_titre="Du {} au {}",
    col_facture="Facture",
    col_echeance="Échéance",
    col_jours="Jours de retard",
    col_reste="Reste à payer",
)
_EN = Mots(
    titres=("Payment reminder", "Overdue payment", "Notice of suspension", "Formal notice to pay"),
    titre_procedure="Statement of our claim",
    titre_dernier="Final reminder",
    facture="Invoice {} of {}",
    factures="{} unpaid invoices",
    meta_facture="Invoice",
    meta_factures="Subject",
    meta_echeance="Due date",
    meta_commande="Your order",
    decompte_titre="Invoice {} of {}, due on {}",
    regle_bce="ECB rate plus {} points",
    regle_legal="{} times the French legal interest rate",
    regle_legal_simple="French legal interest rate",
    regle_fixe="agreed rate of {} a year",
    base=", on a year of {} days",
    paiement="Payment received on {}",
    avoir="Credit note {} of {}",
    capitalise="A year’s interest capitalised on {}",
    vers_interets="{} of interest",
    vers_principal="{} of principal",
    vers_indemnite="{} of recovery costs",
    total="Total",
    comptage=("Days are counted {} to {}, included. Interest: amount due × rate × days / {}."),
    depuis_echeance="from the day after the due date",
    depuis_demeure="from the day after the formal notice",
    comptage_centimes=(
        " The total is rounded once for each period between two payments; the cents are shared between the rows so "
        "that the column adds up."
    ),
    somme_facture="Invoice {}",
    ttc="{}, incl. VAT",
    somme_avoirs="Credit notes",
    somme_paiements="Payments received",
    somme_interets={"professionnel": "Late payment interest", "public": "Interest", "particulier": "Interest"},
    somme_payees={
        "professionnel": "Late payment interest already paid",
        "public": "Interest already paid",
        "particulier": "Interest already paid",
    },
    somme_indemnite="Fixed sum for recovery costs",
    somme_indemnites="Fixed sums for recovery costs, {} × {}",
    a_regler="Amount due",
    creance="Our claim",
    encart="By {}",
    merci="Please pay {} {}.",
    difficulte="Any difficulty? Tell us before that date: we shall agree on instalments.",
    sans_tva=(
        "Late payment interest and recovery costs are not subject to VAT.",
        "Interest and recovery costs are not subject to VAT.",
    ),
    interets_sans_tva="Interest is not subject to VAT.",
    par_jour="After {}, each further day adds {}.",
    deja="For your information, the law has added {} {}, {} to {}{}. We do not claim it by this letter.",
    deja_depuis="since {}",
    deja_echeances="since each due date",
    deja_noms={"professionnel": "late payment interest", "public": "interest", "particulier": "interest"},
    deja_indemnite=", and a fixed sum of {} for recovery costs",
    deja_indemnites=", and {} fixed sums of {} for recovery costs",
    deja_jour="Each day adds {}.",
    indemnite_apart="A fixed sum of {} for recovery costs, due in euros, comes on top.",
    offert="On this invoice, we had given you {}.",
    offerts_et="On these invoices, we had given you {}.",
    offerts_suite=", and {} other things",
    copie="copy of invoice {}",
    frise_jours=("{} day at {}", "{} days at {}"),
    frise_echeance="due date",
    frise_semestre="half-year end",
    frise_arrete="date of this account",
    frise_attendu="payment expected",
    frise_paiement="payment",
    frise_avoir="credit note",
    frise_jugement="judgment",
    frise_relances=("reminder", "overdue notice", "suspension", "formal notice"),
    frise_titre="From {} to {}",
    col_facture="Invoice",
    col_echeance="Due date",
    col_jours="Days late",
    col_reste="Left to pay",
)


def compose_page_relance(dossier: Dossier, *, couleurs: Couleurs, logo: Logo | None = None) -> Page:
    """Return the page of a late payment notice.

    Raises: RefusError with every finding when the dossier has an error, or for a text of the project that cannot be
        used.
    """
    relance = dossier.require_lettre()
    if not isinstance(relance, Relance) or not dossier.impayes:
        raise RefusError(dossier.constats)
    return _Composeur(dossier, relance).compose(couleurs, logo)


@dataclass(frozen=True, slots=True)
class Demande:
    """What a notice asks for, all its invoices together.

    Attributes:
        principal: what the invoices asked for; `avoirs` and `regle` came off it since.
        total: what is claimed: the first level claims no interest and no recovery cost.
        couru: interest and recovery costs that run by law and that this notice does not claim.
    """

    principal: Decimal
    avoirs: Decimal
    regle: Decimal
    interets: Decimal
    indemnite: Decimal
    indemnite_eur: Decimal
    total: Decimal
    couru: Decimal
    par_jour: Decimal | None


def compute_demande(relance: Relance, impayes: Sequence[Impaye]) -> Demande:
    """Add up what a notice asks for.

    Why the first level claims less: it is sent to somebody who most often forgot. The law lets interest run without a
    reminder (C. com. art. L441-10, II), and lets the creditor wait before asking for it.
    """

    def add(values: Iterable[Decimal]) -> Decimal:
        return sum(values, ZERO)

    decomptes = [impaye.decompte for impaye in impayes]
    total = add(decompte.total for decompte in decomptes)
    # What was paid is taken off its own invoice, whatever part of it the law gives to interest.
    invoiced = add(map(_ask_principal, decomptes))
    couru = ZERO
    if relance.niveau == 1 and invoiced > 0 and not is_stayed(impayes):
        couru, total = total - invoiced, invoiced
    daily = [decompte.par_jour for decompte in decomptes if _is_running(decompte)]
    return Demande(
        principal=add(decompte.creance.principal for decompte in decomptes),
        avoirs=add(decompte.avoirs for decompte in decomptes),
        regle=add(decompte.regle for decompte in decomptes),
        interets=add(decompte.interets for decompte in decomptes),
        indemnite=add(decompte.indemnite for decompte in decomptes),
        indemnite_eur=add(impaye.indemnite_eur for impaye in impayes),
        total=total,
        couru=couru,
        # A day whose rate is unknown for one invoice is unknown for the whole.
        par_jour=add(value or ZERO for value in daily) if daily and None not in daily else None,
    )


def is_stayed(impayes: Sequence[Impaye]) -> bool:
    """Say whether a court had opened proceedings by the day of the account: nothing may be asked of the client, a claim
    is declared.

    Source: C. com. art. L622-7, L622-21 and R622-24.
    """
    return any(
        judged is not None and judged <= impaye.decompte.arrete_au
        for impaye in impayes
        for judged in (impaye.facture.procedure_collective,)
    )


def _is_running(decompte: Decompte) -> bool:
    """Say whether the next day adds interest, be its rate known or not."""
    creance = decompte.creance
    started = creance.premier_jour is not None and decompte.arrete_au < creance.dernier_jour
    return started and decompte.reste_principal > 0


def _ask_principal(decompte: Decompte) -> Decimal:
    """Return what a first letter asks for on an invoice: every payment is taken off it, whatever went to interest."""
    return max(decompte.creance.principal - decompte.avoirs - decompte.regle, ZERO)


def count_jours(impaye: Impaye) -> int:
    """Return the days between the due date and the day of the account, of the last payment or of the judgment."""
    decompte = impaye.decompte
    until = min(decompte.arrete_au, decompte.creance.dernier_jour)
    if _ask_principal(decompte) == 0 and decompte.imputations:
        # What the client paid was the invoice; that the law gives part of it to interest does not make it later.
        until = min(until, decompte.imputations[-1].mouvement.date)
    return max((until - decompte.creance.echeance).days, 0)


class _Composeur(Plume):
    """Chooses the words of one notice; each method answers for one block of the page."""

    def __init__(self, dossier: Dossier, relance: Relance) -> None:
        super().__init__(relance.langue or "fr", relance.emetteur, relance.client.adresse.pays)
        self.dossier = dossier
        self.relance = relance
        self.niveau = relance.niveau or 1
        self.impayes = dossier.impayes
        self.first: Facture = self.impayes[0].facture
        self.devise = self.first.devise
        self.decimales = self.impayes[0].decompte.creance.decimales
        self.qualite = self.impayes[0].qualite
        self.demande = compute_demande(relance, self.impayes)
        self.arrete_au = self.impayes[0].decompte.arrete_au
        self.w = _FR if self.is_french else _EN
        self.is_stayed = is_stayed(self.impayes)
        # A first letter asks for the invoices alone; a claim to be declared is complete.
        self.is_friendly = self.niveau == 1 and not self.is_stayed

    # --- figures ---

    def amount(self, value: Decimal) -> str:
        """Return « 1 234,50 »."""
        return typo.format_amount(value, self.decimales, self.langue)

    def money(self, value: Decimal) -> str:
        """Return « 1 234,50 € »."""
        return typo.format_money(value, self.devise, self.langue)

    def short(self, day: dt.date) -> str:
        """Return a date without its year, for a mark of the timeline."""
        text = self.day(day)
        return text.removesuffix(f" {day.year}").removesuffix(f"{NBSP}{day.year}")

    # --- the whole ---

    def compose(self, couleurs: Couleurs, logo: Logo | None) -> Page:
        relance, dossier = self.relance, self.dossier
        ecrite = write(load_modele(f"relance-{self.niveau}", self.langue, dossier.lecture.projet), self.list_valeurs())
        titre = self.w.titre_procedure if self.is_stayed else self.w.titres[self.niveau - 1]
        if self.niveau == 3 and relance.suspension is None and not self.is_stayed:
            titre = self.w.titre_dernier
        nom = self.text(relance.emetteur.nom) or self.missing(self.m.nom_emetteur)
        client = self.text(relance.client.nom) or self.missing(self.m.nom_client)
        numero = "" if relance.numero is None else self.t.numero.format(relance.numero)
        named = titre if relance.numero is None else f"{titre} {relance.numero}"
        objet = self.text(relance.objet) or ecrite.objet
        return Page(
            genre="relance",
            langue=self.langue,
            titre=titre,
            numero=numero,
            courant=self.fit_courant(named, self.name_factures(), nom, client, dossier.date),
            titre_pdf=f"{named}, {self.name_factures()}",
            auteur=self.text(relance.emetteur.nom),
            sujet=objet,
            date_iso=dossier.date.isoformat(),
            metas=self.compose_metas(),
            emetteur=self.compose_emetteur(with_enseigne=logo is None),
            destinataire=self.compose_destinataire(relance.client, self.first.adresse_facturation),
            # The title and the rows under it say it already, of one invoice.
            objet=objet if relance.objet or len(self.impayes) > 1 else "",
            lettre=Lettre(
                appel=self.text(relance.appel) or ecrite.appel,
                corps=(*self.paragraphs(relance.introduction), *self.fill(ecrite.corps)),
                frise=self.compose_frise(),
                decomptes=self.compose_decomptes(),
                comptage=self.compose_comptage(),
                encart_titre="" if self.is_stayed else self.w.encart.format(self.day(dossier.echeance)),
                encart=self.compose_encart(),
                sommes=self.compose_sommes(),
                offerts=self.compose_offerts(),
                suite=(*self.fill(ecrite.suite), *self.paragraphs(relance.notes)),
                textes=self.compose_textes(),
                politesse=ecrite.politesse,
                signataire=self.compose_signataire(self.relance.signataire),
                pieces=self.compose_pieces(),
            ),
            paiement=self.compose_paiement(),
            pied=self.compose_pied(),
            logo=logo,
            couleurs=couleurs,
        )

    def paragraphs(self, texts: Sequence[str]) -> tuple[Bloc, ...]:
        """Return a user's own paragraphs, as typed."""
        return tuple(Bloc("p", (Morceau(self.text(text)),)) for text in texts)

    def fill(self, parts: Sequence[Bloc | Emplacement]) -> tuple[Bloc | Tableau, ...]:
        """Put lists and tables where the text leaves room for them."""
        done: list[Bloc | Tableau] = []
        for part in parts:
            if isinstance(part, Bloc):
                done.append(part)
            elif part.nom == "factures":
                done.append(self.compose_factures())
            elif part.nom == "suspension" and self.relance.suspension is not None:
                done += [Bloc("puce", (Morceau(self.text(text)),)) for text in self.relance.suspension.prestations]
        return tuple(done)

    # --- words ---

    def name_factures(self) -> str:
        """« F2026-019 et F2026-021 »."""
        return typo.join_list([impaye.numero for impaye in self.impayes], self.langue)

    def list_valeurs(self) -> dict[str, Valeur]:
        """Return what the texts of a notice may say."""
        relance, demande = self.relance, self.demande
        first = self.impayes[0].decompte
        left = sum((item.decompte.reste_principal for item in self.impayes), ZERO)
        jours = max(map(count_jours, self.impayes))
        # Rendered again once the formal notice was sent, an earlier letter says what it said then.
        formal = [
            one
            for item in self.impayes
            if (one := item.facture.mise_en_demeure) is not None and one < self.dossier.date
        ]
        regles = {self._describe_regle(item.decompte.creance.regle) for item in self.impayes}
        flat = [item for item in self.impayes if item.decompte.indemnite]
        running = [item for item in self.impayes if item.decompte.tranches]
        nom = self.text(relance.client.nom)
        # A letter that brought a payment was not without effect: only what was sent since is counted.
        paid = [item.mouvement.date for impaye in self.impayes for item in impaye.decompte.imputations]
        since = max(paid, default=dt.date.min)
        precedentes = [item.date for item in relance.precedentes if item.date is not None and item.date > since]
        suspension = relance.suspension
        opened = [one for item in self.impayes if (one := item.facture.procedure_collective) is not None]
        procedure = min(opened, default=None) if self.is_stayed else None
        stops = [self.inside(self.text(text)) for text in suspension.prestations] if suspension is not None else []

        def text(value: str) -> Valeur:
            return Valeur(value, value)

        def money(value: Decimal) -> Valeur:
            return Valeur(value, self.money(value))

        du_jour = Valeur(demande.par_jour, self.money(demande.par_jour)) if demande.par_jour else text("")
        return {
            "niveau": Valeur(self.niveau, str(self.niveau)),
            "date": Valeur(self.dossier.date, self.day(self.dossier.date)),
            "emetteur": text(self.text(relance.emetteur.nom)),
            "client": text(nom),
            "qualite": text(self.qualite),
            "numero": text(relance.numero or ""),
            "signataire": text(", ".join(self.compose_signataire(self.relance.signataire))),
            "echeance": Valeur(first.creance.echeance, self.day(first.creance.echeance)),
            "numeros": text(self.name_factures()),
            "pluriel": Valeur(len(self.impayes) > 1, ""),
            "nb_factures": Valeur(len(self.impayes), str(len(self.impayes))),
            "montant": money(demande.total if demande.couru else left),
            "soldees": Valeur(not any(_ask_principal(item.decompte) for item in self.impayes), ""),
            "sans_decompte": Valeur(len(running) < len(self.impayes), ""),
            "avec_decompte": Valeur(bool(running), ""),
            "plusieurs_indemnites": Valeur(len(flat) > 1, ""),
            "indemnite_eur": text(
                typo.format_money(demande.indemnite_eur, "EUR", self.langue) if demande.indemnite_eur else ""
            ),
            "arrete_au": text(self.day(self.arrete_au)),
            "interets": money(demande.interets),
            "indemnite": money(demande.indemnite),
            "total": money(demande.total),
            "jours": Valeur(jours, str(jours)),
            "par_jour": du_jour,
            "delai": text(self.day(self.dossier.echeance)),
            "mise_en_demeure": text(self.day(min(formal, default=None))),
            "suspension_le": text(self.day(suspension.a_compter_du) if suspension is not None else ""),
            "suspension_prestations": text(typo.join_list(stops, self.langue) if stops else ""),
            "suspension_reprise": text(self.inside(self.text(suspension.reprise)) if suspension is not None else ""),
            "precedentes": text(self._list_dates(precedentes)),
            "procedure": text(self.day(procedure)),
            "regle": text(regles.pop() if len(regles) == 1 else ""),
        }

    def _list_dates(self, days: Sequence[dt.date]) -> str:
        """Return « du 6 mai, du 18 mai et du 10 août 2026 »: a year is said once when it is the same."""
        if not days:
            return ""
        one_year = len({day.year for day in days}) == 1
        named = [self.short(day) for day in days[:-1]] if one_year else [self.day(day) for day in days[:-1]]
        named.append(self.day(days[-1]))
        if self.is_french:
            return typo.join_list([f"du {day}" for day in named], self.langue)
        return f"of {typo.join_list(named, self.langue)}"

    def _describe_regle(self, regle: ReglePenalites) -> str:
        value = typo.format_number(regle.valeur, self.langue)
        if regle.base == "bce":
            return self.w.regle_bce.format(value)
        if regle.base == "fixe":
            return self.w.regle_fixe.format(self.rate(regle.valeur))
        return self.w.regle_legal_simple if regle.valeur == 1 else self.w.regle_legal.format(value)

    def compose_metas(self) -> tuple[Meta, ...]:
        rows = [Meta(self.t.meta_date, self.day(self.dossier.date))]
        if len(self.impayes) == 1:
            only = self.impayes[0]
            rows.append(
                Meta(
                    self.w.meta_facture,
                    self.m.document.format(only.numero, typo.format_short_date(only.date, self.langue)),
                )
            )
            rows.append(Meta(self.w.meta_echeance, self.day(only.decompte.creance.echeance)))
            if only.facture.reference_client:
                rows.append(Meta(self.w.meta_commande, only.facture.reference_client))
        else:
            rows.append(Meta(self.w.meta_factures, self.w.factures.format(len(self.impayes))))
        document, client = self.first, self.relance.client
        for label, value in (
            (self.t.meta_engagement, document.engagement or client.engagement),
            (self.t.meta_service, client.code_service),
        ):
            if value:
                rows.append(Meta(label, value))
        # A formal notice goes by registered mail, unless the file says otherwise.
        formal = self.niveau == 4 and not self.is_stayed
        return (*rows, *self.compose_envoi(self.relance.envoi or ("recommande" if formal else None)))

    def compose_pieces(self) -> tuple[str, ...]:
        """What is joined; with a formal notice, a copy of each invoice unless the file says what."""
        if self.relance.pieces or self.niveau != 4:
            return tuple(self.text(value) for value in self.relance.pieces)
        return tuple(self.w.copie.format(impaye.numero) for impaye in self.impayes)

    # --- the working ---

    def compose_factures(self) -> Tableau:
        """The invoices at a glance: what is left to pay on each, before interest."""
        rows = [
            (
                self.w.facture.format(impaye.numero, self.day(impaye.date)),
                self.day(impaye.decompte.creance.echeance),
                str(count_jours(impaye)),
                self.amount(self._find_left(impaye.decompte)),
            )
            for impaye in self.impayes
        ]
        left = sum((self._find_left(impaye.decompte) for impaye in self.impayes), ZERO)
        return Tableau(
            "",
            (self.w.col_facture, self.w.col_echeance, self.w.col_jours, self.w.col_reste),
            tuple(rows),
            (2, 3),
            (self.w.total, "", "", self.amount(left)) if len(rows) > 1 else (),
        )

    def _find_left(self, decompte: Decompte) -> Decimal:
        """Return what is left to pay on an invoice, as this notice counts it: the table agrees with what is asked."""
        if self.demande.couru:
            return _ask_principal(decompte)
        return decompte.reste_principal

    def compose_decomptes(self) -> tuple[DecompteImprime, ...]:
        if self.is_friendly:
            return ()
        return tuple(self._compose_decompte(impaye) for impaye in self.impayes if impaye.decompte.tranches)

    def _compose_decompte(self, impaye: Impaye) -> DecompteImprime:
        decompte = impaye.decompte
        creance = decompte.creance
        regle = capitalise(self._describe_regle(creance.regle)) + self.w.base.format(creance.base_jours)
        # By the first day that bears the lower base: the next one for a payment, its own for a credit note.
        moves = sorted(
            [*((item.mouvement.date + _UN_JOUR, self._row_of_payment(item)) for item in decompte.imputations)]
            + [
                (
                    avoir.date,
                    LigneDecompte(
                        "mouvement",
                        self.w.avoir.format(avoir.numero, self.day(avoir.date)),
                        self.amount(-avoir.montant),
                    ),
                )
                for avoir in impaye.avoirs
                if avoir.date <= decompte.arrete_au
            ],
            key=lambda pair: pair[0],
        )
        rows: list[LigneDecompte] = []
        moves += [
            (after.tranches[0].du, self._row_of_capital(before, after))
            for before, after in itertools.pairwise(decompte.periodes)
            if before.cloture == "capitalisation" and after.tranches
        ]
        moves.sort(key=lambda pair: pair[0])
        for tranche in decompte.tranches:
            while moves and moves[0][0] <= tranche.du:
                rows.append(moves.pop(0)[1])
            rows.append(self._row_of_tranche(tranche))
        rows += [row for _, row in moves]
        total = LigneDecompte("total", self.w.total, self.amount(decompte.interets), jours=str(decompte.jours))
        titre = self.w.decompte_titre.format(impaye.numero, self.day(impaye.date), self.day(creance.echeance))
        return DecompteImprime(titre, regle, (*rows, total))

    def _row_of_tranche(self, tranche: Tranche) -> LigneDecompte:
        working = round_amount(tranche.exact, 4)
        return LigneDecompte(
            "tranche",
            typo.format_period(tranche.du, tranche.au, self.langue),
            self.amount(tranche.interets),
            jours=str(tranche.jours),
            taux=self._rate_of(tranche),
            base=self.amount(tranche.base),
            detail=typo.format_amount(working, 4, self.langue),
        )

    def _rate_of(self, tranche: Tranche) -> str:
        """Return a rate with two decimals at least, so that a column of them lines up."""
        text = to_plain(tranche.taux)
        decimals = max(2, len(text.partition(".")[2]))
        return (
            f"{typo.format_amount(tranche.taux, decimals, self.langue)}{NBSP}%"
            if self.is_french
            else f"{tranche.taux:.{decimals}f}%"
        )

    def _row_of_payment(self, item: Imputation) -> LigneDecompte:
        parts = [
            pattern.format(self.money(value))
            for pattern, value in (
                (self.w.vers_interets, item.interets),
                (self.w.vers_principal, item.principal),
                (self.w.vers_indemnite, item.indemnite),
            )
            if value
        ]
        # Paid wholly on the principal, as before the due date, there is nothing to explain.
        spread = typo.join_list(parts, self.langue) if len(parts) > 1 else ""
        paid = self.amount(-item.mouvement.montant)
        return LigneDecompte("mouvement", self.w.paiement.format(self.day(item.mouvement.date)), paid, detail=spread)

    def _row_of_capital(self, before: Periode, after: Periode) -> LigneDecompte:
        """Say why the base grows: interest due for a full year joins it (C. civ. art. 1343-2)."""
        grown = after.tranches[0].base - before.tranches[-1].base
        day = self.day(before.tranches[-1].au)
        return LigneDecompte("mouvement", self.w.capitalise.format(day), f"+{self.amount(grown)}")

    def compose_comptage(self) -> str:
        decomptes = [impaye.decompte for impaye in self.impayes if impaye.decompte.tranches]
        if self.is_friendly or not decomptes:
            return ""
        formal = self.qualite == "particulier" and decomptes[0].debut != decomptes[0].creance.echeance + dt.timedelta(1)
        since = self.w.depuis_demeure if formal else self.w.depuis_echeance
        last = max(decompte.tranches[-1].au for decompte in decomptes)
        text = self.w.comptage.format(since, self.day(last), decomptes[0].creance.base_jours)
        shared = any(
            round_amount(tranche.exact, self.decimales) != tranche.interets
            for decompte in decomptes
            for tranche in decompte.tranches
        )
        return text + self.w.comptage_centimes if shared else text

    # --- what is owed ---

    def compose_sommes(self) -> tuple[Somme, ...]:
        """The rows that add up to what is claimed."""
        demande, w = self.demande, self.w
        rows: list[Somme] = []
        # A first letter lists its invoices above: once is enough.
        if len(self.impayes) == 1 or len(self.impayes) > MAX_SOMMES or self.is_friendly:
            label = w.somme_facture.format(self.impayes[0].numero)
            if len(self.impayes) > 1:
                label = w.factures.format(len(self.impayes))
            rows.append(Somme("tva", self._with_ttc(label, self.impayes), self.amount(demande.principal)))
        else:
            rows += [
                Somme(
                    "tva",
                    self._with_ttc(w.somme_facture.format(impaye.numero), (impaye,)),
                    self.amount(impaye.decompte.creance.principal),
                )
                for impaye in self.impayes
            ]
        if demande.avoirs:
            rows.append(Somme("tva", w.somme_avoirs, self.amount(-demande.avoirs)))
        if demande.regle:
            rows.append(Somme("tva", w.somme_paiements, self.amount(-demande.regle)))
        if not demande.couru:
            if demande.interets:
                rows.append(Somme("tva", w.somme_interets[self.qualite], self.amount(demande.interets)))
            if demande.indemnite:
                rows.append(Somme("tva", self._name_indemnite(), self.amount(demande.indemnite)))
        elif over := demande.total - (demande.principal - demande.avoirs - demande.regle):
            # One invoice was paid beyond its sum, and the law took that for interest: the others are still owed whole.
            rows.append(Somme("tva", w.somme_payees[self.qualite], self.amount(over)))
        return (*rows, Somme("total", w.creance if self.is_stayed else w.a_regler, self.money(demande.total)))

    def _with_ttc(self, label: str, impayes: Sequence[Impaye]) -> str:
        """Say that an amount holds VAT, where there is some."""
        return self.w.ttc.format(label) if any(impaye.totaux.total_tva for impaye in impayes) else label

    def _name_indemnite(self) -> str:
        each = [impaye.decompte.indemnite for impaye in self.impayes if impaye.decompte.indemnite]
        if len(each) < 2 or len(set(each)) > 1:
            return self.w.somme_indemnite
        return self.w.somme_indemnites.format(len(each), typo.format_round_money(each[0], self.devise, self.langue))

    def compose_encart(self) -> tuple[str, ...]:
        """What is asked, by when, what to do otherwise, and what one more day costs."""
        if self.is_stayed:
            return ()
        demande, w = self.demande, self.w
        lines = [w.merci.format(self.money(demande.total), self._how()).replace(" .", ".")]
        if self.niveau == 1 and self.qualite != "public":
            # From the second level on, the letter itself says what to do of a difficulty; a public buyer is asked what
            # holds the payment.
            lines.append(w.difficulte)
        if demande.couru:
            return (*lines, self._say_running())
        if demande.interets or demande.indemnite:
            named = w.sans_tva[self.qualite != "professionnel"]
            tail = [named if demande.indemnite else w.interets_sans_tva]
            if demande.par_jour:
                tail.append(w.par_jour.format(self.day(self.arrete_au), self.money(demande.par_jour)))
            lines.append(" ".join(tail))
        if demande.indemnite_eur:
            lines.append(w.indemnite_apart.format(typo.format_money(demande.indemnite_eur, "EUR", self.langue)))
        return tuple(lines)

    def _say_running(self) -> str:
        """What runs by law and is not claimed yet: what is left of it, where a part payment took some."""
        demande, w = self.demande, self.w
        decomptes = [impaye.decompte for impaye in self.impayes]
        start = min(decompte.debut for decompte in decomptes if decompte.debut is not None)
        interets = self.money(demande.interets)
        flat = [decompte.indemnite for decompte in decomptes if decompte.indemnite]
        also = ""
        if demande.indemnite_eur:
            also = w.deja_indemnite.format(typo.format_money(demande.indemnite_eur, "EUR", self.langue))
        elif len(flat) > 1:
            also = w.deja_indemnites.format(len(flat), typo.format_round_money(flat[0], self.devise, self.langue))
        elif flat:
            also = w.deja_indemnite.format(self.money(flat[0]))
        since = w.deja_depuis.format(self.day(start)) if len(self.impayes) == 1 else w.deja_echeances
        day = self.day(self.arrete_au)
        named = w.deja_noms[self.qualite]
        said = w.deja.format(*((since, named) if self.is_french else (named, since)), interets, day, also)
        return f"{said} {w.deja_jour.format(self.money(demande.par_jour))}" if demande.par_jour else said

    def _how(self) -> str:
        """« par virement », « par chèque »: a formal notice says how to pay."""
        moyens = self.first.paiement.moyens
        chosen = "virement" if self._has_transfer() else next((name for name in moyens if name != "virement"), "")
        return self.m.par[chosen] if chosen else ""

    def compose_offerts(self) -> str:
        """What was given on these invoices, in one calm line: nobody remembers what was not written down."""
        if self.is_stayed:
            return ""
        gifts = [offert for impaye in self.impayes for offert in impaye.offerts if offert.designation]
        if not gifts:
            return ""
        named = [self.quote(gift.designation) + f" ({self.money(gift.valeur)})" for gift in gifts[:MAX_OFFERTS]]
        more = len(gifts) - MAX_OFFERTS
        text = ", ".join(named) if more > 0 else typo.join_list(named, self.langue)
        if more > 0:
            text += self.w.offerts_suite.format(more) if more > 1 else self._name_last(gifts[-1].designation)
        pattern = self.w.offert if len(self.impayes) == 1 else self.w.offerts_et
        return pattern.format(text)

    def quote(self, designation: str) -> str:
        """Return the name of a line between quotes: it was written to stand alone."""
        name = self.bare(designation)
        return f"«{NBSP}{name}{NBSP}»" if self.is_french else f"“{name}”"

    def _name_last(self, designation: str) -> str:
        word = "et" if self.is_french else "and"
        return f" {word} {self.quote(designation)}"

    def compose_textes(self) -> tuple[str, ...]:
        """The articles that this notice rests on, of the day of its first invoice."""
        decomptes = [impaye.decompte for impaye in self.impayes]
        if self.is_friendly:
            return tuple(self.text(value) for value in self.relance.mentions)
        regles = {decompte.creance.regle.base for decompte in decomptes}
        # A payment that met no interest was spread over nothing.
        spread = {
            impaye.decompte.creance.imputation
            for impaye in self.impayes
            for item in impaye.decompte.imputations
            if impaye.decompte.debut is not None and item.mouvement.date >= impaye.decompte.debut
        }
        facts = {
            "niveau": str(self.niveau),
            "qualite": self.qualite,
            "regle": regles.pop() if len(regles) == 1 else "mixte",
            "interets": "oui" if self.demande.interets else "non",
            "indemnite": "oui" if self.demande.indemnite or self.demande.indemnite_eur else "non",
            "paiements": spread.pop() if len(spread) == 1 else "interets" if spread else "non",
            "capitalisation": "oui" if _is_capitalised(decomptes) else "non",
            "procedure": "oui" if self.is_stayed else "non",
        }
        flat = max((impaye.decompte.creance.indemnite or impaye.indemnite_eur for impaye in self.impayes), default=ZERO)
        values = {"indemnite": typo.format_round_money(flat, "EUR", self.langue)}
        wording = "fr" if self.is_french else "en"
        cited = [
            self.text(text.textes[wording].format_map(values))
            for text in list_textes()
            if text.applies(facts, self.dossier.date)
        ]
        return (*cited, *(self.text(value) for value in self.relance.mentions))

    # --- payment ---

    def _has_transfer(self) -> bool:
        moyens = self.first.paiement.moyens
        return bool(self.relance.emetteur.iban) and (not moyens or "virement" in moyens)

    def compose_paiement(self) -> Paiement | None:
        """How to pay by transfer, with a code when there is something to pay in euros."""
        emetteur = self.relance.emetteur
        if self.is_stayed or not self._has_transfer() or emetteur.iban is None:
            return None
        titulaire = emetteur.titulaire or emetteur.nom or ""
        reference = f"{' '.join(impaye.numero for impaye in self.impayes)} R{self.niveau}"
        epc = ""
        if self.devise == "EUR" and titulaire and self.demande.total > 0:
            epc = build_epc(
                titulaire=titulaire,
                iban=emetteur.iban,
                bic=emetteur.bic or "",
                montant=self.demande.total,
                reference=reference,
            )
        return Paiement(
            titulaire=self.text(titulaire) or self.missing(self.m.nom_emetteur),
            iban=group_iban(emetteur.iban),
            bic=emetteur.bic or "",
            montant=self.money(self.demande.total),
            reference=reference,
            epc=epc,
        )

    # --- the timeline ---

    def compose_frise(self) -> Frise | None:
        """The days of one invoice, from its due date to the payment expected; several would only be a tangle."""
        if len(self.impayes) > 1:
            return None
        impaye = self.impayes[0]
        decompte, w = impaye.decompte, self.w
        due = decompte.creance.echeance
        events = [
            Evenement(due, "echeance", self.short(due), w.frise_echeance),
            Evenement(decompte.arrete_au, "arrete", self.short(decompte.arrete_au), w.frise_arrete),
        ]
        expected = self.dossier.echeance
        if expected is not None and expected > decompte.arrete_au and not self.is_stayed:
            events.append(Evenement(expected, "attendu", self.short(expected), w.frise_attendu))
        judged = impaye.facture.procedure_collective
        if judged is not None and due < judged <= decompte.arrete_au:
            events.append(Evenement(judged, "avoir", self.short(judged), w.frise_jugement))
        for item in decompte.imputations:
            if item.mouvement.date > due:
                day = item.mouvement.date
                events.append(Evenement(day, "reglement", self.short(day), w.frise_paiement))
        events += [
            Evenement(avoir.date, "avoir", self.short(avoir.date), w.frise_avoir)
            for avoir in impaye.avoirs
            if due < avoir.date <= decompte.arrete_au
        ]
        events += [
            Evenement(item.date, "relance", self.short(item.date), w.frise_relances[(item.niveau or 1) - 1])
            for item in self.relance.precedentes
            if item.date is not None and due < item.date < decompte.arrete_au
        ]
        if self.qualite != "particulier":
            events += [
                Evenement(tranche.au, "semestre", self.short(tranche.au), w.frise_semestre)
                for tranche in decompte.tranches
                if (tranche.au.month, tranche.au.day) in ((6, 30), (12, 31))
            ]
        traits = self._merge_traits(decompte) if self.niveau > 1 else []
        sentence = [f"{event.date}{NBSP}: {event.label}" for event in sorted(events, key=lambda item: item.jour)]
        first, last = min(event.jour for event in events), max(event.jour for event in events)
        titre = f"{w.frise_titre.format(self.day(first), self.day(last))}. {', '.join(sentence)}."
        return draw_frise(titre, events, traits)

    def _merge_traits(self, decompte: Decompte) -> list[Trait]:
        """Return one stretch a rate: a payment changes the base, which the table shows, not the rate."""
        merged: list[tuple[dt.date, dt.date, Decimal, str]] = []
        for tranche in decompte.tranches:
            eve = tranche.du - dt.timedelta(days=1)
            rate = self._rate_of(tranche)
            if merged and merged[-1][2] == tranche.taux and merged[-1][1] == eve:
                merged[-1] = (merged[-1][0], tranche.au, tranche.taux, rate)
            else:
                merged.append((eve, tranche.au, tranche.taux, rate))
        return [
            Trait(start, end, self.w.frise_jours[(end - start).days > 1].format((end - start).days, rate), rate)
            for start, end, _, rate in merged
        ]


MAX_SOMMES = 6
"""Invoices named one by one in the sums; more are added up, since each has its working above."""


def _is_capitalised(decomptes: Sequence[Decompte]) -> bool:
    return any(periode.cloture == "capitalisation" for decompte in decomptes for periode in decompte.periodes)
