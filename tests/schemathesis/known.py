"""What a service told, under the names under which it told it."""

import collections

# What things of a collection are called where that is not its name without the s.
IRREGULAR = {
    "people": "person",
    "criteria": "criterion",
    "invitations": "coalition_invitation",
    "convenor_invitations": "coalition_invitation",
    "documents": "expertise_document",
    # Forms have questions too, which go by keys.
    "questions": "question_to_the_office",
}

# Under these a thing tells its own number or name.
OWN = ("id", "key")


def singular(segment):
    """What the collection's items are called: submissions → submission."""
    word = segment.replace("-", "_")
    return IRREGULAR.get(word, word.removesuffix("s"))


def placeholders(path):
    """What stands in an address: /stages/{id}/decisions/{coalition} → stage id, coalition."""
    segments = path.split("/")
    names = [
        (before, part.strip("{}")) for before, part in zip(segments, segments[1:]) if "{" in part
    ]
    return [(singular(before) if name in OWN else name, name) for before, name in names]


def is_plain(value):
    return isinstance(value, (int, str)) and not isinstance(value, bool)


class Known:
    """Values that the service told, by the name under which it told them."""

    def __init__(self):
        self.values = collections.defaultdict(dict)
        # The same, of those told together with one number: what belongs to one stage, say.
        self.beside = collections.defaultdict(dict)
        # Numbers of things that showed themselves when they were asked for.
        self.shown = collections.defaultdict(dict)
        # What stood in each list.
        self.items = collections.defaultdict(list)

    def learn(self, answer, noun, around):
        """Takes all out of an answer; `noun` is what an `id` at this place is one of, and
        `around` what the address and the objects further out told."""
        here = {
            (noun if key in OWN else key.removesuffix("_id")): value
            for key, value in answer.items()
            if is_plain(value)
        }
        for name, value in here.items():
            self.add(name, value, {**around, **here})
        around = {**around, **{name: one for name, one in here.items() if isinstance(one, int)}}
        for key, value in answer.items():
            inner = noun if key == "items" else singular(key)
            for item in value if isinstance(value, list) else [value]:
                if isinstance(item, dict):
                    self.learn(item, inner, around)
                elif isinstance(value, list) and is_plain(item):
                    self.add(inner, item, around)

    def add(self, name, value, around=None):
        name = (name, type(value))
        self.values[name][value] = None
        for other in (around or {}).items():
            self.beside[other, name][value] = None

    def knows(self, name, method):
        """Whether there is anything of this kind to read, or to do something with."""
        kinds = [(name, int), (name, str)]
        return any(
            kind in self.shown or (method == "GET" and kind in self.values) for kind in kinds
        )

    def pools(self, name, near):
        """Values for this name and type, the likely ones first."""
        beside = [self.beside[one, name] for one in near if (one, name) in self.beside]
        return [*beside, self.shown.get(name, {}), self.values.get(name, {})]
