"""The grammar of letters: late payment notices (`type: relance`) and the nine letters of a business (`type: courrier`).

Why typed fields rather than a text to fill in: a letter that announces a delay without its new date, or a rise without
its figure, is worse than none. Each kind of letter has the keys it cannot do without (`REQUIS`), and its words come
from a text that anyone may replace (`facture.modeles`). As in `facture.documents`, every field is optional here:
`facture.regles_lettres` decides what must be there.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, NamedTuple

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from facture.amounts import Bornes
from facture.documents import Client, Emetteur, Promesse
from facture.grammaire import (
    LANGUES,
    TEXTS_SCHEMA,
    Booleen,
    Devise,
    Jour,
    Modele,
    Montant,
    Mot,
    Numero,
    Phrase,
    Phrases,
    Prix,
    SchemaSansNul,
    Taux,
    Validite,
    as_list,
    need_text,
    one_of,
    read_number,
    refuse,
)

ENVOIS = ("recommande", "courriel", "lettre")
NIVEAUX = {1: "rappel", 2: "relance", 3: "suspension annoncée", 4: "mise en demeure"}
"""The ladder of late payment notices, each firmer than the one before. Source: usage."""

_Langue = Annotated[str, PlainValidator(one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})]
_Envoi = Annotated[str, PlainValidator(one_of(*ENVOIS)), WithJsonSchema({"enum": list(ENVOIS)})]


def _read_niveau(value: Any) -> int:
    names = ", ".join(f"{number} {name}" for number, name in NIVEAUX.items())
    number = read_number(Bornes(0, None))(need_text(value, "un niveau"))
    if number not in NIVEAUX:
        refuse("F207", f"« {value} » : un niveau va de 1 à {max(NIVEAUX)}", f"niveaux : {names}")
    return int(number)


Niveau = Annotated[int, PlainValidator(_read_niveau), WithJsonSchema({"enum": [*NIVEAUX, *map(str, NIVEAUX)]})]


class Exigence(NamedTuple):
    """A key that a letter cannot do without.

    Attributes:
        cle: the key.
        libelle: what it tells the reader, as it fits after « ce courrier doit dire ».
        exemple: a line of YAML that would do.
        ou: keys that may stand in its place.
    """

    cle: str
    libelle: str
    exemple: str
    ou: tuple[str, ...] = ()


# --- Parts of letters ------------------------------------------------------------------------------------------------


class Suspension(Modele):
    """What stops if the client does not pay (C. civ. art. 1219)."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("a_compter_du", "quand les prestations s'arrêtent", "a_compter_du: 2026-12-08"),
        Exigence("prestations", "quelles prestations s'arrêtent", "prestations: [maintenance du site]"),
        Exigence("reprise", "ce qui les fait reprendre", "reprise: dès le paiement reçu, sous un jour ouvré"),
    )

    a_compter_du: Jour | None = Field(None, description="Premier jour sans ces prestations.")
    prestations: Phrases = Field((), description="Prestations suspendues : un texte ou une liste.")
    reprise: Phrase | None = Field(None, description="Ce qui les fait reprendre, et quand : dès le paiement reçu.")


class Precedente(Modele):
    """A notice already sent."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("niveau", "son niveau", "niveau: 1"),
        Exigence("date", "le jour de son envoi", "date: 2026-06-18"),
    )

    niveau: Niveau | None = Field(None, description="Niveau de cette relance, de 1 à 4.")
    date: Jour | None = Field(None, description="Jour de son envoi.")


class Tarif(Modele):
    """One price that changes."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("prestation", "de quelle prestation le prix change", "prestation: Journée de développement"),
        Exigence("ancien", "le prix actuel", "ancien: 450"),
        Exigence("nouveau", "le nouveau prix", "nouveau: 480"),
    )

    prestation: Mot | None = Field(None, description="Ce dont le prix change.")
    unite: Mot | None = Field(None, description="Unité du prix : jour, heure, mois…")
    ancien: Prix | None = Field(None, description="Prix actuel : HT, ou TTC pour un particulier.")
    nouveau: Prix | None = Field(None, description="Nouveau prix, dit de la même façon.")


