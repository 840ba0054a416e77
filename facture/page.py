"""The printed page as plain strings: what a template may show, and nothing it would have to compute.

Why: a template is the worst place to compute. Everything here arrives already formatted (« 1 234,50 », « 22
novembre 2026 »), so a theme can move, hide or restyle a figure but never change it, and a test of a template
needs no engine.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from facture.errors import FactureError
from facture.prose import Bloc, to_plain

Genre = Literal["devis", "facture", "avoir", "conditions", "contrat", "relance", "courrier"]
SommeKind = Literal["reel", "offert", "remise", "ht", "tva", "moyen", "total", "suite", "titre"]
DeductionKind = Literal["total", "acompte", "reste"]
Gravite = Literal["erreur", "avertissement"]


# --------------------------------------------------------------------------------------------------
# What can go wrong


@dataclass(frozen=True, slots=True, order=True)
class Probleme:
    """One thing wrong with a page.

    Why: not a `Diagnostic`, because it has no line in a YAML file: it is known only once the page is laid
    out.
    """

    code: str
    message: str
    advice: str = ""
    severity: Gravite = "erreur"

    def to_text(self) -> str:
        """Return `R602 : message (advice)`."""
        return f"{self.code} : {self.message}" + (f" ({self.advice})" if self.advice else "")


class RenduError(FactureError):
    """The page cannot be printed as it is; holds every `Probleme` found, never just the first."""

    exit_code = 1

    def __init__(self, problemes: Iterable[Probleme]) -> None:
        self.problemes = tuple(dict.fromkeys(problemes))
        super().__init__("\n".join(probleme.to_text() for probleme in self.problemes))

    def __reduce__(self) -> tuple[type[RenduError], tuple[tuple[Probleme, ...]]]:
        # Without this an error raised in a worker process (`--jobs`) comes back without its problems.
        return (type(self), (self.problemes,))


class ThemeError(FactureError):
    """A theme or its colours cannot be used: whose file, which line, what is wrong."""

    exit_code = 2

    def __init__(self, message: str, file: str = "", line: int = 0) -> None:
        self.message, self.file, self.line = message, file, line
        place = f"{file}:{line}: " if file and line else f"{file}: " if file else ""
        super().__init__(place + message)

    def __reduce__(self) -> tuple[type[ThemeError], tuple[str, str, int]]:
        return (type(self), (self.message, self.file, self.line))


# --------------------------------------------------------------------------------------------------
# Colours

# Source: WCAG 2.2, success criterion 1.4.3 (contrast of text, level AA).
CONTRASTE_MINIMAL = 4.5
_COULEUR = re.compile(r"#[0-9a-fA-F]{6}", re.ASCII)


def _channels(couleur: str) -> tuple[int, int, int]:
    if not _COULEUR.fullmatch(couleur):
        raise ThemeError(
            f'couleur « {couleur} » illisible : écrivez-la entre guillemets, en six chiffres, comme "#1d4e5f"'
        )
    return int(couleur[1:3], 16), int(couleur[3:5], 16), int(couleur[5:7], 16)


def contrast_ratio(couleur: str, fond: str = "#ffffff") -> float:
    """Return the contrast of two colours, from 1 (the same) to 21 (black on white).

    Why: it is a ratio of luminances, so it still holds when the page is printed in grey.

    Args:
        couleur: text colour, `#rrggbb`.
        fond: background colour, `#rrggbb`.

    Source: WCAG 2.2, definitions of « contrast ratio » and « relative luminance ».
    """

    def luminance(value: str) -> float:
        linear = [
            c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4
            for c in (channel / 255 for channel in _channels(value))
        ]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(couleur), luminance(fond)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def tint(couleur: str, part: float) -> str:
    """Return `couleur` mixed with white, `part` of it being the colour (0.6: a 60 % tint).

    Why: WeasyPrint refuses `color-mix()`.
    """
    return "#" + "".join(f"{round(c * part + 255 * (1 - part)):02x}" for c in _channels(couleur))


@dataclass(frozen=True, slots=True)
class Couleurs:
    """The two colours a user may set: `principale` for structure, `secondaire` for the gift alone.

    Raises: ThemeError when one is not `#rrggbb`, or is too pale to be read on white paper.
    """

    principale: str = "#1d4e5f"
    secondaire: str = "#8a3b1f"

    def __post_init__(self) -> None:
        for name, value in (("principale", self.principale), ("secondaire", self.secondaire)):
            ratio = contrast_ratio(value)
            if ratio < CONTRASTE_MINIMAL:
                shown = f"{ratio:.1f}".replace(".", ",")
                raise ThemeError(
                    f"couleur {name} « {value} » trop pâle pour être lue sur du papier blanc : "
                    f"contraste {shown}, il en faut 4,5 ; prenez-la plus sombre"
                )

    @property
    def claire(self) -> str:
        """The 60 % tint of the main colour, for drawings."""
        return tint(self.principale, 0.6)


# --------------------------------------------------------------------------------------------------
# The view model


@dataclass(frozen=True, slots=True)
class Meta:
    """A row under the title: « Date », « 22 novembre 2026 »; `strong` for the one date that matters."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Emetteur:
    """The sender at the top right: name, then at most five lines.

    Attributes:
        enseigne: name set large at the top left when there is no logo.
    """

    nom: str
    lignes: tuple[str, ...] = ()
    enseigne: str = ""


