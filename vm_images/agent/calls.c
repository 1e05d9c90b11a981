#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/klog.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "actor.h"
#include "observe.h"

#define PAGE 4096u

static int last_fd = -1;

void took(struct outcome *outcome, long result)
{
	outcome->ret = result;
	outcome->error = result < 0 ? errno : 0;
}

void forget_last_fd(void)
{
	last_fd = -1;
}

int which(int32_t fd)
{
	if (fd == LAST_FD)
		return last_fd;
	return fd == ACTOR_SOCKET ? -1 : fd;
}

static void append(struct outcome *outcome, const void *bytes, size_t length)
{
	memcpy(outcome->data + outcome->length, bytes, length);
	outcome->length += (uint32_t)length;
}

static void call_open(const struct call *call, struct outcome *outcome)
{
	int fd = open(call->path, call->flags, (mode_t)call->mode);

	took(outcome, fd);
	if (fd >= 0)
		last_fd = fd;
}

/* A range at whose address a transfer of count bytes must fail, whatever the module does that is
 * allowed. NULL in *base means that there is nothing to unmap. */
static void *bad_range(uint8_t where, uint64_t count, void **base, size_t *size)
{
	int protection = where == WHERE_READONLY ? PROT_READ : PROT_NONE;
	void *range;

	*base = NULL;
	if (where == WHERE_NULL)
		return NULL;
	if (where == WHERE_KERNEL)
		return (void *)KERNEL_ADDRESS;
	if (count > MAX_BAD_RANGE)
		count = MAX_BAD_RANGE;
	*size = (count + 2 * PAGE) & ~(size_t)(PAGE - 1);
	range = mmap(NULL, *size, protection, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (range == MAP_FAILED || where == WHERE_READONLY) {
		*base = range;
		return range;
	}
	/* Nothing maps anything between this and the call: the actor has one thread. */
	munmap(range, *size);
	return range;
}

static void transfer_bad(const struct call *call, struct outcome *outcome)
{
	long number = call->op == OP_READ ? SYS_read : SYS_write;
	size_t size = 0;
	void *base;
	void *range = bad_range(call->where, call->count, &base, &size);

	if (range == MAP_FAILED) {
		took(outcome, -1);
		outcome->step = STEP_PREPARE;
		return;
	}
	outcome->started = clock_ns();
	arm_failure(call);
	took(outcome, syscall(number, which(call->fd), range, (size_t)call->count));
	disarm_failure(call, outcome);
	outcome->ended = clock_ns();
	if (base != NULL)
		munmap(base, size);
}

/* The whole area goes back, so that the host sees which bytes were touched. */
static void call_read(const struct call *call, struct outcome *outcome)
{
	size_t area = call->count + 2 * (size_t)call->guard;

	if (call->where != WHERE_NORMAL) {
		transfer_bad(call, outcome);
		return;
	}
	for (size_t i = 0; i < area; i++)
		outcome->data[i] = call->data.bytes[i % call->data.length];
	outcome->started = clock_ns();
	outcome->length = (uint32_t)area;
	arm_failure(call);
	took(outcome, read(which(call->fd), outcome->data + call->guard, call->count));
	disarm_failure(call, outcome);
	outcome->ended = clock_ns();
}

static void call_poll(const struct call *call, struct outcome *outcome)
{
	struct pollfd polled = { .fd = which(call->fd), .events = (short)call->mode };
	uint16_t revents;

	took(outcome, poll(&polled, 1, call->flags));
	revents = (uint16_t)polled.revents;
	append(outcome, &revents, sizeof(revents));
}

static void insert_module(const struct call *call, struct outcome *outcome)
{
	int fd = open(call->path, O_RDONLY | O_CLOEXEC);

	took(outcome, fd);
	if (fd < 0) {
		outcome->step = STEP_OPEN;
		return;
	}
	outcome->started = clock_ns();
	arm_failure(call);
	took(outcome, syscall(SYS_finit_module, fd, call->text, call->flags));
	disarm_failure(call, outcome);
	outcome->ended = clock_ns();
	close(fd);
}

static void call_stat(const struct call *call, struct outcome *outcome)
{
	struct stat found;

	took(outcome, call->flags ? stat(call->path, &found) : lstat(call->path, &found));
	if (outcome->ret < 0)
		return;
	uint32_t small[] = { found.st_mode, major(found.st_rdev), minor(found.st_rdev),
			     found.st_uid, found.st_gid };
	uint64_t large[] = { (uint64_t)found.st_size, found.st_ino };

	append(outcome, small, sizeof(small));
	append(outcome, large, sizeof(large));
}

static void set_affinity(const struct call *call, struct outcome *outcome)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	for (int cpu = 0; cpu < CPU_SETSIZE; cpu++)
		if (call->flags == NONE || cpu == call->flags)
			CPU_SET((size_t)cpu, &set);
	took(outcome, sched_setaffinity(0, sizeof(set), &set));
}

