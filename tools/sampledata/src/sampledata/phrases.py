"""The words of the sentence pairs, English and French side by side, and set phrases."""

from collections import namedtuple

Verb = namedtuple("Verb", "english past ing french kinds")
Thing = namedtuple("Thing", "english plural french pluriel gender kinds")


def _rows(kind, text):
    """Return a row of words for each line; underscores stand for blanks."""
    rows = ([word.replace("_", " ") for word in line.split()] for line in text.strip().splitlines())
    return [kind(*row) for row in rows]


def _row(*words):
    return words


# Subjects: for each way to read the English, words, person, and agreement.
SUBJECTS = [
    ("I", [("je", 0, "m"), ("je", 0, "f")]),
    ("You", [("tu", 1, "m"), ("tu", 1, "f"), *(("vous", 4, who) for who in "mfMF")]),
    ("He", [("il", 2, "m")]),
    ("She", [("elle", 2, "f")]),
    ("We", [("nous", 3, "M"), ("nous", 3, "F")]),
    ("They", [("ils", 5, "M"), ("elles", 5, "F")]),
    ("Paul", [("Paul", 2, "m")]),
    ("Emma", [("Emma", 2, "f")]),
    ("My brother", [("mon frère", 2, "m")]),
    ("My sister", [("ma sœur", 2, "f")]),
    ("My parents", [("mes parents", 5, "M")]),
    ("The girls", [("les filles", 5, "F")]),
]
OBJECTS = [
    ("me", ["moi"]),
    ("you", ["toi", "vous"]),
    ("him", ["lui"]),
    ("her", ["elle"]),
    ("us", ["nous"]),
    ("them", ["eux", "elles"]),
    ("Paul", ["Paul"]),
    ("Emma", ["Emma"]),
    ("my brother", ["mon frère"]),
]

# v: one can be very much so.
ADJECTIVES = _rows(
    _row,
    """
    sad triste v
    sick malade v
    rich riche v
    poor pauvre v
    calm calme v
    kind gentil/gentille v
    tall grand v
    small petit v
    young jeune v
    old vieux/vieille v
    shy timide v
    strong fort v
    brave courageux/courageuse v
    happy heureux/heureuse v
    tired fatigué v
    busy occupé v
    angry en_colère v
    proud fier/fière v
    polite poli v
    strict sévère v
    curious curieux/curieuse v
    patient patient v
    jealous jaloux/jalouse v
    serious sérieux/sérieuse v
    late en_retard -
    lost perdu -
    free libre -
    ready prêt -
    alone seul -
    """,
)
COMPARED = _rows(
    _row,
    """
    tall taller grand
    small smaller petit
    old older âgé
    young younger jeune
    strong stronger fort
    rich richer riche
    kind kinder gentil/gentille
    brave braver courageux/courageuse
    polite more_polite poli
    patient more_patient patient
    """,
)

# p: also the simple present; g: also while it is being done; i: also a command;
# c: a skill; l: asked when; w: asked what; h: done at home.
VERBS = _rows(
    Verb,
    """
    sing sang singing chanter pgic
    dance danced dancing danser pgic
    work worked working travailler pgih
    swim swam swimming nager pgic
    cry cried crying pleurer pg
    eat ate eating manger pgiwh
    cook cooked cooking cuisiner pgicw
    win won winning gagner g
    lose lost losing perdre g
    sleep slept sleeping dormir pgih
    run ran running courir pgi
    leave left leaving partir gil
    come came coming venir gil
    fall fell falling tomber g
    stay stayed staying rester gih
    write wrote writing écrire pgicw
    wait waited waiting attendre pgi
    laugh laughed laughing rire pg
    smile smiled smiling sourire pgi
    drive drove driving conduire pgc
    play played playing jouer pgih
    listen listened listening écouter pgi
    travel travelled travelling voyager pg
    understand understood - comprendre p
    forget forgot - oublier p
    try tried trying essayer g
    pay paid paying payer pg
    drink drank drinking boire pgiw
    walk walked walking marcher pgi
    draw drew drawing dessiner pgicw
    read - reading lire pgicwh
    """,
)
LOOKED_AFTER = [
    ("love", "aimer"),
    ("see", "voir"),
    ("know", "connaître"),
    ("hear", "entendre"),
    ("help", "aider"),
    ("understand", "comprendre"),
    ("believe", "croire"),
    ("listen to", "écouter"),
]
SEEN_BY = {
    "see": ("saw", "vu"),
    "hear": ("heard", "entendu"),
    "understand": ("understood", "compris"),
}
TAKEN = [
    ("want", "vouloir"),
    ("see", "voir"),
    ("buying", "acheter"),
    ("selling", "vendre"),
]