class Geste(Modele):
    """Something given to make up for a trouble, at its real value."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("designation", "ce que vous offrez", "designation: deux heures de formation"),
        Exigence("valeur", "ce que cela vaut", "valeur: 120"),
    )

    designation: Mot | None = Field(None, description="Ce qui est offert.")
    valeur: Montant | None = Field(None, description="Sa valeur réelle, dans la devise de la lettre.")


class Engagement(Modele):
    """What had been promised, and for when."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("quoi", "ce qui était promis", "quoi: la version finale du site"),
        Exigence("pour", "la date promise", "pour: 2026-11-30"),
    )

    quoi: Phrase | None = Field(None, description="Ce qui était promis.")
    pour: Jour | None = Field(None, description="Date promise.")


class FactureImpayee(Modele):
    """An unpaid invoice, as a letter of suspension names it."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("numero", "le numéro de la facture", "numero: F2026-019"),
        Exigence("echeance", "le jour où elle était à payer", "echeance: 2026-06-15"),
        Exigence("montant", "ce qui reste à payer", "montant: 1200"),
    )

    numero: Numero | None = Field(None, description="Numéro de la facture.")
    echeance: Jour | None = Field(None, description="Date à laquelle elle était à payer.")
    montant: Montant | None = Field(None, description="Reste à payer TTC.")


class DerniereFacture(Modele):
    """The invoice that closes the account."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("numero", "son numéro", "numero: F2026-041"),
        Exigence("date", "sa date", "date: 2026-12-15"),
        Exigence("montant", "son montant TTC", "montant: 840"),
        Exigence("echeance", "le jour où elle est à payer", "echeance: 2027-01-15"),
    )

    numero: Numero | None = Field(None, description="Son numéro.")
    montant: Montant | None = Field(None, description="Son montant TTC.")
    date: Jour | None = Field(None, description="Sa date.")
    echeance: Jour | None = Field(None, description="Date à laquelle elle est à payer.")


REQUIS_PROMESSE = (
    Exigence("quoi", "ce que vous promettez", "quoi: mise en ligne du site"),
    Exigence("pour", "pour quelle date", "pour: 2026-12-18"),
)
"""What a promise in a letter must say: `Promesse` itself belongs to every document, where drafts may lack a date."""

# --- Letters ---------------------------------------------------------------------------------------------------------


class Lettre(Modele):
    """What notices and letters have in common. A letter is never a draft: it needs no number."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = ()

    type: Mot = Field(description="Type du document.")
    numero: Numero | None = Field(None, description="Votre référence, si vous numérotez vos lettres.")
    date: Jour | None = Field(None, description="Date de la lettre ; absente : celle du jour.")
    emetteur: Emetteur = Field(Emetteur(), description="Émetteur : un nom, un chemin, ou ses clés.")
    client: Client = Field(Client(), description="Destinataire : un nom, un chemin, ou ses clés.")
    objet: Mot | None = Field(None, description="Objet ; absent : celui du modèle.")
    appel: Mot | None = Field(None, description="Formule d'appel ; absente : celle du modèle.")
    introduction: Phrases = Field((), description="Paragraphes à vous, après la formule d'appel.")
    notes: Phrases = Field((), description="Paragraphes à vous, avant la formule de politesse.")
    envoi: _Envoi | None = Field(None, description="Mode d'envoi imprimé : recommande, courriel ou lettre.")
    pieces: Phrases = Field((), description="Pièces jointes, nommées en bas de la lettre.")
    signataire: Mot | None = Field(None, description="Qui signe ; absent : le contact de l'émetteur, ou son nom.")

    @property
    def is_draft(self) -> bool:
        """Always false: what a letter lacks is an error, since it says BROUILLON nowhere."""
        return False


class Relance(Lettre):
    """A late payment notice, for one invoice or for all that a client owes."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("niveau", "à quel niveau vous relancez", "niveau: 1"),
        Exigence("factures", "quelles factures sont en retard", "factures: [F2026-019]"),
    )

    langue: _Langue | None = Field(None, description="Langue ; absente : celle de la première facture.")
    niveau: Niveau | None = Field(None, description="1 rappel, 2 relance, 3 suspension annoncée, 4 mise en demeure.")
    factures: Annotated[
        tuple[Mot, ...], BeforeValidator(as_list), Field(min_length=1, max_length=500), WithJsonSchema(TEXTS_SCHEMA)
    ] = Field((), description="Factures en retard : numéros, noms ou chemins de leurs fichiers.")
    arrete_au: Jour | None = Field(None, description="Jour auquel la somme est arrêtée ; absent : la date.")
    delai: Validite | None = Field(None, description="Jusqu'à quand payer : 8 jours, ou une date.")
    mentions: Phrases = Field((), description="Mentions ajoutées à celles de la loi.")
    suspension: Suspension | None = Field(
        None, description="Niveau 3 : ce qui s'arrête, quand, et ce qui le fait reprendre."
    )
    precedentes: tuple[Precedente, ...] = Field((), max_length=50, description="Relances déjà envoyées {niveau, date}.")