static void caught(int number)
{
	(void)number;
}

static void set_signal(const struct call *call, struct outcome *outcome)
{
	struct sigaction action = { .sa_handler = caught };

	if (call->where == SIGNAL_DEFAULT)
		action.sa_handler = SIG_DFL;
	if (call->where == SIGNAL_IGNORE)
		action.sa_handler = SIG_IGN;
	if (call->where == SIGNAL_RESTART)
		action.sa_flags = SA_RESTART;
	took(outcome, sigaction(call->flags, &action, NULL));
}

static void dispatch(const struct call *call, struct outcome *outcome)
{
	switch (call->op) {
	case OP_OPEN:
		call_open(call, outcome);
		break;
	case OP_CLOSE:
		took(outcome, close(which(call->fd)));
		break;
	case OP_READ:
		call_read(call, outcome);
		break;
	case OP_WRITE:
		took(outcome, write(which(call->fd), call->data.bytes, call->data.length));
		break;
	case OP_WRITE_BAD:
		transfer_bad(call, outcome);
		break;
	case OP_LSEEK:
		took(outcome, lseek(which(call->fd), (off_t)call->argument, call->flags));
		break;
	case OP_IOCTL:
		took(outcome, ioctl(which(call->fd), call->count, call->argument));
		break;
	case OP_FCNTL:
		took(outcome, fcntl(which(call->fd), call->flags, call->argument));
		break;
	case OP_POLL:
		call_poll(call, outcome);
		break;
	case OP_INSERT_MODULE:
		insert_module(call, outcome);
		break;
	case OP_DELETE_MODULE:
		took(outcome, syscall(SYS_delete_module, call->text, call->flags));
		break;
	case OP_MAKE_NODE:
		took(outcome,
		     mknod(call->path, (mode_t)call->mode, makedev(call->major, call->minor)));
		break;
	case OP_UNLINK:
		took(outcome, unlink(call->path));
		break;
	case OP_MAKE_FOLDER:
		took(outcome, mkdir(call->path, (mode_t)call->mode));
		break;
	case OP_STAT:
		call_stat(call, outcome);
		break;
	case OP_LIST_FOLDER:
		list_folder(call, outcome);
		break;
	case OP_READ_FILE:
		read_file(call, outcome);
		break;
	case OP_WRITE_FILE:
		write_file(call, outcome);
		break;
	case OP_CONSOLE_LEVEL:
		took(outcome, klogctl(8, NULL, call->flags));
		break;
	case OP_KMSG:
		read_kmsg(call, outcome);
		break;
	case OP_CLOCK:
		break;
	case OP_RUN:
		run_program(call, outcome);
		break;
	case OP_AFFINITY:
		set_affinity(call, outcome);
		break;
	case OP_NICE:
		took(outcome, setpriority(PRIO_PROCESS, 0, call->flags));
		break;
	case OP_SIGNAL:
		set_signal(call, outcome);
		break;
	case OP_WRITE_STREAM:
		write_stream(call, outcome);
		break;
	case OP_READ_STREAM:
		read_stream(call, outcome);
		break;
	}
}

/* Calls that prepare something before the one that counts set the times themselves. */
void make_call(const struct call *call, struct outcome *outcome)
{
	uint64_t started = clock_ns();
	/* These make other system calls first, and arm by themselves after them. */
	bool arms = call->op == OP_WRITE_FILE || call->op == OP_INSERT_MODULE ||
		    call->op == OP_READ;

	if (!arms)
		arm_failure(call);
	dispatch(call, outcome);
	if (!arms)
		disarm_failure(call, outcome);
	if (outcome->started == 0) {
		outcome->started = started;
		outcome->ended = clock_ns();
	}
}
