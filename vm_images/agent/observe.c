#include "observe.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The file's first size bytes; 0 when there are none. */
static size_t slurp(pid_t pid, const char *name, char *bytes, size_t size)
{
	char path[64];
	size_t used = 0;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	while (used < size) {
		ssize_t got = read(fd, bytes + used, size - used);

		if (got <= 0)
			break;
		used += (size_t)got;
	}
	close(fd);
	return used;
}

/* proc_pid_stat(5): field 3 is the state, 14 and 15 the times; the name before may hold anything,
 * so count from the last parenthesis. */
static void read_stat(pid_t pid, struct task *task)
{
	char text[1024];
	size_t length = slurp(pid, "stat", text, sizeof(text) - 1);
	char *at;

	text[length] = '\0';
	at = strrchr(text, ')');
	if (at == NULL || at[1] != ' ' || at[2] == '\0')
		return;
	task->letter = at[2];
	at += 2;
	for (int field = 3; field < 14; field++) {
		at = strchr(at, ' ');
		if (at == NULL)
			return;
		at++;
	}
	task->utime = strtoull(at, &at, 10);
	task->stime = strtoull(at, NULL, 10);
}

static uint64_t number_after(const char *text, const char *label)
{
	const char *at = strstr(text, label);

	return at == NULL ? 0 : strtoull(at + strlen(label), NULL, 10);
}

static void read_switches(pid_t pid, struct task *task)
{
	char text[4096];
	size_t length = slurp(pid, "status", text, sizeof(text) - 1);

	text[length] = '\0';
	task->voluntary = number_after(text, "\nvoluntary_ctxt_switches:");
	task->involuntary = number_after(text, "\nnonvoluntary_ctxt_switches:");
}

void observe(pid_t pid, unsigned int parts, struct task *task)
{
	task->letter = '?';
	task->utime = task->stime = task->voluntary = task->involuntary = 0;
	task->wchan_length = task->stack_length = task->syscall_length = 0;
	read_stat(pid, task);
	if (parts & PART_SWITCHES)
		read_switches(pid, task);
	if (parts & PART_WCHAN)
		task->wchan_length = slurp(pid, "wchan", task->wchan, sizeof(task->wchan));
	if (parts & PART_STACK)
		task->stack_length = slurp(pid, "stack", task->stack, sizeof(task->stack));
	if (parts & PART_SYSCALL)
		task->syscall_length = slurp(pid, "syscall", task->syscall, sizeof(task->syscall));
}
