"""Arrow arrays that are broken on purpose: each is a ColumnError, and nothing is read beyond its end."""

import ctypes

import pyarrow
import pytest

from bulk.hostile import Hostile
from schedcore.bulk import columns
from schedcore.errors import ColumnError

NUMBERS = pyarrow.array([1, None, 3])
SMALL = pyarrow.array([1, None, 3], pyarrow.int16())
TIMES = pyarrow.array([1000, None, 3000]).cast(pyarrow.timestamp("ms"))
TEXT = pyarrow.array(["a", None, "more than twelve bytes"])
LARGE = TEXT.cast(pyarrow.large_string())
VIEWS = TEXT.cast(pyarrow.string_view())
WORDS = TEXT.dictionary_encode()
LISTS = pyarrow.array([["a"], None, ["b", "c"]])
NESTED = pyarrow.array([[1], None, [2, 3]], pyarrow.large_list(pyarrow.int64()))
FIXED = pyarrow.array([[1, 2], None, [3, 4]], pyarrow.list_(pyarrow.int64(), 2))
ALL = [NUMBERS, SMALL, TIMES, TEXT, LARGE, VIEWS, WORDS, LISTS, NESTED, FIXED, pyarrow.nulls(3)]


def refused(values, change, message="^rrule: "):
    """A column with this change is refused, with the name of the column."""
    with pytest.raises(ColumnError, match=message) as caught:
        columns.column("rrule", Hostile(values, change))
    assert str(caught.value).startswith("rrule: ")


def field(name, value):
    """A change of one number of the array."""
    return lambda schema, array, _: setattr(array, name, value)


@pytest.mark.parametrize("values", ALL, ids=lambda values: str(values.type))
class TestEveryType:
    """What is checked alike for every type."""

    def test_untouched(self, values):
        """The harness itself changes nothing."""
        found = columns.column("rrule", Hostile(values, lambda schema, array, _: None))
        assert ([1, None, 3] if values is TIMES else values.to_pylist()) == found.tolist()

    @pytest.mark.parametrize("length", [-1, -(2**63), 2**63 - 1, 2**60])
    def test_length(self, values, length):
        refused(values, field("length", length), "an Arrow array of length")

    @pytest.mark.parametrize("offset", [-1, -(2**63), 2**63 - 1])
    def test_offset(self, values, offset):
        refused(values, field("offset", offset), "an Arrow array of length 3 at offset")

    @pytest.mark.parametrize("nulls", [-2, 4, 2**62])
    def test_null_count(self, values, nulls):
        refused(values, field("null_count", nulls), "with .* nulls")

    @pytest.mark.parametrize("buffers", [-1, 2**40])
    def test_number_of_buffers(self, values, buffers):
        if values is VIEWS and buffers > 0:
            return  # views have any number; how many there are cannot be told
        refused(values, field("n_buffers", buffers), "buffers")

    def test_number_of_children(self, values):
        refused(values, field("n_children", 7), "7 children")
        refused(values, field("n_children", -1), "children")

    def test_no_buffers(self, values):
        if values.type == pyarrow.null():
            return  # has none
        null = ctypes.POINTER(ctypes.c_void_p)()
        refused(values, field("buffers", null), "without its buffers")

    def test_released(self, values):
        refused(values, field("release", None), "released already")

    def test_schema_released(self, values):
        refused(values, lambda schema, array, _: setattr(schema, "release", None), "released already")

    def test_no_format(self, values):
        refused(values, lambda schema, array, _: setattr(schema, "format", None), "format")

    @pytest.mark.parametrize("format", [b"", b"?", b"ts", b"tsx:", b"tD", b"+w:", b"+w:-1", b"\xff\xfe", b"l" * 5000])
    def test_format(self, values, format):
        """A type that does not exist, or does not fit the array."""
        if values is WORDS and format == b"?":
            format = b"u"  # indices that are text
        refused(values, lambda schema, array, _: setattr(schema, "format", format))


@pytest.mark.parametrize("values", [NUMBERS, SMALL, TEXT, LARGE, VIEWS, WORDS, LISTS, NESTED, FIXED])
def test_nulls_without_a_bitmap(values):
    def change(schema, array, _):
        array.buffers[0] = None

    refused(values, change, "1 nulls, but no bitmap of them")


@pytest.mark.parametrize("values", [NUMBERS, SMALL, TEXT, LARGE, VIEWS, WORDS, LISTS, NESTED])
def test_a_buffer_that_is_missing(values):
    def change(schema, array, _):
        array.buffers[1] = None

    refused(values, change, "without its buffer 1")


@pytest.mark.parametrize("values", [NUMBERS, SMALL, TEXT, LARGE, VIEWS, WORDS, LISTS, NESTED])
def test_a_buffer_that_is_not_aligned(values):
    def change(schema, array, _):
        array.buffers[1] += 1

    refused(values, change, "not aligned")


@pytest.mark.parametrize(("values", "kind"), [(TEXT, ctypes.c_int32), (LARGE, ctypes.c_int64)])
@pytest.mark.parametrize("offsets", [[0, 5, 3, 9], [-1, 0, 1, 2], [-4, -3, -2, -1], [0, 1, 2, -5]])
def test_offsets(values, kind, offsets):
    """Offsets that go down or begin before the text."""

    def change(schema, array, hostile):
        hostile.buffer(array, 1, kind, offsets)

    refused(values, change, r"offsets? .*row \d")


