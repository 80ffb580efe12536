"""What a screen does at its end: the results card, kept until the viewer leaves, and pictures of it."""

from functools import partial
from pathlib import Path

from textual.app import App

from stress.runs.handle import Ending, RunHandle
from tui.panels.keys import Keys
from tui.panels.results import CARD, Results, ResultsCard
from tui.pictures import Album, save_picture


class CardScreen(App[str]):
    """A screen that ends in a results card."""

    run_handle: RunHandle
    _keys: Keys

    def __init__(self) -> None:
        super().__init__()
        self._card = ResultsCard(CARD)
        self._ending: Ending | None = None
        """How the run has ended, once the screen knows it."""
        self._has_left = False
        """The viewer wants the screen of a run that is over to close."""
        self._album = Album()

    def say(self, text: str) -> None:
        """Show a short answer to a key for a moment."""
        raise NotImplementedError

    def results(self, ending: Ending) -> Results | None:
        """What the run came to, as it may be shown; None: nothing that is worth a card."""
        raise NotImplementedError

    def masked_ending(self, ending: Ending) -> Ending:
        """The ending as it may be shown."""
        raise NotImplementedError

    @property
    def waits(self) -> bool:
        """There are results that the viewer has not left yet."""
        return self._card.shown is not None and not self._has_left

    def show_ending(self) -> None:
        """Put the card up when the run ends; a recorded one that is sought back takes it down."""
        ending = self.run_handle.ending
        if ending == self._ending:
            return
        self._ending = ending
        shown = None if ending is None else self.masked_ending(ending)
        results = None if shown is None else self.results(shown)
        self._keys.ending = None if results is None else shown
        self._card.show(results)
        self.put_card_up(results is not None)

    def show_ending_again(self) -> None:
        """What may be shown of it has changed."""
        up, self._ending = self._card.up, None
        self.show_ending()
        self.put_card_up(up and self._card.shown is not None)

    def put_card_up(self, up: bool) -> None:
        """Cover the screen with it, or uncover the last frame."""
        self._card.up = up
        self._keys.redraw()
        self._keys.refresh(layout=True)  # and with it the stage that it lies on

    def action_turn_card(self) -> None:
        """From the results to the last frame, and back."""
        if self._card.shown is None:
            self.say("The results card appears when the run is over.")
        else:
            self.put_card_up(not self._card.up)

    def action_take_picture(self) -> None:
        t, name = self.run_handle.snapshot().sample.t, "results" if self._card.up else ""
        place = self._album.place(self.run_handle.pictures, t, self.size, name)
        with self._keys.without_keys():
            svg = self.export_screenshot(title=self.TITLE)
        said = f"Saved {place}.svg and .png"
        self.say(said if len(said) < self.size.width else f"Saved {place.name}.svg and .png")
        self.run_worker(partial(self._save_picture, svg, place), thread=True)

    def _save_picture(self, svg: str, place: Path) -> None:
        try:
            save_picture(svg, place)
        except (OSError, ValueError) as error:
            self.call_from_thread(self.say, f"No picture: {place} can't be written ({error}).")
