"""The twin of the English-French sentence pairs: every sentence made by rule, in both languages.

Sentences are drawn from their families by one stream of uniform random
numbers, so the file is the same bytes everywhere.
"""

import os

import numpy as np

from . import sentences
from .files import write_zip
from .french import write

SEED = 20161120
PAIRS = 3000

# The families, each with the number of pairs drawn from it (0: all there are).
FAMILIES = [
    (sentences.fixed, 0),
    (sentences.commands, 250),
    (sentences.being, 330),
    (sentences.being_asked, 90),
    (sentences.being_more, 130),
    (sentences.comparing, 60),
    (sentences.doing, 520),
    (sentences.doing_later, 90),
    (sentences.not_doing, 100),
    (sentences.asking, 100),
    (sentences.asking_why, 50),
    (sentences.being_able, 120),
    (sentences.having, 130),
    (sentences.taking, 110),
    (sentences.liking, 60),
    (sentences.owning, 80),
    (sentences.losing, 50),
    (sentences.describing, 80),
    (sentences.seeing, 70),
    (sentences.loving, 70),
    (sentences.going, 80),
    (sentences.placing, 80),
    (sentences.thinking, 70),
    (sentences.at_home, 40),
    (sentences.together, PAIRS),
]


def _shuffled(random, items):
    order = np.argsort(random.random_sample(len(items)), kind="stable")
    return [items[at] for at in order]


def _pairs(random):
    """Return the pairs that are drawn, sentence by sentence, in no order."""
    pairs = {}  # in the order of insertion, and each once
    for family, count in FAMILIES:
        until = min(len(pairs) + count, PAIRS) if count else PAIRS
        said = list(family())
        if count:
            said = _shuffled(random, said)
        for english, french in said:
            for text in french:
                if len(pairs) < until:
                    pairs[english, write(text)] = None
    return list(pairs)


def fra_eng(folder):
    """Write ``fra-eng.zip`` with ``fra-eng/fra.txt``: 3,000 pairs, the shortest English first."""
    random = np.random.RandomState(SEED)
    pairs = _pairs(random)
    english = _shuffled(random, list(dict.fromkeys(english for english, _ in pairs)))
    place = {text: at for at, text in enumerate(english)}
    pairs.sort(key=lambda pair: (len(pair[0]), place[pair[0]]))
    text = "".join(f"{english}\t{french}\n" for english, french in pairs)
    write_zip(os.path.join(folder, "fra-eng.zip"), {"fra-eng/fra.txt": text.encode("utf-8")})
