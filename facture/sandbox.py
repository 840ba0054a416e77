"""Templates and conditions written by other people: read, checked against a short list, and never executed.

Why: a clause may come from anyone's library. The tags are found here, what they hold is read by Jinja's own parser,
and of its tree only names, comparisons, `and`, `or`, `not` and four filters are kept; nothing is compiled or called,
so what a text can cost is bounded by its size.

A value that nobody gave is not an error: it is shown as « [à compléter : …] » and reported to the caller. A condition
that hangs on one is unknown, neither true nor false (Kleene's three-valued logic).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from facture.typo import MAX_INTEGER_DIGITS, NBSP

if TYPE_CHECKING:
    from jinja2 import Environment, nodes

MAX_GABARIT = 20_000
"""Characters of a template."""
MAX_RENDU = 200_000
"""Characters of a filled template: a long value may be printed many times."""
MAX_PROFONDEUR = 40
"""Levels of `if`, parentheses or chained `and`: no clause a person can read comes near."""

_ADMIS = "sont admis : {{ nom }}, {{ nom|filtre }}, {% if condition %} {% elif %} {% else %} {% endif %}"
_CONDITIONS = "une condition compare des noms à des valeurs : == != < <= > >= in, reliés par and, or, not"
_FILTRES = "filtres admis : en_lettres, pluriel, majuscule, minuscule"


# --- What the caller gives and gets ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Valeur:
    """A known value.

    Attributes:
        brut: what is compared: int, Decimal, str, bool, date, or a tuple of str.
        texte: what is printed.
    """

    brut: Any
    texte: str


@dataclass(frozen=True, slots=True)
class Manque:
    """A value that nobody gave: its dotted name, and what to put there."""

    nom: str
    aide: str = ""


Contexte: TypeAlias = Mapping[str, Valeur | Manque]
"""Values by dotted name: `series`, `client.nom`. A name that is not there is missing."""


class GabaritInvalide(ValueError):
    """A template or a condition that cannot be used.

    Attributes:
        code: C516 syntax, C517 forbidden construct, C530 any fault of a condition alone, C532 too long.
        line: 1-based, in the text that was given.
        advice: what to write.
    """

    def __init__(self, code: str, message: str, line: int = 1, advice: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.line = line
        self.advice = advice


def _same(text: str) -> str:
    return text


def _show_missing(manque: Manque) -> str:
    return f"[à compléter{NBSP}: {manque.aide or manque.nom}]"


# --- What is kept of a text ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Nom:
    nom: str


@dataclass(frozen=True, slots=True)
class _Constante:
    brut: bool | int | Decimal | str | tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Comparaison:
    """`a < b <= c`: one operand more than there are operators."""

    operandes: tuple[_Nom | _Constante, ...]
    operateurs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Non:
    condition: _Condition


@dataclass(frozen=True, slots=True)
class _Lien:
    """`and` or `or`; `decide` is the value of one side that settles the whole."""

    decide: bool
    gauche: _Condition
    droite: _Condition


_Condition: TypeAlias = "_Nom | _Constante | _Comparaison | _Non | _Lien"


class _Usage(NamedTuple):
    """A name, and the line where it is read."""

    nom: str
    line: int


@dataclass(frozen=True, slots=True)
class _Filtre:
    nom: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Sortie:
    nom: str
    filtres: tuple[_Filtre, ...]
    line: int


@dataclass(frozen=True, slots=True)
class _Branche:
    """What one condition prints; no condition for `else`."""

    condition: _Condition | None
    line: int
    corps: list[_Piece]


@dataclass(slots=True)
class _Si:
    """An `if` and all its branches; `seul` when its `endif` stands alone on a line, which is then taken away."""

    branches: list[_Branche]
    line: int
    seul: bool = False


_Piece: TypeAlias = "str | _Sortie | _Si"


class _Refus(Exception):
    """A fault inside one tag or condition; `line` counts from its first."""

    def __init__(self, message: str, advice: str = "", line: int = 1, *, syntax: bool = False) -> None:
        super().__init__(message)
        self.advice = advice
        self.line = line
        self.syntax = syntax

    def place(self, code: str, line: int) -> GabaritInvalide:
        """Return the fault as the caller sees it, for a tag that starts on a line."""
        return GabaritInvalide(code, str(self), line + self.line - 1, self.advice)


@dataclass(frozen=True, slots=True)
class Gabarit:
    """A template that was read and admitted.

    Attributes:
        noms: every dotted name it may read.
        noms_lignes: line where each is first read.
    """

    source: str
    noms: frozenset[str] = field(compare=False)
    noms_lignes: Mapping[str, int] = field(compare=False)
    _corps: list[_Piece] = field(compare=False, repr=False)

    def render(
        self, contexte: Contexte, escape: Callable[[str], str] = _same, manque: Callable[[Manque], str] = _show_missing
    ) -> tuple[str, tuple[Manque, ...]]:
        """Return the text with its values, and the missing ones it met.

        Args:
            contexte: values by dotted name.
            escape: what a value goes through before it joins the text.
            manque: what is printed in place of a missing value, as it is. A condition that hangs on a missing value
                prints none of its branches, and this once.

        Returns: the text, and each missing value once, in the order met.

        Raises: GabaritInvalide with C517 for a filter or a comparison that its value does not admit, C532 when the
            values make the text too long.
        """
        rendu = _Rendu(contexte, escape, manque)
        rendu.write(self._corps)
        return rendu.join(), tuple(rendu.manques)


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition that was read and admitted.

    Attributes:
        noms: every dotted name it may read.
        noms_lignes: line where each is first read.
    """

    source: str
    noms: frozenset[str] = field(compare=False)
    noms_lignes: Mapping[str, int] = field(compare=False)
    _condition: _Condition = field(compare=False, repr=False)

    def evaluate(self, contexte: Contexte) -> bool | None:
        """Say whether the condition holds; None when it hangs on a missing value.

        Raises: GabaritInvalide with C530 when it compares what cannot be compared.
        """
        try:
            return _evaluate(self._condition, contexte, [])
        except _Refus as refus:
            raise refus.place("C530", 1) from refus


