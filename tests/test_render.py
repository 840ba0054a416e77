"""The PDF itself: facts read back from it, and everything that must keep it from being made."""

from __future__ import annotations

import os
import pickle
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass, replace
from functools import cache
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from fixtures_page import (
    PAGES,
    make_brouillon,
    make_conditions,
    make_contrat,
    make_devis,
    make_devis_annexe,
    make_facture,
)
from PIL import Image

from facture.page import Emetteur, Logo, Page, Probleme, ThemeError
from facture.render import (
    Epreuve,
    RenduError,
    check_image,
    compose,
    compute_empreinte,
    fingerprint,
    press,
    read_empreinte,
)
from facture.themes import load_theme

RACINE = Path(__file__).resolve().parent.parent


@cache
def pdf_of(name: str) -> bytes:
    """Return the PDF of a page, made once for all the tests."""
    return press(compose(PAGES[name]()))


@cache
def texts_of(name: str) -> tuple[tuple[str, ...], ...]:
    """Return the runs of text of each page, in the order they are painted.

    Why: read with the fonts' own ToUnicode tables, which is what a reader copies; no other program needed.
    """
    with pikepdf.open(BytesIO(pdf_of(name))) as pdf:
        return tuple(read_page(page) for page in pdf.pages)


def read_page(page: pikepdf.Page) -> tuple[str, ...]:
    """Return the runs of text of one page."""
    tables = {name: read_tounicode(font) for name, font in page.Resources.Font.items()}
    runs: list[str] = []
    table: dict[int, str] = {}
    for operands, operator in pikepdf.parse_content_stream(page):
        if str(operator) == "Tf":
            table = tables[str(operands[0])]
        elif str(operator) == "TJ":
            codes = b"".join(bytes(part) for part in operands[0] if isinstance(part, pikepdf.String))
            pairs = zip(codes[::2], codes[1::2], strict=True)
            runs.append("".join(table[high << 8 | low] for high, low in pairs))
    return tuple(runs)


def read_tounicode(font: pikepdf.Object) -> dict[int, str]:
    """Return glyph -> text of an embedded font."""
    cmap = font.ToUnicode.read_bytes().decode("ascii")
    pairs = re.findall(r"<([0-9a-fA-F]{4})> *<([0-9a-fA-F]+)>", cmap.partition("endcodespacerange")[2])
    return {int(code, 16): bytes.fromhex(text).decode("utf-16-be") for code, text in pairs}


def squeeze(text: str) -> str:
    """Return a text without any space or hyphen: lines may break anywhere, U+202F may read as a space."""
    return re.sub(r"[\s\u00a0\u202f\u00ad\u2010-]", "", text)


