"""Settles what the contact methods of a person shall be: the channel's fields, kept and new secrets, the channel's check."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from watchbill.channels.contract import BadSettings, Channel, Field
from watchbill.configuration.ground import Ground
from watchbill.configuration.problems import Place, quoted
from watchbill.configuration.state import Method, Secret, State
from watchbill.configuration.wanted import WantedMethod, WantedSetting

OF_THE_NODE = (
    "The node's settings decide this: WATCHBILL_ALLOW_PORTS, WATCHBILL_ALLOW_NETWORKS and WATCHBILL_ALLOW_LOOPBACK."
)
_NAMED = re.compile(r"`(\w+)`")


def settled_method(ground: Ground, wanted: WantedMethod, old: Method | None) -> Method:
    """The method as it shall be. `old`: as it is stored under the same name."""
    if old is not None and old.channel != wanted.channel:
        old = None
    channel = ground.channels.get(wanted.channel)
    if channel is None:
        return _unknown_channel(ground, wanted, old)
    fields = {field.name: field for field in channel.capabilities.fields}
    before = len(ground.problems.errors)
    settings: dict[str, str | Secret] = {}
    for name, given in wanted.settings.items():
        if name not in fields:
            _unknown_setting(ground, given, name, wanted.channel, fields)
        elif value := _value(ground, given, fields[name], old):
            settings[name] = value
        elif fields[name].required and not given.bad and not given.keep:
            ground.problems.error(
                given.at, f"Nothing stands here; channel {wanted.channel} needs it. {fields[name].help}"
            )
    for field in fields.values():
        if field.required and field.name not in wanted.settings:
            message = f"`{field.name}` is missing; channel {wanted.channel} needs it. {field.help}"
            ground.problems.error(wanted.at, message)
    if len(ground.problems.errors) == before and not any(given.bad for given in wanted.settings.values()):
        _check(ground, channel, wanted, settings)
    return Method(wanted.name, wanted.channel, wanted.enabled, settings)


def _unknown_channel(ground: Ground, wanted: WantedMethod, old: Method | None) -> Method:
    text = f"The channel {quoted(wanted.channel)} is not known here."
    if old is not None and {name: given.keep or given.text for name, given in wanted.settings.items()} == {
        name: isinstance(value, Secret) or value for name, value in old.settings.items()
    }:  # somebody took the channel away; what is stored may stay
        ground.problems.warn(wanted.place("channel"), f"{text} It reaches nobody.")
        return Method(wanted.name, wanted.channel, wanted.enabled, old.settings)
    near = ground.problems.did_you_mean(wanted.channel, ground.channels)
    ground.problems.error(wanted.place("channel"), text + (near or f" Known are {', '.join(sorted(ground.channels))}."))
    return Method(wanted.name, wanted.channel, wanted.enabled, {})


def _unknown_setting(ground: Ground, given: WantedSetting, name: str, channel: str, fields: dict[str, Field]) -> None:
    known = ["name", "channel", "enabled", *fields]
    near = ground.problems.did_you_mean(name, known)
    hint = near or (f" It takes {', '.join(fields)}." if fields else " It takes none.")
    ground.problems.error(given.at, f"Channel {channel} has no setting {quoted(name)}.{hint}")


def _value(ground: Ground, given: WantedSetting, field: Field, old: Method | None) -> str | Secret:
    stored = old.settings.get(field.name) if old is not None else None
    if given.keep:
        if not field.secret:
            ground.problems.error(given.at, f"`!keep` is for secrets; `{field.name}` is none. Write it out.")
        elif stored is None and not ground.offline:
            ground.problems.error(
                given.at,
                "`!keep` keeps the stored secret, but none is stored. Give it, as ${NAME} from the environment.",
            )
        return stored or Secret(sealed="?")
    if not field.secret or not given.text:
        return given.text
    if isinstance(stored, Secret) and stored.sealed and ground.opened(stored.sealed) == given.text:
        return stored
    return Secret(clear=given.text)


def _check(ground: Ground, channel: Channel, wanted: WantedMethod, settings: dict[str, str | Secret]) -> None:
    clear: dict[str, Any] = {}
    for name, value in settings.items():
        text = value if isinstance(value, str) else value.clear or ground.opened(value.sealed)
        if text is None:
            if not ground.offline:
                message = (
                    "The stored secret cannot be opened with secret_key, so pages over it will fail. Give it anew."
                )
                ground.problems.warn(wanted.settings[name].at, message)
            return
        clear[name] = text
    try:
        channel.check(clear)
    except BadSettings as fault:
        named = _NAMED.search(str(fault))
        given = wanted.settings.get(named[1]) if named else None
        shown = (
            f" (given: {quoted(given.shown)})"
            if given and not isinstance(settings.get(named[1] if named else ""), Secret)
            else ""
        )
        place = given.at if given else wanted.at
        message = f"Channel {wanted.channel} refuses it{shown}: {fault}"
        if not _another_node_takes(ground, wanted.channel, clear):
            ground.problems.error(place, message)
        elif ground.offline:
            ground.problems.warn(place, f"{message} {OF_THE_NODE} They were not asked, so see that they allow it.")
        else:
            ground.problems.error(place, f"{message} {OF_THE_NODE}")


def _another_node_takes(ground: Ground, name: str, settings: dict[str, Any]) -> bool:
    """Whether what is refused here hangs on the settings of the node only."""
    channel = ground.permissive().get(name)
    if channel is None:
        return False
    try:
        channel.check(settings)
    except BadSettings:
        return False
    return True


def check_seal(ground: Ground, desired: State) -> None:
    """Refuses to seal secrets with a key that opens none of those that are stored: the nodes could not read them."""
    stored = _secrets(ground.stored.state)
    if not any(secret.clear for secret in _secrets(desired)):
        return
    tried = list(islice(stored, 20))
    if tried and not any(ground.opened(secret.sealed) is not None for secret in tried):
        message = (
            "The secret_key of this command opens none of the stored secrets, so the nodes could not open what it seals. "
            "Set WATCHBILL_SECRET_KEY as the nodes have it, or --data-dir to their folder."
        )
        ground.problems.error(Place("secret_key"), message)


def _secrets(state: State) -> Iterator[Secret]:
    for user in state.users.values():
        for method in user.contact_methods.values():
            yield from (value for value in method.settings.values() if isinstance(value, Secret))
        if user.out_of_office_calendar is not None:
            yield user.out_of_office_calendar
    for schedule in state.schedules.values():
        yield from (rotation.calendar for rotation in schedule.rotations if rotation.calendar is not None)
