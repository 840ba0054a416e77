"""What needs arithmetic on a page: widths of columns, room beside the totals, the address in its window, the watermark.

Why: the engine says nothing when a column overprints its neighbour, and a template must not compute. The widths come
from the advance widths of our own typeface, so they are known before any layout.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import accumulate, chain
from math import ceil
from typing import Literal

from facture.libelles import get_textes
from facture.page import (
    Article,
    Chapitre,
    DecompteImprime,
    Frise,
    Lettre,
    Ligne,
    Page,
    Probleme,
    Recueil,
    RenduError,
    Repere,
    Somme,
    SommeKind,
    Tableau,
    ThemeError,
    tint,
)
from facture.ressources import resource_dir

PT = 25.4 / 72
"""One typographic point, in millimetres."""

LARGEUR = 170.0
GOUTTIERE = 4.0
DESIGNATION_MINIMALE = 60.0
TAILLE, TAILLE_DENSE = 8.5, 7.5
_PLANCHERS = {"quantite": 15.0, "unite": 16.0, "prix": 23.0, "tva": 13.0, "montant": 25.0}
_UNITE_MAX_EM = 6.0
_ADRESSE_LARGEUR = 85.0
_EMETTEUR_LIGNES = 6
_GAUCHE_LARGEUR = 79.0
_DROITE_LARGEUR = 85.0
_GAUCHE_HAUTEUR = 64.0
_DEPASSEMENT = 3.0
_BAS_HAUTEUR = 60.0
# Shares of a discount, in the left half: what the rate leaves to each of three amounts, and their size in points.
_VENTILATION_LARGEUR = (_GAUCHE_LARGEUR - 13.0) / 3
_PETIT = 7.5
# Height of the text on the first page, and a little more: what misses by that much is set tighter.
_PAGE_HAUTEUR = 262.0 + 12.0
_PAGE_SUIVANTE = 250.0
_TETE_META = 52.5
_TETE_LIBRE = 75.5
_LOGO_HAUTEUR, _LOGO_MINIMUM = 36.4, 23.0
_TITRE, _TITRE_MINIMUM, _TITRE_LARGEUR, _TITRE_INTERLIGNE = 21, 15, 70.0, 25 / 21
_TITRE_TEXTE = 17
_TITRE_LETTRE = 15
_SANS_ENVELOPPE = frozenset({"conditions", "contrat"})
# What is missing in a text: its tint. What is listed on the first page: one column up to so many.
_MANQUE_TEINTE = 0.12
_MANQUES_COURTS, _MANQUES_LARGEUR = 3, 160.0
# Columns of articles, on pages of their own and on the document: width, and how tall they may be to stay in one piece.
_MOITIE, _MOITIE_PARTICULIERE = 80.5, 79.0
_PARTICULIERES_HAUTEUR = 70.0
_ARTICLE, _ARTICLE_LIGNE, _CADRE = 7.75, 10.8 * PT, 5.6
_SOMMAIRE_TITRE, _SOMMAIRE_HAUTEUR = 68.0, 190.0
_LIGNES_HAUTES = 25


@dataclass(frozen=True, slots=True)
class Metriques:
    """Advance widths of one face, in em."""

    chasses: Mapping[str, float]
    tabulaires: Mapping[str, float]

    def measure(self, text: str, *, tabular: bool = False) -> float:
        """Return the width of a text in em; kerning is left out, so this is a little too wide, never too
        narrow.

        Args:
            text: one line.
            tabular: True where the style sheet asks for `tabular-nums`.
        """
        plain = self.chasses
        if not tabular:
            return sum([plain.get(c, 0.75) for c in text])
        fixed = self.tabulaires
        return sum([fixed[c] if c in fixed else plain.get(c, 0.75) for c in text])


@cache
def load_metriques() -> tuple[Metriques, Metriques]:
    """Return the widths of the regular and of the semi-bold face, read from `polices/metriques.json`."""
    data = json.loads((resource_dir("templates") / "polices" / "metriques.json").read_text(encoding="utf-8"))

    def read(face: str) -> Metriques:
        # The file gives thousandths of an em, whatever the units of the face.
        return Metriques(
            {c: w / 1000 for c, w in data[face]["chasses"].items()},
            {c: w / 1000 for c, w in data[face]["chasses_tabulaires"].items()},
        )

    return read("FactureSans-Regular"), read("FactureSans-SemiBold")


@dataclass(frozen=True, slots=True)
class Largeurs:
    """Widths of the columns in millimetres; `dense` when the table is set at 7.5 pt to make room."""

    designation: float
    quantite: float
    unite: float
    prix: float
    tva: float
    montant: float
    dense: bool


def compute_largeurs(page: Page) -> Largeurs:
    """Share the 170 mm of the table: every figure on one line, the rest for the designation.

    Why: with fixed columns a figure that is too long overprints its neighbour, and WeasyPrint says nothing.
    The floors are wide enough for ordinary figures, so that the columns of most documents stand at the same
    place.

    Raises: RenduError R607 when less than 60 mm would be left for the words even at the small size.
    """
    for dense in (False, True):
        widths = _measure_columns(page, TAILLE_DENSE if dense else TAILLE)
        designation = LARGEUR - sum(widths.values())
        if designation >= DESIGNATION_MINIMALE:
            return Largeurs(designation=designation, dense=dense, **widths)
    widest = max(
        chain.from_iterable((line.prix, line.montant, line.quantite) for line in page.lignes),
        key=len,
        default="",
    )
    raise RenduError(
        [
            Probleme(
                "R607",
                f"les colonnes de chiffres ne laissent que {max(designation, 0):.0f} mm à la désignation, "
                f"il en faut 60 ; le nombre le plus long est « {widest} »",
                "réduisez les décimales ou partagez la ligne",
            )
        ]
    )


def _measure_columns(page: Page, taille: float) -> dict[str, float]:
    regular, bold = load_metriques()
    textes, lignes = get_textes(page.langue), page.lignes
    em = taille * PT
    head_em = 7 * PT
    decimales = max((ligne.decimales for ligne in lignes), default=0)

    def widest(values: Iterable[str], face: Metriques = regular, *, tabular: bool = True) -> float:
        return max((face.measure(value, tabular=tabular) for value in set(values)), default=0.0) * em

    def head(label: str) -> float:
        return regular.measure(label) * head_em

    quantites = max(
        (
            regular.measure(value, tabular=True) + _padding_em(digits, decimales)
            for value, digits in {(ligne.quantite, ligne.decimales) for ligne in lignes}
        ),
        default=0.0,
    )
    needed = {
        "quantite": max(quantites * em, head(textes.quantite)) + GOUTTIERE,
        # The unit breaks rather than push the words aside: at most 6 em, then hyphens.
        "unite": max(
            min(widest((ligne.unite for ligne in lignes), tabular=False), _UNITE_MAX_EM * em),
            head(textes.unite),
        )
        + GOUTTIERE / 2,
        "prix": max(widest(ligne.prix for ligne in lignes), head(page.colonnes.prix)) + GOUTTIERE,
        "tva": max(widest(ligne.tva for ligne in lignes), head(textes.tva)) + GOUTTIERE,
        "montant": max(
            widest(ligne.montant for ligne in lignes),
            widest((ligne.reduction.net for ligne in lignes if ligne.reduction), bold),
            widest((section.sous_total for section in page.sections), bold),
            head(page.colonnes.montant),
        )
        + GOUTTIERE,
    }
    widths = {name: max(round(width + 0.05, 1), _PLANCHERS[name]) for name, width in needed.items()}
    if not page.colonnes.tva:
        widths["tva"] = 0.0
    return widths


def _padding_em(decimales: int, most: int) -> float:
    """Return the space that brings a quantity's comma under the others, in em of tabular figures."""
    if decimales >= most:
        return 0.0
    regular, _ = load_metriques()
    comma = 0.0 if decimales else regular.tabulaires[","]
    return (most - decimales) * regular.tabulaires["0"] + comma


