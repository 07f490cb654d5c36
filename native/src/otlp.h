/* Pieces of OTLP's protobuf that are put into bytes of a known size. */

#ifndef ODOOOPS_OTLP_H
#define ODOOOPS_OTLP_H

#include <math.h>

#include "native.h"

#define ID_BYTES 8
#define DOUBLE_BYTES 8
/* Span.start_time_unix_nano 7 and end_time_unix_nano 8, both fixed64: tag and number */
#define START_TAG 0x39
#define END_TAG 0x41
#define TIMES_BYTES 18

typedef struct {
    const char *bytes;
    Py_ssize_t size;
} Part;

/* What is the same in all spans of a kind: the field's tag and length, name and kind, attributes. */
typedef struct {
    Part prefix;
    Part label;
    Part attributes;
} Description;

int read_part(PyObject *object, Part *part);
int read_description(PyObject *object, Description *description);

/* The moment so many seconds after another, in ns since the epoch; -1 with an exception for what no clock says. */
static inline int
moment(int64_t from, double seconds, int64_t *found)
{
    /* 2^63 ns, and nothing that is no number */
    int64_t after = fabs(seconds) < 9.2e9 ? (int64_t)(seconds * 1e9) : INT64_MIN;
    if (after == INT64_MIN || __builtin_add_overflow(from, after, found) || *found < 0) {
        PyErr_SetString(PyExc_ValueError, "a time is out of range");
        return -1;
    }
    return 0;
}

static inline char *
put(char *at, Part part)
{
    memcpy(at, part.bytes, part.size);
    return at + part.size;
}

static inline char *
put_fixed64(char *at, uint64_t number)
{
    for (int i = 0; i < 8; i++) {
        *at++ = (char)(number >> 8 * i & 0xff);
    }
    return at;
}

static inline char *
put_double(char *at, double number)
{
    uint64_t bits;
    memcpy(&bits, &number, sizeof bits);
    return put_fixed64(at, bits);
}

static inline char *
put_times(char *at, int64_t start, int64_t end)
{
    *at++ = START_TAG;
    at = put_fixed64(at, (uint64_t)start);
    *at++ = END_TAG;
    return put_fixed64(at, (uint64_t)end);
}

#endif
