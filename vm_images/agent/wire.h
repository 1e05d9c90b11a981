/* Framing and decoding. Nothing here makes a system call, so that a fuzzer can have all of it. */
#ifndef RINGMARK_WIRE_H
#define RINGMARK_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "protocol.h"

#define MAX_FRAME (HEADER_SIZE + MAX_PAYLOAD)

struct header {
	uint32_t length;
	uint16_t type;
	uint16_t actor;
	uint32_t ticket;
};

/* Reads fields off a payload. After the first field that does not fit, ok is false and stays so,
 * and every field reads as zero or empty. */
struct reader {
	const uint8_t *at;
	const uint8_t *end;
	bool ok;
};

struct blob {
	const uint8_t *bytes;
	uint32_t length;
};

/* Writes one frame into a buffer of MAX_FRAME bytes. What does not fit sets full and is left out. */
struct writer {
	uint8_t *frame;
	size_t used;
	bool full;
};

/* Frames arrive here in pieces of any size. */
struct inbox {
	uint8_t bytes[2 * MAX_FRAME];
	size_t start;
	size_t end;
};

enum taken { TAKEN_NONE, TAKEN_FRAME, TAKEN_BAD };

/* One decoded call; which members mean something depends on op. Texts end with NUL and, like
 * blobs, point into the payload. */
struct call {
	uint8_t op;
	/* Which failable step of the call is made to fail; 0: none. */
	uint32_t fail_nth;
	int32_t fd;
	const char *path;
	const char *text;
	int32_t flags;
	uint32_t mode;
	uint32_t major;
	uint32_t minor;
	uint8_t where;
	uint64_t count;
	uint32_t guard;
	uint32_t cap;
	uint64_t argument;
	struct blob data;
	int argc;
	const char *argv[MAX_ARGUMENTS + 1];
};

uint8_t get_u8(struct reader *reader);
uint16_t get_u16(struct reader *reader);
uint32_t get_u32(struct reader *reader);
uint64_t get_u64(struct reader *reader);
struct blob get_blob(struct reader *reader, uint32_t most);
const char *get_text(struct reader *reader);
/* True when every field fitted and nothing is left over. */
bool finished(const struct reader *reader);

struct header get_header(const uint8_t *frame);

void begin_frame(struct writer *writer, uint8_t *frame, uint16_t type, uint16_t actor,
		 uint32_t ticket);
void put_u8(struct writer *writer, uint8_t value);
void put_u16(struct writer *writer, uint16_t value);
void put_u32(struct writer *writer, uint32_t value);
void put_u64(struct writer *writer, uint64_t value);
void put_bytes(struct writer *writer, const void *bytes, size_t length);
/* At most MAX_STACK bytes of it. */
void put_text(struct writer *writer, const char *bytes, size_t length);
/* Fills in the length; returns the size of the whole frame. */
size_t end_frame(struct writer *writer);

void empty_inbox(struct inbox *inbox);
/* Where the next bytes go, and how many fit; never none after take_frame() gave TAKEN_NONE. */
uint8_t *inbox_room(struct inbox *inbox, size_t *room);
void inbox_filled(struct inbox *inbox, size_t count);
/* The next whole frame, valid until the inbox is filled again. TAKEN_BAD: the length is beyond
 * what the protocol allows, so that nothing after it can be understood. */
enum taken take_frame(struct inbox *inbox, struct header *header, const uint8_t **frame);

/* False: not a call that the protocol allows. */
bool decode_call(const uint8_t *payload, size_t length, struct call *call);

#endif