@dataclass(frozen=True, slots=True)
class Logo:
    """An image of the project: `nom` for messages, its bytes, and what a blind reader hears."""

    nom: str
    contenu: bytes
    texte: str


@dataclass(frozen=True, slots=True)
class Colonnes:
    """Heads of the columns that change: HT, TTC or franchise; `tva` False drops the VAT column."""

    prix: str
    montant: str
    tva: bool = True

    @property
    def nombre(self) -> int:
        """How many columns the table has."""
        return 6 if self.tva else 5


@dataclass(frozen=True, slots=True)
class Reduction:
    """The second row of a reduced or given line.

    Why: the struck amount stands on the first row and the net on the second, so that the unstruck figures of
    the last column add up to the total.

    Attributes:
        kind: `remise` or `offert`; only the gift gets the warm colour.
        label: « Remise 10 % » or « Remise 100 %, offert ».
        detail: « sur 1 800,00 », or nothing.
        motif: the reason, as the user wrote it.
        net: amount of the last column.
    """

    kind: Literal["remise", "offert"]
    label: str
    detail: str
    motif: str
    net: str


@dataclass(frozen=True, slots=True)
class Ligne:
    """A line of the table, already formatted.

    Attributes:
        decimales: how many digits `quantite` shows after its comma; the column is aligned on the widest.
        montant: gross amount when there is a `reduction` (it is then struck), else the net.
        cumul: sum of the nets up to and with this line, carried to the next page.
    """

    designation: str
    quantite: str
    prix: str
    montant: str
    cumul: str
    tva: str = ""
    unite: str = ""
    decimales: int = 0
    description: str = ""
    contenu: tuple[str, ...] = ()
    reference: str = ""
    periode: str = ""
    reduction: Reduction | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """Lines under a title with their sub-total, or lines alone when `titre` is empty."""

    lignes: tuple[Ligne, ...]
    titre: str = ""
    sous_total: str = ""


@dataclass(frozen=True, slots=True)
class Option:
    """Something the client may add: never in the table, never beside a sum."""

    designation: str
    prix: str
    detail: str = ""
    contenu: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Somme:
    """A row of the totals.

    Attributes:
        kind: `reel` and `remise` grey, `offert` warm, `ht` in 600 under a hairline, `tva` plain, `moyen` in
            600, `total` large under a thick rule, `suite` small and grey below it; `titre` has no amount and
            says what the rows under it are.
    """

    kind: SommeKind
    label: str
    montant: str


@dataclass(frozen=True, slots=True)
class LigneVentilation:
    """How a discount on the whole was shared: base of a VAT rate before it, its share, base after it, VAT."""

    taux: str
    base: str
    part: str
    nette: str
    tva: str = ""


