"""The words of letters: one file of texts a letter, in French and in English, that anyone may replace.

Why data and not code: the tone of a letter belongs to who sends it. What we ship stands in `templates/courriers/`; a
project's `modeles/` replaces it key by key, so that changing one sentence does not mean copying a file. Everything in
a text that could not be printed is a finding at its line, before any letter is written.

A text is Markdown (`facture.prose`) with values and conditions (`facture.sandbox`). A line that holds only `[tarifs]`
is the place of a list or a table, which the page builds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from facture.errors import Diagnostic, Position, RefusError, RessourceError
from facture.grammaire import Modele as Grammaire
from facture.lettres import MODELES, NIVEAUX, Courrier
from facture.projet import Projet, display_path
from facture.prose import Bloc, ProseInvalide, escape_markdown, find_renvois, parse_prose
from facture.ressources import resource_dir
from facture.sandbox import Contexte, Gabarit, GabaritInvalide, Manque, Valeur, parse_gabarit
from facture.source import Table, Texte, finding, parse, read_bytes
from facture.typo import capitalise, frenchify, suggest

LANGUES = ("fr", "en")
CLES = ("objet", "appel", "texte", "suite", "politesse")
"""Keys of a text; `suite` alone may be missing: it follows the working of a late payment notice."""
_FACULTATIVES = frozenset({"suite"})
_D_UNE_LIGNE = frozenset({"objet", "appel", "politesse"})

DOSSIER_MODELES = "modeles"
"""Folder of a project that replaces our texts."""
MAX_OCTETS = 100_000

NOMS_COMMUNS = frozenset({"date", "emetteur", "client", "numero", "devis", "signataire", "qualite"})
NOMS_RELANCE = frozenset(
    {"niveau", "date", "emetteur", "client", "qualite", "signataire", "numero", "echeance", "numeros", "pluriel",
     "montant", "interets", "indemnite", "total", "jours", "par_jour", "delai", "mise_en_demeure", "suspension_le",
     "suspension_prestations", "suspension_reprise", "precedentes", "nb_factures", "procedure", "regle", "soldees",
     "sans_decompte", "avec_decompte", "plusieurs_indemnites", "indemnite_eur", "arrete_au"}
)  # fmt: skip
EMPLACEMENTS_RELANCE = frozenset({"factures", "suspension"})
PROMESSES = "promesses"
"""What any letter may promise beside its text: printed after it, unless the text says where."""
RELANCES = tuple(f"relance-{niveau}" for niveau in NIVEAUX)


@dataclass(frozen=True, slots=True)
class Emplacement:
    """Where a list or a table stands in a letter."""

    nom: str


@dataclass(frozen=True, slots=True)
class TexteLu:
    """One text of a letter, ready to be filled, and where it stands.

    Attributes:
        gabarit: values and conditions, parsed.
        noeud: the text as it stands in its file.
        cle: `fr.objet`.
    """

    gabarit: Gabarit
    noeud: Texte
    cle: str

    def find(self, code: str, line: int, message: str, advice: str = "") -> Diagnostic:
        """Return a finding at a line of the text, 1-based."""
        index = 0
        for _ in range(line - 1):
            after = self.noeud.value.find("\n", index)
            if after < 0:
                break
            index = after + 1
        return finding(code, message, self.noeud.character_position(index), self.cle, advice)


@dataclass(frozen=True)
class Modele:
    """The texts of one letter in one language.

    Attributes:
        fichier: the file of the project that replaces texts of ours, or our own.
        textes: by key; `suite` may be missing.
    """

    nom: str
    langue: str
    fichier: Path
    textes: Mapping[str, TexteLu]

    @property
    def noms(self) -> frozenset[str]:
        """Every value that its texts read."""
        return frozenset().union(*(texte.gabarit.noms for texte in self.textes.values()))

    @property
    def emplacements(self) -> frozenset[str]:
        """Every list or table that its texts place."""
        return frozenset(nom for texte in self.textes.values() for nom, _ in _list_places(texte.gabarit.source))


@dataclass(frozen=True, slots=True)
class LettreEcrite:
    """A letter in words, its lists and tables still to be put in their places."""

    objet: str
    appel: str
    corps: tuple[Bloc | Emplacement, ...]
    suite: tuple[Bloc | Emplacement, ...]
    politesse: str


# --- What a text may read --------------------------------------------------------------------------------------------


@lru_cache(maxsize=32)
def list_noms(nom: str) -> frozenset[str]:
    """Return the names that the texts of a letter may read.

    Args:
        nom: of a letter, a key of `facture.lettres.MODELES` or one of `RELANCES`.
    """
    if nom in RELANCES:
        return NOMS_RELANCE
    names = set(NOMS_COMMUNS)
    for key, annotation in _own_fields(MODELES[nom]):
        names.add(key)
        names |= {f"{key}.{part}" for group in _groups_in(annotation) for part in group.model_fields}
    return frozenset(names)


@lru_cache(maxsize=32)
def list_emplacements(nom: str) -> frozenset[str]:
    """Return the lists and tables that the texts of a letter may place: its keys that hold a list, and promises."""
    if nom in RELANCES:
        return EMPLACEMENTS_RELANCE
    return frozenset({PROMESSES, *(key for key, annotation in _own_fields(MODELES[nom]) if _is_list(annotation))})


def _own_fields(model: type[Courrier]) -> Iterator[tuple[str, Any]]:
    for name, champ in model.model_fields.items():
        if name not in Courrier.model_fields:
            yield champ.alias or name, champ.annotation


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is tuple


def _groups_in(annotation: Any) -> list[type[Grammaire]]:
    """Return the group of keys that a field holds; a list of groups has no name of its own to read."""
    if _is_list(annotation):
        return []
    if isinstance(annotation, type) and issubclass(annotation, Grammaire):
        return [annotation]
    return [found for part in get_args(annotation) for found in _groups_in(part)]


# --- Reading ---------------------------------------------------------------------------------------------------------


def load_modele(nom: str, langue: str, projet: Projet) -> Modele:
    """Return the texts of a letter, those of the project first.

    Args:
        nom: a key of `facture.lettres.MODELES`, or `relance-1` to `relance-4`.
        langue: of the letter: `fr`, `fr-BE`, `fr-CH` read `fr`.
        projet: whose `modeles/<nom>.yaml` replaces our texts, key by key.

    Raises:
        RefusError: with every fault of the project's file (Y, F245 to F249).
        RessourceError: our own file is missing.
    """
    language = "en" if langue == "en" else "fr"
    own = projet.racine / DOSSIER_MODELES / f"{nom}.yaml"
    replaced = _read_own(own, nom, projet)
    shipped = _shipped(nom) if language not in replaced or set(replaced[language]) < set(CLES) else {}
    texts = {**shipped.get(language, {}), **replaced.get(language, {})}
    used = own if replaced else resource_dir("templates") / "courriers" / f"{nom}.yaml"
    return Modele(nom, language, used, {key: texts[key] for key in CLES if key in texts})


def _read_own(path: Path, nom: str, projet: Projet) -> dict[str, dict[str, TexteLu]]:
    """Return the texts of the project's file, by language; none when there is no file, or it may not be read."""
    try:
        if not path.is_file():
            return {}
    except (OSError, ValueError):
        return {}
    label = display_path(path)
    if not projet.may_read(path):
        message = "ce modèle est hors des dossiers que ce projet peut lire"
        raise RefusError([finding("F245", message, Position(label), "", "copiez le fichier dans modeles/")])
    try:
        data = read_bytes(path, label)
    except RessourceError as error:
        raise RefusError([finding("F245", str(error), Position(label))]) from error
    if len(data) > MAX_OCTETS:
        message = f"modèle de {len(data) // 1000} ko : {MAX_OCTETS // 1000} ko au plus"
        raise RefusError([finding("F245", message, Position(label))])
    texts, found = read_modele(data, label, nom)
    if any(one.is_error for one in found):
        raise RefusError(found)
    return texts


