"""The grammar of a document: which keys exist, what each may hold, and the typed value it becomes.

Why pydantic: one model gives the validation, the JSON Schema that editors read and the reference page in docs/.
Every field is optional here: whether something *must* be there depends on the document (draft or numbered,
business or consumer), and that is what `facture.rules` decides. Reading errors carry our own codes and French
words; `facture.lecture` places them.

Source: the names follow the French trade; the EN 16931 term (BT/BG number) of a field is given where there is one.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import (
    BeforeValidator,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    WithJsonSchema,
)

from facture.grammaire import (
    FORMES,
    LANGUES,
    MOYENS,
    NATURES_DOCUMENT,
    NATURES_OPERATION,
    QUALITES,
    STATUTS_PROMESSE,
    TEXT_SCHEMA,
    TEXTS_SCHEMA,
    Booleen,
    Citations,
    ClauseCitee,
    Cours,
    Devise,
    Echeance,
    Entier,
    Identifiant,
    Jour,
    Marque,
    Modele,
    Montant,
    MontantSigne,
    Mot,
    NatureOperation,
    NaturesDocument,
    Numero,
    Pays,
    Penalites,
    Phrase,
    Phrases,
    Prix,
    Quantite,
    Renvoi,
    RenvoiClause,
    Renvoyee,
    SchemaSansNul,
    Taux,
    Tva,
    Validite,
    Version,
    as_list,
    one_of,
    read_text,
    read_tva_par_taux,
    refuse,
    spread_assureur,
    spread_escompte,
    spread_nom,
    spread_part,
)

# --- Models ----------------------------------------------------------------------------------------------------------


class Adresse(Modele):
    """A postal address (BG-5, BG-8, BG-15)."""

    rue: Mot | None = Field(None, description="Numéro et voie.")
    complement: Annotated[tuple[Mot, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA)] = Field(
        (), max_length=12, description="Bâtiment, étage, boîte postale : une ou plusieurs lignes."
    )
    code_postal: Mot | None = Field(None, description="Code postal, zéros de tête gardés : 01000.")
    ville: Mot | None = Field(None, description="Ville.")
    pays: Pays = Field("FR", description="Code du pays en deux lettres (ISO 3166-1).")

    @property
    def is_empty(self) -> bool:
        """True when there is nothing to print on an envelope."""
        return not (self.rue or self.complement or self.code_postal or self.ville)


class Assurance(Modele):
    """Professional insurance to name on the papers (C. assur. art. L243-2)."""

    nom: Mot | None = Field(None, description="Assureur.", alias="assureur")
    adresse: Phrase | None = Field(None, description="Coordonnées de l'assureur.")
    contrat: Mot | None = Field(None, description="Numéro du contrat.")
    couverture: Phrase | None = Field(None, description="Étendue géographique de la garantie.")
    type: Mot | None = Field(None, description="Nature de l'assurance : décennale, responsabilité civile…")


class Mediateur(Modele):
    """Consumer mediator (C. conso. art. L616-1)."""

    nom: Mot | None = Field(None, description="Nom du médiateur de la consommation.")
    adresse: Phrase | None = Field(None, description="Adresse postale du médiateur.")
    site: Mot | None = Field(None, description="Site du médiateur.")


class Partie(Modele):
    """What the seller and the buyer have in common."""

    nom: Mot | None = Field(None, description="Nom ou dénomination (BT-27, BT-44).")
    siren: Identifiant | None = Field(None, description="SIREN, 9 chiffres (BT-30, BT-47).")
    siret: Identifiant | None = Field(None, description="SIRET, 14 chiffres.")
    tva_intra: Identifiant | None = Field(None, description="Numéro de TVA intracommunautaire (BT-31, BT-48).")
    adresse: Adresse = Field(Adresse(), description="Adresse postale.")
    email: Mot | None = Field(None, description="Adresse de courriel.")
    telephone: Mot | None = Field(None, description="Téléphone.")
    adresse_electronique: Mot | None = Field(
        None,
        description="Adresse de facturation électronique, si ce n'est pas le SIREN : 123456789_COMPTA (BT-34, BT-49).",
    )


class Emetteur(Partie):
    """The seller (BG-4): who sends the document, and how to pay."""

    forme_juridique: Annotated[str, PlainValidator(one_of(*FORMES)), WithJsonSchema({"enum": list(FORMES)})] | None = (
        Field(None, description="Forme juridique : décide des mentions d'identité.")
    )
    capital: Montant | None = Field(None, description="Capital social, en euros.")
    capital_variable: Booleen = Field(False, description="Capital variable.")
    rcs: Mot | None = Field(None, description="Ville du greffe d'immatriculation au RCS.")
    regime_tva: (
        Annotated[
            str,
            PlainValidator(one_of("franchise", "reel", "debits")),
            WithJsonSchema({"enum": ["franchise", "reel", "debits"]}),
        ]
        | None
    ) = Field(None, description="Régime de TVA : franchise en base, réel, ou réel avec option pour les débits.")
    contact: Mot | None = Field(None, description="Personne qui signe : nom et qualité.")
    site: Mot | None = Field(None, description="Site internet.")
    iban: Identifiant | None = Field(None, description="IBAN du compte à créditer (BT-84).")
    bic: Identifiant | None = Field(None, description="BIC de la banque (BT-86).")
    titulaire: Mot | None = Field(None, description="Titulaire du compte, s'il diffère du nom (BT-85).")
    logo: Mot | None = Field(None, description="Logo PNG, JPEG ou SVG : chemin depuis ce fichier.")
    assurance: Annotated[Assurance, BeforeValidator(spread_assureur, json_schema_input_type=str | Assurance)] | None = (
        Field(None, description="Assurance professionnelle : un texte, ou {assureur, adresse, contrat, couverture}.")
    )
    mediateur: Annotated[Mediateur, BeforeValidator(spread_nom, json_schema_input_type=str | Mediateur)] | None = Field(
        None, description="Médiateur de la consommation : un texte, ou {nom, adresse, site}."
    )
    association_agreee: Marque = Field(False, description="Membre d'une association ou d'un centre de gestion agréé.")
    mentions: Phrases = Field((), description="Mentions à imprimer sur tous les documents de cet émetteur.")


class Client(Partie):
    """The buyer (BG-7)."""

    qualite: (
        Annotated[
            str,
            PlainValidator(one_of(*QUALITES)),
            WithJsonSchema({"enum": list(QUALITES)}),
        ]
        | None
    ) = Field(None, description="Professionnel, particulier ou public ; déduit d'un SIREN, SIRET ou numéro de TVA.")
    contact: Mot | None = Field(None, description="Personne ou service, sous le nom dans l'adresse (BT-56).")
    adresse_livraison: Adresse | None = Field(None, description="Adresse de livraison si elle diffère (BG-15).")
    code_service: Mot | None = Field(None, description="Code service de l'acheteur public (BT-10).")
    engagement: Mot | None = Field(None, description="Numéro d'engagement de l'acheteur public (BT-13).")

    @property
    def qualite_deduite(self) -> str | None:
        """The quality typed, or professionnel when an identifier of a business is there."""
        if self.qualite is None and (self.siren or self.siret or self.tva_intra):
            return "professionnel"
        return self.qualite

    @property
    def is_in_directory(self) -> bool:
        """True for a business or a public body of France, which platforms find by its SIREN."""
        return self.adresse.pays == "FR" and self.qualite_deduite != "particulier"

    @property
    def adresse_de_plateforme(self) -> str:
        """Where an e-invoice reaches the buyer (BT-49): as typed, else the SIREN in France, else the e-mail; or ""."""
        if self.adresse_electronique:
            return self.adresse_electronique
        return (self.siren or (self.siret or "")[:9]) if self.is_in_directory else self.email or ""


class Part(Modele):
    """A rate or an amount: `30 %`, `50`, or a group of keys."""

    taux: Taux | None = Field(None, description="Taux, en %.")
    montant: Montant | None = Field(None, description="Montant, dans la devise du document.")


class Remise(Part):
    """A discount on a line (BG-27) or on the whole (BG-20)."""

    motif: Phrase | None = Field(None, description="Motif imprimé à côté de la remise (BT-97, BT-139).")


class Periode(Modele):
    """A span of days, both included (BG-14, BG-26)."""

    du: Jour | None = Field(None, description="Premier jour.")
    au: Jour | None = Field(None, description="Dernier jour.")


class Ligne(Modele):
    """One line of the table (BG-25): billed, given (`offert`) or proposed (`option`)."""

    designation: Annotated[str, PlainValidator(read_text(1000)), WithJsonSchema(TEXT_SCHEMA)] | None = Field(
        None, description="Ce qui est vendu (BT-153)."
    )
    description: Phrase | None = Field(None, description="Précision sous la désignation (BT-154).")
    reference: Mot | None = Field(None, description="Votre référence de l'article (BT-155).")
    article: Mot | None = Field(None, description="Entrée de catalogue/*.yaml, complétée par ce que dit la ligne.")
    contenu: Phrases = Field((), description="Ce que le prix comprend, en puces.")
    quantite: Quantite = Field(Decimal(1), description="Quantité, 4 décimales au plus (BT-129).")
    unite: Annotated[str, PlainValidator(read_text(20)), WithJsonSchema(TEXT_SCHEMA)] | None = Field(
        None, description="Unité : jour, heure, mois, pièce… imprimée telle quelle (BT-130)."
    )
    prix_unitaire: Prix | None = Field(None, description="Prix unitaire HT, 6 décimales au plus (BT-148).")
    prix_unitaire_ttc: Prix | None = Field(None, description="Prix unitaire TTC ; alors toutes les lignes le sont.")
    tva: Tva | None = Field(None, description="Taux de TVA ou situation, si elle diffère du document.")
    remise: Annotated[Remise, BeforeValidator(spread_part, json_schema_input_type=str | float | Remise)] | None = Field(
        None, description="Remise : 10 %, 50 (dans la devise), ou {taux|montant, motif}."
    )
    offert: Marque = Field(False, description="Offert : oui, ou le motif. Imprimé à sa valeur, remise 100 %.")
    option: Marque = Field(False, description="Option : montrée avec son prix, jamais comptée.")
    nature: NatureOperation | None = Field(None, description="bien ou service ; service quand rien ne le dit.")
    periode: Periode | None = Field(None, description="Période de la prestation {du, au} (BG-26).")

    @property
    def statut(self) -> Literal["facture", "offert", "option"]:
        """Billed, given or proposed: three different things."""
        if self.option:
            return "option"
        return "offert" if self.offert else "facture"


def _refuse_section(value: Any) -> Any:
    if isinstance(value, dict) and ("section" in value or "lignes" in value):
        refuse("F216", "une section dans une section", "un seul niveau de sections : remontez celle-ci")
    return value


class Section(Modele):
    """A titled group of lines, with its sub-total."""

    section: Mot | None = Field(None, description="Titre du groupe.")
    lignes: tuple[Annotated[Ligne, BeforeValidator(_refuse_section)], ...] = Field((), description="Lignes du groupe.")


def _line_kind(value: Any) -> str:
    return (
        TAG_SECTION
        if isinstance(value, Section) or (isinstance(value, dict) and ("section" in value or "lignes" in value))
        else TAG_LIGNE
    )


# Guillemets cannot be mistaken for a key of the user's: they only name the two alternatives in an error's path.
TAG_SECTION, TAG_LIGNE = "«section»", "«ligne»"

LigneOuSection = Annotated[
    Annotated[Ligne, Tag(TAG_LIGNE)] | Annotated[Section, Tag(TAG_SECTION)], Discriminator(_line_kind)
]


class EtapePromesse(Modele):
    """An earlier date of a promise."""

    pour: Jour | None = Field(None, description="Date promise alors.")
    le: Jour | None = Field(None, description="Jour où elle a changé.")
    motif: Phrase | None = Field(None, description="Pourquoi.")


class Promesse(Modele):
    """Something owed to the client at a date."""

    quoi: Phrase | None = Field(None, description="Ce qui est promis.")
    pour: Jour | None = Field(None, description="Date à laquelle c'est dû.")
    statut: Annotated[
        str, PlainValidator(one_of(*STATUTS_PROMESSE)), WithJsonSchema({"enum": list(STATUTS_PROMESSE)})
    ] = Field("due", description="due, tenue, renegociee ou rompue.")
    historique: tuple[EtapePromesse, ...] = Field((), description="Dates précédentes.")


class Escompte(Modele):
    """Discount for early payment; both empty means none."""

    taux: Taux | None = Field(None, description="Taux, en %.")
    jours: Entier | None = Field(None, description="Payé sous ce nombre de jours.")


class Tranche(Modele):
    """One instalment."""

    part: Annotated[Part, BeforeValidator(spread_part, json_schema_input_type=str | float | Part)] | None = Field(
        None, description="30 %, ou un montant TTC."
    )
    quand: Mot | None = Field(None, description="À quel moment : à la commande, à la livraison…")
    date: Jour | None = Field(None, description="Ou à quelle date.")


class Paiement(Modele):
    """Terms of payment (BT-20, BG-16)."""

    echeance: Echeance | None = Field(
        None, description="30 jours, 45 jours fin de mois, fin de mois 45 jours, à réception, ou une date (BT-9)."
    )
    moyens: Annotated[
        tuple[Annotated[str, PlainValidator(one_of(*MOYENS))], ...],
        BeforeValidator(as_list),
        WithJsonSchema({"anyOf": [{"enum": list(MOYENS)}, {"type": "array", "items": {"enum": list(MOYENS)}}]}),
    ] = Field((), description="Moyens acceptés : " + ", ".join(MOYENS) + ".")
    escompte: Annotated[
        Escompte,
        BeforeValidator(spread_escompte),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "required": ["taux", "jours"]}]}),
    ] = Field(Escompte(), description="néant, ou {taux, jours} ; jamais déduit du total.")
    penalites: Penalites | None = Field(
        None,
        description="bce+10, legal x 3 ou 12 %. Défaut : bce+10 (professionnel), bce+8 (public), legal (particulier).",
    )
    imputation: Annotated[
        str, PlainValidator(one_of("interets", "principal")), WithJsonSchema({"enum": ["interets", "principal"]})
    ] = Field("interets", description="Ce qu'un paiement partiel éteint d'abord (C. civ. 1343-1).")
    base_jours: Annotated[
        str,
        PlainValidator(one_of("365", "366", "360")),
        WithJsonSchema({"enum": [365, 366, 360, "365", "366", "360"]}),
    ] = Field("365", description="Jours de l'année pour les intérêts.")
    capitalisation: Booleen = Field(False, description="Intérêts capitalisés après un an, s'il en a été convenu.")
    echeancier: tuple[Tranche, ...] = Field((), description="Paiement en plusieurs fois ; les parts font 100 %.")


class AcompteVerse(Modele):
    """An acompte already invoiced, taken back on a solde."""

    numero: Numero | None = Field(None, description="Numéro de la facture d'acompte (BT-25).")
    date: Jour | None = Field(None, description="Sa date (BT-26).")
    montant_ttc: Montant | None = Field(None, description="Montant TTC.")
    tva: Annotated[dict[Decimal, Decimal], PlainValidator(read_tva_par_taux), WithJsonSchema({"type": "object"})] = (
        Field({}, description="TVA par taux {20: 80.00} ; inutile avec un seul taux.")
    )


class Reglement(Modele):
    """A payment received."""

    date: Jour | None = Field(None, description="Jour du paiement.")
    montant: Montant | None = Field(None, description="Montant reçu.")
    moyen: Annotated[str, PlainValidator(one_of(*MOYENS)), WithJsonSchema({"enum": list(MOYENS)})] | None = Field(
        None, description="Moyen de paiement."
    )
    devise: Devise | None = Field(None, description="Devise du paiement : celle du document, la seule qui se déduit.")


class Travaux(Modele):
    """What a devis for works at a private home must say (order of 24 January 2017)."""

    lieu: Phrase | None = Field(None, description="Lieu d'exécution.")
    devis_gratuit: Marque = Field(True, description="oui, ou ce que coûte le devis.")
    deplacement: Phrase | None = Field(None, description="Frais de déplacement.")
    dechets: Phrase | None = Field(None, description="Enlèvement et tri des déchets.")
    logement_plus_de_deux_ans: Booleen | None = Field(None, description="Logement achevé depuis plus de deux ans.")


class CoursEur(Modele):
    """Exchange rate that gives the VAT in euros (CGI art. 289)."""

    taux: Cours | None = Field(None, description="Combien d'unités de la devise vaut un euro, comme la BCE le publie.")
    date: Jour | None = Field(None, description="Jour du cours.")
    source: Mot | None = Field(None, description="D'où il vient : BCE, par exemple.")


class RenvoiFacture(Modele):
    """An invoice named by another document (BG-3)."""

    numero: Numero | None = Field(None, description="Numéro (BT-25).")
    date: Jour | None = Field(None, description="Date (BT-26).")


class Controle(Modele):
    """Totals the writer expects; they must agree with the computed ones."""

    brut_ht: MontantSigne | None = Field(None, description="Valeur réelle HT.")
    offert_ht: MontantSigne | None = Field(None, description="Offert HT.")
    remises_ht: MontantSigne | None = Field(None, description="Remises HT.")
    total_ht: MontantSigne | None = Field(None, description="Total HT.")
    total_tva: MontantSigne | None = Field(None, description="Total TVA.")
    total_ttc: MontantSigne | None = Field(None, description="Total TTC.")
    acomptes_ttc: MontantSigne | None = Field(None, description="Acomptes TTC.")
    regle_ttc: MontantSigne | None = Field(None, description="Paiements reçus au jour du document.")
    net_a_payer: MontantSigne | None = Field(None, description="Net à payer.")
    options_ht: MontantSigne | None = Field(None, description="Options HT.")


def spread_clauses(value: Any) -> Any:
    """`clauses: [revisions-comprises]` names clauses; a group of keys chooses them."""
    return {"avec": value} if isinstance(value, list | str) else value


Themes = Annotated[tuple[Mot, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA), Field(max_length=50)]


class Selection(Modele):
    """Which clauses: by preset, by theme, by name; less some."""

    modele: Mot | None = Field(None, description="Modèle de conditions : prestation-intellectuelle, formation…")
    themes: Themes = Field((), description="Toutes les clauses de ces thèmes : paiement, perimetre…")
    avec: Citations = Field(
        (), description="Clauses ajoutées, avec leurs valeurs : - revisions-comprises: {series: 3}."
    )
    sans: Annotated[tuple[RenvoiClause, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA)] = Field(
        (), description="Clauses retirées du modèle ou du thème."
    )


class PorteClauses(Selection):
    """A document that carries clauses; the keys of a selection may stand on it or under `clauses`."""

    clauses: Annotated[Selection, BeforeValidator(spread_clauses, json_schema_input_type=list[Any] | Selection)] = (
        Field(Selection(), description="Clauses : une liste de noms, ou {modele, themes, avec, sans}.")
    )

    def iter_citations(self) -> list[tuple[tuple[str | int, ...], ClauseCitee]]:
        """Return every clause named, with the path of its mention: those of `clauses`, then those of `avec`."""
        inside = [(("clauses", "avec", index), cited) for index, cited in enumerate(self.clauses.avec)]
        return [*inside, *((("avec", index), cited) for index, cited in enumerate(self.avec))]

    def iter_modeles(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Return the presets chosen, with their paths."""
        found = [(("clauses", "modele"), self.clauses.modele), (("modele",), self.modele)]
        return [(path, name) for path, name in found if name is not None]

    def iter_themes(self) -> list[tuple[tuple[str | int, ...], str]]:
        """Return the themes chosen, with their paths."""
        inside = [(("clauses", "themes", index), name) for index, name in enumerate(self.clauses.themes)]
        return [*inside, *((("themes", index), name) for index, name in enumerate(self.themes))]

    def list_exclues(self) -> list[tuple[tuple[str | int, ...], Renvoi]]:
        """Return the clauses taken out, with their paths."""
        inside = [(("clauses", "sans", index), renvoi) for index, renvoi in enumerate(self.clauses.sans)]
        return [*inside, *((("sans", index), renvoi) for index, renvoi in enumerate(self.sans))]

    @property
    def selects(self) -> bool:
        """True when any clause was asked for."""
        return bool(self.iter_citations() or self.iter_modeles() or self.iter_themes())


