#include "wire.h"

#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "fields are copied as they are");

static void get(struct reader *reader, void *value, size_t size)
{
	if (!reader->ok || (size_t)(reader->end - reader->at) < size) {
		reader->ok = false;
		memset(value, 0, size);
		return;
	}
	memcpy(value, reader->at, size);
	reader->at += size;
}

uint8_t get_u8(struct reader *reader)
{
	uint8_t value;

	get(reader, &value, sizeof(value));
	return value;
}

uint16_t get_u16(struct reader *reader)
{
	uint16_t value;

	get(reader, &value, sizeof(value));
	return value;
}

uint32_t get_u32(struct reader *reader)
{
	uint32_t value;

	get(reader, &value, sizeof(value));
	return value;
}

uint64_t get_u64(struct reader *reader)
{
	uint64_t value;

	get(reader, &value, sizeof(value));
	return value;
}

struct blob get_blob(struct reader *reader, uint32_t most)
{
	struct blob blob = { .bytes = reader->at, .length = get_u32(reader) };

	if (!reader->ok || blob.length > most || (size_t)(reader->end - reader->at) < blob.length) {
		reader->ok = false;
		return (struct blob){ .bytes = reader->at, .length = 0 };
	}
	blob.bytes = reader->at;
	reader->at += blob.length;
	return blob;
}

const char *get_text(struct reader *reader)
{
	size_t length = get_u16(reader);
	const char *text = (const char *)reader->at;

	if (!reader->ok || length > MAX_TEXT || (size_t)(reader->end - reader->at) < length + 1 ||
	    text[length] != '\0' || memchr(text, '\0', length) != NULL) {
		reader->ok = false;
		return "";
	}
	reader->at += length + 1;
	return text;
}

bool finished(const struct reader *reader)
{
	return reader->ok && reader->at == reader->end;
}

struct header get_header(const uint8_t *frame)
{
	struct reader reader = { .at = frame, .end = frame + HEADER_SIZE, .ok = true };
	struct header header;

	header.length = get_u32(&reader);
	header.type = get_u16(&reader);
	header.actor = get_u16(&reader);
	header.ticket = get_u32(&reader);
	return header;
}

void begin_frame(struct writer *writer, uint8_t *frame, uint16_t type, uint16_t actor,
		 uint32_t ticket)
{
	*writer = (struct writer){ .frame = frame, .used = 0, .full = false };
	put_u32(writer, 0);
	put_u16(writer, type);
	put_u16(writer, actor);
	put_u32(writer, ticket);
}

void put_bytes(struct writer *writer, const void *bytes, size_t length)
{
	if (length > MAX_FRAME - writer->used) {
		writer->full = true;
		return;
	}
	if (length > 0)
		memcpy(writer->frame + writer->used, bytes, length);
	writer->used += length;
}

