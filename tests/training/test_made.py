"""The made-up languages keep their rules, and what is held out is never trained on."""

import pytest

from explorer.training.made import WORDS, made_lines


def both(name):
    train, validation = (made_lines(f"made:{name}.{split}") for split in ("train", "validation"))
    assert not set(train) & set(validation)
    return train, validation


def test_reverse():
    (train, held), (train_back, held_back) = both("reverse.source"), both("reverse.target")
    assert len(train) + len(held) == 8 + 8**2 + 8**3 + 8**4
    for lines, backwards in ((train, train_back), (held, held_back)):
        assert [line.split()[::-1] for line in lines] == [line.split() for line in backwards]
    assert {len(line.split()) for line in held} == {1, 2, 3, 4}


def test_song_and_mirror():
    for lines in both("song.text"):
        assert all(line.split()[:3] * 3 == line.split() for line in lines)
    for lines in both("mirror.text"):
        assert all(line.split()[::-1] == line.split() and len(line.split()) == 6 for line in lines)
    assert sum(map(len, both("song.text"))) == 8**3
    assert {word for line in made_lines("made:song.text.train") for word in line.split()} == set(WORDS)


@pytest.mark.parametrize(
    "name", ["made:opera.text.train", "made:song.text", "made:song.text.test", "made:", "made:a.b"]
)
def test_unknown_names_are_answered_with_the_known_ones(name):
    with pytest.raises(ValueError, match=r"there is no .*mirror.*reverse.*song"):
        made_lines(name)
