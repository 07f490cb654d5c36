/* Pieces of OTLP's protobuf that are put into bytes of a known size. */

#ifndef ODOOOPS_OTLP_H
#define ODOOOPS_OTLP_H

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
