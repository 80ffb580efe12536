"""A run's throughput curve, thinned as the run grows. Pure."""

from stress.fold.snapshot import Point

CURVE_POINTS = 600


class CurveLine:
    """Its points, evenly spaced: every other one goes when there are too many."""

    def __init__(self) -> None:
        self.points: list[Point] = []
        self._step = 0.5

    def is_due(self, t: float) -> bool:
        """It is time for a point."""
        return not self.points or t >= self.points[-1].t + self._step

    def add(self, point: Point) -> None:
        """One that is due."""
        self.points.append(point)
        if len(self.points) >= CURVE_POINTS:
            del self.points[1::2]
            self._step *= 2
