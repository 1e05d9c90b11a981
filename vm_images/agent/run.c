/* RUN: the one call that starts another program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

/* In the child. Only an exec that failed writes to the pipe; one that worked closes it. */
static _Noreturn void become(const struct call *call, int output, int trouble)
{
	int nothing = open("/dev/null", O_RDONLY);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(nothing, 0);
	dup2(output, 1);
	dup2(output, 2);
	execv(call->argv[0], (char *const *)call->argv);
	int error = errno;

	if (write(trouble, &error, sizeof(error)) < 0)
		_exit(126);
	_exit(127);
}

/* Until the program and whatever it started have closed their output. Beyond the cap it is
 * counted and dropped. */
static uint64_t collect(const struct call *call, struct outcome *outcome, int from, int file)
{
	static uint8_t piece[16384];
	uint64_t total = 0;

	for (;;) {
		ssize_t got = read(from, piece, sizeof(piece));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return total;
		size_t left = total < call->cap ? call->cap - total : 0;
		size_t kept = (size_t)got < left ? (size_t)got : left;

		if (file >= 0 && kept > 0 && write(file, piece, kept) != (ssize_t)kept)
			file = -1;
		if (file < 0 && call->path[0] == '\0') {
			memcpy(outcome->data + outcome->length, piece, kept);
			outcome->length += (uint32_t)kept;
		}
		total += (uint64_t)got;
	}
}

static void prepare_failed(struct outcome *outcome, int error)
{
	outcome->ret = -1;
	outcome->error = error;
	outcome->step = STEP_PREPARE;
	outcome->length = 0;
}

/* ret: the wait status. data: u64 length of the whole output, and its first cap bytes unless they
 * went to a file. */
void run_program(const struct call *call, struct outcome *outcome)
{
	int output[2], trouble[2], file = -1, error = 0, status = 0;
	uint64_t total;
	pid_t child;

	if (call->path[0] != '\0') {
		file = open(call->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (file < 0) {
			prepare_failed(outcome, errno);
			outcome->step = STEP_OPEN;
			return;
		}
	}
	if (pipe2(output, O_CLOEXEC) < 0 || pipe2(trouble, O_CLOEXEC) < 0) {
		/* Out of descriptors: the actor is past saving, and what leaks ends with it. */
		prepare_failed(outcome, errno);
		return;
	}
	child = fork();
	if (child == 0)
		become(call, output[1], trouble[1]);
	if (child < 0)
		error = errno;
	close(output[1]);
	close(trouble[1]);
	outcome->length = sizeof(total);
	total = collect(call, outcome, output[0], file);
	memcpy(outcome->data, &total, sizeof(total));
	if (child > 0) {
		if (read(trouble[0], &error, sizeof(error)) < 0)
			error = errno;
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
	}
	close(output[0]);
	close(trouble[0]);
	if (file >= 0)
		close(file);
	outcome->ret = status;
	if (error != 0)
		prepare_failed(outcome, error);
}