# --- Finding the tags ------------------------------------------------------------------------------------------------

_MARQUE = re.compile(r"\{\{|\{%|\{#|\}\}|%\}|#\}")
_OUVERTURE = re.compile(r"\{[{%]")
_FERMETURES = {"{{": "}}", "{%": "%}", "{#": "#}"}
# A tag ends at its closing sign, unless that stands between quotes. Possessive: it fails in one pass.
_FINS = {
    "{{": re.compile(r"""-?((?:[^"'}]++|"[^"]*+"|'[^']*+'|\}(?!\}))*+)\}\}"""),
    "{%": re.compile(r"""-?((?:[^"'%]++|"[^"]*+"|'[^']*+'|%(?!\}))*+)%\}"""),
    "{#": re.compile(r"-?((?:[^#]++|#(?!\}))*+)#\}"),
}
_FIN_DE_LIGNE = re.compile(r"[ \t]*(?:\r\n|\r|\n|\Z)")
_LIGNE_VIDE = re.compile(r"[ \t]*[-*+]?[ \t]*\n?")
# Private signs: prose puts two of them around what is missing, and no text may forge one.
_RESERVES = re.compile("[\ue000-\uf8ff]")
_SIMPLE = re.compile(
    r"\s*([a-zA-Z][a-zA-Z0-9_]*(?:\.[a-zA-Z][a-zA-Z0-9_]*)?)((?:\s*\|\s*(?:en_lettres|pluriel|majuscule|minuscule))*)\s*",
    re.ASCII,
)
_MOTS = frozenset({"and", "or", "not", "in", "is", "if", "else", "true", "false", "none", "True", "False", "None"})
_MOT = re.compile(r"\s*(\w+)")

_INTERDITES = {
    "for": "boucle", "set": "affectation", "macro": "macro", "call": "appel", "include": "inclusion",
    "import": "import", "from": "import", "block": "bloc", "extends": "héritage", "filter": "bloc filtré",
    "with": "variable locale", "raw": "texte brut", "autoescape": "réglage", "do": "instruction",
    "print": "instruction", "trans": "traduction", "break": "boucle", "continue": "boucle",
}  # fmt: skip


def parse_gabarit(text: str) -> Gabarit:
    """Read a template.

    A line that holds one `{% … %}` or `{# … #}` and nothing else leaves no trace, so that a paragraph or a list may
    stand under a condition without an empty line around it.

    Raises: GabaritInvalide with C516 (syntax), C517 (forbidden) or C532 (too long).
    """
    if len(text) > MAX_GABARIT:
        raise GabaritInvalide("C532", f"texte de {len(text)} caractères : {MAX_GABARIT} au plus", 1, "coupez-le")
    if found := _RESERVES.search(text):
        message = f"caractère réservé U+{ord(found.group()):04X}"
        raise GabaritInvalide("C517", message, _count_lines(text, found.start()), "retirez-le")
    lecteur = _Lecteur(text)
    lecteur.read()
    return Gabarit(text, frozenset(lecteur.lignes), lecteur.lignes, lecteur.racine)


def parse_expression(text: str) -> Expression:
    """Read a condition alone, such as the `quand` of a clause.

    Raises: GabaritInvalide with C530, or C532 when it is too long.
    """
    if len(text) > MAX_GABARIT:
        raise GabaritInvalide("C532", f"condition de {len(text)} caractères : {MAX_GABARIT} au plus")
    try:
        if _OUVERTURE.search(text):
            raise _Refus("accolades dans une condition", 'écrivez-la seule : client.qualite == "professionnel"')
        condition, usages = _parse_condition(text)
    except _Refus as refus:
        raise refus.place("C530", 1) from refus
    lignes: dict[str, int] = {}
    for nom, line in usages:
        lignes.setdefault(nom, line)
    return Expression(text, frozenset(lignes), lignes, condition)


