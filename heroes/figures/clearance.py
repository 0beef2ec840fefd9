"""Where a text fits on a survival curve without covering the curve, its band, or another text.

Places are pixels of the plot as it is on the narrowest screen, from its left edge and from its bottom: on a wider screen
the same text takes a smaller part of the time axis, so that what is clear here is clear there.
"""

from dataclasses import dataclass

import numpy as np

from heroes.figures import theme

PLOT_HEIGHT, PLOT_WIDTH = 400, 560  # pixels
TOP = 1.02  # what the axis of probability ends at
MARGIN = 12


@dataclass(frozen=True)
class Box:
    """A rectangle that is taken."""

    left: float
    right: float
    bottom: float
    top: float


@dataclass(frozen=True)
class Plot:
    """A drawn curve with its band, and the texts that have their place already.

    reach: the last month of the axis, which begins at `start`. taken: boxes of legend and notes.
    """

    curve: object
    start: float
    reach: float
    taken: tuple[Box, ...] = ()

    def pixels(self, month: float) -> float:
        """Where a month lies on the axis."""
        return (month - self.start) / (self.reach - self.start) * PLOT_WIDTH

    def free_middle(self, left: float, right: float, height: float, wish: float) -> float | None:
        """The middle, nearest to the wish, at which a text of this height between left and right covers nothing.

        left, right, height, wish, and the answer: pixels. None where there is no such place inside the plot.
        """
        if left < 0 or right > PLOT_WIDTH:
            return None
        busy = [(box.bottom, box.top) for box in self.taken if box.left < right and box.right > left]
        band = self._band(left, right)
        if band:
            busy.append(band)
        busy = [(low - height / 2 - MARGIN, high + height / 2 + MARGIN) for low, high in busy]
        lowest, highest = height / 2 + 4, PLOT_HEIGHT - height / 2 - 4
        places = [min(max(wish, lowest), highest), *(edge for interval in busy for edge in interval)]
        clear = [
            place for place in places
            if lowest <= place <= highest and not any(low < place < high for low, high in busy)
        ]
        return min(clear, key=lambda place: abs(place - wish), default=None)

    def _band(self, left: float, right: float) -> tuple[float, float] | None:
        """The lowest and the highest pixel of curve and band between two places; None beyond the follow-up."""
        x = np.array([self.pixels(month) for month in theme.months(np.append(0.0, np.asarray(self.curve.time, float)))])
        if right < x[0] or left > x[-1]:
            return None
        first, last = (int(np.searchsorted(x, place, side="right")) - 1 for place in (left, right))
        rows = slice(max(first, 0), last + 1)
        limits = [np.append(1.0, np.asarray(values, float))[rows] for values in
                  (self.curve.survival, self.curve.lower, self.curve.upper)]
        values = np.concatenate([limit[~np.isnan(limit)] for limit in limits])
        return float(values.min()) / TOP * PLOT_HEIGHT, float(values.max()) / TOP * PLOT_HEIGHT
