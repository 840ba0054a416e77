"""The page before it is laid out: HTML facts, geometry, labels, themes."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from html import unescape
from itertools import chain
from pathlib import Path

import pytest
from fixtures_page import (
    IBAN,
    PAGES,
    article,
    bloc,
    fr,
    make_adresse_longue,
    make_anglais,
    make_avoir,
    make_brouillon_incomplet,
    make_conditions,
    make_conditions_anglaises,
    make_contrat,
    make_devis,
    make_devis_annexe,
    make_facture,
    make_franchise,
    make_grands_nombres,
    make_mots_longs,
    make_offerte,
    make_remise_globale,
)

from facture.epc import build_epc, draw_qr
from facture.geometrie import (
    Disposition,
    Moities,
    arrange,
    build_css,
    check_page,
    compute_largeurs,
    draw_fond,
    fit_line,
    fits_line,
)
from facture.libelles import Textes, get_textes
from facture.page import Couleurs, Page, RenduError, ThemeError, contrast_ratio, tint
from facture.themes import (
    Groupe,
    Theme,
    eject_theme,
    list_themes,
    load_theme,
    nest_blocs,
    render_html,
    render_template,
)


def text_of(html: str) -> str:
    """Return the words of a piece of HTML, separated by single spaces."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


def call(macro: str, page: Page) -> str:
    """Return what one macro makes of a page: `lignes.lignes(page, t, d)`."""
    name = macro.partition(".")[0]
    source = f'{{% import "macros/{name}.html.j2" as {name} %}}{{{{ {macro} }}}}'
    return render_source(source, page)


def render_source(source: str, page: Page) -> str:
    """Return a template written in a test, rendered beside those of the shipped theme."""
    from facture.themes import _environment

    template = _environment(load_theme()).from_string(source)
    return template.render(page=page, t=get_textes(page.langue), d=arrange(page))


# --------------------------------------------------------------------------------------------------
# Macros


def test_a_gift_takes_two_rows() -> None:
    """Row 1 is struck at its real value, row 2 gives the reason and 0,00, both carry the same total."""
    html = call("lignes.lignes(page, t, d)", make_devis())
    struck = re.search(r"<tr class=\"l avant-x\"[^>]*data-a=\"([^\"]*)\"[^>]*>\s*<td>Atelier de cadrage", html)
    assert struck
    gift = re.search(r'<tr class="x offert" data-a="([^"]*)".*?</tr>', html, re.DOTALL)
    assert gift
    assert struck[1] == gift[1]
    assert '<td colspan="5">' in gift[0]
    words = text_of(gift[0])
    assert words.startswith("Remise 100 %, offert : bienvenue")
    assert words.endswith("0,00")
    assert "<s>450,00</s>" in html


def test_unstruck_amounts_add_up_to_the_subtotals() -> None:
    """The last column re-adds by hand: what is not struck sums to what is printed under it."""
    html = call("lignes.lignes(page, t, d)", make_devis())
    body = html.partition("<tbody>")[2]
    total = Decimal(0)
    seen = 0
    for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL):
        last = re.findall(r'<td class="n">(.*?)</td>', row)
        if not last or "<s>" in last[-1]:
            continue
        amount = Decimal(re.sub(r"\s", "", unescape(last[-1])).replace(",", "."))
        if 'class="st"' in row:
            assert total == amount
            total, seen = Decimal(0), seen + 1
        else:
            total += amount
    assert seen == 2


def test_a_gift_without_reason_has_no_colon() -> None:
    assert "offert</b></td>" in call("lignes.lignes(page, t, d)", make_offerte())


def test_without_vat_there_is_no_vat_column() -> None:
    html = call("lignes.lignes(page, t, d)", make_franchise())
    heads = text_of(html.partition("</thead>")[0])
    assert heads == "Désignation Quantité Unité Prix unitaire Total"
    assert "c-tva" not in html
    assert 'colspan="4"' in html