def _count_lines(text: str, end: int) -> int:
    return text.count("\n", 0, end) + 1


class _Lecteur:
    """One reading of a template, from its first character to its last.

    Attributes:
        racine: what was read.
        lignes: line where each name is first read.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.racine: list[_Piece] = []
        self.lignes: dict[str, int] = {}
        self._ouverts: list[_Si] = []
        self._corps = self.racine
        # Text waits here, since the tag after it may take away the spaces at its end.
        self._attente = ""
        self._rogne = False
        self._line = 1
        self._compte = 0

    def read(self) -> None:
        """Read everything, and refuse what is left open."""
        text, position = self.text, 0
        while found := _MARQUE.search(text, position):
            start, opening = found.start(), found.group()
            self._add_text(text[position:start])
            self._move_to(start)
            position = self._read_tag(opening, start)
        self._add_text(text[position:])
        self._flush()
        if self._ouverts:
            line = self._ouverts[-1].line
            raise GabaritInvalide("C516", "{% if %} sans {% endif %}", line, "fermez la condition par {% endif %}")

    def _move_to(self, position: int) -> None:
        self._line += self.text.count("\n", self._compte, position)
        self._compte = position

    def _add_text(self, text: str) -> None:
        if self._rogne:
            text = text.lstrip(" \t\r\n")
            self._rogne = not text
        self._attente += text

    def _flush(self) -> None:
        if self._attente:
            self._corps.append(self._attente)
            self._attente = ""

    def _read_tag(self, opening: str, start: int) -> int:
        """Read the tag that starts there, and return where the text goes on."""
        closing = _FERMETURES.get(opening)
        if closing is None:
            before = next(key for key, value in _FERMETURES.items() if value == opening)
            raise GabaritInvalide("C516", f"« {opening} » sans « {before} » avant", self._line, _ADMIS)
        found = _FINS[opening].match(self.text, start + 2)
        if found is None or (opening != "{#" and _OUVERTURE.search(found.group(1))):
            if found is None and self.text.find(closing, start) > 0:
                advice = "fermez aussi les guillemets ouverts dans cette balise"
            else:
                advice = f"ajoutez « {closing} » à la fin de la balise"
            raise GabaritInvalide("C516", f"« {opening} » n'est pas fermé par « {closing} »", self._line, advice)
        inside, end, seul = found.group(1), found.end(), False
        if self.text[start + 2] == "-" and found.start(1) == start + 3:
            self._attente = self._attente.rstrip(" \t\r\n")
        if inside.endswith("-"):
            inside, self._rogne = inside[:-1], True
        elif opening != "{{" and (after := self._drop_line(start, end)):
            end, seul = after, True
        self._flush()
        line = self._line
        try:
            if opening == "{{":
                self._add_output(inside, line)
            elif opening == "{%":
                self._add_block(inside, line, seul)
        except _Refus as refus:
            raise refus.place("C516" if refus.syntax else "C517", line) from refus
        return end

    def _drop_line(self, start: int, end: int) -> int | None:
        """Take away the line of a tag that stands alone on it, and return where the text goes on; None otherwise."""
        first = self.text.rfind("\n", 0, start) + 1
        found = _FIN_DE_LIGNE.match(self.text, end)
        if found is None or self.text[first:start].strip(" \t"):
            return None
        self._attente = self._attente.rstrip(" \t")
        return found.end()

    def _use(self, usages: tuple[_Usage, ...], line: int) -> None:
        for nom, relative in usages:
            self.lignes.setdefault(nom, line + relative - 1)

    def _add_output(self, inside: str, line: int) -> None:
        nom, filtres, usage = _parse_output(inside)
        self._use((usage,), line)
        self._corps.append(_Sortie(nom, filtres, line))

    def _add_block(self, inside: str, line: int, seul: bool) -> None:
        found = _MOT.match(inside)
        if found is None:
            raise _Refus("balise {% %} sans mot", _ADMIS, syntax=True)
        word, rest = found.group(1), inside[found.end() :]
        skipped = inside.count("\n", 0, found.end())
        if word == "if":
            if len(self._ouverts) >= MAX_PROFONDEUR:
                raise _Refus(f"trop de niveaux : {MAX_PROFONDEUR} conditions imbriquées au plus", "simplifiez ce texte")
            branche = self._open_branch(rest, line, skipped)
            si = _Si([branche], line)
            self._corps.append(si)
            self._ouverts.append(si)
            self._corps = branche.corps
        elif word in ("elif", "else", "endif"):
            si = self._go_on(word, rest, line, skipped)
            si.seul = seul
        else:
            _refuse_tag(word)

    def _open_branch(self, source: str, line: int, skipped: int) -> _Branche:
        if not source.strip():
            raise _Refus("condition vide", _CONDITIONS, syntax=True)
        try:
            condition, usages = _parse_condition(source)
        except _Refus as refus:
            refus.line += skipped
            raise
        self._use(usages, line + skipped)
        return _Branche(condition, line, [])

    def _go_on(self, word: str, rest: str, line: int, skipped: int) -> _Si:
        """Go on to the next branch of the `if` that is open, or close it; return that `if`."""
        if not self._ouverts:
            raise _Refus(f"{{% {word} %}} sans {{% if %}} avant", "ouvrez la condition par {% if … %}", syntax=True)
        si = self._ouverts[-1]
        if word == "elif" or (word == "else" and not rest.strip()):
            if si.branches[-1].condition is None:
                raise _Refus(f"{{% {word} %}} après {{% else %}}", "{% else %} vient en dernier, une fois", syntax=True)
            branche = self._open_branch(rest, line, skipped) if word == "elif" else _Branche(None, line, [])
            si.branches.append(branche)
            self._corps = branche.corps
        elif rest.strip():
            advice = "écrivez {% elif condition %}" if word == "else" else "écrivez {% endif %}"
            raise _Refus(f"« {_cut(rest.strip())} » de trop après « {word} »", advice, syntax=True)
        else:
            self._ouverts.pop()
            self._corps = self._ouverts[-1].branches[-1].corps if self._ouverts else self.racine
        return si


def _refuse_tag(word: str) -> None:
    what = _INTERDITES.get(word.removeprefix("end"))
    if what:
        raise _Refus(f"la balise « {word} » ({what}) n'est pas admise dans un texte", _ADMIS)
    raise _Refus(f"balise « {_cut(word)} » inconnue", _ADMIS, syntax=True)


def _cut(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"


# --- Reading what a tag holds ----------------------------------------------------------------------------------------

_ARGUMENTS = {"en_lettres": 0, "pluriel": 2, "majuscule": 0, "minuscule": 0}
"""How many arguments each filter takes at most."""
_SUR_UN_NOMBRE = frozenset({"en_lettres", "pluriel"})
_MAX_CHIFFRES = 15
_NOMBRE_LONG = re.compile(r"""["][^"]*+"|'[^']*+'|([0-9][0-9_.]{16,})""", re.ASCII)
_NOMBRE = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,10})?", re.ASCII)

