"""Each engagement ends with a lesson: its troubles are noted, weighed, and become clauses.

Clauses and bilans are written and commented by people: `feuille` edits them by lines.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, PlainValidator, WithJsonSchema

from facture.amounts import MONTANT, Bornes, NombreInvalide, parse_decimal, round_amount
from facture.bibliotheques import Fonds
from facture.clauses import A_REDIGER, ClauseLue, Noms, read_clause, say_refusal, to_data
from facture.errors import Diagnostic, Position, RefusError, RessourceError, UsageError
from facture.feuille import Ecriture as Ecriture
from facture.feuille import Feuille, dump_block, dump_list, one_line, quote, to_bytes
from facture.grammaire import (
    IDENTIFIANT_CLAUSE,
    TEXT_SCHEMA,
    Jour,
    Modele,
    Phrase,
    Renvoi,
    RenvoiClause,
    need_text,
    one_of,
    refuse,
    validate,
)
from facture.projet import display_path
from facture.recherche import Index, Resultat, fold_words
from facture.source import finding, locate, parse, read_bytes
from facture.typo import strip_accents

DOSSIER_BILANS = "bilans"
ANCIENNES = "anciennes"
PROJET = "projet"
"""Name of the project's own library in references."""

HEURES_PAR_JOUR = Decimal(7)
JOURS_PAR_SEMAINE = Decimal(5)
VALEUR_HEURE = Decimal(60)
"""Euros that an hour stands for when troubles are put in order; it is never printed nor billed."""

CAUSES = ("client", "nous", "tiers", "partagée")
REPONSES = ("rien", "amende", "nouvelle")
POIDS = {"titre": 4.0, "themes": 2.0, "variables": 2.0, "note": 2.0, "origine": 2.0, "texte": 1.0, "droit": 0.5}
"""Where a word of the question weighs most: what a clause is for, before what it says."""

_PART_DU_MEILLEUR = 0.25


# --- What a trouble cost ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Cout:
    """What a trouble cost, in time or in money.

    Attributes:
        heures: hours, a day counting for `HEURES_PAR_JOUR`.
        euros: euros.
        texte: the cost as it is written: « 12 h », « 1,5 jour », « 450 € ».
    """

    heures: Decimal
    euros: Decimal
    texte: str


_COUT = re.compile(r"([0-9]+(?:[.,][0-9]+)?)\s*([a-z]*|€)", re.ASCII)
_HEURES_MINUTES = re.compile(r"([0-9]{1,4})\s*h(?:eures?)?\s*([0-5][0-9])(?:\s*min(?:utes?)?)?", re.ASCII)
_MINUTES = re.compile(r"([0-9]{1,5})\s*min(?:utes?)?", re.ASCII)
_UNITES = {"": "€", "€": "€", "eur": "€", "euro": "€", "h": "h", "heure": "h", "j": "jour", "jour": "jour"}
_UNITES |= {"journee": "jour", "semaine": "semaine"}
_HEURES = {"h": Decimal(1), "jour": HEURES_PAR_JOUR, "semaine": HEURES_PAR_JOUR * JOURS_PAR_SEMAINE}
_EXEMPLES = "écrivez 12 h, 1,5 jour ou 450 €"


def parse_cout(text: str) -> Cout:
    """Read a cost: `12 h`, `12h`, `1h30`, `45 min`, `1,5 jour`, `2 semaines`, `450 €`, `450` (euros).

    Raises: ValueError, in French, when it is none of these.
    """
    words = " ".join(strip_accents(text.lower()).split())
    if match := _HEURES_MINUTES.fullmatch(words):
        minutes = round_amount(Decimal(match[2]) / 60, 2)
        return Cout(int(match[1]) + minutes, Decimal(0), f"{int(match[1])} h {match[2]}")
    if match := _MINUTES.fullmatch(words):
        return Cout(round_amount(Decimal(match[1]) / 60, 2), Decimal(0), f"{int(match[1])} min")
    match = _COUT.fullmatch(words)
    unit = None if match is None else _UNITES.get(match[2]) or _UNITES.get(match[2].removesuffix("s"))
    if match is None or unit is None:
        reason = "n'est pas un coût"
        if re.search(r"\bet\b|\+", words):
            reason = ": un seul coût par souci"
        elif re.search(r"[0-9] [0-9]", words):
            reason = ": pas d'espace dans un nombre"
        raise ValueError(f"« {text.strip()[:60]} » {reason} ; {_EXEMPLES}")
    try:
        number = parse_decimal(match[1], MONTANT if unit == "€" else Bornes(2))
    except NombreInvalide as error:
        raise ValueError(f"« {text.strip()[:60]} » n'est pas un coût ; {_EXEMPLES}") from error
    shown = match[1].replace(".", ",")
    if unit == "€":
        return Cout(Decimal(0), number, f"{shown} €")
    plural = "s" if number >= 2 and unit != "h" else ""
    return Cout(number * _HEURES[unit], Decimal(0), f"{shown} {unit}{plural}")


