"""The policy of the scheduler, as properties, and the simulation that asks the same policy."""

import heapq
import itertools
import json
import math
import random
import statistics
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imprint.errors import BookError
from imprint.schedule import TRIED_TWICE, Job, Line, Room, Start, estimates, order, simulate
from imprint.schedule.durations import read
from imprint.schedule.policy import MEMORY_MARGIN, UNKNOWN_MEMORY
from imprint.schedule.view import duration, show
from imprint.schedule.waiting import Waiting
from rich.console import Console

MANY = settings(max_examples=300, deadline=None)
SECONDS = st.integers(0, 40).map(lambda quarter: quarter / 4)
JOBS = st.lists(
    st.builds(
        Job,
        name=st.just("page"),
        seconds=st.none() | SECONDS,
        gpus=st.integers(0, 5) | st.just("all"),
        memory=st.none() | st.integers(0, 120),
        cells=st.integers(0, 9),
    ),
    max_size=14,
)
ROOMS = st.builds(
    Room, slots=st.integers(1, 5), gpus=st.integers(0, 4), memory=st.none() | st.integers(1, 100)
)
KINDS = st.sampled_from([None, None, None, "error", "timeout", "dead kernel", "out of memory"])


@dataclass
class Try:
    """One try as it went."""

    start: Start
    began: float
    ended: float
    failure: str | None


@dataclass
class Story:
    """What a line did, and when each job had nobody left before it."""

    line: Line
    tries: list[Try] = field(default_factory=list)
    first_since: dict[int, tuple[float, list[Try]]] = field(default_factory=dict)
    after_stop: int = 0


def told(line: Line, takes: list[float], failures: list[list[str | None]]) -> Story:
    """Play a line: job i really takes ``takes[i]`` and its tries end with ``failures[i]``."""
    story, going, now = Story(line), [], 0.0
    ranks, started = order(line.jobs), set()
    number = itertools.count()
    while True:
        while True:
            if left := [index for index in ranks if index not in started]:
                story.first_since.setdefault(left[0], (now, [one for _, _, one in going]))
            if (start := line.next(now)) is None:
                break
            story.after_stop += line.stopped
            one = Try(start, now, now + takes[start.job], failures[start.job][start.attempt - 1])
            started.add(start.job)
            story.tries.append(one)
            heapq.heappush(going, (one.ended, next(number), one))
        if not going:
            return story
        now, _, one = heapq.heappop(going)
        final = line.ended(one.start, one.failure)
        retry = one.failure in TRIED_TWICE and one.start.attempt == 1
        assert final or retry


@st.composite
def stories(draw, kinds=KINDS) -> Story:
    """What became of any jobs in any room, however wrong their durations are."""
    jobs = draw(JOBS)
    takes = [draw(SECONDS) for _ in jobs]
    failures = [[draw(kinds), draw(kinds)] for _ in jobs]
    return told(Line(jobs, draw(ROOMS), draw(st.booleans())), takes, failures)


def at_once(tries: list[Try]) -> list[list[Try]]:
    """Those that go on together with each one as it begins, itself among them."""
    return [
        [
            one
            for one in tries[: number + 1]
            if one is last or one.ended > last.began or one.began == last.began == one.ended
        ]
        for number, last in enumerate(tries)
    ]


@MANY
@given(stories())
def test_nothing_is_given_twice_nor_more_than_there_is(story):
    room = story.line.room
    for together in at_once([one for one in story.tries if one.ended > one.began]):
        slots = [one.start.slot for one in together]
        gpus = [gpu for one in together for gpu in one.start.gpus]
        assert len(set(slots)) == len(slots) and set(slots) <= set(range(room.slots))
        assert len(set(gpus)) == len(gpus) and set(gpus) <= set(range(room.gpus))
        if room.memory is not None:
            assert sum(one.start.memory for one in together) <= room.memory


