"""Markdown without HTML: what becomes a block, what is refused, and that values stay what they are."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from facture.prose import (
    FIN_MARQUE,
    MARQUE,
    MAX_PROSE,
    Bloc,
    Morceau,
    ProseInvalide,
    escape_markdown,
    find_renvois,
    mark_missing,
    parse_prose,
    to_plain,
)
from facture.sandbox import Valeur, parse_gabarit

NBSP = "\u00a0"


def p(*morceaux: Morceau | str) -> Bloc:
    return Bloc("p", tuple(Morceau(item) if isinstance(item, str) else item for item in morceaux))


def puce(texte: str, niveau: int = 0) -> Bloc:
    return Bloc("puce", (Morceau(texte),), "", niveau)


def numero(marque: str, texte: str, niveau: int = 0) -> Bloc:
    return Bloc("numero", (Morceau(texte),), marque, niveau)


def fort(texte: str) -> Morceau:
    return Morceau(texte, "fort")


def italique(texte: str) -> Morceau:
    return Morceau(texte, "italique")


def manque(texte: str) -> Morceau:
    return Morceau(f"[à compléter{NBSP}: {texte}]", "manque")


@pytest.mark.parametrize(
    ("text", "blocs"),
    [
        ("", []),
        ("  \n\n ", []),
        ("Un texte.", [p("Un texte.")]),
        ("Un texte\nsur   deux\tlignes.\n", [p("Un texte sur deux lignes.")]),
        ("Un\r\ntexte.\r\n\r\nDeux.", [p("Un texte."), p("Deux.")]),
        ("Un.\n\n\n\nDeux.", [p("Un."), p("Deux.")]),
        ("Un  \nretour\\\nforcé.", [p("Un retour forcé.")]),
        # Emphasis.
        ("Le **prix** *net*.", [p("Le ", fort("prix"), " ", italique("net"), ".")]),
        ("Le __prix__ _net_.", [p("Le ", fort("prix"), " ", italique("net"), ".")]),
        ("***les deux***", [p(fort("les deux"))]),
        ("*a **b** c*", [p(italique("a "), fort("b"), italique(" c"))]),
        ("**a *b* c**", [p(fort("a b c"))]),
        ("**a\nb**", [p(fort("a b"))]),
        ("a ** b * c_d_e", [p("a ** b * c_d_e")]),
        ("**pas fermé", [p("**pas fermé")]),
        # Escapes and entities.
        (r"\*a\* \_b\_ \[c\] \<d\> \`", [p("*a* _b_ [c] <d> `")]),
        ("R&amp;D &eacute; &#233; &#xE9;", [p("R&D é é é")]),
        ("a&nbsp;b", [p(f"a{NBSP}b")]),
        ("&lt;b&gt;", [p("<b>")]),
        ("a & b &inconnue;", [p("a & b &inconnue;")]),
        ("2 < 3 et 3 > 2, x <3", [p("2 < 3 et 3 > 2, x <3")]),
        (f"10{NBSP}000{NBSP}€", [p(f"10{NBSP}000{NBSP}€")]),
        # Lists.
        ("- a\n- b", [puce("a"), puce("b")]),
        ("* a\n* b\n\n+ c", [puce("a"), puce("b"), puce("c")]),
        ("- a\n\n- b", [puce("a"), puce("b")]),
        ("- a\nsuite\n- b", [puce("a suite"), puce("b")]),
        ("- a\n  - b\n  - c\n- d", [puce("a"), puce("b", 1), puce("c", 1), puce("d")]),
        ("1. a\n2. b\n3. c", [numero("a)", "a"), numero("b)", "b"), numero("c)", "c")]),
        ("1) a\n1) b", [numero("a)", "a"), numero("b)", "b")]),
        (
            "1. a\n   1. b\n   2. c\n2. d",
            [numero("a)", "a"), numero("a)", "b", 1), numero("b)", "c", 1), numero("b)", "d")],
        ),
        ("1. a\n\nb\n\n1. c", [numero("a)", "a"), p("b"), numero("a)", "c")]),
        ("- a\n  1. b", [puce("a"), numero("a)", "b", 1)]),
        ("Avant :\n- a\n\nAprès.", [p("Avant :"), puce("a"), p("Après.")]),
        ("- **a** b", [Bloc("puce", (fort("a"), Morceau(" b")))]),
        # A list goes on after a paragraph; without its first items it starts anew.
        ("1. a\n2. b\n\nc\n\n3. d", [numero("a)", "a"), numero("b)", "b"), p("c"), numero("c)", "d")]),
        ("2. a\n3. b", [numero("a)", "a"), numero("b)", "b")]),
        # An item emptied by a condition takes no letter.
        ("1. a\n2.\n3. c", [numero("a)", "a"), numero("b)", "c")]),
        ("- a\n-\n- c", [puce("a"), puce("c")]),
        ("- - a", [puce("a", 1)]),
        # No list without a space, nor a number in a sentence.
        ("-a\n\n1.a", [p("-a"), p("1.a")]),
        ("Le\n2.est", [p("Le 2.est")]),
        (r"2026\. Une année.", [p("2026. Une année.")]),
    ],
)
def test_markdown_becomes_blocks(text: str, blocs: list[Bloc]) -> None:
    """Paragraphs, emphasis and lists become blocks; spaces and ends of lines are one space."""
    assert parse_prose(text) == tuple(blocs)


def test_letters_go_past_z() -> None:
    """The twenty-seventh item is « aa) »."""
    marques = [bloc.marque for bloc in parse_prose("1. x\n" * 53)]
    assert [marques[i] for i in (0, 25, 26, 51, 52)] == ["a)", "z)", "aa)", "az)", "ba)"]


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("a\n\n# b", 3, "titre"),
        ("###### b", 1, "titre"),
        ("a\n===", 1, "ligne de « = » sous un texte, qui en fait un titre"),
        ("a\n\nb\n-", 3, "ligne de « - » sous un texte, qui en fait un titre"),
        ("a\n\n<div>\n\nb\n\n</div>", 3, "balise HTML"),
        ("<p>a</p>", 1, "balise HTML"),
        ("a\nb <b>c</b>", 2, "balise HTML"),
        ("a<br>b", 1, "balise HTML"),
        ("a <br/> b", 1, "balise HTML"),
        ("</b>", 1, "balise HTML"),
        ("<script>alert(1)</script>", 1, "balise HTML"),
        ("<style>\na\n</style>", 1, "balise HTML"),
        ("a <!-- note --> b", 1, "balise HTML"),
        ("<!-- a\nb -->", 1, "balise HTML"),
        ("<!DOCTYPE html>", 1, "balise HTML"),
        ("<?php a ?>", 1, "balise HTML"),
        ("<![CDATA[a]]>", 1, "balise HTML"),
        ('<a\nhref="b">', 1, "balise HTML"),
        ("**<b>**", 1, "balise HTML"),
        ("- a\n- b <i>c</i>", 2, "balise HTML"),
        ("a\n\nb [c](http://d.fr)", 3, "lien"),
        ("[c]( d )", 1, "lien"),
        ("[a [b] c](d)", 1, "lien"),
        ('[c](<d> "e")', 1, "lien"),
        ("<http://d.fr>", 1, "lien"),
        ("<mailto:a@b.fr>", 1, "lien"),
        ("<a@b.fr>", 1, "lien"),
        ("<1@b.fr>", 1, "lien"),
        ("![c](d.png)", 1, "image"),
        ("a\n`b`", 2, "code entre accents graves"),
        ("a `` b", 1, "code entre accents graves"),
        ("a\n\n```\nb\n```", 3, "bloc de code"),
        ("~~~\nb", 1, "bloc de code"),
        ("a\n\n    b", 3, "bloc de code"),
        ("- a\n\n      b", 3, "bloc de code"),
        ("> a", 1, "citation"),
        ("a\n> b", 2, "citation"),
        ("- > a", 1, "citation"),
        ("a\n\n---\n\nb", 3, "filet"),
        ("***", 1, "filet"),
        ("- - -", 1, "filet"),
        ("| a | b |\n|---|---|\n| c | d |", 2, "tableau"),
        ("a | b\n--|--\nc | d", 2, "tableau"),
        ("a\n\n[b]: http://c.fr", 3, "définition de lien"),
        ("[b]: c 'd'\n[e]: f", 1, "définition de lien"),
        ("- [b]: http://c.fr", 1, "définition de lien"),
        ("a[^1]", 1, "note de bas de page"),
        ("[^1]: une note", 1, "note de bas de page"),
        ("a ~~b~~", 1, "texte barré"),
        ("a\nb [[Une Clause]]", 2, "renvoi illisible"),
        ("[[]]", 1, "renvoi illisible"),
        ("[[a b]]", 1, "renvoi illisible"),
        ("[[a:b:c]]", 1, "renvoi illisible"),
        ("[[é]]", 1, "renvoi illisible"),
        ("- a\n  - b\n    - c", 3, "liste à plus de deux niveaux"),
        ("- 1. - a", 1, "liste à plus de deux niveaux"),
        ("- a\n\n  b", 3, "deux paragraphes dans un élément de liste"),
        ("- a\n  - b\n\n  c", 4, "deux paragraphes dans un élément de liste"),
        ("2026. Une année.", 1, "liste numérotée qui commence à 2026"),
        ("a\n\n0. b", 3, "liste numérotée qui commence à 0"),
        ("100) b", 1, "liste numérotée qui commence à 100"),
        ("a\nb\n2. c", 3, "liste collée au texte qui la précède"),
        ("a\n1.\n2. c", 2, "liste collée au texte qui la précède"),
        ("a\n\u200bb", 2, "caractère invisible ou réservé U+200B"),
        ("a\0", 1, "caractère invisible ou réservé U+0000"),
        ("a\u202eb", 1, "caractère invisible ou réservé U+202E"),
        ("a\u00adb", 1, "caractère invisible ou réservé U+00AD"),
        ("a\ue002", 1, "caractère invisible ou réservé U+E002"),
        ("a\uf8ff", 1, "caractère invisible ou réservé U+F8FF"),
        ("a\U000f0000", 1, "caractère invisible ou réservé U+F0000"),
        ("a\ud800", 1, "caractère invisible ou réservé U+D800"),
        ("a\ufffd", 1, "caractère invisible ou réservé U+FFFD"),
        ("a &#8203; b", 1, "« &#8203; » s'imprime comme un vide"),
        ("a\n&#0;", 2, "« &#0; » s'imprime comme un vide"),
        ("&shy;", 1, "« &shy; » s'imprime comme un vide"),
        ("&zwj;", 1, "« &zwj; » s'imprime comme un vide"),
        ("&#x202E;", 1, "« &#x202E; » s'imprime comme un vide"),
        ("&#xE000;a&#xE001;", 1, "« &#xE000; » s'imprime comme un vide"),
        # A mark that is not in its place was not put there by us.
        (f"a{FIN_MARQUE}", 1, "caractère invisible ou réservé U+E001"),
        (f"a\n{MARQUE}b", 2, "caractère invisible ou réservé U+E000"),
        (f"{MARQUE}a{MARQUE}b{FIN_MARQUE}", 1, "caractère invisible ou réservé U+E000"),
        (f"{MARQUE}a\n\nb{FIN_MARQUE}", 1, "caractère invisible ou réservé U+E000"),
    ],
)
def test_all_the_rest_is_refused_by_name(text: str, line: int, said: str) -> None:
    """What a clause cannot hold is named in French, at its line, with what to write instead."""
    with pytest.raises(ProseInvalide) as caught:
        parse_prose(text)
    error = caught.value
    assert (error.code, error.line, str(error)) == ("C518", line, said)
    assert error.advice


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        (r"\# a", "# a"),
        (r"\> a", "> a"),
        (r"\<b> et \<http://c.fr>", "<b> et <http://c.fr>"),
        (r"\`a\`", "`a`"),
        (r"[a\](b)", "[a](b)"),
        (r"\[\[a-b\]\]", "[[a-b]]"),
        (r"\[\[Pas Un Renvoi\]\]", "[[Pas Un Renvoi]]"),
        (r"a\[^1]", "a[^1]"),
        (r"\~~a\~~", "~~a~~"),
        ("[a] (b) et [c]", "[a] (b) et [c]"),
        ("[note] : a", "[note] : a"),
        ("a [b]: c", "a [b]: c"),
        ("a ~ b | c", "a ~ b | c"),
        ("Bravo![[a-b]]", "Bravo!a-b"),
    ],
)
def test_an_escaped_sign_is_a_sign(text: str, plain: str) -> None:
    """What the advice tells to write prints, and single signs are no construct."""
    assert to_plain(parse_prose(text)) == plain


# --- References ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("l'article [[acompte]].", (("acompte", 1),)),
        ("[[a]]\n\nvoir [[equipe:b-2]] et [[a]]", (("a", 1), ("equipe:b-2", 3), ("a", 3))),
        ("**[[a]]** - [[b]]", (("a", 1), ("b", 1))),
        (r"\[\[a\]\]", ()),
        (r"\[[a]]", ()),
        (r"[\[a]]", ()),
        (r"[[a\]]", ()),
        (r"[[a]\]", ()),
        (r"\\[[a]]", (("a", 1),)),
        ("[[[a]]]", (("a", 1),)),
        ("[[a]][[b]]", (("a", 1), ("b", 1))),
        ("[[a]](b)", (("a", 1),)),
        ("[a]", ()),
    ],
)
def test_references_found_are_those_resolved(text: str, expected: tuple[tuple[str, int], ...]) -> None:
    """The references of a text are found with their lines, and are those that a page asks to resolve."""
    assert find_renvois(text) == expected
    asked: list[str] = []

    def resolve(identifiant: str) -> str:
        asked.append(identifiant)
        return "4.2"

    plain = to_plain(parse_prose(text, resolve))
    assert asked == [identifiant for identifiant, _ in expected]
    assert plain.count("4.2") == len(expected)


def test_reference_takes_the_style_around_it() -> None:
    """What stands for a reference is text: printed in the style around, never read as Markdown."""
    assert parse_prose("l'article **[[a]]**", lambda _: "*4*") == (p("l'article ", fort("*4*")),)
    assert parse_prose("[[a]]") == (p("a"),)
    assert parse_prose("[[a]]", lambda _: f"{MARQUE}4{FIN_MARQUE}") == (p("4"),)


# --- Missing values --------------------------------------------------------------------------------------------------


def test_missing_values_have_their_style() -> None:
    """A hole is a run of its own, whatever it holds and whatever surrounds it."""
    text = f"- Sous {mark_missing('délai *en* jours')}, **au {mark_missing('taux')} net**."
    assert parse_prose(text) == (
        Bloc(
            "puce",
            (
                Morceau("Sous "),
                manque("délai *en* jours"),
                Morceau(", "),
                fort("au "),
                manque("taux"),
                fort(" net"),
                Morceau("."),
            ),
        ),
    )


def test_two_holes_side_by_side_are_one_run() -> None:
    """Nothing of the marks is left between two holes."""
    (bloc,) = parse_prose(mark_missing("a") + mark_missing("b"))
    assert bloc == p(Morceau(f"[à compléter{NBSP}: a][à compléter{NBSP}: b]", "manque"))


@pytest.mark.parametrize("what", ["a]", "[[b]]", f"c{FIN_MARQUE}d", "e\n\nf", "<b>", "1. g", "&amp;", "`", "h\\"])
def test_help_of_a_hole_is_text(what: str) -> None:
    """What to fill in may hold any sign: it prints as it is, on one line."""
    clean = " ".join(what.replace(FIN_MARQUE, "").split())
    assert parse_prose(f"Avant {mark_missing(what)} après.") == (p("Avant ", manque(clean), " après."),)


# --- Values ----------------------------------------------------------------------------------------------------------

VISIBLE = st.text(
    st.characters(
        codec="utf-8", exclude_categories=("C", "Z", "M"), exclude_characters="\u2800\u3164\u115f\u1160\uffa0\ufffd"
    ),
    min_size=1,
    max_size=12,
)
SIGNES = st.text(st.sampled_from("\\`*_{}[]()#+-.!<>&|~=:;^\"'$%/@ 0123a"), min_size=1, max_size=14)
CONTEXTES = [
    "{}",
    "a {} b",
    "- {}",
    "1. {}",
    "- a\n  - {}",
    "a\n{}\nb",
    "a\n\n{}",
    "{} b",
    "**a** {} *b*",
    "a\n{}",
    "({})",
]


@given(st.one_of(VISIBLE, SIGNES), st.sampled_from(CONTEXTES))
@example("1. a", "{}")
@example("# a", "a\n{}")
@example("===", "a\n{}")
@example("---", "a\n{}")
@example("amp;", "&{}")
@example("(b)", "[a]{}")
@example("a]: b", "[{}")
@example("|--|", "a | b\n{}")
@example("[[a]]", "{}")
@example("~~~", "{}")
@example("    a", "a\n\n{}")
@example("a\n\n# b\n\n- c", "- {}")
@example("a\r\n\u2028b", "{}")
def test_a_value_prints_as_it_is(value: str, context: str) -> None:
    """Wherever a value stands, it prints as it was given, on one line, and changes no block around it."""
    shown = " ".join(value.split())
    found = to_plain(parse_prose(context.replace("{}", escape_markdown(f"x{value}x"))))
    expected = to_plain(parse_prose(context.replace("{}", "XYZ")))
    assert found == expected.replace("XYZ", " ".join(f"x{value}x".split()))
    if shown and context.startswith(("{}", "- {}", "1. {}", "a\n{}")):
        found = to_plain(parse_prose(context.replace("{}", escape_markdown(value))))
        assert found == expected.replace("XYZ", shown)


@given(st.text(st.sampled_from("*_ab ()"), min_size=1).map(str.strip).filter(bool))
def test_an_emphasised_value_is_emphasised(value: str) -> None:
    """Between spaces, the emphasis around a value takes hold whatever its first and last signs."""
    assert parse_prose(f"le **{escape_markdown(value)}** ici") == (p("le ", fort(" ".join(value.split())), " ici"),)


def test_a_value_cannot_forge_a_hole() -> None:
    """The marks are taken out of a value; its other private signs are refused, not printed."""
    assert escape_markdown(f"a{MARQUE}b{FIN_MARQUE}c") == "abc"
    with pytest.raises(ProseInvalide):
        parse_prose(escape_markdown("a\ue002"))


def test_a_clause_from_its_text_to_its_page() -> None:
    """Filled then read, a clause keeps its paragraphs, whatever its conditions leave out and its values hold."""
    texte = (
        "Le prix comprend **{{ series|en_lettres }}** série{{ series|pluriel }}, pour {{ client.nom }}.\n"
        '{% if client.qualite == "particulier" %}\n'
        "Le délai de rétractation est de {{ delai }}.\n"
        "{% endif %}\n"
        "Voir l'article [[acompte]].\n"
        "\n"
        "- la liste des remarques, sous {{ delai }} ;\n"
        "- {% if urgent %}le supplément d'urgence ;{% endif %}\n"
        "- l'accord.\n"
    )
    contexte = {
        "series": Valeur(2, "2"),
        "client.nom": Valeur("1. *Studio* [[x]]", "1. *Studio* [[x]]"),
        "client.qualite": Valeur("professionnel", "professionnel"),
        "urgent": Valeur(False, "non"),
    }
    filled, holes = parse_gabarit(texte).render(contexte, escape_markdown, lambda hole: mark_missing(hole.nom))
    assert [hole.nom for hole in holes] == ["delai"]
    assert parse_prose(filled, lambda _: "4.2") == (
        p("Le prix comprend ", fort("deux"), " séries, pour 1. *Studio* [[x]]. Voir l'article 4.2."),
        Bloc("puce", (Morceau("la liste des remarques, sous "), manque("delai"), Morceau(" ;"))),
        puce("l'accord."),
    )


# --- Plain text ------------------------------------------------------------------------------------------------------


def test_plain_text_has_one_line_a_block() -> None:
    """Plain text keeps the marks of lists and sets in their second level."""
    blocs = parse_prose("Le **prix** :\n\n1. a\n   - b\n2. c\n\n- d\n\nFin.")
    assert to_plain(blocs) == "Le prix :\na) a\n  - b\nb) c\n- d\nFin."
    assert to_plain(()) == ""


# --- Whatever is written ---------------------------------------------------------------------------------------------


MORCEAUX = st.sampled_from([
    "*", "**", "_", "[", "]", "[[", "]]", "(", ")", "<", ">", "`", "#", "- ", "1. ", "> ", "\n", "\n\n", "    ", "a",
    "b.", " ", "&", "&amp;", "&#0;", "|", "---", "~~", "\\", "!", ":", "^", "[[a]]", "é", MARQUE, FIN_MARQUE,
])  # fmt: skip


@given(st.one_of(st.text(), st.lists(MORCEAUX, max_size=30).map("".join)))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Any text is read or refused; what is read holds no mark, no end of line, and no two runs of one style."""
    try:
        blocs = parse_prose(text)
    except ProseInvalide as error:
        assert 1 <= error.line <= text.count("\n") + text.count("\r") + 1
        assert str(error)
        return
    for bloc in blocs:
        line = "".join(morceau.texte for morceau in bloc.morceaux)
        assert line
        assert line.strip(" ") == line
        assert not set(line) & {MARQUE, FIN_MARQUE, "\n", "\r", "\t"}
        assert "  " not in line
        styles = [morceau.style for morceau in bloc.morceaux]
        assert all(one != next_one for one, next_one in pairwise(styles))
        assert bloc.niveau in (0, 1)
        assert bool(bloc.marque) is (bloc.kind == "numero")