def test_totals_keep_their_kinds_in_order() -> None:
    html = call("totaux.sommes(page.sommes)", make_devis())
    kinds = re.findall(r'<tr class="(\w+)"', html)
    assert kinds == ["reel", "offert", "remise", "ht", "tva", "tva", "total", "suite", "suite"]


def test_the_share_of_a_discount_is_tabled() -> None:
    html = call("blocs.bloc('ventilation', page, t, d)", make_remise_globale())
    assert "5,5 % 370,00 −18,50 351,50" in text_of(html)
    assert "Remise 5 %" in text_of(html)


def test_an_option_has_a_drawn_square_and_is_not_in_the_table() -> None:
    page = make_devis()
    assert "Hébergement" not in call("lignes.lignes(page, t, d)", page)
    html = call("blocs.bloc('options', page, t, d)", page)
    assert '<div class="option"><i></i>' in html
    assert "non comprise dans le total" in html


def test_an_avoir_neither_asks_nor_signs() -> None:
    html = render_html(make_avoir())
    assert "<svg" not in html
    assert "signature" not in html
    assert "Net à votre crédit" in html


def test_the_head_escapes_what_people_type() -> None:
    page = replace(make_devis(), objet="<script>alert(1)</script> & « co »", titre='De"vis')
    html = render_html(page)
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; « co »" in html


@pytest.mark.parametrize("name", PAGES)
def test_every_page_has_one_h1_and_says_its_language(name: str) -> None:
    page = PAGES[name]()
    html = render_html(page)
    assert html.count("<h1") == 1
    assert f'<html lang="{page.langue}">' in html
    assert "{{" not in html
    assert "None" not in html


# --------------------------------------------------------------------------------------------------
# Clauses


def print_articles(*textes: str) -> str:
    """Return the HTML of a devis that has one article of these paragraphs and items."""
    page = replace(make_devis(), articles=(article(4, "Corrections", *textes),))
    return call("clauses.particulieres(t, d)", page)


def shape(groupes: list[Groupe]) -> list[object]:
    """Return groups as nested lists: [kind, text, [kind, text…], …]."""
    return [[g.kind, *(x for p in g.points for x in (p.bloc.morceaux[0].texte, *shape(p.groupes)))] for g in groupes]


@pytest.mark.parametrize(
    ("textes", "expected"),
    [
        ((), []),
        (("a", "b"), [["p", "a"], ["p", "b"]]),
        (("a", "- b", "- c", "d"), [["p", "a"], ["puce", "b", "c"], ["p", "d"]]),
        (("- a", "-- b", "-- c", "- d"), [["puce", "a", ["puce", "b", "c"], "d"]]),
        (("- a", "a) b"), [["puce", "a"], ["numero", "b"]]),
        (("a) a", "-- b", "b) c"), [["numero", "a", ["puce", "b"], "c"]]),
        (("-- a", "- b"), [["puce", "a", "b"]]),
        (("a", "-- b"), [["p", "a"], ["puce", "b"]]),
    ],
    ids=["nothing", "paragraphs", "list", "two-levels", "two-kinds", "mixed-levels", "no-parent", "after-paragraph"],
)  # fmt: skip
def test_items_go_into_the_list_and_the_item_they_belong_to(textes: tuple[str, ...], expected: list[object]) -> None:
    assert shape(nest_blocs(bloc(text) for text in textes)) == expected


def test_an_article_has_its_number_its_title_and_its_paragraphs_theirs() -> None:
    html = print_articles("Le prix comprend.", "Les séries suivantes.")
    assert text_of(html) == "Conditions particulières 4 Corrections 4.1 Le prix comprend. 4.2 Les séries suivantes."
    assert '<h3 class="article"><span>4 </span>Corrections</h3>' in html
    assert '<p><span class="marque">4.1 </span>Le prix comprend.</p>' in html
    assert '<p><span class="marque">4.2 </span>Les séries suivantes.</p>' in html


