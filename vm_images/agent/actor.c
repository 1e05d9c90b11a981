#include "actor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "observe.h"

#define STACK_IN_USE 16384

static uint8_t request[MAX_FRAME];
static uint8_t answer[MAX_FRAME];

static void send_answer(size_t size)
{
	ssize_t sent;

	do {
		sent = send(ACTOR_SOCKET, answer, size, MSG_NOSIGNAL);
	} while (sent < 0 && errno == EINTR);
	if (sent < 0)
		_exit(1);
}

static void refuse(const struct header *header)
{
	static const char text[] = "not a call that the protocol allows";
	struct writer writer;

	begin_frame(&writer, answer, TYPE_ERROR, header->actor, header->ticket);
	put_u16(&writer, ERROR_REQUEST);
	put_u32(&writer, 0);
	put_text(&writer, text, sizeof(text) - 1);
	send_answer(end_frame(&writer));
}

/* The data is in its place already: calls write it straight into the answer. */
static void serve(const struct header *header, const struct call *call)
{
	struct outcome outcome = { .data = answer + HEADER_SIZE + ANSWER_SIZE };
	struct writer writer;

	make_call(call, &outcome);
	begin_frame(&writer, answer, TYPE_CALL | ANSWER, header->actor, header->ticket);
	put_u64(&writer, (uint64_t)outcome.ret);
	put_u32(&writer, (uint32_t)outcome.error);
	put_u32(&writer, (uint32_t)NONE);
	put_u8(&writer, outcome.step);
	put_u64(&writer, outcome.started);
	put_u64(&writer, outcome.ended);
	put_u32(&writer, outcome.length);
	writer.used += outcome.length;
	send_answer(end_frame(&writer));
}

static void rehearse(struct call call)
{
	struct outcome outcome = { .data = answer + HEADER_SIZE + ANSWER_SIZE };

	make_call(&call, &outcome);
}

/* Code, stack and data are used once. A first use is a page fault, which would otherwise be paid
 * for in every restored guest: kernel code that QEMU has to translate before it can run. */
static void touch_pages(void)
{
	static const uint8_t byte[] = { 0 };
	const struct blob one = { byte, sizeof(byte) };
	volatile char stack[STACK_IN_USE];

	for (size_t i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
	memset(request, 0, sizeof(request));
	memset(answer, 0, sizeof(answer));
	rehearse((struct call){ .op = OP_OPEN, .path = "/dev/null", .flags = O_RDWR | O_CLOEXEC });
	rehearse((struct call){ .op = OP_WRITE, .fd = LAST_FD, .data = one });
	rehearse((struct call){ .op = OP_READ, .fd = LAST_FD, .count = 1, .data = one });
	rehearse((struct call){ .op = OP_CLOSE, .fd = LAST_FD });
	rehearse((struct call){ .op = OP_WRITE_FILE, .path = "/dev/null", .data = one });
	forget_last_fd();
}

_Noreturn void actor_main(void)
{
	struct header header;
	struct call call;

	touch_pages();
	for (;;) {
		ssize_t got = recv(ACTOR_SOCKET, request, sizeof(request), 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < HEADER_SIZE)
			_exit(0);
		header = get_header(request);
		if (decode_call(request + HEADER_SIZE, (size_t)got - HEADER_SIZE, &call))
			serve(&header, &call);
		else
			refuse(&header);
	}
}