void put_u8(struct writer *writer, uint8_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void put_u16(struct writer *writer, uint16_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void put_u32(struct writer *writer, uint32_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void put_u64(struct writer *writer, uint64_t value)
{
	put_bytes(writer, &value, sizeof(value));
}

void put_text(struct writer *writer, const char *bytes, size_t length)
{
	uint16_t kept = length > MAX_STACK ? MAX_STACK : (uint16_t)length;

	put_u16(writer, kept);
	put_bytes(writer, bytes, kept);
}

size_t end_frame(struct writer *writer)
{
	uint32_t length = (uint32_t)(writer->used - HEADER_SIZE);

	memcpy(writer->frame, &length, sizeof(length));
	return writer->used;
}

void empty_inbox(struct inbox *inbox)
{
	inbox->start = inbox->end = 0;
}

uint8_t *inbox_room(struct inbox *inbox, size_t *room)
{
	if (inbox->start == inbox->end) {
		empty_inbox(inbox);
	} else if (sizeof(inbox->bytes) - inbox->start < MAX_FRAME) {
		memmove(inbox->bytes, inbox->bytes + inbox->start, inbox->end - inbox->start);
		inbox->end -= inbox->start;
		inbox->start = 0;
	}
	*room = sizeof(inbox->bytes) - inbox->end;
	return inbox->bytes + inbox->end;
}

void inbox_filled(struct inbox *inbox, size_t count)
{
	inbox->end += count;
}

enum taken take_frame(struct inbox *inbox, struct header *header, const uint8_t **frame)
{
	size_t held = inbox->end - inbox->start;

	if (held < HEADER_SIZE)
		return TAKEN_NONE;
	*frame = inbox->bytes + inbox->start;
	*header = get_header(*frame);
	if (header->length > MAX_PAYLOAD)
		return TAKEN_BAD;
	if (held < HEADER_SIZE + header->length)
		return TAKEN_NONE;
	inbox->start += HEADER_SIZE + header->length;
	return TAKEN_FRAME;
}

static void decode_read(struct reader *reader, struct call *call)
{
	call->fd = (int32_t)get_u32(reader);
	call->count = get_u64(reader);
	call->where = get_u8(reader);
	call->guard = get_u32(reader);
	call->data = get_blob(reader, MAX_FILL);
	if (call->where > WHERE_READONLY || call->data.length == 0)
		reader->ok = false;
	if (call->where == WHERE_NORMAL &&
	    (call->guard > MAX_GUARD || call->count > MAX_READ_AREA - 2 * call->guard))
		reader->ok = false;
}

static void decode_run(struct reader *reader, struct call *call)
{
	call->argc = get_u8(reader);
	if (call->argc < 1 || call->argc > MAX_ARGUMENTS) {
		reader->ok = false;
		return;
	}
	for (int i = 0; i < call->argc; i++)
		call->argv[i] = get_text(reader);
	call->argv[call->argc] = NULL;
	call->cap = get_u32(reader);
	/* With a file to go to, only the file system limits the output. */
	call->path = get_text(reader);
	if (call->path[0] == '\0' && call->cap > MAX_OUTPUT)
		reader->ok = false;
}

static void decode_stream(struct reader *reader, struct call *call)
{
	call->fd = (int32_t)get_u32(reader);
	call->count = get_u32(reader);
	if (call->count < 1 || call->count > MAX_PIECE)
		reader->ok = false;
	if (call->op == OP_WRITE_STREAM) {
		call->data = get_blob(reader, MAX_WRITE);
		return;
	}
	call->where = get_u8(reader);
	call->cap = get_u32(reader);
	if (call->cap < call->count || call->cap > MAX_READ_AREA)
		reader->ok = false;
}

/* Only calls whose answer leaves room for the number that is put behind it. */
static void decode_failing(struct reader *reader, struct call *call)
{
	call->fail_nth = get_u32(reader);
	call->op = get_u8(reader);
	if (call->fail_nth == 0)
		reader->ok = false;
	switch (call->op) {
	case OP_OPEN:
	case OP_CLOSE:
	case OP_READ:
	case OP_WRITE:
	case OP_IOCTL:
	case OP_POLL:
	case OP_WRITE_FILE:
	case OP_INSERT_MODULE:
	case OP_DELETE_MODULE:
		break;
	default:
		reader->ok = false;
	}
}

bool decode_call(const uint8_t *payload, size_t length, struct call *call)
{
	struct reader reader = { .at = payload, .end = payload + length, .ok = true };
	struct reader *from = &reader;

	memset(call, 0, sizeof(*call));
	call->op = get_u8(from);
	if (call->op == OP_FAIL_NTH)
		decode_failing(from, call);
	switch (call->op) {
	case OP_OPEN:
		call->path = get_text(from);
		call->flags = (int32_t)get_u32(from);
		call->mode = get_u32(from);
		break;
	case OP_CLOSE:
		call->fd = (int32_t)get_u32(from);
		break;
	case OP_READ:
		decode_read(from, call);
		break;
	case OP_WRITE:
		call->fd = (int32_t)get_u32(from);
		call->data = get_blob(from, MAX_WRITE);
		break;
	case OP_WRITE_BAD:
		call->fd = (int32_t)get_u32(from);
		call->count = get_u64(from);
		call->where = get_u8(from);
		if (call->where < WHERE_UNMAPPED || call->where > WHERE_KERNEL)
			reader.ok = false;
		break;
	case OP_LSEEK:
		call->fd = (int32_t)get_u32(from);
		call->argument = get_u64(from);
		call->flags = (int32_t)get_u32(from);
		break;
	case OP_IOCTL:
		call->fd = (int32_t)get_u32(from);
		call->count = get_u64(from);
		call->argument = get_u64(from);
		break;
	case OP_FCNTL:
		call->fd = (int32_t)get_u32(from);
		call->flags = (int32_t)get_u32(from);
		call->argument = get_u64(from);
		break;
	case OP_POLL:
		call->fd = (int32_t)get_u32(from);
		call->mode = get_u16(from);
		call->flags = (int32_t)get_u32(from);
		break;
	case OP_INSERT_MODULE:
		call->path = get_text(from);
		call->text = get_text(from);
		call->flags = (int32_t)get_u32(from);
		break;
	case OP_DELETE_MODULE:
		call->text = get_text(from);
		call->flags = (int32_t)get_u32(from);
		break;
	case OP_MAKE_NODE:
		call->path = get_text(from);
		call->mode = get_u32(from);
		call->major = get_u32(from);
		call->minor = get_u32(from);
		break;
	case OP_UNLINK:
		call->path = get_text(from);
		break;
	case OP_MAKE_FOLDER:
		call->path = get_text(from);
		call->mode = get_u32(from);
		break;
	case OP_STAT:
		call->path = get_text(from);
		call->flags = get_u8(from);
		if (call->flags > 1)
			reader.ok = false;
		break;
	case OP_LIST_FOLDER:
		call->path = get_text(from);
		call->cap = get_u32(from);
		if (call->cap > MAX_ENTRIES)
			reader.ok = false;
		break;
	case OP_READ_FILE:
		call->path = get_text(from);
		call->argument = get_u64(from);
		call->cap = get_u32(from);
		if (call->cap > MAX_DATA)
			reader.ok = false;
		break;
	case OP_WRITE_FILE:
		call->path = get_text(from);
		call->data = get_blob(from, MAX_WRITE);
		break;
	case OP_CONSOLE_LEVEL:
	case OP_AFFINITY:
	case OP_NICE:
		call->flags = (int32_t)get_u32(from);
		break;
	case OP_KMSG:
		call->where = get_u8(from);
		call->argument = get_u64(from);
		call->cap = get_u32(from);
		if (call->where > KMSG_END || call->cap < MIN_KMSG_CAP || call->cap > MAX_DATA)
			reader.ok = false;
		break;
	case OP_CLOCK:
		break;
	case OP_RUN:
		decode_run(from, call);
		break;
	case OP_SIGNAL:
		call->flags = (int32_t)get_u32(from);
		call->where = get_u8(from);
		if (call->where > SIGNAL_RESTART)
			reader.ok = false;
		break;
	case OP_WRITE_STREAM:
	case OP_READ_STREAM:
		decode_stream(from, call);
		break;
	default:
		return false;
	}
	return finished(&reader);
}
