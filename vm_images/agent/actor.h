/* An actor: a process of its own that makes the host's calls one after the other. */
#ifndef RINGMARK_ACTOR_H
#define RINGMARK_ACTOR_H

#include <stdint.h>

#include "wire.h"

/* What one call came to. data has room for MAX_DATA bytes. */
struct outcome {
	int64_t ret;
	int32_t error;
	uint8_t step;
	uint64_t started;
	uint64_t ended;
	uint8_t *data;
	uint32_t length;
};

/* The actor's end of the socket has this number, out of the way of the numbers that open(2)
 * gives, and below the usual limit of 1024. No call can name it. */
#define ACTOR_SOCKET 1000

/* Serves calls that come over ACTOR_SOCKET, one frame a packet; ends with the socket. */
_Noreturn void actor_main(void);

/* calls.c */
void make_call(const struct call *call, struct outcome *outcome);
/* run.c */
void run_program(const struct call *call, struct outcome *outcome);
/* files.c */
void read_file(const struct call *call, struct outcome *outcome);
void write_file(const struct call *call, struct outcome *outcome);
void list_folder(const struct call *call, struct outcome *outcome);
void read_kmsg(const struct call *call, struct outcome *outcome);

/* streams.c */
void write_stream(const struct call *call, struct outcome *outcome);
void read_stream(const struct call *call, struct outcome *outcome);
/* faults.c: what lies between arm_failure() and disarm_failure() has its nth failable step fail. */
void arm_failure(const struct call *call);
void disarm_failure(const struct call *call, struct outcome *outcome);

/* Which descriptor a call means. */
int which(int32_t fd);
/* As if no descriptor had been opened yet. */
void forget_last_fd(void);
/* For a system call's result: ret, and errno when it failed. */
void took(struct outcome *outcome, long result);

#endif
