/* expect: kasan | KASAN: double-free in deed | deed
 */
#include "trigger.h"

static noinline ssize_t deed(const char __user *text, size_t length)
{
	char *buffer = kmalloc(16, GFP_KERNEL);

	kfree(buffer);
	OPTIMIZER_HIDE_VAR(buffer);
	kfree(buffer);
	return 0;
}