def _read_cout(value: Any) -> Cout:
    text = need_text(value, "un coût")
    try:
        return parse_cout(text)
    except ValueError as error:
        message, _, advice = str(error).partition(" ; ")
        refuse("C542", message, advice)


def _read_cause(value: Any) -> str:
    text = need_text(value)
    known = {strip_accents(cause): cause for cause in CAUSES}
    return known.get(strip_accents(text.lower())) or one_of(*CAUSES)(text)


# --- The file of an engagement ---------------------------------------------------------------------------------------


class Souci(Modele):
    """One trouble of an engagement, and what was made of it."""

    souci: Phrase | None = Field(None, description="Ce qui s'est mal passé, en une phrase.")
    cout: Annotated[Cout, PlainValidator(_read_cout), WithJsonSchema(TEXT_SCHEMA)] | None = Field(
        None, description="Ce que cela a coûté : 12 h, 1,5 jour, 450 €."
    )
    cause: Annotated[str, PlainValidator(_read_cause), WithJsonSchema({"enum": list(CAUSES)})] | None = Field(
        None, description="D'où il vient : client, nous, tiers, partagée."
    )
    themes: Noms = Field((), description="Thèmes des clauses concernées.")
    clause: RenvoiClause | None = Field(None, description="Clause qui y répond désormais : revisions-comprises@2.")
    reponse: Annotated[str, PlainValidator(one_of(*REPONSES)), WithJsonSchema({"enum": list(REPONSES)})] | None = Field(
        None, description="Ce qu'on en a fait : rien, amende (une clause récrite), nouvelle."
    )


class Bilan(Modele):
    """What an engagement taught."""

    type: Annotated[str, PlainValidator(one_of("bilan")), WithJsonSchema({"enum": ["bilan"]})] = Field(
        "bilan", description="bilan."
    )
    document: Phrase | None = Field(None, description="Numéro du document, ou nom du fichier d'un brouillon.")
    fichier: Phrase | None = Field(None, description="Son chemin, depuis la racine du projet.")
    date: Jour | None = Field(None, description="Jour du bilan.")
    soucis: Annotated[tuple[Souci, ...], Field(max_length=200)] = Field((), description="Ce qui s'est mal passé.")


def make_souci(souci: str, cout: str | None = None, cause: str | None = None, themes: Sequence[str] = ()) -> Souci:
    """Return a trouble from what was typed at the command line.

    Raises: UsageError with what is wrong in each value.
    """
    given = {"souci": souci, "cout": cout, "cause": cause, "themes": list(themes)}
    read, refusals = validate(Souci, {key: value for key, value in given.items() if value is not None})
    if read is None:
        said = [f"{refusal.chemin[0]} : {refusal.message} ; {refusal.advice}".rstrip(" ;") for refusal in refusals]
        raise UsageError("\n".join(said))
    return read


def read_bilan(path: Path, label: str) -> tuple[Bilan | None, list[Diagnostic]]:
    """Read a bilan.

    Returns: the bilan, or None when a finding is an error; every finding.

    Raises: RessourceError when the file cannot be read.
    """
    return _read_bilan(read_bytes(path, label), label)