_CONSTRUCTIONS = {
    "Add": "l'addition « + »", "Sub": "la soustraction « - »", "Mul": "la multiplication « * »",
    "Div": "la division « / »", "FloorDiv": "la division « // »", "Mod": "le reste « % »", "Pow": "la puissance « ** »",
    "Concat": "l'assemblage « ~ »", "Neg": "le signe « - »", "Pos": "le signe « + »", "Call": "l'appel « …(…) »",
    "Getitem": "l'indice « …[…] »", "CondExpr": "« … if … else … »", "Test": "le test « is »",
    "Filter": "un filtre dans une condition", "List": "une liste hors de « in »", "Tuple": "une liste hors de « in »",
    "Dict": "un dictionnaire", "Const": "une valeur seule", "Compare": "une comparaison ici", "And": "« and » ici",
    "Or": "« or » ici", "Not": "« not » ici",
}  # fmt: skip


@cache
def _environment() -> Environment:
    # Imported late: most commands read no clause, and most clauses no condition.
    from jinja2 import Environment

    return Environment()


def _parse_tree(source: str, advice: str) -> nodes.Expr:
    """Return what Jinja's parser makes of an expression, its English faults said in French, with an advice."""
    from jinja2 import TemplateSyntaxError
    from jinja2.parser import Parser

    if "\\" in source:
        raise _Refus("barre oblique inverse « \\ » dans une balise", "retirez-la")
    # Before the parser: it would round such a number, or fail on it.
    if any(found.group(1) for found in _NOMBRE_LONG.finditer(source)):
        raise _Refus("nombre trop long", f"{_MAX_CHIFFRES} chiffres au plus")
    if source.count("(") + source.count("[") + source.count("{") > MAX_PROFONDEUR:
        raise _too_deep()
    try:
        parser = Parser(_environment(), source, state="variable")
        tree = parser.parse_expression()
        rest = parser.stream.current
    except TemplateSyntaxError as error:
        raise _translate(error.message or "", error.lineno, advice) from error
    except RecursionError as error:
        raise _too_deep() from error
    if rest.type != "eof":
        if rest.type == "assign":
            raise _Refus("« = » n'est pas une comparaison", "écrivez « == »", rest.lineno, syntax=True)
        if rest.type == "comma":
            raise _Refus("virgule inattendue", "un nombre s'écrit avec un point : 12.5", rest.lineno, syntax=True)
        raise _Refus(f"« {_cut(str(rest.value))} » inattendu", advice, rest.lineno, syntax=True)
    return tree


