"""The ghost of a recorded run."""

import math

from stress.fold.ghost import Ghost
from stress.runs.playback import Playback
from stress.runs.recording import Recording

MOST_POINTS = 600


def ghost_of(recording: Recording) -> Ghost:
    """What a live run is shown beside: the recorded run's throughput over its ramp's whole seconds."""
    playback = Playback(recording)
    playback.go_to(playback.length)
    fold = playback.fold
    began = fold.ramp_started or 0.0
    seconds = list(fold.ramp_seconds())
    step = max(1, -(-len(seconds) // MOST_POINTS))
    parts = (seconds[place : place + step] for place in range(0, len(seconds), step))
    points = tuple(
        (
            part[0] + len(part) / 2 - began,
            math.fsum(fold.per_second[second][1] for second in part) / len(part),
            fold.per_second[part[-1]][0],
        )
        for part in parts
    )
    label = recording.record.label if recording.record else None
    return Ghost(label=label or recording.about.target, points=points, peak_tok_s=fold.peak_tok_s)
