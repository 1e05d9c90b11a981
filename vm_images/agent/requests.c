/* What the host asks of the supervisor. CALLs are only passed on. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"
#include "observe.h"

static uint8_t out[MAX_FRAME];
static bool greeted;

void touch_output(void)
{
	memset(out, 0, sizeof(out));
}

static void begin(struct writer *writer, const struct header *header)
{
	begin_frame(writer, out, header->type | ANSWER, header->actor, header->ticket);
}

static void finish(struct writer *writer)
{
	send_frame(out, end_frame(writer));
}

static void send_error(const struct header *header, uint16_t code, int error, const char *text)
{
	struct writer writer;

	begin_frame(&writer, out, TYPE_ERROR, header->actor, header->ticket);
	put_u16(&writer, code);
	put_u32(&writer, (uint32_t)error);
	put_text(&writer, text, strlen(text));
	finish(&writer);
}

void report_bad_frame(void)
{
	static const struct header nobody;

	send_error(&nobody, ERROR_FRAME, 0, "a frame is longer than the protocol allows");
}

void forget_session(void)
{
	dismiss_all();
	greeted = false;
}

static void send_died(const struct actor *actor, uint32_t ticket)
{
	struct writer writer;
	uint64_t now = clock_ns();

	begin_frame(&writer, out, TYPE_CALL | ANSWER, actor->id, ticket);
	put_u64(&writer, (uint64_t)-1);
	put_u32(&writer, 0);
	put_u32(&writer, (uint32_t)actor->status);
	put_u8(&writer, STEP_CALL);
	put_u64(&writer, now);
	put_u64(&writer, now);
	put_u32(&writer, 0);
	finish(&writer);
}

static uint32_t processors(void)
{
	cpu_set_t set;

	return sched_getaffinity(0, sizeof(set), &set) == 0 ? (uint32_t)CPU_COUNT(&set) : 0;
}

static void hello(const struct header *header, struct reader *reader)
{
	uint32_t version = get_u32(reader);
	struct utsname name;
	struct writer writer;

	if (!finished(reader)) {
		send_error(header, ERROR_REQUEST, 0, "HELLO has one field: the version");
		return;
	}
	forget_session();
	greeted = version == PROTOCOL_VERSION;
	uname(&name);
	begin(&writer, header);
	put_u32(&writer, PROTOCOL_VERSION);
	put_u32(&writer, (uint32_t)getpid());
	put_u32(&writer, processors());
	put_u64(&writer, clock_ns());
	put_text(&writer, name.release, strlen(name.release));
	finish(&writer);
	/* After the answer, so that nobody waits for it. */
	refill_spares();
}

static void spawn(struct header header, struct reader *reader)
{
	int32_t cpu = (int32_t)get_u32(reader);
	struct actor *actor;
	struct writer writer;

	if (!finished(reader)) {
		send_error(&header, ERROR_REQUEST, 0, "SPAWN has one field: the processor");
		return;
	}
	actor = hire(cpu);
	if (actor == NULL) {
		send_error(&header, ERROR_SPAWN, errno, "no actor could be started there");
		return;
	}
	header.actor = actor->id;
	begin(&writer, &header);
	put_u32(&writer, (uint32_t)actor->pid);
	finish(&writer);
}

static void put(const struct header *header, struct reader *reader)
{
	uint8_t flags = get_u8(reader);
	const char *path = get_text(reader);
	struct blob chunk = get_blob(reader, MAX_CHUNK);
	struct writer writer;
	int error;

	if (!finished(reader) || flags > PUT_FIRST) {
		send_error(header, ERROR_REQUEST, 0, "PUT has flags, a path and a chunk");
		return;
	}
	error = put_chunk(path, flags == PUT_FIRST, chunk);
	if (error != 0) {
		send_error(header, ERROR_PUT, error, "the file could not be written");
		return;
	}
	begin(&writer, header);
	finish(&writer);
}

static void state(const struct header *header, struct reader *reader, const struct actor *actor)
{
	/* Static: too large for comfort on the stack. */
	static struct task task;
	uint8_t parts = get_u8(reader);
	bool alive = actor->standing == LIVE;
	struct writer writer;

	if (!finished(reader)) {
		send_error(header, ERROR_REQUEST, 0, "STATE has one field: the parts");
		return;
	}
	if (alive)
		observe(actor->pid, parts, &task);
	else
		task = (struct task){ .letter = 'X' };
	begin(&writer, header);
	put_u32(&writer, (uint32_t)actor->pid);
	put_u8(&writer, alive);
	put_u8(&writer, (uint8_t)task.letter);
	put_u16(&writer, (uint16_t)actor->count);
	put_u32(&writer, (uint32_t)(alive ? NONE : actor->status));
	put_u64(&writer, task.utime);
	put_u64(&writer, task.stime);
	put_u64(&writer, task.voluntary);
	put_u64(&writer, task.involuntary);
	put_u64(&writer, clock_ns());
	put_text(&writer, task.wchan, task.wchan_length);
	put_text(&writer, task.stack, task.stack_length);
	put_text(&writer, task.syscall, task.syscall_length);
	finish(&writer);
}