@dataclass(frozen=True, slots=True)
class LigneDeduction:
    """A row of the final invoice: the whole job, an acompte taken off, or what is left to bill.

    Attributes:
        detail: what an acompte takes back at each rate, when it has several.
    """

    kind: DeductionKind
    label: str
    ht: str
    tva: str
    ttc: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Promesse:
    """A dated promise, or any pair set as « when, what »."""

    quand: str
    quoi: str


@dataclass(frozen=True, slots=True)
class Echeance:
    """A row of the payment schedule."""

    quoi: str
    quand: str
    montant: str


@dataclass(frozen=True, slots=True)
class Paiement:
    """How to pay by transfer.

    Attributes:
        iban: in groups of four, joined by no-break spaces.
        epc: payload of the QR code (`build_epc`), empty for none.
        autres: other ways to pay, one sentence each.
    """

    titulaire: str
    iban: str
    bic: str = ""
    montant: str = ""
    reference: str = ""
    epc: str = ""
    autres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Signature:
    """Two boxes; the right one stands by itself, so that a photograph of it says what was agreed.

    Attributes:
        pour: « Pour Atelier Nord ».
        pour_detail: « Claire Martin, présidente, le 22 novembre 2026 ».
        accord: « Bon pour accord, devis D2026-014, 6 078,35 € TTC ».
        accord_detail: « Date, nom, qualité et signature du client ».
    """

    pour: str
    accord: str
    pour_detail: str = ""
    accord_detail: str = ""


@dataclass(frozen=True, slots=True)
class Article:
    """A clause printed on the document.

    Attributes:
        numero: its number on the page, « 4 ».
        titre: its title.
        blocs: its paragraphs and lists; `marque` of a paragraph is its own number, « 4.1 », when there are several.
        ancre: name that the table of contents points to.
        encadre: print in a frame, paragraphs unnumbered: a text that the law wants reproduced as it is.
    """

    numero: str
    titre: str
    blocs: tuple[Bloc, ...]
    ancre: str = ""
    encadre: bool = False


@dataclass(frozen=True, slots=True)
class Chapitre:
    """Articles of one theme, under its title; without a title when they are few."""

    articles: tuple[Article, ...]
    titre: str = ""


@dataclass(frozen=True, slots=True)
class Recueil:
    """Numbered articles under a title: general conditions, alone or annexed, or the body of a contract.

    Attributes:
        titre: « Conditions générales de prestation ».
        sous_titre: version, date, public, what they are annexed to, digits of their fingerprint.
        courant: running head of their pages when they are annexed to another document.
        sommaire: print a table of contents: only worth it when they are long.
    """

    titre: str
    chapitres: tuple[Chapitre, ...]
    sous_titre: str = ""
    courant: str = ""
    sommaire: bool = False

    @property
    def articles(self) -> tuple[Article, ...]:
        """Every article, whatever its chapter."""
        return tuple(chain.from_iterable(chapitre.articles for chapitre in self.chapitres))


@dataclass(frozen=True, slots=True)
class PartieContrat:
    """One of the two parties of a contract: what it is called in it, then its identity.

    Attributes:
        role: « Le prestataire ».
        nom: its name.
        lignes: form, seat, register, who signs.
    """

    role: str
    nom: str
    lignes: tuple[str, ...] = ()


# --- Letters ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tableau:
    """A plain table inside a letter: prices that change, invoices that are due.

    Attributes:
        titre: its caption, read first by who does not see the page.
        colonnes: heads; `chiffres` are the indexes of the columns of figures, set to the right.
        total: a last row under a rule, empty for none.
    """

    titre: str
    colonnes: tuple[str, ...]
    lignes: tuple[tuple[str, ...], ...]
    chiffres: tuple[int, ...] = ()
    total: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LigneDecompte:
    """A row of the working of late interest.

    Attributes:
        kind: `tranche` (days at a rate), `mouvement` (a payment or an avoir: no days, no rate), `total`.
        periode: « du 16 au 30 juin 2026 », or « 20 juillet 2026, paiement reçu ».
        detail: working to four decimals, « 5,9918 », or how a payment was spread.
        montant: interest of the row, or what was paid; it re-adds with its neighbours to the total.
    """

    kind: Literal["tranche", "mouvement", "total"]
    periode: str
    montant: str
    jours: str = ""
    taux: str = ""
    base: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class DecompteImprime:
    """The working of one invoice: « Facture F2026-019 du 15 mai 2026, échue le 15 juin 2026 », its rule, its rows."""

    titre: str
    regle: str
    lignes: tuple[LigneDecompte, ...]


