"""Compare what was measured with what is aimed at."""

from collections.abc import Callable
from dataclasses import dataclass

from bench import rows
from bench.figures import Figures, ratio
from bench.measure import Results
from bench.rows import Row

LATCHKEY, STOCK, BIG = "Latchkey", "the stock site", "Latchkey with a big database"


@dataclass(frozen=True)
class Target:
    """Name what is aimed at, as the least or the most that will do."""

    name: str
    found: Callable[[Results], float]
    least: float | None = None
    most: float | None = None
    unit: str = ""

    def is_met(self, figure: float) -> bool:
        """Return whether `figure` will do, read to the digits that the document shows."""
        shown = float(f"{figure:.2f}")
        if self.least is not None:
            return shown >= self.least
        return self.most is None or shown <= self.most

    @property
    def aimed_at(self) -> str:
        if self.least is not None:
            return f"at least {self.least:g}{self.unit}"
        return f"at most {self.most:g}{self.unit}"

    def shown(self, figure: float) -> str:
        return f"{figure:.2f}{self.unit}"


def _against_stock(mine: Row, theirs: Row) -> Callable[[Results], float]:
    return lambda results: ratio(results[mine][LATCHKEY], results[theirs][STOCK])


def _cpu(row: Row) -> Callable[[Results], float]:
    return lambda results: results[row][LATCHKEY].cpu


def _tail(row: Row) -> Callable[[Results], float]:
    return lambda results: results[row][LATCHKEY].tail


def worst_tail(results: Results) -> float:
    return max(figures.tail for figures in _of(results, LATCHKEY) if figures.milliseconds)


def least_beside_empty(results: Results) -> float:
    """Return the ratio of the row that a big database slows down the most."""
    both = (each for each in results.values() if BIG in each and LATCHKEY in each)
    return min(ratio(each[BIG], each[LATCHKEY]) for each in both)


def _of(results: Results, site: str) -> list[Figures]:
    return [figures[site] for figures in results.values() if site in figures]


BESIDE_STOCK = (
    Target("hello, to the stock site's hello", _against_stock(rows.HELLO, rows.HELLO), 1),
    Target(
        "guarded me, to the stock site's unguarded DRF view",
        _against_stock(rows.ME, rows.UNGUARDED),
        0.65,
    ),
    Target("guarded me, to the stock site's", _against_stock(rows.ME, rows.ME), 3.5),
    Target(
        "client credentials, to the stock site's view with one INSERT",
        _against_stock(rows.CLIENT_CREDENTIALS, rows.INSERT),
        0.55,
    ),
    Target(
        "client credentials, to the stock site's with a secret hashed once",
        _against_stock(rows.CLIENT_CREDENTIALS, rows.CLIENT_CREDENTIALS),
        1.6,
    ),
    Target("refresh, to the stock site's", _against_stock(rows.REFRESH, rows.REFRESH), 2.5),
    Target("code, to the stock site's", _against_stock(rows.CODE, rows.CODE), 2.5),
    Target("userinfo, CPU of a request", _cpu(rows.USERINFO), most=1.2, unit=" ms"),
    Target("introspection, CPU of a request", _cpu(rows.INTROSPECTION), most=1.2, unit=" ms"),
    Target("sign-in page, CPU of a request", _cpu(rows.SIGN_IN), most=4, unit=" ms"),
)


def tails(most: float) -> tuple[Target, ...]:
    """Return the targets of p99 to p50."""
    return (
        Target("p99 to p50 at 70 % of the peak, of refresh", _tail(rows.REFRESH), most=most),
        Target("p99 to p50 at 70 % of the peak, at its worst", worst_tail, most=most),
    )


ON_POSTGRESQL = (*BESIDE_STOCK, *tails(4))
ON_SQLITE = tails(10)
# Where nothing is slower, one row in two is by chance: the tenth beneath 1 is that.
BESIDE_EMPTY = (Target("the slowest row, to an empty database", least_beside_empty, 0.9),)
OF_ADMIN = (
    Target("the slowest address of Django admin, CPU", lambda _: 0, most=200, unit=" ms"),
    Target("statements of one address, at most", lambda _: 0, most=60),
)
MEGABYTES = Target("memory after load, of all processes", lambda _: 0, most=150, unit=" MB")