class Document(Modele):
    """What devis, facture and avoir have in common."""

    TITRE: ClassVar[str] = ""

    type: Mot = Field(description="Type du document.")
    numero: Numero | None = Field(None, description="Numéro ; absent : brouillon (BT-1).")
    date: Jour | None = Field(None, description="Date du document (BT-2).")
    langue: Annotated[str, PlainValidator(one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})] = Field(
        "fr", description="Langue du document."
    )
    devise: Devise = Field("EUR", description="Devise ISO 4217 (BT-5).")
    titre: Mot | None = Field(None, description="Titre imprimé, s'il diffère du type : Facture pro forma.")
    objet: Mot | None = Field(None, description="Objet, au-dessus du tableau.")
    emetteur: Emetteur = Field(Emetteur(), description="Émetteur : un nom, un chemin, ou ses clés.")
    client: Client = Field(Client(), description="Client : un nom, un chemin, ou ses clés.")
    reference_client: Mot | None = Field(None, description="Bon de commande du client (BT-13).")
    engagement: Mot | None = Field(None, description="Numéro d'engagement de l'acheteur public (BT-13).")
    adresse_facturation: Adresse | None = Field(None, description="Adresse de facturation si elle diffère.")
    adresse_livraison: Adresse | None = Field(None, description="Adresse de livraison si elle diffère (BG-15).")
    tva: Tva | None = Field(None, description="Taux de TVA ou situation des lignes qui n'en disent rien.")
    nature: NaturesDocument = Field(
        (), description="Nature du document, et de l'opération : bien, service (défaut) ou mixte (BT-3, BT-23)."
    )
    introduction: Phrases = Field((), description="Paragraphes avant le tableau.")
    lignes: Annotated[tuple[LigneOuSection, ...], Field(max_length=5000)] = Field((), description="Lignes et sections.")
    remise: Annotated[Remise, BeforeValidator(spread_part, json_schema_input_type=str | float | Remise)] | None = Field(
        None, description="Remise sur l'ensemble (BG-20)."
    )
    periode: Periode | None = Field(None, description="Période facturée {du, au} (BG-14).")
    promesses: tuple[Promesse, ...] = Field((), description="Ce qui est promis, et pour quand.")
    notes: Phrases = Field((), description="Paragraphes après les totaux.")
    mentions: Phrases = Field((), description="Mentions ajoutées à celles de la loi.")
    paiement: Paiement = Field(Paiement(), description="Échéance, moyens, escompte, pénalités.")
    cours_eur: CoursEur | None = Field(
        None, description="Cours de change {taux, date, source} si la TVA n'est pas en euros."
    )
    controle: Controle = Field(Controle(), description="Totaux attendus, vérifiés.")

    @property
    def is_draft(self) -> bool:
        """True without a number: BROUILLON on the page, completeness is a warning."""
        return self.numero is None

    @property
    def nature_document(self) -> str:
        """`facture`, `acompte`, `solde`, `situation` or `rectificative`."""
        return next((value for value in self.nature if value in NATURES_DOCUMENT), "facture")

    @property
    def nature_operation(self) -> str | None:
        """`bien`, `service`, `mixte`, or None when the document does not say."""
        return next((value for value in self.nature if value in NATURES_OPERATION), None)

    def iter_lignes(self) -> list[tuple[tuple[str | int, ...], str | None, Ligne]]:
        """Return every line with its path and its section's title, in the order of the page."""
        lines: list[tuple[tuple[str | int, ...], str | None, Ligne]] = []
        for index, item in enumerate(self.lignes):
            if isinstance(item, Section):
                lines += [(("lignes", index, "lignes", i), item.section, line) for i, line in enumerate(item.lignes)]
            else:
                lines.append((("lignes", index), None, item))
        return lines


