/* steps: load; set /sys/kernel/debug/kmemleak clear; write; leaks
 * expect: leak | memory leak: 128 bytes | deed
 * expect: leak | memory leak: 128 bytes | deed
 * expect: leak | memory leak: 128 bytes | deed
 * expect: leak | memory leak: 128 bytes | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	int i;

	for (i = 0; i < 4; i++) {
		char *buffer = kmalloc(100, GFP_KERNEL);

		if (buffer)
			memset(buffer, 'x', 100);
	}
	return 0;
}
