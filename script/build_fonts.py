#!/usr/bin/env python3
"""Build the typeface shipped in ``templates/polices`` from the npm package ``inter-ui``.

Run it once after changing the character set or the upstream version, then look at the diff::

    pip install "fonttools[woff]"
    python script/build_fonts.py                        # fetches the package with ``npm pack``
    python script/build_fonts.py inter-ui-4.1.1.tgz     # or a package already downloaded

Why a private family, "Facture Sans": a document that asks for "Inter" gets, for any weight this
project does not ship, whatever Inter the reader's machine has installed. Inter's licence reserves
no name, so the subset may be renamed.

Why static TTF subsets rather than the upstream WOFF2: WeasyPrint decompresses a WOFF2 and subsets
its 2,900 glyphs for every document, which multiplies the time of a one-page devis by three.

The output depends on the package and on nothing else: no clock, no environment.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
import unicodedata
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.pens.boundsPen import BoundsPen
from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont
from fontTools.ttLib.tables.otBase import USE_HARFBUZZ_REPACKER

PAQUET = "inter-ui"
VERSION = "4.1.1"
# As published by the npm registry (dist.integrity): the fonts become part of every legal document
# the program prints, so the bytes they come from are pinned.
INTEGRITE = "sha512-451h0J29HyOmA+JXgSi/6M12tL7ZCZ8arYKZUXiOXTJpJbAKqJvFh3k5SiV3x7tKe0C0KyrKUUiQIvvZ2PQDcA=="

DOSSIER = Path(__file__).resolve().parent.parent / "templates" / "polices"
FAMILLE = "Facture Sans"

ESPACE_FINE_INSECABLE = 0x202F
TRAIT_UNION = 0x2010
TRAIT_UNION_CONDITIONNEL = 0x00AD
# Inter draws U+202F at .182 em in 400 and .166 in 600: too thin to separate thousands, and a bold
# total would not align with the regular lines above it.
CHASSE_FINE_EM = 0.20

# Not `calt`: it draws "->" as an arrow on paper while the text layer keeps "->", so the page and
# what is copied or archived from it would differ.
FONCTIONS_OPENTYPE = (
    "kern", "mark", "ccmp", "locl", "tnum", "case", "sups", "ordn", "ss02", "zero",
)  # fmt: skip

# Copyright, trademark, makers and licence stay as upstream wrote them; the OFL asks for it.
NOMS_CONSERVES = (0, 7, 8, 9, 11, 12, 13, 14)

MOTS = ("BROUILLON", "DRAFT", "DUPLICATA", "DUPLICATE", "SPECIMEN")


@dataclass(frozen=True)
class Face:
    """One face to ship: where it comes from, what it is called, what it claims to be."""

    source: str
    fichier: str
    style: str
    graisse: int
    italique: bool

    @property
    def style_lie(self) -> str:
        """Name ID 2, which only knows four styles.

        Why "Bold" for the 600: the two-name scheme (IDs 1 and 2) then describes the same family as
        the typographic one (IDs 16 and 17), and fontconfig lists one family name instead of also
        creating "Facture Sans SemiBold".
        """
        gras = self.graisse >= 600
        return {
            (False, False): "Regular",
            (False, True): "Italic",
            (True, False): "Bold",
            (True, True): "Bold Italic",
        }[gras, self.italique]

    @property
    def nom_postscript(self) -> str:
        return f"{FAMILLE}-{self.style}".replace(" ", "")


FACES = (
    Face("Inter-Regular", "FactureSans-Regular", "Regular", 400, italique=False),
    Face("Inter-Italic", "FactureSans-Italic", "Italic", 400, italique=True),
    Face("Inter-SemiBold", "FactureSans-SemiBold", "SemiBold", 600, italique=False),
    Face("Inter-SemiBoldItalic", "FactureSans-SemiBoldItalic", "SemiBold Italic", 600, italique=True),
)

# What a French invoice may have to print, with its author's, its client's and their banks' names:
# Latin-1 and Latin Extended-A whole, then only signs somebody would type or paste on purpose.
INTERVALLES: tuple[tuple[int, int], ...] = (
    (0x0020, 0x017E),
    (0x0218, 0x021B),  # Ș ș Ț ț, the Romanian letters with a comma, not a cedilla
    (0x2002, 0x200B),  # fixed spaces and the zero-width space that lets a long URL break
    (0x2010, 0x2022),  # hyphens, dashes, quotation marks, daggers, bullet
    (0x202F, 0x202F),
    (0x2070, 0x208E),  # superscripts, and subscripts for CO₂
    (0x20A0, 0x20C0),  # currencies
    (0x2150, 0x215E),  # fractions
    (0x2190, 0x2199),  # arrows
)
SIGNES = (
    "ƒẞ"
    "ʳˢˡᵈᵉᵐᵒᵗ"  # 1ᵉʳ, 2ᵈ, Mᵐᵉ, Mˡˡᵉ, Sᵗ, written without markup
    "ʼˆˇ˘˙˚˛˜˝"
    "…‰′″‹›⁄"
    "ℓ№℗℠™Ω℮℃℉"
    "Ωμ"  # ohm and micro as Unicode normalisation writes them; the rest of Greek is left out
    "↩↳⇐⇒⇔"
    "∂∅∆∏∑−√∞∫≈≠≤≥"
    "■□▪▲▶▼◀◆◊○●◦★☆♥⚠✓✗"
)  # fmt: skip

# Without these the program would refuse ordinary documents: their absence upstream is an error.
OBLIGATOIRES = "œŒŸæÆçÇéÉ€«»’‘“”„‚–—…•·°²³½ªº×÷−±≤≥≠≈‰←↑→↓✓™№ŁłőșțȘȚʳˢ\u00a0\u00ad\u2009\u2011\u202f"


def list_caracteres() -> set[int]:
    """Code points wanted in every face, before knowing which ones upstream draws.

    Why the combining marks: a name pasted from a macOS file name is decomposed (e + U+0301); with
    the mark in the font it prints like the composed letter instead of failing.
    """
    voulus = {c for debut, fin in INTERVALLES for c in range(debut, fin + 1)}
    voulus |= {ord(signe) for signe in SIGNES}
    marques = {
        ord(morceau)
        for code in voulus
        for morceau in unicodedata.normalize("NFD", chr(code))
        if unicodedata.combining(morceau)
    }
    return voulus | marques


@contextmanager
def open_paquet(chemin: Path | None) -> Iterator[Path]:
    """Give the unpacked package folder, from a folder, a tarball, or the npm registry.

    Raises:
        SystemExit: the tarball is not the one pinned above, or the folder is another version.
    """
    with tempfile.TemporaryDirectory(prefix="build-fonts-") as nom:
        temporaire = Path(nom)
        if chemin is None:
            subprocess.run(
                ["npm", "pack", "--silent", f"{PAQUET}@{VERSION}"],
                cwd=temporaire, check=True, stdout=subprocess.DEVNULL,
            )  # fmt: skip
            chemin = temporaire / f"{PAQUET}-{VERSION}.tgz"
        if chemin.is_file():
            empreinte = base64.b64encode(hashlib.sha512(chemin.read_bytes()).digest()).decode()
            if f"sha512-{empreinte}" != INTEGRITE:
                sys.exit(f"{chemin}: not the published {PAQUET} {VERSION} (sha512-{empreinte})")
            with tarfile.open(chemin) as archive:
                archive.extractall(temporaire, filter="data")
            chemin = temporaire / "package"
        version = json.loads((chemin / "package.json").read_text(encoding="utf-8"))["version"]
        if version != VERSION:
            sys.exit(f"{chemin}: {PAQUET} {version}, expected {VERSION}")
        yield chemin


def load_face(paquet: Path, face: Face) -> TTFont:
    """Read one upstream face, uncompressed, with its own dates kept (no clock in the output)."""
    police = TTFont(paquet / "web" / f"{face.source}.woff2", recalcTimestamp=False)
    police.flavor = None
    # Packed by uharfbuzz where it is installed, the same tables come out in other bytes.
    police.cfg[USE_HARFBUZZ_REPACKER] = False
    return police


def subset_face(police: TTFont, codes: set[int]) -> None:
    """Keep `codes` and the features above, and settle the two invisible characters.

    Why U+00AD: upstream lacks it. HarfBuzz never draws a soft hyphen, but a font that does not
    list it makes the character look unprintable.
    """
    for table in police["cmap"].tables:
        if table.isUnicode():
            table.cmap[TRAIT_UNION_CONDITIONNEL] = table.cmap[TRAIT_UNION]
            table.cmap.setdefault(ESPACE_FINE_INSECABLE, table.cmap[0x2009])

    options = subset.Options(
        layout_features=list(FONCTIONS_OPENTYPE),
        layout_scripts=["DFLT", "latn"],
        name_IDs=[*NOMS_CONSERVES],
        name_languages=[0x409],
        notdef_outline=True,
        hinting=False,
        glyph_names=False,
        recalc_timestamp=False,
    )
    reducteur = subset.Subsetter(options)
    reducteur.populate(unicodes=codes)
    reducteur.subset(police)

    glyphe = police.getBestCmap()[ESPACE_FINE_INSECABLE]
    em = police["head"].unitsPerEm
    police["hmtx"][glyphe] = (round(CHASSE_FINE_EM * em), 0)


def format_version(police: TTFont) -> str:
    """Upstream's revision, three decimals: 4.001."""
    return f"{police['head'].fontRevision:.3f}"