def _read_modele(value: Any) -> str:
    return one_of(*MODELES)(value)


NomModele = Annotated[str, PlainValidator(_read_modele), WithJsonSchema({"type": "string"})]


class Courrier(Lettre):
    """A letter of one of nine kinds; the keys below are those of all of them."""

    modele: NomModele | None = Field(None, description="Modèle : hausse-tarifs, report-delai…")
    langue: _Langue = Field("fr", description="Langue de la lettre.")
    devise: Devise = Field("EUR", description="Devise des montants, ISO 4217.")
    reference_client: Mot | None = Field(None, description="Référence du client, s'il en a donné une.")
    devis: Mot | None = Field(None, description="Numéro du devis ou du contrat dont il s'agit.")
    promesses: tuple[Promesse, ...] = Field(
        (), max_length=200, description="Ce que cette lettre promet en plus, et pour quand."
    )


class HausseTarifs(Courrier):
    """A price rise: which prices, from when, why, and how long the client has to decide."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("a_compter_du", "le jour où les nouveaux prix s'appliquent", "a_compter_du: 2027-02-01"),
        Exigence(
            "tarifs",
            "de combien les prix changent",
            "tarifs: [{prestation: Journée, ancien: 450, nouveau: 480}], ou pourcentage: 5",
            ("pourcentage",),
        ),
        Exigence("motif", "pourquoi les prix changent", "motif: le coût de l'hébergement a augmenté de 12 % en un an"),
    )

    a_compter_du: Jour | None = Field(None, description="Premier jour des nouveaux prix.")
    tarifs: tuple[Tarif, ...] = Field(
        (), max_length=200, description="Prix qui changent {prestation, unite, ancien, nouveau}."
    )
    pourcentage: Taux | None = Field(None, description="Hausse de tous les prix, en %, à la place de la liste.")
    motif: Phrase | None = Field(None, description="Pourquoi, avec un chiffre si possible.")
    commande_avant: Jour | None = Field(
        None, description="Dernier jour pour commander aux prix actuels ; absent : la veille de la hausse."
    )
    resiliation_avant: Jour | None = Field(
        None, description="Jusqu'à quand le client peut mettre fin au contrat ; absent : le jour de la hausse."
    )
    contrat_en_cours: Booleen = Field(True, description="non : les prix ne changent que pour de nouvelles commandes.")


class ReportDelai(Courrier):
    """A delay: what was promised, why it slips, the new date, and what the client gets meanwhile."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence(
            "promesse", "ce qui était promis, et pour quand", "promesse: {quoi: la version finale, pour: 2026-11-30}"
        ),
        Exigence("cause", "la cause du retard", "cause: l'imprimeur a livré les plaques le 20 novembre"),
        Exigence("nouvelle_date", "la nouvelle date", "nouvelle_date: 2026-12-18"),
        Exigence(
            "en_attendant",
            "ce que le client a d'ici là",
            "en_attendant: la version de test reste ouverte à vos équipes",
        ),
    )

    promesse: Engagement | None = Field(None, description="Ce qui était promis {quoi, pour}.")
    cause: Phrase | None = Field(None, description="Pourquoi la date ne sera pas tenue.")
    nouvelle_date: Jour | None = Field(None, description="La nouvelle date.")
    en_attendant: Phrase | None = Field(None, description="Ce que le client a d'ici là.")
    geste: Geste | None = Field(None, description="Ce que vous offrez pour ce retard {designation, valeur}.")


