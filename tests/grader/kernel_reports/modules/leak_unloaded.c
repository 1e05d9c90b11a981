/* steps: load; set /sys/kernel/debug/kmemleak clear; write; close; unload; leaks
 * expect: leak | memory leak: 128 bytes | (address)
 * expect: leak | memory leak: 128 bytes | (address)
 * expect: leak | memory leak: 128 bytes | (address)
 * expect: leak | memory leak: 128 bytes | (address)
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