def _read_bilan(data: bytes, label: str) -> tuple[Bilan | None, list[Diagnostic]]:
    root, findings = parse(data, label)
    if root is None:
        return None, findings
    bilan, refusals = validate(Bilan, to_data(root, findings))
    for refusal in refusals:
        inside = Souci if len(refusal.chemin) > 2 else Bilan
        findings.append(say_refusal(inside, refusal, root))
    if bilan is None or any(found.is_error for found in findings):
        return None, findings
    for key in ("document", "date"):
        if getattr(bilan, key) is None:
            advice = "exemple : date: 2026-12-20" if key == "date" else "exemple : document: D2026-014"
            findings.append(finding("C542", f"clé « {key} » manquante", root.position, key, advice))
    for index, souci in enumerate(bilan.soucis):
        place = locate(root, ("soucis", index))[0]
        if souci.souci is None:
            findings.append(finding("C542", "clé « souci » manquante", place, f"soucis[{index}].souci"))
        if souci.reponse in ("amende", "nouvelle") and souci.clause is None:
            message = f"« reponse: {souci.reponse} » demande la clause"
            place = locate(root, ("soucis", index, "reponse"))[0]
            findings.append(finding("C542", message, place, f"soucis[{index}].clause", "exemple : clause: acompte@2"))
    return (None if any(found.is_error for found in findings) else bilan), findings


def read_bilans(racine: Path) -> tuple[list[Bilan], list[Diagnostic]]:
    """Read every bilan of a project, in the order of their names.

    Args:
        racine: the project's folder.

    Returns: those that could be read, and every finding; an unreadable file is a finding like the others.
    """
    bilans: list[Bilan] = []
    findings: list[Diagnostic] = []
    folder = racine / DOSSIER_BILANS
    paths = [path for path in folder.iterdir() if path.suffix in (".yaml", ".yml")] if folder.is_dir() else []
    for path in sorted(paths):
        label = display_path(path)
        try:
            bilan, found = read_bilan(path, label)
        except RessourceError as error:
            bilan, found = None, [finding("C542", str(error), Position(label))]
        findings += found
        if bilan is not None:
            bilans.append(bilan)
    return bilans, findings


def name_bilan(racine: Path, numero: str | None, fichier: str) -> Path:
    """Return where the bilan of a document lies: by its number, or by its file's name when it is a draft."""
    return racine / DOSSIER_BILANS / f"{numero.replace('/', '-') if numero else Path(fichier).stem}.yaml"


def plan_bilan(chemin: Path, bilan: Bilan) -> Ecriture:
    """Note the troubles of an engagement in its file; those of a file already there stay, with its comments.

    Args:
        chemin: the file, which may not be there yet.
        bilan: what to note; of a file already there only `soucis` are added.

    Raises: RefusError when the file there is not a bilan; UsageError when it is the bilan of another document, or
        cannot be edited; RessourceError when it cannot be read.
    """
    items = [_dump_souci(souci) for souci in bilan.soucis]
    if chemin.exists():
        there, sheet = _open_bilan(chemin)
        if bilan.document not in (None, there.document):
            label = display_path(chemin)
            raise UsageError(f"{label} est le bilan de {there.document}, pas de {bilan.document} : renommez ce fichier")
        sheet.extend("soucis", items)
        return Ecriture(chemin, sheet.finish())
    lines = ["type: bilan"]
    for key in ("document", "fichier", "date"):
        value = getattr(bilan, key)
        if value is not None:
            lines.append(f"{key}: {quote(str(value))}")
    lines += dump_list("soucis", items, "")
    data = to_bytes(lines)
    read, findings = _read_bilan(data, display_path(chemin))
    if read is None:
        raise RefusError(findings)
    return Ecriture(chemin, data)


def plan_reponse(chemin: Path, index: int, reponse: str, clause: Renvoi | None = None) -> Ecriture:
    """Note under a trouble what was made of it.

    Args:
        chemin: the bilan.
        index: which trouble, from 0.
        reponse: one of `REPONSES`.
        clause: the clause that answers it from now on, with its version.

    Raises: RefusError when the file is not a bilan; UsageError when it cannot be edited; RessourceError when it cannot
        be read.
    """
    _, sheet = _open_bilan(chemin)
    if clause is not None:
        sheet.set_at(("soucis", index, "clause"), str(clause))
    sheet.set_at(("soucis", index, "reponse"), reponse)
    return Ecriture(chemin, sheet.finish())


def _open_bilan(chemin: Path) -> tuple[Bilan, Feuille]:
    label = display_path(chemin)
    data = read_bytes(chemin, label)
    bilan, findings = _read_bilan(data, label)
    if bilan is None:
        raise RefusError(findings)
    return bilan, Feuille(data, label)


