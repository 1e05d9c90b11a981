/* expect: warn | WARNING at warn_on.c:* in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	WARN_ON(length > 0);
	return 0;
}