@lru_cache(maxsize=32)
def _shipped(nom: str) -> dict[str, dict[str, TexteLu]]:
    path = resource_dir("templates") / "courriers" / f"{nom}.yaml"
    label = display_path(path)
    texts, found = read_modele(read_bytes(path, label), label, nom)
    for language in LANGUES:
        missing = [key for key in CLES if key not in texts.get(language, {}) and key not in _FACULTATIVES]
        found += [finding("F245", f"clé « {language}.{key} » manquante", Position(label)) for key in missing]
    if found:
        raise RefusError(found)
    return texts


def read_modele(data: bytes, label: str, nom: str) -> tuple[dict[str, dict[str, TexteLu]], list[Diagnostic]]:
    """Read a file of texts.

    Args:
        data: its bytes.
        label: how to name it in findings.
        nom: the letter it is for, which decides what its texts may read.

    Returns: the texts that can be used, by language and key, and every finding.
    """
    root, found = parse(data, label)
    if root is None:
        return {}, found
    read: dict[str, dict[str, TexteLu]] = {}
    for language, group in root.entries.items():
        if language not in LANGUES:
            advice = f"écrivez fr: puis, en retrait, {language}: …" if language in CLES else "langues : fr, en"
            found.append(_unknown(root, language, "", LANGUES, advice))
        elif not isinstance(group, Table):
            message = "un groupe de clés est attendu"
            found.append(finding("F245", message, group.position, language, f"clés admises : {', '.join(CLES)}"))
        else:
            read[language] = {}
            for key, node in group.entries.items():
                if key not in CLES:
                    found.append(_unknown(group, key, f"{language}.", CLES, f"clés admises : {', '.join(CLES)}"))
                    continue
                texte = _read_texte(node, f"{language}.{key}", nom, found)
                if texte is not None:
                    read[language][key] = texte
    return read, found


