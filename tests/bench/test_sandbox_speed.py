"""The sandbox's figures stand beside their goal."""

from bench.sandbox_speed import Took, Turn, page


def turn(preview: float, up: float) -> Turn:
    rest = Took(wall=5.0, processor=4.0)
    return Turn(
        preview=Took(wall=preview, processor=2.0),
        up=Took(wall=up, processor=3.0),
        again=rest,
        refresh=rest,
        destroy=rest,
        kept=Took(wall=40.0, processor=30.0),
    )


def test_an_up_stands_beside_one_and_a_half_previews_and_ten_seconds() -> None:
    text = page(262, [turn(8.0, 11.0), turn(10.0, 12.0), turn(12.0, 13.0)])
    assert "| preview | 3 | 10.00 (8.00 to 12.00) | 2.00 (2.00 to 2.00) |" in text
    assert "| up of an empty stack, checkpoints kept | 3 | 40.00 (40.00 to 40.00) | 30.00 (30.00 to 30.00) |" in text
    assert "1.5 previews and 10 s: 25.0 s; it took 12.0 s" in text
    assert "262 resources" in text
