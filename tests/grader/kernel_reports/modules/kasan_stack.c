/* expect: kasan | KASAN: stack-out-of-bounds in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char line[16] = "";
	char *start = line;
	volatile int at = 16;

	OPTIMIZER_HIDE_VAR(start);
	return start[at] == 'x';
}