class Devis(PorteClauses, Document):
    """An offer: what, at what price, until when."""

    TITRE: ClassVar[str] = "Devis"

    validite: Validite | None = Field(None, description="Durée de l'offre : 30 jours, 1 mois, ou une date.")
    acompte: Annotated[Part, BeforeValidator(spread_part, json_schema_input_type=str | float | Part)] | None = Field(
        None, description="Acompte demandé à la commande : 30 % ou un montant TTC. Ne change aucun total."
    )
    conditions_de_reussite: Phrases = Field((), description="Ce dont la mission a besoin de la part du client.")
    hors_etablissement: Booleen = Field(
        False, description="Contrat signé avec un particulier ailleurs que dans vos locaux : rétractation, sept jours."
    )
    travaux: Travaux | None = Field(None, description="Travaux chez un particulier : lieu, déplacement, déchets…")
    conditions: Renvoyee | None = Field(
        None, description="Conditions générales annexées : un nom, un chemin, ou leurs clés."
    )


class Facture(PorteClauses, Document):
    """An invoice (380, 386 when acompte, 384 when rectificative)."""

    TITRE: ClassVar[str] = "Facture"

    devis: Mot | None = Field(None, description="Devis d'origine : son numéro.")
    date_prestation: Jour | None = Field(None, description="Date de livraison ou de fin de prestation (BT-72).")
    acomptes_verses: tuple[AcompteVerse, ...] = Field((), description="Acomptes déjà facturés, repris sur un solde.")
    reglements: tuple[Reglement, ...] = Field((), description="Paiements reçus.")
    facture_rectifiee: RenvoiFacture | None = Field(None, description="Facture que celle-ci annule et remplace.")
    mise_en_demeure: Jour | None = Field(None, description="Date de la mise en demeure.")
    procedure_collective: Jour | None = Field(None, description="Jugement d'ouverture : les intérêts s'arrêtent.")
    hors_etablissement: Booleen = Field(
        False, description="Contrat signé avec un particulier ailleurs que dans vos locaux : rétractation, sept jours."
    )
    travaux: Travaux | None = Field(None, description="Travaux chez un particulier : lieu, déplacement, déchets…")
    conditions: Renvoyee | None = Field(
        None, description="Conditions générales annexées : un nom, un chemin, ou leurs clés."
    )