@MANY
@given(stories())
def test_each_job_gets_what_it_asks_for_as_far_as_there_is_so_much(story):
    room = story.line.room
    for one in story.tries:
        job = story.line.jobs[one.start.job]
        asked = room.gpus if job.gpus == "all" else job.gpus
        assert len(one.start.gpus) == min(asked, room.gpus)
        if room.memory is not None and job.memory is not None:
            assert one.start.memory >= min(job.memory * MEMORY_MARGIN, room.memory)


@MANY
@given(stories())
def test_every_job_runs_once_and_again_only_after_a_dead_kernel_or_too_little_memory(story):
    counts = Counter(one.start.job for one in story.tries)
    firsts = {one.start.job: one for one in story.tries if one.start.attempt == 1}
    if not story.line.stopped:
        assert set(counts) == set(range(len(story.line.jobs)))
        for index, first in firsts.items():
            assert counts[index] == (2 if first.failure in TRIED_TWICE else 1)
    for one in story.tries:
        if one.start.attempt == 2:
            assert firsts[one.start.job].failure in TRIED_TWICE
            assert counts[one.start.job] == 2


@MANY
@given(stories())
def test_a_second_try_has_the_machine_to_itself(story):
    for one, other in itertools.combinations(story.tries, 2):
        if 2 in (one.start.attempt, other.start.attempt):
            assert one.ended <= other.began


@MANY
@given(stories())
def test_after_a_failure_nothing_starts_where_that_was_asked_for(story):
    assert story.after_stop == 0
    final = [
        one.ended
        for one in story.tries
        if one.failure and (one.failure not in TRIED_TWICE or one.start.attempt == 2)
    ]
    assert story.line.stopped == bool(final and story.line.fail_fast)
    if story.line.stopped:
        assert all(one.began <= min(final) for one in story.tries)


@MANY
@given(stories(st.none()))
def test_nobody_is_overtaken_for_ever(story):
    """The first of the line waits for those that started before the moment by which, as things
    were expected, all that went on when it became the first would be over; for no others."""
    expected = estimates(story.line.jobs)
    for one in story.tries:
        if one.start.job not in story.first_since:
            continue  # it overtook
        since, going = story.first_since[one.start.job]
        moments = [before.began + expected[before.start.job] for before in going]
        slot_free = min((before.ended for before in going), default=since)
        promised = max([since, slot_free, *moments])
        waits_for = [
            other.ended
            for other in story.tries
            if other is not one and other.began <= promised and other.began <= one.began
        ]
        assert one.began <= max([since, *waits_for])


CROWDED = st.lists(
    st.builds(Job, st.just("page"), st.integers(1, 30), st.integers(0, 8), st.integers(1, 60)),
    min_size=10, max_size=24,
)  # fmt: skip


@MANY
@given(CROWDED, st.builds(Room, st.integers(3, 8), st.integers(5, 9), st.none() | st.just(100)))
def test_where_durations_are_right_overtaking_delays_nobody(jobs, room):
    """The first of the line starts when it would if nobody overtook it."""
    story = told(Line(jobs, room), [job.seconds for job in jobs], [[None, None]] * len(jobs))
    for one in story.tries:
        if one.start.job not in story.first_since:
            continue  # it overtook
        since, going = story.first_since[one.start.job]
        for moment in sorted([since, *(before.ended for before in going)]):
            left = [before.start for before in going if before.ended > moment]
            gpus = room.gpus - sum(len(start.gpus) for start in left)
            memory = (room.memory or 0) - sum(start.memory for start in left)
            enough = gpus >= len(one.start.gpus) and memory >= one.start.memory
            if enough and len(left) < room.slots:
                break
        assert one.began <= moment


@MANY
@given(JOBS, ROOMS, st.lists(st.integers(0, 120), min_size=1, max_size=6))
def test_what_is_set_aside_is_given_to_nobody_and_every_job_still_runs(jobs, room, held):
    """Also where more is set aside than there is: then they run one by one."""
    line, going, started, asides = Line(jobs, room), [], [], itertools.cycle(held)
    while True:
        line.set_aside(aside := next(asides))
        while (start := line.next(0)) is not None:
            given = start.memory + sum(other.memory for other in going)
            assert not going or room.memory is None or given <= room.memory - aside
            going.append(start)
            started.append(start.job)
        if not going:
            break
        line.ended(going.pop(0))
    assert sorted(started) == list(range(len(jobs)))