static void kill_actor(const struct header *header, struct reader *reader,
		       const struct actor *actor)
{
	int32_t number = (int32_t)get_u32(reader);
	struct writer writer;
	int error = ESRCH;

	if (!finished(reader)) {
		send_error(header, ERROR_REQUEST, 0, "KILL has one field: the signal");
		return;
	}
	/* The pid of a dead actor may be somebody else's by now. */
	if (actor->standing == LIVE)
		error = kill(actor->pid, number) < 0 ? errno : 0;
	begin(&writer, header);
	put_u32(&writer, (uint32_t)error);
	finish(&writer);
}

static void call(const struct header *header, const uint8_t *frame, struct actor *actor)
{
	if (actor->standing == DEAD) {
		send_died(actor, header->ticket);
		return;
	}
	if (actor->count == MAX_PENDING) {
		send_error(header, ERROR_QUEUE_FULL, 0, "too many calls wait for this actor");
		return;
	}
	/* An actor that closed its end is about to be reaped, and the call is answered then. */
	if (actor->socket >= 0 && send(actor->socket, frame, HEADER_SIZE + header->length,
				       MSG_DONTWAIT | MSG_NOSIGNAL) < 0 &&
	    errno != EPIPE && errno != ECONNRESET) {
		send_error(header, ERROR_QUEUE_FULL, errno, "the calls that wait are too large");
		return;
	}
	push_pending(actor, header->ticket);
}

static void tell_clock(const struct header *header, const struct reader *reader)
{
	struct writer writer;

	if (!finished(reader)) {
		send_error(header, ERROR_REQUEST, 0, "CLOCK has no fields");
		return;
	}
	begin(&writer, header);
	put_u64(&writer, clock_ns());
	finish(&writer);
}

static void handle_for_actor(const struct header *header, const uint8_t *frame,
			     struct reader *reader)
{
	struct actor *actor = find_actor(header->actor);

	if (actor == NULL) {
		send_error(header, ERROR_NO_ACTOR, 0, "no such actor");
		return;
	}
	if (header->type == TYPE_STATE)
		state(header, reader, actor);
	else if (header->type == TYPE_KILL)
		kill_actor(header, reader, actor);
	else
		call(header, frame, actor);
}

void handle_request(const struct header *header, const uint8_t *frame)
{
	const uint8_t *payload = frame + HEADER_SIZE;
	struct reader reader = { .at = payload, .end = payload + header->length, .ok = true };

	if (!greeted && header->type != TYPE_HELLO) {
		send_error(header, ERROR_NO_HELLO, 0, "no HELLO with this version of the protocol");
		return;
	}
	switch (header->type) {
	case TYPE_HELLO:
		hello(header, &reader);
		break;
	case TYPE_SPAWN:
		spawn(*header, &reader);
		break;
	case TYPE_PUT:
		put(header, &reader);
		break;
	case TYPE_CLOCK:
		tell_clock(header, &reader);
		break;
	case TYPE_STATE:
	case TYPE_KILL:
	case TYPE_CALL:
		handle_for_actor(header, frame, &reader);
		break;
	default:
		send_error(header, ERROR_TYPE, 0, "no such type of request");
	}
}

/* Whether this is the answer that is due. Our own code made it, but in a process that a student's
 * module was called from. */
static bool is_due(const struct actor *actor, size_t size)
{
	struct header header;

	if (size < HEADER_SIZE || actor->count == 0)
		return false;
	header = get_header(out);
	return header.length == size - HEADER_SIZE && header.actor == actor->id &&
	       header.ticket == actor->pending[actor->first];
}

void forward_answers(struct actor *actor)
{
	/* Once more than there are answers due would see the end, but cost a system call each time:
	 * poll() tells that as well. */
	do {
		ssize_t got = recv(actor->socket, out, sizeof(out), MSG_DONTWAIT);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0 && errno == EAGAIN)
			return;
		if (got <= 0) {
			/* Its end is closed. Whether it is dead only waitpid() can tell. */
			hang_up(actor);
			return;
		}
		if (!is_due(actor, (size_t)got)) {
			kill(actor->pid, SIGKILL);
			hang_up(actor);
			return;
		}
		pop_pending(actor);
		send_frame(out, (size_t)got);
	} while (actor->count > 0);
}

void reap(void)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		struct actor *actor = bury(pid, status);

		if (actor == NULL)
			continue;
		forward_answers(actor);
		hang_up(actor);
		while (actor->count > 0)
			send_died(actor, pop_pending(actor));
	}
}