def test_lists_are_real_lists_and_their_letters_are_text() -> None:
    html = print_articles(
        "Il remet :", "- textes", "-- relus", "- images", "Il garde :", "a) ses outils", "b) le reste"
    )
    squeezed = re.sub(r"\s*\n\s*", "", html)
    assert "<ul><li>textes<ul><li>relus</li></ul></li><li>images</li></ul>" in squeezed
    assert '<ol><li><span class="marque">a) </span>ses outils</li>' in squeezed


def test_styles_and_what_is_missing_are_marked_by_more_than_colour() -> None:
    html = print_articles("Au plus **deux** séries, *hors* [à compléter : plafond].")
    assert "<b>deux</b>" in html
    assert "<i>hors</i>" in html
    assert '<span class="manque">[à compléter : plafond]</span>' in html
    page = make_brouillon_incomplet()
    css = build_css(replace(page, couleurs=Couleurs("#000000")), arrange(page))
    assert ".manque{background:#e0e0e0}" in css, "a tint of the user's own colour"


def test_what_people_type_in_a_clause_is_escaped() -> None:
    page = replace(make_devis(), articles=(article(1, "<b>", "<script>1 & 2</script>"),))
    html = call("clauses.particulieres(t, d)", page)
    assert "<script" not in html
    assert "&lt;script&gt;1 &amp; 2" in html
    assert "</span>&lt;b&gt;</h3>" in html


def test_a_text_that_the_law_frames_has_a_frame() -> None:
    framed = replace(article(1, "Rétractation", "Vous disposez de quatorze jours."), encadre=True)
    html = call("clauses.particulieres(t, d)", replace(make_devis(), articles=(framed, article(2, "Prix", "Ferme."))))
    assert html.count('<article class="encadre">') == html.count("<article>") == 1
    assert html.index('class="encadre"') < html.index("quatorze jours") < html.index("<article>")


def test_annexed_conditions_come_last_under_a_title_of_their_own() -> None:
    page = make_devis_annexe()
    html = render_html(page)
    assert page.recueil
    assert html.count("<h1") == 1
    assert html.index('class="signature"') < html.index('class="annexe"')
    assert f'<h2 class="titre-recueil" data-courant="{page.recueil.courant}">{page.recueil.titre}</h2>' in html
    assert html.count('<h3 class="article">') == len(page.recueil.articles)
    assert page.recueil.sous_titre in html
    assert 'class="annexe"' in render_html(replace(make_facture(2), recueil=page.recueil))
    without = replace(page.recueil, courant="")
    assert f'data-courant="{page.courant}">{without.titre}' in render_html(replace(page, recueil=without))


def test_what_is_accepted_is_said_inside_the_signature() -> None:
    """One piece with it, above both boxes: neither is read without the other."""
    page = make_devis_annexe()
    html = call("signature.signature(page)", page)
    assert html.index("<section") < html.index(page.acceptation) < html.index("Bon pour accord")
    assert "acceptation" not in call("signature.signature(page)", make_devis())


def test_conditions_alone_have_no_envelope_and_the_right_levels() -> None:
    page = make_conditions()
    html = render_html(page)
    assert "adresse" not in html and "<table" not in html
    assert html.count('<h2 class="article">') == 14
    assert "<h3" not in html
    chapters = render_html(make_conditions(20, chapitres=3))
    assert chapters.count('<h2 class="chapitre">') == 3
    assert chapters.count('class="article"') == chapters.count("<h3") == 20


def test_the_table_of_contents_points_to_each_article_once() -> None:
    html = render_html(make_conditions(20, chapitres=3))
    targets = re.findall(r'<a href="#([^"]+)">', html)
    assert targets == re.findall(r'<h3 id="([^"]+)"', html) == [f"article-{n}" for n in range(1, 21)]
    assert " id=" not in render_html(make_conditions(20)), "nothing points there: no name to be used twice"
    both = replace(make_devis_annexe(), articles=(article(1, "Délais", "Au plus tôt."),))
    assert " id=" not in render_html(both)


