/* The actors as the supervisor sees them. Nothing here waits for a task: an actor inside a
 * student's module may never come back, not even when killed. */
#ifndef RINGMARK_ROSTER_H
#define RINGMARK_ROSTER_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "protocol.h"

/* SPARE: forked ahead, so that SPAWN costs no fork. LEFT: of an earlier session, killed, not
 * reaped yet (it may never be). */
enum standing { FREE, SPARE, LIVE, DEAD, LEFT };

struct actor {
	enum standing standing;
	uint16_t id;
	pid_t pid;
	/* -1 once the actor has closed its end. */
	int socket;
	int status;
	/* Tickets sent and not answered, oldest first, in a ring. */
	uint32_t pending[MAX_PENDING];
	unsigned int first;
	unsigned int count;
};

extern struct actor roster[MAX_ACTORS];

/* Keeps the out-of-memory killer and busy actors from the supervisor, as far as we may. */
void shield_supervisor(void);
/* Forks actors ahead until there are count, and again when refill_spares() finds only half left:
 * a session that used a few, in a guest that was saved and restored since, costs nothing. */
void keep_spares(int count);
void refill_spares(void);
/* NULL: errno says why. The oldest dead actor is forgotten when there is no room. */
struct actor *hire(int32_t cpu);
struct actor *find_actor(uint16_t id);
/* A dead or living actor with this pid; NULL for LEFT and SPARE ones, which are freed. */
struct actor *bury(pid_t pid, int status);
/* Kills every actor of this session and forgets it. */
void dismiss_all(void);
void hang_up(struct actor *actor);

void push_pending(struct actor *actor, uint32_t ticket);
uint32_t pop_pending(struct actor *actor);

#endif
