/* expect: kasan | KASAN: slab-use-after-free in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);

	kfree(buffer);
	return READ_ONCE(buffer[3]) == 'x';
}