def test_a_contract_says_who_why_what_then_is_signed_twice() -> None:
    page = make_contrat()
    words = text_of(render_html(page).partition("<main")[2])
    order = [
        "Entre", "Le prestataire", "Le client", "Préambule", "(A) Le client exploite", "(B) Le prestataire",
        "1 Objet et acceptation", "14 Droit applicable", "Annexes", "Fait à Lille", "Pour Atelier Nord",
        "Pour Dupont et Fils",
    ]  # fmt: skip
    places = [words.index(word) for word in order]
    assert places == sorted(places)
    alone = text_of(render_html(replace(page, preambule=page.preambule[:1], annexes=())))
    assert "(A)" not in alone
    assert "Annexes" not in alone


def test_what_a_draft_lacks_is_listed_under_its_subject() -> None:
    page = make_brouillon_incomplet()
    html = render_html(replace(page, introduction=("Voici notre proposition.",)))
    assert html.index('class="objet"') < html.index('class="manques') < html.index("Voici notre proposition")
    assert all(f"<li>{manque}</li>" in html for manque in page.a_completer)
    assert 'class="manques longs"' in html
    short = render_html(replace(page, a_completer=page.a_completer[:3]))
    assert 'class="manques"' in short
    text = render_html(replace(make_conditions(), a_completer=page.a_completer))
    assert text.index("</h1>") < text.index('class="manques') < text.index('class="article"')
    assert "manques" not in render_html(make_devis())


# --------------------------------------------------------------------------------------------------
# Labels


def test_labels_take_the_same_values_in_both_languages() -> None:
    """A label that swallows a value, or asks for one too many, would fail on one language only."""
    french, english = get_textes("fr"), get_textes("en")
    for one in fields(Textes):
        assert getattr(french, one.name).count("{}") == getattr(english, one.name).count("{}"), one.name


def test_an_english_page_has_no_french_label() -> None:
    french, english = get_textes("fr"), get_textes("en")
    words = text_of(render_html(make_anglais()) + render_html(make_conditions_anglaises())).casefold()
    for one in fields(Textes):
        label = getattr(french, one.name)
        if label == getattr(english, one.name) or "{}" in label or len(label) < 4:
            continue
        if label.casefold() in ("total", "notes"):
            continue
        assert not re.search(rf"\b{re.escape(label.casefold())}\b", words), one.name


@pytest.mark.parametrize("langue", ["fr-BE", "fr-CH"])
def test_swiss_and_belgian_pages_use_french_labels(langue: str) -> None:
    assert get_textes(langue) is get_textes("fr")


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ThemeError, match="langue « de » inconnue"):
        get_textes("de")


# --------------------------------------------------------------------------------------------------
# Colours


@pytest.mark.parametrize(
    ("couleur", "ratio"),
    [("#000000", "21.0"), ("#ffffff", "1.0"), ("#1b1f23", "16.6"), ("#1d4e5f", "9.1"), ("#8a3b1f", "7.7")],
)
def test_contrast_on_white(couleur: str, ratio: str) -> None:
    assert f"{contrast_ratio(couleur):.1f}" == ratio


def test_a_pale_colour_is_refused_with_its_contrast() -> None:
    with pytest.raises(ThemeError, match=r"secondaire « #ff9900 » trop pâle.*2,1"):
        Couleurs(secondaire="#ff9900")


@pytest.mark.parametrize("value", ["red", "#123", "", "#1d4e5g", "#1d4e5f;}"])
def test_a_colour_is_six_digits(value: str) -> None:
    with pytest.raises(ThemeError, match="illisible"):
        Couleurs(principale=value)