# o: can be carried about; a: an animal; c: comes in colours; b: big or small, old or
# new, fine or not; w: is heavy or not; k: breaks; d: opens and shuts; t: is eaten or
# drunk warm or cold; g: is good or not.
THINGS = _rows(
    Thing,
    """
    car cars voiture voitures f cbk
    house houses maison maisons f cb
    book books livre livres m ocbw
    key keys clé clés f o
    dog dogs chien chiens m a
    cat cats chat chats m a
    horse horses cheval chevaux m a
    bike bikes vélo vélos m cbk
    hat hats chapeau chapeaux m ocb
    umbrella umbrellas parapluie parapluies m ocbk
    watch watches montre montres f obk
    pen pens stylo stylos m ock
    bag bags sac sacs m ocbw
    lamp lamps lampe lampes f cbk
    letter letters lettre lettres f -
    chair chairs chaise chaises f cbk
    boat boats bateau bateaux m cb
    guitar guitars guitare guitares f ocbk
    coat coats manteau manteaux m ocb
    suitcase suitcases valise valises f ocbw
    phone phones téléphone téléphones m obk
    computer computers ordinateur ordinateurs m obk
    door doors porte portes f cd
    window windows fenêtre fenêtres f d
    """,
)
KIN = _rows(
    Thing,
    """
    brother brothers frère frères m -
    sister sisters sœur sœurs f -
    friend friends ami amis m -
    friend friends amie amies f -
    uncle uncles oncle oncles m -
    aunt aunts tante tantes f -
    daughter daughters fille filles f -
    son sons fils fils m -
    """,
)
FOOD = _rows(
    Thing,
    """
    bread - pain - m g
    cheese - fromage - m g
    meat - viande - f gt
    fish - poisson - m g
    rice - riz - m gt
    butter - beurre - m -
    honey - miel - m g
    soup - soupe - f gt
    sugar - sucre - m -
    apples - pommes - F -
    oranges - oranges - F -
    eggs - œufs - M -
    carrots - carottes - F -
    vegetables - légumes - M -
    """,
)
DRINKS = _rows(
    Thing,
    """
    water - eau - f t
    milk - lait - m gt
    coffee - café - m gt
    tea - thé - m gt
    """,
)
LIKED = [
    *FOOD,
    *DRINKS,
    *_rows(
        Thing,
        """
        music - musique - f -
        snow - neige - f -
        winter - hiver - m -
        summer - été - m -
        cats - chats - M -
        dogs - chiens - M -
        horses - chevaux - M -
        flowers - fleurs - F -
        """,
    ),
]
PLACES = _rows(
    Thing,
    """
    the_market - marché - m d
    the_station - gare - f d
    school - école - f d
    the_hospital - hôpital - m d
    the_beach - plage - f -
    the_museum - musée - m d
    the_park - parc - m d
    the_bank - banque - f d
    the_hotel - hôtel - m d
    the_bakery - boulangerie - f d
    the_library - bibliothèque - f d
    the_airport - aéroport - m d
    """,
)
SPOTS = [
    ("on the table", "sur la table"),
    ("under the table", "sous la table"),
    ("under the bed", "sous le lit"),
    ("behind the door", "derrière la porte"),
    ("near the window", "près de la fenêtre"),
    ("in the kitchen", "dans la cuisine"),
    ("in the garden", "dans le jardin"),
    ("in the car", "dans la voiture"),
    ("in the box", "dans la boîte"),
    ("in front of the house", "devant la maison"),
]
COLOURS = _rows(
    _row,
    """
    red rouge
    black noir
    white blanc/blanche
    green vert
    blue bleu
    grey gris
    yellow jaune
    """,
)
# What is said of a thing of some kind.
QUALITIES = [
    *((english, french, "c") for english, french in COLOURS),
    *_rows(
        _row,
        """
        old vieux/vieille b
        beautiful beau/belle b
        expensive cher/chère b
        dirty sale b
        heavy lourd w
        broken cassé k
        open ouvert d
        closed fermé d
        hot chaud t
        cold froid t
        good bon/bonne g
        """,
    ),
]
# What it is called before its noun (b) or after it (c).
SEEN = [
    *((english, french, "c") for english, french in COLOURS),
    *_rows(
        _row,
        """
        big grand b
        small petit b
        old vieux/vieille b
        new nouveau/nouvelle b
        beautiful beau/belle b
        """,
    ),
]
NUMBERS = [("two", "deux"), ("three", "trois"), ("four", "quatre")]
WHOSE = [
    ("my", {"m": ["mon"], "f": ["ma"]}, ["mes"]),
    ("your", {"m": ["ton", "votre"], "f": ["ta", "votre"]}, ["tes", "vos"]),
    ("his", {"m": ["son"], "f": ["sa"]}, ["ses"]),
    ("her", {"m": ["son"], "f": ["sa"]}, ["ses"]),
    ("our", {"m": ["notre"], "f": ["notre"]}, ["nos"]),
    ("their", {"m": ["leur"], "f": ["leur"]}, ["leurs"]),
]
WEATHER = [
    ("it's raining", "il pleut"),
    ("it's snowing", "il neige"),
    ("it's cold", "il fait froid"),
    ("it's too hot", "il fait trop chaud"),
]