def strings_of(value: object) -> Iterator[str]:
    """Yield every text of a page that must be readable on paper."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from strings_of(item)
    elif is_dataclass(value) and not isinstance(value, type):
        hidden = {"genre", "langue", "kind", "filigrane", "titre_pdf", "auteur", "sujet", "date_iso", "cumul"}
        hidden |= {"epc", "logo", "couleurs", "courant", "style", "ancre"}
        for one in fields(value):
            if one.name not in hidden:
                yield from strings_of(getattr(value, one.name))


# --------------------------------------------------------------------------------------------------
# Facts of the PDF


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("facture-1", 1), ("devis", 1), ("brouillon", 1), ("facture-60", 3), ("anglais", 1),
        ("conditions", 1), ("conditions-longues", 3), ("devis-annexe", 2), ("contrat", 2),
    ],
)  # fmt: skip
def test_number_of_pages(name: str, pages: int) -> None:
    with pikepdf.open(BytesIO(pdf_of(name))) as pdf:
        assert len(pdf.pages) == pages


@pytest.mark.parametrize(
    "name",
    [
        "devis", "facture-60", "anglais", "solde", "remise-globale", "mots-longs",
        "conditions", "conditions-longues", "conditions-anglaises", "devis-annexe", "brouillon-incomplet", "contrat",
    ],
)  # fmt: skip
def test_every_word_is_in_the_text(name: str) -> None:
    """All that the page was given can be read and copied: totals, mentions, reasons, identity."""
    found = squeeze("".join(run for page in texts_of(name) for run in page))
    page = PAGES[name]()
    if page.genre in ("conditions", "contrat"):
        # No letterhead: who it comes from stands in the text, and at the foot.
        page = replace(page, emetteur=Emetteur(""))
    for text in strings_of(page):
        assert squeeze(text) in found, text


def test_carried_totals_agree_on_every_page() -> None:
    pages = ["".join(page) for page in texts_of("facture-60")]
    carried = [re.search(r"À reporter[\s\u00a0]+([\d\u202f]+,\d\d)", page) for page in pages]
    brought = [re.search(r"Report[\s\u00a0]+([\d\u202f]+,\d\d)", page) for page in pages]
    assert [bool(match) for match in carried] == [True, True, False]
    assert [bool(match) for match in brought] == [False, True, True]
    for left, right in zip(carried, brought[1:], strict=False):
        assert left and right and left[1] == right[1]
    cumuls = {ligne.cumul for ligne in PAGES["facture-60"]().lignes}
    assert all(match[1] in cumuls for match in carried if match)


def test_section_titles_and_totals_are_never_alone() -> None:
    """A title is followed by a line of its section; the page of the totals also has a line."""
    page = PAGES["facture-60"]()
    firsts = {section.titre: section.lignes[0].designation for section in page.sections}
    seen = 0
    for runs in texts_of("facture-60"):
        for index, run in enumerate(runs):
            if run in firsts:
                assert runs[index + 1] == firsts[run]
                seen += 1
    assert seen == len(firsts)
    assert any(run.startswith("Maintenance corrective") for run in texts_of("facture-60")[-1])


@pytest.mark.parametrize("count", [7, 13, 16, 20, 31, 36, 37, 40, 55, 71, 72])
def test_the_foot_never_comes_without_a_line(count: int) -> None:
    """Whatever the length, the totals stand under the last line, no title is alone, what is carried agrees."""
    page = make_facture(count)
    PAGES.setdefault(f"facture-{count}", lambda: page)
    pages = texts_of(f"facture-{count}")
    firsts = {section.titre: section.lignes[0].designation for section in page.sections if section.titre}
    firsts |= {"Conditions": "Prestation", "En toutes lettres": "Facture", "Payer par virement": "Titulaire"}
    for runs in pages:
        for title, after in zip(runs, (*runs[1:], ""), strict=True):
            assert title not in firsts or after.startswith(firsts[title]), title
    (with_totals,) = [number for number, runs in enumerate(pages) if "Total HT" in runs]
    assert page.lignes[-1].designation in pages[with_totals]
    texts = ["".join(runs) for runs in pages]
    for number, text in enumerate(texts):
        carried = re.search(r"À reporter[\s\u00a0]+([\d\u202f]+,\d\d)", text)
        assert bool(carried) is (number < with_totals)
        if carried:
            assert re.search(rf"(?<!À )Report[\s\u00a0]+{carried[1]}", texts[number + 1])


# --------------------------------------------------------------------------------------------------
# Clauses


def find_pages(name: str) -> dict[str, int]:
    """Return the page of each article's title, by its number as printed there."""
    found = {}
    for number, runs in enumerate(texts_of(name), start=1):
        for first, second in pairwise(runs):
            if re.fullmatch(r"\d+ ", first) and not second.isdigit():
                # The last place wins: the table of contents comes before the articles.
                found[first] = number
    return found


def test_the_table_of_contents_gives_the_right_pages() -> None:
    runs = texts_of("conditions-longues")[0]
    printed = {
        number: int(page)
        for number, _, page in zip(runs, runs[1:], runs[2:], strict=False)
        if re.fullmatch(r"\d+ ", number) and page.isdigit()
    }
    assert len(printed) == 40
    assert printed == find_pages("conditions-longues")
    assert set(printed.values()) == {1, 2, 3}