def _too_deep() -> _Refus:
    return _Refus(f"trop de niveaux : {MAX_PROFONDEUR} au plus", "simplifiez cette condition")


_GENRES = {"integer": "nombre", "float": "nombre", "string": "texte", "name": "nom", "end of print statement": "}}"}


def _translate(message: str, line: int, advice: str) -> _Refus:
    """Say in French what Jinja's lexer or parser found wrong."""
    if found := re.match(r"unexpected char (.+) at \d+", message):
        sign = found.group(1).strip("'\"")
        if not sign:
            return _Refus("guillemets ouverts et non fermés", "fermez-les", line, syntax=True)
        return _Refus(f"caractère « {_cut(sign)} » inattendu", advice, line, syntax=True)
    if re.search(r"(?:expected|unexpected|token) '[)\]}]'|end of template, expected ','", message):
        return _Refus("parenthèses ou crochets mal fermés", "fermez chacun de ceux qui sont ouverts", line, syntax=True)
    if "end of template" in message or "Expected an expression" in message:
        return _Refus("il manque un nom ou une valeur", advice, line, syntax=True)
    if found := re.search(r"(?:got|unexpected) '(.+)'\Z", message, re.DOTALL):
        what = _cut(found.group(1))
        return _Refus(f"« {_GENRES.get(what, what)} » inattendu", advice, line, syntax=True)
    return _Refus("écriture illisible", advice, line, syntax=True)


def _parse_output(source: str) -> tuple[str, tuple[_Filtre, ...], _Usage]:
    """Read what `{{ … }}` holds: a name, and its filters."""
    simple = _SIMPLE.fullmatch(source)
    if simple and simple.group(1) not in _MOTS:
        nom, chain = simple.groups()
        line = 1 + source.count("\n", 0, simple.start(1))
        filtres = tuple(_Filtre(name.strip()) for name in chain.split("|")[1:])
        return nom, _check_chain(filtres), _Usage(nom, line)
    if not source.strip():
        raise _Refus("balise {{ }} vide", "écrivez {{ nom }}", syntax=True)
    from jinja2 import nodes

    tree: nodes.Expr | None = _parse_tree(source, _ADMIS)
    chain_read: list[_Filtre] = []
    while isinstance(tree, nodes.Filter):
        chain_read.append(_read_filter(tree))
        tree = tree.node
    if isinstance(tree, nodes.Const | nodes.TemplateData):
        raise _Refus("une valeur entre {{ }}", "écrivez-la dans le texte, sans accolades")
    if not isinstance(tree, nodes.Name | nodes.Getattr):
        raise _forbid(tree, _ADMIS)
    usage = _read_name(tree)
    return usage.nom, _check_chain(tuple(reversed(chain_read))), usage


def _read_filter(node: nodes.Filter) -> _Filtre:
    from jinja2 import nodes

    most = _ARGUMENTS.get(node.name)
    if most is None:
        raise _Refus(f"filtre « {_cut(node.name)} » inconnu", _FILTRES, node.lineno)
    if node.kwargs or node.dyn_args or node.dyn_kwargs:
        raise _Refus(f"argument nommé du filtre « {node.name} »", 'exemple : n|pluriel("al", "aux")', node.lineno)
    if len(node.args) > most:
        what = f"{most} arguments au plus" if most else "aucun argument"
        raise _Refus(f"filtre « {node.name} » : {what}", _FILTRES, node.lineno)
    if not all(isinstance(item, nodes.Const) and isinstance(item.value, str) for item in node.args):
        raise _Refus(f"filtre « {node.name} » : des textes entre guillemets sont attendus", "", node.lineno)
    return _Filtre(node.name, tuple(item.as_const() for item in node.args))


def _check_chain(filtres: tuple[_Filtre, ...]) -> tuple[_Filtre, ...]:
    if len(filtres) > MAX_PROFONDEUR:
        raise _too_deep()
    for filtre in filtres[1:]:
        if filtre.nom in _SUR_UN_NOMBRE:
            raise _Refus(f"filtre « {filtre.nom} » après un autre", f"« {filtre.nom} » se met juste après le nom")
    return filtres


def _read_name(node: nodes.Name | nodes.Getattr) -> _Usage:
    """Return the dotted name that a node reads."""
    from jinja2 import nodes

    root, attribute = (node.node, node.attr) if isinstance(node, nodes.Getattr) else (node, None)
    if isinstance(root, nodes.Getattr):
        raise _Refus("nom à plus de deux parties", "deux au plus : client.nom", node.lineno)
    if not isinstance(root, nodes.Name):
        raise _Refus("« . » après autre chose qu'un nom", "écrivez client.nom", node.lineno)
    steps = [root.name] if attribute is None else [root.name, attribute]
    nom = ".".join(steps)
    if any(step.startswith("_") for step in steps):
        raise _Refus(f"« {_cut(nom)} » : un nom ne commence pas par « _ »", "", node.lineno)
    return _Usage(nom, root.lineno)