class Avoir(Document):
    """A credit note (381): amounts positive, and the invoice it corrects."""

    TITRE: ClassVar[str] = "Avoir"

    facture: RenvoiFacture | None = Field(None, description="Facture corrigée {numero, date} (BG-3).")
    motif: Phrase | None = Field(None, description="Pourquoi cet avoir.")


class Conditions(PorteClauses):
    """General conditions: articles chosen in the libraries, with a version and a date."""

    type: Mot = Field(description="Type du document.")
    titre: Mot | None = Field(None, description="Titre ; absent : celui du modèle.")
    version: Version | None = Field(None, description="Version de ces conditions ; absente : brouillon.")
    date: Jour | None = Field(None, description="Date de cette version.")
    langue: Annotated[str, PlainValidator(one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})] = Field(
        "fr", description="Langue des conditions."
    )
    public: Annotated[str, PlainValidator(one_of(*QUALITES)), WithJsonSchema({"enum": list(QUALITES)})] | None = Field(
        None, description="À qui elles s'adressent : professionnel, particulier ou public."
    )
    emetteur: Emetteur = Field(Emetteur(), description="Émetteur : un nom, un chemin, ou ses clés.")
    introduction: Phrases = Field((), description="Paragraphes avant le premier article.")
    paiement: Paiement = Field(Paiement(), description="Échéance, escompte et pénalités dont parlent ces conditions.")

    @property
    def is_draft(self) -> bool:
        """True without a version: BROUILLON on the page, a missing value is a warning."""
        return self.version is None


