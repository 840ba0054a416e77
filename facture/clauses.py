"""One clause of a library: its file, its typed variables, and what it is worth pinning.

Why one clause a file: a library grows one lesson at a time, and git shows each. What a clause prints for a given
document is decided above (`selection`); here it is only read, and refused when it could not be printed.

Source of the checks: C. civ. art. 1119 (conditions bind once known and accepted), C. conso. art. L211-1 (clear and
understandable terms for consumers).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import operator
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PlainValidator, WithJsonSchema

from facture import typo
from facture.amounts import TAUX, Bornes, NombreInvalide, parse_decimal, parse_percent
from facture.echeances import parse_delai, parse_penalites
from facture.errors import Chemin, Diagnostic, Position, format_path
from facture.grammaire import (
    IDENTIFIANT_CLAUSE,
    LANGUES,
    NON,
    OUI,
    QUALITES,
    TEXT_SCHEMA,
    TEXTS_SCHEMA,
    Booleen,
    Jour,
    Modele,
    Mot,
    Phrase,
    Phrases,
    Refus,
    Renvoi,
    RenvoiClause,
    SchemaSansNul,
    Version,
    as_list,
    known_keys,
    need_text,
    one_of,
    read_date,
    refuse,
    validate,
)
from facture.monnaies import minor_unit
from facture.prose import Bloc, ProseInvalide, escape_markdown, find_renvois, mark_missing, parse_prose
from facture.sandbox import Expression, Gabarit, GabaritInvalide, Manque, Valeur, parse_expression, parse_gabarit
from facture.source import Liste, Noeud, Table, Texte, find_node, finding, locate, parse, read_bytes
from facture.typo import suggest

EMPLACEMENTS = ("devis", "conditions", "contrat")
PUBLICS = QUALITES
POSITIONS = ("preferee", "repli", "plancher")
TYPES_VARIABLE = ("texte", "entier", "nombre", "montant", "taux", "duree", "date", "booleen", "choix")
GOUVERNES = ("paiement.echeance", "paiement.penalites", "paiement.escompte")
"""What a clause may set for the whole document: the money follows the text."""

A_REDIGER = "[à rédiger]"
"""Stands in a skeleton where its text must be written; a clause that holds it is not finished."""

RELECTURE_JOURS = 365
"""Days after which a clause should be read again."""

MAX_OCTETS_CLAUSE = 100_000
MAX_TEXTE = 20_000

FAITS = {
    "client": ("nom", "qualite", "pays", "ville"),
    "emetteur": (
        "nom", "forme_juridique", "adresse", "ville", "pays", "rcs", "siren", "email", "telephone", "site",
        "regime_tva", "assurance", "mediateur",
    ),
    "document": (
        "type", "numero", "date", "objet", "langue", "devise", "nature", "total_ht", "total_ttc", "validite",
        "acompte", "offerts", "options", "promesses", "travaux",
    ),
    "paiement": ("echeance", "penalites", "penalites_base", "escompte", "moyens", "indemnite"),
}  # fmt: skip
"""What a text or a `quand` may read of the document, beside the variables of its own clause."""
_NOMS_DES_FAITS = frozenset(f"{group}.{name}" for group, names in FAITS.items() for name in names)


# --- The grammar -----------------------------------------------------------------------------------------------------


def _read_id(value: Any) -> str:
    text = need_text(value)
    if len(text) > 60 or not IDENTIFIANT_CLAUSE.fullmatch(text):
        refuse(
            "F209",
            f"« {text[:80]} » : un identifiant est en minuscules, chiffres et tirets",
            "exemple : acompte-a-la-commande",
        )
    return text


def _read_publics(value: Any) -> tuple[str, ...]:
    names = [need_text(item) for item in (value if isinstance(value, list) else [value])]
    if names == ["tous"]:
        return PUBLICS
    read = one_of(*PUBLICS)
    return tuple(dict.fromkeys(read(name) for name in names))


def _read_texte(value: Any) -> str:
    text = need_text(value)
    if len(text) > MAX_TEXTE:
        refuse("C532", f"texte de {len(text)} caractères : {MAX_TEXTE} au plus", "coupez-la en deux clauses")
    if not text:
        refuse("F210", "texte vide", "écrivez le texte de la clause")
    return text


def _read_scalaire(value: Any) -> str:
    return need_text(value, "une valeur")


def _spread_droit(value: Any) -> Any:
    items = value if isinstance(value, list) else [value]
    return [{"texte": item} if isinstance(item, str) else item for item in items]


Id = Annotated[str, PlainValidator(_read_id), WithJsonSchema({"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"})]
Publics = Annotated[
    tuple[str, ...],
    PlainValidator(_read_publics),
    WithJsonSchema({"anyOf": [{"enum": ["tous", *PUBLICS]}, {"type": "array", "items": {"enum": list(PUBLICS)}}]}),
]
Scalaire = Annotated[str, PlainValidator(_read_scalaire), WithJsonSchema({"type": ["string", "number", "boolean"]})]
Ids = Annotated[tuple[RenvoiClause, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA), Field(max_length=100)]
Noms = Annotated[tuple[Mot, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA), Field(max_length=50)]


TypeVariable = Annotated[str, PlainValidator(one_of(*TYPES_VARIABLE)), WithJsonSchema({"enum": list(TYPES_VARIABLE)})]
Reglage = Annotated[str, PlainValidator(one_of(*GOUVERNES)), WithJsonSchema({"enum": list(GOUVERNES)})]
Emplacement = Annotated[str, PlainValidator(one_of(*EMPLACEMENTS)), WithJsonSchema({"enum": list(EMPLACEMENTS)})]
Place = Annotated[str, PlainValidator(one_of(*POSITIONS)), WithJsonSchema({"enum": list(POSITIONS)})]
Langue = Annotated[str, PlainValidator(one_of(*LANGUES)), WithJsonSchema({"enum": list(LANGUES)})]


class Variable(Modele):
    """A typed hole of a clause."""

    type: TypeVariable = Field(
        "texte", description="texte, entier, nombre, montant, taux, duree, date, booleen ou choix."
    )
    defaut: Scalaire | None = Field(None, description="Valeur si le document n'en donne pas ; absent : à compléter.")
    min: Scalaire | None = Field(None, description="Plus petite valeur admise.")
    max: Scalaire | None = Field(None, description="Plus grande valeur admise.")
    valeurs: Annotated[tuple[Mot, ...], BeforeValidator(as_list), WithJsonSchema(TEXTS_SCHEMA)] = Field(
        (), description="Valeurs admises d'un choix."
    )
    aide: Phrase | None = Field(None, description="Ce qu'il faut y mettre.")
    gouverne: Reglage | None = Field(
        None, description="Réglage du document que cette valeur fixe : paiement.penalites, paiement.echeance…"
    )


class Droit(Modele):
    """A text of law that a clause rests on."""

    texte: Phrase | None = Field(None, description="Article : C. com. art. L441-10.")
    source: Phrase | None = Field(None, description="Où il a été lu.")
    verifie_le: Jour | None = Field(None, description="Quand il a été relu.")


class Origine(Modele):
    """The engagement that taught a clause."""

    mission: Mot | None = Field(None, description="Numéro du devis, ou mois de la mission.")
    date: Jour | None = Field(None, description="Jour de la leçon.")
    motif: Phrase | None = Field(None, description="Ce qui s'est passé, sans nommer le client.")
    cout: Mot | None = Field(None, description="Ce que cela a coûté : 12 h, 450 €.")


class Clause(Modele):
    """A clause, as its file says it."""

    id: Id | None = Field(None, description="Identifiant : celui du fichier.")
    titre: Mot | None = Field(None, description="Titre de l'article.")
    version: Version = Field(1, description="Version du texte, à partir de 1.")
    themes: Noms = Field((), description="Thèmes : paiement, perimetre…")
    emplacement: Emplacement = Field(
        "conditions",
        description="Où elle s'imprime quand un modèle ou un thème la choisit : devis, conditions, contrat.",
    )
    public: Publics = Field(PUBLICS, description="professionnel, particulier, public, ou tous.")
    modeles: Noms = Field((), description="Modèles que cette clause rejoint, en plus de ceux qui la nomment.")
    famille: Id | None = Field(None, description="Clauses entre lesquelles il faut choisir.")
    position: Place | None = Field(None, description="preferee, repli ou plancher, dans sa famille.")
    quand: Phrase | None = Field(None, description="Condition sur le document.")
    variables: dict[str, Variable] = Field({}, description="Ce que le document complète.")
    texte: Annotated[str, PlainValidator(_read_texte), WithJsonSchema(TEXT_SCHEMA)] | None = Field(
        None, description="Texte en Markdown, sans HTML."
    )
    requiert: Ids = Field((), description="Clauses sans lesquelles celle-ci ne va pas.")
    incompatible: Ids = Field((), description="Clauses qu'elle contredit.")
    remplace: Ids = Field((), description="Clauses dont elle prend la place dans un modèle ou un thème.")
    droit: Annotated[tuple[Droit, ...], BeforeValidator(_spread_droit)] = Field((), description="Textes de loi.")
    origine: tuple[Origine, ...] = Field((), description="Missions dont elle vient.")
    licence: Mot | None = Field(None, description="Licence du texte : CC0-1.0.")
    langue: Langue = Field("fr", description="Langue du texte.")
    encadre: Booleen = Field(False, description="Dans un cadre, sans numéros : un texte que la loi veut tel quel.")
    note: Phrases = Field((), description="Pour qui choisit la clause ; jamais imprimé.")
    verifie_le: Jour | None = Field(None, description="Dernière relecture.")


# --- Values ----------------------------------------------------------------------------------------------------------


class ValeurRefusee(ValueError):
    """A value that its variable does not admit."""

    def __init__(self, message: str, advice: str = "") -> None:
        super().__init__(message)
        self.advice = advice


_DUREE = re.compile(
    r"(\d{1,4})\s*(heures?|h|jours?|j|semaines?|mois|ans?|années?)(\s+ouvrés?|\s+ouvrables?|\s+francs?)?", re.IGNORECASE
)
_HEURES = {"h": 1, "j": 24, "s": 168, "m": 730, "a": 8760}


def parse_valeur(variable: Variable, text: str, langue: str = "fr", devise: str = "EUR") -> Valeur:
    """Read the value of a variable: what is compared (`brut`) and what is printed (`texte`).

    Args:
        variable: its type, bounds and choices.
        text: as typed in the YAML.
        devise: of the document, for a `montant`.

    Raises: ValeurRefusee with what is wrong and what to write.
    """
    value = _parse(variable, text, langue, devise)
    for bound, word, fails in (("min", "au moins", operator.lt), ("max", "au plus", operator.gt)):
        limit = getattr(variable, bound)
        if limit is None:
            continue
        least = _parse(variable, limit, langue, devise)
        if fails(value.brut, least.brut):
            raise ValeurRefusee(f"« {text} » : {word} {least.texte}")
    return value


def _parse(variable: Variable, text: str, langue: str, devise: str) -> Valeur:
    if variable.gouverne is not None:
        return _parse_gouverne(variable.gouverne, text)
    kind = variable.type
    try:
        if kind == "entier":
            number = parse_decimal(text, Bornes(0))
            return Valeur(int(number), typo.format_number(number, langue))
        if kind == "nombre":
            number = parse_decimal(text, Bornes(6))
            return Valeur(number, typo.format_number(number, langue))
        if kind == "montant":
            number = parse_decimal(_strip_devise(text, devise), Bornes(minor_unit(devise)))
            return Valeur(number, typo.format_round_money(number, devise, langue))
        if kind == "taux":
            rate = parse_percent(text, TAUX)
            rate = parse_decimal(text, TAUX) if rate is None else rate
            return Valeur(rate, typo.format_rate(rate, langue))
    except NombreInvalide as error:
        raise ValeurRefusee(str(error), error.advice) from error
    if kind == "duree":
        return _parse_duree(text)
    if kind == "date":
        return _parse_date(text, langue)
    if kind == "booleen":
        lowered = text.lower()
        if lowered not in OUI | NON:
            raise ValeurRefusee(f"« {text} » : « oui » ou « non » est attendu")
        return Valeur(lowered in OUI, "oui" if lowered in OUI else "non")
    if kind == "choix" and text not in variable.valeurs:
        near = suggest(text, variable.valeurs)
        hint = f"vouliez-vous « {near} » ?" if near else "valeurs admises : " + ", ".join(variable.valeurs)
        raise ValeurRefusee(f"« {text} » n'est pas admis ici", hint)
    if not text or len(text) > 2000:
        raise ValeurRefusee("texte vide ou trop long", "2 000 caractères au plus")
    return Valeur(text, text)


def _strip_devise(text: str, devise: str) -> str:
    """Return an amount without the code or the sign of the document's currency; another one is refused."""
    match = re.fullmatch(r"(.*?\d)\s*(€|euros?|[A-Z]{3}|\$|£)", text.strip())
    if match is None:
        return text
    said = {"€": "EUR", "euro": "EUR", "euros": "EUR", "$": "USD", "£": "GBP"}.get(match[2], match[2])
    if said != devise:
        raise ValeurRefusee(f"« {text} » : ce document est en {devise}", f"écrivez {match[1]}")
    return match[1]