def test_tint_mixes_with_white() -> None:
    assert tint("#000000", 0.6) == "#666666"
    assert Couleurs().claire == tint("#1d4e5f", 0.6)


# --------------------------------------------------------------------------------------------------
# Geometry


def test_ordinary_columns_stand_at_the_same_place() -> None:
    for name in ("devis", "facture-60", "facture-1"):
        widths = compute_largeurs(PAGES[name]())
        assert (widths.designation, widths.montant, widths.dense) == (78.0, 25.0, False)


def test_large_figures_make_the_table_small_then_refused() -> None:
    page = make_grands_nombres()
    assert compute_largeurs(page).dense
    line = replace(page.lignes[0], prix=fr("1" * 30), montant=fr("9" * 40))
    with pytest.raises(RenduError, match="R607"):
        compute_largeurs(replace(page, sections=(replace(page.sections[0], lignes=(line,)),)))


def test_quantities_are_padded_to_the_longest_fraction() -> None:
    """`4`, `6,5` and `0,25`: a digit is .648 em, the comma .269 em."""
    page = make_offerte()
    css = build_css(page, arrange(page))
    assert ".lignes .q0{padding-right:1.565em}" in css
    assert ".q2" not in css


def test_what_does_not_fit_beside_the_totals_goes_below() -> None:
    page = replace(make_devis(), conditions_de_reussite=tuple(f"Condition numéro {n}" for n in range(90)))
    placed: Disposition = arrange(page)
    assert "conditions" in placed.bas
    assert "conditions" not in placed.entiers
    assert placed.fin == ("promesses",), "the order of the blocks is kept, and the last goes with the signature"
    assert not placed.signature_libre
    alone = arrange(replace(page, options=(), promesses=()))
    assert (alone.bas, alone.fin, alone.signature_libre) == (("conditions",), (), True)
    assert ".signature{break-before:auto}" in build_css(page, alone)


def test_what_stands_beside_the_totals_never_makes_them_taller_on_several_pages() -> None:
    """The totals drag the last line along: what is beside them may fill a page, but not be dragged too."""
    assert arrange(make_facture(2)).gauche == ("lettres", "mentions")
    assert arrange(make_facture(60)).bas == ("mentions",)
    assert arrange(make_facture(60)).seul
    assert "mentions" not in arrange(make_facture(60)).entiers


@pytest.mark.parametrize("make", [make_conditions, make_contrat])
def test_a_text_without_lines_asks_nothing_of_the_envelope_nor_of_the_table(make: Callable[[], Page]) -> None:
    page = replace(make(), destinataire=("M" * 60,), emetteur=replace(make_devis().emetteur, lignes=("x",) * 9))
    assert check_page(page) == ()
    placed = arrange(page)
    assert (placed.gauche, placed.bas, placed.clauses) == ((), (), True)
    css = build_css(page, placed)
    assert ".c-" not in css and ".logo" not in css
    assert "font-size" not in css
    long = replace(page, titre="Conditions générales de prestation, de conseil et d’intervention sur site")
    assert ".texte h1{font-size:15pt" in build_css(long, arrange(long))


@pytest.mark.parametrize(
    ("page", "clauses"),
    [
        (make_devis(), False),
        (make_facture(2), False),
        (make_avoir(), False),
        (make_devis_annexe(), True),
        (replace(make_devis(), articles=(article(1, "Délais", "Au plus tôt."),)), True),
        (replace(make_devis(), a_completer=("Tribunal",)), True),
        (make_conditions(), True),
        (make_contrat(), True),
    ],
    ids=["devis", "facture", "avoir", "annexe", "articles", "a-completer", "conditions", "contrat"],
)
def test_only_pages_with_clauses_pay_for_their_sheet(page: Page, clauses: bool) -> None:
    names = load_theme().list_sheets(clauses=arrange(page).clauses)
    assert names == (("style.css", "clauses.css") if clauses else ("style.css",))


