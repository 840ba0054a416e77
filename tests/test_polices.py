"""The typeface shipped in templates/polices: what pages, measures and watermarks take for granted.

Facts are read from the files themselves, not from the script that built them.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fontTools.ttLib import TTFont

ROOT = Path(__file__).resolve().parent.parent
POLICES = ROOT / "templates" / "polices"

# file, weight, italic
FACES = {
    "FactureSans-Regular": (400, False),
    "FactureSans-Italic": (400, True),
    "FactureSans-SemiBold": (600, False),
    "FactureSans-SemiBoldItalic": (600, True),
}
MOTS = ("BROUILLON", "DRAFT", "DUPLICATA", "DUPLICATE", "SPECIMEN")

FINE = "\u202f"
INSECABLE = "\u00a0"
TRAIT_INSECABLE = "\u2011"


@pytest.fixture(scope="module", params=FACES)
def nom(request: pytest.FixtureRequest) -> str:
    """Each face in turn."""
    return str(request.param)


@pytest.fixture(scope="module")
def police(nom: str) -> Iterator[TTFont]:
    with TTFont(POLICES / f"{nom}.ttf") as ouverte:
        yield ouverte


@pytest.fixture(scope="module")
def metriques(nom: str) -> dict[str, Any]:
    face: dict[str, Any] = json.loads((POLICES / "metriques.json").read_text(encoding="utf-8"))[nom]
    return face


@pytest.fixture(scope="module")
def mots() -> dict[str, Any]:
    lus: dict[str, Any] = json.loads((POLICES / "mots.json").read_text(encoding="utf-8"))
    return lus


def list_fonctions(police: TTFont) -> set[str]:
    return {
        enregistrement.FeatureTag
        for table in ("GSUB", "GPOS")
        for enregistrement in police[table].table.FeatureList.FeatureRecord
    }


def map_tabulaires(police: TTFont) -> dict[str, str]:
    """Plain glyph to its tabular form."""
    table = police["GSUB"].table
    rangs = {
        rang
        for enregistrement in table.FeatureList.FeatureRecord
        if enregistrement.FeatureTag == "tnum"
        for rang in enregistrement.Feature.LookupListIndex
    }
    formes: dict[str, str] = {}
    for rang in rangs:
        for sous_table in table.LookupList.Lookup[rang].SubTable:
            formes |= getattr(sous_table, "ExtSubTable", sous_table).mapping
    return formes


def read_couverture() -> set[int]:
    codes: set[int] = set()
    for ligne in (POLICES / "couverture.txt").read_text(encoding="utf-8").splitlines():
        if not ligne.startswith("#"):
            debut, fin = ligne.split("-")
            codes |= set(range(int(debut, 16), int(fin, 16) + 1))
    return codes


def test_no_other_face_is_shipped() -> None:
    """A fifth file in the folder would become part of the family in silence."""
    assert {chemin.stem for chemin in POLICES.glob("*.*tf*")} == set(FACES)


def test_every_name_says_facture_sans(nom: str, police: TTFont) -> None:
    """fontconfig reads the family from IDs 1 and 16: were they different, it would list two families."""
    noms = police["name"]
    assert noms.getDebugName(1) == noms.getDebugName(16) == "Facture Sans"
    assert noms.getDebugName(21) is None
    assert noms.getDebugName(4).startswith("Facture Sans ")
    assert noms.getDebugName(6) == nom


def test_the_private_family_never_calls_itself_inter(police: TTFont) -> None:
    """Only the upstream notices and the description name Inter; a reader's own Inter must not be matched."""
    assert not [
        enregistrement.nameID
        for enregistrement in police["name"].names
        if "Inter" in enregistrement.toUnicode() and enregistrement.nameID not in {0, 7, 10}
    ]


