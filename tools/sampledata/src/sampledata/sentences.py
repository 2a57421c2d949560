"""Families of sentences: each yields English, and the French for each way that it can be meant."""

from .french import (
    WAS,
    agree,
    ask,
    future,
    imperative,
    no,
    past,
    present,
)
from .people import (
    BE,
    CAN,
    EVERYONE,
    GO,
    HAVE,
    KNOW,
    MUST,
    OTHERS,
    PRONOUNS,
    WANT,
    a,
    agreeing,
    le,
    un,
)
from .phrases import (
    ADJECTIVES,
    COLOURS,
    COMPARED,
    DRINKS,
    FIXED,
    FOOD,
    KIN,
    LIKED,
    LOOKED_AFTER,
    NUMBERS,
    OBJECTS,
    PLACES,
    QUALITIES,
    SEEN,
    SEEN_BY,
    SHORT_FIXED,
    SPOTS,
    TAKEN,
    THINGS,
    THOUGHTS,
    VERBS,
    WEATHER,
    WHOSE,
)


def fixed():
    return [*SHORT_FIXED, *FIXED]


def commands():
    for verb in VERBS:
        if "i" not in verb.kinds:
            continue
        you, all_ = (imperative(verb.french, person) for person in (1, 4))
        us = imperative(verb.french, 3)
        yield f"{verb.english.capitalize()}!", [you + "!", all_ + "!"]
        yield f"{verb.english.capitalize()}.", [you + ".", all_ + "."]
        yield f"Don't {verb.english}.", [f"ne {you} pas.", f"ne {all_} pas."]
        yield f"Don't {verb.english}!", [f"ne {you} pas!", f"ne {all_} pas!"]
        if verb.english != "come":
            yield f"Let's {verb.english}.", [us + "."]
        yield f"Please {verb.english}.", [f"{you}, s'il te plaît.", f"{all_}, s'il vous plaît."]
        yield (
            f"Please don't {verb.english}.",
            [
                f"s'il te plaît, ne {you} pas.",
                f"s'il vous plaît, ne {all_} pas.",
            ],
        )


def being():
    for who in EVERYONE:
        for english, french, _ in ADJECTIVES:
            yield f"{who.am} {english}.", who.say("{s} {be} {it}.", be=BE, it=agreeing(french))


def being_asked():
    for who in EVERYONE:
        for english, french, _ in ADJECTIVES:
            inside = who.inside(who.english)
            yield (
                f"{who.be.capitalize()} {inside} {english}?",
                who.ask(BE, agreeing(french)),
            )


def being_more():
    for who in EVERYONE:
        for english, french, kinds in ADJECTIVES:
            yield (
                f"{who.am} not {english}.",
                who.say(no("{s} |{be}| {it}."), be=BE, it=agreeing(french)),
            )
            yield (
                f"{who.english} {who.was} {english}.",
                who.say("{s} {was} {it}.", was=WAS, it=agreeing(french)),
            )
            yield (
                f"{who.english} {who.was}n't {english}.",
                who.say(no("{s} |{was}| {it}."), was=WAS, it=agreeing(french)),
            )
            if "v" in kinds:
                for much, beaucoup in (("very", "très"), ("too", "trop")):
                    yield (
                        f"{who.am} {much} {english}.",
                        who.say(
                            "{s} {be} {beaucoup} {it}.",
                            be=BE,
                            beaucoup=beaucoup,
                            it=agreeing(french),
                        ),
                    )


def comparing():
    for who in EVERYONE:
        for english, more, french in COMPARED:
            for other, autre in OBJECTS:
                if who.is_part_of(other):
                    continue
                yield (
                    f"{who.am} {more} than {other}.",
                    [
                        f"{s} {BE[p]} plus {agree(french, g)} que {than}."
                        for s, p, g in who.readings
                        for than in autre
                    ],
                )
                yield (
                    f"{who.am} as {english} as {other}.",
                    [
                        f"{s} {BE[p]} aussi {agree(french, g)} que {than}."
                        for s, p, g in who.readings
                        for than in autre
                    ],
                )