def test_a_second_try_comes_last_or_first_where_the_first_failure_ends_all():
    jobs = [Job(name, seconds) for name, seconds in (("dies", 9), ("a", 5), ("b", 4), ("c", 3))]
    for fail_fast, names in ((False, "dies a b c dies"), (True, "dies a dies b c")):
        failures = [["dead kernel", None], *[[None, None]] * 3]
        story = told(Line(jobs, Room(2), fail_fast), [1, 2, 2, 2], failures)
        assert " ".join(jobs[one.start.job].name for one in story.tries) == names


@MANY
@given(
    st.lists(st.tuples(SECONDS, st.integers(0, 3), st.integers(0, 20)), min_size=1, max_size=20),
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 20), st.just(math.inf) | SECONDS),
        max_size=30,
    ),
)
def test_the_first_that_fits_is_found_as_by_looking_at_each(given_jobs, asked):
    ranked = sorted(given_jobs, key=lambda job: -job[0])
    waiting = Waiting(range(len(ranked)), *zip(*ranked))
    left = dict(enumerate(ranked))
    for gpus, memory, seconds in asked:
        assert waiting.first == min(left, default=None)
        fits = [
            rank
            for rank, job in left.items()
            if job[0] <= seconds and job[1] <= gpus and job[2] <= memory
        ]
        assert waiting.find(gpus, memory, seconds) == min(fits, default=None)
        if fits:
            assert waiting.take(min(fits)) == min(fits)
            del left[min(fits)]


@MANY
@given(JOBS, st.integers(1, 5), st.lists(SECONDS, min_size=14, max_size=14))
def test_no_slot_is_idle_while_a_job_waits_that_needs_nothing_else(jobs, slots, takes):
    """List scheduling, whose makespan is at most total / k + (1 - 1/k) × longest, however wrong
    the estimates are (Graham 1966)."""
    done = simulate([Job("page", job.seconds) for job in jobs], slots, truth=takes)
    total, longest = sum(takes[: len(jobs)]), max(takes[: len(jobs)], default=0)
    assert done.makespan <= total / slots + (1 - 1 / slots) * longest + 1e-9


@MANY
@given(st.lists(st.integers(1, 20), min_size=1, max_size=7), st.integers(1, 3))
def test_longest_first_keeps_grahams_bound_to_the_best_schedule(seconds, slots):
    """Makespan ≤ (4/3 - 1/(3k)) × the best (Graham 1969); the best by trying all."""
    best = min(
        max(sum(one for one, at in zip(seconds, place) if at == slot) for slot in range(slots))
        for place in itertools.product(range(slots), repeat=len(seconds))
    )
    done = simulate([Job("page", one) for one in seconds], slots)
    assert best <= done.makespan + 1e-9
    assert done.makespan <= (4 / 3 - 1 / (3 * slots)) * best + 1e-9


@MANY
@given(JOBS, ROOMS)
def test_no_schedule_goes_below_its_bound(jobs, room):
    done = simulate(jobs, room.slots, room.gpus, room.memory)
    assert done.makespan >= done.bound * (1 - 1e-9)
    assert sum(done.busy) == pytest.approx(sum(span.ended - span.began for span in done.spans))
    chain = done.critical()
    assert bool(chain) == bool(jobs)
    if chain:
        assert chain[-1].ended == done.makespan
        assert all(one.ended == next.began for one, next in itertools.pairwise(chain))


# Longest first -------------------------------------------------------------------------------


def made_up(number: int, gpu_share: float, big_share: float, seed: int) -> list[Job]:
    """A book: most pages take seconds, some minutes; some want GPUs, some much memory."""
    chance, jobs = random.Random(seed), []
    for index in range(number):
        seconds, gpus = chance.lognormvariate(2, 1), 0
        if chance.random() < gpu_share:
            gpus = chance.choice([1] * 17 + [2, 2, "all"])
            seconds *= 3
        memory = chance.lognormvariate(-0.3, 0.6) * 2**30
        memory *= 8 if chance.random() < big_share else 1
        jobs.append(Job(f"page {index}", seconds, gpus, int(memory), chance.randint(3, 40)))
    return jobs