@pytest.mark.parametrize(("values", "kind"), [(LISTS, ctypes.c_int32), (NESTED, ctypes.c_int64)])
@pytest.mark.parametrize("offsets", [[0, 5, 3, 9], [-1, 0, 1, 2], [0, 1, 2, 4], [0, 1, 2, 2**31 - 1]])
def test_offsets_of_lists(values, kind, offsets):
    """The same for lists; here the number of items is known, so that none beyond can be reached."""

    def change(schema, array, hostile):
        hostile.buffer(array, 1, kind, offsets)

    refused(values, change, r"offsets .* do not increase|reach to item \d+ of 3")


@pytest.mark.parametrize("values", [TEXT, LARGE])
def test_text_without_its_bytes(values):
    def change(schema, array, _):
        array.buffers[2] = None

    refused(values, change, "23 bytes of text without its buffer 2")


@pytest.mark.parametrize(
    "view",
    [(13, 0, 0, 2**31 - 1), (13, 0, 0, -1), (13, 0, 1, 0), (13, 0, -1, 0), (-1, 0, 0, 0), (2**31 - 1, 0, 0, 0)],
)
def test_views(view):
    """Views that lead out of their buffers, or to buffers that are not there."""

    def change(schema, array, hostile):
        hostile.buffer(array, 1, ctypes.c_int32, [1, 97, 0, 0, 0, 0, 0, 0, *view])

    refused(VIEWS, change, "an Arrow view of .* in row 2")


def test_views_without_sizes():
    """The sizes of the buffers are the last buffer; without them nothing can be trusted."""

    def change(schema, array, _):
        array.buffers[array.n_buffers - 1] = None

    refused(VIEWS, change, "an Arrow view of 22 bytes")


@pytest.mark.parametrize("indices", [[0, 0, 2], [0, 0, -1], [2**31 - 1, 0, 0]])
def test_indices(indices):
    """Numbers of texts that a dictionary does not have; those of missing rows do not matter."""

    def change(schema, array, hostile):
        hostile.buffer(array, 1, ctypes.c_int32, indices)

    refused(WORDS, change, "of a dictionary of 2")
    with_null = Hostile(WORDS, lambda schema, array, hostile: hostile.buffer(array, 1, ctypes.c_int32, [0, 2**30, 1]))
    assert ["a", None, "more than twelve bytes"] == columns.text("rrule", with_null).tolist()


def test_a_dictionary_that_is_missing():
    def change(schema, array, _):
        array.dictionary = None

    refused(WORDS, change, "do not agree on a dictionary")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("length", -1),
        ("length", 2),
        ("offset", -1),
        ("offset", 2**62),
        ("null_count", 9),
        ("release", None),
        ("n_buffers", 0),
    ],
)
@pytest.mark.parametrize("values", [LISTS, NESTED])
def test_items(values, name, value):
    """The items of lists are held to the same rules as a column."""

    def change(schema, array, _):
        setattr(array.children[0].contents, name, value)

    refused(values, change)


def test_items_that_are_missing():
    def change(schema, array, _):
        array.children[0] = None

    def in_schema(schema, array, _):
        schema.children[0] = None

    refused(LISTS, change, "without their items")
    refused(LISTS, in_schema)


@pytest.mark.parametrize("size", [b"+w:3", b"+w:999999999999999999", b"+w:99999999999999999999999", b"+w:-1"])
def test_fixed_lists_that_reach_too_far(size):
    refused(FIXED, lambda schema, array, _: setattr(schema, "format", size), "reach to item|of the format")


class TestTables:
    """A batch whose columns are shorter than it says, or not there."""

    BATCH = pyarrow.record_batch({"a": [1, 2, 3], "b": ["x", "y", "z"]})

    def refused(self, change, message):
        with pytest.raises(ColumnError, match=message):
            for name, column in columns.table(Hostile(self.BATCH, change)).items():
                columns.column(name, column)

    def test_untouched(self):
        assert ["a", "b"] == list(columns.table(Hostile(self.BATCH, lambda schema, array, _: None)))

    @pytest.mark.parametrize("length", [-1, 4, 2**62])
    def test_length(self, length):
        self.refused(field("length", length), "too few for its parent|an Arrow array of length")

    @pytest.mark.parametrize("offset", [-1, 1, 2**62])
    def test_offset(self, offset):
        self.refused(field("offset", offset), "too few for its parent|an Arrow array of length")

    @pytest.mark.parametrize("children", [-1, 0, 1, 3])
    def test_children(self, children):
        self.refused(field("n_children", children), "children")

    @pytest.mark.parametrize("which", [0, 1])
    def test_a_child_that_is_missing(self, which):
        self.refused(lambda schema, array, _: array.children.__setitem__(which, None), "is missing")
        self.refused(lambda schema, array, _: schema.children.__setitem__(which, None), "is missing")

    def test_a_shorter_child(self):
        self.refused(
            lambda schema, array, _: setattr(array.children[1].contents, "length", 2), "too few for its parent"
        )

    def test_no_children(self):
        def change(schema, array, _):
            array.children = type(array.children)()

        self.refused(change, "children")
