"""The jobs that wait, and which of them is the first that fits: quick also with 10,000 of them."""

import math
from bisect import bisect_left
from collections.abc import Sequence


class Waiting:
    """Jobs by rank, and the first of them that takes no more than given, in O(log n)."""

    def __init__(
        self, jobs: Sequence[int], seconds: Sequence[float], gpus: Sequence[int],
        memory: Sequence[int],
    ) -> None:  # fmt: skip
        self._jobs, self._gpus, self._memory = jobs, gpus, memory
        self._shortness = [-one for one in seconds]  # grows with the rank
        self._left = len(jobs)
        self._taken = [False] * len(jobs)
        self._first = 0
        self._ranks: dict[int, list[int]] = {}
        for rank, wanted in enumerate(gpus):
            self._ranks.setdefault(wanted, []).append(rank)
        self._least = {
            wanted: _Least([memory[rank] for rank in ranks])
            for wanted, ranks in self._ranks.items()
        }

    def __bool__(self) -> bool:
        return self._left > 0

    @property
    def first(self) -> int | None:
        while self._first < len(self._jobs) and self._taken[self._first]:
            self._first += 1
        return self._first if self else None

    def wants(self, rank: int) -> tuple[int, int]:
        """Its GPUs and its bytes."""
        return self._gpus[rank], self._memory[rank]

    def find(self, gpus: int, memory: int, seconds: float = math.inf) -> int | None:
        """The first rank that takes no more than these."""
        start = bisect_left(self._shortness, -seconds)
        found = []
        for wanted, ranks in self._ranks.items():
            if wanted <= gpus:
                place = self._least[wanted].find(memory, bisect_left(ranks, start))
                if place is not None:
                    found.append(ranks[place])
        return min(found, default=None)

    def take(self, rank: int) -> int:
        """Take a job out of the line; its index."""
        wanted = self._gpus[rank]
        self._least[wanted].remove(bisect_left(self._ranks[wanted], rank))
        self._taken[rank] = True
        self._left -= 1
        return self._jobs[rank]


class _Least:
    """Numbers in a row, and the first of them from a place on that is no more than a limit.

    A tree of minima in one list: the children of node i are 2i and 2i + 1.
    """

    def __init__(self, numbers: Sequence[int]) -> None:
        self._size = 1 << max(0, len(numbers) - 1).bit_length()
        self._tree: list[float] = [math.inf] * self._size + list(numbers)
        self._tree += [math.inf] * (2 * self._size - len(self._tree))
        for node in range(self._size - 1, 0, -1):
            self._tree[node] = min(self._tree[2 * node], self._tree[2 * node + 1])

    def remove(self, place: int) -> None:
        node = place + self._size
        self._tree[node] = math.inf
        while node := node >> 1:
            self._tree[node] = min(self._tree[2 * node], self._tree[2 * node + 1])

    def find(self, limit: int, start: int) -> int | None:
        if start >= self._size:
            return None
        node = start + self._size
        while self._tree[node] > limit:
            while node & 1:  # a right child: what follows is right of an ancestor
                node >>= 1
            if not node:
                return None
            node += 1
        while node < self._size:
            node = 2 * node if self._tree[2 * node] <= limit else 2 * node + 1
        return node - self._size