def _forbid(node: nodes.Node | None, advice: str = _CONDITIONS) -> _Refus:
    what = _CONSTRUCTIONS.get(type(node).__name__, "cette écriture")
    return _Refus(f"non admis dans un texte : {what}", advice, node.lineno if node else 1)


@lru_cache(maxsize=256)
def _parse_condition(source: str) -> tuple[_Condition, tuple[_Usage, ...]]:
    """Read a condition, with the names it reads. Remembered: the clauses of a library ask the same questions."""
    usages: list[_Usage] = []
    return _convert(_parse_tree(source, _CONDITIONS), usages, 1), tuple(usages)


def _convert(node: nodes.Node, usages: list[_Usage], depth: int) -> _Condition:
    """Keep of Jinja's tree what a condition may hold, and refuse the rest."""
    from jinja2 import nodes

    if depth > MAX_PROFONDEUR:
        raise _too_deep()
    match node:
        case nodes.And() | nodes.Or():
            gauche = _convert(node.left, usages, depth + 1)
            return _Lien(isinstance(node, nodes.Or), gauche, _convert(node.right, usages, depth + 1))
        case nodes.Not():
            return _Non(_convert(node.node, usages, depth + 1))
        case nodes.Compare():
            return _convert_comparison(node, usages)
        case nodes.Name() | nodes.Getattr():
            usages.append(_read_name(node))
            return _Nom(usages[-1].nom)
        case nodes.Const(value=bool(value)):
            return _Constante(value)
    raise _forbid(node)


def _convert_comparison(node: nodes.Compare, usages: list[_Usage]) -> _Comparaison:
    operandes = [_convert_operand(node.expr, usages)]
    operateurs: list[str] = []
    for operand in node.ops:
        appartient = operand.op in ("in", "notin")
        operandes.append(_convert_operand(operand.expr, usages, a_list=appartient))
        operateurs.append(operand.op)
        if not any(isinstance(side, _Nom) for side in operandes[-2:]):
            raise _Refus("comparaison de deux valeurs, sans nom", _CONDITIONS, node.lineno)
    return _Comparaison(tuple(operandes), tuple(operateurs))


def _convert_operand(node: nodes.Expr, usages: list[_Usage], *, a_list: bool = False) -> _Nom | _Constante:
    from jinja2 import nodes

    match node:
        case nodes.Name() | nodes.Getattr():
            usages.append(_read_name(node))
            return _Nom(usages[-1].nom)
        case nodes.List() | nodes.Tuple() if a_list:
            values = tuple(item.value for item in node.items if isinstance(item, nodes.Const))
            if len(values) < len(node.items) or not all(isinstance(value, str) for value in values):
                raise _Refus(
                    "liste de « in » mal écrite", 'des textes entre guillemets : nom in ["a", "b"]', node.lineno
                )
            return _Constante(values)
        case _ if a_list:
            raise _Refus("« in » attend une liste", 'exemple : nom in ["a", "b"]', node.lineno)
        case nodes.Const(value=str(text)):
            return _Constante(text)
        case nodes.Const() if node.value is not None:
            return _Constante(_read_number(node.value, node.lineno))
        case nodes.Neg(node=nodes.Const(value=value)) if isinstance(value, int | float):
            number = _read_number(value, node.lineno)
            if not isinstance(number, bool):
                return _Constante(-number)
    raise _forbid(node)


def _read_number(value: Any, line: int) -> bool | int | Decimal:
    """Return a number exactly as it was typed; Jinja reads 12.5 as a float."""
    if isinstance(value, bool):
        return value
    if isinstance(value, int) and abs(value) < 10**_MAX_CHIFFRES:
        return value
    # The shortest writing of a float is what was typed, up to 15 digits.
    if isinstance(value, float) and _NOMBRE.fullmatch(text := repr(value)) and len(text) <= _MAX_CHIFFRES + 1:
        return Decimal(text)
    raise _Refus("nombre trop long", f"{_MAX_CHIFFRES} chiffres au plus, sans exposant", line)


# --- Judging a condition ---------------------------------------------------------------------------------------------

_ORDRES: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq, "ne": operator.ne, "lt": operator.lt, "lteq": operator.le, "gt": operator.gt,
    "gteq": operator.ge,
}  # fmt: skip
_SIGNES = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


