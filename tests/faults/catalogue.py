"""All faults, by name."""

from importlib.util import find_spec

from tests.faults import databases, nodes, partitions, providers, repeats, spools
from tests.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for module in (nodes, databases, partitions, spools, providers, repeats)
    for fault in module.FAULTS
}


def runnable(fault: Fault) -> bool:
    """Whether this Watchbill has what the fault is about."""
    return not fault.spool or find_spec("watchbill.runtime.spool") is not None