def doing():
    """The present and the past of what is done without an object."""
    for who in EVERYONE:
        for verb in VERBS:
            forms, (have, done) = present(verb.french), past(verb.french)
            now = who.say("{s} {forms}.", forms=forms)
            if "p" in verb.kinds:
                yield who.does(verb.english) + ".", now
            if verb.ing != "-":
                yield f"{who.am} {verb.ing}.", now
            if verb.past != "-":
                yield (
                    f"{who.english} {verb.past}.",
                    who.say("{s} {have} {done}.", have=have, done=done),
                )


def doing_later():
    for who in EVERYONE:
        for verb in VERBS:
            forms = future(verb.french)
            yield f"{who.will} {verb.english}.", who.say("{s} {forms}.", forms=forms)
            if "i" in verb.kinds:
                yield (
                    f"{who.will} {verb.english} tomorrow.",
                    who.say("{s} {forms} demain.", forms=forms),
                )
            yield (
                f"{who.english} won't {verb.english}.",
                who.say(no("{s} |{forms}|."), forms=forms),
            )
            yield (
                f"{who.am} going to {verb.english}.",
                who.say("{s} {go} {verb}.", go=GO, verb=verb.french),
            )


def not_doing():
    for who in EVERYONE:
        for verb in VERBS:
            forms, (have, done) = present(verb.french), past(verb.french)
            if "p" in verb.kinds:
                yield (
                    f"{who.english} {who.do}n't {verb.english}.",
                    who.say(no("{s} |{forms}|."), forms=forms),
                )
                if verb.english not in ("understand", "try"):
                    yield (
                        who.does(verb.english, "never ") + ".",
                        who.say("{s} ne {forms} jamais.", forms=forms),
                    )
            if verb.ing != "-":
                yield f"{who.am} not {verb.ing}.", who.say(no("{s} |{forms}|."), forms=forms)
            yield (
                f"{who.english} didn't {verb.english}.",
                who.say(no("{s} |{have}| {done}."), have=have, done=done),
            )


def asking():
    for who in OTHERS:
        inside = who.inside(who.english)
        for verb in VERBS:
            forms, (have, done) = present(verb.french), past(verb.french)
            if verb.ing != "-":
                yield (
                    f"{who.be.capitalize()} {inside} {verb.ing}?",
                    who.ask(forms),
                )
            yield (
                f"Did {inside} {verb.english}?",
                who.ask(have, done),
            )


def asking_why():
    """Questions with a word for what is asked."""
    words = [("Why", "pourquoi", "gi"), ("When", "quand", "l"), ("What", "que", "w")]
    for who in OTHERS[:4]:
        for verb in VERBS:
            forms = present(verb.french)
            for english, french, kinds in words:
                if set(kinds) & set(verb.kinds) and verb.ing != "-":
                    yield (
                        f"{english} {who.be} {who.inside(who.english)} {verb.ing}?",
                        [f"{french} {text}" for text in who.ask(forms)[::2]],
                    )
    for who in OTHERS:
        yield (
            f"Where {who.be} {who.inside(who.english)}?",
            who.say("où {be}-{s}?" if who in PRONOUNS else "où {be} {s}?", be=BE),
        )


def being_able():
    for who in EVERYONE:
        for verb in VERBS:
            if not set("gi") & set(verb.kinds) or verb.english in ("fall", "lose"):
                continue
            able = KNOW if "c" in verb.kinds else CAN
            yield (
                f"{who.english} can {verb.english}.",
                who.say("{s} {able} {verb}.", able=able, verb=verb.french),
            )
            yield (
                f"{who.english} can't {verb.english}.",
                who.say(no("{s} |{able}| {verb}."), able=able, verb=verb.french),
            )
            yield (
                f"{who.english} must {verb.english}.",
                who.say("{s} {must} {verb}.", must=MUST, verb=verb.french),
            )
            yield (
                who.does("want") + f" to {verb.english}.",
                who.say("{s} {want} {verb}.", want=WANT, verb=verb.french),
            )
            yield (
                f"{who.english} {who.do}n't want to {verb.english}.",
                who.say(no("{s} |{want}| {verb}."), want=WANT, verb=verb.french),
            )
            if who in OTHERS:
                yield (
                    f"{who.do.capitalize()} {who.inside(who.english)} want to {verb.english}?",
                    who.ask(WANT, verb.french),
                )