def _evaluate(condition: _Condition, contexte: Contexte, manques: list[Manque]) -> bool | None:
    """Return what a condition is worth, noting the missing values read on the way."""
    match condition:
        case _Lien(decide, gauche, droite):
            left = _evaluate(gauche, contexte, manques)
            if left is decide:
                return decide
            right = _evaluate(droite, contexte, manques)
            if right is decide:
                return decide
            return None if left is None or right is None else not decide
        case _Non(inner):
            found = _evaluate(inner, contexte, manques)
            return None if found is None else not found
        case _Nom():
            valeur = _look_up(condition, contexte, manques)
            return None if valeur is None else bool(valeur.brut)
        case _Constante(brut):
            return bool(brut)
        case _Comparaison(operandes, operateurs):
            result: bool | None = True
            for left_side, sign, right_side in zip(operandes, operateurs, operandes[1:], strict=False):
                held = _compare(left_side, sign, right_side, contexte, manques)
                if held is False:
                    return False
                result = None if held is None else result
            return result


def _look_up(nom: _Nom, contexte: Contexte, manques: list[Manque]) -> Valeur | None:
    found = contexte.get(nom.nom)
    if isinstance(found, Valeur):
        return found
    manques.append(found if found is not None else Manque(nom.nom))
    return None


def _compare(
    gauche: _Nom | _Constante, sign: str, droite: _Nom | _Constante, contexte: Contexte, manques: list[Manque]
) -> bool | None:
    sides: list[Any] = []
    for side in (gauche, droite):
        if isinstance(side, _Constante):
            sides.append(side.brut)
        elif (valeur := _look_up(side, contexte, manques)) is not None:
            sides.append(valeur.brut)
    if len(sides) < 2:
        return None
    left, right = sides
    kinds = _kind(left), _kind(right)
    if sign in ("in", "notin"):
        if kinds[1] != "une liste":
            raise _Refus(f"{_say(droite)} n'est pas une liste", 'exemple : nom in ["a", "b"]')
        if kinds[0] != "un texte":
            raise _Refus(f"{_say(gauche)} est {kinds[0]} : « in » cherche un texte", 'exemple : nom in ["a", "b"]')
        return (left in right) is (sign == "in")
    # A constant takes the kind of the value it is compared with: "3" is a number, "2026-11-22" a date.
    if isinstance(droite, _Constante):
        right = _adapt(right, kinds[0])
    if isinstance(gauche, _Constante):
        left = _adapt(left, kinds[1])
    kinds = _kind(left), _kind(right)
    if kinds[0] != kinds[1] or kinds[0] in ("une liste", "autre chose"):
        named, other = (gauche, kinds[1]) if isinstance(gauche, _Nom) else (droite, kinds[0])
        raise _incomparable(named, kinds[0] if named is gauche else kinds[1], other)
    if sign in _SIGNES and kinds[0] in ("un texte", "oui ou non"):
        named = gauche if isinstance(gauche, _Nom) else droite
        raise _Refus(f"{_say(named)} est {kinds[0]} : « {_SIGNES[sign]} » n'y a pas de sens", "comparez par == ou !=")
    return _ORDRES[sign](left, right)


def _kind(brut: Any) -> str:
    match brut:
        case bool():
            return "oui ou non"
        case int():
            return "un nombre"
        case Decimal() if brut.is_finite():
            return "un nombre"
        case str():
            return "un texte"
        case date() if not isinstance(brut, datetime):
            return "une date"
        case tuple():
            return "une liste"
    return "autre chose"


def _adapt(brut: Any, kind: str) -> Any:
    """Return a text constant as the number or the date it spells, when it is compared with one."""
    if not isinstance(brut, str):
        return brut
    if kind == "un nombre" and _NOMBRE.fullmatch(brut):
        return Decimal(brut.replace(",", "."))
    if kind == "une date" and re.fullmatch(r"\d{4}-\d\d-\d\d", brut, re.ASCII):
        try:
            return date.fromisoformat(brut)
        except ValueError:
            return brut
    return brut


def _say(side: _Nom | _Constante) -> str:
    return f"« {_cut(side.nom)} »" if isinstance(side, _Nom) else f"« {_cut(str(side.brut))} »"


def _incomparable(side: _Nom | _Constante, kind: str, other: str) -> _Refus:
    advice = 'comparez un texte à un texte entre guillemets, un nombre à un nombre, une date à "2026-11-22"'
    return _Refus(f"{_say(side)} est {kind} et ne se compare pas à {other}", advice)


# --- Filling a template ----------------------------------------------------------------------------------------------