def _unknown(table: Table, key: str, prefix: str, known: tuple[str, ...], advice: str) -> Diagnostic:
    near = suggest(key, known)
    hint = f" ; vouliez-vous « {near} » ?" if near else ""
    return finding("F245", f"clé inconnue{hint}", table.keys[key], f"{prefix}{key}", advice)


def _read_texte(node: Any, cle: str, nom: str, found: list[Diagnostic]) -> TexteLu | None:
    if not isinstance(node, Texte) or node.nul or not node.value.strip():
        what = "un texte est attendu" if not isinstance(node, Texte) else "texte vide"
        found.append(finding("F245", what, node.position, cle, "écrivez le texte, ou retirez la clé pour le nôtre"))
        return None
    try:
        texte = TexteLu(parse_gabarit(node.value), node, cle)
    except GabaritInvalide as error:
        unread = TexteLu(parse_gabarit(""), node, cle)
        found.append(unread.find("F249", error.line, str(error), error.advice))
        return None
    wrong = [*_check_noms(texte, nom), *_check_places(texte, nom), *_check_prose(texte)]
    found += wrong
    return None if wrong else texte


def _check_noms(texte: TexteLu, nom: str) -> Iterator[Diagnostic]:
    known = list_noms(nom)
    for name in sorted(texte.gabarit.noms - known):
        near = suggest(name, known)
        hint = f" ; vouliez-vous « {near} » ?" if near else ""
        advice = "" if near else "noms admis : " + ", ".join(sorted(known))
        yield texte.find("F246", texte.gabarit.noms_lignes[name], f"« {name} » n'existe pas ici{hint}", advice)


# --- Places of lists and tables --------------------------------------------------------------------------------------

_PLACE = re.compile(r"[ \t]*\[([a-z][a-z0-9_]*)\][ \t]*", re.ASCII)
_DANS_LE_TEXTE = re.compile(r"(?<!\\)\[([a-z][a-z0-9_]*)\](?![(\[])", re.ASCII)


def _list_places(source: str) -> Iterator[tuple[str, int]]:
    """Yield the places of a text with their lines."""
    for number, line in enumerate(source.split("\n"), 1):
        found = _PLACE.fullmatch(line)
        if found is not None:
            yield found.group(1), number


def _check_places(texte: TexteLu, nom: str) -> Iterator[Diagnostic]:
    known = list_emplacements(nom)
    advice = "emplacements : " + (", ".join(f"[{name}]" for name in sorted(known)) or "aucun pour cette lettre")
    one_line = texte.cle.rpartition(".")[2] in _D_UNE_LIGNE
    alone = {line: name for name, line in _list_places(texte.gabarit.source)}
    for number, line in enumerate(texte.gabarit.source.split("\n"), 1):
        name = alone.get(number)
        if name is not None and name not in known:
            near = suggest(name, known)
            hint = f" ; vouliez-vous « [{near}] » ?" if near else ""
            yield texte.find("F247", number, f"« [{name}] » n'est pas un emplacement de cette lettre{hint}", advice)
        elif name is not None and one_line:
            yield texte.find(
                "F247", number, f"« [{name}] » n'a pas sa place dans « {texte.cle} »", "mettez-le au texte"
            )
        elif name is None:
            inside = [found for found in _DANS_LE_TEXTE.findall(line) if found in known]
            if inside:
                yield texte.find("F247", number, f"« [{inside[0]}] » au milieu d'une phrase")


# --- Markdown --------------------------------------------------------------------------------------------------------

_TAGS = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def _check_prose(texte: TexteLu) -> Iterator[Diagnostic]:
    """Read the text as it will print with every branch kept, so that its faults show before any letter."""

    def stand_in(match: re.Match[str]) -> str:
        return ("x" if match.group().startswith("{{") else "") + "\n" * match.group().count("\n")

    flat = "\n".join("" if _PLACE.fullmatch(line) else line for line in texte.noeud.value.split("\n"))
    try:
        blocs = parse_prose(_TAGS.sub(stand_in, flat))
    except ProseInvalide as error:
        yield texte.find("F248", error.line, f"mise en forme refusée : {error}", error.advice)
        return
    for name, line in find_renvois(texte.noeud.value):
        yield texte.find("F248", line, f"« [[{name}]] » renvoie à une clause", "une lettre n'en a pas")
    if texte.cle.rpartition(".")[2] in _D_UNE_LIGNE and len(blocs) > 1:
        yield texte.find("F248", 1, "cette clé tient en un paragraphe", "gardez-en un ; le reste va dans « texte »")