class ErreurAssumee(Courrier):
    """A mistake of ours: the facts, what they cost the client, the repair and its date, and what prevents another."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("faits", "ce qui s'est passé", "faits: la sauvegarde du 12 novembre n'a pas été faite"),
        Exigence("consequence", "ce que cela change pour le client", "consequence: douze commandes sont perdues"),
        Exigence("cause", "pourquoi c'est arrivé", "cause: le disque était plein et aucune alerte ne le disait"),
        Exigence("reparation", "comment vous réparez", "reparation: nous ressaisissons les douze commandes"),
        Exigence("reparation_le", "pour quand", "reparation_le: 2026-11-27"),
        Exigence("prevention", "ce qui empêche que cela recommence", "prevention: une alerte part à 80 % du disque"),
    )

    faits: Phrase | None = Field(None, description="Ce qui s'est passé, sans détour.")
    le: Jour | None = Field(None, description="Jour des faits.")
    consequence: Phrase | None = Field(None, description="Ce que cela change pour le client.")
    cause: Phrase | None = Field(None, description="Pourquoi c'est arrivé.")
    reparation: Phrase | None = Field(None, description="Ce que vous faites pour réparer.")
    reparation_le: Jour | None = Field(None, description="Pour quand.")
    prevention: Phrase | None = Field(None, description="Ce qui empêche que cela recommence.")
    geste: Geste | None = Field(None, description="Ce que vous offrez {designation, valeur}.")


class MauvaiseNouvelle(Courrier):
    """Bad news: said first, then why, what follows, and what we propose."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("nouvelle", "la nouvelle, en une phrase", "nouvelle: nous arrêtons l'hébergement le 31 mars 2027"),
        Exigence("cause", "pourquoi", "cause: notre fournisseur ferme son centre de Lyon"),
        Exigence("consequence", "ce que cela change pour le client", "consequence: votre site doit changer de serveur"),
        Exigence("proposition", "ce que vous proposez", "proposition: nous transférons le site à nos frais"),
        Exigence("reponse_avant", "jusqu'à quand le client peut choisir", "reponse_avant: 2027-01-15"),
    )

    nouvelle: Phrase | None = Field(None, description="La nouvelle, en une phrase.")
    cause: Phrase | None = Field(None, description="Pourquoi.")
    consequence: Phrase | None = Field(None, description="Ce que cela change pour le client.")
    proposition: Phrase | None = Field(None, description="Ce que vous proposez.")
    reponse_avant: Jour | None = Field(None, description="Date limite de réponse.")