def name_face(police: TTFont, face: Face) -> None:
    """Give the face its private name, and flags that agree with the name."""
    noms = police["name"]
    version = format_version(police)
    for identifiant, texte in (
        (1, FAMILLE),
        (2, face.style_lie),
        (3, f"{version};{face.nom_postscript}"),
        (4, f"{FAMILLE} {face.style}"),
        (5, f"Version {version}"),
        (6, face.nom_postscript),
        (10, f"Subset of Inter {version} for the program facture, see script/build_fonts.py"),
        (16, FAMILLE),
        (17, face.style),
    ):
        noms.setName(texte, identifiant, 3, 1, 0x409)
    noms.names.sort()

    os2, tete = police["OS/2"], police["head"]
    os2.usWeightClass = face.graisse
    gras = face.graisse >= 600
    conserve = os2.fsSelection & ~0b0110_0001  # clear REGULAR, BOLD, ITALIC
    os2.fsSelection = (
        conserve
        | (0b0000_0001 if face.italique else 0)
        | (0b0010_0000 if gras else 0)
        | (0b0100_0000 if not gras and not face.italique else 0)
    )
    tete.macStyle = (1 if gras else 0) | (2 if face.italique else 0)


def map_tabulaires(police: TTFont) -> dict[str, str]:
    """Glyph to glyph, as the `tnum` feature substitutes them."""
    table = police["GSUB"].table
    indices = {
        i
        for enregistrement in table.FeatureList.FeatureRecord
        if enregistrement.FeatureTag == "tnum"
        for i in enregistrement.Feature.LookupListIndex
    }
    remplacements: dict[str, str] = {}
    for i in sorted(indices):
        for sous_table in table.LookupList.Lookup[i].SubTable:
            remplacements |= getattr(sous_table, "ExtSubTable", sous_table).mapping
    return remplacements