def test_a_list_of_what_is_missing_takes_room_from_what_stands_beside_the_totals() -> None:
    page = make_facture(8)
    assert "mentions" in arrange(make_facture(2)).gauche
    crowded = replace(make_facture(2), a_completer=tuple(f"Point numéro {n}" for n in range(60)))
    assert "mentions" in arrange(crowded).bas
    assert arrange(page).manques_longs is False
    assert arrange(crowded).manques_longs is True


def numbers(moities: Moities) -> list[list[str]]:
    """Return the numbers of the articles of each half."""
    return [[article.numero for chapitre in moitie for article in chapitre.articles] for moitie in moities]


def test_articles_that_fit_on_a_page_are_set_in_two_halves_of_one_height() -> None:
    """No article is cut, and none is lost; a chapter that is cut says its title once."""
    page = make_conditions(10, chapitres=3)
    assert page.recueil
    left, right = arrange(replace(page, recueil=replace(page.recueil, sommaire=False))).articles
    assert numbers((left, right)) == [["1", "2", "3", "4", "5"], ["6", "7", "8", "9", "10"]]
    assert [chapitre.titre for chapitre in (*left, *right)] == [
        "Ce que couvre le contrat", "Ce que fait chacun", "", "Le prix et son règlement",
    ]  # fmt: skip
    short = article(1, "Délais", "Au plus tôt.")
    long = article(2, "Prix", *("Les prix sont fermes pendant toute la durée du contrat." * 3,) * 4)
    assert numbers(arrange(replace(make_devis(), articles=(long, short, short, short))).particulieres) == [
        ["2"],
        ["1", "1", "1"],
    ]


@pytest.mark.parametrize(
    ("page", "halves"),
    [
        (make_conditions(2), 2),
        (make_conditions(14), 2),
        (make_conditions(20), 1),
        (make_conditions(1), 1),
        (make_conditions(14, chapitres=4), 1),
        (replace(make_conditions(14), a_completer=tuple(f"Point numéro {n}" for n in range(40))), 1),
        (make_devis_annexe(14), 2),
        (make_contrat(4), 1),
    ],
    ids=["two", "a-page", "two-pages", "one", "below-contents", "below-a-list", "annexed", "contract"],
)
def test_articles_longer_than_a_page_are_left_to_the_engine(page: Page, halves: int) -> None:
    placed = arrange(page).articles
    assert len(placed) == halves
    assert page.recueil
    assert list(chain(*numbers(placed))) == [article.numero for article in page.recueil.articles]
    html = render_html(page)
    assert ('class="articles moities"' in html) is (halves == 2)
    assert html.count("<article>") == len(page.recueil.articles)


def test_a_table_of_contents_is_cut_in_two_until_it_is_longer_than_a_page() -> None:
    assert numbers(arrange(make_conditions(8, chapitres=2)).sommaire) == [["1", "2", "3", "4"], ["5", "6", "7", "8"]]
    assert [len(half) for half in numbers(arrange(make_conditions(40, chapitres=5)).sommaire)] == [20, 20]
    assert len(arrange(make_conditions(140, chapitres=5)).sommaire) == 1
    assert arrange(make_conditions(8)).sommaire == ()
    assert arrange(make_devis()).sommaire == arrange(make_devis()).articles == ()


def test_only_very_tall_rows_may_break() -> None:
    page = make_devis()
    assert not arrange(page).hautes
    tall = replace(page.lignes[0], contenu=tuple(f"Point {n}" for n in range(40)))
    page = replace(page, sections=(replace(page.sections[0], lignes=(tall,)),))
    assert 'class="haute avant-x"' in render_html(page)


def test_addresses_that_the_window_hides_are_said() -> None:
    assert check_page(make_devis()) == ()
    assert check_page(make_adresse_longue()) == ()
    page = replace(make_devis(), destinataire=("M" * 60, *(f"ligne {n}" for n in range(8))))
    found = check_page(page)
    assert [(p.code, p.severity) for p in found] == [("R606", "avertissement")] * 2