def having():
    for who in EVERYONE:
        for thing in [*THINGS[:-2], *KIN]:  # nobody has a door
            yield (
                f"{who.english} {who.have} {a(thing.english)}.",
                who.say("{s} {have} {it}.", have=HAVE, it=un(thing)),
            )
            yield (
                f"{who.english} {who.do}n't have {a(thing.english)}.",
                who.say(no("{s} |{have}| de {thing}."), have=HAVE, thing=thing.french),
            )
            if who in OTHERS:
                yield (
                    f"{who.do.capitalize()} {who.inside(who.english)} have {a(thing.english)}?",
                    who.ask(HAVE, un(thing)),
                )
            for english, french in NUMBERS:
                yield (
                    f"{who.english} {who.have} {english} {thing.plural}.",
                    who.say(
                        "{s} {have} {french} {thing}.",
                        have=HAVE,
                        french=french,
                        thing=thing.pluriel,
                    ),
                )


def taking():
    """Food and drink: some of it, none of it, and whether one likes it."""
    for who in EVERYONE:
        for verb, foods in (("eat", FOOD), ("drink", DRINKS), ("want", FOOD + DRINKS)):
            french = {"eat": "manger", "drink": "boire", "want": "vouloir"}[verb]
            forms = present(french)
            for food in foods:
                name = food.english
                some = f"de {le(food)}" if food.gender in "mf" else f"des {food.french}"
                yield (
                    who.does(verb) + f" {name}.",
                    who.say("{s} {forms} {some}.", forms=forms, some=some),
                )
                yield (
                    f"{who.english} {who.do}n't {verb} {name}.",
                    who.say(no("{s} |{forms}| de {food}."), forms=forms, food=food.french),
                )
                if verb == "want":
                    if who in OTHERS:
                        yield (
                            f"{who.do.capitalize()} {who.inside(who.english)} want {name}?",
                            who.ask(forms, some),
                        )
                    continue
                yield (
                    f"{who.am} {verb}ing {name}.",
                    who.say("{s} {forms} {some}.", forms=forms, some=some),
                )
                yield (
                    who.does(verb, "never ") + f" {name}.",
                    who.say("{s} ne {forms} jamais de {food}.", forms=forms, food=food.french),
                )


def liking():
    forms = present("aimer")
    for who in EVERYONE:
        for thing in LIKED:
            it = le(thing) if thing.gender in "mf" else f"les {thing.french}"
            yield (
                who.does("like") + f" {thing.english}.",
                who.say("{s} {forms} {it}.", forms=forms, it=it),
            )
            yield (
                f"{who.english} {who.do}n't like {thing.english}.",
                who.say(no("{s} |{forms}| {it}."), forms=forms, it=it),
            )
            if who in OTHERS:
                yield (
                    f"{who.do.capitalize()} {who.inside(who.english)} like {thing.english}?",
                    who.ask(forms, it),
                )


def owning():
    """Whose it is: mon, ma, mes."""
    for thing in [*THINGS[:-2], *KIN]:
        for english, one, many in WHOSE:
            words = one[thing.gender]
            plural = thing.plural != "-"
            yield (
                f"It's {english} {thing.english}.",
                [f"ce est {my} {thing.french}." for my in words],
            )
            yield (
                f"Where is {english} {thing.english}?",
                [f"où est {my} {thing.french}?" for my in words],
            )
            if plural:
                yield (
                    f"Where are {english} {thing.plural}?",
                    [f"où sont {my} {thing.pluriel}?" for my in many],
                )
            if thing in KIN:
                yield (
                    f"{english.capitalize()} {thing.english} is tired.",
                    [f"{my} {thing.french} est {agree('fatigué', thing.gender)}." for my in words],
                )
                continue
            yield (
                f"It isn't {english} {thing.english}.",
                [f"ce n'est pas {my} {thing.french}." for my in words],
            )
            for colour, couleur in COLOURS:
                if "c" in thing.kinds:
                    it = agree(couleur, thing.gender)
                    yield (
                        f"{english.capitalize()} {thing.english} is {colour}.",
                        [f"{my} {thing.french} est {it}." for my in words],
                    )