def _dump_souci(souci: Souci) -> dict[str, Any]:
    return {
        "souci": souci.souci,
        "cout": souci.cout.texte if souci.cout else None,
        "cause": souci.cause,
        "themes": list(souci.themes) or None,
        "clause": str(souci.clause) if souci.clause else None,
        "reponse": souci.reponse,
    }


# --- Finding the clause that would have helped -----------------------------------------------------------------------


_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}|\[\[.*?\]\]", re.DOTALL)


def search_clauses(clauses: Sequence[ClauseLue], question: str, limit: int = 5) -> list[Resultat]:
    """Return the clauses that answer a question, the best first; `cle` is their exact reference.

    The field `variables` is what their help says, `origine` the reasons of past troubles; weights are in `POIDS`.
    """
    return Index(((clause.reference, _read_fields(clause)) for clause in clauses), POIDS).search(question, limit)


def _read_fields(clause: ClauseLue) -> dict[str, str]:
    said = clause.clause
    return {
        "titre": said.titre or "",
        "themes": " ".join(said.themes),
        "variables": " ".join(variable.aide or "" for variable in said.variables.values()),
        "note": " ".join(said.note),
        "origine": " ".join(origine.motif or "" for origine in said.origine),
        "texte": _TAGS.sub(" ", said.texte or ""),
        "droit": " ".join(droit.texte or "" for droit in said.droit),
    }


@dataclass(frozen=True)
class Candidat:
    """A clause that may answer a trouble.

    Attributes:
        portee: the document carried it, in `version_portee`: it did not hold, and is to be amended. Otherwise it was
            missing from the document.
    """

    clause: ClauseLue
    score: float
    raisons: tuple[tuple[str, str, float], ...]
    portee: bool
    version_portee: int | None


def propose(fonds: Fonds, souci: Souci, portees: Mapping[str, int], limit: int = 5) -> list[Candidat]:
    """Return the clauses that would have covered a trouble, the best first.

    Why a floor: one common word is found in many clauses; below a quarter of the best score they are noise.

    Args:
        fonds: the libraries of the project.
        souci: its words and its themes are searched.
        portees: version of each clause that the document carried, by id.
    """
    clauses = {clause.reference: clause for clause in fonds.visible()}
    question = " ".join((souci.souci or "", *souci.themes))
    found = search_clauses(list(clauses.values()), question, limit)
    floor = found[0].score * _PART_DU_MEILLEUR if found else 0.0
    return [
        Candidat(
            clauses[result.cle],
            result.score,
            result.raisons,
            clauses[result.cle].id in portees,
            portees.get(clauses[result.cle].id),
        )
        for result in found
        if result.score >= floor
    ]


# --- Writing what was learned ----------------------------------------------------------------------------------------


def plan_amendement(
    clause: ClauseLue,
    origine: Mapping[str, Any],
    dossier_clauses: Path,
    texte: str | None,
    noms_interdits: Sequence[str],
    today: dt.date,
) -> list[Ecriture]:
    """Write the next version of a clause in the project's own library, and freeze the former ones.

    A clause of another library is copied with all its versions, and `remplace` says that the copy takes its place.

    Args:
        clause: the current version.
        origine: `mission`, `date`, `motif`, `cout`: what taught the new version.
        dossier_clauses: the project's `clauses/`.
        texte: the new text; None keeps the present one, to be edited afterwards.
        noms_interdits: names of clients, which neither the text nor the reason may hold.
        today: the day it is reviewed.

    Returns: the files to write, the frozen versions first, the current one last.

    Raises: RefusError with C540 (a name), C519 (a former version is missing or differs), or what is wrong in the new
        text; UsageError when the file cannot be edited; RessourceError when one cannot be read.
    """
    label = display_path(clause.fichier)
    if clause.fichier.parent.name == ANCIENNES:
        raise UsageError(f"{label} est une ancienne version, figée : amendez la version courante de « {clause.id} »")
    # What was typed, not the clause's file, is what holds the name.
    _refuse_names({"motif": str(origine.get("motif") or ""), "texte": texte or ""}, noms_interdits, _TAPE)
    if texte is not None and not texte.strip():
        raise RefusError([clause.find("F210", ("texte",), "texte vide", "écrivez le texte de la clause")])
    target = dossier_clauses / f"{clause.id}.yaml"
    own = clause.bibliotheque == PROJET or _same_file(clause.fichier, target)
    if not own and target.exists():
        raise UsageError(
            f"{display_path(target)} existe déjà : amendez « {PROJET}:{clause.id} », qui prend la place de "
            f"« {clause.bibliotheque}:{clause.id} »"
        )
    data = read_bytes(clause.fichier, label)
    writes = _freeze_versions(clause, data, dossier_clauses / ANCIENNES)
    sheet = Feuille(data, label)
    sheet.set("version", str(clause.version + 1), after="titre")
    if texte is not None:
        sheet.set_block("texte", texte)
    sheet.extend("origine", [_dump_origine(origine)])
    replaced = str(Renvoi(clause.id, clause.bibliotheque))
    if not own and clause.bibliotheque and replaced not in [str(item) for item in clause.clause.remplace]:
        sheet.extend("remplace", [replaced])
    sheet.set("verifie_le", today.isoformat())
    written = sheet.finish()
    _require_clause(written, target)
    return [*writes, Ecriture(target, written)]