@lru_cache(maxsize=1024)
def _parse_duree(text: str) -> Valeur:
    match = _DUREE.fullmatch(text.strip())
    if match is None:
        raise ValeurRefusee(f"« {text} » n'est pas une durée", "exemples : 30 jours, 2 mois, 48 heures, 3 jours ouvrés")
    count, unit = int(match[1]), match[2].lower()
    word = {"h": "heure", "j": "jour", "s": "semaine", "m": "mois", "a": "an"}[unit[0]]
    plural = "s" if count > 1 and word != "mois" else ""
    suffix = ""
    if match[3]:
        base = typo.strip_accents(match[3].strip().lower()).rstrip("s")
        suffix = " " + {"ouvre": "ouvré", "ouvrable": "ouvrable", "franc": "franc"}[base] + ("s" if count > 1 else "")
    return Valeur(count * _HEURES[word[0]], f"{count}{typo.NBSP}{word}{plural}{suffix}")


def _parse_date(text: str, langue: str) -> Valeur:
    try:
        day = read_date(text)
    except ValueError as error:
        context = getattr(error, "context", None) or {}
        raise ValeurRefusee(str(context.get("message", error)), str(context.get("advice", ""))) from error
    return Valeur(day, typo.format_date(day, langue))


def _parse_gouverne(reglage: str, text: str) -> Valeur:
    """Read a value that also sets something of the document, in the words of the document's own key."""
    if reglage == "paiement.penalites":
        try:
            rule = parse_penalites(text)
        except NombreInvalide as error:
            raise ValeurRefusee(str(error), error.advice) from error
        if rule is None:
            raise ValeurRefusee(f"« {text} » n'est pas une règle de pénalités", "écrivez bce+10, legal x 3 ou 12 %")
        return Valeur(rule, rule.describe())
    if reglage == "paiement.echeance":
        delai = parse_delai(text, "echeance")
        if delai is None:
            raise ValeurRefusee(
                f"« {text} » n'est pas un délai connu", "exemples : 30 jours, 45 jours fin de mois, à réception"
            )
        return Valeur(delai, delai.describe())
    if typo.strip_accents(text.lower()) in ("neant", "aucun", "non"):
        return Valeur("néant", "aucun escompte n'est accordé pour paiement anticipé")
    raise ValeurRefusee(
        f"« {text} » : seul « néant » s'écrit ici",
        "pour un escompte, écrivez paiement: {escompte: {taux: 2 %, jours: 8}}",
    )