def losing():
    """What is done with a thing of one's own."""
    mine = {"I": 0, "You": 1, "He": 2, "She": 3, "Paul": 2, "Emma": 3, "We": 4, "They": 5}
    for who in EVERYONE:
        if who.english not in mine:
            continue
        english, one, _ = WHOSE[mine[who.english]]
        for word, looking, verb in (
            ("lost", "looking for", "perdre chercher"),
            ("found", "selling", "trouver vendre"),
        ):
            (have, done), forms = past(verb.split()[0]), present(verb.split()[1])
            for thing in THINGS:
                if "o" not in thing.kinds:
                    continue
                lost, seeking = [], []
                for s, p, g in who.readings:
                    my = one[thing.gender][p == 4 and len(one[thing.gender]) > 1]
                    lost.append(f"{s} {have[p]} {done(g)} {my} {thing.french}.")
                    seeking.append(f"{s} {forms[p]} {my} {thing.french}.")
                yield f"{who.english} {word} {english} {thing.english}.", lost
                yield f"{who.am} {looking} {english} {thing.english}.", seeking


def describing():
    for thing in [*THINGS, *FOOD, *DRINKS, *PLACES]:
        if thing.gender not in "mf":
            continue
        for english, french, kind in QUALITIES:
            if kind not in thing.kinds:
                continue
            it = agree(french, thing.gender)
            the = thing.english.removeprefix("the ")
            yield f"The {the} is {english}.", [f"{le(thing)} est {it}."]
            yield f"The {the} isn't {english}.", [f"{le(thing)} n'est pas {it}."]
            yield f"Is the {the} {english}?", ask(le(thing), 2, thing.gender, "est", it)
            if thing in THINGS:
                its = agree(french, thing.gender.upper())
                yield f"The {thing.plural} are {english}.", [f"les {thing.pluriel} sont {its}."]
                yield (
                    f"Are the {thing.plural} {english}?",
                    ask(f"les {thing.pluriel}", 5, thing.gender.upper(), "sont", its),
                )


def seeing():
    """A verb, and a thing with an adjective before or after it."""
    for who in EVERYONE:
        for english, verb in TAKEN:
            forms = present(verb)
            doing = f"{who.am} {english}" if english.endswith("ing") else who.does(english)
            for thing in THINGS:
                for adjective, french, where in SEEN:
                    if where not in thing.kinds:
                        continue
                    it = agree(french, thing.gender)
                    if where == "b":  # before the noun
                        if thing.gender == "m" and thing.french[0] in "aeioéœh":
                            it = {"beau": "bel", "nouveau": "nouvel", "vieux": "vieil"}.get(it, it)
                        words = ("un " if thing.gender == "m" else "une ") + f"{it} {thing.french}"
                    else:
                        words = f"{un(thing)} {it}"
                    yield (
                        f"{doing} {a(adjective)} {thing.english}.",
                        who.say("{s} {forms} {words}.", forms=forms, words=words),
                    )


def loving():
    """Pronouns as objects."""
    for who in EVERYONE:
        for english, verb in LOOKED_AFTER:
            forms, (have, _) = present(verb), past(verb)
            for other, objects in (
                ("me", ["me"]),
                ("you", ["te", "vous"]),
                ("him", ["le"]),
                ("her", ["la"]),
                ("us", ["nous"]),
                ("them", ["les"]),
            ):
                if who.is_part_of(other):
                    continue
                first, _, rest = english.partition(" ")
                after = " ".join([rest, other]).strip()
                yield (
                    who.does(first) + f" {after}.",
                    [f"{s} {it} {forms[p]}." for s, p, g in who.readings for it in objects],
                )
                yield (
                    f"{who.english} {who.do}n't {first} {after}.",
                    [f"{s} ne {it} {forms[p]} pas." for s, p, g in who.readings for it in objects],
                )
                if other in ("him", "her") and english in ("see", "hear", "understand"):
                    word, vu = SEEN_BY[english]
                    vu = agree(vu, "f") if other == "her" else vu
                    yield (
                        f"{who.english} {word} {other}.",
                        [f"{s} {it} {have[p]} {vu}." for s, p, g in who.readings for it in objects],
                    )


