"""Which worker gets which run: nothing is given twice, nothing waits for ever."""

from hypothesis import event, given, settings
from hypothesis import strategies as st
from imprint.execution.cluster.placing import Amount, Demand, Place, assign

GIB = 1 << 30
EDITIONS = ("alpha", "beta")
amounts = st.builds(
    Amount,
    cpus=st.integers(1, 4),
    gpus=st.integers(0, 3),
    memory=st.integers(1, 8).map(lambda n: n * GIB),
)
environments = st.dictionaries(
    st.sampled_from(EDITIONS), st.sampled_from(["planned", "planned", "other"]), min_size=1
)


@st.composite
def clusters(draw) -> list[Place]:
    wholes = draw(st.lists(amounts, min_size=1, max_size=4))
    return [Place(f"w{n}", f"w{n}", whole, draw(environments)) for n, whole in enumerate(wholes)]


@st.composite
def demands(draw) -> list[Demand]:
    count = draw(st.integers(0, 25))
    return [
        Demand(
            f"run {n}",
            draw(st.sampled_from(EDITIONS)),
            "planned",
            draw(st.sampled_from([0, 0, 0, 1, 2, 5, "all"])),
            draw(st.none() | st.integers(0, 12 * GIB)),
            draw(st.sampled_from([False, False, False, True])),
            draw(st.frozensets(st.sampled_from(["w0", "w1", "w2"]), max_size=2)),
        )
        for n in range(count)
    ]


@given(clusters(), demands(), st.data())
@settings(max_examples=300, deadline=None)
def test_every_run_that_has_a_worker_runs_once_and_nothing_is_given_twice(places, waiting, data):
    most_gpus = max(place.whole.gpus for place in places)
    able = {
        demand.name: [place.address for place in places if place.takes(demand, most_gpus)]
        for demand in waiting
    }
    going: list = []
    ran: list[str] = []
    while waiting or going:
        for demand, place, takes in assign(waiting, places, most_gpus):
            assert place.address in able[demand.name]
            going.append((demand, place, takes))
            ran.append(demand.name)
            waiting = [other for other in waiting if other is not demand]
        for place in places:
            held = [(one, takes) for one, where, takes in going if where is place]
            for kind in ("cpus", "gpus", "memory"):
                given = sum(getattr(takes, kind) for _, takes in held)
                assert given + getattr(place.free, kind) == getattr(place.whole, kind)
                assert getattr(place.free, kind) >= 0
            if any(one.alone for one, _ in held):
                event("alone")
                assert len(held) == 1
        if not going:
            break
        demand, place, takes = going.pop(data.draw(st.integers(0, len(going) - 1)))
        place.free += takes
    assert sorted(ran) == sorted(name for name, where in able.items() if where)


@given(
    st.lists(amounts, min_size=1, max_size=3),
    st.booleans(),
    st.sampled_from([1, 2, "all"]),
    st.data(),
)
@settings(max_examples=200, deadline=None)
def test_a_large_run_is_not_overtaken_for_ever(wholes, alone, gpus, data):
    """Small runs keep coming; the large one, first in line, starts when as many have ended as
    were going on when it came."""
    places = [
        Place(f"w{n}", f"w{n}", whole, {"alpha": "planned"}) for n, whole in enumerate(wholes)
    ]
    most_gpus = max(whole.gpus for whole in wholes)

    def small(number: int) -> Demand:
        wanted = data.draw(st.sampled_from([0, 1]))
        return Demand(f"small {number}", "alpha", "planned", wanted, GIB // 2)

    going = assign([small(n) for n in range(30)], places, most_gpus)
    others, promises = len(going), {}
    large = Demand("large", "alpha", "planned", gpus, 64 * GIB, alone)
    for number in range(others + 1):
        later = [small(100 * number + n) for n in range(5)]
        started = assign([large, *later], places, most_gpus, promises)
        if any(demand is large for demand, _, _ in started):
            return
        going += started
        _, place, takes = going.pop(0)  # the one that began first ends first
        place.free += takes
    raise AssertionError("it was overtaken by more than what went on when it came")


def test_what_a_workers_fork_servers_hold_is_given_to_no_run():
    place = Place("a", "a", Amount(4, 0, 8 * GIB), {"alpha": "planned"})
    demands = [Demand(str(n), "alpha", "planned", memory=2 * GIB) for n in range(4)]
    place.set_aside(2 * GIB)
    first, second = assign(demands, [place], 0)
    place.set_aside(4 * GIB)  # instead of the first 2
    place.free += first[2]
    assert assign(demands[2:], [place], 0) == [], "there is less now than there was"
    place.free += second[2]
    assert place.free == place.whole == Amount(4, 0, 4 * GIB)
    place.set_aside(100 * GIB)
    assert assign(demands[2:], [place], 0), "rather too much than never"
    place.set_aside(0)
    assert place.whole == Amount(4, 0, 8 * GIB)


def test_a_run_goes_where_the_most_is_free_and_not_where_it_had_no_luck():
    def places() -> list[Place]:
        found = [
            Place(name, name, Amount(4, 0, 8 * GIB), {"alpha": "planned"}) for name in ("a", "b")
        ]
        found[0].free = Amount(3, 0, 8 * GIB)
        return found

    demand = Demand("run", "alpha", "planned")
    ((_, place, _),) = assign([demand], places(), 0)
    assert place.name == "b"
    unlucky = Demand("run", "alpha", "planned", avoid=frozenset({"b"}))
    ((_, place, _),) = assign([unlucky], places(), 0)
    assert place.name == "a"
    ((_, place, _),) = assign([unlucky], places()[1:], 0)
    assert place.name == "b", "rather there than nowhere"


def test_what_was_planned_for_a_gpu_never_runs_without():
    bare = Place("bare", "bare", Amount(4, 0, 8 * GIB), {"alpha": "planned"})
    two = Place("two", "two", Amount(1, 2, 8 * GIB), {"alpha": "planned"})
    several = [Demand(str(n), "alpha", "planned", gpus) for n, gpus in enumerate((1, "all", 9, 0))]
    assert [bare.takes(demand, 2) is None for demand in several] == [True, True, True, False]
    assert [two.takes(demand, 2).gpus for demand in several] == [1, 2, 2, 0]
    assert [bare.takes(demand, 0).gpus for demand in several] == [0, 0, 0, 0]
    ((demand, place, _),) = assign(several[3:], [two, bare], 2)
    assert place is bare, "machines with GPUs are left to those who need them"
