"""The beam tree: what it sends to the browser, and what it believes of the browser's answers."""

from __future__ import annotations

import numpy as np
import pytest

from explorer.components import beam_tree as module
from explorer.components.beam_tree import FATES, BeamNode, beam_tree
from tests.components.mounted import NONSENSE, Mounted
from tests.components.packed import unpack

NODES = [
    BeamNode(70, None, 0, "[BOS]", 1, 0.0, 0.0, 0.0, "root", True),
    BeamNode(30, 70, 1, "<b>", 5, -0.1, -0.1, -0.1, "live", True),
    BeamNode(50, 70, 1, "␣a", 7, -2.3, -2.3, -2.3, "dropped"),
    BeamNode(20, 30, 2, "[EOS]", 2, -1 / 3, -0.1 - 1 / 3, -0.2, "ended", True),
]


@pytest.fixture
def mounted(monkeypatch) -> Mounted:
    return Mounted(monkeypatch, module)


def test_tree_is_sent_by_places_with_every_digit(mounted):
    beam_tree(NODES, key="tree", title="The beam.", selected=20, live="open", follows=True)
    meta, arrays = unpack(mounted.data)
    labels = [n.label for n in NODES]
    shown = {"title": "The beam.", "labels": labels, "selected": 3, "picks": False}
    assert meta == {**shown, "live": "open", "follows": True}
    parents, steps, ids, fates, winning = arrays["whole"].T.tolist()
    assert (parents, steps, ids) == ([-1, 0, 0, 1], [0, 1, 1, 2], [1, 5, 7, 2])
    assert [FATES[fate] for fate in fates] == ["root", "live", "dropped", "ended"]
    assert winning == [1, 1, 0, 1]
    real = np.frombuffer(arrays["real"].tobytes(), "<f8").reshape(4, 3)
    assert real.tolist() == [[n.log_p, n.log_probability, n.score] for n in NODES]


def test_a_node_without_a_score_has_none_in_the_browser(mounted):
    beam_tree([BeamNode(4, None, 0, "[BOS]", 1, 0.0, 0.0, None, "root")], key="tree", title="")
    real = np.frombuffer(unpack(mounted.data)[1]["real"].tobytes(), "<f8")
    assert real[:2].tolist() == [0, 0] and np.isnan(real[2])


def test_node_that_is_not_there_is_not_selected(mounted):
    beam_tree(NODES, key="tree", title="", selected=99)
    assert unpack(mounted.data)[0]["selected"] == -1


def test_choice_is_believed_only_if_there_is_such_a_node(mounted):
    chosen = []
    beam_tree(NODES, key="tree", title="", on_select=chosen.append)
    for nonsense in (*NONSENSE, {"node": 4}, {"node": -1}, {"node": 20.0}, {"node": "2"}):
        mounted.answer("select", nonsense)
    assert chosen == []
    mounted.answer("select", {"node": 3})
    assert chosen == [20]


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([], "at least its root"),
        ([NODES[0], NODES[0]], "two nodes have the id 70"),
        ([NODES[0], NODES[3]], "node 20 comes before its parent 30"),
        ([NODES[0], BeamNode(9, 70, 2, "x", 1, 0, 0, 0, "live")], "node 9 is at step 2, its parent at 0"),
        ([BeamNode(9, None, 0, "x", 1, 0, 0, 0, "best")], "node 9 has the fate 'best', not one of root, live"),
    ],
)
def test_what_is_no_tree_is_refused(mounted, nodes, message):
    with pytest.raises(ValueError, match=message):
        beam_tree(nodes, key="tree", title="")
