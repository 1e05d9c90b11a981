/* expect: kasan | KASAN: vmalloc-out-of-bounds in deed | deed
 */
#include "trigger.h"
#include <linux/vmalloc.h>

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = vmalloc(100);
	volatile int at = 4096 - 1;

	buffer[at] = 'x';
	vfree(buffer);
	return 0;
}
