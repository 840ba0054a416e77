"""How a value is read and refused: scalars as people type them, the typed value each becomes, and the base of every
model.

Why apart from the vocabularies: documents and clauses are two grammars that read dates, rates and amounts in one
way, and refuse them in the same words. Reading errors carry our own codes; whoever validates places them.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, Any, Literal, NoReturn, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainValidator,
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


def refuse(code: str, message: str, advice: str = "") -> NoReturn:
    raise PydanticCustomError(code, "{message}", {"message": message, "advice": advice})


def need_text(value: Any, what: str = "un texte") -> str:
    if isinstance(value, str):
        return value.strip()
    kind = "une liste" if isinstance(value, list) else "un groupe de clés"
    advice = "mettez le texte entre guillemets" if isinstance(value, dict) and what == "un texte" else ""
    refuse("F204", f"{what} est {'attendue' if what.startswith('une ') else 'attendu'}, pas {kind}", advice)


def read_text(maximum: int) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = need_text(value)
        if not text:
            refuse("F210", "texte vide", "complétez cette valeur ou retirez la clé")
        if len(text) > maximum:
            refuse("F207", f"texte de {len(text)} caractères : {maximum} au plus")
        return text

    return read


def read_number(bornes: Bornes, *, percent: bool = False, maximum: int | None = None) -> Callable[[Any], Decimal]:
    def read(value: Any) -> Decimal:
        text = need_text(value, "un nombre")
        try:
            rate = amounts.parse_percent(text, bornes) if percent else None
            number = amounts.parse_decimal(text, bornes) if rate is None else rate
        except NombreInvalide as error:
            refuse(error.code, str(error), error.advice)
        if maximum is not None and number > maximum:
            refuse("F207", f"« {text} » : {maximum} au plus")
        return number

    return read


def _read_cours(value: Any) -> Decimal:
    rate = read_number(Bornes(8))(value)
    if rate == 0:
        refuse("F207", "un cours de change est plus grand que 0")
    return rate


def read_date(value: Any) -> dt.date:
    text = need_text(value, "une date")
    match = re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text, re.ASCII)
    if match is None:
        french = re.fullmatch(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})", text, re.ASCII)
        advice = "écrivez l'année, le mois et le jour : 2026-11-22"
        if french:
            with suppress(ValueError):
                proposed = dt.date(int(french.group(3)), int(french.group(2)), int(french.group(1)))
                advice = f"écrivez {proposed.isoformat()}"
        refuse("F208", f"« {text} » n'est pas une date", advice)
    try:
        date = dt.date(*(int(part) for part in match.groups()))
    except ValueError:
        refuse("F208", f"« {text} » : ce jour n'existe pas dans le calendrier")
    if not 1990 <= date.year <= 2100:
        refuse("F208", f"« {text} » : année hors de 1990 à 2100")
    return date


def read_flag(value: Any) -> bool | str:
    """`true oui yes` and `false non no` are booleans; any other text is the reason."""
    text = need_text(value)
    if not text:
        refuse("F210", "texte vide", "écrivez « true », ou le motif")
    lowered = text.lower()
    if lowered in OUI:
        return True
    if lowered in NON:
        return False
    if len(text) > 300:
        refuse("F207", f"motif de {len(text)} caractères : 300 au plus")
    return text


def read_bool(value: Any) -> bool:
    text = need_text(value, "« oui » ou « non »")
    lowered = text.lower()
    if lowered not in OUI | NON:
        refuse("F209", f"« {text} » : « oui » ou « non » est attendu")
    return lowered in OUI


def one_of(*choices: str) -> Callable[[Any], str]:
    def read(value: Any) -> str:
        text = need_text(value)
        if text in choices:
            return text
        near = suggest(text, choices)
        advice = f"vouliez-vous « {near} » ?" if near else "valeurs admises : " + ", ".join(choices)
        refuse("F209", f"« {text} » n'est pas admis ici", advice)

    return read


def _read_compact(value: Any) -> str:
    """Identifiers are typed with spaces or dots by people and stored without."""
    return re.sub(r"[\s.\u00a0\u202f-]", "", read_text(60)(value)).upper()


def _read_numero(value: Any) -> str:
    text = read_text(200)(value)
    if len(text) > 35 or not re.fullmatch(r"[A-Za-z0-9+_/-]+", text):
        refuse("F223", f"« {text} » : un numéro a 35 caractères au plus, parmi lettres, chiffres et + - _ /")
    return text


def _read_devise(value: Any) -> str:
    text = need_text(value).upper()
    if text in MONNAIES:
        return text
    symbols = {"€": "EUR", "$": "USD", "£": "GBP", "EURO": "EUR", "EUROS": "EUR"}
    near = symbols.get(text) or suggest(text, MONNAIES)
    refuse(
        "F222", f"« {text} » n'est pas une devise ISO 4217", f"vouliez-vous « {near} » ?" if near else "exemple : EUR"
    )


def _read_pays(value: Any) -> str:
    text = need_text(value)
    if re.fullmatch(r"[A-Z]{2}", text):
        return text
    refuse("F209", f"« {text} » : le code du pays en deux lettres est attendu", "exemples : FR, BE, GB")


def _read_tva(value: Any) -> Decimal | Situation:
    text = need_text(value, "un taux ou une situation")
    if text in SITUATIONS:
        return text
    if text[:1].isdigit() or text[:1] in "+-":
        return read_number(amounts.TAUX, percent=True, maximum=100)(text)
    folded = strip_accents(text.lower()).replace(" ", "-").replace("_", "-")
    near = folded if folded in SITUATIONS else suggest(folded, SITUATIONS)
    refuse(
        "F209",
        f"« {text} » n'est ni un taux ni une situation de TVA connue",
        f"vouliez-vous « {near} » ?" if near else "situations : " + ", ".join(SITUATIONS),
    )


def read_tva_par_taux(value: Any) -> dict[Decimal, Decimal]:
    if not isinstance(value, dict):
        refuse("F204", "un groupe de clés est attendu", "écrivez {20: 80.00}")
    read_rate = read_number(amounts.TAUX, percent=True, maximum=100)
    read: dict[Decimal, Decimal] = {}
    for typed, amount in value.items():
        rate = read_rate(typed)
        if rate in read:
            refuse("F209", f"le taux « {typed} » est là deux fois", "additionnez les deux montants")
        read[rate] = read_number(amounts.MONTANT)(amount)
    return read


def read_delai(*, kind: Literal["validite", "echeance"]) -> Callable[[Any], Delai]:
    def read(value: Any) -> Delai:
        text = need_text(value, "un délai ou une date")
        if re.fullmatch(r"\d{1,4}[/.-]\d{1,2}[/.-]\d{1,4}", text):
            return Delai(date=read_date(text))
        delai = parse_delai(text, kind)
        if delai is None:
            examples = "30 jours, 1 mois" if kind == "validite" else "30 jours, 45 jours fin de mois, à réception"
            refuse("F218", f"« {text} » n'est pas un délai connu", f"exemples : {examples}, ou une date 2026-12-22")
        return delai

    return read


def read_penalites(value: Any) -> ReglePenalites:
    if isinstance(value, dict):
        if set(value) != {"taux"}:
            refuse("F219", "seule la clé « taux » est admise ici", "écrivez {taux: 12 %}")
        value = value["taux"]
        if isinstance(value, str) and re.fullmatch(r"[0-9.,]+", value.strip()):
            value += " %"
    text = need_text(value, "une règle de pénalités")
    try:
        rule = parse_penalites(text)
    except NombreInvalide as error:
        refuse(error.code, str(error), error.advice)
    if rule is None:
        refuse("F219", f"« {text} » n'est pas une règle de pénalités", "écrivez bce+10, legal x 3 ou 12 %")
    return rule


def spread_part(value: Any) -> Any:
    """`10 %` is a rate, `10` an amount."""
    if isinstance(value, str):
        return {"taux" if value.strip().endswith("%") else "montant": value}
    return value


def spread_escompte(value: Any) -> Any:
    if isinstance(value, str):
        if strip_accents(value.strip().lower()) in ("neant", "aucun", "non"):
            return {}
        refuse("F209", f"« {value} » n'est pas admis ici", "écrivez néant, ou {taux: 2 %, jours: 8}")
    if value == {}:
        refuse("F210", "escompte vide", "écrivez néant, ou {taux: 2 %, jours: 8}")
    return value


def as_list(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def spread_assureur(value: Any) -> Any:
    return {"assureur": value} if isinstance(value, str) else value


def spread_nom(value: Any) -> Any:
    return {"nom": value} if isinstance(value, str) else value


NUMBER_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9]+([.,][0-9]+)?$"}]}
PERCENT_SCHEMA = {"anyOf": [{"type": "number"}, {"type": "string", "pattern": r"^[+-]?[0-9]+([.,][0-9]+)?\s*%?$"}]}
TEXT_SCHEMA = {"type": ["string", "number"]}
FLAG_SCHEMA = {"type": ["boolean", "string"]}


TEXTS_SCHEMA = {"anyOf": [TEXT_SCHEMA, {"type": "array", "items": TEXT_SCHEMA}]}
DATE_SCHEMA = {"type": "string", "format": "date"}

Mot = Annotated[str, PlainValidator(read_text(200)), WithJsonSchema(TEXT_SCHEMA)]
Phrase = Annotated[str, PlainValidator(read_text(4000)), WithJsonSchema(TEXT_SCHEMA)]
# What an e-invoice says in a note (BT-22) has at most 1024 characters, its values filled in. Source: BR-FR-MAP-18.
Formule = Annotated[str, PlainValidator(read_text(1000)), WithJsonSchema(TEXT_SCHEMA)]
Phrases = Annotated[
    tuple[Phrase, ...], BeforeValidator(as_list), Field(min_length=1, max_length=200), WithJsonSchema(TEXTS_SCHEMA)
]
Identifiant = Annotated[str, PlainValidator(_read_compact), WithJsonSchema(TEXT_SCHEMA)]
Numero = Annotated[str, PlainValidator(_read_numero), WithJsonSchema(TEXT_SCHEMA)]
Jour = Annotated[dt.date, PlainValidator(read_date), WithJsonSchema(DATE_SCHEMA)]
Prix = Annotated[Decimal, PlainValidator(read_number(amounts.PRIX)), WithJsonSchema(NUMBER_SCHEMA)]
Quantite = Annotated[Decimal, PlainValidator(read_number(amounts.QUANTITE)), WithJsonSchema(NUMBER_SCHEMA)]
Montant = Annotated[Decimal, PlainValidator(read_number(amounts.MONTANT)), WithJsonSchema(NUMBER_SCHEMA)]
MontantSigne = Annotated[Decimal, PlainValidator(read_number(Bornes(4, None))), WithJsonSchema(NUMBER_SCHEMA)]
Cours = Annotated[Decimal, PlainValidator(_read_cours), WithJsonSchema(NUMBER_SCHEMA)]
Taux = Annotated[
    Decimal, PlainValidator(read_number(amounts.TAUX, percent=True, maximum=100)), WithJsonSchema(PERCENT_SCHEMA)
]
Entier = Annotated[Decimal, PlainValidator(read_number(Bornes(0))), WithJsonSchema({"type": ["integer", "string"]})]
Marque = Annotated[bool | str, PlainValidator(read_flag), WithJsonSchema(FLAG_SCHEMA)]
Booleen = Annotated[bool, PlainValidator(read_bool), WithJsonSchema(FLAG_SCHEMA)]
Devise = Annotated[str, PlainValidator(_read_devise), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$"})]
Pays = Annotated[str, PlainValidator(_read_pays), WithJsonSchema({"type": "string", "pattern": "^[A-Z]{2}$"})]
Tva = Annotated[
    Decimal | Situation,
    PlainValidator(_read_tva),
    WithJsonSchema({"anyOf": [*PERCENT_SCHEMA["anyOf"], {"enum": list(SITUATIONS)}]}),
]
Validite = Annotated[Delai, PlainValidator(read_delai(kind="validite")), WithJsonSchema({"type": "string"})]
Echeance = Annotated[Delai, PlainValidator(read_delai(kind="echeance")), WithJsonSchema({"type": "string"})]
Penalites = Annotated[
    ReglePenalites,
    PlainValidator(read_penalites),
    WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "object", "required": ["taux"]}]}),
]
NatureOperation = Annotated[
    str, PlainValidator(one_of("bien", "service")), WithJsonSchema({"enum": ["bien", "service"]})
]
NATURES_DOCUMENT = ("facture", "acompte", "solde", "situation", "rectificative")
NATURES_OPERATION = ("bien", "service", "mixte")
_NATURES = (*NATURES_DOCUMENT, *NATURES_OPERATION)
NaturesDocument = Annotated[
    tuple[Annotated[str, PlainValidator(one_of(*_NATURES, "autofacture"))], ...],
    BeforeValidator(as_list),
    WithJsonSchema({"anyOf": [{"enum": list(_NATURES)}, {"type": "array", "items": {"enum": list(_NATURES)}}]}),
]
MOYENS = ("virement", "cheque", "carte", "prelevement", "especes")
QUALITES = ("professionnel", "particulier", "public")
FORMES = ("EI", "micro", "EURL", "SARL", "SASU", "SAS", "SA", "SNC", "SCI", "SELARL", "association")
LANGUES = ("fr", "fr-BE", "fr-CH", "en")
STATUTS_PROMESSE = ("due", "tenue", "renegociee", "rompue")


IDENTIFIANT_CLAUSE = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_RENVOI = re.compile(r"(?:([a-z0-9][a-z0-9_.-]*):)?([a-z0-9]+(?:-[a-z0-9]+)*)(?:@([1-9][0-9]{0,3}))?", re.ASCII)


@dataclass(frozen=True, slots=True, order=True)
class Renvoi:
    """A clause as people name it: `revisions-comprises`, `revisions-comprises@1`, `equipe:revisions-comprises@2`.

    Attributes:
        id: the clause.
        bibliotheque: the library, "" for the nearest one that has it.
        version: the version, 0 for the current one.
    """

    id: str
    bibliotheque: str = ""
    version: int = 0

    def __str__(self) -> str:
        """Return the reference as it is written."""
        library = f"{self.bibliotheque}:" if self.bibliotheque else ""
        return f"{library}{self.id}" + (f"@{self.version}" if self.version else "")


def parse_renvoi(text: str) -> Renvoi | None:
    """Read a reference to a clause, or return None when it is not one."""
    match = _RENVOI.fullmatch(text) if len(text) <= 200 else None
    return None if match is None else Renvoi(match[2], match[1] or "", int(match[3] or 0))


def _read_renvoi(value: Any) -> Renvoi:
    text = need_text(value, "le nom d'une clause")
    renvoi = parse_renvoi(text)
    if renvoi is None:
        refuse("F209", f"« {text[:80]} » n'est pas le nom d'une clause", "exemples : acompte, equipe:acompte@2")
    return renvoi


@dataclass(frozen=True, slots=True)
class ClauseCitee:
    """A clause named on a document, with the values given to its variables.

    Attributes:
        cle: the reference as typed, which is also its key in the YAML.
        valeurs: text of each value, by variable.
    """

    renvoi: Renvoi
    cle: str
    valeurs: tuple[tuple[str, str], ...] = ()


def _read_clause_citee(value: Any) -> ClauseCitee:
    if isinstance(value, dict):
        if len(value) != 1:
            refuse("F204", "une seule clause par élément de la liste", "écrivez « - revisions-comprises: {series: 3} »")
        ((key, given),) = value.items()
        if not isinstance(given, dict):
            refuse("F204", "les valeurs d'une clause sont un groupe de clés", f"écrivez « - {key}: {{series: 3}} »")
        return ClauseCitee(
            _read_renvoi(key), key, tuple((name, need_text(text, "une valeur")) for name, text in given.items())
        )
    renvoi = _read_renvoi(value)
    return ClauseCitee(renvoi, str(value).strip())


RenvoiClause = Annotated[Renvoi, PlainValidator(_read_renvoi), WithJsonSchema({"type": "string"})]
Citation = Annotated[
    ClauseCitee,
    PlainValidator(_read_clause_citee),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string"},
                {"type": "object", "minProperties": 1, "maxProperties": 1, "additionalProperties": {"type": "object"}},
            ]
        }
    ),
]
Citations = Annotated[tuple[Citation, ...], BeforeValidator(as_list), Field(max_length=500)]
"""More would be a mistake, or somebody's wish to make us wait."""


