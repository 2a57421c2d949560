"""Enough of French grammar to say a few thousand simple sentences without a mistake.

A person is a number from 0 (je) to 5 (ils); an agreement is "m" or "f" in the
singular, "M" or "F" in the plural. Every h of the words here is a mute one.
"""

import re

ENDINGS = "e es e ons ez ent".split()
FUTURE = "ai as a ons ez ont".split()
WAS = "étais étais était étions étiez étaient".split()
WITH_ETRE = "aller partir rester tomber venir".split()

# The six forms of the present, the participle, and the stem of the future
# where it is not the infinitive.
IRREGULAR = """
acheter: achète achètes achète achetons achetez achètent / acheté / achèter
aller: vais vas va allons allez vont / allé / ir
attendre: attends attends attend attendons attendez attendent / attendu
avoir: ai as a avons avez ont / eu / aur
boire: bois bois boit buvons buvez boivent / bu
comprendre: comprends comprends comprend comprenons comprenez comprennent / compris
conduire: conduis conduis conduit conduisons conduisez conduisent / conduit
connaître: connais connais connaît connaissons connaissez connaissent / connu
croire: crois crois croit croyons croyez croient / cru
courir: cours cours court courons courez courent / couru / courr
devoir: dois dois doit devons devez doivent / dû / devr
dormir: dors dors dort dormons dormez dorment / dormi
écrire: écris écris écrit écrivons écrivez écrivent / écrit
entendre: entends entends entend entendons entendez entendent / entendu
essayer: essaie essaies essaie essayons essayez essaient / essayé / essaier
être: suis es est sommes êtes sont / été / ser
lire: lis lis lit lisons lisez lisent / lu
partir: pars pars part partons partez partent / parti
payer: paie paies paie payons payez paient / payé / paier
perdre: perds perds perd perdons perdez perdent / perdu
pouvoir: peux peux peut pouvons pouvez peuvent / pu / pourr
rire: ris ris rit rions riez rient / ri
savoir: sais sais sait savons savez savent / su / saur
sourire: souris souris sourit sourions souriez sourient / souri
vendre: vends vends vend vendons vendez vendent / vendu
venir: viens viens vient venons venez viennent / venu / viendr
voir: vois vois voit voyons voyez voient / vu / verr
vouloir: veux veux veut voulons voulez veulent / voulu / voudr
"""
FORMS = {
    line.split(":")[0]: [part.split() for part in line.split(":")[1].split("/")]
    for line in IRREGULAR.strip().splitlines()
}


def present(verb):
    """Return the six forms of the present."""
    if verb in FORMS:
        return FORMS[verb][0]
    stem = verb[:-2]
    forms = [stem + ending for ending in ENDINGS]
    return [form.replace("gons", "geons") for form in forms]


def future(verb):
    """Return the six forms of the future."""
    stem = FORMS[verb][2][0] if len(FORMS.get(verb, "")) == 3 else verb.rstrip("e")
    return [stem + ending for ending in FUTURE]


def past(verb):
    """Return what gives the auxiliary (six forms) and the participle in an agreement."""
    participle = FORMS[verb][1][0] if verb in FORMS else verb[:-2] + "é"
    if verb in WITH_ETRE:
        return present("être"), lambda agreement: agree(participle, agreement)
    return present("avoir"), lambda agreement: participle


def imperative(verb, person):
    """Return the command to person 1, 3, or 4."""
    form = present(verb)[person]
    return form[:-1] if person == 1 and form.endswith("es") else form


def agree(adjective, agreement):
    """Return an adjective, given as "masculine" or "masculine/feminine", in an agreement."""
    he, _, she = adjective.partition("/")
    if " " in he:  # en retard
        return he
    she = she or (he if he.endswith("e") else he + "e")
    if agreement == "M":
        return he if he[-1] in "sx" else he + ("x" if he.endswith("eau") else "s")
    return {"m": he, "f": she, "F": she + "s"}[agreement]


def no(text):
    """Negate a clause whose verb is marked: "je |suis| grand"."""
    return re.sub(r"\|(.+?)\|", r"ne \1 pas", text)


def ask(subject, person, agreement, form, rest=""):
    """Return the two usual questions: by inversion and with est-ce que."""
    pronoun = subject
    if person in (2, 5):
        pronoun = {"m": "il", "f": "elle", "M": "ils", "F": "elles"}[agreement]
    link = "-t-" if person == 2 and form[-1] in "ae" else "-"
    asked = form + link + pronoun
    if pronoun != subject:
        asked = subject + " " + asked
    plain = f"est-ce que {subject} {form}"
    return [f"{asked} {rest}".strip() + "?", f"{plain} {rest}".strip() + "?"]


VOWEL = "(?=[aeiouyàâéèêîôûœh])"


def _elide(match):
    return match[1][:-1] + "'"


def write(text):
    """Return a sentence as it is written: elided, contracted, with its capital and blanks."""
    text = text.replace("|", "")
    text = re.sub(r"\b(m|t|s)a " + VOWEL, r"\1on ", text)
    text = re.sub(r"\bce (?=est\b)", "c'", text)
    text = re.sub(r"(?<!-)\b(je|ne|de|le|la|que|me|te) " + VOWEL, _elide, text, flags=re.I)
    text = re.sub(r"\bà le ", "au ", text)
    text = re.sub(r"\bde le ", "du ", text)
    text = re.sub(r"\s*([!?;:])", "\u202f\\1", text)
    return text[0].upper() + text[1:]