def _freeze_versions(clause: ClauseLue, data: bytes, folder: Path) -> list[Ecriture]:
    """Return what is missing from the project's `anciennes/`, up to the present version included.

    Raises: RefusError with C519 when a version is found nowhere, or is already there with other bytes.
    """
    writes: list[Ecriture] = []
    for number in range(1, clause.version + 1):
        name = f"{clause.id}@{number}.yaml"
        frozen = folder / name
        source = clause.fichier.parent / ANCIENNES / name
        content: bytes | None = data if number == clause.version else None
        if content is None and source.is_file():
            content = read_bytes(source, display_path(source))
        there = read_bytes(frozen, display_path(frozen)) if frozen.is_file() else None
        if content is None and there is None:
            message = f"la version {number} manque : {display_path(source)}"
            raise RefusError([clause.find("C519", ("version",), message)])
        if content is not None and there is not None and content != there:
            message = f"{display_path(frozen)} existe déjà, avec un autre texte"
            raise RefusError([clause.find("C519", ("version",), message, "retirez-la, ou remettez son texte")])
        if content is not None and there is None:
            writes.append(Ecriture(frozen, content))
    return writes


def plan_nouvelle(
    id: str,
    titre: str,
    souci: str,
    modele: str | None,
    themes: Sequence[str],
    origine: Mapping[str, Any],
    dossier_clauses: Path,
    noms_interdits: Sequence[str],
    texte: str | None = None,
) -> list[Ecriture]:
    """Write the skeleton of a clause, with comments that guide.

    Args:
        souci: the trouble it must answer, recalled above the text.
        modele: preset it joins, if any.
        origine: `mission`, `date`, `motif`, `cout`.
        noms_interdits: names of clients, which it must not hold.
        texte: its text; None leaves `A_REDIGER` in its place.

    Raises: RefusError with C540 (a name), or what is wrong with the identifier, the title or the text; UsageError when
        the clause is already there.
    """
    target = dossier_clauses / f"{id}.yaml"
    label = display_path(target)
    if len(id) > 60 or not IDENTIFIANT_CLAUSE.fullmatch(id):
        message = f"« {id[:80]} » : un identifiant est en minuscules, chiffres et tirets"
        raise RefusError([finding("F209", message, Position(label), "id", "exemple : acompte-a-la-commande")])
    if target.exists():
        raise UsageError(f"{label} existe déjà : prenez un autre identifiant, ou amendez cette clause")
    motif = str(origine.get("motif") or souci)
    said = {"titre": titre, "souci": souci, "motif": motif, "texte": texte or ""}
    _refuse_names(said, noms_interdits, _TAPE)
    lines = [
        "# Écrivez le texte, retirez ce qui ne sert pas, puis vérifiez : facture clause lint",
        f"id: {id}",
        f"titre: {quote(titre)}",
        "version: 1",
        f"themes: [{', '.join(quote(theme, flow=True) for theme in themes)}]"
        if themes
        else "# themes: [perimetre]            # le premier est le chapitre où elle s'imprime",
        "emplacement: conditions          # devis · conditions · contrat",
        "public: tous                     # professionnel · particulier · public · tous",
    ]
    if modele:
        lines.append(f"modeles: [{quote(modele, flow=True)}]")
    lines += [
        '# quand: client.qualite == "professionnel"',
        "# variables:                     # ce que chaque document complète, puis {{ series }} dans le texte",
        "#   series: {type: entier, defaut: 2, min: 1, aide: Séries de corrections comprises}",
        f"# Le souci : {one_line(souci)}",
        "# Dites ce qui est compris, ce qui ne l'est pas, à partir de quand, et ce qui se passe alors.",
        *dump_block("texte", A_REDIGER if texte is None else texte, ""),
        *dump_list("origine", [_dump_origine({**origine, "motif": motif})], ""),
        "# note: Pour qui choisit la clause ; jamais imprimé.",
        "# verifie_le: 2026-12-20         # quand vous l'aurez relue",
    ]
    data = to_bytes(lines)
    _require_clause(data, target)
    return [Ecriture(target, data)]