def test_weight_and_slant_flags_agree(nom: str, police: TTFont) -> None:
    graisse, italique = FACES[nom]
    choix, style = police["OS/2"].fsSelection, police["head"].macStyle
    assert police["OS/2"].usWeightClass == graisse
    assert bool(choix & 1) is bool(style & 2) is italique
    assert bool(choix & 0b10_0000) is bool(style & 1) is (graisse == 600)
    assert bool(choix & 0b100_0000) is (nom == "FactureSans-Regular")
    assert (police["post"].italicAngle != 0) is italique


def test_two_names_describe_one_face_each() -> None:
    """Two faces with the same style name would hide each other."""
    styles = set()
    for nom in FACES:
        with TTFont(POLICES / f"{nom}.ttf") as police:
            styles.add((police["name"].getDebugName(2), police["name"].getDebugName(17)))
    assert styles == {
        ("Regular", "Regular"),
        ("Italic", "Italic"),
        ("Bold", "SemiBold"),
        ("Bold Italic", "SemiBold Italic"),
    }


def test_licence_travels_with_the_fonts(police: TTFont) -> None:
    """OFL, condition 2: each copy carries the copyright notice and the licence."""
    texte = (POLICES / "OFL.txt").read_text(encoding="utf-8")
    assert "SIL OPEN FONT LICENSE Version 1.1" in texte
    assert "The Inter Project Authors" in texte
    assert "Reserved Font Name" not in texte.splitlines()[0]
    assert "The Inter Project Authors" in police["name"].getDebugName(0)
    assert "SIL Open Font License" in police["name"].getDebugName(13)


def test_embedding_in_a_pdf_is_allowed(police: TTFont) -> None:
    """PDF/A refuses a font whose own flags restrict embedding."""
    assert police["OS/2"].fsType == 0


@pytest.mark.parametrize(
    "caracteres",
    [
        pytest.param("œŒŸæÆçÇéÉèàùâêîôûëïüÀÈÂÊ", id="french"),
        pytest.param("€«»’‘“”„–—…•·°²³‰†", id="punctuation"),
        pytest.param(INSECABLE + FINE + TRAIT_INSECABLE + "\u2009\u00ad", id="invisible"),
        pytest.param("−×÷±≤≥≠≈½¼¾→←↑↓✓™№", id="signs"),
        pytest.param("ʳˢªº", id="ordinals"),
        pytest.param("ŁłőŐșȘțȚşŞğĞİıžŽčČřŘđĐåÅøØñÑßẞ", id="european names"),
        pytest.param("\u0300\u0301\u0302\u0308\u0327", id="decomposed accents"),
    ],
)
def test_what_a_french_document_needs_is_drawn(police: TTFont, caracteres: str) -> None:
    cmap = police.getBestCmap()
    assert not [f"U+{ord(c):04X}" for c in caracteres if ord(c) not in cmap]


def test_latin_is_whole(police: TTFont) -> None:
    """U+0149 is the one hole: Unicode deprecates it and Inter does not draw it."""
    attendus = {*range(0x20, 0x7F), *range(0xA0, 0x17F)} - {0x149}
    assert attendus <= set(police.getBestCmap())


def test_narrow_space_is_a_fifth_of_an_em(police: TTFont) -> None:
    """Thousands line up from a regular line to a bold total, and stay readable at 8.5 pt."""
    chasse = police["hmtx"][police.getBestCmap()[ord(FINE)]][0]
    assert chasse == round(0.20 * police["head"].unitsPerEm)


def test_narrow_space_is_its_own_glyph(police: TTFont) -> None:
    """Shared with another space, it would be extracted from the PDF as that other space."""
    cmap = police.getBestCmap()
    assert [code for code, glyphe in cmap.items() if glyphe == cmap[ord(FINE)]] == [ord(FINE)]


def test_no_contextual_alternates(police: TTFont) -> None:
    """Inter's calt prints an arrow where the text layer keeps "->"."""
    assert "calt" not in list_fonctions(police)


def test_features_the_style_sheet_asks_for(police: TTFont) -> None:
    assert list_fonctions(police) >= {"tnum", "kern", "mark", "case", "sups", "ss02", "zero"}


