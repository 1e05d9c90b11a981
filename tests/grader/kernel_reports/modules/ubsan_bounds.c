/* expect: ubsan | UBSAN: array-index-out-of-bounds in ubsan_bounds.c:* | deed
 */
#include "trigger.h"

static int counts[4];
static volatile int which = 4;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return counts[which] == 3;
}