def _require_clause(data: bytes, path: Path) -> None:
    """Read a clause about to be written.

    Raises: RefusError when it would be refused once there.
    """
    _, findings = read_clause(data, display_path(path), path, PROJET)
    # A skeleton waits for its text: that is what it is for.
    if any(found.is_error and found.code != "C536" for found in findings):
        raise RefusError(findings)


def _dump_origine(origine: Mapping[str, Any]) -> dict[str, Any]:
    """Return an `origine` in the order of its keys, without what it does not say."""
    return {key: origine.get(key) for key in ("mission", "date", "motif", "cout")}


# --- What troubles cost, over all engagements ------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneSouci:
    """One trouble over every bilan.

    Attributes:
        souci: its words, as first noted.
        nombre: how many times it was noted.
        documents: where, in the order of the bilans.
        clauses: what was written to answer it.
        couvert: one of these clauses still exists.
    """

    souci: str
    nombre: int
    heures: Decimal
    euros: Decimal
    documents: tuple[str, ...]
    clauses: tuple[Renvoi, ...]
    couvert: bool

    @property
    def poids(self) -> Decimal:
        """One figure to put troubles in order: euros + hours x `VALEUR_HEURE`."""
        return self.euros + self.heures * VALEUR_HEURE


def rank_soucis(bilans: Iterable[Bilan], existe: Callable[[Renvoi], bool]) -> list[LigneSouci]:
    """Gather the troubles said with the same words, and put first those that cost most.

    Why words and not their order or number: « Quatorze allers-retours » and « Douze allers-retours » are one trouble.

    Args:
        bilans: of every engagement.
        existe: says whether a clause named by a bilan is still in a library.

    Returns: one row a trouble, by cost (`LigneSouci.poids`), then by how often, then by its words.
    """
    groups: dict[frozenset[str], list[tuple[str, Souci]]] = {}
    for bilan in bilans:
        for souci in bilan.soucis:
            said = souci.souci or ""
            groups.setdefault(fold_words(said) or frozenset({said.lower()}), []).append((bilan.document or "", souci))
    rows = [_sum_soucis(group, existe) for group in groups.values()]
    return sorted(rows, key=lambda row: (-row.poids, -row.nombre, row.souci))


def _sum_soucis(group: list[tuple[str, Souci]], existe: Callable[[Renvoi], bool]) -> LigneSouci:
    costs = [souci.cout for _, souci in group if souci.cout is not None]
    clauses = tuple(
        dict.fromkeys(
            souci.clause for _, souci in group if souci.clause is not None and souci.reponse in ("amende", "nouvelle")
        )
    )
    return LigneSouci(
        group[0][1].souci or "",
        len(group),
        sum((cost.heures for cost in costs), Decimal(0)),
        sum((cost.euros for cost in costs), Decimal(0)),
        tuple(dict.fromkeys(document for document, _ in group)),
        clauses,
        any(existe(renvoi) for renvoi in clauses),
    )


# --- Sharing without naming anyone -----------------------------------------------------------------------------------


_COMMUNS = frozenset(
    re.findall(
        r"\w+",
        """
        agence agences architecte architectes artisan artisans association atelier ateliers avocat avocats boulangerie
        boutique bureau cabinet centre client clients clinique club college commerce communaute commune communication
        compagnie comptable conseil conseils consulting contact cooperative creation culture design developpement
        digital direction editions energie entreprise entreprises espace etablissement etablissements eurl europe
        expert experts ferme fils fondation formation france francais francaise frere freres garage gestion group
        groupe habitat holding hotel immobilier immobiliere industrie industries informatique institut international
        internationale jardin laboratoire librairie logistique lycee madame mairie maison media medias ministere
        monsieur musee office organisation partenaires pharmacie production productions projet projets region reseau
        restaurant sarl sasu scop secretariat selarl service services societe solutions studio studios systeme systemes
        technique technologie technologies theatre transport transports travaux union universite ville
        avec chez dans pour sans sous
        """,
    )
)
"""Words of firms' names that name nobody, without accents."""

