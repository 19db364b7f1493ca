"""All planted bugs, by name."""

from tests.planted.bugs import claiming, duty, ladder, people, road, sending, spooling
from tests.planted.mutation import Mutation

BUGS: dict[str, Mutation] = {
    mutation.name: mutation
    for part in (road, ladder, duty, people, claiming, sending, spooling)
    for mutation in part.MUTATIONS
}
