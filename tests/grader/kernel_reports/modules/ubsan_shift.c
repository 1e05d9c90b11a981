/* expect: ubsan | UBSAN: shift-out-of-bounds in ubsan_shift.c:* | deed
 */
#include "trigger.h"

static volatile int places = 40;

static noinline ssize_t deed(const char __user *text, size_t length)
{
	return (1 << places) == 3;
}
