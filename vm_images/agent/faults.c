/* Failures that are made to happen: /proc/thread-self/fail-nth
 * (Documentation/fault-injection/fault-injection.rst). */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "actor.h"

#define NOT_OFFERED 0xffffffffu

static int control = -1;

void arm_failure(const struct call *call)
{
	char text[16];
	int length;

	if (call->fail_nth == 0)
		return;
	length = snprintf(text, sizeof(text), "%u", call->fail_nth);
	control = open("/proc/thread-self/fail-nth", O_RDWR | O_CLOEXEC);
	if (control >= 0 && pwrite(control, text, (size_t)length, 0) != length) {
		close(control);
		control = -1;
	}
}

/* Puts behind the data how many more failable steps there would have had to be: 0 says that one
 * was made to fail, all ones that the kernel has no fault injection. */
void disarm_failure(const struct call *call, struct outcome *outcome)
{
	uint32_t left = NOT_OFFERED;
	char text[16];
	ssize_t length;

	if (call->fail_nth == 0)
		return;
	if (control >= 0) {
		length = pread(control, text, sizeof(text) - 1, 0);
		/* The copy of the answer is a failable step like any other: if it is the one that
		 * fails, one was left. */
		left = 1;
		if (length > 0) {
			text[length] = '\0';
			left = (uint32_t)strtoul(text, NULL, 10);
		}
		if (pwrite(control, "0", 1, 0) < 0 && errno != EFAULT)
			left = NOT_OFFERED;
		close(control);
		control = -1;
	}
	memcpy(outcome->data + outcome->length, &left, sizeof(left));
	outcome->length += sizeof(left);
}
