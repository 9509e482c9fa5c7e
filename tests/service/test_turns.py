"""Who is next, and who is turned away."""

from __future__ import annotations

import pytest

from hymt.errors import UserError
from hymt.service.turns import Turns


def places(turns: Turns, tickets) -> list[int]:
    return [turns.place(ticket) for ticket in tickets]


def test_so_many_run_and_the_others_wait_in_order():
    turns = Turns(at_once=2, waiting=9)
    tickets = [turns.join(visit) for visit in "abcd"]
    assert places(turns, tickets) == [0, 0, 1, 2]
    turns.leave(tickets[0])
    assert places(turns, tickets[1:]) == [0, 0, 1]


def test_a_visit_with_much_under_way_waits_for_the_others():
    turns = Turns(at_once=1, waiting=9)
    first, second, third = (turns.join("greedy") for _ in range(3))
    other = turns.join("other")
    assert places(turns, [first, second, third, other]) == [0, 2, 3, 1]
    turns.leave(first)
    assert places(turns, [other, second, third]) == [0, 1, 2]


def test_who_leaves_the_line_makes_room():
    turns = Turns(at_once=1, waiting=1)
    tickets = [turns.join("a"), turns.join("b")]
    assert places(turns, tickets) == [0, 1]
    with pytest.raises(UserError) as refused:
        turns.join("c")
    assert refused.value.key == "too_busy"
    turns.leave(tickets[1])
    assert turns.place(turns.join("c")) == 1