def test_a_sender_that_would_show_through_the_window_is_said() -> None:
    page = make_devis()
    long = replace(page.emetteur, lignes=tuple(f"ligne {n}" for n in range(6)))
    assert [p.code for p in check_page(replace(page, emetteur=long))] == ["R606"]


def test_rows_under_the_title_never_touch_the_subject() -> None:
    """The title goes up by a row for each one too many; with ten, the logo's own place is all that is left."""

    def logo(rows: int, titre: str = "Devis") -> str:
        page = make_devis()
        page = replace(page, metas=page.metas[:1] * rows, titre=titre)
        found = re.search(r"\.logo\{height:([\d.]+)mm\}", build_css(page, arrange(page)))
        return found[1] if found else ""

    assert [logo(rows) for rows in (1, 5, 10, 20)] == ["", "", "23", "23"]
    six, seven, eight = (float(logo(rows)) for rows in (6, 7, 8))
    assert 3.9 <= round(six - seven, 1) <= 4.0 and 3.9 <= round(seven - eight, 1) <= 4.0
    assert float(logo(7, titre="Facture rectificative, duplicata")) < seven


def test_a_long_title_is_set_smaller_before_it_breaks() -> None:
    def size(titre: str) -> str:
        page = replace(make_devis(), titre=titre)
        found = re.search(r"h1\{font-size:(\d+)pt", build_css(page, arrange(page)))
        return found[1] if found else ""

    assert size("Facture d’acompte") == ""
    assert 15 < int(size("Facture rectificative")) < 21
    assert size("Facture rectificative, duplicata") == "15"


def test_a_unit_is_cut_only_where_no_hyphen_helps() -> None:
    page = make_mots_longs()
    assert arrange(page).unites_coupees == {"intervention-exceptionnelle"}
    html = call("lignes.lignes(page, t, d)", page)
    assert '<td class="u coupe">intervention-exceptionnelle' in html
    assert '<td class="u">demi-journée' in html


def test_a_line_of_text_that_must_stay_one_is_chosen_or_cut() -> None:
    long = "Maison " * 20
    assert fits_line("Facture F2026-031", "courant")
    assert fit_line((long, "Facture F2026-031", "Facture"), "courant") == "Facture F2026-031"
    cut = fit_line((long,), "meta")
    assert cut.startswith("Maison Maison") and cut.endswith("…") and fits_line(cut, "meta")


def test_a_short_address_is_centred_in_the_window() -> None:
    page = make_devis()
    assert ".adresse{padding-top:2mm}" in build_css(page, arrange(page))


# --------------------------------------------------------------------------------------------------
# QR code and watermark


def test_epc_payload() -> None:
    payload = build_epc(
        titulaire="Atelier Nord SASU", iban=IBAN, bic="AGRIFRPPXXX", montant=Decimal("1234.5"), reference="F2026-031"
    )
    assert payload.split("\n") == [
        "BCD", "002", "1", "SCT", "AGRIFRPPXXX", "Atelier Nord SASU", "FR7630006000011234567890189", "EUR1234.50",
        "", "", "F2026-031",
    ]  # fmt: skip


@pytest.mark.parametrize("montant", ["0", "0.00", "-1", "1000000000"])
def test_no_code_for_a_sum_that_cannot_be_transferred(montant: str) -> None:
    assert build_epc(titulaire="A", iban=IBAN, bic="", montant=Decimal(montant), reference="") == ""


def test_epc_is_cut_to_what_banks_read() -> None:
    payload = build_epc(
        titulaire="É" * 200, iban=IBAN, bic="AGRIFRPPXXX", montant=Decimal(1), reference="référence " * 40
    )
    assert len(payload.encode()) <= 331
    assert len(payload.split("\n")[5]) == 70


