"""From the dossier of a letter to the words of its page.

The sentences are those of a text that anyone may replace (`facture.modeles`); what the letter's own keys say fills
them, and its lists become the lists and tables of the page. Nothing typed is dropped: a key that a text does not print
is a finding before this (L466).
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from facture import typo
from facture.amounts import CENT, ZERO, round_amount
from facture.documents import Promesse
from facture.dossier import Dossier
from facture.errors import RefusError
from facture.grammaire import Modele as Grammaire
from facture.lettres import Courrier, FactureImpayee, HausseTarifs, Tarif
from facture.modeles import PROMESSES, Emplacement, list_noms, load_modele, write
from facture.monnaies import minor_unit
from facture.page import Couleurs, Lettre, Logo, Meta, Page, Tableau
from facture.plume import Plume
from facture.prose import Bloc, Morceau
from facture.sandbox import Valeur
from facture.typo import NBSP


@dataclass(frozen=True, slots=True)
class Mots:
    """What a letter says beside its text, in one language.

    Attributes:
        titres: short enough for the place beside the window of an envelope: 70 mm.
    """

    titres: dict[str, str]
    promesses: str
    quand: str
    tarifs: str
    prestation: str
    unite: str
    ancien: str
    nouveau: str
    ecart: str
    ht: str
    ttc: str
    factures: str
    facture: str
    echeance: str
    reste: str
    total: str


_FR = Mots(
    titres={
        "hausse-tarifs": "Évolution de nos tarifs",
        "report-delai": "Nouvelle date promise",
        "erreur-assumee": "Une erreur de notre part",
        "mauvaise-nouvelle": "Une nouvelle à vous dire",
        "suspension": "Suspension de prestations",
        "reprise": "Reprise des prestations",
        "renegociation": "Revoir notre accord",
        "cadre-de-mission": "Cadre de la mission",
        "fin-de-collaboration": "Fin de collaboration",
    },
    promesses=f"Ce que nous promettons{NBSP}:",
    quand=f"{{}}{NBSP}: {{}}",
    tarifs="Prix avant et après le {}",
    prestation="Prestation",
    unite="Unité",
    ancien="Prix actuel{}",
    nouveau="Nouveau prix{}",
    ecart="Écart",
    ht=" HT",
    ttc=" TTC",
    factures="Factures à payer",
    facture="Facture",
    echeance="Échéance",
    reste="Reste à payer",
    total="Total",
)
_EN = Mots(
    titres={
        "hausse-tarifs": "A change in our prices",
        "report-delai": "A new promised date",
        "erreur-assumee": "A mistake of ours",
        "mauvaise-nouvelle": "News we owe you",
        "suspension": "Suspension of services",
        "reprise": "Services resumed",
        "renegociation": "Reviewing our agreement",
        "cadre-de-mission": "How we work together",
        "fin-de-collaboration": "End of our work together",
    },
    promesses="What we promise:",
    quand="{}: {}",
    tarifs="Prices before and after {}",
    prestation="Service",
    unite="Unit",
    ancien="Present price{}",
    nouveau="New price{}",
    ecart="Change",
    ht=" excl. VAT",
    ttc=" incl. VAT",
    factures="Invoices to pay",
    facture="Invoice",
    echeance="Due date",
    reste="Left to pay",
    total="Total",
)


def compose_page_courrier(dossier: Dossier, *, couleurs: Couleurs, logo: Logo | None = None) -> Page:
    """Return the page of a letter.

    Raises: RefusError with every finding when the dossier has an error, or for a text of the project that cannot be
        used.
    """
    courrier = dossier.lettre
    if dossier.has_errors or not isinstance(courrier, Courrier) or courrier.modele is None:
        raise RefusError(dossier.constats)
    return _Composeur(dossier, courrier, courrier.modele).compose(couleurs, logo)


class _Composeur(Plume):
    """Chooses the words of one letter; each method answers for one piece of the page."""

    def __init__(self, dossier: Dossier, courrier: Courrier, modele: str) -> None:
        super().__init__(courrier.langue, courrier.emetteur, courrier.client.adresse.pays)
        self.dossier = dossier
        self.courrier = courrier
        self.modele = modele
        self.qualite = courrier.client.qualite_deduite or ""
        self.w = _FR if self.is_french else _EN

    def compose(self, couleurs: Couleurs, logo: Logo | None) -> Page:
        """Put the letter together."""
        courrier, dossier = self.courrier, self.dossier
        modele = load_modele(self.modele, self.langue, dossier.lecture.projet)
        ecrite = write(modele, self.list_valeurs())
        titre = self.w.titres[self.modele]
        nom, client = self.text(courrier.emetteur.nom), self.text(courrier.client.nom)
        numero = "" if courrier.numero is None else self.t.numero.format(courrier.numero)
        named = titre if courrier.numero is None else f"{titre} {courrier.numero}"
        objet = self.text(courrier.objet) or ecrite.objet
        placed = PROMESSES in modele.emplacements
        promesses = () if placed else self.compose_promesses()
        return Page(
            genre="courrier",
            langue=self.langue,
            titre=titre,
            numero=numero,
            courant=self.fit_courant(named, "", nom, client, self.dossier.date),
            titre_pdf=f"{named}, {client}",
            auteur=nom,
            sujet=objet,
            date_iso=dossier.date.isoformat(),
            metas=self.compose_metas(),
            emetteur=self.compose_emetteur(with_enseigne=logo is None),
            destinataire=self.compose_destinataire(courrier.client),
            objet=objet,
            lettre=Lettre(
                appel=self.text(self.courrier.appel) or ecrite.appel,
                corps=(*self.paragraphs(courrier.introduction), *self.fill(ecrite.corps)),
                suite=(*self.fill(ecrite.suite), *promesses, *self.paragraphs(courrier.notes)),
                politesse=ecrite.politesse,
                signataire=self.compose_signataire(self.courrier.signataire),
                pieces=tuple(self.text(value) for value in courrier.pieces),
            ),
            pied=self.compose_pied(),
            logo=logo,
            couleurs=couleurs,
        )

    # --- values of the text ---

    def list_valeurs(self) -> dict[str, Valeur]:
        """Return what the texts of this letter may say: a key that was not given is empty, and false."""
        courrier = self.courrier
        values = {
            "date": self.value(self.dossier.date),
            "emetteur": self.word(courrier.emetteur.nom),
            "client": self.word(courrier.client.nom),
            "numero": self.word(courrier.numero),
            "devis": self.word(courrier.devis),
            "signataire": self.word(", ".join(self.compose_signataire(self.courrier.signataire))),
            "qualite": self.word(self.qualite),
        }
        for name in list_noms(self.modele) - set(values):
            key, _, part = name.partition(".")
            given = self.read_key(key)
            values[name] = self.value(getattr(given, part, None) if part else given)
        self.complete(values)
        return values

    def read_key(self, key: str) -> Any:
        """Return what the letter holds under a key."""
        fields = type(self.courrier).model_fields
        return getattr(self.courrier, next(name for name, champ in fields.items() if key in (name, champ.alias)))

    def complete(self, values: dict[str, Valeur]) -> None:
        """Add what a letter leaves to its kind: the days that follow from another one, and rates."""
        courrier = self.courrier
        if not isinstance(courrier, HausseTarifs):
            return
        if courrier.pourcentage is not None:
            values["pourcentage"] = Valeur(courrier.pourcentage, self.rate(courrier.pourcentage))
        if courrier.a_compter_du is not None:
            eve = courrier.a_compter_du - dt.timedelta(days=1)
            values["commande_avant"] = self.value(courrier.commande_avant or eve)
            values["resiliation_avant"] = self.value(courrier.resiliation_avant or courrier.a_compter_du)

    def value(self, given: Any) -> Valeur:
        """Return a value of the letter: what its text compares, and what it prints in the middle of a sentence."""
        match given:
            case bool():
                return Valeur(given, "")
            case dt.date():
                return Valeur(given, self.day(given))
            case Decimal():
                return Valeur(given, self.money(given))
            case str():
                return Valeur(given, self.inside(given))
            case tuple():
                names = [self.inside(_name(item)) for item in given]
                return Valeur(tuple(names), typo.join_list(names, self.langue))
            case Grammaire():
                named = self.inside(_name(given))
                return Valeur(named or "x", named)
        return Valeur("", "")

    def word(self, text: str | None) -> Valeur:
        """Return a name or a number, as typed."""
        return Valeur(text or "", text or "")

    # --- figures ---

    def money(self, value: Decimal) -> str:
        """Return « 1 234,50 € », or « 0,0375 € »: a price may be finer than its currency."""
        devise = self.courrier.devise
        decimals = minor_unit(devise)
        pattern = typo.format_money(ZERO, devise, self.langue)
        zero = typo.format_amount(ZERO, decimals, self.langue)
        return pattern.replace(zero, typo.format_price(value, decimals, self.langue))

    def change(self, tarif: Tarif) -> str:
        """Return « +6,7 % », to one decimal; nothing for what was free."""
        if not tarif.ancien or tarif.nouveau is None:
            return ""
        ecart = round_amount((tarif.nouveau - tarif.ancien) * CENT / tarif.ancien, 1)
        return ("+" if ecart > 0 else "") + self.rate(ecart)

    @property
    def taxes(self) -> str:
        """« HT », or « TTC » for a particulier; nothing from a sender who bills no VAT.

        Source: C. conso. art. L112-1 (what prices tell a consumer).
        """
        if self.courrier.emetteur.regime_tva == "franchise":
            return ""
        return self.w.ttc if self.qualite == "particulier" else self.w.ht

    # --- pieces ---

    def paragraphs(self, texts: Sequence[str]) -> tuple[Bloc, ...]:
        """Return a user's own paragraphs, as typed; an empty line parts two of them."""
        parts = (part.strip() for text in texts for part in re.split(r"\n\s*\n", text))
        return tuple(Bloc("p", (Morceau(self.text(part)),)) for part in parts if part)

    def bullets(self, texts: Sequence[str]) -> tuple[Bloc, ...]:
        """Return the items of a list, as typed."""
        return tuple(Bloc("puce", (Morceau(self.text(text)),)) for text in texts)

    def fill(self, parts: Sequence[Bloc | Emplacement]) -> tuple[Bloc | Tableau, ...]:
        """Put lists and tables where the text leaves room for them."""
        done: list[Bloc | Tableau] = []
        for part in parts:
            if isinstance(part, Bloc):
                done.append(part)
            else:
                done += self.compose_place(part.nom)
        return tuple(done)

    def compose_place(self, key: str) -> Sequence[Bloc | Tableau]:
        """Return the list or the table of a key; nothing when it was not given."""
        if key == PROMESSES:
            return self.compose_promesses()
        items = self.read_key(key)
        if items and isinstance(items[0], Tarif):
            return (self.compose_tarifs(items),)
        if items and isinstance(items[0], FactureImpayee):
            return (self.compose_factures(items),)
        if items and isinstance(items[0], Promesse):
            return self.compose_dates(items)
        return self.bullets(items)

    def compose_dates(self, promesses: Sequence[Promesse]) -> tuple[Bloc, ...]:
        """Return promises as a list: the day, then what."""
        return self.bullets([self.w.quand.format(self.day(item.pour), item.quoi or "") for item in promesses])

    def compose_promesses(self) -> tuple[Bloc, ...]:
        """Return what the letter promises beside its text."""
        promesses = self.courrier.promesses
        return (Bloc("p", (Morceau(self.w.promesses),)), *self.compose_dates(promesses)) if promesses else ()

    def compose_tarifs(self, tarifs: Sequence[Tarif]) -> Tableau:
        """Return the prices before and after; the column of units only when one is given."""
        w = self.w
        with_unite = any(tarif.unite for tarif in tarifs)
        heads = (w.prestation, w.unite, w.ancien.format(self.taxes), w.nouveau.format(self.taxes), w.ecart)
        rows = [
            (
                self.text(tarif.prestation),
                self.unite(tarif.unite),
                self.money(tarif.ancien or ZERO),
                self.money(tarif.nouveau or ZERO),
                self.change(tarif),
            )
            for tarif in tarifs
        ]
        kept = [index for index in range(len(heads)) if with_unite or index != 1]
        start = self.courrier.a_compter_du if isinstance(self.courrier, HausseTarifs) else None
        return Tableau(
            w.tarifs.format(self.day(start)),
            tuple(heads[index] for index in kept),
            tuple(tuple(row[index] for index in kept) for row in rows),
            chiffres=tuple(range(len(kept) - 3, len(kept))),
        )

    def compose_factures(self, factures: Sequence[FactureImpayee]) -> Tableau:
        """Return the unpaid invoices, and their sum when there are several."""
        w = self.w
        total = sum((facture.montant or ZERO for facture in factures), ZERO)
        return Tableau(
            w.factures,
            (w.facture, w.echeance, w.reste),
            tuple(
                (facture.numero or "", self.day(facture.echeance), self.money(facture.montant or ZERO))
                for facture in factures
            ),
            chiffres=(2,),
            total=(w.total, "", self.money(total)) if len(factures) > 1 else (),
        )

    def compose_metas(self) -> tuple[Meta, ...]:
        """The date, then what the client knows this by."""
        courrier, t = self.courrier, self.t
        rows = [Meta(t.meta_date, self.day(self.dossier.date))]
        if courrier.reference_client:
            rows.append(Meta(t.meta_reference, courrier.reference_client))
        if courrier.devis:
            rows.append(Meta(t.meta_devis, courrier.devis))
        return (*rows, *self.compose_envoi(courrier.envoi))


def _name(item: Any) -> str:
    """Return what stands for an item in a sentence."""
    if isinstance(item, str):
        return item
    return next(
        (said for key in ("quoi", "designation", "prestation", "numero") if (said := getattr(item, key, None))), ""
    )