def count_lines(text: str, largeur: float, taille: float, face: Metriques | None = None) -> int:
    """Return about how many lines a text takes.

    Args:
        text: may hold line breaks.
        largeur: width of the block, mm.
        taille: size of the type, pt.
        face: the regular face when absent.
    """
    regular, _ = load_metriques()
    used = face or regular
    # Ragged lines lose about 4 % of their width to the word that does not fit.
    return sum(max(1, ceil(used.measure(part) * taille * PT / (largeur * 0.96))) for part in text.split("\n"))


PIED_LARGEUR = 126.0
"""Width of the identity at the foot, mm."""
Emplacement = Literal["courant", "meta", "pied"]
_UNE_LIGNE: Mapping[Emplacement, tuple[float, float]] = {
    "courant": (122.0, 7.5),
    "meta": (41.0, 8.0),
    "pied": (PIED_LARGEUR, 6.75),
}


def fits_line(text: str, place: Emplacement) -> bool:
    """Say whether a text stands on one line of the running head, of a row under the title, or of the foot."""
    largeur, taille = _UNE_LIGNE[place]
    return load_metriques()[0].measure(text) * taille * PT <= largeur - 0.5


def fit_line(candidates: Sequence[str], place: Emplacement) -> str:
    """Return the first text that stands on one line; the last one, cut, when none does."""
    for text in candidates:
        if fits_line(text, place):
            return text
    cut = candidates[-1]
    while cut and not fits_line(f"{cut}…", place):
        cut = cut[:-1].rstrip(" ,")
    return f"{cut}…"


def check_page(page: Page) -> tuple[Probleme, ...]:
    """Return what can be said of a page before it is laid out: an address too large for the window
    (R606).

    Source: envelope DL with a 35 x 100 mm window, address zone of 85 x 24 mm.
    """
    if page.genre in _SANS_ENVELOPPE:
        return ()
    problemes = []
    regular, _ = load_metriques()
    taille = 8.0 if len(page.destinataire) > 6 else 9.0
    if len(page.destinataire) > 8:
        problemes.append(
            Probleme(
                "R606",
                f"l’adresse a {len(page.destinataire)} lignes et ne tient pas dans la fenêtre de l’enveloppe",
                "huit lignes au plus, six de préférence",
                "avertissement",
            )
        )
    problemes.extend(
        Probleme(
            "R606",
            f"la ligne d’adresse « {ligne} » est trop longue et ne tient pas dans la fenêtre de l’enveloppe",
            "trente-huit caractères au plus",
            "avertissement",
        )
        for ligne in page.destinataire
        if regular.measure(ligne) * taille * PT > _ADRESSE_LARGEUR
    )
    emetteur = sum(count_lines(text, _ADRESSE_LARGEUR, 7.5) for text in (page.emetteur.nom, *page.emetteur.lignes))
    if emetteur > _EMETTEUR_LIGNES:
        problemes.append(
            Probleme(
                "R606",
                f"les coordonnées de l’émetteur prennent {emetteur} lignes : les dernières paraîtraient dans la "
                "fenêtre de l’enveloppe",
                "six lignes au plus, nom compris",
                "avertissement",
            )
        )
    return tuple(problemes)


