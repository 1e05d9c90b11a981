/* expect: warn | WARNING: the ring holds 17 of 16 | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	WARN(1, "the ring holds %d of %d\n", 17, 16);
	return 0;
}
