from pictures import messages

from tui.pace import Pace


def ids(taken):
    return [message.id for message in taken]


def test_what_was_said_before_the_screen_opened_is_there_at_once():
    assert ids(Pace().take(messages(5), 0.0)) == [0, 1, 2, 3, 4]


def test_nothing_is_shown_twice():
    pace = Pace()
    pace.take(messages(5), 0.0)
    assert pace.take(messages(5), 10.0) == []


def test_a_few_messages_at_once_are_shown_one_after_the_other():
    pace = Pace()
    pace.take(messages(5), 0.0)
    taken = [ids(pace.take(messages(8), 1.0 + tick / 10)) for tick in range(11)]
    assert taken[0] == [5]
    assert [one for some in taken for one in some] == [5, 6, 7]
    assert pace.one_of(2.0) == 1


def test_at_three_a_second_every_message_is_shown():
    pace = Pace()
    pace.take(messages(1), 0.0)
    shown = [one for tick in range(1, 61) for one in ids(pace.take(messages(1 + tick // 4), tick / 10))]
    assert shown == list(range(1, 16))


def test_when_they_come_too_fast_the_newest_are_sampled_and_it_says_so():
    pace = Pace()
    pace.take(messages(1), 0.0)
    shown = []
    for tick in range(1, 101):
        # 21 a second.
        talk = messages(1 + tick * 21 // 10)[-200:]
        for one in ids(pace.take(talk, tick / 10)):
            shown.append(one)
            assert one >= talk[-1].id - 6
    assert 20 <= len(shown) <= 31
    assert pace.one_of(10.0) in (6, 7, 8, 9)


def test_after_a_flood_it_says_that_it_shows_everything_again():
    pace = Pace()
    pace.take(messages(1), 0.0)
    pace.take(messages(150), 1.0)
    assert pace.one_of(1.0) > 1
    assert pace.one_of(60.0) == 1


def test_messages_that_scrolled_past_unseen_do_not_stop_it():
    pace = Pace()
    pace.take(messages(5), 0.0)
    assert ids(pace.take(messages(200, first=900), 1.0)) == [1099]


def test_a_message_of_two_lines_takes_the_time_of_two():
    pace = Pace()
    pace.take(messages(1), 0.0)
    assert ids(pace.take(messages(4), 1.0)) == [1]
    pace.took_lines(2)
    assert pace.take(messages(4), 1.4) == []
    assert ids(pace.take(messages(4), 1.7)) == [2]