def test_tabular_figures_share_one_width(police: TTFont) -> None:
    cmap, avances, formes = police.getBestCmap(), police["hmtx"], map_tabulaires(police)
    assert len({avances[formes[cmap[ord(chiffre)]]][0] for chiffre in "0123456789"}) == 1


def test_tabular_comma_is_as_wide_in_every_face() -> None:
    """Decimal alignment pads a column with one comma width, whatever the weight of the cell."""
    largeurs = set()
    for nom in FACES:
        with TTFont(POLICES / f"{nom}.ttf") as police:
            largeurs.add(police["hmtx"][map_tabulaires(police)[police.getBestCmap()[ord(",")]]][0])
    assert len(largeurs) == 1


def test_tabular_figures_are_never_kerned(police: TTFont) -> None:
    """Widths measured by adding advances are then those of the page, to a rounding."""
    cmap, formes = police.getBestCmap(), map_tabulaires(police)
    chiffres = {formes[cmap[ord(c)]] for c in "0123456789,."}
    rangs = {
        rang
        for enregistrement in police["GPOS"].table.FeatureList.FeatureRecord
        if enregistrement.FeatureTag == "kern"
        for rang in enregistrement.Feature.LookupListIndex
    }
    for rang in rangs:
        for sous_table in police["GPOS"].table.LookupList.Lookup[rang].SubTable:
            paire = getattr(sous_table, "ExtSubTable", sous_table)
            assert chiffres.isdisjoint(paire.Coverage.glyphs)


def test_no_hinting(police: TTFont) -> None:
    """Instructions are dead weight in a PDF, and a rasteriser that obeys them changes widths."""
    assert not {"fpgm", "prep", "cvt ", "hdmx"} & set(police.keys())


def test_couverture_agrees_with_every_face(police: TTFont) -> None:
    """The program decides from this file whether a character can be printed."""
    assert read_couverture() == set(police.getBestCmap())


def test_couverture_is_sorted_and_merged() -> None:
    """One range a line, four hexadecimal digits or more, none touching the next."""
    lignes = (POLICES / "couverture.txt").read_text(encoding="utf-8").splitlines()
    donnees = [ligne for ligne in lignes if not ligne.startswith("#")]
    assert all(re.fullmatch(r"[0-9A-F]{4,6}-[0-9A-F]{4,6}", ligne) for ligne in donnees)
    bornes = [tuple(int(borne, 16) for borne in ligne.split("-")) for ligne in donnees]
    assert all(debut <= fin for debut, fin in bornes)
    assert all(avant[1] + 1 < apres[0] for avant, apres in itertools.pairwise(bornes))


def test_metriques_agree_with_the_font(police: TTFont, metriques: dict[str, Any]) -> None:
    em, avances = police["head"].unitsPerEm, police["hmtx"]
    cmap, formes = police.getBestCmap(), map_tabulaires(police)
    assert metriques["unites_par_em"] == em
    assert metriques["ascendante"] == police["hhea"].ascent == police["OS/2"].sTypoAscender
    assert metriques["descendante"] == police["hhea"].descent == police["OS/2"].sTypoDescender
    assert metriques["chasses"] == {chr(code): round(1000 * avances[glyphe][0] / em) for code, glyphe in cmap.items()}
    assert metriques["chasses_tabulaires"] == {
        chr(code): round(1000 * avances[formes[glyphe]][0] / em)
        for code, glyphe in cmap.items()
        if glyphe in formes and avances[formes[glyphe]][0] != avances[glyphe][0]
    }


def test_metriques_of_an_amount(metriques: dict[str, Any]) -> None:
    """The figures the column widths are computed with, in thousandths of an em."""
    tabulaires = metriques["chasses_tabulaires"]
    assert {tabulaires[chiffre] for chiffre in "0123456789"} <= {647, 648}
    assert tabulaires[","] == 269
    assert metriques["chasses"][FINE] == 200
    assert FINE not in tabulaires


