"""The grammar of a document: which keys exist, what each may hold, and the typed value it becomes.

Why pydantic: one model gives the validation, the JSON Schema that editors read and the reference page in docs/.
Every field is optional here: whether something *must* be there depends on the document (draft or numbered,
business or consumer), and that is what `facture.rules` decides. Reading errors carry our own codes and French
words; `facture.lecture` places them.

Source: the names follow the French trade; the EN 16931 term (BT/BG number) of a field is given where there is one.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, NoReturn, TypeVar, get_args

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    PlainValidator,
    Tag,
    ValidationError,
    WithJsonSchema,
)
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaMode, JsonSchemaValue
from pydantic_core import PydanticCustomError
from pydantic_core.core_schema import NullableSchema, WithDefaultSchema

from facture import amounts
from facture.amounts import Bornes, NombreInvalide
from facture.echeances import Delai, ReglePenalites, parse_delai, parse_penalites
from facture.monnaies import MONNAIES
from facture.typo import strip_accents, suggest

TYPES_PREVUS = ("relance", "courrier", "conditions", "contrat")
"""Types that the vocabulary reserves and that this version does not build yet."""

SITUATIONS = (
    "franchise",
    "autoliquidation",
    "intracom",
    "export",
    "hors-ue",
    "hors-champ",
    "debours",
    "marge-occasion",
    "marge-voyages",
    "exonere-formation",
    "exonere-sante",
    "exonere-association",
    "exonere-banque",
    "exonere-assurance",
    "exonere-location",
    "exonere-dom",
)

Situation = str
OUI = frozenset({"true", "oui", "yes"})
NON = frozenset({"false", "non", "no"})


# --- Reading scalars -------------------------------------------------------------------------------------------------


def _refuse(code: str, message: str, advice: str = "") -> NoReturn:
    raise PydanticCustomError(code, "{message}", {"message": message, "advice": advice})


def _need_text(value: Any, what: str = "un texte") -> str:
    if isinstance(value, str):
        return value.strip()
    kind = "une liste" if isinstance(value, list) else "un groupe de clés"
    advice = "mettez le texte entre guillemets" if isinstance(value, dict) and what == "un texte" else ""
    _refuse("F204", f"{what} est {'attendue' if what.startswith('une ') else 'attendu'}, pas {kind}", advice)


def _read_text(maximum: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _need_text(value)
        if not text:
            _refuse("F210", "texte vide", "complétez cette valeur ou retirez la clé")
        if len(text) > maximum:
            _refuse("F207", f"texte de {len(text)} caractères : {maximum} au plus")
        return text

    return read


def _read_number(bornes: Bornes, *, percent: bool = False, maximum: int | None = None) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        text = _need_text(value, "un nombre")
        try:
            rate = amounts.parse_percent(text, bornes) if percent else None
            number = amounts.parse_decimal(text, bornes) if rate is None else rate
        except NombreInvalide as error:
            _refuse(error.code, str(error), error.advice)
        if maximum is not None and number > maximum:
            _refuse("F207", f"« {text} » : {maximum} au plus")
        return number

    return read


def _read_cours(value: Any) -> Decimal:
    rate = _read_number(Bornes(8))(value)
    if rate == 0:
        _refuse("F207", "un cours de change est plus grand que 0")
    return rate


def _read_date(value: Any) -> dt.date:
    text = _need_text(value, "une date")
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text, re.ASCII)
    if match is None:
        french = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII)
        advice = "écrivez l'année, le mois et le jour : 2026-11-22"
        if french:
            with suppress(ValueError):
                proposed = dt.date(int(french.group(3)), int(french.group(2)), int(french.group(1)))
                advice = f"écrivez {proposed.isoformat()}"
        _refuse("F208", f"« {text} » n'est pas une date", advice)
    try:
        date = dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        _refuse("F208", f"« {text} » : ce jour n'existe pas dans le calendrier")
    if not 1990 <= date.year <= 2100:
        _refuse("F208", f"« {text} » : année hors de 1990 à 2100")
    return date


def _read_flag(value: Any) -> bool | str:
    """`true oui yes` and `false non no` are booleans; any other text is the reason."""
    text = _need_text(value)
    if not text:
        _refuse("F210", "texte vide", "écrivez « true », ou le motif")
    lowered = text.lower()
    if lowered in OUI:
        return True
    if lowered in NON:
        return False
    if len(text) > 300:
        _refuse("F207", f"motif de {len(text)} caractères : 300 au plus")
    return text


def _read_bool(value: Any) -> bool:
    text = _need_text(value, "« oui » ou « non »")
    lowered = text.lower()
    if lowered not in OUI | NON:
        _refuse("F209", f"« {text} » : « oui » ou « non » est attendu")
    return lowered in OUI


def _one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = _need_text(value)
        if text in choices:
            return text
        near = suggest(text, choices)
        advice = f"vouliez-vous « {near} » ?" if near else "valeurs admises : " + ", ".join(choices)
        _refuse("F209", f"« {text} » n'est pas admis ici", advice)

    return read


def _read_compact(value: Any) -> str:
    """Identifiers are typed with spaces or dots by people and stored without."""
    return re.sub(r"[\s.\u00a0\u202f-]", "", _read_text(60)(value)).upper()


def _read_numero(value: Any) -> str:
    text = _read_text(200)(value)
    if len(text) > 35 or not re.fullmatch(r"[A-Za-z0-9+_/-]+", text):
        _refuse("F223", f"« {text} » : un numéro a 35 caractères au plus, parmi lettres, chiffres et + - _ /")
    return text


def _read_devise(value: Any) -> str:
    text = _need_text(value).upper()
    if text in MONNAIES:
        return text
    symbols = {"€": "EUR", "$": "USD", "£": "GBP", "EURO": "EUR", "EUROS": "EUR"}
    near = symbols.get(text) or suggest(text, MONNAIES)
    _refuse(
        "F222", f"« {text} » n'est pas une devise ISO 4217", f"vouliez-vous « {near} » ?" if near else "exemple : EUR"
    )


def _read_pays(value: Any) -> str:
    text = _need_text(value)
    if re.fullmatch(r"[A-Z]{2}", text):
        return text
    _refuse("F209", f"« {text} » : le code du pays en deux lettres est attendu", "exemples : FR, BE, GB")


def _read_tva(value: Any) -> Decimal | Situation:
    text = _need_text(value, "un taux ou une situation")
    if text in SITUATIONS:
        return text
    if text[:1].isdigit() or text[:1] in "+-":
        return _read_number(amounts.TAUX, percent=True, maximum=100)(text)
    folded = strip_accents(text.lower()).replace(" ", "-").replace("_", "-")
    near = folded if folded in SITUATIONS else suggest(folded, SITUATIONS)
    _refuse(
        "F209",
        f"« {text} » n'est ni un taux ni une situation de TVA connue",
        f"vouliez-vous « {near} » ?" if near else "situations : " + ", ".join(SITUATIONS),
    )


def _read_tva_par_taux(value: Any) -> dict[Decimal, Decimal]:
    if not isinstance(value, dict):
        _refuse("F204", "un groupe de clés est attendu", "écrivez {20: 80.00}")
    read_rate = _read_number(amounts.TAUX, percent=True, maximum=100)
    read: dict[Decimal, Decimal] = {}
    for typed, amount in value.items():
        rate = read_rate(typed)
        if rate in read:
            _refuse("F209", f"le taux « {typed} » est là deux fois", "additionnez les deux montants")
        read[rate] = _read_number(amounts.MONTANT)(amount)
    return read


def _read_delai(*, kind: Literal["validite", "echeance"]) -> Callable[[Any], Delai]:
    def read(value: Any) -> Delai:
        text = _need_text(value, "un délai ou une date")
        if re.fullmatch(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", text):
            return Delai(date=_read_date(text))
        delai = parse_delai(text, kind)
        if delai is None:
            examples = "30 jours, 1 mois" if kind == "validite" else "30 jours, 45 jours fin de mois, à réception"
            _refuse("F218", f"« {text} » n'est pas un délai connu", f"exemples : {examples}, ou une date 2026-12-22")
        return delai

    return read


def _read_penalites(value: Any) -> ReglePenalites:
    if isinstance(value, dict):
        if set(value) != {"taux"}:
            _refuse("F219", "seule la clé « taux » est admise ici", "écrivez {taux: 12 %}")
        value = value["taux"]
        if isinstance(value, str) and re.fullmatch(r"[0-9.,]+", value.strip()):
            value += " %"
    text = _need_text(value, "une règle de pénalités")
    try:
        rule = parse_penalites(text)
    except NombreInvalide as error:
        _refuse(error.code, str(error), error.advice)
    if rule is None:
        _refuse("F219", f"« {text} » n'est pas une règle de pénalités", "écrivez bce+10, legal x 3 ou 12 %")
    return rule


def _spread_part(value: Any) -> Any:
    """`10 %` is a rate, `10` an amount."""
    if isinstance(value, str):
        return {"taux" if value.strip().endswith("%") else "montant": value}
    return value


def _spread_escompte(value: Any) -> Any:
    if isinstance(value, str):
        if strip_accents(value.strip().lower()) in ("neant", "aucun", "non"):
            return {}
        _refuse("F209", f"« {value} » n'est pas admis ici", "écrivez néant, ou {taux: 2 %, jours: 8}")
    if value == {}:
        _refuse("F210", "escompte vide", "écrivez néant, ou {taux: 2 %, jours: 8}")
    return value


def _as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _spread_assureur(value: Any) -> Any:
    return {"assureur": value} if isinstance(value, str) else value


def _spread_nom(value: Any) -> Any:
    return {"nom": value} if isinstance(value, str) else value


_NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9]+([.,][0-9]+)?$"}]}
_PERCENT_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9]+([.,][0-9]+)?\s*%?$"}]}
_TEXT_SCHEMA = {"type": ["string", "number"]}
_FLAG_SCHEMA = {"type": ["boolean", "string"]}


_TEXTS_SCHEMA = {"anyOf": [_TEXT_SCHEMA, {"type": "array", "items": _TEXT_SCHEMA}]}
_DATE_SCHEMA = {"type": "string", "format": "date"}

Mot = Annotated[str, PlainValidator(_read_text(200)), WithJsonSchema(_TEXT_SCHEMA)]
Phrase = Annotated[str, PlainValidator(_read_text(4000)), WithJsonSchema(_TEXT_SCHEMA)]
Phrases = Annotated[
    tuple[Phrase, ...], BeforeValidator(_as_list), Field(min_length=1, max_length=200), WithJsonSchema(_TEXTS_SCHEMA)
]
Identifiant = Annotated[str, PlainValidator(_read_compact), WithJsonSchema(_TEXT_SCHEMA)]
Numero = Annotated[str, PlainValidator(_read_numero), WithJsonSchema(_TEXT_SCHEMA)]
Jour = Annotated[dt.date, PlainValidator(_read_date), WithJsonSchema(_DATE_SCHEMA)]
Prix = Annotated[Decimal, PlainValidator(_read_number(amounts.PRIX)), WithJsonSchema(_NUMBER_SCHEMA)]
Quantite = Annotated[Decimal, PlainValidator(_read_number(amounts.QUANTITE)), WithJsonSchema(_NUMBER_SCHEMA)]
Montant = Annotated[Decimal, PlainValidator(_read_number(amounts.MONTANT)), WithJsonSchema(_NUMBER_SCHEMA)]
MontantSigne = Annotated[Decimal, PlainValidator(_read_number(Bornes(4, None))), WithJsonSchema(_NUMBER_SCHEMA)]
Cours = Annotated[Decimal, PlainValidator(_read_cours), WithJsonSchema(_NUMBER_SCHEMA)]
Taux = Annotated[
    Decimal, PlainValidator(_read_number(amounts.TAUX, percent=True, maximum=100)), WithJsonSchema(_PERCENT_SCHEMA)
]
Entier = Annotated[Decimal, PlainValidator(_read_number(Bornes(0))), WithJsonSchema({"type": ["integer", "string"]})]
Marque = Annotated[bool | str, PlainValidator(_read_flag), WithJsonSchema(_FLAG_SCHEMA)]
Booleen = Annotated[bool, PlainValidator(_read_bool), WithJsonSchema(_FLAG_SCHEMA)]
Devise = Annotated[str, PlainValidator(_read_devise), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Pays = Annotated[str, PlainValidator(_read_pays), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Tva = Annotated[
    Decimal | Situation,
    PlainValidator(_read_tva),
    WithJsonSchema({"anyOf": [*_PERCENT_SCHEMA["anyOf"], {"enum": list(SITUATIONS)}]}),
]
Validite = Annotated[Delai, PlainValidator(_read_delai(kind="validite")), WithJsonSchema({"type": "string"})]
Echeance = Annotated[Delai, PlainValidator(_read_delai(kind="echeance")), WithJsonSchema({"type": "string"})]
Penalites = Annotated[
    ReglePenalites,
    PlainValidator(_read_penalites),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "required": ["taux"]}]}),
]
NatureOperation = Annotated[
    str, PlainValidator(_one_of("bien", "service")), WithJsonSchema({"enum": ["bien", "service"]})
]
NATURES_DOCUMENT = ("facture", "acompte", "solde", "situation", "rectificative")
NATURES_OPERATION = ("bien", "service", "mixte")
_NATURES = (*NATURES_DOCUMENT, *NATURES_OPERATION)
NaturesDocument = Annotated[
    tuple[Annotated[str, PlainValidator(_one_of(*_NATURES, "autofacture"))], ...],
    BeforeValidator(_as_list),
    WithJsonSchema({"anyOf": [{"enum": list(_NATURES)}, {"type": "array", "items": {"enum": list(_NATURES)}}]}),
]
MOYENS = ("virement", "cheque", "carte", "prelevement", "especes")
FORMES = ("EI", "micro", "EURL", "SARL", "SASU", "SAS", "SA", "SNC", "SCI", "SELARL", "association")
LANGUES = ("fr", "fr-BE", "fr-CH", "en")
STATUTS_PROMESSE = ("due", "tenue", "renegociee", "rompue")


# --- Models ----------------------------------------------------------------------------------------------------------


class Modele(BaseModel):
    """What all our models share: unknown keys refused, values never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