class SuspensionTravaux(Courrier):
    """Work stops: why, from when, what stops and what goes on, and what makes it start again."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("motif", "pourquoi vous suspendez", "motif: la facture F2026-019 reste impayée depuis le 15 juin"),
        Exigence("a_compter_du", "quand les prestations s'arrêtent", "a_compter_du: 2026-12-08"),
        Exigence("prestations", "quelles prestations s'arrêtent", "prestations: [maintenance du site]"),
        Exigence("reprise", "ce qui les fait reprendre", "reprise: dès le paiement reçu, sous un jour ouvré"),
    )

    motif: Phrase | None = Field(None, description="Pourquoi.")
    a_compter_du: Jour | None = Field(None, description="Premier jour sans ces prestations.")
    prestations: Phrases = Field((), description="Prestations suspendues.")
    reprise: Phrase | None = Field(None, description="Ce qui les fait reprendre, et quand.")
    factures: tuple[FactureImpayee, ...] = Field(
        (), max_length=200, description="Factures impayées {numero, echeance, montant}."
    )
    continuent: Phrases = Field((), alias="continue", description="Ce qui continue malgré tout.")


class Reprise(Courrier):
    """Work starts again: when, what, and the new dates."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("reprise_le", "quand les prestations reprennent", "reprise_le: 2026-12-15"),
        Exigence("prestations", "quelles prestations reprennent", "prestations: [maintenance du site]"),
        Exigence("calendrier", "les nouvelles dates", "calendrier: [{quoi: mise en ligne, pour: 2027-01-20}]"),
    )

    reprise_le: Jour | None = Field(None, description="Jour de la reprise.")
    prestations: Phrases = Field((), description="Prestations qui reprennent.")
    calendrier: tuple[Promesse, ...] = Field((), max_length=200, description="Les nouvelles dates {quoi, pour}.")
    changement: Phrase | None = Field(None, description="Ce qui change par rapport à avant.")


class Renegociation(Courrier):
    """An agreement that no longer holds: what was agreed, what happened, its effect in figures, what we propose."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("objet_initial", "ce qui était convenu", "objet_initial: douze jours de tournage pour 9 600 €"),
        Exigence("evenement", "ce qui est arrivé depuis", "evenement: le tournage en mer est interdit depuis mars"),
        Exigence("effet", "son effet, chiffré", "effet: quatre jours de studio de plus, soit 3 200 €"),
        Exigence("propositions", "ce que vous proposez", "propositions: [huit jours de tournage au même prix]"),
        Exigence("reponse_avant", "jusqu'à quand répondre", "reponse_avant: 2026-12-15"),
    )

    objet_initial: Phrase | None = Field(None, description="Ce qui était convenu.")
    evenement: Phrase | None = Field(None, description="Ce qui est arrivé depuis.")
    effet: Phrase | None = Field(None, description="Son effet, chiffré : jours, euros.")
    propositions: Phrases = Field((), description="Ce que vous proposez, au choix.")
    reponse_avant: Jour | None = Field(None, description="Date limite de réponse.")
    imprevision: Booleen = Field(False, description="oui : la lettre se fonde sur l'article 1195 du code civil.")


class CadreDeMission(Courrier):
    """A mission that lacks what it needs: dated facts, the conditions of success restated, what we ask."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("constat", "les faits, avec leurs dates", 'constat: ["3 novembre : les textes ne sont pas arrivés"]'),
        Exigence("conditions", "ce dont la mission a besoin", "conditions: [une réponse sous cinq jours ouvrés]"),
        Exigence("effet", "ce que cela retarde ou coûte", "effet: chaque semaine décale la mise en ligne d'autant"),
        Exigence("demande", "ce que vous demandez", "demande: désignez une personne qui décide"),
        Exigence("reponse_avant", "jusqu'à quand répondre", "reponse_avant: 2026-12-01"),
    )

    constat: Phrases = Field((), description="Les faits, un par un, avec leur date.")
    conditions: Phrases = Field((), description="Ce dont la mission a besoin, comme convenu au départ.")
    effet: Phrase | None = Field(None, description="Ce que cela retarde ou coûte.")
    demande: Phrase | None = Field(None, description="Ce que vous demandez.")
    reponse_avant: Jour | None = Field(None, description="Date limite de réponse.")