def test_watermark_words_are_outlines(mots: dict[str, Any]) -> None:
    """SVG path data, integers, y down: ink above the baseline is negative."""
    assert tuple(mots["mots"]) == MOTS
    assert mots["face"] == "FactureSans-SemiBold"
    for dessin in mots["mots"].values():
        gauche, haut, droite, bas = dessin["boite"]
        assert 0 <= gauche < droite <= dessin["chasse"]
        assert haut <= -1400
        assert 0 <= bas <= 40
        assert re.fullmatch(r"[MLHVQZ0-9 ,-]+", dessin["trace"])
        assert dessin["trace"].startswith("M")
        assert dessin["trace"].endswith("Z")


def test_watermark_words_are_as_wide_as_their_letters(mots: dict[str, Any]) -> None:
    """Within what kerning takes: a lost or doubled letter would show."""
    with TTFont(POLICES / "FactureSans-SemiBold.ttf") as police:
        cmap, avances = police.getBestCmap(), police["hmtx"]
        assert mots["unites_par_em"] == police["head"].unitsPerEm
        for mot, dessin in mots["mots"].items():
            somme = sum(avances[cmap[ord(lettre)]][0] for lettre in mot)
            assert 0.95 * somme <= dessin["chasse"] <= somme


def test_fontconfig_sees_this_folder_only() -> None:
    """No system font can enter a document, wherever the package is installed."""
    racine = ET.parse(POLICES / "fonts.conf").getroot()
    assert racine.tag == "fontconfig"
    assert [(d.get("prefix"), d.text) for d in racine.iter("dir")] == [("relative", ".")]
    assert racine.find("include") is None
    # Any folder that can be written would be; one that cannot makes fontconfig complain on stderr.
    assert [c.text for c in racine.iter("cachedir")] == ["/dev/null"]


RENDU = """
import io, logging, os, sys, warnings
os.environ["FONTCONFIG_FILE"] = sys.argv[1]
warnings.simplefilter("error", UserWarning)
import pikepdf, weasyprint
logging.getLogger("weasyprint").addHandler(logging.StreamHandler())
page = '<html lang="fr"><title>t</title><style>*{font-family:%s}</style><p>%s'
corps = ('Œuvre <i>italique</i> <b style="font-weight:600">gras <i>et italique</i></b> '
         '<span style="font-family:Arial">1\\u202f234,56 € − ✓</span> <code>soft\\u00adhyphen</code>')
pdf = pikepdf.open(io.BytesIO(weasyprint.HTML(string=page % ('"Facture Sans"', corps)).write_pdf()))
for objet in pdf.objects:
    if isinstance(objet, pikepdf.Dictionary) and objet.get("/Type") == "/FontDescriptor":
        # Six letters and a plus come before the name of a subset.
        print(str(objet.FontName).partition("+")[2])
"""


def test_weasyprint_embeds_these_faces_and_no_other(tmp_path: Path) -> None:
    """No @font-face rule, nothing on stderr, nothing written in the user's home; Arial falls back to ours.

    In a process of its own, so that what importing WeasyPrint prints and writes is seen too.
    """
    pytest.importorskip("weasyprint")
    pytest.importorskip("pikepdf")
    execution = subprocess.run(
        [sys.executable, "-B", "-c", RENDU, str(POLICES / "fonts.conf")],
        capture_output=True, text=True, encoding="utf-8", check=False,
        env={**os.environ, "HOME": str(tmp_path), "XDG_CACHE_HOME": "", "PYTHONUTF8": "1"},
    )  # fmt: skip
    assert (execution.returncode, execution.stderr) == (0, "")
    assert sorted(execution.stdout.split()) == [
        "Facture-Sans",
        "Facture-Sans-Italic",
        "Facture-Sans-Semi-Bold",
        "Facture-Sans-Semi-Bold-Italic",
    ]
    assert list(tmp_path.iterdir()) == []
