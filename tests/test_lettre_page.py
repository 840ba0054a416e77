"""Notices and letters on paper: what stands where, what stays together, what re-adds."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from decimal import Decimal
from functools import cache
from html import unescape
from io import BytesIO
from itertools import combinations, pairwise
from typing import Any

import pikepdf
import pytest
from fixtures_page import (
    PAGES,
    bloc,
    fr,
    make_courrier,
    make_courrier_long,
    make_devis,
    make_mise_en_demeure,
    make_relance,
    make_relance_anglaise,
    make_relance_longue,
    make_relance_particulier,
    make_relance_payee,
    make_relances,
    tranche,
)

from facture.geometrie import Etiquette, arrange, build_css, check_page, measure_repere, measure_tableau
from facture.libelles import Textes, get_textes
from facture.page import (
    Couleurs,
    DecompteImprime,
    Frise,
    Lettre,
    LigneDecompte,
    Page,
    RenduError,
    Repere,
    Segment,
    Somme,
    Tableau,
)
from facture.render import MM, compose, press
from facture.themes import load_theme, render_html, split_passages

LETTRES = tuple(name for name, make in PAGES.items() if make().lettre)


@pytest.fixture
def layout(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Return a function that prints a page and gives the layout that was kept."""
    import weasyprint

    made: list[Any] = []
    write = weasyprint.Document.write_pdf

    def spy(self: weasyprint.Document, *args: object, **options: object) -> bytes:
        made.append(self)
        pdf: bytes = write(self, *args, **options)
        return pdf

    def lay_out(page: Page) -> Any:
        press(compose(page))
        return made[-1]

    monkeypatch.setattr(weasyprint.Document, "write_pdf", spy)
    return lay_out


def read_lines(document: Any) -> list[list[tuple[float, float, str]]]:
    """Return the texts of each page with their place, x then y in mm, in the order of the document."""
    from weasyprint.formatting_structure import boxes

    return [
        [
            (round(box.position_x / MM, 1), round(box.position_y / MM, 1), box.text)
            for box in page._page_box.children[0].descendants()
            if isinstance(box, boxes.TextBox) and box.text.strip()
        ]
        for page in document.pages
    ]


def read_texts(document: Any) -> list[list[str]]:
    """Return the texts of each page, in the order of the document."""
    return [[text for _, _, text in lines] for lines in read_lines(document)]


@cache
def count_pages(name: str) -> int:
    with pikepdf.open(BytesIO(press(compose(PAGES[name]())))) as pdf:
        return len(pdf.pages)


