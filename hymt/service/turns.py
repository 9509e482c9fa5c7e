"""Whose turn it is: some run at once, some wait, fairly between visits."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass, field
from itertools import count

from hymt.errors import UserError


@dataclass(eq=False)
class Ticket:
    """A visit's place in the line."""

    visit: str
    running: bool = field(default=False, init=False)


class Turns:
    """A line for work of one kind.

    The visit that has the least under way is next, of equals the one whose last turn is the longest ago.
    """

    def __init__(self, at_once: int, waiting: int) -> None:
        self.at_once, self.waiting = at_once, waiting
        self._line: list[Ticket] = []  # in order of arrival
        self._running: list[Ticket] = []
        self._turns: dict[str, int] = {}  # the number of each visit's last turn, while it has a ticket
        self._numbers = count(1)
        self._lock = threading.Lock()

    def join(self, visit: str) -> Ticket:
        """A place at the end of the line. Raises UserError when the line is full."""
        with self._lock:
            free = self.at_once - len(self._running)
            if len(self._line) >= self.waiting + max(0, free):
                raise UserError("too_busy", count=len(self._line))
            self._line.append(ticket := Ticket(visit))
            return ticket

    def place(self, ticket: Ticket) -> int:
        """0 when it is the ticket's turn: it runs then, until it leaves. 1 for the next in the line, and so on."""
        with self._lock:
            while self._line and len(self._running) < self.at_once:
                first = self._in_order()[0]
                self._line.remove(first)
                self._running.append(first)
                first.running = True
                self._turns[first.visit] = next(self._numbers)
            return 0 if ticket.running else self._in_order().index(ticket) + 1

    def leave(self, ticket: Ticket) -> None:
        """Give up the turn or the place in the line."""
        with self._lock:
            tickets = self._running if ticket.running else self._line
            tickets.remove(ticket)
            if all(other.visit != ticket.visit for other in (*self._running, *self._line)):
                self._turns.pop(ticket.visit, None)

    def _in_order(self) -> list[Ticket]:
        ahead = Counter(ticket.visit for ticket in self._running)
        ranks = {}
        for ticket in self._line:
            ranks[ticket] = ahead[ticket.visit], self._turns.get(ticket.visit, 0)
            ahead[ticket.visit] += 1
        return sorted(self._line, key=ranks.__getitem__)