def test_each_entry_of_the_table_of_contents_is_one_tagged_link() -> None:
    with pikepdf.open(BytesIO(pdf_of("conditions-longues"))) as pdf:
        links = [str(annotation.Dest) for annotation in pdf.pages[0].Annots]
        assert links == [f"article-{number}" for number in range(1, 41)]
        names = list(pdf.Root.Names.Dests.Names)
        assert {str(name) for name in names[::2]} == set(links)
        tags = [tag for tag in walk_tags(pdf.Root.StructTreeRoot) if tag.get("/S") == "/Link"]
        assert len(tags) == len(links)
        assert all(any("/Obj" in kid for kid in tag.K if isinstance(kid, pikepdf.Dictionary)) for tag in tags)


@pytest.mark.parametrize("name", ["conditions", "conditions-longues", "devis-annexe", "contrat"])
def test_titles_go_down_one_level_at_a_time_from_a_single_one(name: str) -> None:
    """What a screen reader lists, and what a viewer shows beside the page."""
    with pikepdf.open(BytesIO(pdf_of(name))) as pdf:
        tags = [str(tag.get("/S")) for tag in walk_tags(pdf.Root.StructTreeRoot)]
        levels = [int(tag[2:]) for tag in tags if re.fullmatch(r"/H\d", tag)]
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(levels))
        with pdf.open_outline() as outline:
            (top,) = outline.root
            titles = [top.title, *(one.title for one in walk_outline(top.children))]
    page = PAGES[name]()
    assert titles[0] == page.titre
    assert page.recueil
    wanted = [f"{one.numero} {one.titre}" for one in page.recueil.articles]
    assert [title for title in titles if re.match(r"\d+ ", title)] == wanted


def walk_outline(items: list[pikepdf.OutlineItem]) -> Iterator[pikepdf.OutlineItem]:
    """Yield bookmarks, the first level first."""
    for item in items:
        yield item
        yield from walk_outline(item.children)


def test_lists_in_a_clause_are_tagged_as_lists() -> None:
    with pikepdf.open(BytesIO(pdf_of("conditions"))) as pdf:
        tags = [str(tag.get("/S")) for tag in walk_tags(pdf.Root.StructTreeRoot)]
    assert (tags.count("/L"), tags.count("/LI")) == (3, 7)


def test_annexed_conditions_have_their_own_running_head() -> None:
    page = PAGES["devis-annexe"]()
    first, second = ("".join(runs) for runs in texts_of("devis-annexe"))
    assert page.recueil
    assert page.recueil.courant not in first and page.courant not in first
    assert page.recueil.courant in second and page.courant not in second
    assert page.acceptation[:60] in first and "Bon pour accord" in first
    long = "".join(texts_of("conditions-longues")[2])
    assert PAGES["conditions-longues"]().courant in long


