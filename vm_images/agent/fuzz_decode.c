/*
 * Feeds stdin to the frame parser and the call decoder, and makes no call of any. For a fuzzer:
 * built with the sanitizers, it must end with status 0 whatever comes in. The first byte says in
 * pieces of which size the rest arrives, so that frames are cut everywhere.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "wire.h"

static struct inbox inbox;
static unsigned long frames, calls, sum;

/* Reads every byte that a call says it has, so that the sanitizer sees one too many. */
static void touch(const struct call *call)
{
	if (call->path != NULL)
		sum += strlen(call->path);
	if (call->text != NULL)
		sum += strlen(call->text);
	for (uint32_t i = 0; i < call->data.length; i++)
		sum += call->data.bytes[i];
	for (int i = 0; i < call->argc; i++)
		sum += strlen(call->argv[i]);
}

static int take_all(void)
{
	static uint8_t copy[MAX_FRAME];
	const uint8_t *frame;
	struct header header;
	struct call call;
	enum taken taken;

	while ((taken = take_frame(&inbox, &header, &frame)) == TAKEN_FRAME) {
		frames++;
		/* At the very end of an object, one byte too many is out of bounds. */
		uint8_t *payload = copy + sizeof(copy) - header.length;

		memcpy(payload, frame + HEADER_SIZE, header.length);
		if (decode_call(payload, header.length, &call)) {
			calls++;
			touch(&call);
		}
	}
	return taken == TAKEN_BAD;
}

int main(void)
{
	uint8_t first = 0;
	size_t room;

	if (read(0, &first, 1) != 1)
		return 0;
	for (;;) {
		uint8_t *at = inbox_room(&inbox, &room);
		size_t piece = first == 0 || first > room ? room : first;
		ssize_t got = read(0, at, piece);

		if (got <= 0)
			break;
		inbox_filled(&inbox, (size_t)got);
		if (take_all())
			break;
	}
	printf("%lu frames, %lu calls, sum %lu\n", frames, calls, sum);
	return 0;
}
