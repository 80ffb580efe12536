"""Names of pictures."""

from textual.geometry import Size

from tui.pictures import Album

SIZE = Size(120, 40)


def test_pictures_of_the_same_second_have_names_of_their_own(tmp_path):
    album = Album()
    places = [album.place(tmp_path, 83.0, SIZE) for _ in range(3)]
    assert [place.name for place in places] == ["00083.0s-120x40", "00083.0s-120x40-2", "00083.0s-120x40-3"]


def test_a_picture_of_an_earlier_look_at_the_run_is_not_written_over(tmp_path):
    (tmp_path / "00083.0s-120x40.png").touch()
    assert Album().place(tmp_path, 83.0, SIZE).name == "00083.0s-120x40-2"


def test_a_picture_of_the_results_says_so(tmp_path):
    assert Album().place(tmp_path, 83.0, SIZE, "results").name == "results-120x40"
