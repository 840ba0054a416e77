"""A YAML file edited by lines: what is asked is written, nothing else moves, and what cannot be edited is refused."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from facture.errors import RefusError, UsageError
from facture.feuille import Feuille, dump_keys, quote, to_bytes

DEVIS = """\
# Le devis de Valbrun.
type: devis
numero: D2026-014    # attribué
promesses:
  # la première, à l'heure
  - {quoi: Maquettes livrées, pour: 2026-12-15}  # voir le courriel
  - quoi: "Site : en ligne"   # avec les textes
    pour: '2027-01-29'
    # après la recette

  # la suivante
  - quoi: Formation
    pour: 2027-02-12
    historique:
      - {pour: 2027-02-05, le: 2026-12-01, motif: "Salle prise, client absent"}

# Le reste.
notes: Merci
"""


def edit(text: str, *edits: tuple[tuple[str | int, ...], Any]) -> str:
    """Apply edits one after another: a text is set, a group is appended."""
    sheet = Feuille(text.encode(), "devis.yaml")
    for path, value in edits:
        if isinstance(value, dict):
            sheet.append_at(path, value)
        else:
            sheet.set_at(path, value)
    return sheet.finish().decode()


ETAPE = {"pour": "2026-12-15", "le": "2026-12-10", "motif": "Textes reçus tard"}
DITE = "{pour: 2026-12-15, le: 2026-12-10, motif: Textes reçus tard}"

MODIFICATIONS: dict[str, tuple[tuple[str | int, ...], Any, str, str]] = {
    "accolades-nouvelle-cle": (
        ("promesses", 0, "statut"),
        "tenue",
        "{quoi: Maquettes livrées, pour: 2026-12-15}",
        "{quoi: Maquettes livrées, pour: 2026-12-15, statut: tenue}",
    ),
    "accolades-valeur": (
        ("promesses", 0, "pour"),
        "2027-01-08",
        "livrées, pour: 2026-12-15}  # voir",
        "livrées, pour: 2027-01-08}  # voir",
    ),
    "accolades-liste": (
        ("promesses", 0, "historique"),
        ETAPE,
        "pour: 2026-12-15}",
        f"pour: 2026-12-15, historique: [{DITE}]}}",
    ),
    "lignes-nouvelle-cle": (
        ("promesses", 1, "statut"),
        "tenue",
        "    # après la recette\n",
        "    # après la recette\n    statut: tenue\n",
    ),
    "lignes-valeur-entre-apostrophes": (
        ("promesses", 1, "pour"),
        "2027-03-01",
        "pour: '2027-01-29'",
        "pour: 2027-03-01",
    ),
    "lignes-valeur-commentee": (
        ("promesses", 1, "quoi"),
        "Site",
        '"Site : en ligne"   # avec',
        "Site   # avec",
    ),
    "lignes-liste": (
        ("promesses", 1, "historique"),
        ETAPE,
        "    # après la recette\n",
        f"    # après la recette\n    historique:\n      - {DITE}\n",
    ),
    "liste-qui-grandit": (
        ("promesses", 2, "historique"),
        ETAPE,
        'client absent"}\n',
        f'client absent"}}\n      - {DITE}\n',
    ),
    "derniere-nouvelle-cle": (
        ("promesses", 2, "statut"),
        "rompue",
        'client absent"}\n',
        'client absent"}\n    statut: rompue\n',
    ),
    "racine": (("objet",), "Site", "notes: Merci\n", "notes: Merci\nobjet: Site\n"),
    "racine-valeur": (("numero",), "D2026-015", "D2026-014    #", "D2026-015    #"),
    "guillemets-au-besoin": (
        ("promesses", 0, "quoi"),
        "Maquettes, textes",
        "{quoi: Maquettes livrées,",
        '{quoi: "Maquettes, textes",',
    ),
    "virgule-sans-guillemets-hors-accolades": (
        ("promesses", 2, "quoi"),
        "Formation, en salle",
        "quoi: Formation\n",
        "quoi: Formation, en salle\n",
    ),
    "apostrophe": (
        ("promesses", 0, "statut"),
        "l'une",
        "pour: 2026-12-15}",
        "pour: 2026-12-15, statut: l'une}",
    ),
}


@pytest.mark.parametrize(("path", "value", "old", "new"), MODIFICATIONS.values(), ids=MODIFICATIONS)
def test_an_edit_changes_its_own_place_only(path: tuple[str | int, ...], value: Any, old: str, new: str) -> None:
    """The rest of the file, comments and blank lines included, stays byte for byte."""
    assert DEVIS.count(old) == 1
    assert edit(DEVIS, (path, value)) == DEVIS.replace(old, new)


DISPOSITIONS: dict[str, tuple[str, tuple[tuple[str | int, ...], Any], str]] = {
    "tout-sur-une-ligne": (
        "type: devis\npromesses: [{quoi: A, pour: 2026-12-15}, {quoi: B}]  # deux\n",
        (("promesses", 0, "statut"), "tenue"),
        "type: devis\npromesses: [{quoi: A, pour: 2026-12-15, statut: tenue}, {quoi: B}]  # deux\n",
    ),
    "accolades-imbriquees": (
        "promesses:\n  - {quoi: 'A } B', historique: [{motif: \"a ] b\"}], pour: x}\n",
        (("promesses", 0, "historique"), {"motif": "c"}),
        "promesses:\n  - {quoi: 'A } B', historique: [{motif: \"a ] b\"}, {motif: c}], pour: x}\n",
    ),
    "liste-vide": (
        "promesses:\n- {quoi: A, historique: []}\n",
        (("promesses", 0, "historique"), {"motif": "c"}),
        "promesses:\n- {quoi: A, historique: [{motif: c}]}\n",
    ),
    "accolades-sur-plusieurs-lignes": (
        "promesses:\n  - {quoi: A,  # une } seule\n     pour: x\n    }\n  - {quoi: B}\n",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  - {quoi: A,  # une } seule\n     pour: x\n    , statut: due}\n  - {quoi: B}\n",
    ),
    "virgule-finale": (
        "promesses:\n  - {quoi: A, }\n",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  - {quoi: A,statut: due}\n",
    ),
    "tirets-sous-la-cle": (
        "promesses:\n- quoi: A\n  historique:\n  - motif: b\n    pour: x\n- quoi: B\nnotes: C\n",
        (("promesses", 0, "historique"), {"motif": "c", "pour": "y"}),
        "promesses:\n- quoi: A\n  historique:\n  - motif: b\n    pour: x\n  - motif: c\n    pour: y\n"
        "- quoi: B\nnotes: C\n",
    ),
    "tiret-seul": (
        "promesses:\n  -\n    quoi: A\n  # la suivante\n  -\n    quoi: B\n",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  -\n    quoi: A\n    statut: due\n  # la suivante\n  -\n    quoi: B\n",
    ),
    "texte-en-bloc": (
        "promesses:\n  - quoi: A\n    note: |\n      # pas un commentaire\n\n      fin\n\n  - quoi: B\n",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  - quoi: A\n    note: |\n      # pas un commentaire\n\n      fin\n"
        "    statut: due\n\n  - quoi: B\n",
    ),
    "sans-fin-de-ligne": (
        "promesses:\n  - quoi: A",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  - quoi: A\n    statut: due\n",
    ),
    "fin-de-document": (
        "---\npromesses:\n  - quoi: A\n...\n",
        (("promesses", 0, "statut"), "due"),
        "---\npromesses:\n  - quoi: A\n    statut: due\n...\n",
    ),
    "cle-nulle-ailleurs": (
        "promesses:\n  - quoi: A\n    pour: ~\n",
        (("promesses", 0, "statut"), "due"),
        "promesses:\n  - quoi: A\n    pour: ~\n    statut: due\n",
    ),
}


@pytest.mark.parametrize(("text", "change", "expected"), DISPOSITIONS.values(), ids=DISPOSITIONS)
def test_however_the_file_is_laid_out(text: str, change: tuple[tuple[str | int, ...], Any], expected: str) -> None:
    """Braces on one line or several, dashes under the key or alone, a block of text, an end of document."""
    assert edit(text, change) == expected


def test_several_edits_follow_one_another() -> None:
    """Each edit sees the file as the one before left it."""
    done = edit(
        DEVIS,
        (("promesses", 0, "pour"), "2027-01-08"),
        (("promesses", 0, "statut"), "renegociee"),
        (("promesses", 0, "historique"), ETAPE),
        (("promesses", 0, "historique"), {"pour": "2027-01-08", "le": None}),
    )
    old = "{quoi: Maquettes livrées, pour: 2026-12-15}"
    new = (
        f"{{quoi: Maquettes livrées, pour: 2027-01-08, statut: renegociee, historique: [{DITE}, {{pour: 2027-01-08}}]}}"
    )
    assert done == DEVIS.replace(old, new)


def test_line_ends_and_byte_order_mark_stay() -> None:
    """A file from Windows keeps its line ends, and the mark at its start."""
    data = b"\xef\xbb\xbf" + DEVIS.replace("\n", "\r\n").encode()
    sheet = Feuille(data, "devis.yaml")
    sheet.set_at(("promesses", 1, "statut"), "tenue")
    added = b"    # apr\xc3\xa8s la recette\r\n"
    assert sheet.finish() == data.replace(added, added + b"    statut: tenue\r\n")


REFUS: dict[str, tuple[str, tuple[tuple[str | int, ...], Any]]] = {
    "alias": (
        "modele: &un {quoi: A}\npromesses:\n  - *un\n  - {quoi: B}\n",
        (("promesses", 0, "statut"), "tenue"),
    ),
    "texte-plie": ("promesses:\n  - quoi: deux\n      lignes\n", (("promesses", 0, "quoi"), "une")),
    "texte-en-bloc": ("promesses:\n  - quoi: |\n      deux\n      lignes\n", (("promesses", 0, "quoi"), "une")),
    "guillemets-sur-deux-lignes": (
        'promesses:\n  - {quoi: "deux\n      lignes"}\n',
        (("promesses", 0, "statut"), "tenue"),
    ),
    "element-absent": ("promesses:\n  - {quoi: A}\n", (("promesses", 3, "statut"), "tenue")),
    "cle-absente": ("type: devis\n", (("promesses", 0, "statut"), "tenue")),
    "pas-une-liste": ("promesses:\n  - {quoi: A, historique: B}\n", (("promesses", 0, "historique"), {"le": "x"})),
    "pas-un-groupe": ("promesses:\n  - A\n", (("promesses", 0, "statut"), "tenue")),
    "groupe-a-la-place-d-un-texte": ("promesses:\n  - {quoi: {a: b}}\n", (("promesses", 0, "quoi"), "A")),
    "cle-sans-valeur": ("promesses:\n  - quoi: A\n    statut:\n", (("promesses", 0, "statut"), "tenue")),
}


@pytest.mark.parametrize(("text", "change"), REFUS.values(), ids=REFUS)
def test_what_cannot_be_edited_is_refused(text: str, change: tuple[tuple[str | int, ...], Any]) -> None:
    """An alias, a text over several lines, a place that is not there: a refusal that says what to do."""
    with pytest.raises(UsageError, match="mettez une clé par ligne"):
        edit(text, change)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"{type: devis, promesses: [{quoi: A}]}\n", UsageError),
        (b"promesses: [\n", RefusError),
        ("promesses: [{quoi: Café}]\n".encode("latin-1"), RefusError),
        (b"promesses: A\npromesses: B\n", RefusError),
    ],
    ids=["une-ligne", "casse", "latin-1", "cle-en-double"],
)
def test_what_cannot_be_opened_is_refused(data: bytes, kind: type[Exception]) -> None:
    """A root on one line, or a file that is not sound, is refused before any edit."""
    with pytest.raises(kind):
        Feuille(data, "devis.yaml")


def test_a_character_that_no_file_may_hold_is_named() -> None:
    """The text given is at fault, not the layout of the file: the finding says so."""
    with pytest.raises(RefusError, match=r"U\+200B"):
        edit(DEVIS, (("promesses", 0, "statut"), "te\u200bnue"))


TEXTES = st.text(
    st.characters(blacklist_categories=("Cc", "Cf", "Cs", "Zl", "Zp", "Co", "Cn"), blacklist_characters="\ufffc\ufffd"),
    max_size=40,
)
UNE_LIGNE = TEXTES.map(lambda text: " ".join(text.replace("\u00a0", " ").replace("\u202f", " ").split())).filter(bool)


@given(
    quoi=st.lists(UNE_LIGNE, min_size=1, max_size=4),
    motif=UNE_LIGNE,
    statut=UNE_LIGNE,
    flow=st.sampled_from([None, False, True]),
    style=st.sampled_from([None, "'", '"']),
    width=st.integers(20, 200),
    indent=st.integers(2, 6),
    with_history=st.booleans(),
)
def test_an_edit_says_what_it_must_or_is_refused(
    quoi: list[str],
    motif: str,
    statut: str,
    flow: bool | None,
    style: str | None,
    width: int,
    indent: int,
    with_history: bool,
) -> None:
    """Whatever the texts and however another program laid the file out, what is read afterwards is what was asked."""
    said: dict[str, Any] = {"type": "devis", "promesses": [{"quoi": text, "pour": "2026-12-15"} for text in quoi]}
    if with_history:
        said["promesses"][-1]["historique"] = [{"motif": "un"}]
    said["notes"] = "fin"
    text = yaml.safe_dump(
        said,
        default_flow_style=flow,
        default_style=style,
        width=width,
        indent=indent,
        allow_unicode=True,
        sort_keys=False,
    )
    last = len(quoi) - 1
    try:
        done = edit(
            text,
            (("promesses", last, "statut"), statut),
            (("promesses", 0, "pour"), "2027-01-08"),
            (("promesses", last, "historique"), {"motif": motif}),
        )
    except UsageError:
        # One key a line with texts on one line can always be edited.
        assert flow is True or max(map(len, quoi)) > width - 30
        return
    said["promesses"][last]["statut"] = statut
    said["promesses"][0]["pour"] = "2027-01-08"
    said["promesses"][last].setdefault("historique", []).append({"motif": motif})
    assert yaml.load(done, yaml.BaseLoader) == said


@example(text="D'accord ?", flow=True)
@example(text="http://exemple.fr/a,b", flow=True)
@given(text=UNE_LIGNE, flow=st.booleans())
def test_a_quoted_text_reads_back(text: str, flow: bool) -> None:
    """Quotes come when they are needed, in braces or out of them, and the text is the one given."""
    line = f"a: {{b: {quote(text, flow=True)}, c: d}}\n" if flow else f"a: {quote(text)}\n"
    assert yaml.load(line, yaml.BaseLoader) == ({"a": {"b": text, "c": "d"}} if flow else {"a": text})


VALEURS = st.recursive(
    TEXTES | st.sampled_from(["deux\nlignes", "\ttab", " bord ", "x" * 150, "a\n\nb\n"]),
    lambda inner: (
        st.lists(inner, min_size=1, max_size=3)
        | st.dictionaries(st.sampled_from(["nom", "rue", "ville"]), inner, min_size=1)
    ),
    max_leaves=6,
)


@given(data=st.dictionaries(st.sampled_from(["type", "client", "notes", "lieu"]), VALEURS, min_size=1))
def test_a_new_file_says_exactly_what_it_was_given(data: dict[str, Any]) -> None:
    """Groups, lists, line breaks, blanks at the edges: nothing is lost in a file written anew."""
    assert yaml.load(to_bytes(dump_keys(data)), yaml.BaseLoader) == data


def test_a_new_file_is_pleasant_to_read() -> None:
    """A short group stands between braces, a long one has one key a line; what is not known is left out."""
    data = {
        "type": "courrier",
        "numero": None,
        "promesse": {"quoi": "Maquettes, textes", "pour": "2026-12-15"},
        "client": {"nom": "Menuiserie Valbrun", "note": "x" * 90, "adresse": {"ville": "Lille"}},
        "pieces": [],
    }
    assert dump_keys(data) == [
        "type: courrier",
        'promesse: {quoi: "Maquettes, textes", pour: 2026-12-15}',
        "client:",
        "  nom: Menuiserie Valbrun",
        f"  note: {'x' * 90}",
        "  adresse: {ville: Lille}",
    ]