def measure_face(police: TTFont) -> dict[str, Any]:
    """Advance widths of every covered character, in thousandths of an em, rounded.

    Returns:
        `chasses` for plain text, kerning left out; `chasses_tabulaires` only for the characters
        whose width `font-variant-numeric: tabular-nums` changes.
    """
    em: int = police["head"].unitsPerEm
    avances = police["hmtx"].metrics
    tabulaires = map_tabulaires(police)
    caracteres = sorted(police.getBestCmap().items())

    def milliemes(unites: int) -> int:
        return round(1000 * unites / em)

    return {
        "unites_par_em": em,
        "ascendante": police["hhea"].ascent,
        "descendante": police["hhea"].descent,
        "hauteur_capitale": police["OS/2"].sCapHeight,
        "hauteur_x": police["OS/2"].sxHeight,
        "chasses": {chr(c): milliemes(avances[g][0]) for c, g in caracteres},
        "chasses_tabulaires": {
            chr(c): milliemes(avances[tabulaires[g]][0])
            for c, g in caracteres
            if g in tabulaires and avances[tabulaires[g]][0] != avances[g][0]
        },
    }


def kern_pair(police: TTFont, gauche: str, droite: str) -> int:
    """Horizontal kerning between two glyphs, font units, as the `kern` lookups give it."""
    table = police["GPOS"].table
    indices = {
        i
        for enregistrement in table.FeatureList.FeatureRecord
        if enregistrement.FeatureTag == "kern"
        for i in enregistrement.Feature.LookupListIndex
    }
    total = 0
    for i in sorted(indices):
        for sous_table in table.LookupList.Lookup[i].SubTable:
            paire = getattr(sous_table, "ExtSubTable", sous_table)
            if gauche not in paire.Coverage.glyphs:
                continue
            if paire.Format == 1:
                rang = paire.Coverage.glyphs.index(gauche)
                trouvees = [p.Value1 for p in paire.PairSet[rang].PairValueRecord if p.SecondGlyph == droite]
                # Format 1 lists exceptions: a pair it does not name goes on to the classes below.
                if not trouvees:
                    continue
                valeur = trouvees[0]
            else:
                classe1 = paire.ClassDef1.classDefs.get(gauche, 0)
                classe2 = paire.ClassDef2.classDefs.get(droite, 0)
                valeur = paire.Class1Record[classe1].Class2Record[classe2].Value1
            total += int(getattr(valeur, "XAdvance", 0)) if valeur else 0
            break
    return total