def _read_renvoyee(value: Any) -> Any:
    """A reference to another document is a name, a path, or the document itself, which is read apart."""
    if isinstance(value, dict):
        return value
    return read_text(200)(value)


def _read_version(value: Any) -> int:
    number = read_number(Bornes(0))(value)
    if not 1 <= number <= 9999:
        refuse("F207", f"« {value} » : une version va de 1 à 9999")
    return int(number)


Renvoyee = Annotated[Any, PlainValidator(_read_renvoyee), WithJsonSchema({"type": ["string", "object"]})]
Version = Annotated[int, PlainValidator(_read_version), WithJsonSchema({"type": ["integer", "string"]})]


class Modele(BaseModel):
    """What all our models share: unknown keys refused, values never changed after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True, hide_input_in_errors=True)


M = TypeVar("M", bound=Modele)


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


def known_keys(model: type[Modele]) -> list[str]:
    """Return the YAML keys a model accepts."""
    return [field.alias or name for name, field in model.model_fields.items()]


# --- JSON Schema ----------------------------------------------------------------------------------------------------


class SchemaSansNul(GenerateJsonSchema):
    """An absent key is absent: `null` is refused in YAML, so the schema must not offer it."""

    def nullable_schema(self, schema: NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: WithDefaultSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def generate(self, schema: Any, mode: JsonSchemaMode = "validation") -> JsonSchemaValue:
        return {"$schema": self.schema_dialect, **super().generate(schema, mode)}