Moities = tuple[tuple[Chapitre, ...], ...]
"""Articles for the left half of a page, then for the right one; or one piece that the engine cuts in columns."""


@dataclass(frozen=True, slots=True)
class Etiquette:
    """Room that a text of the timeline takes, in millimetres from the left of the drawing.

    Attributes:
        etage: -1 above the line, 0 under it, 1 under that.
    """

    gauche: float
    droite: float
    etage: int

    @property
    def milieu(self) -> float:
        """Where a centred text stands."""
        return (self.gauche + self.droite) / 2


@dataclass(frozen=True, slots=True)
class DispositionLettre:
    """Where things go in a notice or a letter.

    Attributes:
        ample: so short that it is set larger, and lower on the page.
        textes_bas: articles of law too long to stand beside the signature: below it, in two columns.
        offerts_gauche: what was given stands beside what is owed, where it makes the page no longer.
        decompte: widths of the columns of figures of the workings, mm, by name; without `calcul` when no row
            shows its working.
        dense: the workings are set at 7.5 pt, to make room for large figures.
        hauteur: height of the timeline, mm: less when its labels stand on one level.
        segments: place of what is said above each segment of the timeline; None for what is wider than its
            segment: the table says it.
        traits: SVG path that ties each day of the timeline to its label.
    """

    ample: bool
    textes_bas: bool
    offerts_gauche: bool
    decompte: Mapping[str, float]
    dense: bool
    hauteur: float
    segments: tuple[Etiquette | None, ...]
    traits: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Disposition:
    """Where things go: names of the blocks beside the totals, and of those below on the whole width.

    Attributes:
        entiers: blocks short enough to be kept in one piece wherever they fall.
        decimales: digits after the comma of the longest quantity; the others are padded to it.
        hautes: lines so tall (25 lines of text) that they may break inside.
        unites_coupees: units of which one word alone is wider than its column; the others break at a hyphen
            or a space that they have.
        seul: what stands below is one short text: its title runs over both columns, and it is not broken.
        fin: blocks below that go with the signature; set apart from the others when these are so tall that
            the signature would drag them all to the next page.
        signature_libre: nothing can be set apart, so the signature may stand by itself on the last page.
        montant_sommes, montant_deductions: width of an amount there, mm.
        sans_base: amounts so wide that the shares of a discount are shown without the bases before it.
        manques_longs: what a draft lacks is listed in two columns.
        particulieres, articles, sommaire: articles on the document, those of conditions or of a contract, table of
            contents: in two halves when they fit beside each other on a page, whole when they do not or when a
            contract sets them in one column, empty when there are none.
        clauses: the page has texts that need the sheet of clauses.
        lettre: what a notice or a letter adds, None for the other pages.
    """

    gauche: tuple[str, ...]
    bas: tuple[str, ...]
    entiers: frozenset[str]
    largeurs: Largeurs
    decimales: int
    hautes: frozenset[Ligne]
    unites_coupees: frozenset[str]
    seul: bool
    fin: tuple[str, ...]
    signature_libre: bool
    montant_sommes: float
    montant_deductions: float
    sans_base: bool
    manques_longs: bool
    particulieres: Moities
    articles: Moities
    sommaire: Moities
    clauses: bool
    lettre: DispositionLettre | None = None


def arrange(page: Page) -> Disposition:
    """Decide the layout: columns, tall rows, and which blocks stand beside the totals.

    Why: the totals drag the last line of the table along to the next page, so what stands beside them must not
    make that piece taller: it goes below, in two columns, where it may break. On a document of one page nothing
    is dragged, and 64 mm beside the totals are better used than left empty.
    """
    largeurs = compute_largeurs(page)
    taille = TAILLE_DENSE if largeurs.dense else TAILLE
    montant_sommes = _measure_sommes((*page.sommes, *page.apres, *_list_sommes(page.lettre)))
    gauche: list[str] = []
    bas: list[str] = []
    used = 0.0
    blocs = _measure_blocs(page)
    droite = _measure_droite(page.sommes, _DROITE_LARGEUR - montant_sommes)
    rest = sum(height for _, height in blocs)
    limit = _GAUCHE_HAUTEUR
    if _measure_corps(page, largeurs.designation, taille) + max(droite, min(rest, limit)) > _PAGE_HAUTEUR:
        limit = min(limit, droite + _DEPASSEMENT)
    for name, height in blocs:
        if not bas and used + height <= limit:
            gauche.append(name)
            used += height
        else:
            bas.append(name)
    hautes = {
        ligne
        for ligne in page.lignes
        if (len(ligne.contenu) + len(ligne.description) / 30 + len(ligne.designation) / 30) > 6
        and _count_row(ligne, largeurs.designation - 1, taille) >= _LIGNES_HAUTES
    }
    tall = sum(height for name, height in blocs if name in bas) / 2 > _BAS_HAUTEUR
    drags = tall and page.signature is not None and not page.articles
    fin = bas[-1:] if drags and len(bas) > 1 else []
    bas = bas[: len(bas) - len(fin)]
    return Disposition(
        gauche=tuple(gauche),
        bas=tuple(bas),
        fin=tuple(fin),
        signature_libre=drags and not fin,
        entiers=frozenset(name for name, height in blocs if height <= _GAUCHE_HAUTEUR and name not in _TEXTES_SUIVIS),
        largeurs=largeurs,
        decimales=max((ligne.decimales for ligne in page.lignes), default=0),
        hautes=frozenset(hautes),
        unites_coupees=frozenset(unite for unite in {ligne.unite for ligne in page.lignes} if _is_cut(unite)),
        seul=len(bas) == 1 and not tall and bas[0] in _TEXTES_SUIVIS | {"conditions", "options"},
        montant_sommes=montant_sommes,
        montant_deductions=_measure_deductions(page),
        sans_base=_measure_ventilation(page) > _VENTILATION_LARGEUR,
        manques_longs=len(page.a_completer) > _MANQUES_COURTS,
        particulieres=_split_particulieres(page.articles),
        articles=_split_articles(page),
        sommaire=_split_sommaire(page.recueil),
        clauses=bool(page.articles or page.recueil or page.a_completer or page.genre in _SANS_ENVELOPPE),
        lettre=_arrange_lettre(page.lettre, page.langue) if page.lettre else None,
    )


