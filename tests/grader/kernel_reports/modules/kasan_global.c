/* expect: kasan | KASAN: global-out-of-bounds in deed | deed
 */
#include "trigger.h"

static char ring[16];
static volatile int head = 16;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *start = ring;

	OPTIMIZER_HIDE_VAR(start);
	start[head] = 'x';
	return 0;
}
