/* expect: kasan | KASAN: slab-out-of-bounds in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);
	volatile int at = 16;

	buffer[at] = 'x';
	kfree(buffer);
	return 0;
}