# --- Writing ---------------------------------------------------------------------------------------------------------

# A value may end with its own sign, and the sentence around it with a full stop; the stop of a value is escaped.
_DEUX_FINS = re.compile(r"(\\!|[?…])\.(?=\s|\*|$)")


def write(modele: Modele, contexte: Contexte) -> LettreEcrite:
    """Fill the texts of a letter, with the signs of its language's print.

    Args:
        modele: its texts.
        contexte: every value of `list_noms`; what is printed of a value is its `texte`: Markdown in it stays plain
            text.

    Returns: plain text for what stands on one line, blocks and places for the rest.

    Raises: RefusError with F246 for a value that is missing, F249 for a comparison or a filter that does not fit it.
    """
    found: list[Diagnostic] = []
    written = {key: _fill(texte, contexte, modele.langue, found) for key, texte in modele.textes.items()}
    if found:
        raise RefusError(found)
    return LettreEcrite(
        objet=capitalise(_to_line(written.get("objet", ())).rstrip(".")),
        appel=_to_line(written.get("appel", ())),
        corps=written.get("texte", ()),
        suite=written.get("suite", ()),
        politesse=_to_line(written.get("politesse", ())),
    )


def list_printed(modele: Modele, contexte: Contexte) -> frozenset[str]:
    """Return what a letter prints of its values: names, and places of lists.

    Why by writing it: a name may stand in a branch that these values do not take. Figures and yes-or-no count as
    printed once read: a filter may spell the former, and conditions are all that the latter are for.

    Raises: RefusError as `write` does.
    """
    values = {name: value for name, value in contexte.items() if isinstance(value, Valeur)}
    marks = {
        name: f"zq{index}zq"
        for index, (name, value) in enumerate(values.items())
        if value.texte and not isinstance(value.brut, bool | int | Decimal)
    }
    ecrite = write(modele, {name: Valeur(value.brut, marks.get(name, value.texte)) for name, value in values.items()})
    parts = (*ecrite.corps, *ecrite.suite)
    said = "\n".join((ecrite.objet, ecrite.appel, _to_line(parts), ecrite.politesse)).casefold()
    places = {part.nom for part in parts if isinstance(part, Emplacement)}
    return modele.noms - set(marks) | {name for name, mark in marks.items() if mark in said} | places


def _fill(texte: TexteLu, contexte: Contexte, langue: str, found: list[Diagnostic]) -> tuple[Bloc | Emplacement, ...]:
    try:
        filled, missing = texte.gabarit.render(contexte, escape_markdown)
        if missing:
            found += [_say_missing(texte, hole) for hole in missing]
            return ()
        parts = tuple(_split(_DEUX_FINS.sub(r"\1", filled)))
    except GabaritInvalide as error:
        found.append(texte.find("F249", error.line, str(error), error.advice))
    except ProseInvalide as error:
        # Lines that held a tag are gone from the filled text: its own lines are not those of the file.
        found.append(texte.find("F248", 1, f"mise en forme refusée : {error}", error.advice))
    else:
        return parts if langue == "en" else tuple(_frenchify(part) for part in parts)
    return ()


def _say_missing(texte: TexteLu, hole: Manque) -> Diagnostic:
    line = texte.gabarit.noms_lignes.get(hole.nom, 1)
    return texte.find("F246", line, f"« {hole.nom} » n'a pas de valeur", "entourez-le de {% if … %} … {% endif %}")


def _split(filled: str) -> Iterator[Bloc | Emplacement]:
    """Yield the blocks of a filled text and its places: values were escaped, so that none can forge one."""
    lines: list[str] = []
    for line in filled.split("\n"):
        place = _PLACE.fullmatch(line)
        if place is None:
            lines.append(line)
            continue
        yield from parse_prose("\n".join(lines))
        yield Emplacement(place.group(1))
        lines = []
    yield from parse_prose("\n".join(lines))


def _frenchify(part: Bloc | Emplacement) -> Bloc | Emplacement:
    if isinstance(part, Emplacement):
        return part
    return replace(part, morceaux=tuple(replace(run, texte=_frenchify_run(run.texte)) for run in part.morceaux))


def _frenchify_run(text: str) -> str:
    """Give its signs to a run: one may stand on its edge and its word in the next, for which a letter stands in."""
    before, after = "x" * text.startswith(" "), "x" * text.endswith((" ", "'"))
    return frenchify(f"{before}{text}{after}")[len(before) :].removesuffix(after)


def _to_line(parts: tuple[Bloc | Emplacement, ...]) -> str:
    return " ".join("".join(run.texte for run in part.morceaux) for part in parts if isinstance(part, Bloc))