def draw_mot(police: TTFont, mot: str) -> dict[str, Any]:
    """Outline one word, so that a watermark is a picture: it must not extract as scattered letters.

    Returns:
        `chasse` (advance of the whole word), `boite` (left, top, right, bottom of the ink) and
        `trace` (SVG path data), font units, y down, baseline at 0.
    """
    glyphes = police.getGlyphSet()
    cmap = police.getBestCmap()
    crayon = SVGPathPen(glyphes, ntos=lambda valeur: str(round(valeur)))
    cadre = BoundsPen(glyphes)
    x = 0
    precedent: str | None = None
    for lettre in mot:
        glyphe = cmap[ord(lettre)]
        if precedent is not None:
            x += kern_pair(police, precedent, glyphe)
        for cible in (crayon, cadre):
            glyphes[glyphe].draw(TransformPen(cible, (1, 0, 0, -1, x, 0)))
        x += police["hmtx"][glyphe][0]
        precedent = glyphe
    return {
        "chasse": x,
        "boite": [round(valeur) for valeur in cadre.bounds],
        "trace": crayon.getCommands(),
    }


def format_couverture(codes: Iterable[int]) -> str:
    """Code points as sorted inclusive ranges, one a line."""
    lignes = [
        f"# Code points present in every face of {FAMILLE}, inclusive ranges, hexadecimal.",
        "# Written by script/build_fonts.py: change the character set there, not here.",
    ]
    debut = fin = -2
    for code in [*sorted(codes), sys.maxunicode + 2]:
        if code != fin + 1:
            if debut >= 0:
                lignes.append(f"{debut:04X}-{fin:04X}")
            debut = code
        fin = code
    return "\n".join(lignes) + "\n"