def words_of(html: str) -> str:
    """Return the words of a piece of HTML, separated by single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def lettre_of(page: Page) -> Lettre:
    assert page.lettre
    return page.lettre


def edit(page: Page, **changes: Any) -> Page:
    """Return the page with another letter."""
    return replace(page, lettre=replace(lettre_of(page), **changes))


def number(text: str) -> Decimal:
    """Return the value of « −1 234,50 » or « 1 250,07 € »."""
    return Decimal(re.sub(r"[\s€]", "", text).replace(",", ".").replace("−", "-"))


# --- What is said, and in which order


def test_a_notice_says_what_then_how_much_then_how_to_pay() -> None:
    """In the order in which it is read, and read aloud."""
    page = edit(make_mise_en_demeure(), offerts="Offert : atelier.", politesse="Salutations.")
    words = words_of(render_html(page).partition("<main")[2])
    order = [
        page.objet, "Madame, Monsieur,", "Notre facture F2026-019",
        "Échéance le 15 juin 2026, puis", "Facture F2026-019 du 15 mai 2026, échue", "Taux de la BCE", "Période Jours",
        "du 16 au 30 juin 2026 15", "du 1er au 10 juillet", "Total 25", "Somme due x taux", "D’ici au 18 juillet",
        "Facture F2026-019, TTC", "À régler 1 250,07 €", "Offert : atelier.", "Nous vous mettons en demeure",
        "Payer par virement", "Salutations.", "Claire Martin", "Article L. 441-10 du code de commerce :",
        "Pièces jointes : Facture F2026-019",
    ]  # fmt: skip
    places = [words.index(" ".join(text.split())) for text in order]
    assert places == sorted(places)


def test_a_letter_says_what_happens_then_who_signs() -> None:
    words = words_of(render_html(make_courrier_long()).partition("<main")[2])
    order = [
        "Évolution de nos tarifs au 1er janvier", "Madame,", "1. Nos prix", "Nos tarifs au 1er janvier",
        "Prestation Unité Aujourd’hui Nouveau", "4. Nos prix", "Ce qui ne change pas :", "l’hébergement renforcé",
        "a) votre", "9. Nos prix", "Nos promesses", "Nous vous prions d’agréer", "Claire Martin", "Pièce jointe Grille",
    ]  # fmt: skip
    places = [words.index(text) for text in order]
    assert places == sorted(places)


@pytest.mark.parametrize("name", LETTRES)
def test_nothing_overflows_and_the_engine_says_nothing(name: str) -> None:
    """`press` refuses what goes past a margin, a cell or the foot, and all that the engine logs."""
    assert check_page(PAGES[name]()) == ()
    assert count_pages(name) >= 1


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("relance", 1), ("relance-payee", 1), ("relance-particulier", 1), ("relance-anglaise", 1),
        ("mise-en-demeure", 2), ("relances-2", 2), ("relances-12", 3), ("courrier", 1), ("courrier-long", 2),
    ],
)  # fmt: skip
def test_number_of_pages(name: str, pages: int) -> None:
    assert count_pages(name) == pages


def test_the_address_alone_stands_in_the_window(layout: Any) -> None:
    """A window of 35 x 100 mm may show x 90-200, y 34-90: the address, in x 105-190, y 55-79, and nothing else."""
    for page in (make_relance(), make_mise_en_demeure(), make_relance_longue(), make_courrier()):
        first = read_lines(layout(page))[0]
        shown = [(x, y, text) for x, y, text in first if x >= 90 and 34 <= y < 90]
        assert tuple(text for _, _, text in shown) == page.destinataire
        assert all(x == 105 and y >= 55 and y + 3.4 <= 79 for x, y, _ in shown)
        assert min(y for _, y, text in first if text.startswith(page.objet[:10])) >= 91


def test_titles_of_letters_are_smaller_than_those_of_invoices(layout: Any) -> None:
    from weasyprint.formatting_structure import boxes

    for page, points in ((make_relance(), 15), (make_courrier(), 15), (make_devis(), 21)):
        (size,) = {
            round(box.style["font_size"] * 0.75)
            for box in layout(page).pages[0]._page_box.descendants()
            if isinstance(box, boxes.TextBox) and box.element_tag == "h1"
        }
        assert size == points


def test_only_letters_pay_for_their_sheet() -> None:
    assert load_theme().list_sheets(clauses=False, lettre=True) == ("style.css", "lettre.css")
    assert load_theme().list_sheets(clauses=True, lettre=True) == ("style.css", "clauses.css", "lettre.css")
    assert [name.rpartition("/")[2] for name in compose(make_relance()).fichiers] == [
        "style.css", "lettre.css", "style du document",
    ]  # fmt: skip
    assert not any("lettre.css" in name for name in compose(make_devis()).fichiers)
    assert arrange(make_devis()).lettre is None


def test_what_people_type_is_escaped_everywhere() -> None:
    bad = "</p></svg><script>1 & 2</script>"
    page = edit(
        make_relance(),
        appel=bad, comptage=bad, encart_titre=bad, encart=(bad,), offerts=bad, textes=(bad,),
        politesse=bad, signataire=(bad,), pieces=(bad,), sommes=(Somme("tva", bad, bad),),
        corps=(bloc(bad), Tableau(bad, (bad, bad), ((bad, bad),), (1,), (bad, bad))), suite=(bloc(f"**{bad}**"),),
        decomptes=(DecompteImprime(bad, bad, (LigneDecompte("mouvement", bad, bad, detail=bad),)),),
        frise=Frise(bad, (Repere(5, bad, bad, "avoir"),), (Segment(0, 170, "</svg><b>"),)),
    )  # fmt: skip
    html = render_html(page)
    assert "<script" not in html
    assert html.count("&lt;/p&gt;&lt;/svg&gt;&lt;script&gt;1 &amp; 2") == 28
    assert html.count("</svg>") == 2, "the timeline and the QR code"


def test_english_letters_have_no_french_label() -> None:
    french, english = get_textes("fr"), get_textes("en")
    words = words_of(render_html(make_relance_anglaise())).casefold()
    for one in fields(Textes):
        label = getattr(french, one.name)
        if label != getattr(english, one.name) and "{}" not in label and len(label) > 3:
            assert not re.search(rf"\b{re.escape(label.casefold())}\b", words), one.name
    assert "period days yearly rate amount due interest" in words


# --- The working


@pytest.mark.parametrize("name", ["relance", "relance-payee", "mise-en-demeure", "relances-2", "relances-12"])
def test_the_last_column_adds_up_to_its_total_and_the_account_to_what_is_due(name: str) -> None:
    """What was paid stands in another column: with pencil and paper the interest re-adds, and so does the account."""
    page = PAGES[name]()
    lettre = lettre_of(page)
    interets = Decimal(0)
    html = render_html(page)
    tables = re.findall(r'<table class="lignes decompte".*?</table>', html, re.DOTALL)
    assert len(tables) == len(lettre.decomptes)
    for table in tables:
        rows = re.findall(r"<tr.*?</tr>", table.partition("<tbody>")[2], re.DOTALL)
        last = [words_of(re.findall(r"<td.*?</td>", row)[-1]) for row in rows]
        assert 'class="total"' in rows[-1]
        assert sum(number(cell) for cell in last[:-1] if cell) == number(last[-1])
        interets += number(last[-1])
    *parts, total = lettre.sommes
    assert sum(number(somme.montant) for somme in parts) == number(total.montant)
    assert number(parts[1].montant) == interets
    assert page.paiement and number(page.paiement.montant) == number(total.montant)


def test_a_payment_stands_in_the_column_that_it_lowers() -> None:
    html = render_html(make_relance_payee())
    row = re.search(r"<tr><th scope=\"row\" colspan=\"3\">.*?</tr>", html, re.DOTALL)
    assert row
    assert words_of(row[0]) == "20 juillet 2026, paiement reçu 14,15 sur les intérêts, 485,85 sur la somme due −500,00"
    assert row[0].endswith('<td class="n">−500,00</td><td colspan="2"></td></tr>')


def test_a_working_without_detail_has_no_column_for_it() -> None:
    page = make_relance()
    (one,) = lettre_of(page).decomptes
    bare = edit(page, decomptes=(replace(one, lignes=tuple(replace(row, detail="") for row in one.lignes)),))
    assert "c-calcul" in render_html(page) and "c-calcul" not in render_html(bare)
    assert 'colspan="2">Intérêts' in render_html(page) and 'class="n">Intérêts' in render_html(bare)


def test_the_rule_is_said_once_when_it_does_not_change() -> None:
    page = make_relances(3)
    first, second, third = lettre_of(page).decomptes
    rule = first.regle.replace("\u00a0", " ")
    assert words_of(render_html(page)).count(rule) == 1
    mixed = edit(page, decomptes=(first, replace(second, regle="Autre règle"), third))
    assert words_of(render_html(mixed)).count(rule) == 2


def test_large_figures_make_the_working_smaller_then_are_refused() -> None:
    assert arrange(make_relance_longue()).lettre.dense  # type: ignore[union-attr]
    page = make_relance()
    placed = arrange(page).lettre
    assert placed and not placed.dense
    assert placed.decompte == {"jours": 14, "taux": 24, "base": 27, "calcul": 20, "interets": 20}
    assert ".c-interets{width:20mm}" in build_css(page, arrange(page))
    huge = tranche("x", 1, "1", "9" * 24, "9" * 24, "9" * 24)
    with pytest.raises(RenduError, match=r"R607.*décompte"):
        arrange(edit(page, decomptes=(DecompteImprime("x", "", (huge,)),)))


def test_a_notice_without_interest_has_neither_timeline_nor_working() -> None:
    html = render_html(make_relance_particulier())
    main = html.partition("<main")[2]
    assert 'class="frise"' not in html and "decompte" not in html and "<caption" not in html
    assert main.count('class="somme"') == 1
    assert "Bien cordialement," in main


def test_captions_scopes_and_heads() -> None:
    """What a screen reader needs: one caption a table, a scope for each head, h2 under the h1 and nothing deeper."""
    for page in (make_relances(2), make_courrier_long(), make_mise_en_demeure()):
        html = render_html(page)
        tables = re.findall(r'<table class="lignes.*?</table>', html, re.DOTALL)
        assert len(tables) >= 1
        for table in tables:
            assert table.count("<caption>") == 1
            assert table.count("<th ") == table.count("scope=")
        assert html.count("<h1") == 1 and "<h3" not in html


def test_the_timeline_is_a_figure_that_says_itself() -> None:
    page = make_relance()
    frise = lettre_of(page).frise
    assert frise
    with pikepdf.open(BytesIO(press(compose(page)))) as pdf:
        stack, alts = [pdf.Root.StructTreeRoot], []
        while stack:
            kids = stack.pop().get("/K", pikepdf.Array())
            for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
                if isinstance(kid, pikepdf.Dictionary):
                    stack.append(kid)
                    if kid.get("/S") == "/Figure":
                        alts.append(str(kid.Alt))
    assert frise.titre in alts
    assert len(alts) == 3, "with the logo and the QR code"


# --- The timeline


def boxes_of(frise: Frise) -> list[Etiquette]:
    placed = arrange(edit(make_relance(), frise=frise)).lettre
    assert placed
    return [*map(measure_repere, frise.reperes), *(box for box in placed.segments if box)]


@pytest.mark.parametrize("name", ["relance", "relance-payee", "mise-en-demeure", "relance-anglaise"])
def test_labels_of_a_timeline_never_meet(name: str) -> None:
    frise = lettre_of(PAGES[name]()).frise
    assert frise
    boxes = boxes_of(frise)
    assert len(boxes) > len(frise.reperes)
    assert all(box.gauche >= 0 and box.droite <= 170 for box in boxes)
    for one, other in combinations(boxes, 2):
        assert one.etage != other.etage or one.droite + 1 < other.gauche or other.droite + 1 < one.gauche


def test_a_label_wider_than_its_segment_is_left_to_the_table() -> None:
    """« 15 jours à 12,15 % » takes 20.5 mm at 7 pt."""
    segments = (Segment(0, 20, "15 jours à 12,15 %"), Segment(20, 41, "15 jours à 12,15 %"), Segment(41, 170))
    page = edit(make_relance(), frise=Frise("titre", (), segments))
    placed = arrange(page).lettre
    assert placed
    assert [bool(box) for box in placed.segments] == [False, True, False]
    assert render_html(page).partition('class="frise"')[2].partition("</svg>")[0].count("<text") == 1


@pytest.mark.parametrize(
    ("x", "etage", "trait"),
    [
        (20.0, 0, "M20.00 8.3V9.7"),
        (60.0, 1, "M60.00 8.3V17.6"),
        (29.0, 1, "M29.00 8.3V10.0M29.00 17.0V17.6"),
    ],
    ids=["upper", "lower", "behind-a-label"],
)
def test_the_line_to_a_lower_label_never_crosses_an_upper_one(x: float, etage: int, trait: str) -> None:
    """« fin de semestre » takes 18.1 mm: centred at 20 it goes from 10.9 to 29.1."""
    upper = Repere(20, "30 juin", "fin de semestre", "semestre")
    reperes = (upper, Repere(x, "2 juillet", "relance", "relance", etage))
    placed = arrange(edit(make_relance(), frise=Frise("titre", reperes, ()))).lettre
    assert placed
    assert placed.traits[1] == trait
    assert placed.hauteur == (25.0 if etage else 17.4)


def test_labels_are_flush_with_the_ends() -> None:
    first = measure_repere(Repere(1.4, "15 juin", "échéance", "echeance", ancre="start"))
    last = measure_repere(Repere(168.6, "8 août", "paiement attendu", "attendu", ancre="end"))
    assert (first.gauche, last.droite) == (0, 170)


def test_each_kind_of_day_has_its_own_shape_and_the_colours_are_written_in() -> None:
    kinds = ("echeance", "semestre", "relance", "reglement", "avoir", "attendu")
    reperes = tuple(Repere(10.0 + 25 * place, "1er mai", kind, kind) for place, kind in enumerate(kinds))  # type: ignore[arg-type]
    segments = (Segment(0, 50), Segment(50, 100, "", "clair"), Segment(100, 170, "", "fin"))
    page = replace(edit(make_relance(), frise=Frise("titre", reperes, segments)), couleurs=Couleurs("#204060"))
    svg = render_html(page).partition('class="frise"')[2].partition("</svg>")[0]
    assert "var(" not in svg and "currentColor" not in svg
    assert 'stroke="#204060"' in svg and f'stroke="{page.couleurs.claire}"' in svg and 'stroke="#59616a"' in svg
    assert page.couleurs.secondaire not in svg, "the warm colour is the gift's"
    shapes = re.findall(r"6\.40?\)\">\s*(<(?:circle|path)[^>]*/>)", svg)
    assert len(shapes) == len(set(shapes)) == len(kinds)
    assert re.findall(r'font-size="([\d.]+)"', svg) == ["2.47"], "7 pt in millimetres"


# --- Page breaks


def check_breaks(pages: list[list[str]], firsts: dict[str, str]) -> None:
    """Each title is followed on its own page by what it announces; the sums come with the end of the last table."""
    seen = 0
    for texts in pages:
        for place, text in enumerate(texts):
            for title, first in firsts.items():
                if text.startswith(title):
                    seen += 1
                    assert any(after.startswith(first) for after in texts[place + 1 : place + 16]), title
        if "À régler" in texts:
            assert texts.index("Total") < texts.index("À régler")
    assert seen >= len(firsts)


@pytest.mark.parametrize("count", [1, 2, 3, 5, 7, 9, 12])
def test_no_title_is_alone_whatever_the_number_of_invoices(count: int, layout: Any) -> None:
    page = make_relances(count)
    firsts = {one.titre: "du" for one in lettre_of(page).decomptes} | {"Factures échues": "Facture"}
    check_breaks(read_texts(layout(page)), {**firsts, "Payer par virement": "Titulaire"})


@pytest.mark.parametrize("more", [0, 4, 8, 12, 14, 16, 18])
def test_a_long_working_is_cut_between_rows_under_a_repeated_head(more: int, layout: Any) -> None:
    """Thirty rows, started ever lower: the title keeps a row, the head comes again, no row is cut."""
    rows = tuple(tranche(f"du 1er au {day} juin", day, "12,15", "1200", "5.99", "5.9918") for day in range(1, 31))
    total = LigneDecompte("total", "Total", fr("179.70"), "465")
    page = edit(
        make_relance(),
        corps=tuple(bloc("Un paragraphe.") for _ in range(more)),
        decomptes=(DecompteImprime("Décompte", "Taux", (*rows, total)),),
    )
    pages = read_texts(layout(page))
    check_breaks(pages, {"Décompte": "du 1er", "Payer par virement": "Titulaire"})
    holding = [texts for texts in pages if any(text.startswith("du 1er au") for text in texts)]
    assert len(holding) == 2
    assert all(texts.count("Taux annuel") == 1 for texts in holding)
    assert all(texts.count("5,9918") == sum(text.startswith("du 1er au") for text in texts) for texts in holding)


@pytest.mark.parametrize("count", [5, 8, 11, 14, 15, 17])
def test_a_letter_breaks_well_and_its_signature_keeps_the_last_words(count: int, layout: Any) -> None:
    """Paragraphs are cut in pieces of three lines or more, an item stays with its list and its list with its lead."""
    from weasyprint.formatting_structure import boxes

    document = layout(make_courrier_long(count))
    pages = read_texts(document)
    assert len(pages) >= 2
    check_breaks(pages, {"Nos promesses": "Date", "Nos tarifs au": "Prestation", "Ce qui ne": "les devis"})
    last = pages[-1]
    assert last.index(next(text for text in last if text.startswith("Nous vous prions"))) < last.index("Claire Martin")
    assert len(last) > 6
    lines = [
        [box.element for box in page._page_box.children[0].descendants() if isinstance(box, boxes.LineBox)]
        for page in document.pages
    ]
    for before, after in pairwise(lines):
        shared = [element for element in before if element is not None and element in after and element.tag == "p"]
        for element in shared:
            assert min(before.count(element), after.count(element)) >= 3


def test_a_short_letter_is_set_larger_and_lower(layout: Any) -> None:
    page = make_courrier()
    assert 'class="lettre ample"' in render_html(page)
    assert 'class="lettre"' in render_html(make_courrier_long())
    (texts,) = read_lines(layout(page))
    places = {text: (x, y) for x, y, text in texts}
    assert places["Madame,"][1] > 105
    assert places["Claire Martin"][0] == 105, "the signature stands in the right half"
    assert places["Claire Martin"][1] > places["distinguées."][1] + 15, "with room to sign by hand"
    assert 180 < places["présidente d’Atelier Nord"][1] < 260


def test_a_notice_is_signed_beside_the_account(layout: Any) -> None:
    """The last words stand in the column that is free: below it they would cost the notice its page."""
    (lines,) = read_lines(layout(make_relance()))
    places = {text: y for _, y, text in lines}
    assert abs(places["Claire Martin"] - places["Payer par virement"]) < 27


def test_the_law_stands_under_the_account_as_wide_as_the_page(layout: Any) -> None:
    """One paragraph that runs on: a line each would cost the notice its page."""
    (first,) = read_lines(layout(make_relance()))
    law = next((x, y) for x, y, text in first if text.startswith("Article L."))
    assert law[0] == 20
    assert law[1] > next(y for _, y, text in first if text.startswith("Payer par virement")) + 25


def test_what_was_given_is_the_only_warm_line_and_makes_no_page_longer() -> None:
    page = make_relance_payee()
    html = render_html(page)
    assert html.count('class="offerts"') == 1
    assert html.index('class="offerts"') < html.index('class="somme"'), "beside the sums, where there is room"
    crowded = edit(page, encart=("Une ligne.",) * 7)
    assert render_html(crowded).index('class="somme"') < render_html(crowded).index('class="offerts"')


# --- Parts


def test_a_body_is_cut_at_its_tables() -> None:
    table = Tableau("Titre", ("A",), (("a",),))
    passages = split_passages((bloc("un"), bloc("- deux"), bloc("-- trois"), table, table, bloc("quatre")))
    assert [passage.tableau for passage in passages] == [None, table, table, None]
    assert [[groupe.kind for groupe in passage.groupes] for passage in passages] == [["p", "puce"], [], [], ["p"]]
    assert split_passages(()) == []


@pytest.mark.parametrize(
    ("tableau", "widths"),
    [
        (Tableau("", ("A", "B"), (("a", "1"),), (1,)), (150.0, 20.0)),
        (Tableau("", ("A", "B"), (("a", "b"),)), (85.0, 85.0)),
        (Tableau("", ("A", "B"), ()), (85.0, 85.0)),
    ],
    ids=["figures-take-what-they-need", "words-share", "no-row"],
)
def test_columns_of_a_table_fill_the_width(tableau: Tableau, widths: tuple[float, ...]) -> None:
    assert measure_tableau(tableau) == widths
    long = replace(tableau, lignes=(("mot " * 90, *("x" for _ in tableau.colonnes[1:])),))
    assert sum(measure_tableau(long)) == pytest.approx(170, abs=0.2)
    assert min(measure_tableau(long)) >= 18
