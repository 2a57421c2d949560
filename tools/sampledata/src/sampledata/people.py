"""Who does what in the sentences, in English and in French, and things with their articles."""

from .french import (
    agree,
    ask,
    present,
)
from .phrases import (
    SUBJECTS,
)


class Who:
    """Who does it: in English, and as French subjects (words, person, agreement)."""

    def __init__(self, english, readings):
        self.english, self.readings = english, readings
        self.third = english not in ("I", "You", "We", "They") and readings[0][1] == 2
        ends = zip(("I", "You", "He", "She", "We", "They"), ("'m", "'re", "'s", "'s", "'re", "'re"))
        short = {word: word + end for word, end in ends}
        self.be = "am" if english == "I" else "is" if self.third else "are"
        self.was = "was" if self.third or english == "I" else "were"
        self.am = short.get(english, f"{english} {self.be}")
        self.have = "has" if self.third else "have"
        self.do = "does" if self.third else "do"
        self.will = english + ("'ll" if english in short else " will")

    def does(self, verb, adverb=""):
        """Return the English subject with a verb in the present."""
        if self.third and verb[-1] == "y" and verb[-2] not in "aeou":
            verb = verb[:-1] + "ies"
        elif self.third:
            verb += "es" if verb.endswith(("s", "ch", "sh", "x", "o")) else "s"
        return f"{self.english} {adverb}{verb}"

    def is_part_of(self, other):
        """Whether another, an object in English, is this subject or has it as a part."""
        me = self.english in ("I", "We") and other in ("me", "us")
        return me or other.lower() == self.english.lower()

    def inside(self, text):
        """Return English text that begins with this subject as it stands inside a sentence."""
        return text if self.english in ("I", "Paul", "Emma") else text[0].lower() + text[1:]

    def say(self, template, **words):
        """Return the French for every reading; a word may depend on person or agreement."""
        return [
            template.format(s=s, **{name: _fit(word, p, g) for name, word in words.items()})
            for s, p, g in self.readings
        ]

    def ask(self, forms, rest=""):
        """Return two questions for every reading."""
        return [q for s, p, g in self.readings for q in ask(s, p, g, forms[p], _fit(rest, p, g))]


def _fit(word, person, agreement):
    """Return a word itself, one of six forms, or what a function makes of the agreement."""
    if callable(word):
        return word(agreement)
    return word if isinstance(word, str) else word[person]


def agreeing(adjective):
    return lambda agreement: agree(adjective, agreement)


EVERYONE = [Who(english, readings) for english, readings in SUBJECTS]
OTHERS = [who for who in EVERYONE if who.english not in ("I", "We")]
PRONOUNS = EVERYONE[:6]
BE, HAVE, CAN, KNOW = present("être"), present("avoir"), present("pouvoir"), present("savoir")
MUST, WANT, GO = present("devoir"), present("vouloir"), present("aller")


def a(english):
    return ("an " if english[0] in "aeiou" else "a ") + english


def un(thing):
    return ("un " if thing.gender == "m" else "une ") + thing.french


def le(thing):
    return ("le " if thing.gender == "m" else "la ") + thing.french