@dataclass(frozen=True, slots=True)
class Repere:
    """A day on the timeline.

    Attributes:
        x: millimetres from the left of the drawing, which is 170 wide.
        kind: decides the shape: a full dot (`echeance`, `arrete`), a ring (`semestre`, `attendu`), a diamond
            (`relance`), a square (`reglement`).
        etage: 0 for the upper line of labels, 1 for the lower: neighbours nearer than 24 mm take turns.
        ancre: side of the dot where the label stands; the first starts there, the last ends there.
    """

    x: float
    date: str
    label: str
    kind: Literal["echeance", "semestre", "relance", "reglement", "avoir", "arrete", "attendu"]
    etage: int = 0
    ancre: Literal["start", "middle", "end"] = "middle"


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the timeline, from `x` to `fin` in millimetres, with what is said above it."""

    x: float
    fin: float
    label: str = ""
    ton: Literal["fort", "clair", "fin"] = "fort"


@dataclass(frozen=True, slots=True)
class Frise:
    """The timeline: `titre` says it whole, for who does not see it."""

    titre: str
    reperes: tuple[Repere, ...]
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lettre:
    """The body of a notice or a letter.

    Attributes:
        appel: « Madame, Monsieur, ».
        corps: paragraphs, lists and tables before the working.
        frise, decomptes, comptage: the timeline, one working an invoice, how the days are counted.
        sommes: what is owed, beside `encart`: a title and a few lines (« D’ici au 18 juillet »).
        offerts: what was given on these invoices, in one calm line.
        suite: paragraphs after the working.
        textes: articles of law that the letter rests on, one sentence each.
        politesse: last words.
        signataire: name and quality, one line each.
        pieces: what is joined.
    """

    appel: str
    corps: tuple[Bloc | Tableau, ...] = ()
    frise: Frise | None = None
    decomptes: tuple[DecompteImprime, ...] = ()
    comptage: str = ""
    encart_titre: str = ""
    encart: tuple[str, ...] = ()
    sommes: tuple[Somme, ...] = ()
    offerts: str = ""
    suite: tuple[Bloc | Tableau, ...] = ()
    textes: tuple[str, ...] = ()
    politesse: str = ""
    signataire: tuple[str, ...] = ()
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A document ready to be laid out: nothing but text.

    Attributes:
        genre: which template to use: `devis.html.j2`, `facture.html.j2`, `avoir.html.j2`, `conditions.html.j2`,
            `contrat.html.j2`, `relance.html.j2` or `courrier.html.j2`; only the first three have lines and totals.
        langue: `fr`, `fr-BE`, `fr-CH` or `en`; the labels of the page and the hyphenation follow it.
        titre: « Devis », « Facture d’acompte », « Brouillon de devis ».
        numero: « n° D2026-014 » or « n° à attribuer ».
        courant: running head of the next pages, « Facture F2026-031 du 22 novembre 2026, Atelier Nord pour
            Dupont ».
        titre_pdf, auteur, sujet: metadata of the PDF.
        date_iso: date of the document, `2026-11-22`: the only date the PDF knows.
        destinataire: lines of the address, as on the envelope.
        apres: rows of the totals that come after the deductions (« Net à payer »).
        remise_globale: label of the share column, « Remise », when `ventilation` is not empty.
        pied: identity at the foot of every page, at most three lines of 126 mm.
        filigrane: word behind the text, a key of `mots.json`, or nothing. The title must say it too: the
            watermark is drawn, not written, so that it never gets into copied text.
        plis: print the two fold marks on the first page.
        a_completer: what a draft still lacks, listed on its first page.
        articles: clauses printed on the document itself, above the signature.
        acceptation: which conditions are accepted with the document, said above the signature.
        recueil: conditions annexed to the document on pages of their own, or the articles of a `conditions` or a
            `contrat`.
        parties, preambule, annexes: of a contract: who signs, why, and what is joined to it.
        lettre: body of a `relance` or a `courrier`, which have no lines.
    """

    genre: Genre
    langue: str = "fr"
    titre: str
    numero: str
    courant: str
    titre_pdf: str
    auteur: str
    sujet: str = ""
    date_iso: str
    metas: tuple[Meta, ...] = ()
    emetteur: Emetteur
    destinataire: tuple[str, ...] = ()
    livraison: tuple[str, ...] = ()
    objet: str = ""
    introduction: tuple[str, ...] = ()
    colonnes: Colonnes = field(default_factory=lambda: Colonnes("", ""))
    sections: tuple[Section, ...] = ()
    options: tuple[Option, ...] = ()
    sommes: tuple[Somme, ...] = ()
    ventilation: tuple[LigneVentilation, ...] = ()
    remise_globale: str = ""
    deductions: tuple[LigneDeduction, ...] = ()
    apres: tuple[Somme, ...] = ()
    conditions_de_reussite: tuple[str, ...] = ()
    promesses: tuple[Promesse, ...] = ()
    echeancier: tuple[Echeance, ...] = ()
    en_lettres: str = ""
    mentions: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    a_completer: tuple[str, ...] = ()
    articles: tuple[Article, ...] = ()
    acceptation: str = ""
    recueil: Recueil | None = None
    parties: tuple[PartieContrat, ...] = ()
    preambule: tuple[str, ...] = ()
    annexes: tuple[str, ...] = ()
    lettre: Lettre | None = None
    paiement: Paiement | None = None
    signature: Signature | None = None
    pied: tuple[str, ...] = ()
    filigrane: str = ""
    plis: bool = False
    logo: Logo | None = None
    couleurs: Couleurs = field(default_factory=Couleurs)

    @property
    def lignes(self) -> tuple[Ligne, ...]:
        """Every line of the table, whatever its section."""
        return tuple(chain.from_iterable(section.lignes for section in self.sections))


