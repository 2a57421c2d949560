"""The order of runs over slots, GPUs and memory, and its simulation.

``policy`` decides, ``simulation`` predicts by it, ``durations`` reads given ones, ``view`` shows.
Nothing in here knows a kernel or a page.
"""

from imprint.schedule.policy import TRIED_TWICE, Job, Line, Room, Start, estimates, order
from imprint.schedule.simulation import Schedule, Span, simulate

__all__ = [
    "TRIED_TWICE",
    "Job",
    "Line",
    "Room",
    "Schedule",
    "Span",
    "Start",
    "estimates",
    "order",
    "simulate",
]