def going():
    for who in EVERYONE:
        for place in PLACES:
            to = f"à {le(place)}"
            yield (
                f"{who.am} going to {place.english}.",
                who.say("{s} {go} {to}.", go=GO, to=to),
            )
            yield (
                f"{who.english} went to {place.english}.",
                who.say("{s} {be} {it} {to}.", be=BE, it=agreeing("allé"), to=to),
            )
            yield (
                f"{who.am} at {place.english}.",
                who.say("{s} {be} {to}.", be=BE, to=to),
            )
            if who not in OTHERS:
                continue
            yield (
                f"{who.be.capitalize()} {who.inside(who.english)} going to {place.english}?",
                who.ask(GO, to),
            )
            yield (
                f"{who.be.capitalize()} {who.inside(who.english)} at {place.english}?",
                who.ask(BE, to),
            )


def placing():
    for thing in THINGS:
        if "o" not in thing.kinds and "a" not in thing.kinds:
            continue
        for english, french in SPOTS:
            yield f"The {thing.english} is {english}.", [f"{le(thing)} est {french}."]
            yield f"There's {a(thing.english)} {english}.", [f"il y a {un(thing)} {french}."]
            yield (
                f"The {thing.plural} are {english}.",
                [f"les {thing.pluriel} sont {french}."],
            )
            yield (
                f"Is the {thing.english} {english}?",
                ask(le(thing), 2, thing.gender, "est", french),
            )
            yield (
                f"Is there {a(thing.english)} {english}?",
                [f"y a-t-il {un(thing)} {french}?", f"est-ce qu'il y a {un(thing)} {french}?"],
            )
    for food in [*FOOD, *DRINKS]:
        yield (
            f"There {'is' if food.gender in 'mf' else 'are'} no {food.english}.",
            [f"il n'y a pas de {food.french}."],
        )


def thinking():
    """A clause after que."""
    for think, ways in THOUGHTS:
        for who in EVERYONE:
            # "They say they": who? And I am not a man in one half, a woman in the other.
            if think.startswith(who.english + " ") or (
                think == "I'm sure" and who.english in ("I", "We")
            ):
                continue
            for english, adjective, _ in ADJECTIVES:
                said = who.say("{s} {be} {it}.", be=BE, it=agreeing(adjective))
                for that in (" ", " that "):
                    yield (
                        f"{think}{that}{who.inside(who.am)} {english}.",
                        [f"{way} que {text}" for way in ways for text in said],
                    )


def at_home():
    for who in PRONOUNS:
        for verb in VERBS:
            if "h" not in verb.kinds:
                continue
            forms, later = present(verb.french), future(verb.french)
            for it, il in WEATHER:
                yield (
                    f"{who.am} {verb.ing} at home because {it}.",
                    who.say("{s} {forms} à la maison parce que {il}.", forms=forms, il=il),
                )
            yield (
                f"If it rains tomorrow, {who.inside(who.will)} {verb.english} at home.",
                who.say("s'il pleut demain, {s} {later} à la maison.", later=later),
            )


def together():
    """Two clauses side by side."""
    verbs = [verb for verb in VERBS if "i" in verb.kinds]
    for who in PRONOUNS:
        for other in EVERYONE[6:]:
            ((subject, person, _),) = other.readings
            for verb in verbs:
                for second in verbs:
                    if verb is second:
                        continue
                    does, forms = present(second.french)[person], present(verb.french)
                    for link, lien in ((" and", " et"), (";", ";")):
                        yield (
                            f"{who.am} {verb.ing}{link} {other.inside(other.am)} {second.ing}.",
                            who.say(f"{{s}} {{forms}}{lien} {subject} {does}.", forms=forms),
                        )