def _is_cut(unite: str) -> bool:
    regular, _ = load_metriques()
    return any(regular.measure(part) > _UNITE_MAX_EM for part in re.findall(r"[^\s-]+-?", unite))


def _count_row(ligne: Ligne, largeur: float, taille: float) -> int:
    total = count_lines(ligne.designation, largeur, taille)
    if ligne.description:
        total += count_lines(ligne.description, largeur, 7.5)
    return total + sum(count_lines(item, largeur - 3, 7.5) for item in ligne.contenu)


_SOMME_TAILLE: Mapping[SommeKind, float] = {"total": 13.0, "suite": 8.0, "titre": 7.5}
_SOMME_HAUTEUR: Mapping[SommeKind, float] = {"total": 17 * PT + 1.6, "suite": 11 * PT + 0.9, "titre": 10.5 * PT + 3.4}
_TEXTES_SUIVIS = frozenset({"mentions", "notes"})
"""Blocks that are one text: cut in two columns of one height, rather than kept whole beside an empty half."""


def _measure_droite(sommes: Sequence[Somme], largeur: float) -> float:
    """Return about how tall a table of sums is, its labels being set on `largeur` mm."""
    total = 0.0
    for somme in sommes:
        size = _SOMME_TAILLE.get(somme.kind, TAILLE)
        more = count_lines(somme.label, largeur, size) - 1
        total += _SOMME_HAUTEUR.get(somme.kind, 11.5 * PT + 1.0) + more * 11.5 * PT
    return total


def _measure_corps(page: Page, designation: float, taille: float) -> float:
    """Return about how tall a document is without its totals, mm; no more is measured once two pages are sure.

    Why: a guess, and used as one: it chooses between two layouts which are both right, before either exists.
    """
    total = 80.0 + 9 * PT + 1.6 + 3.4
    total += (count_lines(page.objet, LARGEUR, 11) * 14 * PT + 3) * bool(page.objet)
    total += sum(count_lines(text, 150, 9) * 13 * PT + 3 for text in page.introduction)
    if page.deductions:
        total += 10 + 5.9 * len(page.deductions)
    total += _measure_droite(page.apres, _DROITE_LARGEUR - 25) + 3 * bool(page.apres)
    total += 34.0 * (page.paiement is not None) + 27.5 * (page.signature is not None)
    total += (count_lines(page.acceptation, 150, 8) * 11.5 * PT + 2.6) * bool(page.acceptation)
    total += _measure_manques(page)
    for section in page.sections:
        total += 14.0 * bool(section.titre)
        for ligne in section.lignes:
            if total > _PAGE_HAUTEUR:
                return total
            lines = count_lines(ligne.designation, designation - 1, taille)
            small = _count_row(ligne, designation - 1, taille) - lines + bool(ligne.reference) + bool(ligne.periode)
            total += lines * 11.5 * PT + small * 10.5 * PT + 2.4
            total += 11.5 * PT * (ligne.reduction is not None)
    return total


def _measure_manques(page: Page) -> float:
    if not page.a_completer:
        return 0.0
    halves = 2 if len(page.a_completer) > _MANQUES_COURTS else 1
    lines = sum(count_lines(text, _MANQUES_LARGEUR / halves - 8, 8) for text in page.a_completer)
    return 12.5 + ceil(lines / halves) * 11 * PT


def _split_particulieres(articles: tuple[Article, ...]) -> Moities:
    chapitres = (Chapitre(articles),) if articles else ()
    return _split(chapitres, _measure_articles(chapitres, _MOITIE_PARTICULIERE), _PARTICULIERES_HAUTEUR)


def _split_articles(page: Page) -> Moities:
    recueil = page.recueil
    if recueil is None or page.genre == "contrat":
        return (recueil.chapitres,) if recueil else ()
    seul = page.genre in _SANS_ENVELOPPE
    _, lines = _measure_titre(page.titre if seul else recueil.titre, LARGEUR, _TITRE_TEXTE)
    room = _PAGE_SUIVANTE - 6 - lines * 21 * PT - count_lines(recueil.sous_titre, LARGEUR, 8) * 11.5 * PT
    if seul:
        # A page without running head starts 12 mm higher, and its title 8 mm lower.
        room += 4 - _measure_manques(page) - 4 * len(page.metas) - 7 * bool(page.numero) - 8 * bool(page.objet)
    if recueil.sommaire:
        room -= sum(_measure_sommaire(recueil)) / 2 + 15
    return _split(recueil.chapitres, _measure_articles(recueil.chapitres, _MOITIE), room - _ARTICLE_LIGNE)


