"""The words of the story of Mizzle Quay, by kind: the common ones come first."""

WORDS = {
    "adj": "old small quiet strange narrow cold crooked brass long empty grey wooden blue broken"
    " bright patient heavy green hollow silver dusty amber plain curious honest tall frozen rusty"
    " gentle mossy painted sleepy yellow scarlet copper ragged polished tarry salty weathered"
    " forgotten humble lopsided speckled velvet knotted faded striped gilded sooty tattered oaken"
    " pewter pocked russet leaky tidy jagged lacquered quilted zinc ivory enamelled borrowed"
    " cracked squat unlucky oblong wicker waxy mottled threadbare jaunty sturdy peculiar thorny"
    " battered bulging charred chipped clumsy coiled crimson crumpled dented dingy exquisite"
    " flimsy frayed glossy grimy inky knobbly lavish mildewed muddy nameless odd outlandish"
    " portly purple rickety rumpled shabby shaggy slender spotless stained tangled tiny tilted"
    " twisted vast violet wobbly woolly wormy wrinkled",
    "mood": "patient cheerful grave shy jolly weary stubborn thoughtful puzzled anxious kindly"
    " sly drowsy proud solemn bashful brisk doubtful wistful merry vexed dreamy earnest gloomy"
    " hopeful jealous nimble placid restless sulky timid wary zealous ancient baffled bold"
    " boastful calm careworn cross dignified forlorn frugal gallant gruff haughty hearty humble"
    " lazy lively lonely meek mournful obliging pious prim quaint quarrelsome sceptical serene"
    " talkative tearful valiant",
    "how": "quietly slowly gravely softly kindly sadly gladly quickly carefully drily calmly"
    " shyly proudly firmly crossly simply boldly eagerly faintly gently hoarsely idly meekly"
    " politely sternly warmly wearily merrily solemnly briskly bravely brightly civilly coldly"
    " dreamily gaily gruffly humbly lazily loyally mildly modestly nimbly placidly primly"
    " sleepily smoothly tenderly vaguely wisely",
    "tool": "hammer lens spring file lantern compass chisel needle pulley mallet bell wrench"
    " sextant ladder gimlet spanner rasp anvil key auger bradawl caliper funnel hacksaw jack lever"
    " magnet nozzle plumb_line quadrant ratchet spindle tripod winch spyglass corkscrew trowel"
    " thimble tuning_fork bodkin whetstone oilcan crowbar dibber flywheel gauge abacus axle"
    " barometer bobbin cog crank cleaver dial grindstone hinge hook inkwell ladle metronome"
    " paintbrush pendulum pitchfork ramrod rudder scythe shovel sickle sieve spade spool tiller"
    " trivet washboard weathercock wheelbarrow windlass yardstick protractor soldering_iron",
    "vessel": "jar basket barrel bottle drawer crate bowl bucket jug cask chest kettle tin box"
    " sack trunk pail urn vial casket hamper hutch keg locker mug pannier pitcher pouch satchel"
    " tankard tub flask cupboard decanter phial saucer tureen wallet teapot beaker bathtub"
    " birdcage cauldron coffer coop goblet gourd hatbox knapsack larder manger matchbox pillowcase"
    " purse saucepan skillet trough valise vat wardrobe rucksack",
    "bird": "gull heron jackdaw sparrow owl crane swan magpie finch wren plover curlew goose"
    " cormorant dove egret falcon grebe kestrel lark nightjar osprey puffin quail rook sandpiper"
    " tern thrush wagtail dunlin petrel moorhen gannet avocet bittern blackbird bullfinch buzzard"
    " coot dipper fieldfare goldfinch guillemot harrier hoopoe jay kingfisher kittiwake lapwing"
    " linnet merlin nuthatch oriole partridge peacock pelican pigeon pintail raven redstart"
    " robin shrike siskin skua starling stork swift teal turnstone whimbrel yellowhammer",
    "beast": "cat dog mouse fox horse hare goat mole otter badger ox donkey eel crab seal toad"
    " hedgehog ferret newt lizard weasel squirrel vole beetle snail spider cricket zebu lobster"
    " mule polecat shrew stoat wasp bee tortoise bat adder antelope bear beaver bison bloodhound"
    " boar camel centipede dormouse dragonfly frog gazelle grasshopper hamster jackal ladybird"
    " leveret limpet llama lynx mammoth marmot marten mongoose panther pony porpoise puppy ram ray"
    " salamander skink slug terrier tiger viper walrus whale whelk yak kitten",
    "plant": "rose reed fern thistle lily bramble nettle poppy violet daisy foxglove jonquil"
    " primrose marigold buttercup dandelion lupin hyacinth iris bluebell tulip peony quince"
    " snowdrop aster campion cowslip harebell larkspur mallow oxlip pansy teasel zinnia orchid"
    " columbine burdock aconite cornflower anemone azalea begonia bilberry carnation celandine"
    " chrysanthemum crocus cyclamen dahlia delphinium fuchsia gentian geranium gladiolus hollyhock"
    " honeysuckle mushroom narcissus nasturtium pimpernel speedwell sunflower toadstool turnip"
    " water_lily wallflower petunia",
    "tree": "oak elm ash willow hazel pine birch alder yew larch cedar walnut poplar rowan beech"
    " lime maple spruce juniper holly aspen hornbeam sycamore blackthorn chestnut cypress ebony"
    " hawthorn laburnum laurel linden mulberry palm acacia baobab eucalyptus magnolia mahogany"
    " sequoia tamarisk wych_elm",
    "smell": "tar salt smoke bread oil wax fish coffee ginger rain hay rope pepper varnish honey"
    " cinnamon leather seaweed soap vinegar nutmeg paraffin sawdust mustard toffee"
    " camphor lavender kelp turpentine peat saffron aniseed amber aloes beeswax brine candlewax"
    " caraway cardamom charcoal chocolate cider dust fennel frankincense garlic gunpowder ink"
    " lacquer liquorice moss mud myrrh paint peppermint pitch resin rosemary sage snow snuff"
    " sulphur tallow thyme tobacco vanilla",
    "food": "bread cheese soup honey butter porridge plums eels jam mutton beans gingerbread"
    " figs herrings pickles dumplings quinces oysters cabbage pancakes radishes turnips walnuts"
    " apricots buttermilk chowder leeks marzipan parsnips raisins treacle zwieback mussels"
    " anchovies artichokes bacon barley biscuits broth carrots celery cherries chutney cockles"
    " cream crumpets cucumbers currants custard dates gherkins haddock ham kale kippers lobsters"
    " lentils mackerel muffins noodles oatcakes olives onions pears peas rice sausages shrimps"
    " spinach sprats syrup tripe trout venison waffles",
    "cloth": "wool linen canvas silk felt sackcloth velvet tweed cotton flannel muslin damask"
    " oilskin serge brocade calico corduroy gauze hessian jute lace satin alpaca baize cambric"
    " cashmere chiffon crepe denim fustian gabardine gingham lambswool mohair moleskin plush"
    " poplin sailcloth taffeta ticking twill worsted",
    "stone": "slate quartz flint granite chalk marble jasper onyx sandstone pumice agate basalt"
    " jet topaz gneiss beryl garnet limestone shale zircon alabaster amethyst coral crystal"
    " feldspar gypsum lapis malachite mica obsidian opal porphyry serpentine soapstone tuff",
    "boat": "boat barge ketch sloop punt ferry skiff dinghy lugger coracle cutter trawler raft"
    " schooner wherry yawl brig tug canoe collier catamaran clipper dredger frigate galley"
    " houseboat lighter packet pinnace steamer tanker whaler",
    "coat": "coat cap shawl cloak apron scarf waistcoat jacket hat bonnet jerkin smock tunic hood"
    " mantle cape doublet blazer cardigan cravat jumper kerchief necktie nightcap"
    " poncho sash turban veil vest beret bowler sombrero ulster",
    "trade": "fisherman baker miller ferryman gardener weaver lampmaker carpenter innkeeper"
    " sailmaker potter beekeeper schoolmaster glazier quarryman joiner saddler cooper chandler"
    " tinker cobbler brewer organist printer pilot thatcher tailor ropemaker actuary apothecary"
    " astronomer barber bellringer bishop blacksmith bookbinder bricklayer burglar butler butcher"
    " cartwright clerk conjuror cook cowherd dancer dentist drummer engraver envoy farrier fiddler"
    " fishmonger fletcher florist gaoler goldsmith grocer harpist haymaker hermit hunter jeweller"
    " judge juggler locksmith mason mayor notary nurse painter parson pedlar perfumer piper"
    " plumber poacher porter ratcatcher scribe sexton shepherd smuggler soldier steward sweep"
    " tanner teacher undertaker upholsterer usher vicar vintner watchman wheelwright woodcutter"
    " explorer zoologist",
    "went": "walked climbed hurried wandered limped crept strolled trudged marched stumbled"
    " shuffled sauntered scrambled waded tiptoed ambled plodded bounded clambered danced dashed"
    " dawdled floated glided hobbled hopped jogged leapt loped meandered pranced raced rambled"
    " rolled sailed sidled skipped slid sneaked staggered strode strutted swaggered swept tottered"
    " trotted waddled waltzed whirled",
    "mended": "oiled mended cleaned polished examined turned weighed measured loosened tightened"
    " tapped warmed filed greased soldered adjusted balanced coaxed dismantled scoured sharpened"
    " straightened unscrewed varnished rewired bandaged brushed buffed calmed dried dusted emptied"
    " explained fastened flattened inspected jolted kicked lubricated nudged overhauled pinched"
    " prodded repaired replaced rinsed scraped shook squeezed stroked unjammed wiped rewound",
    "rang": "ticked creaked hummed rattled sighed whispered chimed groaned murmured sang"
    " whistled clinked buzzed jingled wheezed clattered grumbled tinkled thrummed chirped fizzed"
    " bellowed bubbled chattered clanged coughed crackled drummed fluted gargled giggled howled"
    " mumbled purred rumbled rustled snored squeaked stammered throbbed trumpeted twanged"
    " warbled whined yodelled",
    "number": "six seven two twelve three nine eleven four twenty five eight ten forty fifteen"
    " thirty sixty thirteen ninety seventeen sixteen nineteen fifty eighty fourteen eighteen"
    " seventy",
    "kin": "mother father aunt uncle sister brother grandmother grandfather cousin daughter son"
    " niece nephew godmother neighbour godfather husband stepfather wife",
    "doing": "waiting fishing sleeping mending baking sowing reading rowing singing quarrelling"
    " ploughing knitting whittling dancing weeping thatching bargaining boasting yawning"
    " brewing daydreaming sweeping juggling courting arguing begging blushing"
    " bowling calculating camping carving complaining counting digging drawing drinking"
    " fencing forgetting gardening grieving guessing haymaking hiding hunting ironing jesting"
    " laughing listening praying pruning rehearsing remembering repenting skating"
    " sketching sneezing spelling swimming travelling trespassing weaving wishing wrestling",
    "weekday": "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    "pest": "moth beetle spider wasp cricket ant",
}