_NOMS_ET_MOTS = frozenset(
    re.findall(
        r"\w+",
        """
        aime blanc blanche bois brun charge clair claire colis fort grand juste leger long marchand page petit pierre
        premier prevost rose roux sage temps victoire
        """,
    )
)
"""Names that are words too: only their capital letter tells."""

_MOT = re.compile(r"[^\W\d_]+")


def check_names(text: str, noms: Sequence[str]) -> list[str]:
    """Return the words of a text that name a client, as it writes them.

    Each word of more than three letters of a name counts, whole, accents and case ignored, unless it is a word of any
    firm (« agence », « conseil »). A name without such a word (« EDF », « Agence Web ») is looked for as it is written.

    Args:
        noms: names of clients and of their contacts.
    """
    return list(dict.fromkeys(word for word, _ in _Noms(noms).find(text)))


class _Noms:
    """The names of some clients, ready to be looked for in many lines."""

    def __init__(self, noms: Sequence[str]) -> None:
        self.mots: set[str] = set()
        self.suites: list[list[str]] = []
        for nom in noms:
            parts = [strip_accents(part) for part in _MOT.findall(nom)]
            telling = {part.lower() for part in parts if len(part) > 3} - _COMMUNS
            self.mots |= telling
            # A capital letter is then all that tells the name from the words.
            capital = any(part != part.lower() for part in parts)
            if not telling and capital and (len(parts) > 1 or parts[0].lower() not in _COMMUNS):
                self.suites.append(parts)

    def find(self, text: str) -> list[tuple[str, int]]:
        """Return each name found, as the text writes it, and where it starts."""
        words = list(_MOT.finditer(text))
        bare = [strip_accents(word.group()) for word in words]
        found: list[tuple[str, int]] = []
        for index, word in enumerate(words):
            folded = bare[index].lower()
            if folded in self.mots and (folded not in _NOMS_ET_MOTS or word.group()[0].isupper()):
                found.append((word.group(), word.start()))
            for parts in self.suites:
                if bare[index : index + len(parts)] == parts:
                    found.append((text[word.start() : words[index + len(parts) - 1].end()], word.start()))
        return found


_TAPE = "saisie"


def _refuse_names(texts: Mapping[str, str], noms: Sequence[str], label: str) -> None:
    findings = [
        finding("C540", f"« {name} » nomme un client", Position(label), key, "dites « le client »")
        for key, text in texts.items()
        for name in check_names(text, noms)
    ]
    if findings:
        raise RefusError(findings)


_MOIS = re.compile(r"[0-9]{4}-[0-9]{2}")


def anonymise(origine: Mapping[str, Any]) -> dict[str, Any]:
    """Return the origin of a clause without what tells the client: the mission and its day become a month.

    Args:
        origine: `mission`, `date`, `motif`, `cout`.

    Returns: `mission` as « 2026-05 » (absent when no date tells the month), `motif` and `cout` as they were.
    """
    mission, date = str(origine.get("mission") or ""), str(origine.get("date") or "")
    month = date[:7] if _MOIS.match(date) else mission if _MOIS.fullmatch(mission) else None
    kept = {"mission": month, "motif": origine.get("motif"), "cout": origine.get("cout")}
    return {key: value for key, value in kept.items() if value is not None}


def plan_share(
    clauses: Sequence[ClauseLue],
    bibliotheque: Path,
    noms_interdits: Sequence[str],
    licence: str = "",
    nom: str = "",
) -> tuple[list[Ecriture], list[Diagnostic]]:
    """Copy clauses with all their versions to a library that other people read.

    Each `origine` is anonymised, comments inside it included; each version has a licence.

    Args:
        clauses: current versions.
        bibliotheque: the folder of the library.
        noms_interdits: names of clients, refused anywhere in the files.
        licence: for the clauses that say none.
        nom: the library's name here; a clause that takes the place of its own former self there no longer says so.

    Returns: the files to write, frozen ones first; C540 (a name), C527 (no licence), C519 (a version is missing, or the
        library has another text under the same number). A clause with a finding is not written at all.

    Raises: RessourceError when a file cannot be read.
    """
    writes: list[Ecriture] = []
    findings: list[Diagnostic] = []
    noms = _Noms(noms_interdits)
    for clause in clauses:
        planned, found = _share_clause(clause, bibliotheque, noms, licence, nom)
        findings += found
        if not any(item.is_error for item in found):
            writes += planned
    return writes, findings