def _split_sommaire(recueil: Recueil | None) -> Moities:
    if recueil is None or not recueil.sommaire:
        return ()
    return _split(recueil.chapitres, _measure_sommaire(recueil), _SOMMAIRE_HAUTEUR)


def _split(chapitres: tuple[Chapitre, ...], heights: Sequence[float], most: float) -> Moities:
    """Cut articles in two halves of about one height, between two of them; in none when they would be too tall.

    Why: the engine finds the same place by laying the text out ten times, and cuts an article to get there.

    Args:
        heights: of each article, mm, the title of its chapter counted with the first.
        most: height of the taller half, mm.
    """
    if len(heights) < 2:
        return (chapitres,) if heights else ()
    sums = list(accumulate(heights))
    gaps = [sums[-1] - 2 * left for left in sums[:-1]]
    # Between two cuts that are nearly as good, the left half is the taller.
    count = 1 + min(range(len(gaps)), key=lambda place: abs(gaps[place]) + _ARTICLE_LIGNE * (gaps[place] > 0))
    if max(sums[count - 1], sums[-1] - sums[count - 1]) > most:
        return (chapitres,)
    left, right = [], []
    for chapitre in chapitres:
        before, after = chapitre.articles[:count], chapitre.articles[count:]
        count = max(0, count - len(chapitre.articles))
        left += [Chapitre(before, chapitre.titre)] if before else []
        right += [Chapitre(after, "" if before else chapitre.titre)] if after else []
    return (tuple(left), tuple(right))


def _measure_articles(chapitres: Sequence[Chapitre], largeur: float) -> list[float]:
    """Return about how tall each article is in a column, mm: rather too much than too little."""
    _, bold = load_metriques()
    heights = []
    for chapitre in chapitres:
        lines = 2 if chapitre.titre else 0
        for article in chapitre.articles:
            width = largeur - _CADRE * article.encadre
            lines += 1 + article.encadre + count_lines(article.titre, width - 6, _ARTICLE, bold)
            for bloc in article.blocs:
                text = " ".join((bloc.marque, *(morceau.texte for morceau in bloc.morceaux)))
                indent = 0.0 if bloc.kind == "p" else 1.5 * (bloc.niveau + 1) * _ARTICLE * PT
                lines += count_lines(text, width - indent, _ARTICLE)
            heights.append(lines * _ARTICLE_LIGNE)
            lines = 0
    return heights


def _measure_sommaire(recueil: Recueil) -> list[float]:
    """Return about how tall the entry of each article is in the table of contents, mm."""
    _, bold = load_metriques()
    heights = []
    for chapitre in recueil.chapitres:
        title = count_lines(chapitre.titre, _MOITIE, 8, bold) * 11 * PT + 1.9 if chapitre.titre else 0.0
        for article in chapitre.articles:
            heights.append(title + count_lines(article.titre, _SOMMAIRE_TITRE, 8) * 11 * PT + 1.1)
            title = 0.0
    return heights


def _measure_sommes(sommes: Sequence[Somme]) -> float:
    regular, bold = load_metriques()
    width = 25.0
    for somme in sommes:
        face = regular if somme.kind in ("reel", "remise", "tva", "suite") else bold
        size = _SOMME_TAILLE.get(somme.kind, TAILLE)
        width = max(width, face.measure(somme.montant, tabular=True) * size * PT + 2)
    return min(round(width + 0.05, 1), 60.0)


def _measure_deductions(page: Page) -> float:
    _, bold = load_metriques()
    cells = chain.from_iterable((row.ht, row.tva, row.ttc) for row in page.deductions)
    widest = max((bold.measure(cell, tabular=True) for cell in cells), default=0.0) * TAILLE * PT
    return max(25.0, round(widest + GOUTTIERE, 1))


def _measure_ventilation(page: Page) -> float:
    """Return the width of the widest amount of the table of shares, with its gutter, mm."""
    regular, _ = load_metriques()
    cells = chain.from_iterable((row.base, row.part, row.nette) for row in page.ventilation)
    return max((regular.measure(cell, tabular=True) for cell in cells), default=0.0) * _PETIT * PT + 1.0


def _measure_blocs(page: Page) -> list[tuple[str, float]]:
    """Return the blocks of the foot that have something to say, in order, and about how tall each is."""
    title, gap = 11.5 * PT, 2.5
    width = _GAUCHE_LARGEUR

    def text(lines: int, leading: float = 11.0) -> float:
        return lines * leading * PT

    heights = {
        "options": sum(
            text(count_lines(f"{o.designation} {o.prix}", width - 5, 8))
            + text(count_lines(o.detail, width - 5, 7.5), 10.5) * bool(o.detail)
            + text(len(o.contenu), 10.5)
            + 1
            for o in page.options
        ),
        "lettres": text(count_lines(page.en_lettres, width, 8)) if page.en_lettres else 0.0,
        "ventilation": text(len(page.ventilation) + 1, 12.5) if page.ventilation else 0.0,
        "conditions": sum(text(count_lines(c, width - 3, 8)) + 0.7 for c in page.conditions_de_reussite),
        "promesses": sum(text(count_lines(p.quoi, width - 29, 8)) + 0.4 for p in page.promesses),
        "echeancier": sum(text(count_lines(e.quoi, width - 22, 8)) + text(1, 10.5) + 0.6 for e in page.echeancier),
        "mentions": sum(text(count_lines(m, width, 7.5), 10.5) + 0.6 for m in page.mentions),
        "notes": sum(text(count_lines(n, width, 7.5), 10.5) + 0.6 for n in page.notes),
        "livraison": text(len(page.livraison), 10.5),
    }
    return [(name, height + title + gap) for name, height in heights.items() if height]