THOUGHTS = [
    ("I think", ["je pense"]),
    ("I know", ["je sais"]),
    ("I'm sure", ["je suis sûr", "je suis sûre"]),
    ("Paul says", ["Paul dit"]),
    ("She says", ["elle dit"]),
    ("They say", ["ils disent", "elles disent"]),
]

SHORT_FIXED = [
    ("Go.", ["va.", "allez."]),
    ("Go!", ["va!", "allez!"]),
    ("Hi.", ["salut."]),
    ("Hi!", ["salut!"]),
    ("Hello!", ["bonjour!", "salut!"]),
    ("No.", ["non."]),
    ("Yes.", ["oui."]),
    ("Who?", ["qui?"]),
    ("Why?", ["pourquoi?"]),
    ("When?", ["quand?"]),
    ("Where?", ["où?"]),
    ("Help!", ["à l'aide!", "au secours!"]),
    ("Fire!", ["au feu!"]),
    ("Thanks!", ["merci!"]),
    ("Thank you!", ["merci!"]),
    ("Me too.", ["moi aussi."]),
    ("Not me.", ["pas moi."]),
    ("Not you.", ["pas toi.", "pas vous."]),
    ("Who won?", ["qui a gagné?"]),
    ("Who lost?", ["qui a perdu?"]),
    ("Who left?", ["qui est parti?"]),
    ("Who came?", ["qui est venu?"]),
    ("Let's go!", ["allons-y!"]),
    ("Let's go.", ["allons-y."]),
    ("Don't go.", ["ne va pas.", "n'allez pas."]),
    ("It's me.", ["ce est moi."]),
    ("It's us.", ["ce est nous."]),
    ("It's you.", ["ce est toi.", "ce est vous."]),
    ("It's him.", ["ce est lui."]),
    ("It's her.", ["ce est elle."]),
    ("It's cold.", ["il fait froid."]),
    ("It's hot.", ["il fait chaud."]),
    ("It's late.", ["il est tard."]),
    ("It's over.", ["ce est fini."]),
    ("I'm home.", ["je suis à la maison.", "je suis chez moi."]),
    ("He's home.", ["il est à la maison.", "il est chez lui."]),
    ("She's home.", ["elle est à la maison.", "elle est chez elle."]),
    ("I'm cold.", ["j'ai froid."]),
    ("He's cold.", ["il a froid."]),
    ("I'm hot.", ["j'ai chaud."]),
    ("He's hot.", ["il a chaud."]),
    ("I'm hungry.", ["j'ai faim."]),
    ("He's hungry.", ["il a faim."]),
    ("I'm thirsty.", ["j'ai soif."]),
    ("I know.", ["je sais."]),
    ("He knows.", ["il sait."]),
    ("She knows.", ["elle sait."]),
    ("We know.", ["nous savons."]),
    ("You know.", ["tu sais.", "vous savez."]),
    ("Be calm.", ["sois calme.", "soyez calme.", "soyez calmes."]),
    ("Be kind.", ["sois gentil.", "sois gentille.", "soyez gentil.", "soyez gentils."]),
    ("Be brave.", ["sois courageux.", "sois courageuse.", "soyez courageux."]),
    ("Be polite.", ["sois poli.", "sois polie.", "soyez polis."]),
]
FIXED = [
    ("Good night.", ["bonne nuit."]),
    ("Where are we?", ["où sommes-nous?"]),
    ("Good morning!", ["bonjour!"]),
    ("Of course!", ["bien sûr!"]),
    ("See you soon.", ["à bientôt."]),
    ("See you tomorrow.", ["à demain."]),
    ("It's raining.", ["il pleut."]),
    ("It's snowing.", ["il neige."]),
    ("Is it raining?", ["pleut-il?", "est-ce qu'il pleut?"]),
    ("It isn't cold.", ["il ne fait pas froid."]),
    ("It isn't raining.", ["il ne pleut pas."]),
    ("What time is it?", ["quelle heure est-il?"]),
    ("Nobody knows.", ["personne ne sait."]),
    ("Nobody is working.", ["personne ne travaille."]),
    ("Nobody slept.", ["personne n'a dormi."]),
    ("I ate nothing.", ["je n'ai rien mangé."]),
    ("Listen: it's raining.", ["écoute: il pleut.", "écoutez: il pleut."]),
    ("Look: it's snowing.", ["regarde: il neige.", "regardez: il neige."]),
    ("How are you?", ["comment vas-tu?", "comment allez-vous?"]),
    ("What's your name?", ["comment t'appelles-tu?", "comment vous appelez-vous?"]),
    ("My name is Paul.", ["je m'appelle Paul."]),
    ("My name is Emma.", ["je m'appelle Emma."]),
]
