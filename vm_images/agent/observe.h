/* What /proc says about a task. The files are read one by one, so they need not agree. */
#ifndef RINGMARK_OBSERVE_H
#define RINGMARK_OBSERVE_H

#include <stdint.h>
#include <sys/types.h>

#include "wire.h"

struct task {
	char letter;
	uint64_t utime;
	uint64_t stime;
	uint64_t voluntary;
	uint64_t involuntary;
	char wchan[256];
	char stack[MAX_STACK];
	char syscall[256];
	size_t wchan_length;
	size_t stack_length;
	size_t syscall_length;
};

uint64_t clock_ns(void);
/* parts: PART_*. What cannot be read stays zero or empty; the letter is then '?'. */
void observe(pid_t pid, unsigned int parts, struct task *task);

#endif