# --------------------------------------------------------------------------------------------------
# Notices and letters

_DECOMPTE_PLANCHERS = {"jours": 14.0, "taux": 24.0, "base": 27.0, "calcul": 20.0, "interets": 20.0}
_PERIODE_MINIMALE = 42.0
_TABLEAU_PLANCHER = 20.0
_CORPS, _CORPS_LARGEUR = 9, 150.0
# Height of a letter with its signature, mm, under which it is set larger: half of what the head leaves.
_LETTRE_COURTE = 100.0
_SIGNATURE_HAUTEUR = 32.0
_TEXTES_HAUTEUR = 28.0

FRISE_TAILLE = 7.0
"""Size of the labels of the timeline, points."""
_REPERE_DEMI = 1.4
_FRISE_HAUTEURS = (17.4, 25.0)
# Where the line that ties a day to its label starts, is hidden by the labels above, goes on and ends.
_TRAIT, _TRAIT_HAUT, _TRAIT_COUPE, _TRAIT_REPRISE, _TRAIT_BAS = 8.3, 9.7, 10.0, 17.0, 17.6
_TRAIT_BLANC = 0.7


def _list_sommes(lettre: Lettre | None) -> tuple[Somme, ...]:
    return () if lettre is None else lettre.sommes


def _arrange_lettre(lettre: Lettre, langue: str) -> DispositionLettre:
    decompte, dense = _measure_decomptes(lettre.decomptes, langue)
    reperes = lettre.frise.reperes if lettre.frise else ()
    etiquettes = [measure_repere(repere) for repere in reperes]
    textes = sum(count_lines(text, _GAUCHE_LARGEUR, _PETIT) for text in lettre.textes) * 10.5 * PT
    return DispositionLettre(
        ample=_is_short(lettre),
        textes_bas=textes > _TEXTES_HAUTEUR,
        offerts_gauche=_has_room(lettre),
        decompte=decompte,
        dense=dense,
        hauteur=_FRISE_HAUTEURS[any(etiquette.etage for etiquette in etiquettes)],
        segments=_measure_segments(lettre.frise) if lettre.frise else (),
        traits=tuple(_draw_trait(repere, etiquettes) for repere in reperes),
    )


def _is_short(lettre: Lettre) -> bool:
    """Say whether a letter is all text, and leaves more than half of the page empty."""
    if lettre.frise or lettre.decomptes or lettre.sommes:
        return False
    height = _SIGNATURE_HAUTEUR if lettre.signataire else 0.0
    for element in (*lettre.corps, *lettre.suite):
        if isinstance(element, Tableau):
            height += 12 + 6.2 * (len(element.lignes) + bool(element.total))
        else:
            text = "".join(morceau.texte for morceau in element.morceaux)
            height += count_lines(text, _CORPS_LARGEUR, _CORPS) * 13 * PT + 2.5
    height += sum(
        count_lines(text, _CORPS_LARGEUR, _CORPS) * 13 * PT + 2.5 for text in (lettre.appel, lettre.politesse)
    )
    return height < _LETTRE_COURTE


def _has_room(lettre: Lettre) -> bool:
    """Say whether the left half, beside what is owed, has room for what was given."""
    texts = (lettre.encart_titre, *lettre.encart, lettre.offerts)
    left = sum(count_lines(text, _GAUCHE_LARGEUR, 8) for text in texts) * 11 * PT + 1.6
    return left <= _measure_droite(lettre.sommes, _DROITE_LARGEUR - _measure_sommes(lettre.sommes))


def measure_repere(repere: Repere) -> Etiquette:
    """Return the room that the two lines under a day of the timeline take, mm.

    Why: whoever places the days chooses the levels, so that no two labels of one level meet.
    """
    regular, bold = load_metriques()
    width = max(bold.measure(repere.date), regular.measure(repere.label)) * FRISE_TAILLE * PT
    # The first and the last label are set flush with the outer edge of their dot.
    left = {
        "start": repere.x - _REPERE_DEMI,
        "middle": repere.x - width / 2,
        "end": repere.x + _REPERE_DEMI - width,
    }[repere.ancre]
    return Etiquette(left, left + width, repere.etage)


def _measure_segments(frise: Frise) -> tuple[Etiquette | None, ...]:
    regular, _ = load_metriques()
    placed: list[Etiquette | None] = []
    for segment in frise.segments:
        width = regular.measure(segment.label) * FRISE_TAILLE * PT
        left = (segment.x + segment.fin - width) / 2
        fits = segment.label and width <= segment.fin - segment.x
        placed.append(Etiquette(left, left + width, -1) if fits else None)
    return tuple(placed)