@given(st.text(st.sampled_from("ab -*1.\n"), max_size=60))
def test_no_word_is_lost(text: str) -> None:
    """Every letter of a text that is read is printed, in its order."""
    try:
        plain = "".join(morceau.texte for bloc in parse_prose(text) for morceau in bloc.morceaux)
    except ProseInvalide:
        return
    assert [sign for sign in plain if sign in "ab"] == [sign for sign in text if sign in "ab"]


MOTIFS = [
    "*", "_", "**a ", "*a _b ", "*a**", "[", "]", "[[", "![", "[^a", "(", "<", "<!--", "<a ", "<a@", "<" + "@" * 40,
    "`", "`a``", "&", "\\", "~", "|", "|-", "|a\n", "#", "-", "- ", "-\n", "- a\n\n", "1. ", ">", ">a\n", "> ", "\n",
    " ", "a\n", "[a]: b\n", "```\n", "\ue000", "\ue000\ue001", "&#x110000;", "<![CDATA[",
]  # fmt: skip


@pytest.mark.parametrize("motif", MOTIFS)
def test_repeated_signs_end(motif: str) -> None:
    """Twenty thousand characters of one sign are read or refused: no recursion, and nothing that doubles with each."""
    text = (motif * 20_000)[:20_000]
    try:
        blocs = parse_prose(text)
    except ProseInvalide as error:
        assert error.line >= 1
    else:
        assert len(to_plain(blocs)) <= len(text) + 10
    assert len(find_renvois(text)) == 0


def test_deep_lists_are_refused() -> None:
    """Thousands of levels are refused at the third, at its line."""
    with pytest.raises(ProseInvalide) as caught:
        parse_prose("".join("  " * level + "- a\n" for level in range(200)))
    assert (str(caught.value), caught.value.line) == ("liste à plus de deux niveaux", 3)
    with pytest.raises(ProseInvalide):
        parse_prose("+ " * 5_000 + "a")


def test_size_is_bounded() -> None:
    """A filled text has a size as well."""
    assert len(parse_prose("a" * MAX_PROSE)) == 1
    with pytest.raises(ProseInvalide) as caught:
        parse_prose("a" * (MAX_PROSE + 1))
    assert str(MAX_PROSE) in str(caught.value)
