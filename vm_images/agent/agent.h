/* The supervisor's parts: transport (agent.c), requests (requests.c), actors (roster.c). */
#ifndef RINGMARK_AGENT_H
#define RINGMARK_AGENT_H

#include "roster.h"
#include "wire.h"

/* agent.c: one whole frame to the host, in one write where the kernel takes it whole. */
void send_frame(const uint8_t *frame, size_t size);

/* requests.c */
void handle_request(const struct header *header, const uint8_t *frame);
void forget_session(void);
void report_bad_frame(void);
/* A first use of the pages in which answers are put together. */
void touch_output(void);
/* Passes on what an actor has answered, as far as it is there. */
void forward_answers(struct actor *actor);
/* Answers everything that dead actors left unanswered. */
void reap(void);

/* files put by the host: put.c. Returns 0 or an errno. */
int put_chunk(const char *path, bool first, struct blob chunk);

#endif
