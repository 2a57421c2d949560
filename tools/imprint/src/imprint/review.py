"""What a reviewer of a page must attack, so that none of it is passed over: each number, general
word, claim about software, citation, exercise and check."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from imprint import prose
from imprint.book import CHECK_TAGS
from imprint.exercises import exercises
from imprint.pages import Notebook
from imprint.prose import ITEM, ROLE, Sentence

GENERAL = re.compile(
    r"\b(all|always|any|anything|because|best|both|by itself|cannot|each|entire(ly)?|every|"
    r"everything|everywhere|exact|exactly|fewest|first|guarantees?|hence|impossible|in general|"
    r"independent(ly)?|least|must|most|necessarily|neither|never|no|nobody|none|nothing|nowhere|"
    r"only|precisely|prove[sd]?|simplest|sole|same|therefore|unique(ly)?|unless|usually|whatever|"
    r"whenever|wherever|whole|without|worst)\b",
    re.IGNORECASE,
)
NUMBER = re.compile(
    r"\d[\d.,]*\d|\d|\b(two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens?|twice|"
    r"half|thirds?|quarters?|hundreds?|thousands?|millions?|billions?|percent|double|once)\b",
    re.IGNORECASE,
)
CODE = re.compile(r"(?<![`}])(`+)([^`]+)\1")


@dataclass(frozen=True)
class Found:
    """One thing to attack."""

    line: int
    what: str
    where: str
    """The sentence or code that it stands in."""


def to_attack(page: Notebook) -> dict[str, list[Found]]:
    """All that there is on a page, by what to do about it."""
    return {
        "Recompute each number": list(_in_prose(page, _numbers)),
        "Find the counterexample to each general word": list(_in_prose(page, _general)),
        "Run each claim about software": list(_in_prose(page, _code)),
        "Check that each work supports the sentence": list(_in_prose(page, _cited)),
        "Solve each exercise": list(_exercises(page)),
        "Break the code that each check guards": list(_checks(page)),
    }


def _in_prose(page: Notebook, find: Callable[[str], Iterator[tuple[int, str]]]) -> Iterator[Found]:
    for sentence in prose.sentences(page):
        hits = list(find(sentence.text))
        if hits:
            yield _found(sentence, hits)


def _found(sentence: Sentence, hits: list[tuple[int, str]]) -> Found:
    words = dict.fromkeys(word for _, word in hits)
    return Found(sentence.line(hits[0][0]), ", ".join(words), sentence.text)


def _numbers(text: str) -> Iterator[tuple[int, str]]:
    plain = ROLE.sub(lambda match: " " * len(match[0]), text)
    item = ITEM.match(plain)
    for match in NUMBER.finditer(plain, item.end() if item else 0):
        yield match.start(), match[0]


def _general(text: str) -> Iterator[tuple[int, str]]:
    for match in GENERAL.finditer(prose.words(text)):
        yield match.start(), match[0].lower()


def _code(text: str) -> Iterator[tuple[int, str]]:
    for match in CODE.finditer(text):
        yield match.start(), match[0]


def _cited(text: str) -> Iterator[tuple[int, str]]:
    for place, name, content in prose.roles(text):
        if name.startswith("cite"):
            yield place, content


def _exercises(page: Notebook) -> Iterator[Found]:
    for one in exercises(page):
        text = page.cells[one.cell].source.split("\n")[one.first]
        yield Found(one.line, f"exercise {one.number}", text)


def _checks(page: Notebook) -> Iterator[Found]:
    for cell in page.cells:
        if cell.kind == "code" and CHECK_TAGS.intersection(cell.tags):
            editions = ", ".join(sorted({*cell.tags} - CHECK_TAGS)) or "all editions"
            yield Found(cell.line, editions, cell.source)