@pytest.mark.parametrize("workers", [2, 4, 8, 16])
def test_books_keep_the_promised_makespan(workers):
    """≤ 1.1 × max(longest run, total / k), as the architecture promises."""
    for seed in range(20):
        done = simulate(made_up(332, 0, 0, seed), workers)
        assert done.makespan <= 1.1 * max(done.bounds["longest run"], done.bounds["all runs"])


@pytest.mark.parametrize(
    ("workers", "gpus", "memory"), [(2, 1, 8), (8, 2, 32), (16, 4, 64), (64, 8, 256)]
)
def test_books_with_gpus_and_much_memory_keep_it_too(workers, gpus, memory):
    ratios = [
        simulate(made_up(332, 0.3, 0.1, seed), workers, gpus, memory * 2**30).ratio
        for seed in range(20)
    ]
    assert max(ratios) <= 1.1, ratios


def test_a_run_without_a_record_counts_as_one_of_the_longer_ones():
    known = [Job("page", float(seconds), cells=1) for seconds in range(1, 12)]
    jobs = [Job("new", None, cells=1), Job("empty", None, cells=0), *known]
    assert estimates(jobs) == [10.0, 10.0, *(job.seconds for job in known)]
    assert [jobs[index].name for index in order(jobs)][:4] == ["page", "new", "empty", "page"]
    assert estimates([Job("a", None, cells=4), Job("b", None, cells=9)]) == [4.0, 9.0]


def test_what_is_not_known_costs_little():
    """With a tenth of the runs unknown: taken for the longer ones, and taken for median ones."""
    costs: dict[float, list[float]] = {0.9: [], 0.5: []}
    for seed in range(30):
        jobs = made_up(332, 0, 0, seed)
        truth = [job.seconds for job in jobs]
        chance = random.Random(seed)
        unknown = {index for index in range(332) if chance.random() < 0.1}
        shown = [
            Job(job.name, None if index in unknown else job.seconds, cells=job.cells)
            for index, job in enumerate(jobs)
        ]
        best = simulate(jobs, 32).makespan
        costs[0.9].append(simulate(shown, 32, truth=truth).makespan / best)
        guessed = [Job(job.name, one) for job, one in zip(shown, estimates(shown, 0.5))]
        costs[0.5].append(simulate(guessed, 32, truth=truth).makespan / best)
    assert statistics.mean(costs[0.9]) < 1.05 < statistics.mean(costs[0.5])


def test_memory_that_is_not_known_leaves_no_slot_empty():
    plenty, little = Room(4, memory=64 * 2**30), Room(4, memory=2 * 2**30)
    assert plenty.memory_for(Job("new")) == UNKNOWN_MEMORY
    assert [span.began for span in simulate([Job("new")] * 4, 4, memory=2 * 2**30).spans] == [0] * 4
    assert little.memory_for(Job("huge", memory=2**40)) == little.memory


def test_a_short_one_goes_ahead_while_a_big_one_waits_and_a_long_one_does_not():
    gpus = [Job("long", 10, 1), Job("wide", 9, 2), Job("longish", 8, 1), Job("short", 2, 1)]
    began = {span.job.name: span.began for span in simulate(gpus, 4, gpus=2).spans}
    assert began == {"long": 0, "short": 0, "wide": 10, "longish": 19} or began == {
        "long": 0, "longish": 0, "wide": 10, "short": 8,
    }  # fmt: skip


def test_the_end_waits_for_its_own_worker_before_another():
    jobs = [Job("a", 3), Job("b", 3), Job("c", 2), Job("d", 2)]
    assert [span.job.name for span in simulate(jobs, 2).critical()] == ["a", "c"]
    assert [span.job.name for span in simulate(jobs[1:], 1).critical()] == ["b", "c", "d"]


# Ten thousand pages --------------------------------------------------------------------------