def test_the_code_has_a_title_that_is_escaped() -> None:
    svg = str(draw_qr("BCD", "Code <de> l’essai"))
    assert "<title>Code &lt;de&gt; l’essai</title>" in svg
    assert "width=" not in svg.partition(">")[0]


def test_the_watermark_is_drawn_with_a_literal_colour() -> None:
    svg = draw_fond("BROUILLON", plis=True).decode()
    assert "<text" not in svg
    assert 'fill="#e4e7ea"' in svg
    assert "M5 99h4M5 198h4" in svg
    with pytest.raises(ThemeError, match="COPIE"):
        draw_fond("COPIE")


# --------------------------------------------------------------------------------------------------
# Themes


def make_theme(tmp_path: Path, **files: str) -> Theme:
    """Write a theme named `maison` and load it."""
    folder = tmp_path / "maison"
    (folder / "macros").mkdir(parents=True)
    (folder / "style.css").write_text("", encoding="utf-8")
    for name, text in files.items():
        (folder / (name.replace("__", "/") + ".html.j2")).write_text(text, encoding="utf-8")
    return load_theme("maison", [tmp_path])


def test_a_theme_overrides_file_by_file(tmp_path: Path) -> None:
    theme = make_theme(tmp_path, macros__signature="{% macro signature(page) %}<p>Signez ici</p>{% endmacro %}")
    html = render_html(make_devis(), theme)
    assert "Signez ici" in html
    assert "Maquettes" in html, "all that the theme lacks comes from the shipped one"
    assert list_themes([tmp_path]).keys() == {"maison", "sobre"}


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        ("un\n{% if %}", 2, "syntaxe"),
        ("un\ndeux\n{{ page.inconnu }}", 3, "inconnu"),
        ("{{ page.__class__.__mro__ }}", 1, "unsafe"),
        ("\n{{ ''.format.__globals__ }}", 2, "unsafe"),
        ("{{ 1 / 0 }}", 1, "division"),
        ("{% include 'absent.html.j2' %}", 0, "absent.html.j2"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", 1, "recursion"),
    ],
)
def test_a_mistake_in_a_theme_says_file_and_line(tmp_path: Path, source: str, line: int, message: str) -> None:
    theme = make_theme(tmp_path, devis=source)
    with pytest.raises(ThemeError, match=message) as caught:
        render_html(make_devis(), theme)
    assert caught.value.exit_code == 2
    assert caught.value.line == line
    assert "devis.html.j2" in str(caught.value)


def test_a_theme_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    secret = tmp_path / "secret.html.j2"
    secret.write_text("secret", encoding="utf-8")
    theme = make_theme(tmp_path, devis="{% include '../secret.html.j2' %}")
    with pytest.raises(ThemeError, match="hors de son dossier"):
        render_html(make_devis(), theme)
    link = theme.dossiers[0] / "facture.html.j2"
    link.symlink_to(secret)
    with pytest.raises(ThemeError, match="hors de son dossier"):
        render_template(theme, "facture.html.j2")


@pytest.mark.parametrize("nom", ["", "..", "../sobre", "a/b", "polices", "absent"])
def test_a_theme_is_the_name_of_a_folder(nom: str) -> None:
    with pytest.raises(ThemeError):
        load_theme(nom)


def test_eject_never_overwrites(tmp_path: Path) -> None:
    (tmp_path / "style.css").write_text("à moi", encoding="utf-8")
    written, kept = eject_theme(tmp_path)
    assert kept == [tmp_path / "style.css"]
    assert (tmp_path / "style.css").read_text(encoding="utf-8") == "à moi"
    assert tmp_path / "macros" / "lignes.html.j2" in written
    assert eject_theme(tmp_path)[0] == []


def test_rendering_twice_gives_the_same_html() -> None:
    assert render_html(make_facture(12)) == render_html(make_facture(12))
