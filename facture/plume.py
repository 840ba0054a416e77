"""The words of a page that depend on who writes and in which language: signs of print, identity, addresses.

Why apart: a devis, general conditions and a contract are different pages by the same hand. The identity at the foot of
a page is set by law, form by form, and must be said in one way everywhere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from facture import typo
from facture.documents import Adresse, Client, Emetteur, Partie
from facture.geometrie import PIED_LARGEUR, count_lines, fit_line, fits_line
from facture.libelles import Textes, get_textes
from facture.page import Emetteur as Expediteur
from facture.page import Meta
from facture.typo import NBSP

MAX_ADRESSE = 8
"""Lines that the window of an envelope shows, at the small size."""

_REGISTRE = frozenset({"EURL", "SARL", "SASU", "SAS", "SA", "SELARL", "SNC", "SCI"})
_INDIVIDUELS = frozenset({"EI", "micro"})

_VILLE_PUIS_CODE = frozenset({"AU", "CA", "GB", "IE", "IN", "NZ", "US"})
"""Countries whose post wants the town before the code."""

_APRES_LA_RUE = re.compile(r"(BP|CS|TSA|CEDEX)\b", re.IGNORECASE)
"""Special delivery lines, which stand between the street and the town. Source: NF Z 10-011, line 5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mots:
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
    adresse_electronique: str
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
    regle_le: str
    regle_au: str
    detail_option: str
    detail_tva: str
    detail_acompte: str
    detail_taux: str
    detail_sans_tva: str
    detail_total: str

    facture_arretee: str
    avoir_arrete: str
    ttc: str
    remplace: str
    paiement: str
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

    annexees_devis: str
    annexees_facture: str
    annexees_ici: str
    empreinte: str
    version_du: str
    version: str
    acceptation: str
    projet_de: str
    titre_contrat: str
    fait_a: str
    objet_du_contrat: str
    contrat_objet: str
    contrat_devis: str
    contrat_prix: str
    contrat_prix_net: str
    contrat_duree: str
    contrat_article_objet: str
    represente_par: str
    le_prestataire: str
    le_client: str
    annexe_devis: str
    par: dict[str, str]
    envoi: str
    recommande: str
    courriel: str


_FR = Mots(
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
    adresse_electronique="E-facture",
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
    regle_le="Déjà réglé le {}",
    regle_au="Déjà réglé au {}",
    detail_option="{} à {}",
    detail_tva="TVA {}",
    detail_acompte="dont {}",
    detail_taux=f"{{}}{NBSP}HT et{NBSP}{{}}{NBSP}de{NBSP}TVA{NBSP}à{NBSP}{{}}",
    detail_sans_tva="{} sans TVA",
    detail_total="Détail du total",
    facture_arretee="Facture arrêtée à la somme {}.",
    avoir_arrete="Avoir arrêté à la somme {}.",
    ttc=" toutes taxes comprises",
    remplace="Cette facture annule et remplace la facture {}.",
    paiement="Paiement {}.",
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
    # The wording follows the sense of the abolished form, and names no article.
    travaux_certifie=(
        "Le client certifie que les travaux {} portent sur un local à usage d’habitation achevé depuis plus de "
        "deux ans et qu’ils n’ont pas pour effet de concourir à la production d’un immeuble neuf."
    ),
    annexees_devis="annexées au devis {}",
    annexees_facture="annexées à la facture {}",
    annexees_ici="annexées à ce document",
    empreinte="Empreinte {}",
    version_du="version {} du {}",
    version="version {}",
    acceptation=f"Le client accepte les conditions jointes à ce document{NBSP}: {{}} (empreinte {{}}).",
    projet_de="Projet de {}",
    titre_contrat="Contrat de prestation de services",
    fait_a="Fait à {}, le {}, en deux exemplaires",
    objet_du_contrat="objet du contrat",
    contrat_objet=f"Le client confie au prestataire, qui l’accepte, la mission suivante{NBSP}: «{NBSP}{{}}{NBSP}».",
    contrat_devis="Elle est décrite au devis {} du {}, qui fait partie du contrat.",
    contrat_prix="Son prix est de {} hors taxes, soit {} toutes taxes comprises.",
    contrat_prix_net="Son prix est de {}.",
    contrat_duree="La mission court {}.",
    contrat_article_objet="Objet du contrat",
    represente_par="Représenté par {}.",
    le_prestataire="Le prestataire",
    le_client="Le client",
    annexe_devis="Devis {} du {}",
    par={
        "virement": "par virement",
        "cheque": "par chèque",
        "carte": "par carte bancaire",
        "prelevement": "par prélèvement",
        "especes": "en espèces",
    },
    envoi="Envoi",
    recommande="recommandé avec AR",
    courriel="courriel",
)
_EN = Mots(
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
    adresse_electronique="E-invoice to",
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
    regle_le="Already paid on {}",
    regle_au="Already paid by {}",
    detail_option="{} at {}",
    detail_tva="VAT {}",
    detail_acompte="of which {}",
    detail_taux="{} excl. VAT and {} of VAT at {}",
    detail_sans_tva="{} without VAT",
    detail_total="How the total is made up",
    facture_arretee="{}.",
    avoir_arrete="{}.",
    ttc=", VAT included",
    remplace="This invoice cancels and replaces invoice {}.",
    paiement="Payment {}.",
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
    annexees_devis="annexed to quotation {}",
    annexees_facture="annexed to invoice {}",
    annexees_ici="annexed to this document",
    empreinte="Fingerprint {}",
    version_du="version {} of {}",
    version="version {}",
    acceptation="The client accepts the terms attached to this document: {} (fingerprint {}).",
    projet_de="Draft {}",
    titre_contrat="Services agreement",
    fait_a="Done at {}, {}, in two copies",
    objet_du_contrat="purpose of the agreement",
    contrat_objet="The client entrusts the contractor, who accepts it, with the following assignment: {}.",
    contrat_devis="It is described in quotation {} of {}, which forms part of this agreement.",
    contrat_prix="Its price is {} excluding VAT, that is {} including VAT.",
    contrat_prix_net="Its price is {}.",
    contrat_duree="The assignment runs {}.",
    contrat_article_objet="Purpose",
    represente_par="Represented by {}.",
    le_prestataire="The contractor",
    le_client="The client",
    annexe_devis="Quotation {} of {}",
    par={
        "virement": "by bank transfer",
        "cheque": "by cheque",
        "carte": "by card",
        "prelevement": "by direct debit",
        "especes": "in cash",
    },
    envoi="Sent by",
    recommande="registered mail",
    courriel="e-mail",
)