class Contrat(PorteClauses):
    """A contract for services: two parties, why, what, articles, signatures."""

    type: Mot = Field(description="Type du document.")
    numero: Numero | None = Field(None, description="Numéro ; absent : brouillon.")
    date: Jour | None = Field(None, description="Date du contrat.")
    langue: Annotated[str, PlainValidator(one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})] = Field(
        "fr", description="Langue du contrat."
    )
    titre: Mot | None = Field(None, description="Titre ; absent : Contrat de prestation de services.")
    objet: Phrase | None = Field(None, description="Ce que le prestataire fait ; absent : l'objet du devis.")
    emetteur: Emetteur = Field(Emetteur(), description="Prestataire : un nom, un chemin, ou ses clés.")
    client: Client = Field(Client(), description="Client ; absent : celui du devis.")
    devis: Renvoyee | None = Field(
        None, description="Devis dont ce contrat reprend l'objet et le prix : un nom ou un chemin."
    )
    preambule: Phrases = Field((), description="Ce que les parties rappellent avant de s'engager.")
    debut: Jour | None = Field(None, description="Premier jour.")
    fin: Jour | None = Field(None, description="Dernier jour, pour une durée fixée.")
    lieu: Mot | None = Field(None, description="Lieu de signature.")
    annexes: Phrases = Field((), description="Annexes, en plus du devis.")
    paiement: Paiement = Field(Paiement(), description="Échéance, escompte, pénalités ; absent : ceux du devis.")

    @property
    def is_draft(self) -> bool:
        """True without a number: BROUILLON on the page, a missing value is a warning."""
        return self.numero is None