class _Rendu:
    """One filling: the pieces written so far, and what was missing."""

    def __init__(self, contexte: Contexte, escape: Callable[[str], str], manque: Callable[[Manque], str]) -> None:
        self.contexte = contexte
        self.escape = escape
        self.manque = manque
        self.morceaux: list[str] = []
        self.manques: dict[Manque, None] = {}
        self._size = 0
        self._vides: list[int] = []

    def write(self, corps: list[_Piece]) -> None:
        """Write pieces in order; the depth of `if` was bounded when they were read."""
        for piece in corps:
            match piece:
                case str():
                    self._add(piece, 1)
                case _Sortie():
                    self._write_value(piece)
                case _Si():
                    self._choose(piece)

    def join(self) -> str:
        """Return the text, without the lines that held a tag and were left with nothing else.

        Why: an empty line ends a paragraph, and « - » alone under a line of text would make it a title.
        """
        text = "".join(self.morceaux)
        kept: list[str] = []
        position = 0
        for place in self._vides:
            first = text.rfind("\n", 0, place) + 1
            last = text.find("\n", place) + 1 or len(text)
            if first >= position and _LIGNE_VIDE.fullmatch(text, first, last):
                kept.append(text[position:first])
                position = last
        return "".join((*kept, text[position:]))

    def _add(self, text: str, line: int) -> None:
        if not text:
            self._vides.append(self._size)
        self._size += len(text)
        if self._size > MAX_RENDU:
            message = f"texte de plus de {MAX_RENDU} caractères une fois complété"
            raise GabaritInvalide("C532", message, line, "raccourcissez les valeurs ou le texte")
        self.morceaux.append(text)

    def _write_value(self, sortie: _Sortie) -> None:
        found = self.contexte.get(sortie.nom)
        if not isinstance(found, Valeur):
            manque = found if found is not None else Manque(sortie.nom)
            self.manques[manque] = None
            first = sortie.filtres[0] if sortie.filtres else None
            if first is not None and first.nom == "pluriel":
                # The number itself says what is missing: an ending can only leave both open, « série(s) ».
                singular, plural = _endings(first)
                self._add(self.escape(f"{singular}({plural})"), sortie.line)
            else:
                self._add(self.manque(manque), sortie.line)
            return
        try:
            text = _apply(sortie.nom, found, sortie.filtres)
        except _Refus as refus:
            raise refus.place("C517", sortie.line) from refus
        self._add(self.escape(text), sortie.line)

    def _choose(self, si: _Si) -> None:
        before = self._size
        for branche in si.branches:
            manques: list[Manque] = []
            try:
                held = True if branche.condition is None else _evaluate(branche.condition, self.contexte, manques)
            except _Refus as refus:
                raise refus.place("C517", branche.line) from refus
            if held:
                self.write(branche.corps)
            if held is None:
                self.manques.update(dict.fromkeys(manques))
                # The line of a lone tag is gone: what follows starts on its own all the same.
                self._add(self.manque(manques[0]) + ("\n" if si.seul else ""), branche.line)
            if held is not False:
                break
        if self._size == before and not si.seul:
            self._vides.append(before)


def _apply(nom: str, valeur: Valeur, filtres: tuple[_Filtre, ...]) -> str:
    """Return what a value prints through its filters."""
    text = valeur.texte
    for filtre in filtres:
        match filtre.nom:
            case "en_lettres":
                text = _spell(_read_count(nom, valeur, filtre.nom), nom)
            case "pluriel":
                singular, plural = _endings(filtre)
                text = plural if abs(_read_count(nom, valeur, filtre.nom)) >= 2 else singular
            case "majuscule":
                text = text[:1].upper() + text[1:]
            case "minuscule":
                text = text[:1].lower() + text[1:]
    return text


def _endings(filtre: _Filtre) -> tuple[str, str]:
    """Return the singular and the plural ending of `pluriel`."""
    if len(filtre.arguments) == 2:
        return filtre.arguments[0], filtre.arguments[1]
    return "", filtre.arguments[0] if filtre.arguments else "s"


def _read_count(nom: str, valeur: Valeur, filtre: str) -> Decimal:
    """Return the number of a value, when it is the one that prints.

    Why: a duration of « 30 jours » compares as 720 hours, and « sept cent vingt jours » must never be printed.
    """
    brut = valeur.brut
    if _kind(brut) != "un nombre":
        raise _Refus(f"« {nom} » n'est pas un nombre : le filtre « {filtre} » ne s'y applique pas", _FILTRES)
    number = Decimal(brut)
    printed = re.match(r"[^\w]?\d[\d.,\s]*", valeur.texte)
    if printed is not None and _digits(printed.group()) != _digits(f"{number:f}"):
        message = f"« {nom} » s'imprime « {_cut(valeur.texte)} » : le filtre « {filtre} » ne s'y applique pas"
        raise _Refus(message, "employez une variable de type entier")
    return number


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text).strip("0")


def _spell(number: Decimal, nom: str) -> str:
    """Write a whole number in French words."""
    if abs(number) >= 10**MAX_INTEGER_DIGITS:
        raise _Refus(f"« {nom} » est trop grand pour s'écrire en lettres", "retirez « en_lettres »")
    if number != int(number):
        raise _Refus(f"« {nom} » n'est pas un nombre entier : il ne s'écrit pas en lettres", "retirez « en_lettres »")
    words = _load_speller()(abs(int(number)))
    return f"moins {words}" if number < 0 else words


@cache
def _load_speller() -> Callable[[int], str]:
    from num2words import num2words

    return lambda number: str(num2words(number, lang="fr"))
