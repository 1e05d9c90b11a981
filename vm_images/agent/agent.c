/*
 * Ringmark's agent: makes system calls in the guest for the host, and says what came of them.
 *
 *   agent PORT      serve the virtio-serial port PORT; wait for it when it is not there yet
 *   agent --stdio   serve stdin and stdout, for SSH and tests; ends with stdin
 *
 * Two kinds of process: this supervisor, which never touches a student's module and so always
 * answers, and actors (actor.c), which may hang or be killed at any moment. docs/protocol.md.
 */
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>
#include <unistd.h>

#define EXIT_USAGE 2
#define EXIT_PROTOCOL 3
#define SPARES 8

static int input;
static int output;
/* A port outlives its host's connection; a pipe does not. */
static bool is_port;
/* The port says that no host is there: asleep until SIGIO says that this changed. */
static bool host_gone;
/* After a bad frame: what comes is dropped, until the host connects anew. */
static bool deaf;
static struct inbox inbox;

static _Noreturn void fail(const char *what)
{
	fprintf(stderr, "agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

void send_frame(const uint8_t *frame, size_t size)
{
	/* Writing to a port without a host would wait for one. */
	if (host_gone)
		return;
	while (size > 0) {
		ssize_t wrote = write(output, frame, size);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0) {
			if (!is_port)
				exit(0);
			return;
		}
		frame += wrote;
		size -= (size_t)wrote;
	}
}

/* The nearest folder above the path that exists; watching it sees the next one come. */
static int watch_above(int notifier, const char *path)
{
	char folder[MAX_TEXT + 1];

	snprintf(folder, sizeof(folder), "%s", path);
	for (;;) {
		char *slash = strrchr(folder, '/');

		if (slash == NULL)
			return inotify_add_watch(notifier, ".", IN_CREATE | IN_MOVED_TO | IN_ATTRIB);
		slash[slash == folder ? 1 : 0] = '\0';
		int watch = inotify_add_watch(notifier, folder,
					      IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_DELETE_SELF);

		if (watch >= 0 || errno != ENOENT)
			return watch;
	}
}

/* The port's device may come after us. Opened anew after each event: a link may come before what
 * it points to, and the watch is set before the last try, so that no event is missed. */
static int open_port(const char *path)
{
	int notifier = inotify_init1(IN_CLOEXEC);
	char events[4096];

	if (notifier < 0)
		fail("inotify");
	for (;;) {
		int watch = watch_above(notifier, path);
		int fd = open(path, O_RDWR | O_CLOEXEC);

		if (fd >= 0) {
			close(notifier);
			return fd;
		}
		if (errno != ENOENT && errno != ENXIO && errno != ENODEV)
			fail(path);
		if (watch < 0)
			fail("watching for the port");
		if (read(notifier, events, sizeof(events)) < 0 && errno != EINTR)
			fail("waiting for the port");
		inotify_rm_watch(notifier, watch);
	}
}

/* SIGIO tells of every byte too, so it is on only while the host is gone
 * (send_sigio_to_port() in drivers/char/virtio_console.c). */
static void ask_for_sigio(bool on)
{
	int flags = fcntl(input, F_GETFL);

	fcntl(input, F_SETOWN, getpid());
	fcntl(input, F_SETFL, on ? flags | O_ASYNC : flags & ~O_ASYNC);
}

static void lose_host(void)
{
	if (!is_port)
		exit(deaf ? EXIT_PROTOCOL : 0);
	forget_session();
	empty_inbox(&inbox);
	deaf = false;
	host_gone = true;
	ask_for_sigio(true);
}

static bool port_has_host(void)
{
	struct pollfd port = { .fd = input, .events = POLLIN };

	return poll(&port, 1, 0) >= 0 && !(port.revents & POLLHUP);
}

static void greet_host_again(void)
{
	if (!port_has_host())
		return;
	ask_for_sigio(false);
	host_gone = false;
}

static void handle_frames(void)
{
	const uint8_t *frame;
	struct header header;

	for (;;) {
		switch (take_frame(&inbox, &header, &frame)) {
		case TAKEN_NONE:
			return;
		case TAKEN_FRAME:
			handle_request(&header, frame);
			break;
		case TAKEN_BAD:
			report_bad_frame();
			forget_session();
			empty_inbox(&inbox);
			deaf = true;
			if (!is_port)
				exit(EXIT_PROTOCOL);
			return;
		}
	}
}

static void receive(void)
{
	size_t room;
	uint8_t *at = inbox_room(&inbox, &room);
	ssize_t got = read(input, at, room);

	if (got < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (got <= 0) {
		lose_host();
		return;
	}
	if (deaf)
		return;
	inbox_filled(&inbox, (size_t)got);
	handle_frames();
}

static void take_signals(int signals)
{
	struct signalfd_siginfo taken;

	while (read(signals, &taken, sizeof(taken)) == sizeof(taken))
		;
}

static _Noreturn void serve(int signals)
{
	struct pollfd polled[2 + MAX_ACTORS];
	struct actor *actors[2 + MAX_ACTORS];

	for (;;) {
		nfds_t count = 2;

		polled[0] = (struct pollfd){ .fd = host_gone ? -1 : input, .events = POLLIN };
		polled[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
		for (int i = 0; i < MAX_ACTORS; i++) {
			if (roster[i].standing != LIVE || roster[i].socket < 0)
				continue;
			polled[count] = (struct pollfd){ .fd = roster[i].socket, .events = POLLIN };
			actors[count++] = &roster[i];
		}
		if (poll(polled, count, -1) < 0) {
			if (errno == EINTR)
				continue;
			fail("poll");
		}
		/* Answers before new requests: a HELLO may forget the actors. */
		for (nfds_t i = 2; i < count; i++)
			if (polled[i].revents)
				forward_answers(actors[i]);
		if (polled[1].revents) {
			take_signals(signals);
			reap();
			if (host_gone)
				greet_host_again();
		}
		if (polled[0].revents)
			receive();
		/* The host may have come back before SIGIO was on. */
		if (polled[0].revents && host_gone)
			greet_host_again();
	}
}

static int block_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGIO);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	return signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

int main(int argc, char **argv)
{
	int signals;

	if (argc != 2) {
		fprintf(stderr, "usage: agent PORT | agent --stdio\n");
		return EXIT_USAGE;
	}
	signals = block_signals();
	if (signals < 0)
		fail("signalfd");
	if (strcmp(argv[1], "--stdio") == 0) {
		input = 0;
		output = 1;
	} else {
		is_port = true;
		shield_supervisor();
		input = output = open_port(argv[1]);
		keep_spares(SPARES);
		/* First uses are paid for here, not in every restored guest (actor.c). After the
		 * forks: each page would be copied once more. */
		memset(inbox.bytes, 0, sizeof(inbox.bytes));
		touch_output();
	}
	serve(signals);
}