M = TypeVar("M", bound=Modele)


class Adresse(Modele):
    """A postal address (BG-5, BG-8, BG-15)."""

    rue: Mot | None = Field(None, description="Numéro et voie.")
    complement: Annotated[tuple[Mot, ...], BeforeValidator(_as_list), WithJsonSchema(_TEXTS_SCHEMA)] = Field(
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
    adresse_electronique: Mot | None = Field(None, description="Adresse de facturation électronique (BT-34, BT-49).")


class Emetteur(Partie):
    """The seller (BG-4): who sends the document, and how to pay."""

    forme_juridique: Annotated[str, PlainValidator(_one_of(*FORMES)), WithJsonSchema({"enum": list(FORMES)})] | None = (
        Field(None, description="Forme juridique : décide des mentions d'identité.")
    )
    capital: Montant | None = Field(None, description="Capital social, en euros.")
    capital_variable: Booleen = Field(False, description="Capital variable.")
    rcs: Mot | None = Field(None, description="Ville du greffe d'immatriculation au RCS.")
    regime_tva: (
        Annotated[
            str,
            PlainValidator(_one_of("franchise", "reel", "debits")),
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
    assurance: (
        Annotated[Assurance, BeforeValidator(_spread_assureur, json_schema_input_type=str | Assurance)] | None
    ) = Field(None, description="Assurance professionnelle : un texte, ou {assureur, adresse, contrat, couverture}.")
    mediateur: Annotated[Mediateur, BeforeValidator(_spread_nom, json_schema_input_type=str | Mediateur)] | None = (
        Field(None, description="Médiateur de la consommation : un texte, ou {nom, adresse, site}.")
    )
    association_agreee: Marque = Field(False, description="Membre d'une association ou d'un centre de gestion agréé.")
    mentions: Phrases = Field((), description="Mentions à imprimer sur tous les documents de cet émetteur.")


class Client(Partie):
    """The buyer (BG-7)."""

    qualite: (
        Annotated[
            str,
            PlainValidator(_one_of("professionnel", "particulier", "public")),
            WithJsonSchema({"enum": ["professionnel", "particulier", "public"]}),
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

    designation: Annotated[str, PlainValidator(_read_text(1000)), WithJsonSchema(_TEXT_SCHEMA)] | None = Field(
        None, description="Ce qui est vendu (BT-153)."
    )
    description: Phrase | None = Field(None, description="Précision sous la désignation (BT-154).")
    reference: Mot | None = Field(None, description="Votre référence de l'article (BT-155).")
    article: Mot | None = Field(None, description="Entrée de catalogue/*.yaml, complétée par ce que dit la ligne.")
    contenu: Phrases = Field((), description="Ce que le prix comprend, en puces.")
    quantite: Quantite = Field(Decimal(1), description="Quantité, 4 décimales au plus (BT-129).")
    unite: Annotated[str, PlainValidator(_read_text(20)), WithJsonSchema(_TEXT_SCHEMA)] | None = Field(
        None, description="Unité : jour, heure, mois, pièce… imprimée telle quelle (BT-130)."
    )
    prix_unitaire: Prix | None = Field(None, description="Prix unitaire HT, 6 décimales au plus (BT-148).")
    prix_unitaire_ttc: Prix | None = Field(None, description="Prix unitaire TTC ; alors toutes les lignes le sont.")
    tva: Tva | None = Field(None, description="Taux de TVA ou situation, si elle diffère du document.")
    remise: Annotated[Remise, BeforeValidator(_spread_part, json_schema_input_type=str | float | Remise)] | None = (
        Field(None, description="Remise : 10 %, 50 (dans la devise), ou {taux|montant, motif}.")
    )
    offert: Marque = Field(False, description="Offert : oui, ou le motif. Imprimé à sa valeur, remise 100 %.")
    option: Marque = Field(False, description="Option : montrée avec son prix, jamais comptée.")
    nature: NatureOperation | None = Field(None, description="bien ou service.")
    periode: Periode | None = Field(None, description="Période de la prestation {du, au} (BG-26).")

    @property
    def statut(self) -> Literal["facture", "offert", "option"]:
        """Billed, given or proposed: three different things."""
        if self.option:
            return "option"
        return "offert" if self.offert else "facture"


def _refuse_section(value: Any) -> Any:
    if isinstance(value, dict) and ("section" in value or "lignes" in value):
        _refuse("F216", "une section dans une section", "un seul niveau de sections : remontez celle-ci")
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
        str, PlainValidator(_one_of(*STATUTS_PROMESSE)), WithJsonSchema({"enum": list(STATUTS_PROMESSE)})
    ] = Field("due", description="due, tenue, renegociee ou rompue.")
    historique: tuple[EtapePromesse, ...] = Field((), description="Dates précédentes.")


class Escompte(Modele):
    """Discount for early payment; both empty means none."""

    taux: Taux | None = Field(None, description="Taux, en %.")
    jours: Entier | None = Field(None, description="Payé sous ce nombre de jours.")


class Tranche(Modele):
    """One instalment."""

    part: Annotated[Part, BeforeValidator(_spread_part, json_schema_input_type=str | float | Part)] | None = Field(
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
        tuple[Annotated[str, PlainValidator(_one_of(*MOYENS))], ...],
        BeforeValidator(_as_list),
        WithJsonSchema({"anyOf": [{"enum": list(MOYENS)}, {"type": "array", "items": {"enum": list(MOYENS)}}]}),
    ] = Field((), description="Moyens acceptés : " + ", ".join(MOYENS) + ".")
    escompte: Annotated[
        Escompte,
        BeforeValidator(_spread_escompte),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "required": ["taux", "jours"]}]}),
    ] = Field(Escompte(), description="néant, ou {taux, jours} ; jamais déduit du total.")
    penalites: Penalites | None = Field(
        None,
        description="bce+10, legal x 3 ou 12 %. Défaut : bce+10 (professionnel), bce+8 (public), legal (particulier).",
    )
    imputation: Annotated[
        str, PlainValidator(_one_of("interets", "principal")), WithJsonSchema({"enum": ["interets", "principal"]})
    ] = Field("interets", description="Ce qu'un paiement partiel éteint d'abord (C. civ. 1343-1).")
    base_jours: Annotated[
        str,
        PlainValidator(_one_of("365", "366", "360")),
        WithJsonSchema({"enum": [365, 366, 360, "365", "366", "360"]}),
    ] = Field("365", description="Jours de l'année pour les intérêts.")
    capitalisation: Booleen = Field(False, description="Intérêts capitalisés après un an, s'il en a été convenu.")
    echeancier: tuple[Tranche, ...] = Field((), description="Paiement en plusieurs fois ; les parts font 100 %.")