class FinDeCollaboration(Courrier):
    """A clean ending: the last day, what was delivered, what is left and for when, the last invoice, the handover."""

    REQUIS: ClassVar[tuple[Exigence, ...]] = (
        Exigence("fin_le", "le dernier jour", "fin_le: 2026-12-31"),
        Exigence("livre", "ce qui a été livré", "livre: [le site, le guide de publication]"),
        Exigence(
            "derniere_facture",
            "la dernière facture",
            "derniere_facture: {numero: F2026-041, date: 2026-12-15, montant: 840, echeance: 2027-01-15}",
        ),
        Exigence("passation", "ce que vous remettez", "passation: [les accès au serveur, les fichiers sources]"),
        Exigence("remerciement", "un mot de remerciement", "remerciement: merci pour ces trois ans de confiance"),
    )

    fin_le: Jour | None = Field(None, description="Dernier jour.")
    livre: Phrases = Field((), description="Ce qui a été livré.")
    reste: tuple[Promesse, ...] = Field((), max_length=200, description="Ce qui reste à faire {quoi, pour}.")
    derniere_facture: DerniereFacture | None = Field(
        None, description="La dernière facture {numero, montant, date, echeance}."
    )
    passation: Phrases = Field((), description="Ce que vous remettez : accès, fichiers, contacts.")
    preavis: Phrase | None = Field(None, description="Préavis convenu et comment il est tenu.")
    motif: Phrase | None = Field(None, description="Pourquoi, si vous souhaitez le dire.")
    remerciement: Phrase | None = Field(None, description="Un mot de remerciement.")


MODELES: dict[str, type[Courrier]] = {
    "hausse-tarifs": HausseTarifs,
    "report-delai": ReportDelai,
    "erreur-assumee": ErreurAssumee,
    "mauvaise-nouvelle": MauvaiseNouvelle,
    "suspension": SuspensionTravaux,
    "reprise": Reprise,
    "renegociation": Renegociation,
    "cadre-de-mission": CadreDeMission,
    "fin-de-collaboration": FinDeCollaboration,
}
"""The nine letters, by the name that `modele` gives them."""

LETTRES: dict[str, type[Lettre]] = {"relance": Relance, "courrier": Courrier}
"""Documents without lines nor articles: a text, and what it rests on."""


# --- JSON Schema -----------------------------------------------------------------------------------------------------


def build_lettre_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a letter, with French descriptions for editors.

    Args:
        kind: `relance`, `courrier` (any of the nine, told apart by `modele`), or the name of one of the nine.
    """
    if kind == "courrier":
        return _build_courriers()
    model: type[Lettre] = MODELES[kind] if kind in MODELES else LETTRES[kind]
    schema = model.model_json_schema(schema_generator=SchemaSansNul)
    schema["title"] = f"facture : {kind}"
    properties = schema["properties"]
    properties["type"] = {"const": "courrier" if kind in MODELES else kind, "description": "Type du document."}
    required = [exigence.cle for exigence in model.REQUIS if not exigence.ou]
    schema["required"] = ["type", *(["modele"] if kind in MODELES else []), *required]
    if kind in MODELES:
        properties["modele"] = {"const": kind, "description": "Modèle de la lettre."}
    choices = [[exigence.cle, *exigence.ou] for exigence in model.REQUIS if exigence.ou]
    if choices:
        schema["allOf"] = [{"anyOf": [{"required": [key]} for key in keys]} for keys in choices]
    for name in ("emetteur", "client"):
        own = properties[name]
        properties[name] = {"description": own.pop("description", ""), "anyOf": [{"type": "string"}, own]}
    return schema


def _build_courriers() -> dict[str, Any]:
    definitions: dict[str, Any] = {}
    for name in MODELES:
        schema = build_lettre_schema(name)
        definitions.update(schema.pop("$defs", {}))
        dialect = schema.pop("$schema")
        definitions[name] = schema
    names = {"enum": list(MODELES), "description": "Modèle de la lettre."}
    return {
        "$schema": dialect,
        "title": "facture : courrier",
        "type": "object",
        "required": ["type", "modele"],
        "properties": {"type": {"const": "courrier", "description": "Type du document."}, "modele": names},
        "oneOf": [{"$ref": f"#/$defs/{name}"} for name in MODELES],
        "$defs": definitions,
    }