def _draw_trait(repere: Repere, etiquettes: Sequence[Etiquette]) -> str:
    """Return the line from a day to its label; it stops where it would cross a label of the upper level."""
    start = f"M{repere.x:.2f} {_TRAIT}V"
    if not repere.etage:
        return f"{start}{_TRAIT_HAUT}"
    crossed = any(
        not etiquette.etage and etiquette.gauche - _TRAIT_BLANC < repere.x < etiquette.droite + _TRAIT_BLANC
        for etiquette in etiquettes
    )
    return f"{start}{_TRAIT_COUPE}M{repere.x:.2f} {_TRAIT_REPRISE}V{_TRAIT_BAS}" if crossed else f"{start}{_TRAIT_BAS}"


def _measure_decomptes(decomptes: Sequence[DecompteImprime], langue: str) -> tuple[dict[str, float], bool]:
    """Return the widths of the columns of figures, the same for every invoice, and whether they are set smaller.

    Raises: RenduError R607 when less than 42 mm would be left for the period even at the small size.
    """
    regular, bold = load_metriques()
    textes = get_textes(langue)
    rows = [ligne for decompte in decomptes for ligne in decompte.lignes]
    tranches = [ligne for ligne in rows if ligne.kind == "tranche"]
    heads = {
        "jours": textes.decompte_jours,
        "taux": textes.decompte_taux,
        "base": textes.decompte_base,
        "interets": textes.decompte_interets,
    }
    cells = {
        "jours": [ligne.jours for ligne in rows],
        "taux": [ligne.taux for ligne in tranches],
        # What was paid stands in the column of what it lowers.
        "base": [ligne.montant if ligne.kind == "mouvement" else ligne.base for ligne in rows],
        "calcul": [ligne.detail for ligne in rows if ligne.kind != "mouvement"],
        "interets": [ligne.montant for ligne in rows if ligne.kind != "mouvement"],
    }
    if not any(cells["calcul"]):
        del cells["calcul"]
    left = 0.0
    for taille in (TAILLE, TAILLE_DENSE):
        widths = {}
        for name, texts in cells.items():
            widest = max((bold.measure(text, tabular=True) for text in texts), default=0.0) * taille * PT
            head = regular.measure(heads.get(name, "")) * 7 * PT
            widths[name] = max(_DECOMPTE_PLANCHERS[name], round(max(widest, head) + GOUTTIERE + 0.05, 1))
        left = LARGEUR - sum(widths.values())
        if left >= _PERIODE_MINIMALE:
            return widths, taille == TAILLE_DENSE
    raise RenduError(
        [
            Probleme(
                "R607",
                f"les colonnes de chiffres du décompte ne laissent que {max(left, 0):.0f} mm à la période, il en faut "
                f"{_PERIODE_MINIMALE:.0f}",
                "relancez chaque facture à part",
            )
        ]
    )


def measure_tableau(tableau: Tableau) -> tuple[float, ...]:
    """Return the widths of the columns of a table in a letter, mm: figures on one line, words share the rest.

    Why: words share it by the length of their longest cell, but none takes so much that the others break at
    every word.
    """
    regular, bold = load_metriques()
    widths: list[float] = []
    for index, head in enumerate(tableau.colonnes):
        cells = [row[index] for row in (*tableau.lignes, tableau.total) if index < len(row)]
        widest = max((bold.measure(cell, tabular=True) for cell in cells), default=0.0) * TAILLE * PT
        widths.append(max(_TABLEAU_PLANCHER, widest + GOUTTIERE, regular.measure(head) * 7 * PT + GOUTTIERE))
    words = [index for index in range(len(widths)) if index not in tableau.chiffres]
    room = LARGEUR - sum(widths[index] for index in tableau.chiffres if index < len(widths))
    # Figures that leave no room to the words go past the margin, which the layout refuses by name.
    room = max(room, _TABLEAU_PLANCHER * len(words))
    if words:
        shares = {index: min(widths[index], room * 0.6) for index in words}
        for index in words:
            widths[index] = room * shares[index] / sum(shares.values())
    return tuple(round(width, 1) for width in widths)


# --------------------------------------------------------------------------------------------------
# Style that depends on the document, and drawings

FILIGRANE_COULEUR = "#e4e7ea"
_FILIGRANE_LONGUEUR = 228.0
_ANGLE = -54.74  # the diagonal of an A4 sheet


@lru_cache(maxsize=16)
def draw_fond(mot: str, *, plis: bool = False) -> bytes:
    """Return the sheet's background, 210 x 297 mm: the watermark as outlines, the fold marks, or both.

    Why: outlines, because a word drawn as text would be extracted letter by letter amid the lines; on the
    page background, because `position: fixed` moves with the first page's margin. The colour is a literal:
    WeasyPrint paints CSS variables of an SVG black.

    Args:
        mot: a key of `polices/mots.json`, or "".
        plis: fold marks at 99 and 198 mm, for a sheet folded in three.

    Raises: ThemeError when the word was never drawn.
    """
    parts = ['<svg xmlns="http://www.w3.org/2000/svg" width="210mm" height="297mm" viewBox="0 0 210 297">']
    if mot:
        mots = json.loads((resource_dir("templates") / "polices" / "mots.json").read_text(encoding="utf-8"))["mots"]
        if mot not in mots:
            raise ThemeError(f"le filigrane « {mot} » n’existe pas : choisissez parmi {', '.join(sorted(mots))}")
        left, top, right, bottom = mots[mot]["boite"]
        scale = min(_FILIGRANE_LONGUEUR / (right - left), 42 / (bottom - top))
        trace, x, y = mots[mot]["trace"], -(left + right) / 2, -(top + bottom) / 2
        parts.append(
            f'<path fill="{FILIGRANE_COULEUR}" d="{trace}" transform="translate(105 148.5) '
            f'rotate({_ANGLE}) scale({scale:.6f}) translate({x:g} {y:g})"/>'
        )
    if plis:
        parts.append('<path fill="none" stroke="#c6ccd2" stroke-width="0.1" d="M5 99h4M5 198h4"/>')
    parts.append("</svg>")
    return "".join(parts).encode()