# --- A clause that has been read -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class ClauseLue:
    """A clause with its text ready to be filled, and where each thing stands in its file.

    Attributes:
        clause: the model.
        gabarit: its text, parsed; `quand`, its condition, when it has one.
        racine: the nodes of its file, for positions.
        fichier: where it was read.
        bibliotheque: the library it belongs to.
    """

    clause: Clause
    gabarit: Gabarit
    quand: Expression | None
    racine: Table
    fichier: Path
    bibliotheque: str = ""

    @property
    def id(self) -> str:
        """The clause's identifier."""
        return self.clause.id or ""

    @property
    def titre(self) -> str:
        """The title of its article."""
        return self.clause.titre or ""

    @property
    def version(self) -> int:
        """The version of its text."""
        return self.clause.version

    @property
    def reference(self) -> str:
        """Its exact reference, `equipe:revisions-comprises@2`."""
        return str(Renvoi(self.id, self.bibliotheque, self.version))

    @cached_property
    def renvois(self) -> tuple[tuple[str, int], ...]:
        """The clauses its text refers to, each with its line."""
        return find_renvois(self.clause.texte or "")

    @cached_property
    def empreinte(self) -> str:
        """SHA-256 of what the clause says, in hexadecimal.

        Why not of the file: reviewing a clause (`verifie_le`), noting where it came from or adding a comment changes
        nothing of what a client reads, and must not break a pin.
        """
        clause = self.clause
        said = {
            "id": self.id,
            "version": self.version,
            "titre": clause.titre,
            "texte": (clause.texte or "").strip(),
            "quand": clause.quand,
            "public": sorted(clause.public),
            "emplacement": clause.emplacement,
            "famille": clause.famille,
            "theme": clause.themes[:1],
            "langue": clause.langue,
            "encadre": clause.encadre,
            "variables": {
                name: variable.model_dump(exclude_none=True, exclude={"aide"})
                for name, variable in clause.variables.items()
            },
            "requiert": [str(item) for item in clause.requiert],
            "incompatible": [str(item) for item in clause.incompatible],
            "remplace": [str(item) for item in clause.remplace],
        }
        text = json.dumps(said, ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
        return hashlib.sha256(text.encode()).hexdigest()

    def place(self, chemin: Chemin, *, at_key: bool = False) -> Position:
        """Return where a path of the clause stands in its file."""
        return locate(self.racine, chemin, at_key=at_key)[0]

    def place_line(self, line: int) -> Position:
        """Return where a line of its text stands in its file."""
        return _place_line(self.racine, line)

    def find(self, code: str, chemin: Chemin, message: str, advice: str = "", *, at_key: bool = False) -> Diagnostic:
        """Return a finding at a path of the clause."""
        return finding(code, message, self.place(chemin, at_key=at_key), format_path(chemin), advice)

    def compose(
        self, contexte: dict[str, Valeur | Manque], resolve: Callable[[str], str]
    ) -> tuple[tuple[Bloc, ...], tuple[Manque, ...]]:
        """Return the text filled for a document, as blocks, and what is missing from it.

        Args:
            contexte: values of its variables and facts of the document.
            resolve: gives the text that stands for `[[id]]`.

        Raises: GabaritInvalide or ProseInvalide for a text that only shows its fault once filled.
        """
        text, missing = self.gabarit.render(contexte, escape_markdown, lambda hole: mark_missing(hole.aide or hole.nom))
        return parse_prose(text, resolve), missing


def is_stale(verifie_le: dt.date | None, day: dt.date) -> bool:
    """Say whether a clause was not read again in the year before a day."""
    return verifie_le is None or (day - verifie_le).days > RELECTURE_JOURS


def read_clause_file(path: Path, label: str, bibliotheque: str = "") -> tuple[ClauseLue | None, list[Diagnostic]]:
    """Read a clause's file.

    Args:
        path: the file.
        label: how to name it in findings.

    Raises: RessourceError when it cannot be read.
    """
    data = read_bytes(path, label)
    if len(data) > MAX_OCTETS_CLAUSE:
        message = f"clause de {len(data) // 1000} ko : {MAX_OCTETS_CLAUSE // 1000} ko au plus"
        return None, [finding("C532", message, Position(label))]
    return read_clause(data, label, path, bibliotheque)


def read_clause(
    data: bytes, label: str, path: Path, bibliotheque: str = ""
) -> tuple[ClauseLue | None, list[Diagnostic]]:
    """Read a clause from its bytes.

    Returns: the clause when it can be printed, and every finding about its file alone; None with an error.
    """
    root, findings = parse(data, label)
    if root is None:
        return None, findings
    plain = to_data(root, findings)
    clause, refusals = validate(Clause, plain)
    findings += [say_refusal(Clause, refusal, root) for refusal in refusals]
    if clause is None or any(found.is_error for found in findings):
        return None, findings
    missing = [name for name in ("id", "titre", "texte") if getattr(clause, name) is None]
    for name in missing:
        findings.append(finding("C527", f"clé « {name} » manquante", root.position, name))
    if missing:
        return None, findings
    gabarit = _parse_texte(clause, root, findings)
    quand = _parse_quand(clause, root, findings)
    if gabarit is None or any(found.is_error for found in findings):
        return None, findings
    read = ClauseLue(clause, gabarit, quand, root, path, bibliotheque)
    findings += _check_variables(read)
    findings += _check_prose(read)
    return (None if any(found.is_error for found in findings) else read), findings


def _parse_texte(clause: Clause, root: Table, findings: list[Diagnostic]) -> Gabarit | None:
    try:
        return parse_gabarit(clause.texte or "")
    except GabaritInvalide as error:
        findings.append(finding(error.code, str(error), _place_line(root, error.line), "texte", error.advice))
        return None


def _parse_quand(clause: Clause, root: Table, findings: list[Diagnostic]) -> Expression | None:
    if clause.quand is None:
        return None
    try:
        expression = parse_expression(clause.quand)
    except GabaritInvalide as error:
        findings.append(finding(error.code, str(error), locate(root, ("quand",))[0], "quand", error.advice))
        return None
    known = {*clause.variables, *_NOMS_DES_FAITS}
    for name in sorted(expression.noms - known):
        findings.append(
            finding(
                "C528",
                f"« {name} » n'existe pas{_hint(name, known)}",
                locate(root, ("quand",))[0],
                "quand",
                _list_faits(name),
            )
        )
    return expression


def _check_variables(read: ClauseLue) -> list[Diagnostic]:
    """Judge the variables alone, and that the text reads what is declared and nothing else."""
    found: list[Diagnostic] = []
    facts = _NOMS_DES_FAITS
    declared = read.clause.variables
    for name, variable in declared.items():
        chemin: Chemin = ("variables", name)
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", name, re.ASCII) or name in FAITS or name in _MOTS_RESERVES:
            found.append(
                read.find(
                    "C506",
                    chemin,
                    f"« {name} » ne peut pas nommer une variable",
                    "minuscules, chiffres et « _ » ; exemple : jours_ouvres",
                    at_key=True,
                )
            )
        if (variable.type == "choix") != bool(variable.valeurs):
            what = (
                "un choix demande ses « valeurs »"
                if variable.type == "choix"
                else "« valeurs » ne va qu'avec type: choix"
            )
            found.append(read.find("C506", chemin, what))
        bounded = variable.min is not None or variable.max is not None
        if bounded and (variable.type not in _COMPARABLES or variable.gouverne is not None):
            kind = f"un type {variable.type}" if variable.gouverne is None else "« gouverne »"
            found.append(read.find("C506", chemin, f"« min » et « max » ne vont pas avec {kind}"))
            continue
        for key in ("min", "max", "defaut"):
            value = getattr(variable, key)
            if value is None:
                continue
            try:
                (parse_valeur if key == "defaut" else _parse_bound)(variable, value)
            except ValeurRefusee as error:
                found.append(read.find("C506", (*chemin, key), str(error), error.advice))
        governs = variable.gouverne is not None
        used = read.gabarit.noms | (read.quand.noms if read.quand is not None else frozenset())
        # A name misspelt in the text leaves its variable unused: the slip is said, not what follows from it.
        if name not in used and not governs and not read.gabarit.noms - set(declared) - facts:
            found.append(read.find("C529", chemin, f"la variable « {name} » ne sert à rien dans le texte", at_key=True))
    for name in sorted(read.gabarit.noms - set(declared) - facts):
        place = read.place_line(read.gabarit.noms_lignes.get(name, 1))
        message = (
            f"« {name} » n'est ni une variable de cette clause ni un fait du document{_hint(name, {*declared, *facts})}"
        )
        found.append(finding("C528", message, place, "texte", _list_faits(name)))
    return found


def _parse_bound(variable: Variable, text: str) -> Valeur:
    return parse_valeur(variable.model_copy(update={"min": None, "max": None}), text)


def _check_prose(read: ClauseLue) -> list[Diagnostic]:
    """Read the text as it will print with every hole filled: what Markdown refuses is said before any document."""
    found: list[Diagnostic] = []
    text = _strip_tags(read.clause.texte or "")
    try:
        # Sentences without a sign that Markdown could read, nearly all, need no parser.
        if _SIGNES.search(_RENVOI_NU.sub("x", text)) and not parse_prose(text):
            found.append(read.find("C518", ("texte",), "ce texte ne contient rien à imprimer"))
    except ProseInvalide as error:
        message = f"mise en forme refusée : {error}"
        found.append(finding("C518", message, read.place_line(error.line), "texte", error.advice))
    # Filled with the defaults, a comparison or a filter that does not fit its variable shows itself.
    sample: dict[str, Valeur | Manque] = {name: Manque(name) for name in read.gabarit.noms}
    for name, variable in read.clause.variables.items():
        if variable.defaut is not None:
            with suppress(ValeurRefusee):
                sample[name] = parse_valeur(variable, variable.defaut)
    try:
        read.gabarit.render(sample)
    except GabaritInvalide as error:
        found.append(finding(error.code, str(error), read.place_line(error.line), "texte", error.advice))
    return found


_RENVOI_NU = re.compile(r"\[\[[a-z0-9-]+\]\]", re.ASCII)
_LETTRES = "A-Za-z0-9À-ÖØ-öø-ÿŒœŸ"
_SIGNES = re.compile(
    rf"[^{_LETTRES} .,;:?!'’()«»…€%/+\"°\n\u00a0\u202f-]|^(?![{_LETTRES}«(\n])|^[0-9]+[.)]|\A\s*\Z", re.MULTILINE
)
_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def _strip_tags(text: str) -> str:
    """Return the text with every branch kept and every hole filled by a word, lines unmoved."""

    def stand_in(match: re.Match[str]) -> str:
        lines = "\n" * match.group().count("\n")
        return ("x" if match.group().startswith("{{") else "") + lines

    return _TAGS.sub(stand_in, text)


_MOTS_RESERVES = frozenset({"and", "or", "not", "in", "is", "if", "else", "elif", "endif", "true", "false", "none"})
_COMPARABLES = frozenset({"entier", "nombre", "montant", "taux", "duree", "date"})


def _hint(name: str, known: set[str]) -> str:
    near = suggest(name, known)
    return f" ; vouliez-vous « {near} » ?" if near else ""


def _list_faits(name: str) -> str:
    group = name.partition(".")[0]
    if group in FAITS:
        return f"{group} : " + ", ".join(FAITS[group])
    return "déclarez-la sous « variables », ou lisez un fait : " + ", ".join(f"{group}.…" for group in FAITS)


def _place_line(root: Table, line: int) -> Position:
    node = find_node(root, ("texte",))
    if not isinstance(node, Texte):
        return root.position
    index = 0
    for _ in range(line - 1):
        after = node.value.find("\n", index)
        if after < 0:
            break
        index = after + 1
    return node.character_position(index)


def to_data(node: Noeud, findings: list[Diagnostic], chemin: Chemin = ()) -> Any:
    """Turn nodes into plain data, saying each empty value (F210)."""
    if isinstance(node, Texte):
        return node.value
    if isinstance(node, Liste):
        kept = []
        for index, item in enumerate(node.items):
            if isinstance(item, Texte) and item.nul:
                findings.append(finding("F210", "élément de liste vide", item.position, format_path((*chemin, index))))
            else:
                kept.append(to_data(item, findings, (*chemin, index)))
        return kept
    data: dict[str, Any] = {}
    for key, item in node.entries.items():
        if isinstance(item, Texte) and item.nul:
            findings.append(finding("F210", "clé sans valeur", node.keys[key], format_path((*chemin, key))))
        else:
            data[key] = to_data(item, findings, (*chemin, key))
    return data


def say_refusal(model: type[Modele], refusal: Refus, root: Table) -> Diagnostic:
    """Place what the grammar refused in the file of a clause, a preset or a library."""
    if refusal.code:
        position, reached = locate(root, refusal.chemin)
        return finding(refusal.code, refusal.message, position, format_path(reached), refusal.advice)
    position, reached = locate(root, refusal.chemin, at_key=True)
    inside = (
        model if len(refusal.chemin) == 1 else next((found for found in _models(model, refusal.chemin[:-1])), model)
    )
    keys = known_keys(inside)
    key = str(refusal.chemin[-1])
    near = suggest(key, keys)
    hint = f" ; vouliez-vous « {near} » ?" if near else ""
    return finding(
        "F203",
        f"clé inconnue{hint}",
        position,
        format_path(reached),
        "" if near else "clés admises ici : " + ", ".join(keys),
    )


def _models(model: type[Modele], chemin: Chemin) -> list[type[Modele]]:
    known: dict[str, type[Modele]] = {"variables": Variable, "droit": Droit, "origine": Origine}
    return [known[step] for step in chemin if isinstance(step, str) and step in known]


def build_clause_schema() -> dict[str, Any]:
    """Return the JSON Schema of a clause's file, with French descriptions for editors."""
    schema = Clause.model_json_schema(schema_generator=SchemaSansNul)
    schema["title"] = "facture : clause"
    schema["required"] = ["id", "titre", "texte"]
    return schema