def to_plain_text(page: Page) -> str:
    """Return a notice or a letter as text: what a person reads aloud, without head nor foot."""
    lettre = page.lettre
    if lettre is None:
        return ""
    blocks = [page.objet, *page.introduction, lettre.appel, _write_blocs(lettre.corps)]
    for decompte in lettre.decomptes:
        rows = [
            _write_row((row.periode, row.jours, row.taux, row.base, row.detail, row.montant)) for row in decompte.lignes
        ]
        blocks.append("\n".join((decompte.titre, decompte.regle, *rows)))
    blocks += [lettre.comptage, "\n".join(_write_row((somme.label, somme.montant)) for somme in lettre.sommes)]
    if lettre.sommes:
        blocks.append("\n".join((lettre.encart_titre, *lettre.encart)))
    blocks += [lettre.offerts, _write_blocs(lettre.suite), lettre.politesse, "\n".join(lettre.signataire)]
    blocks += ["\n".join(lettre.textes), "\n".join(lettre.pieces)]
    return "\n\n".join(block for block in blocks if block)


def _write_row(cells: Iterable[str]) -> str:
    return "  ".join(cell for cell in cells if cell)


def _write_blocs(blocs: Iterable[Bloc | Tableau]) -> str:
    """Return paragraphs apart, items and rows one a line."""
    lines: list[str] = []
    for bloc in blocs:
        if isinstance(bloc, Tableau):
            rows = [_write_row(row) for row in (bloc.colonnes, *bloc.lignes, bloc.total)]
            lines += ["", *(row for row in rows if row)]
        elif bloc.kind == "p":
            lines += ["", to_plain((bloc,))]
        else:
            lines.append(to_plain((bloc,)))
    return "\n".join(lines).strip("\n")