def format_json(donnees: dict[str, Any]) -> str:
    """JSON with one line per leaf mapping: a diff shows the face that changed, not 2,000 lines."""

    def lignes(valeur: Any, retrait: str) -> str:
        if isinstance(valeur, dict) and any(isinstance(v, dict) for v in valeur.values()):
            corps = ",\n".join(f"{retrait} {json.dumps(cle)}: {lignes(v, retrait + ' ')}" for cle, v in valeur.items())
            return f"{{\n{corps}\n{retrait}}}"
        return json.dumps(valeur)

    return lignes(donnees, "") + "\n"


FONTS_CONF = f"""\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<!-- Written by script/build_fonts.py. The only fonts a document may use are the ones in this
     folder: the same YAML then gives the same page on every machine.
     prefix="relative" needs fontconfig 2.13.91 or later. -->
<fontconfig>
  <dir prefix="relative">.</dir>
  <!-- Without a cachedir fontconfig writes in /var/cache or in the user's home; with one that
       cannot be written it prints an error for each document. /dev/null passes for writable and
       keeps nothing: four small files are scanned again each time instead. -->
  <cachedir>/dev/null</cachedir>
  <match target="pattern">
    <edit name="family" mode="append_last" binding="weak"><string>{FAMILLE}</string></edit>
  </match>
  <!-- Widths must not depend on the machine's rasteriser settings. -->
  <match target="pattern">
    <edit name="antialias" mode="assign"><bool>true</bool></edit>
    <edit name="hinting" mode="assign"><bool>false</bool></edit>
    <edit name="autohint" mode="assign"><bool>false</bool></edit>
    <edit name="hintstyle" mode="assign"><const>hintnone</const></edit>
  </match>
</fontconfig>
"""


def build(paquet: Path, sortie: Path) -> None:
    """Write every file of the shipped folder.

    Raises:
        SystemExit: upstream lacks a character that French documents cannot do without.
    """
    sources = {face: load_face(paquet, face) for face in FACES}
    communs = set.intersection(*(set(police.getBestCmap()) for police in sources.values()))
    codes = list_caracteres() & (communs | {TRAIT_UNION_CONDITIONNEL, ESPACE_FINE_INSECABLE})
    absents = sorted(set(OBLIGATOIRES) - {chr(code) for code in codes})
    if absents:
        sys.exit("missing from the upstream font: " + ", ".join(f"U+{ord(c):04X}" for c in absents))

    sortie.mkdir(parents=True, exist_ok=True)
    faces: dict[str, TTFont] = {}
    for face, police in sources.items():
        subset_face(police, codes)
        name_face(police, face)
        chemin = sortie / f"{face.fichier}.ttf"
        police.save(chemin, reorderTables=True)
        # Measured on the file written, so that what the program reads is what is shipped.
        faces[face.fichier] = TTFont(chemin, lazy=False)

    (sortie / "OFL.txt").write_bytes((paquet / "LICENSE.txt").read_bytes())
    textes = {
        "fonts.conf": FONTS_CONF,
        "couverture.txt": format_couverture(codes),
        "metriques.json": format_json({nom: measure_face(p) for nom, p in faces.items()}),
        "mots.json": format_json(
            {
                "face": "FactureSans-SemiBold",
                "unites_par_em": faces["FactureSans-SemiBold"]["head"].unitsPerEm,
                "mots": {mot: draw_mot(faces["FactureSans-SemiBold"], mot) for mot in MOTS},
            }
        ),
    }
    for nom, texte in textes.items():
        (sortie / nom).write_text(texte, encoding="utf-8", newline="\n")


def main() -> None:
    analyseur = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    analyseur.add_argument(
        "paquet", nargs="?", type=Path,
        help=f"folder or tarball of {PAQUET} {VERSION} (default: fetched with npm pack)",
    )  # fmt: skip
    analyseur.add_argument("--sortie", type=Path, default=DOSSIER, help="output folder")
    arguments = analyseur.parse_args()
    with open_paquet(arguments.paquet) as paquet:
        build(paquet, arguments.sortie)
    for fichier in sorted(arguments.sortie.iterdir()):
        print(f"{fichier.stat().st_size:>8}  {fichier.name}")


if __name__ == "__main__":
    main()