def _measure_titre(titre: str, largeur: float = _TITRE_LARGEUR, most: int = _TITRE) -> tuple[int, int]:
    """Return the size of a title in points and its lines: a long one is set smaller, then broken."""
    _, bold = load_metriques()
    width = bold.measure(titre) * PT
    size = next((size for size in range(most, _TITRE_MINIMUM - 1, -1) if width * size <= largeur), None)
    if size is not None:
        return size, 1
    return _TITRE_MINIMUM, max(2, count_lines(titre, largeur, _TITRE_MINIMUM, bold))


def _measure_logo(page: Page, most: int = _TITRE) -> float:
    """Return the height of the logo's box: less when the rows under the title would come too near the subject.

    Why: the subject stands under the fold and the address in the window whatever the document says; only the
    title may go up, in the room that the logo leaves free. Past that, the subject goes down.
    """
    regular, bold = load_metriques()
    rows = sum(max(count_lines(m.label, 29, 8, regular), count_lines(m.value, 41, 8, bold)) for m in page.metas)
    size, lines = _measure_titre(page.titre, most=most)
    needed = _TETE_META + rows * 11.2 * PT + (lines * size - _TITRE) * _TITRE_INTERLIGNE * PT
    return max(_LOGO_MINIMUM, round(_LOGO_HAUTEUR - max(0.0, needed - _TETE_LIBRE), 1))


def _style_titre(selector: str, titre: str, largeur: float, most: int) -> list[str]:
    size, _ = _measure_titre(titre, largeur, most)
    return [f"{selector}{{font-size:{size}pt;line-height:{size * _TITRE_INTERLIGNE:.1f}pt}}"] if size < most else []


def _style_lignes(page: Page, disposition: Disposition) -> list[str]:
    """Return the rules of a page that has a table: widths of its columns, paddings of its quantities."""
    return [
        *(
            f".c-{name}{{width:{getattr(disposition.largeurs, name):g}mm}}"
            for name in ("designation", "quantite", "unite", "prix", "tva", "montant")
        ),
        *(
            f".lignes .q{digits}{{padding-right:{_padding_em(digits, disposition.decimales):.3f}em}}"
            for digits in sorted({ligne.decimales for ligne in page.lignes} - {disposition.decimales})
        ),
        f".c-somme{{width:{disposition.montant_sommes:g}mm}}",
        f".c-deduction{{width:{disposition.montant_deductions:g}mm}}",
    ]


def _style_lettre(disposition: Disposition, lettre: DispositionLettre) -> list[str]:
    """Return the rules of a notice or a letter: widths of its columns of figures."""
    return [
        *(f".c-{name}{{width:{width:g}mm}}" for name, width in lettre.decompte.items()),
        f".c-somme{{width:{disposition.montant_sommes:g}mm}}",
    ]


def build_css(page: Page, disposition: Disposition) -> str:
    """Return the few rules that depend on this document: colours, column widths, paddings, background."""
    rules = [f":root{{--c1:{page.couleurs.principale};--c2:{page.couleurs.secondaire}}}"]
    if page.genre in _SANS_ENVELOPPE:
        rules += _style_titre(".texte h1", page.titre, LARGEUR, _TITRE_TEXTE)
    else:
        most = _TITRE_LETTRE if disposition.lettre else _TITRE
        rules += (
            _style_lettre(disposition, disposition.lettre) if disposition.lettre else _style_lignes(page, disposition)
        )
        rules += _style_titre("h1", page.titre, _TITRE_LARGEUR, most)
        logo = _measure_logo(page, most)
        if logo < _LOGO_HAUTEUR:
            rules.append(f".logo{{height:{logo:g}mm}}")
        if page.recueil:
            rules += _style_titre(".titre-recueil", page.recueil.titre, LARGEUR, _TITRE_TEXTE)
    if disposition.clauses:
        rules.append(f".manque{{background:{tint(page.couleurs.principale, _MANQUE_TEINTE)}}}")
    if disposition.signature_libre:
        rules.append(".signature{break-before:auto}")
    lines = len(page.destinataire)
    if 0 < lines < 6:
        # Centred on the 24 mm that every window shows.
        rules.append(f".adresse{{padding-top:{2 * (6 - lines)}mm}}")
    if page.filigrane:
        rules.append('@page{background:url("facture:fond.svg") 0 0/210mm 297mm no-repeat fixed}')
    if page.plis:
        rules.append('@page :first{background:url("facture:fond-plis.svg") 0 0/210mm 297mm no-repeat fixed}')
    return "\n".join(rules)


def build_ressources(page: Page) -> dict[str, bytes]:
    """Return the images this document asks for, by name: its logo, its background."""
    ressources = {}
    if page.logo:
        ressources[page.logo.nom] = page.logo.contenu
    if page.filigrane:
        ressources["fond.svg"] = draw_fond(page.filigrane)
    if page.plis:
        ressources["fond-plis.svg"] = draw_fond(page.filigrane, plis=True)
    return ressources
