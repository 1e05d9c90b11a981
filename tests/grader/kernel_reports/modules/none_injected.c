/* steps: load; open; set /proc/thread-self/fail-nth 1; send
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);

	if (!buffer)
		return -ENOMEM;
	kfree(buffer);
	return 0;
}