class AcompteVerse(Modele):
    """An acompte already invoiced, taken back on a solde."""

    numero: Numero | None = Field(None, description="Numéro de la facture d'acompte (BT-25).")
    date: Jour | None = Field(None, description="Sa date (BT-26).")
    montant_ttc: Montant | None = Field(None, description="Montant TTC.")
    tva: Annotated[dict[Decimal, Decimal], PlainValidator(_read_tva_par_taux), WithJsonSchema({"type": "object"})] = (
        Field({}, description="TVA par taux {20: 80.00} ; inutile avec un seul taux.")
    )


class Reglement(Modele):
    """A payment received."""

    date: Jour | None = Field(None, description="Jour du paiement.")
    montant: Montant | None = Field(None, description="Montant reçu.")
    moyen: Annotated[str, PlainValidator(_one_of(*MOYENS)), WithJsonSchema({"enum": list(MOYENS)})] | None = Field(
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


class Document(Modele):
    """What devis, facture and avoir have in common."""

    TITRE: ClassVar[str] = ""

    type: Mot = Field(description="Type du document.")
    numero: Numero | None = Field(None, description="Numéro ; absent : brouillon (BT-1).")
    date: Jour | None = Field(None, description="Date du document (BT-2).")
    langue: Annotated[str, PlainValidator(_one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})] = Field(
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
    nature: NaturesDocument = Field((), description="Nature du document, ou de l'opération (bien, service, mixte).")
    introduction: Phrases = Field((), description="Paragraphes avant le tableau.")
    lignes: Annotated[tuple[LigneOuSection, ...], Field(max_length=5000)] = Field((), description="Lignes et sections.")
    remise: Annotated[Remise, BeforeValidator(_spread_part, json_schema_input_type=str | float | Remise)] | None = (
        Field(None, description="Remise sur l'ensemble (BG-20).")
    )
    periode: Periode | None = Field(None, description="Période facturée {du, au} (BG-14).")
    promesses: tuple[Promesse, ...] = Field((), description="Ce qui est promis, et pour quand.")
    clauses: tuple[Any, ...] = Field((), description="Clauses imprimées sur ce document.")
    conditions: Mot | None = Field(None, description="Conditions générales annexées.")
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


class Devis(Document):
    """An offer: what, at what price, until when."""

    TITRE: ClassVar[str] = "Devis"

    validite: Validite | None = Field(None, description="Durée de l'offre : 30 jours, 1 mois, ou une date.")
    acompte: Annotated[Part, BeforeValidator(_spread_part, json_schema_input_type=str | float | Part)] | None = Field(
        None, description="Acompte demandé à la commande : 30 % ou un montant TTC. Ne change aucun total."
    )
    conditions_de_reussite: Phrases = Field((), description="Ce dont la mission a besoin de la part du client.")
    travaux: Travaux | None = Field(None, description="Travaux chez un particulier : lieu, déplacement, déchets…")


class Facture(Document):
    """An invoice (380, 386 when acompte, 384 when rectificative)."""

    TITRE: ClassVar[str] = "Facture"

    devis: Mot | None = Field(None, description="Devis d'origine : son numéro.")
    date_prestation: Jour | None = Field(None, description="Date de livraison ou de fin de prestation (BT-72).")
    acomptes_verses: tuple[AcompteVerse, ...] = Field((), description="Acomptes déjà facturés, repris sur un solde.")
    reglements: tuple[Reglement, ...] = Field((), description="Paiements reçus.")
    facture_rectifiee: RenvoiFacture | None = Field(None, description="Facture que celle-ci annule et remplace.")
    mise_en_demeure: Jour | None = Field(None, description="Date de la mise en demeure.")
    procedure_collective: Jour | None = Field(None, description="Jugement d'ouverture : les intérêts s'arrêtent.")
    travaux: Travaux | None = Field(None, description="Travaux chez un particulier : lieu, déplacement, déchets…")


class Avoir(Document):
    """A credit note (381): amounts positive, and the invoice it corrects."""

    TITRE: ClassVar[str] = "Avoir"

    facture: RenvoiFacture | None = Field(None, description="Facture corrigée {numero, date} (BG-3).")
    motif: Phrase | None = Field(None, description="Pourquoi cet avoir.")


class Article(Ligne):
    """An entry of `catalogue/*.yaml`: any key of a line."""


TYPES: dict[str, type[Document]] = {"devis": Devis, "facture": Facture, "avoir": Avoir}
FICHES: dict[str, type[Modele]] = {"emetteur": Emetteur, "client": Client}
"""Files that a document refers to, by the kind that `facture schema` and the folders name."""


# --- Validation ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refus:
    """What the grammar refuses at one place, in our own codes and words.

    Attributes:
        chemin: where, with the names of alternatives that pydantic puts in it.
        code: diagnostic code, or "" for an unknown key, whose words need the text around it.
        wants_group: True when a group of keys was expected there.
    """

    chemin: tuple[str | int, ...]
    code: str
    message: str = ""
    advice: str = ""
    wants_group: bool = False


def validate(model: type[M], data: dict[str, Any]) -> tuple[M | None, list[Refus]]:
    """Read plain data into a model.

    Returns: the model and no refusal, or None and every refusal.
    """
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        return None, [_to_refus(detail) for detail in error.errors(include_url=False, include_input=False)]


def _to_refus(detail: Any) -> Refus:
    loc, kind, context = detail["loc"], detail["type"], detail.get("ctx") or {}
    if kind == "extra_forbidden":
        return Refus(loc, "")
    if re.fullmatch(r"[A-Z]\d{3}", kind):
        return Refus(loc, kind, context["message"], context["advice"], wants_group=kind == "F216")
    if kind in ("model_type", "model_attributes_type", "dict_type"):
        return Refus(
            loc, "F204", "un groupe de clés est attendu", "écrivez une clé par ligne, en retrait", wants_group=True
        )
    if kind in ("tuple_type", "list_type"):
        return Refus(loc, "F204", "une liste est attendue", "un élément par ligne, commençant par « - »")
    if kind == "too_short":
        return Refus(loc, "F215", "liste vide")
    if kind == "too_long":
        return Refus(loc, "F207", f"plus de {context['max_length']} éléments")
    raise AssertionError(f"pydantic reported {kind}, which has no words yet")


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


class _Schema(GenerateJsonSchema):
    """An absent key is absent: `null` is refused in YAML, so the schema must not offer it."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}


def build_json_schema(kind: str) -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a type, with French descriptions for editors.

    Args:
        kind: `devis`, `facture`, `avoir`, `emetteur` or `client`.
    """
    model: type[Modele] = TYPES[kind] if kind in TYPES else FICHES[kind]
    schema = model.model_json_schema(schema_generator=_Schema)
    schema["title"] = f"facture : {kind}"
    properties = schema["properties"]
    if kind in TYPES:
        properties["type"] = {"const": kind, "description": "Type du document."}
        schema["required"] = ["type", "lignes"]
        # A reference is a name or a path; only a mapping is the thing itself.
        for name in FICHES:
            own = properties[name]
            properties[name] = {
                "description": own.pop("description", ""),
                "anyOf": [{"type": "string"}, own],
            }
        definitions = schema["$defs"]
        definitions["Ligne"]["anyOf"] = [{"required": ["designation"]}, {"required": ["article"]}]
    return schema


def known_keys(model: type[Modele]) -> list[str]:
    """Return the YAML keys a model accepts."""
    return [field.alias or name for name, field in model.model_fields.items()]
