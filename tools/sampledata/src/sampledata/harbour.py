"""The story of Mizzle Quay as a grammar: who, where, when, and what may be said."""

TITLE = "THE LOST HOURS OF MIZZLE QUAY"
WOMEN = "Zenna Jessamy Quilla Maxine Philippa Ottoline Tamsin Rexana Beatrix Jacinta Izzy Perpetua"
MEN = "Jory Felix Lazlo Quentin Osric Barnaby Ezra Rufus Dexter Jasper Wilf Kit"
PLACES = (
    "Zellick Foxmoor Quarrow Jaxholm Pencarn Vexley Hazelmouth Ilderwick Quenby Oxmere Jossport"
    " Brackenzee Thornquay Marlbeck Zorrin Hexwater Sallowby Juniper_Point Dunquill Ravelstow"
    " Lizmoor Goosequay Axminch Ebb_End"
)
CLOCKS = (
    "cuckoo_clock water_clock pocket_watch kitchen_clock ship's_chronometer musical_clock"
    " carriage_clock alarm_clock hall_clock station_clock travelling_clock wall_clock"
)
SEASONS = "autumn winter spring summer"
NUMBERS = "one two three four five six seven eight nine ten eleven twelve"
ROMAN = (
    "I II III IV V VI VII VIII IX X XI XII XIII XIV XV XVI XVII XVIII XIX XX XXI XXII XXIII XXIV"
)

# What a chapter is made of: each name is a rule of the grammar.
PLOT = "opening farewell passage landing hail exchange search mending bargain finding"

