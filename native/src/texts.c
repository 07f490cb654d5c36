/* One object of each text that comes again and again: of a statement's text Odoo makes another each time.
 *
 * They are looked up when statements are counted, not while the request runs: to read a text that was sent a moment ago
 * takes longer than all else that is noted of it. What waits then holds no text of its own, and is put together by
 * comparing addresses; Python's hash of a thousand characters takes a microsecond.
 */

#include "native.h"

/* Longer ones have values in them, and do not come again. */
#define MAX_LENGTH 2000
#define SETS 512
#define WAYS 4

typedef struct {
    uint64_t hash;
    PyObject *text;
} Slot;

static Slot slots[SETS][WAYS];

static uint64_t
mix(uint64_t hash, uint64_t word)
{
    /* The odd number next to 2^64 divided by the golden ratio */
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 32;
}

static uint64_t
word_at(const unsigned char *bytes)
{
    uint64_t word;
    memcpy(&word, bytes, sizeof(word));
    return word;
}

/* Of all bytes, in two lanes that do not wait for each other. Whoever makes texts that collide wins nothing: what is
 * found is compared. */
static uint64_t
hash_of(const unsigned char *bytes, Py_ssize_t size)
{
    uint64_t one = (uint64_t)size, other = 0;
    for (; size >= 16; size -= 16, bytes += 16) {
        one = mix(one, word_at(bytes));
        other = mix(other, word_at(bytes + 8));
    }
    for (; size > 0; size--, bytes++) {
        one = mix(one, *bytes);
    }
    return mix(one, other);
}

static int
is_same(PyObject *one, PyObject *other)
{
    Py_ssize_t length = PyUnicode_GET_LENGTH(one);
    int kind = PyUnicode_KIND(one);
    return length == PyUnicode_GET_LENGTH(other) && kind == (int)PyUnicode_KIND(other)
           && memcmp(PyUnicode_DATA(one), PyUnicode_DATA(other), length * kind) == 0;
}

/* Into the first free way; else the last makes room, and those that were found again stay in front. */
static void
enter(Slot *set, Slot added)
{
    int way = 0;
    while (way < WAYS - 2 && set[way].text != NULL) {
        way++;
    }
    Slot moved = set[way];
    set[way] = added;
    if (moved.text != NULL) {
        added = set[WAYS - 1];
        set[WAYS - 1] = moved;
        Py_XDECREF(added.text);
    }
}

/* The object that is held for a text, or the text itself; a new reference. Never fails. */
static PyObject *
one_of(PyObject *text)
{
    if (!PyUnicode_CheckExact(text) || PyUnicode_READY(text) < 0 || PyUnicode_GET_LENGTH(text) > MAX_LENGTH) {
        PyErr_Clear();
        return Py_NewRef(text);
    }
    uint64_t hash = hash_of(PyUnicode_DATA(text), PyUnicode_GET_LENGTH(text) * PyUnicode_KIND(text));
    Slot *set = slots[hash % SETS];
    for (int way = 0; way < WAYS; way++) {
        if (set[way].hash != hash || set[way].text == NULL || !is_same(set[way].text, text)) {
            continue;
        }
        Slot found = set[way];
        if (way > 0) {
            /* What comes often moves to the front, where those that come once do not reach it. */
            set[way] = set[way - 1];
            set[way - 1] = found;
        }
        return Py_NewRef(found.text);
    }
    enter(set, (Slot){hash, Py_NewRef(text)});
    return Py_NewRef(text);
}

/* What is evicted or replaced is a text of Python's own type: no code of Python's runs. */
void
share_texts(Statements *self)
{
    for (; self->shared < self->size; self->shared++) {
        Statement *statement = &self->items[self->shared];
        PyObject *text = statement->text;
        statement->text = one_of(text);
        Py_DECREF(text);
    }
}
