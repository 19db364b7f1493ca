"""Makes `docs/reference/configuration.md` from the table in keys.py and the channels' own fields."""

from collections.abc import Iterator, Mapping

from watchbill.channels.contract import Channel
from watchbill.configuration.keys import SHAPES, TOP
from watchbill.configuration.kinds import KINDS
from watchbill.configuration.problems import with_article
from watchbill.configuration.shapes import Grouping, Key, Listed, Reads, Sealed, Several, Shape, Text, Texts

HEAD = """\
# Configuration file: every key

Made from `watchbill/configuration/keys.py`; a test holds it against the code. The [guide](../guide/configuration.md)
tells how the file is used. **Bold** keys are required. "Left out" is what something new has; what is stored stays.
"""


def reference(channels: Mapping[str, Channel]) -> str:
    """The whole page."""
    parts = [HEAD, "## The file\n", *_table(TOP)]
    for shape in SHAPES:
        parts += [f"## {shape.title.capitalize()}\n"]
        if shape.short:
            parts += [f"A bare text stands for its `{shape.short}`.\n"]
        parts += _table(shape.keys)
    parts += ["## Kinds of integrations\n", "| kind | for | sends to |\n| --- | --- | --- |"]
    parts += [f"| `{name}` | {kind.title} | `{kind.path}` |" for name, kind in KINDS.items()]
    parts += [
        "\n## Channels\n",
        "The settings of a contact method, beside `name`, `channel` and `enabled`. Secret ones are stored sealed.\n",
    ]
    parts += ["| channel | setting | what it is |\n| --- | --- | --- |"]
    for name, channel in sorted(channels.items()):
        fields = channel.capabilities.fields
        parts += [
            f"| `{name}` | {_bold(field.name, field.required)} | {_cell(field.help)}{' Secret.' * field.secret} |"
            for field in fields
        ]
        parts += [f"| `{name}` | none | |"] * (not fields)
    return "\n".join(parts) + "\n"


def _table(keys: tuple[Key, ...]) -> Iterator[str]:
    yield "| key | value | what it is | left out |\n| --- | --- | --- | --- |"
    for key in keys:
        yield f"| {_bold(key.name, key.required)} | {_cell(_allowed(key.reads))} | {_cell(key.help)} | {_cell(key.default)} |"
    yield ""


def _bold(name: str, required: bool) -> str:
    return f"**`{name}`**" if required else f"`{name}`"


def _allowed(reads: Reads) -> str:
    match reads:
        case Text():
            return reads.allowed
        case Sealed():
            return reads.allowed
        case Texts():
            return f"a list: {reads.allowed}"
        case Several():
            return f"a list: {reads.each.allowed}"
        case Listed():
            article = with_article(reads.shape.title).split()[0]
            return f"a list, each {article} [{reads.shape.title}](#{reads.shape.title.replace(' ', '-')})"
        case Shape():
            return f"[{reads.title}](#{reads.title.replace(' ', '-')})"
        case Grouping():
            return "off, open or {window: 10m}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
