/* expect: oops | kernel BUG at oops_bug.c:* | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	BUG_ON(length > 0);
	return 0;
}