class Article(Ligne):
    """An entry of `catalogue/*.yaml`: any key of a line."""


TYPES: dict[str, type[Document]] = {"devis": Devis, "facture": Facture, "avoir": Avoir}
TEXTES: dict[str, type[Conditions] | type[Contrat]] = {"conditions": Conditions, "contrat": Contrat}
"""Documents made of articles, without lines nor sums."""
FICHES: dict[str, type[Modele]] = {"emetteur": Emetteur, "client": Client}
"""Files that a document refers to, by the kind that `facture schema` and the folders name."""


# --- Where a key may stand ------------------------------------------------------------------------------------------


def models_at(model: type[Modele], chemin: tuple[str | int, ...]) -> list[type[Modele]]:
    """Return the models that a place in a document may hold."""
    current: list[type[Modele]] = [model]
    for step in chemin:
        if isinstance(step, int):
            continue
        if step in (TAG_SECTION, TAG_LIGNE):
            current = [Section if step == TAG_SECTION else Ligne]
            continue
        annotations = [
            field.annotation
            for candidate in current
            for name, field in candidate.model_fields.items()
            if step in (name, field.alias)
        ]
        current = [found for annotation in annotations for found in _models_in(annotation)]
    return current


def _models_in(annotation: Any) -> list[type[Modele]]:
    if isinstance(annotation, type) and issubclass(annotation, Modele):
        return [annotation]
    return [found for part in get_args(annotation) for found in _models_in(part)]


# --- JSON Schema -----------------------------------------------------------------------------------------------------


def build_json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a type, with French descriptions for editors.

    Args:
        kind: a key of `TYPES`, `TEXTES` or `FICHES`.
    """
    model: type[Modele] = {**TYPES, **TEXTES, **FICHES}[kind]
    schema = model.model_json_schema(schema_generator=SchemaSansNul)
    schema["title"] = f"facture : {kind}"
    properties = schema["properties"]
    if kind in TYPES or kind in TEXTES:
        properties["type"] = {"const": kind, "description": "Type du document."}
        schema["required"] = ["type", "lignes"] if kind in TYPES else ["type"]
        # A reference is a name or a path; only a mapping is the thing itself.
        for name in FICHES:
            if name not in properties:
                continue
            own = properties[name]
            properties[name] = {
                "description": own.pop("description", ""),
                "anyOf": [{"type": "string"}, own],
            }
    if kind in TYPES:
        definitions = schema["$defs"]
        definitions["Ligne"]["anyOf"] = [{"required": ["designation"]}, {"required": ["article"]}]
    return schema