# A rule and, below it, its versions. In braces: a word, a rule, something that
# holds for the whole chapter, or a choice {a|b}; {+} makes many of one, and a
# capital stays one. // begins a new paragraph.
GRAMMAR = """
prologue
    The great clock of Mizzle Quay had twenty-four hours, like any other clock, until the night of
        the long fog. In the morning it had none. They had got out through a hole in the wall, one
        after the other, and had gone off into time, each by a road of its own. // Now there lived
        on the quay, above the workshop of old Quarm the clockmaker, a traveller who had come from
        nobody knew where. She had a brass box; the box had a key; and if the key was turned, the
        box went wherever hours go. So old Quarm asked the time traveller to fetch the hours home.
        This is the story of how she did it.
epilogue
    So the time traveller had brought home all the hours, and the great clock was whole. Nobody on
        Mizzle Quay was late any more, except old Quarm, who had too much to tell. // "And now?"
        asked the jackdaw, who had learned two more words on the way. // "Now," said the traveller,
        and put the key into her coat, "it is time for supper."
title
    The {Bird} of {place}
    The Traveller Goes to {place}
    {place}, and What Was Kept There
    In Which a {Trade_} Has Too Much Time
    How the Time Traveller Came to {place}
    The {Adj} {Vessel}
year
    1{5|6|7|8}{0|1|3|4|7|8}{2|5|6|9}
traveller
    the traveller
    the time traveller
    the traveller
opening
    {dawn} {wanting} {gossip} {shelf}
    {wanting} {dawn} {gossip}
    {dawn} {shelf} {wanting}
    {gossip} {wanting} {shelf}
dawn
    It was a {adj} {season} morning, and {sky} lay over Mizzle Quay.
    The {season} wind blew from the {north|south|west|east}, and the quay smelled of {smell}
        and {smell}.
    That {season} morning {number} {boat+} lay along the quay, and {sky} hid them one by one.
    All night {traveller} had listened to the sea, and all night the great clock had said nothing.
    A {bird} cried over the harbour, and {traveller}, who never slept for long, was awake at once.
    On {weekday} it rained; it rained on the {boat+}, on the {tree+}, and on the great clock.
    The tide was out, the {boat+} sat in the mud, and {sky} covered the lighthouse.
    Over Mizzle Quay the sun rose, or something like the sun, the colour of {food}.
sky
    a thin {white|grey} fog
    a {cold|pale|quiet|yellow} light
    a {long|low|violet} cloud
wanting
    Nobody on the quay knew what time it was, for the great clock still wanted {hour}.
    Old Quarm, the clockmaker, had hung a {adj} {tool} on the door, which meant that another
        hour had been seen: {hour}, no less.
    "Only {hour} will do now," said old Quarm; "without it the clock limps like a {beast}."
    Old Quarm opened the great clock and found a {adj} hole in it, just the size of {hour}.
    It was the turn of {hour}, and {traveller} knew it before old Quarm had said a word.
gossip
    In the {fish market|tavern|square|post office} they said that a {trade} had seen the hour
        go by, {how}, like a {bird} that goes south.
    The {trade} and the {trade} quarrelled about the time, as they did every day.
    Children ran along the quay and sang: time traveller, time traveller, where have you been?
    "There goes the time traveller," said the {trade} to the {trade}, and took off a {adj} {coat}.
    Everybody knew {traveller}, and nobody knew how old she was.
    The {trade}'s {kin}, who was {mood} by nature, said that it was {hour} all over the world
        except on the quay.
shelf
    In the workshop stood a {adj} {vessel}, a {adj} {vessel}, and {number} clocks that {rang}.
    On the bench lay a {tool}, a {tool}, and a {adj} {tool}, all of them from some other time.
    Jinx the jackdaw sat on a {vessel} full of {tool+} and looked {mood}.
    The shelves were full: {tool+}, {tool+}, a {adj} {vessel}, a {stone} egg, and a {bird} of brass.
farewell
    "Take a {tool} with you," said old Quarm, "and some {food}." // "I shall take the
        jackdaw and the box," said {traveller}. "Time weighs enough."
    "How far is it?" asked old Quarm. // "It is {span} {way}," said {traveller}, "and then
        as far as {place}, where the {plant+} are."
    "Will you be back in time for supper?" asked old Quarm. // "I am always back in time," said
        {traveller} {how}. "There will be {food}, I hope."
    "And if the hour will not come?" asked old Quarm. // "Then I shall ask it twice," said
        {traveller}. "It is {span} to {place}, and I have all the time I need."
    "Put on a {cloth} {coat}," said old Quarm. "The {season} was cold in {place}." // "It will be
        colder," said {traveller}, and put on a {coat} as well.
    "Is it dangerous, in {place}?" asked old Quarm. // "It was {once|long ago}," said {traveller};
        "but that is another time, and a {beast} went there in my place."
    "Bring me a {plant} from {place}," said old Quarm, "if they have gardens there." // "They
        have nothing else," said {traveller}, "except {food} and time."
passage
    {key} {between} {jinx} {ashore}
    {jinx} {key} {between} {ashore}
    {key} {between} {ashore}
key
    The traveller set the brass box on the {stone} steps and turned the key {number} times.
    The traveller opened the brass box, put in the key, and turned it {how} to the {left|right}.
    Then the time traveller turned the key, and the box {rang} like a {adj} {vessel}.
    The traveller wound the brass box until the lid {rang} and the key would not turn any more.
between
    The quay went dim; the {boat+} went, the {tree+} went, and the years ran past like a {beast}.
    A {tree} grew small and was gone, a house shrank to a heap of {stone}, and {span} went by
        in a breath.
    Summers and winters flew over the water like {bird+}, until {span} had gone.
    Time was a {adj} corridor, and it smelled of {smell}; at the end of it was {place}.
    Day and night were one long {season} evening, and in it somebody was {doing}.
jinx
    Jinx the jackdaw counted the years aloud, but he could only count up to six, and that {how}.
    Jinx the jackdaw, who did not like time, hid {his head|both eyes} in the traveller's {coat}.
    "Just so," said Jinx the jackdaw, for these were the only words that he knew.
    The jackdaw flew ahead, as quick as a {beast}, and came back with a {plant} in his beak.
ashore
    So {traveller} came to {place}, {span} {way}, on a {weekday}.
    When {traveller} opened her eyes she stood in {place}, up to the ankles in {plant+}.
    The traveller {went} into {place} with the box in one hand and a {tool} in the other.
    And there was {place}, {number} miles from the sea, {adj} and {adj} as ever.
landing
    {streets} {folk} {door}
    {folk} {streets} {door}
    {streets} {streets} {door}
streets
    The streets were as narrow as a {vessel}, and at every door grew a {plant} or a {plant}.
    There was a market, where {trade+} sold {food}, {cloth}, {adj} {vessel+}, and {bird+} in cages.
    Over the roofs flew a {bird}; under them lived a {beast}, a {mood} {trade}, and the smell
        of {smell}.
    The houses were built of {stone}, the bridge of {tree}, and the church, it seemed, of {cloth}.
    Behind the mill stood {number} {tree+}, and beneath them a {beast} slept among the {plant+}.
    A {adj} road led past a garden of {plant+} and {plant+} to the {north|south|west|east} gate.
    In the square stood a statue of a {trade} with a {tool}, put up in {year} and never finished.
folk
    A {mood} {trade} in a {cloth} {coat} {went} by and did not look at the clock.
    {Number} {trade+} sat before the inn, ate {food} with {food}, and spoke of the time before.
    The people were {mood}, wore {cloth}, and counted the day in {tool+}.
    A child with a {bird} on a string asked {traveller} the time, and laughed at the answer.
door
    {host} the {trade_} lived at 1{3|5|7|9} {Tree} Lane, between a {trade} and a {mood} {trade}.
        {thought}
    {Traveller} knocked at a {adj} door, and {host} the {trade_}, who had been {doing}, opened it.
    In a room full of {vessel+} and {tool+} sat {host} the {trade_}, a {mood} {man} in a {coat}
        of {cloth}. {thought}
    {host} the {trade_} was {doing} beside a {adj} {clock} when {traveller} came in. {weather}
hail
    "Are you the time traveller?" asked {host}. // "I am," said {traveller}, "and I have come
        for {hour}. You keep it, I think, in a {vessel}."
    "You must be the time traveller," said {host}. "I expected you on {weekday}." // {reply}
    "Another traveller," said {host} {how}. "What is it this time?" // {reply}
    "Sit down, traveller," said {host}, "and mind the {vessel}." // {reply}
    "We do not see many travellers here," said {host}, "except on a {weekday}." // {reply}
    "What time do you come from?" asked {host}, as one asks a {trade}. // {reply}
    "The time traveller at last!" cried {host}, and dropped a {vessel} of {food}. // {reply}
reply
    "I come from Mizzle Quay," said {traveller}. "We have lost an hour: {hour}."
    "I have lost an hour," said {traveller}, "and you, I think, have one too many."
    "It is about an hour," said {traveller}: "{hour}, to be exact. It cannot be far from here."
    "I have come for {hour}," said {traveller}, "and for some {food}, if I may."
exchange
    "What does a lost hour look like?" asked {host}. // "Like a {bird}, at a distance," said
        {traveller}. "Near by it looks like a {adj} {vessel}."
    "Have you seen anything {adj}?" asked {traveller}. // "I saw a {adj} {bird} on the {tree},"
        said {host}, "and since then there has been too much time in the house."
    "Where did you get that {clock}?" asked {traveller}. // "From my {kin}," said {host}, "who
        had it from a {trade}, who won it from a {mood} {trade} in the year {year}."
    "Is it true," asked {host}, "that you have seen the end of time?" // "I have seen the edge of
        it," said {traveller}. "It is made of {stone}, and somebody has left a {tool} there."
    "Why do you want it?" asked {host}. "It is just an hour." // "So is every hour," said
        {traveller} {how}, and took some {food}. {thought}
    "Can you take me to my {kin}?" asked {host}. // "No," said {traveller}. "But I can tell you
        the time there. It is a {season} evening, and somebody is {doing}."
    "How does one travel in time?" asked {host}. // "{How}," said {traveller}, "with a {tool}, a
        {adj} box, and a warm {coat}. The rest is {doing}."
    "Who made your box?" asked {host}. // "A {trade} will make it next year," said {traveller},
        "out of {tree}, {stone}, and the lid of a {vessel}."
    "When I was young," said {host}, "time was as long as a {season} and as sweet as {food}." //
        "And when I was old," said {traveller}, "it was as short as a {beast}." {weather}
    "If you had all the time in the world," asked {host}, "what would you do?" // "I should go
        {doing}," said {traveller}, "and after that I should go {doing} with a {trade}."
    "Just so," said Jinx the jackdaw. // Nobody asked him what he meant. {thought} {weather}
thought
    The traveller thought of all the hours that she had known, the {adj} ones and the {adj} ones.
    Time, the traveller knew, was not a river; it was more like {smell}, for it got into everything.
    She had been a traveller for so long that every town was a {vessel} of {adj} days to her.
    It is hard for a traveller to know what time it is at home -- harder than {doing}.
    For a time the traveller said nothing; she was listening to a {bird}, which {rang}.
    To a traveller every {season} is a door, and behind it there is always a {trade}.
weather
    Outside it began to {rain|drizzle|hail|blow}, and the {tree+} sighed like {trade+}.
    The sun came out, and the {clock} shone like {stone}.
    In the street a {beast} ran after a {bird}, or a {bird} after a {beast}.
search
    {looked} {under} {under} {sound}
    {under} {looked} {under} {sound}
    {looked} {under} {sound} {weather}
looked
    They looked for the hour in the {vessel}, in the {vessel}, and behind the {adj} {vessel}.
    The traveller {went} up the stairs, {number} of them, and {host} {went} after her with a {tool}.
    First they searched the garden, where there was nothing but {plant+}, {plant+}, and a {beast}.
under
    Under the bed they found a {tool}, a {adj} {coat}, {number} {tool+}, and no time at all.
    In the cellar stood {number} {vessel+} of {food}, and on the last of them sat a {mood} {beast}.
    Jinx found a {tool}, a {stone} button, and a letter from a {trade}: "The time is {hour}."
    On the roof they met a {bird}, which had seen a {bird}, which had seen the hour.
    Behind the {tree} a {mood} {trade} had buried a {vessel} of {food}; but it held no time.
sound
    Then something {rang}, {how}, quite close to the {clock}.
    And all this time the {clock} {rang}, as if it had swallowed a {beast}.
    "Listen," said {traveller}; and in the wall an hour {rang} like a {bird}.
mending
    {work} {work} {went_well} {saying}
    {saying} {work} {work} {went_well}
work
    The traveller took off her {coat}, {mended} the {clock}, and {mended} it again.
    With a {tool} and a {tool} {traveller} {mended} the wheels, {number} of them, one at a time.
    The traveller asked for a {tool}; {host} brought a {tool}, a {tool}, and a {vessel} of {smell}.
    The spring, which was of {stone}, smelled of {smell} and had to be rubbed with {cloth}.
went_well
    By and by the {clock} began to smell of {smell}, which in a clock is a good sign.
    At last the {clock} {rang}, stopped to think, and {rang} again.
    The {clock} gave a sigh, and {number} {pest+} came out of it.
    "It has not gone since {year}," said {host}, and wept a little into a {coat}.
saying
    "Time is a tide," said {traveller}. "It goes out a {beast}, and it comes back a {beast}."
    "An hour is never lost," said {traveller}; "it is only kept in the wrong {vessel}."
    "A clock does not make time," said {host}, "as a {vessel} does not make {food}."
    "There is a time for {doing}," said {host} {how}, "and a time for {doing}."
    "My {kin} had no clock," said {host}, "only a {beast}, and was never late."
bargain
    "Will it hurt?" asked {host}. // "Not if you think of {smell}," said {traveller}. "An hour
        goes out as a {beast} goes out: first the head, and then the rest."
    "And what shall I do without it?" asked {host}. // "What you did before," said {traveller},
        "but a little more {how}."
    "What do I owe you?" asked {host}. // "One hour," said {traveller}, "and a {vessel} of {food}."
    "You may have the hour," said {host}, "if you leave me a {tool}." // "I leave you the time
        of day," said {traveller}, "which is worth more."
    "Take it," said {host}. "I should only have spent it {doing}." // "So should I," said
        {traveller}; "but in Mizzle Quay they spend it {doing}, which is a better use."
    "I shall miss it," said {host}. "It was good company, for an hour." // "You will have others,"
        said {traveller}. "They come by every day, one after the other."
finding
    {came} {boxed} {parting} // {back} {struck}
came
    Then {hour} came out from behind the {clock}; it was {adj} and {adj}, and a little dusty.
    And there was the hour, between a {vessel} and a {plant}, as {mood} as a {beast}.
    Out of the {clock}, {how}, as a {beast} comes out of a {vessel}, came {hour}.
    So they moved the {clock}, and behind it, among the {cloth} and the {smell}, slept the hour.
    The hour sat in the {clock} like a {bird} in a {tree}, and looked {how} at {traveller}.
boxed
    "Come home," said {traveller}, and {hour} {went} into the brass box by itself.
    The time traveller held out some {food}, and the hour {went} into the box, {how}.
    The jackdaw said "Just so," and this, for some reason, made the hour go into the box at once.
    It took {traveller} {number} minutes to put an hour into a box, which is not bad.
parting
    "Good-bye, traveller," said {host}. "Come again, when there is time."
    {host} stood at the gate with a {tool} and waved, until {place} was as small as a {vessel}.
    "Will I remember this?" asked {host}. // "You will think of me," said {traveller}, "whenever
        you smell {smell}."
    "It is quiet now," said {host}, and listened; and it was so quiet that a {beast} was heard
        to sneeze.
    Then {traveller} shook hands with {host}, with the {trade} and the {trade}, and with a {beast}.
    The traveller left {host} a {plant} and a {tool}, and took away a {vessel} of {food}.
back
    At Mizzle Quay it was the same {season} morning, and a {bird} sat on the great clock.
    When the box stopped, there was Mizzle Quay, grey and wet and {number} feet above the water,
        as it should be.
    The way home was {span} long and smelled of {smell}; but {traveller} slept, and did not mind.
    The traveller was home before supper was cold, and only {number} days older.
    Old Quarm stood on the quay in a {cloth} {coat}, with a {tool} in his hand, and waited.
struck
    The clockmaker opened the great clock, the hour {went} in, and the bell {rang} {count}.
    That evening the great clock struck {hour} for the first time since the fog, and {number}
        {trade+} wept into their {food}.
    "That makes {done}," said old Quarm, shut the clock, and gave the {trade} the {adj} {tool} back.
    The great clock took the hour {how}, and all over the quay {trade+} looked at their {coat+}.
    With a {tool} the hour was put into its place, and the great clock {rang} like a {mood} {beast}.
"""
