#include "roster.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "actor.h"

struct actor roster[MAX_ACTORS];
static uint16_t last_id;
static int wanted_spares;

static void write_score(const char *score)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return;
	/* Best effort: on a host, as a plain user, this is refused. */
	if (write(fd, score, score[0] == '-' ? 5 : 1) < 0)
		errno = 0;
	close(fd);
}

void shield_supervisor(void)
{
	struct sched_param first = { .sched_priority = 1 };

	write_score("-1000");
	/* Before any busy actor; children go back to ordinary scheduling. Refused to plain users. */
	sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first);
}

/* The child: as little of the supervisor's as possible is left in it. */
static _Noreturn void begin_actor(int socket, pid_t supervisor)
{
	sigset_t none;
	int nothing;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != supervisor)
		_exit(0);
	prctl(PR_SET_NAME, "actor");
	write_score("0");
	setsid();
	umask(0);
	signal(SIGPIPE, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	if (dup3(socket, ACTOR_SOCKET, O_CLOEXEC) < 0)
		_exit(1);
	close_range(0, ACTOR_SOCKET - 1, 0);
	close_range(ACTOR_SOCKET + 1, ~0u, 0);
	nothing = open("/dev/null", O_RDWR);
	if (nothing != 0 || dup(nothing) != 1 || dup(nothing) != 2)
		_exit(1);
	actor_main();
}

static int start(struct actor *actor)
{
	int ends[2], room = 1 << 20;
	pid_t supervisor = getpid();

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return -1;
	/* For several large writes in the queue; where this is refused the default will do. */
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
	actor->pid = fork();
	if (actor->pid == 0)
		begin_actor(ends[1], supervisor);
	close(ends[1]);
	if (actor->pid < 0) {
		int error = errno;

		close(ends[0]);
		errno = error;
		return -1;
	}
	actor->socket = ends[0];
	actor->count = 0;
	actor->standing = SPARE;
	return 0;
}

static struct actor *some(enum standing standing)
{
	for (int i = 0; i < MAX_ACTORS; i++)
		if (roster[i].standing == standing)
			return &roster[i];
	return NULL;
}

void refill_spares(void)
{
	int spares = 0;

	for (int i = 0; i < MAX_ACTORS; i++)
		spares += roster[i].standing == SPARE;
	if (spares > wanted_spares / 2)
		return;
	for (; spares < wanted_spares; spares++) {
		struct actor *actor = some(FREE);

		if (actor == NULL || start(actor) < 0)
			return;
	}
}

void keep_spares(int count)
{
	wanted_spares = count;
	refill_spares();
}

static struct actor *oldest_dead(void)
{
	struct actor *oldest = NULL;

	for (int i = 0; i < MAX_ACTORS; i++)
		if (roster[i].standing == DEAD && (oldest == NULL || roster[i].id < oldest->id))
			oldest = &roster[i];
	return oldest;
}

static struct actor *fresh(void)
{
	struct actor *actor = some(SPARE);

	if (actor != NULL)
		return actor;
	actor = some(FREE);
	if (actor == NULL)
		actor = oldest_dead();
	if (actor == NULL) {
		errno = EAGAIN;
		return NULL;
	}
	actor->standing = FREE;
	return start(actor) < 0 ? NULL : actor;
}

static int pin(pid_t pid, int32_t cpu)
{
	cpu_set_t set;

	if (cpu < 0 || cpu >= CPU_SETSIZE) {
		errno = EINVAL;
		return -1;
	}
	CPU_ZERO(&set);
	CPU_SET((size_t)cpu, &set);
	return sched_setaffinity(pid, sizeof(set), &set);
}

struct actor *hire(int32_t cpu)
{
	struct actor *actor;

	if (last_id == UINT16_MAX) {
		errno = EUSERS;
		return NULL;
	}
	actor = fresh();
	if (actor == NULL || (cpu != NONE && pin(actor->pid, cpu) < 0))
		return NULL;
	actor->standing = LIVE;
	actor->id = ++last_id;
	return actor;
}

struct actor *find_actor(uint16_t id)
{
	for (int i = 0; i < MAX_ACTORS; i++) {
		struct actor *actor = &roster[i];

		if ((actor->standing == LIVE || actor->standing == DEAD) && actor->id == id)
			return actor;
	}
	return NULL;
}

void hang_up(struct actor *actor)
{
	if (actor->socket >= 0)
		close(actor->socket);
	actor->socket = -1;
}

struct actor *bury(pid_t pid, int status)
{
	for (int i = 0; i < MAX_ACTORS; i++) {
		struct actor *actor = &roster[i];

		if (actor->pid != pid || actor->standing == FREE || actor->standing == DEAD)
			continue;
		actor->status = status;
		if (actor->standing == LIVE) {
			actor->standing = DEAD;
			return actor;
		}
		hang_up(actor);
		actor->standing = FREE;
		return NULL;
	}
	return NULL;
}

void dismiss_all(void)
{
	for (int i = 0; i < MAX_ACTORS; i++) {
		struct actor *actor = &roster[i];

		if (actor->standing == LIVE) {
			kill(actor->pid, SIGKILL);
			hang_up(actor);
			actor->standing = LEFT;
		} else if (actor->standing == DEAD) {
			hang_up(actor);
			actor->standing = FREE;
		}
	}
	last_id = 0;
}

void push_pending(struct actor *actor, uint32_t ticket)
{
	actor->pending[(actor->first + actor->count) % MAX_PENDING] = ticket;
	actor->count++;
}

uint32_t pop_pending(struct actor *actor)
{
	uint32_t ticket = actor->pending[actor->first];

	actor->first = (actor->first + 1) % MAX_PENDING;
	actor->count--;
	return ticket;
}
