"""The text of a clause: Markdown without HTML, read into blocks that a page can print.

Why: a clause prints as numbered paragraphs, so what it may hold is short: paragraphs, **bold**, *italic*, lists of two
levels and `[[id]]`, the number of another clause. All the rest is refused and named, never dropped in silence: a
sentence that vanishes from a contract is worse than an error.

CommonMark's own parser reads the blocks, the emphasis and the escapes. Links, code and HTML are only recognised, by
one rule that refuses them: what is not printed needs no parser, and theirs are those that a hostile text can slow down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Literal

from facture.typo import NBSP

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_inline import StateInline
    from markdown_it.token import Token

MARQUE, FIN_MARQUE = "\ue000", "\ue001"
"""Private signs around what is missing, put there before Markdown is read; they never reach the page."""
MAX_PROSE = 200_000
"""Characters of a text once its values are in."""
NIVEAUX = 2
"""Levels of lists."""
MAX_NUMERO = 99
"""Greatest number a list may start with: above, it is a year or an amount that begins a sentence."""

Style = Literal["", "fort", "italique", "manque"]
Genre = Literal["p", "puce", "numero"]


@dataclass(frozen=True, slots=True)
class Morceau:
    """A run of text in one style. Bold wins over italic: the typeface has no bold italic."""

    texte: str
    style: Style = ""


@dataclass(frozen=True, slots=True)
class Bloc:
    """A paragraph, or an item of a list.

    Attributes:
        marque: « a) », « b) »… for an item of a numbered list, empty otherwise.
        niveau: 1 for an item inside an item.
    """

    kind: Genre
    morceaux: tuple[Morceau, ...]
    marque: str = ""
    niveau: int = 0


class ProseInvalide(ValueError):
    """A text that Markdown reads as something a clause cannot hold.

    Attributes:
        line: 1-based, in the text that was given.
        advice: what to write instead.
    """

    code = "C518"

    def __init__(self, message: str, line: int = 1, advice: str = "") -> None:
        super().__init__(message)
        self.line = line
        self.advice = advice


# --- Text from elsewhere ---------------------------------------------------------------------------------------------

_PONCTUATION = re.compile(r"[\\`*_{}\[\]()<>#+\-.!|~=:;&^]")
_BLANCS = re.compile(r"[ \t\n\r\f\v\x1c-\x1e\x85\u2028\u2029]+")
_MARQUES = re.compile(f"([{MARQUE}{FIN_MARQUE}])")


def escape_markdown(text: str) -> str:
    """Return a value as Markdown that reads back as the same text, on one line.

    Why: a client called « *Studio* » or « 1. Atelier » must print as it is named, and a value must never be able to
    add a paragraph, a reference or a mark of what is missing.
    """
    return _PONCTUATION.sub(r"\\\g<0>", _BLANCS.sub(" ", _MARQUES.sub("", text)))


def mark_missing(what: str) -> str:
    """Return « [à compléter : …] » as Markdown, between the signs that `parse_prose` knows."""
    return f"{MARQUE}{escape_markdown(f'[à compléter{NBSP}: {what}]')}{FIN_MARQUE}"


# --- References ------------------------------------------------------------------------------------------------------

_ID = r"(?:[a-z0-9-]+:)?[a-z0-9-]+"
_RENVOI = re.compile(rf"\[\[({_ID})\]\]", re.ASCII)
_RENVOI_ILLISIBLE = re.compile(r"\[\[[^\[\]\\\n]*\]\]")
_RENVOIS = re.compile(rf"\\[\s\S]|\[\[({_ID})\]\]", re.ASCII)


def find_renvois(text: str) -> tuple[tuple[str, int], ...]:
    r"""Return the id and the line of each `[[id]]` of a text, none of the escaped ones, `\[\[id\]\]`."""
    return tuple(
        (found.group(1), text.count("\n", 0, found.start()) + 1)
        for found in _RENVOIS.finditer(text)
        if found.group(1) is not None
    )


# --- Markdown --------------------------------------------------------------------------------------------------------

_TITRE = ("titre", "un titre ne s'écrit pas dans le texte ; pour un « # » au début d'une ligne, écrivez \\#")
_CODE = ("bloc de code", "retirez les quatre espaces, ou les « ``` », au début de la ligne")
_REFUS_BLOCS = {
    "heading_open": _TITRE,
    "fence": _CODE,
    "code_block": _CODE,
    "blockquote_open": ("citation", "pour un « > » au début d'une ligne, écrivez \\>"),
    "hr": ("filet", "séparez les paragraphes par une ligne vide"),
}
_REFUS_LIGNES = {
    "renvoi": ("renvoi illisible", "un identifiant est en minuscules, chiffres et tirets : [[acompte-a-la-commande]]"),
    "note": ("note de bas de page", "écrivez la note dans le texte"),
    "lien": ("lien", "écrivez l'adresse dans le texte : elle s'imprime"),
    "image": ("image", "décrivez-la en mots"),
    "html": ("balise HTML", "employez **gras** et *italique* ; pour un « < », écrivez \\<"),
    "code": ("code entre accents graves", "pour un accent grave, écrivez \\`"),
    "barre": ("texte barré", "retirez les « ~~ », ou écrivez \\~"),
}
_HTML = re.compile(r"<(?:[!?]|/?[A-Za-z][^<>]*>|[^\s<>@]+@[^\s<>@]+>)")
_ADRESSE = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]*:|[^\s<>@]+@)")
_IMAGE = re.compile(r"!\[[^\[\]\n]*\]\(")
_NOTE = re.compile(r"\[\^[^\[\]\s]+\]")
_DEFINITION = re.compile(r"\[[^\[\]]+\]:")
_FILET_DE_TABLEAU = re.compile(r"[ \t]*[|:-][-|: \t]*", re.ASCII)
_LISTE_COLLEE = re.compile(r"\n[ \t]*([0-9]{1,2})[.)](?:[ \t]|$)", re.ASCII | re.MULTILINE)
_ESPACES = re.compile(r"[ \t\n\r]+")
# Characters that print as nothing, turn the text around them, or stand for what could not be read.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e"
    "\u2060-\u206f\u2800\u3164\ud800-\udfff\ue002-\uf8ff\ufdd0-\ufdef\ufeff\uffa0\ufff9-\uffff"
    "\U000e0000-\U0010ffff]"
)


@cache
def _reader() -> MarkdownIt:
    # Imported late: most commands read no clause.
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False})
    reader.disable(["link", "image", "autolink", "html_inline", "html_block", "backticks", "reference", "text_join"])
    reader.inline.ruler.before("emphasis", "facture", _read_sign)
    return reader


def _read_sign(state: StateInline, silent: bool) -> bool:
    """Read `[[id]]`, and name what a clause cannot hold; a rule of the inline parser."""
    sign = state.src[state.pos]
    if sign not in "[]!<`~":
        return False
    kind, content, end = "refus", _find_refusal(state.src, state.pos, sign), state.posMax
    if sign == "[" and (found := _RENVOI.match(state.src, state.pos)):
        kind, content, end = "renvoi", found.group(1), found.end()
    if content is None:
        return False
    if not silent:
        state.push(kind, "", 0).content = content
    # After a refusal the rest is not read: the first fault is the one that is said.
    state.pos = end
    return True


def _find_refusal(text: str, position: int, sign: str) -> str | None:
    following = text[position + 1 : position + 2]
    match sign:
        case "[" if _RENVOI_ILLISIBLE.match(text, position):
            return "renvoi"
        case "[" if _NOTE.match(text, position):
            return "note"
        case "!" if following == "[" and _IMAGE.match(text, position):
            return "image"
        case "]" if following == "(":
            return "lien"
        case "<" if _HTML.match(text, position):
            return "lien" if _ADRESSE.match(text, position) else "html"
        case "`":
            return "code"
        case "~" if following == "~":
            return "barre"
    return None


def _keep_id(identifiant: str) -> str:
    return identifiant


def parse_prose(text: str, resolve: Callable[[str], str] = _keep_id) -> tuple[Bloc, ...]:
    """Read a text into blocks.

    Args:
        text: Markdown; values in it went through `escape_markdown`, what is missing through `mark_missing`.
        resolve: gives the text that stands for `[[id]]`.

    Returns: blocks in order; a paragraph or an item left empty by a condition is not there.

    Raises: ProseInvalide for the first thing a clause cannot hold.
    """
    if len(text) > MAX_PROSE:
        raise ProseInvalide(f"texte de {len(text)} caractères : {MAX_PROSE} au plus", 1, "coupez-le")
    if found := _INVISIBLE.search(text):
        raise _refuse_sign(found.group(), text.count("\n", 0, found.start()) + 1)
    return tuple(_Lecture(resolve).read(_reader().parse(text)))


def _refuse_sign(sign: str, line: int) -> ProseInvalide:
    return ProseInvalide(f"caractère invisible ou réservé U+{ord(sign):04X}", line, "retirez-le")


@dataclass(slots=True)
class _Liste:
    """A list being read: items printed so far, and whether the present one already has its paragraph."""

    ordered: bool
    items: int = 0
    filled: bool = False


class _Lecture:
    """One reading of the parser's tokens, from the first to the last.

    Attributes:
        listes: the lists that are open, the outer one first.
        suites: items of the last numbered list of each level.
    """

    def __init__(self, resolve: Callable[[str], str]) -> None:
        self.resolve = resolve
        self.listes: list[_Liste] = []
        self.suites: dict[int, int] = {}

    def read(self, tokens: Sequence[Token]) -> Iterator[Bloc]:
        """Yield the blocks that print something."""
        for token in tokens:
            line = token.map[0] + 1 if token.map else 1
            match token.type:
                case "inline":
                    if bloc := self._read_paragraph(token, line):
                        yield bloc
                case "bullet_list_open" | "ordered_list_open":
                    self._open_list(token, line)
                case "bullet_list_close" | "ordered_list_close":
                    self._close_list()
                case "list_item_open":
                    self.listes[-1].filled = False
                case "paragraph_open" | "paragraph_close" | "list_item_close":
                    pass
                case kind:
                    raise _refuse_block(kind, token.markup, line)

    def _open_list(self, token: Token, line: int) -> None:
        if len(self.listes) == NIVEAUX:
            raise ProseInvalide("liste à plus de deux niveaux", line, "remontez ces lignes d'un niveau")
        niveau = len(self.listes)
        liste = _Liste(token.type == "ordered_list_open")
        start = int(token.attrs.get("start", 1))
        if not 1 <= start <= MAX_NUMERO:
            # « 2026. » at the start of a paragraph is read as a number too.
            advice = f"une liste commence à 1 ; si c'est une phrase, écrivez « {start}\\. »"
            raise ProseInvalide(f"liste numérotée qui commence à {start}", line, advice)
        if liste.ordered:
            # A list that starts further goes on after a paragraph, or has lost its first items to a condition.
            liste.items = self.suites.get(niveau, 0) if start > 1 else 0
        self.listes.append(liste)

    def _close_list(self) -> None:
        liste = self.listes.pop()
        if liste.ordered:
            self.suites[len(self.listes)] = liste.items

    def _read_paragraph(self, token: Token, line: int) -> Bloc | None:
        _check_lines(token.content, line)
        morceaux = _join(_Ligne(self.resolve, line).read(token.children or ()))
        if not morceaux:
            return None
        if not self.listes:
            return Bloc("p", morceaux)
        liste = self.listes[-1]
        if liste.filled:
            advice = "réunissez-les, ou sortez le second de la liste"
            raise ProseInvalide("deux paragraphes dans un élément de liste", line, advice)
        liste.filled = True
        liste.items += 1
        niveau = len(self.listes) - 1
        if liste.ordered:
            return Bloc("numero", morceaux, f"{_letter(liste.items)})", niveau)
        return Bloc("puce", morceaux, "", niveau)


def _refuse_block(kind: str, markup: str, line: int) -> ProseInvalide:
    if kind == "heading_open" and markup in ("-", "="):
        advice = "laissez une ligne vide entre les deux, ou retirez la seconde"
        return ProseInvalide(f"ligne de « {markup} » sous un texte, qui en fait un titre", line, advice)
    what, advice = _REFUS_BLOCS.get(kind, ("écriture Markdown non admise", "écrivez un simple paragraphe"))
    return ProseInvalide(what, line, advice)


def _check_lines(content: str, line: int) -> None:
    """Refuse what other Markdowns read in a paragraph, and CommonMark would print as it is or drop."""
    if content.startswith("[") and _DEFINITION.match(content):
        if content.startswith("[^"):
            raise ProseInvalide(_REFUS_LIGNES["note"][0], line, _REFUS_LIGNES["note"][1])
        advice = "écrivez l'adresse dans le texte ; si c'est une phrase, mettez une espace avant « : »"
        raise ProseInvalide("définition de lien", line, advice)
    if found := _LISTE_COLLEE.search(content):
        advice = f"laissez une ligne vide avant la liste ; si c'est une phrase, écrivez « {found.group(1)}\\. »"
        line += content.count("\n", 0, found.end())
        raise ProseInvalide("liste collée au texte qui la précède", line, advice)
    if "|" not in content:
        return
    for number, text in enumerate(content.split("\n"), line):
        if "|" in text and "-" in text and _FILET_DE_TABLEAU.fullmatch(text):
            raise ProseInvalide("tableau", number, "écrivez une liste")


def _letter(number: int) -> str:
    """Return a, b… z, aa, ab…"""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


class _Ligne:
    """One reading of the text of a paragraph."""

    def __init__(self, resolve: Callable[[str], str], line: int) -> None:
        self.resolve = resolve
        self.line = line
        self.fort = 0
        self.italique = 0
        self.manque = False

    def read(self, tokens: Sequence[Token]) -> Iterator[Morceau]:
        """Yield runs of text as they come, to be joined."""
        for token in tokens:
            match token.type:
                case "text":
                    yield from self._split_marks(token.content)
                case "text_special":
                    yield from self._read_special(token)
                case "softbreak" | "hardbreak":
                    self.line += 1
                    yield self._style(" ")
                case "strong_open" | "strong_close":
                    self.fort += token.nesting
                case "em_open" | "em_close":
                    self.italique += token.nesting
                case "renvoi":
                    yield self._style(_MARQUES.sub("", self.resolve(token.content)))
                case kind:
                    what = token.content if kind == "refus" else ""
                    message, advice = _REFUS_LIGNES.get(what, ("écriture Markdown non admise", ""))
                    raise ProseInvalide(message, self.line, advice)
        if self.manque:
            raise _refuse_sign(MARQUE, self.line)

    def _style(self, text: str) -> Morceau:
        if self.manque:
            return Morceau(text, "manque")
        return Morceau(text, "fort" if self.fort else "italique" if self.italique else "")

    def _read_special(self, token: Token) -> Iterator[Morceau]:
        """Return an escaped sign or an entity; an entity must not bring in what no source may hold."""
        if token.info == "entity" and (_INVISIBLE.search(token.content) or _MARQUES.search(token.content)):
            message = f"« {token.markup} » s'imprime comme un vide"
            raise ProseInvalide(message, self.line, "retirez ce code")
        # « \\ » before a mark escapes nothing, and comes with it.
        yield from self._split_marks(token.content)

    def _split_marks(self, text: str) -> Iterator[Morceau]:
        if MARQUE not in text and FIN_MARQUE not in text:
            yield self._style(text)
            return
        for part in _MARQUES.split(text):
            if part in (MARQUE, FIN_MARQUE):
                if self.manque is (part == MARQUE):
                    raise _refuse_sign(part, self.line)
                self.manque = part == MARQUE
            elif part:
                yield self._style(part)


def _join(morceaux: Iterator[Morceau]) -> tuple[Morceau, ...]:
    """Join neighbours of one style, and make every run of spaces one, none at either end."""
    joined: list[tuple[list[str], Style]] = []
    spaced = True
    for morceau in morceaux:
        text = _ESPACES.sub(" ", morceau.texte)
        if spaced:
            text = text.removeprefix(" ")
        if not text:
            continue
        spaced = text.endswith(" ")
        if joined and joined[-1][1] == morceau.style:
            joined[-1][0].append(text)
        else:
            joined.append(([text], morceau.style))
    runs = [Morceau("".join(texts), style) for texts, style in joined]
    if runs and spaced:
        last = runs.pop()
        if text := last.texte.removesuffix(" "):
            runs.append(Morceau(text, last.style))
    return tuple(runs)


def to_plain(blocs: Sequence[Bloc]) -> str:
    """Return blocks as plain text, one line each; items keep their mark and are set in by their level."""
    return "\n".join(_write_plain(bloc) for bloc in blocs)


def _write_plain(bloc: Bloc) -> str:
    text = "".join(morceau.texte for morceau in bloc.morceaux)
    if bloc.kind == "p":
        return text
    return f"{'  ' * bloc.niveau}{bloc.marque or '-'} {text}"
