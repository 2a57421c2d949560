"""The twin of the book's novel: a story of our own, told by a grammar.

A traveller in time fetches home the hours that a harbour clock has lost, one
a chapter. All that varies comes from one stream of uniform random numbers, so
the file is the same bytes everywhere.
"""

import os
import re
import textwrap
from collections import deque

import numpy as np

from .harbour import CLOCKS, GRAMMAR, MEN, NUMBERS, PLACES, PLOT, ROMAN, SEASONS, TITLE, WOMEN
from .words import WORDS

SEED = 18950529
WIDTH = 72  # columns of a line, at most
RECENT = 12  # this many other words are said before one comes again
IRREGULAR = {"mouse": "mice", "dormouse": "dormice", "goose": "geese", "ox": "oxen"}


def _rules():
    """Return a list of versions for each rule of the grammar."""
    rules, versions = {}, []
    for line in GRAMMAR.strip().splitlines():
        if line.startswith(" " * 8):
            versions[-1] += " " + line.strip()
        elif line.startswith(" " * 4):
            versions.append(line.strip())
        else:
            versions = rules[line] = []
    return rules


def _spaced(words):
    return [word.replace("_", " ") for word in words.split()]


def _plural(noun):
    if noun in IRREGULAR:
        return IRREGULAR[noun]
    if noun.endswith("man"):
        return noun[:-2] + "en"
    if re.search("(s|x|z|ch|sh)$", noun):
        return noun + "es"
    return noun[:-1] + "ies" if re.search("[^aeiou]y$", noun) else noun + "s"


class Teller:
    """Says what the grammar lets it; ``facts`` are what a chapter fixes."""

    def __init__(self, random):
        self.random, self.facts = random, {}
        self.rules = _rules()
        self.words = {name: _spaced(words) for name, words in WORDS.items()}
        self.recent = deque(maxlen=RECENT)

    def below(self, count):
        return int(self.random.random_sample() * count)

    def shuffled(self, words):
        left = _spaced(words)
        return [left.pop(self.below(len(left))) for _ in range(len(left))]

    def word(self, name):
        """Return a word that was not said just now, the first ones most often."""
        words = self.words[name]
        while True:
            u = self.random.random_sample()
            word = words[int(u * u * len(words))]
            if word not in self.recent:
                self.recent.append(word)
                return word

    def version(self, name):
        """Return a version of a rule, one of those not heard for longest."""
        versions = self.rules[name]
        chosen = versions.pop(self.below((len(versions) + 1) // 2))
        versions.append(chosen)
        return self.tell(chosen)

    def fill(self, slot):
        """Return what stands for the contents of a pair of braces."""
        name = slot.rstrip("+")
        low = name[0].lower() + name[1:]
        if "|" in name:
            choices = name.split("|")
            text = choices[self.below(len(choices))]
        elif low in self.facts:
            text = self.facts[low]
        else:
            text = self.word(low) if low in self.words else self.version(low)
        text = _plural(text) if slot.endswith("+") else text
        return text if low == name else text[0].upper() + text[1:]

    def tell(self, text):
        """Return a text with all its braces filled."""
        return re.sub("{(.+?)}", lambda match: self.fill(match[1]), text)


def _hours():
    """Return the hours of the day, from one in the morning to midnight."""
    numbers = NUMBERS.split()[:11]
    parts = ["in the afternoon"] * 5 + ["in the evening"] * 4 + ["at night"] * 2
    morning = [f"{number} in the morning" for number in numbers]
    later = [f"{number} {part}" for number, part in zip(numbers, parts)]
    return [*morning, "noon", *later, "midnight"]


def _story(teller):
    """Yield the parts of the story, heads among them, as the grammar has them."""
    hosts, places = teller.shuffled(WOMEN + " " + MEN), teller.shuffled(PLACES)
    trades = teller.shuffled(re.sub(r"\S+man\b", "", WORDS["trade"]))  # for men and women
    clocks = teller.shuffled(CLOCKS)
    strokes = ["once", "twice", *(f"{number} times" for number in NUMBERS.split()[2:])]
    yield TITLE
    yield teller.version("prologue")
    for at, (numeral, hour) in enumerate(zip(ROMAN.split(), _hours())):
        teller.facts = {
            "hour": hour,
            "host": hosts[at],
            "man": "man" if hosts[at] in MEN.split() else "woman",
            "place": places[at],
            "trade_": trades[at],
            "clock": clocks[at % 12],
            "season": SEASONS.split()[at // 2 % 4],
            "span": teller.word("number") + " years",
            "way": ("back", "ahead")[teller.below(2)],
            "count": strokes[at % 12],
            "done": f"{at + 1} of 24",
        }
        yield f"CHAPTER {numeral}. {teller.version('title')}"
        for rule in PLOT.split():
            yield teller.version(rule)
    yield teller.version("epilogue")


def time_machine(folder):
    """Write ``timemachine.txt``: 24 chapters, about 1,500 lines."""
    story = " // ".join(_story(Teller(np.random.RandomState(SEED))))
    story = re.sub(r"\b([Aa]) (?=[aeiouAEIOU]|ho(ur|nest))", r"\1n ", story)
    wrap = textwrap.TextWrapper(WIDTH, break_on_hyphens=False)
    text = "\n\n".join(wrap.fill(part) for part in story.split(" // "))
    with open(os.path.join(folder, "timemachine.txt"), "w", encoding="ascii", newline="\n") as file:
        print(text, file=file)