PLANNING = """
import json, re, time
from pathlib import Path
from tests.imprint.test_schedule import made_up
from imprint.schedule import simulate
jobs = {number: made_up(number, 0.2, 0.05, 1) for number in (10_000, 20_000)}
took = {}
for number in jobs:
    took[number] = []
for _ in range(3):
    for number in jobs:
        began = time.process_time()
        done = simulate(jobs[number], 64, 8, 256 * 2**30)
        done.critical()
        took[number].append(time.process_time() - began)
        assert done.ratio < 1.1
# not ru_maxrss, in which Linux counts the process that started this one
peak = 1024 * int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])
print(json.dumps({"small": min(took[10_000]), "large": min(took[20_000]), "peak": peak}))
"""


def test_ten_thousand_pages_are_planned_at_once_in_linear_time_and_little_memory():
    done = subprocess.run([sys.executable, "-c", PLANNING], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["small"] < 5
    assert found["large"] < 3 * found["small"]
    assert found["peak"] < 500e6


# Given durations, and what is shown ----------------------------------------------------------


def test_durations_are_read_from_json_and_csv(tmp_path):
    (tmp_path / "a.json").write_text(
        json.dumps({"a.md [alpha]": 3, "b.md": {"seconds": 1.5, "gpus": "all", "memory": 10}})
    )
    (tmp_path / "a.csv").write_text(
        'name,seconds,gpus,memory\n\n"a.md [alpha]", 3\nb.md,1.5,all,10\n'
    )
    expected = [Job("a.md [alpha]", 3.0), Job("b.md", 1.5, "all", 10)]
    assert read(tmp_path / "a.json") == read(tmp_path / "a.csv") == expected


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "a.md,3\nb.md,soon\n", "a.csv:2: 'b.md': no duration (JSON: "),
        ("a.csv", "a.md,3\na.md,4\n", "a.csv:2: 'a.md' stands there twice"),
        ("a.csv", "a.md,3,-1\n", "a.csv:1: 'a.md': no duration (JSON: "),
        ("a.csv", "", "a.csv: no durations in it (JSON: "),
        ("a.json", '{"a.md": 1,\n}', "a.json:2: no JSON: "),
        ("a.json", "[1]", "a.json: no durations in it (JSON: "),
        ("a.json", '{"a.md": -1}', "a.json: 'a.md': no duration (JSON: "),
        ("a.json", '{"a.md": Infinity}', "a.json: 'a.md': no duration (JSON: "),
        ("a.json", '{"a.md": [1]}', "a.json: 'a.md': no duration (JSON: "),
        ("a.json", '{"a.md": {"seconds": 1, "gpus": 1e999}}', "a.json: 'a.md': no duration (J"),
    ],
)
def test_what_is_no_duration_is_said_with_its_place(tmp_path, monkeypatch, name, text, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / name).write_text(text)
    with pytest.raises(BookError) as caught:
        read(type(tmp_path)(name))
    assert str(caught.value).startswith(said)


def test_durations_that_are_not_there_are_said(tmp_path):
    with pytest.raises(BookError, match="cannot read durations: No such file"):
        read(tmp_path / "none.csv")


@pytest.mark.parametrize("workers", [2, 64])
def test_a_schedule_is_shown_with_its_bound_and_what_the_end_waits_for(workers):
    jobs = [Job("a.md [alpha]", 3725.0, 1), Job("b.md [beta]", 10.0), Job("new", None)]
    console = Console(width=100, record=True, file=open("/dev/null", "w"))
    show(simulate(jobs, workers, gpus=8), console)
    text = console.export_text()
    assert f"3 runs on {workers} workers with 8 GPUs" in text
    assert "lower bound: the longest run" in text
    assert "a.md [alpha]" in text, "names are no markup"
    assert "1 run without a recorded duration" in text
    assert max(map(len, text.splitlines())) <= 100
    show(simulate([], workers), console)


def test_durations_are_said_as_people_do():
    assert [duration(one) for one in (0.04, 59.96, 245, 3599.6, 7384)] == [
        "0.0 s", "1 min 00 s", "4 min 05 s", "1 h 00 min", "2 h 03 min",
    ]  # fmt: skip