@pytest.fixture
def documents(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Return a list that gets each document the engine lays out."""
    import weasyprint

    made: list[Any] = []
    render = weasyprint.HTML.render

    def spy(self: weasyprint.HTML, **options: object) -> weasyprint.Document:
        made.append(render(self, **options))
        return made[-1]

    monkeypatch.setattr(weasyprint.HTML, "render", spy)
    return made


def read_columns(document: Any) -> Iterator[list[Any]]:
    """Yield the element of each line of each column, or of each page that has none."""
    from weasyprint.formatting_structure import boxes

    def walk(box: Any, element: Any) -> Iterator[Any]:
        element = box.element if box.element_tag in ("h2", "h3", "p", "li") else element
        if isinstance(box, boxes.LineBox):
            yield element
        elif isinstance(box, boxes.ParentBox):
            for child in box.children:
                yield from walk(child, element)

    for page in document.pages:
        columns = [box for box in page._page_box.descendants() if box.is_column]
        for column in columns or [page._page_box.children[0]]:
            yield list(walk(column, None))


@pytest.mark.parametrize("count", [19, 26, 33])
@pytest.mark.parametrize(
    "make",
    [make_conditions, lambda count: make_conditions(count, chapitres=4), make_devis_annexe, make_contrat],
    ids=["conditions", "chapters", "annexed", "contract"],
)
def test_no_title_and_no_short_piece_at_the_foot_of_a_column(
    make: Callable[[int], Page], count: int, documents: list[Any]
) -> None:
    """Whatever the length, no title is left behind, and a paragraph is cut in pieces of three lines or more."""
    press(compose(make(count)))
    columns = [lines for lines in read_columns(documents[-1]) if lines]
    assert len(columns) >= 2
    titles = [element for lines in columns for element in lines if element is not None and element.tag in ("h2", "h3")]
    assert len(titles) >= count
    for before, after in pairwise(columns):
        last = before[-1]
        assert last is None or last.tag not in ("h2", "h3")
        if last is not None and last in after:
            assert min(before.count(last), after.count(last)) >= 3


@pytest.mark.parametrize("count", [4, 5, 6, 16, 28])
def test_signatures_are_never_alone_on_a_page(count: int) -> None:
    """The last lines of the contract and its annexes come along, and both boxes stay together."""
    PAGES.setdefault(f"contrat-{count}", lambda: make_contrat(count))
    last = texts_of(f"contrat-{count}")[-1]
    place = last.index("Annexes")
    assert {"Pour Atelier Nord", "Pour Dupont et Fils", "Calendrier des livraisons"} <= set(last[place:])
    article_lines = [run for run in last[:place] if len(run) > 40]
    assert len(article_lines) >= 2
    assert not any("Pour Atelier Nord" in runs for runs in texts_of(f"contrat-{count}")[:-1])


def test_a_fault_in_the_sheet_of_clauses_is_said_by_its_name(tmp_path: Path) -> None:
    """A theme may have its own; it is read by the pages that need it, between the theme's sheet and the document's."""
    (tmp_path / "maison").mkdir()
    (tmp_path / "maison" / "clauses.css").write_text("p{colour:red}", encoding="utf-8")
    (tmp_path / "maison" / "style.css").write_text(load_theme().read("style.css"), encoding="utf-8")
    theme = load_theme("maison", [tmp_path])
    proof = compose(replace(make_conditions(1), recueil=None), theme)
    assert len(proof.css) == len(proof.fichiers) == 3
    assert any("maison/clauses.css : Ignored" in line for line in refuse(proof))
    assert len(compose(make_devis(), theme).css) == 2


def test_a_text_wider_than_its_column_is_named() -> None:
    page = replace(make_conditions(), recueil=PAGES["conditions-longues"]().recueil)
    wide = compose(page)
    wide = replace(wide, css=(*wide.css, "#article-1 { white-space: nowrap }"))
    assert press(wide)
    html = wide.html.replace("Objet et acceptation</h3>", "Objet et acceptation, " * 5 + "</h3>")
    (found,) = refuse(replace(wide, html=html))
    assert found.startswith("R602 : page 1, « Objet et acceptation")
    assert "dépasse sa colonne" in found


# --------------------------------------------------------------------------------------------------
# The second try


def count_pages(pdf: bytes) -> int:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return len(opened.pages)


@pytest.fixture
def layouts(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that gets the number of pages of each layout the engine makes."""
    import weasyprint

    made: list[int] = []
    render = weasyprint.HTML.render

    def spy(self: weasyprint.HTML, **options: object) -> weasyprint.Document:
        document = render(self, **options)
        made.append(len(document.pages))
        return document

    monkeypatch.setattr(weasyprint.HTML, "render", spy)
    return made


def test_a_nearly_empty_last_page_is_saved(layouts: list[int]) -> None:
    epreuve = compose(PAGES["facture-serree"]())
    assert count_pages(press(epreuve)) == 1
    assert layouts == [2, 1]
    assert count_pages(press(replace(epreuve, serre=""))) == 2


def test_a_page_left_early_is_filled(layouts: list[int]) -> None:
    """Eight lines: a tall foot went overleaf and took the last line along, less air brings both back."""
    pdf = press(compose(PAGES["facture-8"]()))
    assert layouts == [2, 2]
    before = press(replace(compose(PAGES["facture-8"]()), serre=""))
    assert "Total HT" in first_page(pdf)
    assert "Total HT" not in first_page(before)


def first_page(pdf: bytes) -> str:
    with pikepdf.open(BytesIO(pdf)) as opened:
        return "".join(read_page(opened.pages[0]))


@pytest.mark.parametrize("name", ["facture-1", "devis", "facture-12", "facture-60", "conditions", "conditions-longues"])
def test_most_documents_are_laid_out_once(name: str, layouts: list[int]) -> None:
    press(compose(PAGES[name]()))
    assert len(layouts) == 1


def test_the_blank_before_annexed_conditions_is_meant(layouts: list[int]) -> None:
    """Half a page stays empty under a short devis: nothing could fill it."""
    press(compose(replace(make_facture(1), recueil=make_devis_annexe().recueil)))
    assert layouts == [2]


def test_a_few_lines_of_conditions_overleaf_are_saved(layouts: list[int]) -> None:
    """Each part is judged by itself: the devis has its page, its conditions would spill on a second one."""
    page = replace(make_devis_annexe(17), acceptation="")
    assert count_pages(press(compose(page))) == 2
    assert layouts == [3, 2]
    layouts.clear()
    press(compose(replace(make_devis_annexe(22), acceptation="")))
    assert layouts == [3], "half a page is more than any air"


def test_a_tighter_layout_that_saves_nothing_is_dropped(layouts: list[int]) -> None:
    epreuve = compose(make_facture(7))
    once = press(replace(epreuve, serre=""))
    assert count_pages(press(epreuve)) == count_pages(once)
    loose = press(replace(epreuve, serre="p { color: #1b1f23 }"))
    assert layouts[0] == 2 and count_pages(loose) == 2


def test_a_fault_in_the_tighter_sheet_is_said_by_who_needs_it() -> None:
    epreuve = replace(compose(PAGES["facture-serree"]()), serre="p{colour:red}")
    assert any("feuille serrée" in line and "colour:red" in line for line in refuse(epreuve))


def test_a_theme_with_its_own_sheet_has_its_own_tighter_one_or_none(tmp_path: Path) -> None:
    (tmp_path / "maison" / "macros").mkdir(parents=True)
    theme = tmp_path / "maison"
    (theme / "style.css").write_text("p { margin: 0 }", encoding="utf-8")
    assert compose(make_devis(), load_theme("maison", [tmp_path])).serre == ""
    (theme / "serre.css").write_text("p { line-height: 1 }", encoding="utf-8")
    assert compose(make_devis(), load_theme("maison", [tmp_path])).serre == "p { line-height: 1 }"
    (theme / "style.css").unlink()
    (theme / "devis.html.j2").write_text("x", encoding="utf-8")
    assert compose(make_devis(), load_theme("maison", [tmp_path])).serre == "p { line-height: 1 }"
    (theme / "serre.css").unlink()
    assert compose(make_devis(), load_theme("maison", [tmp_path])).serre == compose(make_devis()).serre != ""


def test_running_head_and_page_numbers() -> None:
    page = PAGES["facture-60"]()
    for number, runs in enumerate(texts_of("facture-60"), start=1):
        text = "".join(runs)
        assert f"page {number} / 3" in text
        assert (page.courant in text) is (number > 1)
        assert squeeze(page.pied[0]) in squeeze(text)


def test_only_our_fonts_are_embedded() -> None:
    with pikepdf.open(BytesIO(pdf_of("devis"))) as pdf:
        fonts = [font for page in pdf.pages for font in page.Resources.Font.values()]
        names = {str(font.DescendantFonts[0].FontDescriptor.FontName) for font in fonts}
        assert names
        assert all("Facture-Sans" in name for name in names), names
        assert all("/FontFile2" in font.DescendantFonts[0].FontDescriptor for font in fonts)


def test_it_is_tagged_dated_and_says_what_it_is() -> None:
    with pikepdf.open(BytesIO(pdf_of("devis"))) as pdf:
        root = pdf.Root
        assert str(root.Lang) == "fr"
        assert bool(root.MarkInfo.Marked)
        assert str(pdf.docinfo.CreationDate) == str(pdf.docinfo.ModDate) == "D:20261122000000Z"
        assert str(pdf.docinfo.Title) == "Devis D2026-014, Refonte du site vitrine"
        assert str(pdf.docinfo.Author) == "Atelier Nord"
        assert str(pdf.docinfo.Subject) == "Refonte du site vitrine"
        xmp = root.Metadata.read_bytes()
        assert b'pdfaid:part="3"' in xmp
        assert b'pdfaid:conformance="A"' in xmp
        assert b'pdfuaid:part="1"' in xmp
        assert xmp.count(b"<rdf:RDF") == 1
        figures = [tag for tag in walk_tags(root.StructTreeRoot) if tag.get("/S") == "/Figure"]
        assert [str(figure.Alt) for figure in figures] == ["Atelier Nord"]


def walk_tags(element: pikepdf.Object) -> Iterator[pikepdf.Object]:
    """Yield the tags of the structure tree."""
    for child in element.get("/K", pikepdf.Array()):
        if isinstance(child, pikepdf.Dictionary):
            yield child
            yield from walk_tags(child)


def test_the_watermark_is_not_text() -> None:
    runs = texts_of("brouillon")[0]
    assert "Brouillon de devis" in runs
    assert not any("BROUILLON" in run for run in runs)
    assert pdf_of("brouillon") != pdf_of("devis")


def test_an_all_gift_page_prints_zero_and_no_code() -> None:
    with pikepdf.open(BytesIO(pdf_of("offerte"))) as pdf:
        figures = [tag for tag in walk_tags(pdf.Root.StructTreeRoot) if tag.get("/S") == "/Figure"]
    assert len(figures) == 1, "the logo alone"
    assert "0,00\u00a0€" in texts_of("offerte")[0]


# --------------------------------------------------------------------------------------------------
# Fingerprints


def test_the_digest_is_in_the_file(tmp_path: Path) -> None:
    path = tmp_path / "devis.pdf"
    path.write_bytes(pdf_of("devis"))
    expected = compute_empreinte(compose(make_devis()))
    assert re.fullmatch("[0-9a-f]{32}", expected)
    assert read_empreinte(path) == expected
    with pikepdf.open(path) as pdf:
        assert bytes(pdf.trailer.ID[0]).decode() == expected


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"startxref\n99999\n%%EOF\n", b"startxref\n3\n%%EOF\n"])
def test_no_digest_in_a_file_that_is_not_ours(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "autre.pdf"
    path.write_bytes(content)
    assert read_empreinte(path) is None
    assert read_empreinte(tmp_path / "absent.pdf") is None


@pytest.mark.parametrize(
    "change",
    [
        {"html": "x"}, {"css": ("a",)}, {"css": ("a", "b")}, {"langue": "en"}, {"titre": "x"}, {"auteur": "x"},
        {"sujet": "x"}, {"serre": "x"}, {"date_iso": "2026-11-23"}, {"ressources": {"a": b"b"}},
        {"ressources": {"ab": b""}},
    ],
)  # fmt: skip
def test_every_input_changes_the_digest(change: dict[str, object]) -> None:
    epreuve = Epreuve(html="h", css=("ab",), langue="fr", titre="t", auteur="a", date_iso="2026-11-22")
    assert compute_empreinte(replace(epreuve, **change)) != compute_empreinte(epreuve)  # type: ignore[arg-type]


def test_fingerprint_names_what_decides_the_bytes() -> None:
    assert set(fingerprint()) >= {"facture", "weasyprint", "pydyf", "pillow", "pango", "harfbuzz", "polices"}


_SCRIPT = """
import sys
sys.path[:0] = sys.argv[1:3]
from fixtures_page import make_devis
from facture.render import compose, compute_empreinte, press
epreuve = compose(make_devis())
compute_empreinte(epreuve)
assert "weasyprint" not in sys.modules and "PIL" not in sys.modules
sys.stdout.buffer.write(press(epreuve))
"""


def test_same_bytes_everywhere_and_a_late_engine(tmp_path: Path) -> None:
    """Another process, time zone, hash seed, locale and folder; and the digest never loads the engine."""
    environment = {**os.environ, "TZ": "Asia/Tokyo", "PYTHONHASHSEED": "7", "LC_ALL": "C"}
    environment.pop("FONTCONFIG_FILE", None)
    made = subprocess.run(
        [sys.executable, "-c", _SCRIPT, str(RACINE), str(RACINE / "tests")],
        check=True, capture_output=True, cwd=tmp_path, env=environment,
    )  # fmt: skip
    assert made.stdout == pdf_of("devis")
    assert made.stderr == b""
    assert press(compose(make_devis())) == pdf_of("devis")


# --------------------------------------------------------------------------------------------------
# Refusals


def test_proofs_and_errors_cross_processes() -> None:
    """`--jobs` sends proofs to workers and gets their errors back, whole."""
    epreuve = compose(make_devis())
    assert pickle.loads(pickle.dumps(epreuve)) == epreuve
    error = RenduError([Probleme("R601", "message", "conseil")])
    assert pickle.loads(pickle.dumps(error)).problemes == error.problemes
    theme = pickle.loads(pickle.dumps(ThemeError("message", "fichier", 3)))
    assert (theme.file, theme.line, str(theme)) == ("fichier", 3, "fichier:3: message")


def refuse(epreuve: Epreuve) -> list[str]:
    """Return the problems of a proof that must not be printed."""
    with pytest.raises(RenduError) as caught:
        press(epreuve)
    return [probleme.to_text() for probleme in caught.value.problemes]


@pytest.fixture(scope="module")
def epreuve() -> Epreuve:
    """A one-line facture."""
    return compose(make_facture(1, gift=False))


def insert(epreuve: Epreuve, html: str) -> Epreuve:
    """Return the proof with something added at its end."""
    return replace(epreuve, html=epreuve.html.replace("</main>", html + "</main>"))


def test_nothing_outside_is_ever_opened(epreuve: Epreuve) -> None:
    urls = ("file:///etc/passwd", "http://192.0.2.1/x.png", "../secret.png", "data:image/png;base64,AA", "/etc/hosts")
    found = refuse(insert(epreuve, "".join(f'<img src="{url}" alt="x">' for url in urls)))
    assert len(found) == len(urls)
    assert all(line.startswith("R603") for line in found), found


def test_a_sheet_opens_nothing_either(epreuve: Epreuve) -> None:
    css = ("@import url(http://192.0.2.1/x.css);", *epreuve.css, "main{background:url(file:///etc/passwd)}")
    found = refuse(replace(epreuve, css=css))
    assert [line[:4] for line in found] == ["R603", "R603"]


def test_what_the_engine_logs_is_an_error_each_time(epreuve: Epreuve) -> None:
    """Also the second time, when the sheet is no longer parsed."""
    broken = replace(epreuve, css=(*epreuve.css, "p{colour:red}"))
    for _ in range(2):
        (found,) = refuse(broken)
        assert found.startswith("R601")
        assert "colour:red" in found

    themed = replace(epreuve, css=("p{colour:red}", *epreuve.css[1:]))
    assert any("sobre/style.css : Ignored" in line for line in refuse(themed))


def test_text_past_the_margin_is_named(epreuve: Epreuve) -> None:
    (found,) = refuse(insert(epreuve, '<p style="white-space:nowrap">' + "un mot " * 60 + "</p>"))
    assert found.startswith("R602 : page 1, « un mot un mot")
    assert "dépasse la marge" in found


def test_text_over_the_next_column_is_named(epreuve: Epreuve) -> None:
    wide = epreuve.html.replace('<td class="u">', '<td class="n">demi-journée de travail ')
    (found,) = refuse(replace(epreuve, html=wide))
    assert found.startswith("R602")
    assert "dépasse sa colonne" in found


def test_text_over_the_foot_and_a_foot_over_the_text(epreuve: Epreuve) -> None:
    placed = insert(epreuve, '<p style="position:absolute;top:263mm;left:0">trop bas</p>')
    (found,) = refuse(placed)
    assert "« trop bas » dépasse le bas de la page" in found
    assert refuse(compose(replace(make_facture(1), pied=("Identité " * 90,))))[0].startswith("R602")


def test_a_missing_character_and_a_missing_font_are_errors(epreuve: Epreuve) -> None:
    (found,) = refuse(insert(epreuve, "<p>漢</p>"))
    assert found.startswith("R604")
    assert "U+6F22" in found
    (found,) = refuse(insert(epreuve, '<p style="font-family:Georgia">x</p>'))
    assert "police « Georgia » introuvable" in found


def test_endless_nesting_is_an_error_of_ours(epreuve: Epreuve) -> None:
    (found,) = refuse(insert(epreuve, "<div>" * 2000))
    assert found.startswith("R605")


# --------------------------------------------------------------------------------------------------
# Images


def encode(mode: str, kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    """Return a small image."""
    stream = BytesIO()
    Image.new(mode, size).save(stream, kind)
    return stream.getvalue()


@pytest.mark.parametrize(
    ("mode", "kind"), [("RGB", "JPEG"), ("L", "JPEG"), ("RGB", "PNG"), ("RGBA", "PNG"), ("P", "PNG"), ("LA", "PNG")]
)
def test_ordinary_images_are_taken(mode: str, kind: str) -> None:
    assert check_image("logo", encode(mode, kind)) == ()


def svg(body: str) -> bytes:
    """Return an SVG around some elements."""
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">'
        f"{body}</svg>"
    ).encode()


BOMB = '<g id="a0"><path d="M0 0h1"/></g>' + "".join(
    f'<g id="a{n}">' + f'<use href="#a{n - 1}"/>' * 10 + "</g>" for n in range(1, 12)
)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (encode("CMYK", "JPEG"), "CMYK"),
        (encode("I;16", "PNG"), "I;16"),
        (encode("RGB", "BMP"), "BMP"),
        (encode("RGB", "JPEG", (99, 99))[:400], "abîmée"),
        (b"bonjour", "lisible"),
        (b"\x89PNG" + bytes(6_000_000), "5 Mo"),
        (svg("<script/>"), "script"),
        (svg('<rect onclick="x"/>'), "onclick"),
        (svg('<image href="file:///etc/passwd"/>'), "extérieur"),
        (svg('<use xlink:href="http://192.0.2.1/a#b"/>'), "extérieur"),
        (svg('<rect style="fill:url(http://192.0.2.1/a)"/>'), "extérieur"),
        (svg("<style>@import 'http://192.0.2.1/a';</style>"), "style"),
        (svg('<g id="a"><use href="#a"/></g>'), "répète"),
        (svg(BOMB), "répète"),
        (svg("<g>" * 900 + "</g>" * 900), "compliqué"),
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + svg("&a;"), "entités"),
        (('<?xml version="1.0"?>' + svg("").decode()).encode("utf-16"), "UTF-8"),
        (svg("<g>"), "mal formé"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_images_that_would_break_the_archive_or_us(content: bytes, word: str) -> None:
    name = "logo.svg" if b"svg" in content[:200].replace(b"\0", b"") else "logo.png"
    (found,) = check_image(name, content)
    assert found.code == "R605"
    assert word in found.message


def test_a_bad_logo_never_reaches_the_engine() -> None:
    page: Page = replace(make_brouillon(), logo=Logo("logo.jpg", encode("CMYK", "JPEG"), "Atelier"))
    (found,) = refuse(compose(page))
    assert found.startswith("R605 : image « logo.jpg »")