UNITES_EN = {
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

_DEBUTS_FR = frozenset({
    "le", "la", "les", "l", "un", "une", "des", "du", "de", "d", "au", "aux", "ce", "cet", "cette", "ces", "c",
    "notre", "nos", "votre", "vos", "leur", "leurs", "nous", "vous", "il", "elle", "ils", "elles", "on", "en",
    "à", "dans", "pour", "par", "sur", "sous", "avec", "sans", "dès", "depuis", "après", "avant", "pendant",
    "si", "quand", "lorsque", "chaque", "tout", "toute", "toutes", "tous", "deux", "trois", "quatre", "cinq", "six",
    "sept", "huit", "neuf", "dix", "onze", "douze",
})  # fmt: skip
_DEBUTS_EN = frozenset({
    "the", "a", "an", "our", "your", "their", "this", "that", "these", "those", "we", "you", "it", "he", "she",
    "they", "there", "in", "on", "at", "for", "by", "with", "without", "since", "after", "before", "during",
    "if", "when", "each", "every", "all", "to", "one", "two", "three", "four", "five", "six", "seven", "eight",
    "nine", "ten", "eleven", "twelve",
})  # fmt: skip
"""Words that lose their capital in the middle of a sentence; any other may be a name."""


class Plume:
    """Writes for one sender, in one language.

    Args:
        langue: of the document.
        fiche: the sender.
        pays: country of the reader: that of the sender is said to a reader of another one.
    """

    def __init__(self, langue: str, fiche: Emetteur, pays: str = "FR") -> None:
        self.langue = langue
        self.is_french = langue != "en"
        self.t: Textes = get_textes(langue)
        self.m = _FR if self.is_french else _EN
        self.fiche = fiche
        self.pays = pays

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

    def day(self, value: dt.date | None) -> str:
        """Return a date in words, or nothing."""
        return "" if value is None else typo.format_date(value, self.langue)

    def bare(self, value: str, *, lower: bool = False) -> str:
        """Return a text ready to stand inside a sentence: no full stop of its own."""
        text = self.text(value).rstrip(". ")
        return text[:1].lower() + text[1:] if lower and text[1:2].islower() else text

    def compose_emetteur(self, *, with_enseigne: bool) -> Expediteur:
        """The sender at the top right.

        Why: the foot of the page is a margin box, which a screen reader never meets; so form, capital and
        register stand here as well, in the body.
        """
        fiche = self.fiche
        nom = self.text(fiche.nom) or self.missing(self.m.nom_emetteur)
        contact = [fiche.email, (fiche.telephone or "").replace(" ", NBSP)]
        site = re.sub(r"^https?://(www\.)?", "", fiche.site or "").rstrip("/")
        register = [self.capital(fiche), self.m.rcs_ville.format(self.unbroken(fiche.rcs)) if fiche.rcs else ""]
        numbers = [
            f"SIREN{NBSP}{group_siren(siren_of(fiche))}" if siren_of(fiche) else "",
            self.m.tva.format(group_tva(fiche.tva_intra)) if fiche.tva_intra else "",
        ]
        own = fiche.adresse_electronique
        # Without one of its own, the sender is reached by its SIREN, which stands below.
        routing = f"{self.m.adresse_electronique} {own}" if own and own != siren_of(fiche) else ""
        lines = (
            self.one_line(fiche.adresse),
            ", ".join(filter(None, contact)),
            ", ".join(filter(None, (site, routing))),
            ", ".join(filter(None, register)),
            ", ".join(filter(None, numbers)),
        )
        enseigne = self.text(fiche.nom) if with_enseigne else ""
        return Expediteur(self.identite(fiche) or nom, tuple(filter(None, lines)), enseigne)

    def foreign_country(self, adresse: Adresse, langue: str) -> str:
        """Return the country of an address that is not in the sender's, else nothing."""
        return "" if adresse.pays == self.fiche.adresse.pays else name_country(adresse.pays, langue)

    def compose_destinataire(self, client: Client, facturation: Adresse | None = None) -> tuple[str, ...]:
        """The address as on the envelope: town and country in capitals, eight lines at most.

        Source: La Poste, NF Z 10-011; the country is in French, for the post that sends the letter.
        """
        nom = self.text(client.nom) or self.missing(self.m.nom_client)
        head = [nom, self.text(client.contact)] if client.contact else [nom]
        adresse = facturation or client.adresse
        if adresse.is_empty:
            # Without a client at all, one hole is enough to say it.
            return (*head, self.missing(self.m.adresse_client)) if client.nom else (*head,)
        lines = self.address_lines(adresse)
        town = [line.upper() for line in (find_town(adresse), self.foreign_country(adresse, "fr")) if line]
        while len(head) + len(lines) + len(town) > MAX_ADRESSE and len(lines) > 1:
            lines[:2] = [", ".join(lines[:2])]
        return (*head, *lines, *town)

    def inside(self, text: str) -> str:
        """Return a text ready to stand inside a sentence: no full stop of its own, no capital but that of a name."""
        text = text.strip()
        if text.endswith("."):
            text = f"{text[:-3]}…" if text.endswith("...") else text[:-1]
        debuts = _DEBUTS_FR if self.is_french else _DEBUTS_EN
        first, following = (*re.split(r"[ '’]", text, maxsplit=1), "")[:2]
        # « L'Oréal », « La Poste »: a name that begins with an article has a second capital.
        common = first.lower() in debuts and not following[:1].isupper()
        return text[:1].lower() + text[1:] if common else text

    def fit_courant(self, named: str, about: str, nom: str, client: str, date: dt.date) -> str:
        """The running head of a letter's next pages, on one line: what it is about when there is room for it."""
        dated = self.t.courant.format(named, typo.format_short_date(date, self.langue))
        parties = self.t.courant_parties.format(nom, client)
        wanted = [f"{dated}, {about}, {parties}"] if about else []
        return fit_line((*wanted, f"{dated}, {parties}", f"{dated}, {nom}", named), "courant")

    def unite(self, unite: str | None) -> str:
        """Return a unit as typed, or in English when it is a usual one."""
        if not unite:
            return ""
        return self.text(unite) if self.is_french else UNITES_EN.get(unite.lower(), unite)

    def compose_signataire(self, signataire: str | None) -> tuple[str, ...]:
        """Who signs: « Inès Carvalho », then « gérante »; the sender's name stays whole, commas and all."""
        person = signataire or self.fiche.contact
        if not person:
            return tuple(filter(None, (self.text(self.fiche.nom),)))
        return tuple(filter(None, (self.text(part.strip()) for part in person.split(",", 1))))

    def compose_envoi(self, envoi: str | None) -> tuple[Meta, ...]:
        """How a letter is sent, when that is worth a row; an ordinary letter says nothing."""
        value = {"recommande": self.m.recommande, "courriel": self.m.courriel}.get(envoi or "")
        return (Meta(self.m.envoi, value),) if value else ()

    def compose_pied(self) -> tuple[str, ...]:
        """The legal identity at the foot of every page, by legal form, each number said once.

        Source: C. com. art. R123-237 (register, seat), R123-238 (form, capital), R526-27 (« EI »).
        """
        fiche = self.fiche
        if not fiche.nom:
            return ()
        adresse = self.one_line(fiche.adresse)
        is_company = fiche.forme_juridique in _REGISTRE or fiche.forme_juridique == "association"
        siren = siren_of(fiche)
        in_register = bool(fiche.rcs and siren)
        parts = [
            self.identite(fiche, with_capital=True),
            self.m.siege.format(adresse) if adresse and is_company else adresse,
            self.m.rcs.format(self.unbroken(fiche.rcs), group_siren(siren)) if in_register else "",
            # A SIRET starts with the SIREN, which the register has just given too.
            f"SIREN{NBSP}{group_siren(siren)}" if siren and not in_register and not fiche.siret else "",
            f"SIRET{NBSP}{group_siret(fiche.siret)}" if fiche.siret else "",
            self.m.tva.format(group_tva(fiche.tva_intra)) if fiche.tva_intra else "",
        ]
        return _pack([f"{part}." for part in parts if part])

    def unbroken(self, ville: str | None) -> str:
        """Return the town of a register in one piece: its number must not be looked for on the next line."""
        return self.text(ville).replace(" ", NBSP)

    def identite(self, fiche: Emetteur, *, with_capital: bool = False) -> str:
        """« Studio Orvenne SASU », « Inès Carvalho EI »; with the capital, « Studio Orvenne, SASU au capital de… »."""
        nom, forme = self.text(fiche.nom), fiche.forme_juridique
        if not nom or forme is None:
            return nom
        if forme in _INDIVIDUELS:
            said = re.search(r"\bEI\b|entrepreneu(r|se) individuel", nom, re.IGNORECASE)
            return nom if said else f"{nom} EI"
        capital = self.capital(fiche)
        if with_capital and capital:
            bare = re.sub(rf"\s+{forme}$", "", nom)
            return f"{bare}, {capital}"
        said = re.search(rf"\b{re.escape(forme)}\b", nom, re.IGNORECASE)
        if said or (forme == "association" and not with_capital):
            return nom
        return f"{nom}, {forme}" if with_capital else f"{nom} {forme}"

    def capital(self, fiche: Emetteur) -> str:
        """Return « SAS au capital de 10 000 € », or nothing."""
        if fiche.capital is None or fiche.forme_juridique is None:
            return ""
        capital = typo.format_round_money(fiche.capital, "EUR", self.langue)
        pattern = self.m.capital_variable if fiche.capital_variable else self.m.capital
        return pattern.format(fiche.forme_juridique, capital)

    def one_line(self, adresse: Adresse) -> str:
        """The sender's own address; its country matters to a client of another one."""
        if adresse.is_empty:
            return ""
        abroad = not self.is_french or self.pays != adresse.pays
        pays = name_country(adresse.pays, self.langue) if abroad else ""
        return ", ".join(filter(None, (*self.address_lines(adresse), self.text(find_town(adresse)), pays)))

    def address_lines(self, adresse: Adresse) -> list[str]:
        """Complements, street, special delivery lines, in the order of the post."""
        before = [self.text(line) for line in adresse.complement if not _APRES_LA_RUE.match(line)]
        after = [self.text(line) for line in adresse.complement if _APRES_LA_RUE.match(line)]
        return [line for line in (*before, self.text(adresse.rue), *after) if line]


# --------------------------------------------------------------------------------------------------
# Numbers of identity, addresses


def _group(text: str, *sizes: int) -> str:
    """Cut a number into groups joined by no-break spaces; what is left over is one more group."""
    parts = []
    for size in sizes:
        parts.append(text[:size])
        text = text[size:]
    return NBSP.join(part for part in (*parts, text) if part)


def group_siren(siren: str) -> str:
    """Return « 004 217 360 »."""
    return _group(siren, 3, 3, 3)


def group_siret(siret: str) -> str:
    """Return « 004 217 360 00017 »."""
    return _group(siret, 3, 3, 3, 5)


def group_tva(tva: str | None) -> str:
    """Return « FR91 004217360 »; other countries keep their own grouping, which we do not know."""
    if not tva:
        return ""
    return _group(tva, 4) if tva.startswith("FR") else tva


def group_iban(iban: str) -> str:
    """Return an IBAN in groups of four."""
    return NBSP.join(iban[i : i + 4] for i in range(0, len(iban), 4))


def siren_of(fiche: Partie) -> str:
    """Return the SIREN typed, or the one that the SIRET begins with."""
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


def de(noun: str) -> str:
    """Put « de » before a noun: « d’avoir », « de facture ». An h is left alone: half of them want no elision."""
    return f"d’{noun}" if typo.strip_accents(noun[:1]).lower() in set("aeiou") else f"de {noun}"


def find_town(adresse: Adresse) -> str:
    """Return the code and the town, in the order of the country."""
    parts = (adresse.code_postal, adresse.ville)
    if adresse.pays in _VILLE_PUIS_CODE:
        parts = parts[::-1]
    return " ".join(part for part in parts if part)


def name_country(pays: str, langue: str) -> str:
    """Return the name of a country.

    Why: babel is loaded here and nowhere else, for the few documents that cross a border.
    """
    if pays == "FR":
        return "France"
    from babel import Locale

    return str(Locale.parse("en" if langue == "en" else "fr").territories.get(pays, pays))