def _share_clause(
    clause: ClauseLue, library: Path, noms: _Noms, licence: str, nom: str
) -> tuple[list[Ecriture], list[Diagnostic]]:
    there, findings = _read_there(library / f"{clause.id}.yaml")
    if findings:
        return [], findings
    newest = there.version if there else 0
    if newest > clause.version:
        message = f"la bibliothèque en est à la version {newest} : cette version {clause.version} est plus ancienne"
        return [], [clause.find("C519", ("version",), message, "amendez celle de la bibliothèque")]
    writes: list[Ecriture] = []
    for number in range(1, clause.version + 1):
        path = clause.fichier
        if number < clause.version:
            path = clause.fichier.parent / ANCIENNES / f"{clause.id}@{number}.yaml"
        if not path.is_file():
            findings.append(clause.find("C519", ("version",), f"la version {number} manque : {display_path(path)}"))
            continue
        label = display_path(path)
        data = read_bytes(path, label)
        findings += _check_shared(data, label, noms)
        shared, read, found = _clean_shared(data, label, path, licence, nom)
        findings += found
        if read is None:
            continue
        frozen = library / ANCIENNES / f"{clause.id}@{number}.yaml"
        if number == newest and there is not None:
            former: ClauseLue | None = there
            if number < clause.version and not frozen.exists():
                writes.append(Ecriture(frozen, read_bytes(there.fichier, display_path(there.fichier))))
        else:
            former, found = _read_there(frozen)
            findings += found
            target = library / f"{clause.id}.yaml" if number == clause.version else frozen
            if former is None:
                writes.append(Ecriture(target, shared))
        if former is not None and former.empreinte != read.empreinte:
            message = f"la bibliothèque a un autre texte sous le numéro {number} : {display_path(former.fichier)}"
            findings.append(clause.find("C519", ("version",), message, "amendez celle de la bibliothèque"))
    return writes, findings


def _read_there(path: Path) -> tuple[ClauseLue | None, list[Diagnostic]]:
    """Read a clause of the library that receives; None without a finding when it is not there."""
    if not path.exists():
        return None, []
    label = display_path(path)
    read, findings = read_clause(read_bytes(path, label), label, path)
    return read, [found for found in findings if found.is_error]


def _check_shared(data: bytes, label: str, noms: _Noms) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    for number, line in enumerate(data.decode("utf-8-sig", "replace").splitlines(), start=1):
        for name, start in noms.find(line):
            message = f"« {name} » nomme un client"
            findings.append(finding("C540", message, Position(label, number, start + 1), "", "dites « le client »"))
    return findings


def _clean_shared(
    data: bytes, label: str, path: Path, licence: str, nom: str
) -> tuple[bytes, ClauseLue | None, list[Diagnostic]]:
    """Return a version as it is shared, and what it reads as; None with a finding."""
    read, findings = read_clause(data, label, path)
    if read is None:
        return data, None, [found for found in findings if found.is_error]
    said = read.clause
    if said.licence is None and not licence:
        message = "clé « licence » manquante : qui reçoit la clause doit savoir ce qu'il peut en faire"
        return data, None, [finding("C527", message, read.racine.position, "licence", "exemple : licence: CC0-1.0")]
    sheet = Feuille(data, label)
    if said.origine:
        told = [anonymise(origine.model_dump()) for origine in said.origine]
        sheet.replace("origine", [origine for origine in told if origine])
    kept = [str(item) for item in said.remplace if not (nom and item.bibliotheque == nom and item.id == read.id)]
    if len(kept) < len(said.remplace):
        sheet.replace("remplace", kept)
    if said.licence is None:
        sheet.set("licence", quote(licence))
    shared = sheet.finish()
    read, findings = read_clause(shared, label, path)
    return shared, read, [found for found in findings if found.is_error]


def _same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:
        return False
