"""The rules of the house. Each is told once, here or by a linter; see rule.py for what a rule is."""

from tests.architecture.rules.clocks import ONE_CLOCK, ONE_DATABASE_CLOCK
from tests.architecture.rules.engine import PURE_ENGINE
from tests.architecture.rules.excuses import EXCUSES_EXPLAINED
from tests.architecture.rules.hosts import NO_HOST_IN_CONFIG
from tests.architecture.rules.names import NAMED_BY_NOUN
from tests.architecture.rules.paths import NO_MACHINE_PATHS
from tests.architecture.rules.product import NO_TESTS_IN_THE_PRODUCT
from tests.architecture.rules.sleeping import NO_SLEEP
from tests.architecture.rules.sql import SQL_FROM_CONSTANTS

RULES_OF_CODE = (
    ONE_CLOCK,
    ONE_DATABASE_CLOCK,
    SQL_FROM_CONSTANTS,
    PURE_ENGINE,
    NO_SLEEP,
    NO_TESTS_IN_THE_PRODUCT,
    EXCUSES_EXPLAINED,
)
RULES_OF_TEXT = (NAMED_BY_NOUN, NO_HOST_IN_CONFIG, NO_MACHINE_PATHS)
