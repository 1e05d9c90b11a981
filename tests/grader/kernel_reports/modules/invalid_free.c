/* expect: kasan | KASAN: invalid-free in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);

	buffer += 8;
	OPTIMIZER_HIDE_VAR(buffer);
	kfree(buffer);
	return 0;
}
